//! Derive macros of topsdk: a struct's schema table, its slots and its views; nothing of any format.
//!
//! One derive goes through these files: `ast` looks at the struct (over a `cursor`), `attr` reads `#[top(…)]`, `valid`
//! judges, `expand` writes the implementation (as `code`), and `fallback` writes an empty one where there are errors, so
//! that the user sees those and not fifty that follow from them.
//!
//! No syn and quote: a catalogue is thousands of structs, and macros run as they were built, which in most users' builds is
//! without optimisation (ARCHITECTURE.md, "What the catalogue costs to compile").

mod ast;
mod attr;
mod code;
mod cursor;
mod error;
mod expand;
mod fallback;
mod text;
mod valid;

use proc_macro::TokenStream;

use ast::{Role, Struct};

/// Derives `Object` and `Record` for a struct whose fields are `Option` of a value or `Vec` of values.
///
/// * `#[top(name = "type")]` on a field: its name on the wire, where that is not the field's own.
/// * `#[top(required)]` on a field: a request must carry it.
/// * `#[top(item = "price")]` on a field: the item name of a list, where it is not the usual one of its elements.
/// * `#[top(item = "service_fee_d_t_o")]` on the struct: the item name of a list of these, where it does not follow
///   from the struct's name.
/// * `#[top(crate = ::topsdk_codec)]` on the struct: where the codec is, if not at `::topsdk::codec`.
#[proc_macro_derive(Object, attributes(top))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    derive(input, Role::Object)
}

/// Derives `Request`, with `Object` and `Record`, for the parameters of an API.
///
/// As for `Object`, and on the struct `#[top(method = "taobao.item.seller.get", response = ItemSellerGetResponse)]`.
#[proc_macro_derive(Request, attributes(top))]
pub fn derive_request(input: TokenStream) -> TokenStream {
    derive(input, Role::Request)
}

/// Derives `Response`, with `Object` and `Record`, for the answer of an API. Attributes as for `Object`.
#[proc_macro_derive(Response, attributes(top))]
pub fn derive_response(input: TokenStream) -> TokenStream {
    derive(input, Role::Response)
}

fn derive(input: TokenStream, role: Role) -> TokenStream {
    let mut errors = Vec::new();
    // The compiler gives a derive nothing but an item.
    let Some(object) = Struct::read(input, role, &mut errors) else { return TokenStream::new() };
    if errors.is_empty() {
        valid::check(&object, &mut errors);
    }
    if errors.is_empty() {
        return expand::expand(&object);
    }
    let mut tokens: TokenStream = errors.iter().map(error::Error::tokens).collect();
    tokens.extend(fallback::expand(&object));
    tokens
}
