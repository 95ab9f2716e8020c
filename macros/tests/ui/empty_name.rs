//! No name is empty.

use topsdk_codec::{Request, Response};

#[derive(Default, Response)]
#[top(crate = ::topsdk_codec)]
struct Answer {}

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, method = "", item = "", response = Answer)]
struct Ask {
    #[top(name = "")]
    a: Option<String>,
    #[top(item = "")]
    b: Vec<String>,
}

fn main() {}
