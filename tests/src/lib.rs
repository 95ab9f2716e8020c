//! Tests across the crates of topsdk. Everything is under `tests/`.
