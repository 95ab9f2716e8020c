//! All that may stand in a struct beside the macros' own attributes.

#![allow(dead_code)]

mod inner {
    pub(crate) mod deep {
        /** A comment
        of several lines. */
        #[derive(Clone, Debug, Default, PartialEq, topsdk_codec::Object)]
        #[must_use = "a [text] with, commas <and> angles"]
        #[top(crate = topsdk_codec,)]
        pub(in crate) struct Foo {
            #[doc(hidden)]
            #[cfg(all())]
            pub(crate) a: Option<i64>,
            #[cfg(any())]
            pub gone: NoSuchType<u8, u8>,
            #[cfg_attr(all(), top(name = "B", required))]
            pub(super) b: ::std::option::Option<::std::boxed::Box<super::deep::Foo>>,
            #[top()]
            pub(in crate::inner) c: std::vec::Vec::<super::deep::Foo>,
            #[top(required,)]
            #[top(name = r#"d "d""#)]
            d: Option<<String as std::borrow::ToOwned>::Owned>,
            /// No comma behind the last.
            #[top(item = "\u{65}\x65")]
            r#async: Vec<topsdk_codec::Decimal>
        }
    }
}

#[derive(Default, topsdk_codec::Object)]
#[top(crate = topsdk_codec)]
struct Bounded
where
    std::collections::BTreeMap<i64, i64>: Sized,
{
    a: Option<bool>,
}

#[derive(Default, topsdk_codec::Object)]
#[top(crate = topsdk_codec)]
struct Empty {}

/// More than one function takes, with a boxed one among them.
#[derive(Default, topsdk_codec::Object)]
#[top(crate = topsdk_codec)]
struct Many {
    a: Option<i64>, b: Option<i64>, c: Option<i64>, d: Option<i64>, e: Option<i64>, f: Option<i64>, g: Option<i64>,
    h: Option<i64>, i: Option<i64>, j: Option<i64>, k: Option<i64>, l: Option<i64>, m: Option<i64>, n: Option<i64>,
    o: Option<i64>, p: Option<i64>, index: Option<String>, boxed: Option<Box<Many>>, last: Vec<Many>,
}

/// What a `macro_rules` fragment was has invisible brackets.
macro_rules! fragments {
    ($(#[$meta:meta])* $vis:vis $name:ident $method:literal $response:ty { $($field_vis:vis $field:ident: $ty:ty = $wire:literal),* }) => {
        $(#[$meta])*
        $vis struct $name {
            $(#[top(name = $wire)] $field_vis $field: $ty),*
        }
    };
}

mod reexport {
    pub(crate) use topsdk_codec as codec;
}

fragments! {
    #[derive(Default, topsdk_codec::Request)]
    #[top(crate = crate::reexport::codec, method = "taobao.a.get", response = Answer)]
    pub(crate) Ask "taobao.a.get" Answer { a: Option<i64> = "A", pub b: Option<Box<Ask>> = "B", c: Vec<String> = "C" }
}

macro_rules! request {
    ($name:ident $method:literal $response:ty) => {
        #[derive(Default, topsdk_codec::Request)]
        #[top(crate = $crate::reexport::codec, method = $method, response = $response)]
        struct $name {}
    };
}

request!(Bare "taobao.b.get" Answer);

#[derive(Default, topsdk_codec::Response)]
#[top(crate = reexport::codec)]
struct Answer {}

fn main() {
    use inner::deep::Foo;
    use topsdk_codec::{Object, Record, Request, View};

    assert_eq!(Foo::SCHEMA.names, ["a", "B", "c", "d \"d\"", "async"]);
    assert_eq!(Foo::SCHEMA.required, [1, 3]);
    assert_eq!(Foo::SCHEMA.item_of(4), Some("ee"));
    assert_eq!(Ask::SCHEMA.names, ["A", "B", "C"]);
    assert_eq!((Ask::METHOD, Bare::METHOD), ("taobao.a.get", "taobao.b.get"));
    assert_eq!((Empty::SCHEMA.names.len(), Bounded::SCHEMA.names), (0, &["a"][..]));

    let mut many = Many { p: Some(16), index: Some("i".into()), ..Many::default() };
    let topsdk_codec::Slot::Object(slot) = many.slot(17) else { panic!("an object") };
    slot.insert();
    assert!(matches!(many.view(15), View::Number(16)));
    assert!(matches!(many.view(16), View::String("i")));
    assert!(matches!(many.view(17), View::Object(_)));
    assert!(matches!(many.view(18), View::List(_)));
    assert!(matches!(many.view(19), View::Absent));
}
