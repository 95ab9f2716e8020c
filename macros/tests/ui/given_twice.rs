//! A word is given once, in one attribute or in several.

use topsdk_codec::{Request, Response};

#[derive(Default, Response)]
#[top(crate = ::topsdk_codec)]
struct Answer {}

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, crate = ::topsdk_codec, item = "a", item = "b")]
#[top(method = "taobao.a.get", response = Answer)]
#[top(method = "taobao.b.get")]
#[top(response = Answer)]
struct Ask {
    #[top(name = "a", name = "b")]
    a: Option<String>,
    #[top(required)]
    #[top(required)]
    b: Option<String>,
    #[top(item = "price", item = "price")]
    c: Vec<String>,
}

fn main() {}
