//! The tokens of a module: its structs, their constructors and setters.
//!
//! Everything is named by an absolute path (`::topsdk::Date`). Names of the prelude stand plain, as they read better, unless the
//! page has a type of that name: then they are absolute too.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use topsdk_spec::{Api, Side, item_name};

use super::{docs, path::is_keyword};
use crate::names::{Field, Names, Struct, Type};

/// All structs of an API.
pub(super) fn items(api: &Api, names: &Names<'_>) -> TokenStream {
    let scope = Scope { names };
    names.structs.iter().enumerate().map(|(index, object)| scope.item(api, object, index)).collect()
}

/// Documentation lines as attributes, which the printer writes as comments.
pub(super) fn outer(lines: &[String]) -> TokenStream {
    lines.iter().map(|line| spaced(line)).map(|line| quote!(#[doc = #line])).collect()
}

/// The same for the module itself.
pub(super) fn inner(lines: &[String]) -> TokenStream {
    lines.iter().map(|line| spaced(line)).map(|line| quote!(#![doc = #line])).collect()
}

fn spaced(line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!(" {line}"),
    }
}

struct Scope<'n, 'a> {
    names: &'n Names<'a>,
}

impl Scope<'_, '_> {
    fn item(&self, api: &Api, object: &Struct<'_>, index: usize) -> TokenStream {
        let is_response = index == self.names.response;
        let is_root = index == 0 || is_response;
        let docs = outer(&docs::object(api, object, is_root));
        let ident = type_ident(&object.ident);
        let fields = object.fields.iter().map(|field| self.field(field));
        let (derive, attribute) = match (is_root, object.side) {
            (true, Side::Request) => {
                let method = &api.method;
                let response = self.names.response().map(|response| type_ident(&response.ident));
                let alias = alias(method, &object.ident);
                (quote!(Request), quote!(#[top(method = #method, response = #response)] #alias))
            }
            (true, Side::Response) => (quote!(Response), quote!()),
            (false, _) => {
                let item = item_name(object.word);
                let attribute =
                    (item_name(&object.ident) != item && is_element(&item)).then(|| quote!(#[top(item = #item)]));
                let alias = alias(object.word, &object.ident);
                (quote!(Object), quote!(#attribute #alias))
            }
        };
        let methods = (object.side == Side::Request).then(|| self.methods(object, is_root));
        quote! {
            #docs
            #[derive(Clone, Debug, Default, PartialEq, ::topsdk::#derive)]
            #attribute
            #[non_exhaustive]
            pub struct #ident {
                #(#fields)*
            }
            #methods
        }
    }

    fn field(&self, field: &Field<'_>) -> TokenStream {
        let docs = outer(&docs::field(field));
        let wire = &field.param.name;
        let name = (wire != &field.ident).then(|| quote!(name = #wire));
        let required = field.required.then(|| quote!(required));
        let item = self.list_item(field).map(|item| quote!(item = #item));
        let facts: Vec<TokenStream> = [name, required, item].into_iter().flatten().collect();
        let top = (!facts.is_empty()).then(|| quote!(#[top(#(#facts),*)]));
        let alias = alias(wire, &field.ident);
        let ident = field_ident(field);
        let ty = self.value_type(field);
        let ty = match (field.list, field.boxed) {
            (true, _) => ty,
            (false, false) => {
                let option = self.prelude("Option");
                quote!(#option<#ty>)
            }
            (false, true) => {
                let (option, boxed) = (self.prelude("Option"), self.prelude("Box"));
                quote!(#option<#boxed<#ty>>)
            }
        };
        quote!(#docs #top #alias pub #ident: #ty,)
    }

    /// The item name of a list, where it is not the one that the macro knows from the field's type.
    fn list_item(&self, field: &Field<'_>) -> Option<String> {
        let usual = match field.ty {
            _ if !field.list => return None,
            Type::String => "string",
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Json => "json",
            // Two documented words are decimals.
            Type::Decimal => "",
            // The struct knows its own.
            Type::Object(_) | Type::File => return None,
        };
        let item = item_name(&field.param.type_name);
        (item != usual && is_element(&item)).then_some(item)
    }

    /// The constructor and the setters of a request or an object in one.
    fn methods(&self, object: &Struct<'_>, is_root: bool) -> TokenStream {
        let ident = type_ident(&object.ident);
        let constructor = self.constructor(object, is_root);
        let setters = object.fields.iter().filter(|field| !field.required).map(|field| self.setter(field));
        let bundle = object.bundle.as_ref().map(|bundle| {
            let text = outer(&[format!("What a [`{}`] must have.", object.ident)]);
            let bundle = type_ident(bundle);
            let fields = object.required().map(|field| {
                let docs = outer(&docs::field(field));
                let (ident, ty) = (field_ident(field), self.value_type(field));
                quote!(#docs pub #ident: #ty,)
            });
            quote!(#text #[derive(Clone, Debug)] pub struct #bundle { #(#fields)* })
        });
        quote! {
            impl #ident {
                #constructor
                #(#setters)*
            }
            #bundle
        }
    }

    fn constructor(&self, object: &Struct<'_>, is_root: bool) -> TokenStream {
        let required: Vec<&Field<'_>> = object.required().collect();
        let what = if is_root { "A request" } else { "An object" };
        if required.is_empty() {
            let docs = outer(&[format!("{what} without parameters.")]);
            return quote!(#docs pub fn new() -> Self { Self::default() });
        }
        let docs = outer(&[format!("{what} with the parameters that it must have.")]);
        let rest = (required.len() < object.fields.len()).then(|| quote!(..Self::default()));
        let idents: Vec<Ident> = required.iter().map(|field| field_ident(field)).collect();
        if let Some(bundle) = &object.bundle {
            let bundle = type_ident(bundle);
            let values = required.iter().zip(&idents).map(|(field, ident)| {
                let value = self.stored(field, quote!(required.#ident), true);
                quote!(#ident: #value,)
            });
            return quote!(#docs pub fn new(required: #bundle) -> Self { Self { #(#values)* #rest } });
        }
        let types = required.iter().map(|field| self.argument_type(field));
        let values = required.iter().zip(&idents).map(|(field, ident)| {
            let value = self.stored(field, quote!(#ident), false);
            quote!(#ident: #value,)
        });
        quote!(#docs pub fn new(#(#idents: #types),*) -> Self { Self { #(#values)* #rest } })
    }

    fn setter(&self, field: &Field<'_>) -> TokenStream {
        let docs = outer(&[format!("Sets `{}`.", field.ident)]);
        let name = Ident::new(&format!("with_{}", field.ident), Span::call_site());
        let ident = field_ident(field);
        let ty = self.argument_type(field);
        let value = self.stored(field, quote!(#ident), false);
        quote! {
            #docs
            #[must_use]
            pub fn #name(mut self, #ident: #ty) -> Self {
                self.#ident = #value;
                self
            }
        }
    }

    /// The type of the value in the field; of the list, where it is one.
    fn value_type(&self, field: &Field<'_>) -> TokenStream {
        let ty = self.item_type(field);
        match field.list {
            true => {
                let vec = self.prelude("Vec");
                quote!(#vec<#ty>)
            }
            false => ty,
        }
    }

    fn item_type(&self, field: &Field<'_>) -> TokenStream {
        match field.ty {
            Type::String => self.prelude("String"),
            Type::Number => quote!(i64),
            Type::Boolean => quote!(bool),
            Type::Date => quote!(::topsdk::Date),
            Type::Decimal => quote!(::topsdk::Decimal),
            Type::Json => quote!(::topsdk::Json),
            Type::File => quote!(::topsdk::File),
            Type::Object(index) => {
                let object = self.names.structs.get(index).map(|object| type_ident(&object.ident));
                quote!(#object)
            }
        }
    }

    /// What a caller may give: anything that is a text, any list.
    fn argument_type(&self, field: &Field<'_>) -> TokenStream {
        let into = self.prelude("Into");
        match (field.ty, field.list) {
            (Type::String, true) => {
                let (iterator, string) = (self.prelude("IntoIterator"), self.prelude("String"));
                quote!(impl #iterator<Item = impl #into<#string>>)
            }
            (Type::String, false) | (_, true) => {
                let ty = self.value_type(field);
                quote!(impl #into<#ty>)
            }
            (_, false) => self.item_type(field),
        }
    }

    /// The argument as the field keeps it. `exact`: it has the field's own type.
    fn stored(&self, field: &Field<'_>, value: TokenStream, exact: bool) -> TokenStream {
        match (field.ty, field.list) {
            (_, true) if exact => value,
            (Type::String, true) => {
                let into = self.prelude("Into");
                quote!(#value.into_iter().map(#into::into).collect())
            }
            (_, true) => quote!(#value.into()),
            (Type::String, false) if !exact => quote!(Some(#value.into())),
            (_, false) if field.boxed => {
                let boxed = self.prelude("Box");
                quote!(Some(#boxed::new(#value)))
            }
            (_, false) => quote!(Some(#value)),
        }
    }

    /// A name of the prelude, or its absolute path where the module has a type of that name.
    fn prelude(&self, name: &str) -> TokenStream {
        let is_hidden =
            self.names.structs.iter().any(|object| object.ident == name || object.bundle.as_deref() == Some(name));
        let ident = Ident::new(name, Span::call_site());
        match (is_hidden, name) {
            (false, _) => quote!(#ident),
            (true, "Option") => quote!(::std::option::Option),
            (true, "Vec") => quote!(::std::vec::Vec),
            (true, "String") => quote!(::std::string::String),
            (true, "Box") => quote!(::std::boxed::Box),
            (true, "Into") => quote!(::std::convert::Into),
            (true, _) => quote!(::std::iter::#ident),
        }
    }
}

fn type_ident(ident: &str) -> Ident {
    Ident::new(ident, Span::call_site())
}

fn field_ident(field: &Field<'_>) -> Ident {
    match is_keyword(&field.ident) {
        true => Ident::new_raw(&field.ident, Span::call_site()),
        false => Ident::new(&field.ident, Span::call_site()),
    }
}

/// The documented name for rustdoc's search. rustdoc refuses empty ones, quotes, and blanks at the ends.
fn alias(documented: &str, ident: &str) -> Option<TokenStream> {
    let is_taken = |letter: char| letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\'');
    let refused = documented.is_empty() || documented == ident || documented.contains(is_taken);
    (!refused).then(|| quote!(#[doc(alias = #documented)]))
}

/// Whether a word can be the name of an element at all: it may come from a type cell that says anything.
fn is_element(item: &str) -> bool {
    item.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && item.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}
