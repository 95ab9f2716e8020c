//! A struct with parameters has no one table.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Borrowed<'a, const N: usize> {
    text: Option<&'a str>,
}

fn main() {}
