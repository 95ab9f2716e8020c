//! A value that is missing or of another kind is pointed out where it should be.

use topsdk_codec::{Object, Request};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    #[top(name = )]
    a: Option<String>,
    #[top(name = b"b")]
    b: Option<String>,
    #[top(name = "c" required)]
    c: Option<String>,
    #[top(name = "d"x)]
    d: Option<String>,
    #[top[name = "e"]]
    e: Option<String>,
    #[top(+)]
    f: Option<String>,
    #[top(name = "g" + "h")]
    g: Option<String>,
}

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, method = "a.b", response = )]
struct Ask {}

fn main() {}
