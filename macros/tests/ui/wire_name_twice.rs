//! A wire name is that of one field.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    r#type: Option<String>,
    #[top(name = "type")]
    kind: Option<String>,
    #[top(name = "b")]
    a: Option<String>,
    b: Option<String>,
}

fn main() {}
