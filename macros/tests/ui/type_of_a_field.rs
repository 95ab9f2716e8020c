//! A field is an Option of a value or a list of values.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    a: String,
    b: Option<f64>,
    c: Vec<u8>,
    d: Option<Vec<i64>>,
    e: Option<NotDerived>,
}

#[derive(Default)]
struct NotDerived {}

fn main() {}
