//! A request names its API and the type of its answer.

use topsdk_codec::{Request};

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec)]
struct Ask {}

fn main() {}
