//! A field without a name has no name on the wire.

use topsdk_codec::{Object};

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Pair(Option<i64>, Option<i64>);

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Unit;

fn main() {}
