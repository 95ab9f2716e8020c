//! How much the codec allocates: `cargo bench -p topsdk-tests --bench codec_allocations`.

#[path = "codec/subjects.rs"]
mod subjects;

fn main() {}
