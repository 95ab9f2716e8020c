//! The implementation: a table, a call for filling, a call for reading.
//!
//! Both functions are `#[inline]` and coerce nothing to `dyn` themselves: so no code is made for them in the crate of the
//! generated types, only where a type is really read or written.

use std::{mem, ops::Range};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::ast::{Field, Role, Struct};

pub(crate) fn expand(object: &Struct<'_>) -> TokenStream {
    let codec = match &object.attrs.krate {
        Some(path) => path.to_token_stream(),
        None => quote!(::topsdk::codec),
    };
    let ident = &object.input.ident;
    let item = object.item();
    let names = object.fields.iter().map(|field| field.wire_name());
    let required = indices(object, |field| field.attrs.required.is_some());
    let items = object.fields.iter().zip(0u16..).filter_map(|(field, index)| {
        let item = field.attrs.item.as_ref()?;
        Some(quote!((#index, ::std::borrow::Cow::Borrowed(#item))))
    });
    let slots = runs(object).map(|run| run.slot(&codec));
    let views = runs(object).map(|run| run.view(&codec));
    let slots = by_run(slots, object, &quote!(#codec::Slot::Unknown));
    let views = by_run(views, object, &quote!(#codec::View::Absent));
    let role = match object.role {
        Role::Object => None,
        Role::Request => {
            let method = &object.attrs.method;
            let response = &object.attrs.response;
            Some(quote! {
                #[automatically_derived]
                impl #codec::Request for #ident {
                    const METHOD: &'static ::core::primitive::str = #method;
                    type Response = #response;
                }
            })
        }
        Role::Response => Some(quote! {
            #[automatically_derived]
            impl #codec::Response for #ident {}
        }),
    };
    // The codec's macro and not the implementations themselves: a codec built without the feature beside one with it (a
    // build script's) shares this crate, and has to get nothing.
    let serde = cfg!(feature = "serde").then(|| quote!(#codec::__serde! { #ident }));
    quote! {
        #[automatically_derived]
        impl #codec::Record for #ident {
            const SCHEMA: #codec::Schema<'static> = #codec::Schema {
                item: #item,
                names: &[#(#names),*],
                required: &[#(#required),*],
                items: &[#(#items),*],
            };

            #[inline]
            fn slot_at(&mut self, index: ::core::primitive::usize) -> #codec::Slot<'_> {
                #slots
            }

            #[inline]
            fn view_at(&self, index: ::core::primitive::usize) -> #codec::View<'_> {
                #views
            }
        }

        #role
        #serde
    }
}

/// How many fields one function of `codec::derived` takes.
const MOST: usize = 16;

/// Fields that follow each other and that one function takes; one that is boxed, alone.
struct Run<'a> {
    start: usize,
    fields: &'a [Field<'a>],
}

fn runs<'a>(object: &'a Struct<'_>) -> impl Iterator<Item = Run<'a>> {
    let mut start = 0;
    object.fields.chunk_by(|one, next| !one.is_boxed() && !next.is_boxed()).flat_map(|run| run.chunks(MOST)).map(
        move |fields| {
            let run = Run { start, fields };
            start += fields.len();
            run
        },
    )
}

impl Run<'_> {
    fn slot(&self, codec: &TokenStream) -> (Range<usize>, TokenStream) {
        let borrowed = self.fields.iter().map(|field| {
            let ident = field.ident;
            quote_spanned!(at_type(field)=> &mut self.#ident)
        });
        self.call("slot", &quote!(#codec::Slot), codec, borrowed)
    }

    fn view(&self, codec: &TokenStream) -> (Range<usize>, TokenStream) {
        let borrowed = self.fields.iter().map(|field| {
            let ident = field.ident;
            quote_spanned!(at_type(field)=> &self.#ident)
        });
        self.call("view", &quote!(#codec::View), codec, borrowed)
    }

    fn call(
        &self,
        what: &str,
        boxed: &TokenStream,
        codec: &TokenStream,
        borrowed: impl Iterator<Item = TokenStream>,
    ) -> (Range<usize>, TokenStream) {
        let range = self.start..self.start + self.fields.len();
        let call = match self.fields {
            [field] if field.is_boxed() => quote!(#boxed::boxed(#(#borrowed)*)),
            _ => {
                let function = format_ident!("{what}_{}", self.fields.len());
                let start = self.start;
                let index = if start == 0 { quote!(index) } else { quote!(index - #start) };
                quote!(#codec::derived::#function(#index, #(#borrowed),*))
            }
        };
        (range, call)
    }
}

/// The call for an index. The functions take any index; a boxed field's is for its own alone.
fn by_run(
    calls: impl Iterator<Item = (Range<usize>, TokenStream)>,
    object: &Struct<'_>,
    none: &TokenStream,
) -> TokenStream {
    let mut calls: Vec<_> = calls.collect();
    match calls.as_mut_slice() {
        [(_, call)] if !object.fields.iter().any(Field::is_boxed) => mem::take(call),
        calls => {
            let arms = calls.iter().map(|(Range { start, end }, call)| quote!(#start..#end => #call,));
            quote!(match index { #(#arms)* _ => #none })
        }
    }
}

/// Where the compiler shows that a field's type is none that a field can have.
fn at_type(field: &Field<'_>) -> Span {
    Span::call_site().located_at(field.ty.span())
}

fn indices<'a>(object: &'a Struct<'_>, wanted: impl Fn(&Field<'_>) -> bool + 'a) -> impl Iterator<Item = u16> + 'a {
    object.fields.iter().zip(0u16..).filter(move |(field, _)| wanted(field)).map(|(_, index)| index)
}
