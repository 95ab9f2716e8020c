//! What is no request has neither method nor response.

use topsdk_codec::{Object, Response};

#[derive(Default, Response)]
#[top(crate = ::topsdk_codec, method = "taobao.item.get")]
struct Answer {}

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec, response = Answer)]
struct Item {}

fn main() {}
