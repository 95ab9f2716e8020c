//! Derive macros of topsdk: the schema of a struct, its slots and its views. They know no format.
//!
//! One derive goes through five files: `ast` looks at the parsed struct, `attr` reads `#[top(…)]`, `valid` checks what
//! syntax cannot, `expand` writes the implementation, and `fallback` writes an empty one where there are errors, so that the
//! user sees those and not fifty that follow from them.

mod ast;
mod attr;
mod expand;
mod fallback;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use ast::{Role, Struct};

/// Derives `Object` and `Record` for a struct whose fields are `Option` of a value or `Vec` of values.
///
/// * `#[top(name = "type")]` on a field: its wire name, if it differs from the field's name.
/// * `#[top(required)]` on a field: a request must carry it.
/// * `#[top(item = "price")]` on a field: the item name of a list, if it is not the usual one of its elements.
/// * `#[top(item = "service_fee_d_t_o")]` on the struct: the item name of lists of this struct, if it does not follow from
///   the struct's name.
/// * `#[top(crate = ::topsdk_codec)]` on the struct: the path of the codec, if it is not `::topsdk::codec`.
#[proc_macro_derive(Object, attributes(top))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Object)
}

/// Derives `Request`, with `Object` and `Record`, for the parameters of an API.
///
/// As for `Object`, and on the struct `#[top(method = "taobao.item.seller.get", response = ItemSellerGetResponse)]`.
#[proc_macro_derive(Request, attributes(top))]
pub fn derive_request(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Request)
}

/// Derives `Response`, with `Object` and `Record`, for the response of an API. Attributes as for `Object`.
#[proc_macro_derive(Response, attributes(top))]
pub fn derive_response(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input), Role::Response)
}

fn derive(input: &DeriveInput, role: Role) -> TokenStream {
    let object = Struct::from_input(input, role).and_then(|object| valid::check(&object).map(|()| object));
    match object {
        Ok(object) => expand::expand(&object).into(),
        Err(error) => fallback::expand(input, &error).into(),
    }
}
