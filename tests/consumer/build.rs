//! Makes bindings of the pages in `docs/top`.

fn main() -> Result<(), topsdk_codegen::BuildError> {
    topsdk_codegen::Builder::new().pages("docs/top").generate()
}
