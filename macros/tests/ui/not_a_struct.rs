//! Only a struct has a table.

use topsdk_codec::{Object};

#[derive(Object)]
#[top(crate = ::topsdk_codec)]
enum Either {
    This { a: Option<i64> },
}

#[derive(Object)]
#[top(crate = ::topsdk_codec)]
union Both {
    a: u64,
}

fn main() {}
