//! All mistakes are reported at once, without the errors that follow from them.

use topsdk_codec::{Request};

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, item = "")]
struct Ask<T> {
    #[top(name = "")]
    a: Option<T>,
    #[top(name = "c")]
    b: Option<String>,
    #[top(item = "c")]
    c: Option<String>,
}

fn uses(ask: &dyn topsdk_codec::Object) {
    let _ = ask.schema();
}

fn calls(ask: &Ask<i64>) {
    uses(ask);
}

fn main() {}
