//! What is written inside the attribute is a name and a value.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    #[top(name)]
    a: Option<String>,
    #[top(name = 3)]
    b: Option<String>,
    #[top(required = true)]
    c: Option<String>,
    #[top]
    d: Option<String>,
    #[top = "e"]
    e: Option<String>,
    #[top("f")]
    f: Option<String>,
}

fn main() {}
