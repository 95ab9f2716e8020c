//! What stands in for the implementation of a struct that has errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use crate::attr::StructAttrs;

/// The errors, and an implementation without fields: the struct's users are not told that it lacks one.
pub(crate) fn expand(input: &DeriveInput, error: &Error) -> TokenStream {
    let errors = error.to_compile_error();
    // Its mistakes are among the errors already.
    let codec = StructAttrs::read(&input.attrs, &mut Vec::new()).codec();
    let ident = &input.ident;
    let (generics, arguments, clause) = input.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        impl #generics #codec::Object for #ident #arguments #clause {
            fn schema(&self) -> #codec::Schema<'_> {
                #codec::Schema { item: "", names: &[], required: &[], items: &[] }
            }

            fn slot(&mut self, _: ::core::primitive::usize) -> #codec::Slot<'_> {
                #codec::Slot::Unknown
            }

            fn view(&self, _: ::core::primitive::usize) -> #codec::View<'_> {
                #codec::View::Absent
            }
        }
    }
}
