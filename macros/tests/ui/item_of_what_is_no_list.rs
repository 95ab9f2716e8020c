//! Only a list has items.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    #[top(item = "price")]
    price: Option<String>,
}

fn main() {}
