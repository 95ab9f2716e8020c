//! Expands the implementation: a schema, a function for filling, a function for reading.
//!
//! Both functions are `#[inline]` and do not coerce to `dyn`, so no code is generated for them in the crate of the
//! generated types, only where a type is really read or written.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{ext::IdentExt, spanned::Spanned};

use crate::ast::{Field, Role, Struct};

pub(crate) fn expand(object: &Struct<'_>) -> TokenStream {
    let codec = object.attrs.codec();
    let ident = &object.input.ident;
    let schema = schema(object, &codec);
    let slot = access(object, &codec, Access::Slot);
    let view = access(object, &codec, Access::View);
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
    // A macro of the codec, because only the codec knows whether its feature `serde` is on: this crate may be shared with the
    // codec of a build script, which has other features.
    let serde = cfg!(feature = "serde").then(|| quote!(#codec::__serde! { #ident }));
    quote! {
        #[automatically_derived]
        impl #codec::Record for #ident {
            const SCHEMA: #codec::Schema<'static> = #schema;

            #[inline]
            fn slot_at(&mut self, index: ::core::primitive::usize) -> #codec::Slot<'_> {
                #slot
            }

            #[inline]
            fn view_at(&self, index: ::core::primitive::usize) -> #codec::View<'_> {
                #view
            }
        }

        #role
        #serde
    }
}

/// Expands the schema.
fn schema(object: &Struct<'_>, codec: &TokenStream) -> TokenStream {
    let item = match &object.attrs.item {
        Some(item) => item.token(),
        None => Literal::string(&object.item()),
    };
    let indexed = || object.fields.iter().zip((0u16..).map(Literal::u16_unsuffixed));
    let names = object.fields.iter().map(|field| match &field.attrs.name {
        Some(name) => name.token(),
        None => Literal::string(&field.ident.unraw().to_string()),
    });
    let required = indexed().filter_map(|(field, index)| field.attrs.required.map(|()| index));
    let items = indexed().filter_map(|(field, index)| {
        let item = field.attrs.item.as_ref()?;
        Some(quote!((#index, ::std::borrow::Cow::Borrowed(#item))))
    });
    quote! {
        #codec::Schema { item: #item, names: &[#(#names,)*], required: &[#(#required,)*], items: &[#(#items,)*] }
    }
}

/// One of the two functions.
#[derive(Clone, Copy)]
enum Access {
    Slot,
    View,
}

/// Expands the body of a function that returns the field of an index.
fn access(object: &Struct<'_>, codec: &TokenStream, access: Access) -> TokenStream {
    let runs: Vec<_> = runs(&object.fields).collect();
    if let [run] = runs.as_slice()
        && !run.is_boxed()
    {
        return run.call(codec, access);
    }
    // The functions accept any index, except for those of boxed fields, which know only one.
    let arms = runs.iter().map(|run| {
        let [start, end] = [run.start, run.start + run.fields.len()].map(Literal::usize_unsuffixed);
        let call = run.call(codec, access);
        quote!(#start..#end => #call,)
    });
    let none = match access {
        Access::Slot => quote!(#codec::Slot::Unknown),
        Access::View => quote!(#codec::View::Absent),
    };
    quote!(match index { #(#arms)* _ => #none })
}

/// The number of fields that one function of `codec::derived` takes.
const MOST: usize = 16;

/// Consecutive fields for one function. A boxed field has a function of its own.
struct Run<'a> {
    start: usize,
    fields: &'a [Field<'a>],
}

fn runs<'a>(fields: &'a [Field<'a>]) -> impl Iterator<Item = Run<'a>> {
    let mut start = 0;
    fields.chunk_by(|one, next| !one.is_boxed() && !next.is_boxed()).flat_map(|run| run.chunks(MOST)).map(
        move |fields| {
            let run = Run { start, fields };
            start += fields.len();
            run
        },
    )
}

impl Run<'_> {
    fn is_boxed(&self) -> bool {
        matches!(self.fields, [field] if field.is_boxed())
    }

    /// Expands the call of the function for these fields.
    fn call(&self, codec: &TokenStream, access: Access) -> TokenStream {
        let fields = self.fields.iter().map(|field| field.borrowed(access));
        if self.is_boxed() {
            return match access {
                Access::Slot => quote!(#codec::Slot::boxed(#(#fields)*)),
                Access::View => quote!(#codec::View::boxed(#(#fields)*)),
            };
        }
        let function = match access {
            Access::Slot => format_ident!("slot_{}", self.fields.len()),
            Access::View => format_ident!("view_{}", self.fields.len()),
        };
        let index = match self.start {
            0 => quote!(index),
            start => {
                let start = Literal::usize_unsuffixed(start);
                quote!(index - #start)
            }
        };
        quote!(#codec::derived::#function(#index, #(#fields)*))
    }
}

impl Field<'_> {
    /// Expands `&mut self.field,` with the span of the field's type, so that the compiler reports an unsupported type there.
    fn borrowed(&self, access: Access) -> TokenStream {
        let span = Span::call_site().located_at(self.ty.span());
        let mut ident = self.ident.clone();
        ident.set_span(span);
        match access {
            Access::Slot => quote_spanned!(span=> &mut self.#ident,),
            Access::View => quote_spanned!(span=> &self.#ident,),
        }
    }
}
