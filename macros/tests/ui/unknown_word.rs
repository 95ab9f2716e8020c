//! An unknown word is reported with the known ones.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec, rename = "item")]
struct Item {
    #[top(rename = "type")]
    kind: Option<String>,
    #[top(method = "taobao.item.get")]
    method: Option<String>,
}

fn main() {}
