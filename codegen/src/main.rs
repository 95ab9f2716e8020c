//! The command `topsdk`.

fn main() {}
