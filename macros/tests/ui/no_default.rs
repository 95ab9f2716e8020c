//! A record is made empty before it is filled.

use topsdk_codec::{Object};

#[derive(Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    a: Option<i64>,
}

fn main() {}
