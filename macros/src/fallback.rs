//! The implementation for a struct with errors.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error};

use crate::attr::StructAttrs;

/// Returns the errors and an implementation without fields, so that the compiler does not report each use of the struct.
pub(crate) fn expand(input: &DeriveInput, error: &Error) -> TokenStream {
    let errors = error.to_compile_error();
    // `errors` contains its mistakes already.
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
