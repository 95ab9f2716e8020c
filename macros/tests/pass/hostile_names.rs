//! Types, fields and modules that are called like what derived code needs.

#![allow(dead_code, non_camel_case_types, non_snake_case)]

mod core {}
mod std {}
mod topsdk {}
mod codec {}

type Text = ::std::string::String;
type Maybe<T> = ::core::option::Option<T>;
type List<T> = ::std::vec::Vec<T>;

macro_rules! record {
    ($($name:ident)*) => {$(
        #[derive(Clone, Debug, Default, PartialEq, ::topsdk_codec::Object)]
        #[top(crate = ::topsdk_codec)]
        struct $name {
            value: Maybe<i64>,
        }
    )*};
}

record! {
    Option Result String Vec Box Default Some None Ok Err Self_ Object Record Schema Slot View Field Value Request
    Response Date Decimal Json File Debug Clone Iterator Send Sized usize str bool i64_ u16
}

#[derive(Clone, Debug, Default, PartialEq, ::topsdk_codec::Request)]
#[top(crate = ::topsdk_codec, method = "taobao.hostile.get", response = Hostile)]
struct Hostile_ {
    r#type: Maybe<Text>,
    r#fn: Maybe<Option>,
    index: Maybe<usize>,
    slot: ::core::option::Option<::std::boxed::Box<Hostile_>>,
    view: List<Result>,
    schema: List<Text>,
    names: Maybe<String>,
    codec: Maybe<Box>,
    #[top(name = "self")]
    self_: List<Vec>,
    #[top(name = "is_3D \"quoted\" \\ 小")]
    is_3D: Maybe<Self_>,
}

#[derive(Clone, Debug, Default, PartialEq, ::topsdk_codec::Response)]
#[top(crate = ::topsdk_codec)]
struct Hostile {}

fn main() {
    use ::topsdk_codec::{Record as _, Request as _};

    assert_eq!(Hostile_::METHOD, "taobao.hostile.get");
    assert_eq!(
        Hostile_::SCHEMA.names,
        ["type", "fn", "index", "slot", "view", "schema", "names", "codec", "self", "is_3D \"quoted\" \\ 小"]
    );
    assert_eq!(Self_::SCHEMA.item, "self_");

    let mut value = Hostile_::default();
    value.r#fn = Maybe::Some(Option { value: Maybe::Some(1) });
    value.slot = Maybe::Some(::std::boxed::Box::default());
    value.self_ = [Vec::default()].into();
    let json = ::topsdk_codec::write::json(&value, ::topsdk_codec::write::JsonStyle::Request).unwrap();
    assert_eq!(json, r#"{"fn":{"value":1},"slot":{},"self":[{}]}"#);
}
