//! Makes what the tests are compiled with: bindings of the pages that they own, and the list of the APIs in the repository.

mod switches;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use topsdk_codegen::names::{Names, Register};
use topsdk_spec::Api;

fn main() -> Result<(), Box<dyn Error>> {
    switches::main()?;
    topsdk_codegen::Builder::new().pages("pages").generate()?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let fixtures = documented("FIXTURES", "topsdk_tests::apis", &fixtures(Path::new("pages"))?, &Register::default())?;
    fs::write(out.join("documented.rs"), repository(Path::new("../spec"))? + &fixtures)?;
    Ok(())
}

/// What the pages of our own writing say, by method; the seed page is beside them.
fn fixtures(pages: &Path) -> Result<BTreeMap<String, Api>, Box<dyn Error>> {
    let mut apis = BTreeMap::new();
    for entry in fs::read_dir(pages)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("example.")) {
            let api = topsdk_codegen::read::page(&path.to_string_lossy(), &fs::read(&path)?)?.api;
            apis.insert(api.method.clone(), api);
        }
    }
    Ok(apis)
}

/// The tests of the APIs in `spec/apis`.
fn repository(spec: &Path) -> Result<String, Box<dyn Error>> {
    let names = spec.join("names.json");
    // A file that is absent would run this script on every build. Cargo notices in the folder when it appears.
    let watched = if names.exists() { &names } else { spec };
    watch(watched)?;
    watch(&spec.join("apis"))?;
    let register = Register::load(&names)?;
    let mut apis = BTreeMap::new();
    for entry in fs::read_dir(spec.join("apis"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let api = Api::from_json(&fs::read_to_string(&path)?);
            let api = api.map_err(|error| format!("{}: {error}", path.display()))?;
            apis.insert(api.method.clone(), api);
        }
    }
    documented("REPOSITORY", "topsdk", &apis, &register)
}

/// A call of the macro `documented!` with a line for each API: a name for its test, and its request.
fn documented(
    place: &str,
    krate: &str,
    apis: &BTreeMap<String, Api>,
    register: &Register,
) -> Result<String, Box<dyn Error>> {
    let modules = register.modules(apis.keys().map(String::as_str));
    let mut lines = format!("documented! {{ {place}\n");
    for (method, api) in apis {
        let module = modules.get(method).ok_or("every method has a module")?;
        let names = Names::of(api);
        let request = names.request().ok_or("every API has a request")?;
        let path = topsdk_codegen::emit::module_path(module);
        let test = module.segments().join("_");
        lines.push_str(&format!("    {test}: {krate}::{path}::{};\n", request.ident));
    }
    lines.push_str("}\n");
    Ok(lines)
}

/// Runs this script again when the file or folder changes.
fn watch(path: &Path) -> Result<(), Box<dyn Error>> {
    use std::io::Write;
    writeln!(std::io::stdout(), "cargo::rerun-if-changed={}", path.display())?;
    Ok(())
}
