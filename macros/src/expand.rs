//! The implementation: a table, a match for filling, a match for reading.
//!
//! Both functions are `#[inline]` and coerce nothing to `dyn` themselves: so no code is made for them in the crate of the
//! generated types, only where a type is really read or written.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
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
    let slots = object.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        let span = at_type(field);
        match field.is_boxed() {
            true => quote_spanned!(span=> #index => #codec::Slot::boxed(&mut self.#ident)),
            false => quote_spanned!(span=> #index => #codec::Field::slot(&mut self.#ident)),
        }
    });
    let views = object.fields.iter().enumerate().map(|(index, field)| {
        let ident = field.ident;
        let span = at_type(field);
        match field.is_boxed() {
            true => quote_spanned!(span=> #index => #codec::View::boxed(&self.#ident)),
            false => quote_spanned!(span=> #index => #codec::Field::view(&self.#ident)),
        }
    });
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
        impl #codec::Object for #ident {
            #[inline]
            fn schema(&self) -> #codec::Schema<'_> {
                <Self as #codec::Record>::SCHEMA
            }

            #[inline]
            fn slot(&mut self, index: ::core::primitive::usize) -> #codec::Slot<'_> {
                match index {
                    #(#slots,)*
                    _ => #codec::Slot::Unknown,
                }
            }

            #[inline]
            fn view(&self, index: ::core::primitive::usize) -> #codec::View<'_> {
                match index {
                    #(#views,)*
                    _ => #codec::View::Absent,
                }
            }
        }

        #[automatically_derived]
        impl #codec::Record for #ident {
            const SCHEMA: #codec::Schema<'static> = #codec::Schema {
                item: #item,
                names: &[#(#names),*],
                required: &[#(#required),*],
                items: &[#(#items),*],
            };
        }

        #role
        #serde
    }
}

/// Where the compiler shows that a field's type is none that a field can have.
fn at_type(field: &Field<'_>) -> Span {
    Span::call_site().located_at(field.ty.span())
}

fn indices<'a>(object: &'a Struct<'_>, wanted: impl Fn(&Field<'_>) -> bool + 'a) -> impl Iterator<Item = u16> + 'a {
    object.fields.iter().zip(0u16..).filter(move |(field, _)| wanted(field)).map(|(_, index)| index)
}
