//! Generates the structs of a module, with their constructors and setters.
//!
//! All paths are absolute (`::topsdk::Date`). Prelude names stay plain for readability, unless the page has a type of the
//! same name; then they are absolute too.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use topsdk_spec::{Api, Basic, Side, item_name};

use super::docs;
use super::markdown::visible;
use super::print::{docs as documentation, ident};
use crate::names::{Field, Names, Struct, Type};

/// Returns all structs of an API.
pub(super) fn items(api: &Api, names: &Names<'_>) -> TokenStream {
    let scope = ModuleItems { api, names };
    let places = docs::first_places(names);
    names.structs.iter().enumerate().map(|(index, object)| scope.item(object, places.get(&index))).collect()
}

struct ModuleItems<'n, 'a> {
    api: &'n Api,
    names: &'n Names<'a>,
}

impl ModuleItems<'_, '_> {
    /// Returns a struct, with its methods in a request. Without a place, it is the request or the response itself.
    fn item(&self, object: &Struct<'_>, place: Option<&docs::Place<'_>>) -> TokenStream {
        let Api { method, deprecated, .. } = self.api;
        let name = ident(&object.ident);
        let docs = documentation(&docs::object(self.api, object, place));
        let response = ident(&self.names.structs[self.names.response].ident);
        let is_request = place.is_none() && object.side == Side::Request;
        let (derive, top, documented) = match place {
            None if is_request => {
                (quote!(Request), Some(quote!(method = #method, response = #response)), method.as_str())
            }
            None => (quote!(Response), None, ""),
            Some(_) => (quote!(Object), item_fact(object), object.word),
        };
        let top = top.map(|facts| quote!(#[top(#facts)]));
        let alias = alias(documented, &object.ident);
        let deprecated = deprecated.as_ref().filter(|_| is_request).map(|note| {
            let note = visible(&note.split_whitespace().collect::<Vec<_>>().join(" "));
            quote!(#[deprecated(note = #note)])
        });
        let fields = object.fields.iter().map(|field| self.field(field));
        let methods = (object.side == Side::Request).then(|| self.methods(object, is_request));
        let bundle = object.bundle.as_ref().map(|bundle| self.bundle(object, bundle));
        // `PartialEq` is not derived: see `topsdk::codec::equal` (ARCHITECTURE.md, "What the catalogue costs to compile").
        quote! {
            #docs
            #[derive(Clone, Debug, Default, ::topsdk::#derive)]
            #top
            #alias
            #deprecated
            #[non_exhaustive]
            pub struct #name {
                #(#fields,)*
            }
            #methods
            #bundle
        }
    }

    fn field(&self, field: &Field<'_>) -> TokenStream {
        let name = ident(&field.ident);
        let docs = documentation(&docs::field(field));
        let wire = &field.param.name;
        let wire_name = (wire != &field.ident).then(|| quote!(name = #wire));
        let required = field.required.then(|| quote!(required));
        let item = list_item(field).map(|item| quote!(item = #item));
        let facts: Vec<TokenStream> = [wire_name, required, item].into_iter().flatten().collect();
        let top = (!facts.is_empty()).then(|| quote!(#[top(#(#facts),*)]));
        let alias = alias(wire, &field.ident);
        let (boxed, option) = (self.prelude("boxed", "Box"), self.prelude("option", "Option"));
        let ty = self.value_type(field);
        let ty = match (field.list, field.boxed) {
            (true, _) => ty,
            (false, false) => quote!(#option<#ty>),
            (false, true) => quote!(#option<#boxed<#ty>>),
        };
        quote! {
            #docs
            #top
            #alias
            pub #name: #ty
        }
    }

    /// Returns the constructor and the setters of a request, or of an object inside a request.
    fn methods(&self, object: &Struct<'_>, is_request: bool) -> TokenStream {
        let name = ident(&object.ident);
        let constructor = self.constructor(object, if is_request { "a request" } else { "an object" });
        let setters = object.fields.iter().filter(|field| !field.required).map(|field| self.setter(field));
        quote! {
            impl #name {
                #constructor
                #(#setters)*
            }
        }
    }

    /// Returns the struct of the required fields, used if they are too many for arguments.
    fn bundle(&self, object: &Struct<'_>, bundle: &str) -> TokenStream {
        let name = ident(bundle);
        let docs = documentation(&format!("The required parameters of [`{}`].", object.ident));
        let fields = object.required().map(|field| {
            let (docs, name, ty) = (documentation(&docs::field(field)), ident(&field.ident), self.value_type(field));
            quote! {
                #docs
                pub #name: #ty
            }
        });
        quote! {
            #docs
            #[derive(Clone, Debug)]
            pub struct #name {
                #(#fields,)*
            }
        }
    }

    fn constructor(&self, object: &Struct<'_>, what: &str) -> TokenStream {
        let names: Vec<Ident> = object.required().map(|field| ident(&field.ident)).collect();
        let (arguments, values): (TokenStream, Vec<TokenStream>) = match &object.bundle {
            Some(bundle) => {
                let bundle = ident(bundle);
                let values =
                    object.required().zip(&names).map(|(field, name)| self.kept(field, quote!(required.#name)));
                (quote!(required: #bundle), values.collect())
            }
            None => {
                let (types, values): (Vec<_>, Vec<_>) = object.required().map(|field| self.argument(field)).unzip();
                (quote!(#(#names: #types),*), values)
            }
        };
        let others = object.fields.iter().any(|field| !field.required).then(|| quote!(..Self::default()));
        let (parameters, body) = match names.is_empty() {
            true => ("without parameters", quote!(Self::default())),
            false => ("with its required parameters", quote!(Self { #(#names: #values,)* #others })),
        };
        let docs = documentation(&format!("Returns {what} {parameters}."));
        quote! {
            #docs
            pub fn new(#arguments) -> Self {
                #body
            }
        }
    }

    fn setter(&self, field: &Field<'_>) -> TokenStream {
        let docs = documentation(&format!("Sets `{}`.", field.ident));
        let (name, setter) = (ident(&field.ident), format_ident!("with_{}", field.ident));
        let (ty, value) = self.argument(field);
        quote! {
            #docs
            #[must_use]
            pub fn #setter(mut self, #name: #ty) -> Self {
                self.#name = #value;
                self
            }
        }
    }

    /// Returns the type of an argument, anything that converts to a text or any list, and the conversion of the argument,
    /// which has the name of the field, to what the field stores.
    fn argument(&self, field: &Field<'_>) -> (TokenStream, TokenStream) {
        let into = self.prelude("convert", "Into");
        let (name, ty) = (ident(&field.ident), self.value_type(field));
        match (field.ty, field.list) {
            (Type::Basic(Basic::String), true) => {
                let (list, string) = (self.prelude("iter", "IntoIterator"), self.prelude("string", "String"));
                let ty = quote!(impl #list<Item = impl #into<#string>>);
                (ty, quote!(#name.into_iter().map(#into::into).collect()))
            }
            (Type::Basic(Basic::String), false) => (quote!(impl #into<#ty>), quote!(Some(#name.into()))),
            (_, true) => (quote!(impl #into<#ty>), quote!(#name.into())),
            (_, false) => (ty, self.kept(field, quote!(#name))),
        }
    }

    /// Wraps a value of the type of the field as the field stores it.
    fn kept(&self, field: &Field<'_>, value: TokenStream) -> TokenStream {
        match (field.list, field.boxed) {
            (true, _) => value,
            (false, true) => {
                let boxed = self.prelude("boxed", "Box");
                quote!(Some(#boxed::new(#value)))
            }
            (false, false) => quote!(Some(#value)),
        }
    }

    /// Returns the type of the value in the field, or the type of the list if the field is a list.
    fn value_type(&self, field: &Field<'_>) -> TokenStream {
        let ty = match field.ty {
            Type::Basic(Basic::String) => self.prelude("string", "String"),
            Type::Basic(Basic::Number) => quote!(i64),
            Type::Basic(Basic::Boolean) => quote!(bool),
            Type::Basic(Basic::Date) => quote!(::topsdk::Date),
            Type::Basic(Basic::Decimal) => quote!(::topsdk::Decimal),
            Type::Basic(Basic::Json) => quote!(::topsdk::Json),
            Type::Basic(Basic::File) => quote!(::topsdk::File),
            Type::Object(index) => ident(&self.names.structs[index].ident).into_token_stream(),
        };
        if !field.list {
            return ty;
        }
        let vec = self.prelude("vec", "Vec");
        quote!(#vec<#ty>)
    }

    /// Returns a prelude name, as an absolute path through its module of `std` if the page has a type of that name.
    fn prelude(&self, module: &str, name: &str) -> TokenStream {
        let mut structs = self.names.structs.iter();
        let is_hidden = structs.any(|object| object.ident == name || object.bundle.as_deref() == Some(name));
        let (module, name) = (ident(module), ident(name));
        if is_hidden { quote!(::std::#module::#name) } else { quote!(#name) }
    }
}

/// Returns the item name of a list, or `None` if the macro infers it from the type of the field.
fn list_item(field: &Field<'_>) -> Option<String> {
    let usual = match field.ty {
        Type::Basic(Basic::String) => "string",
        Type::Basic(Basic::Number) => "number",
        Type::Basic(Basic::Boolean) => "boolean",
        Type::Basic(Basic::Date) => "date",
        Type::Basic(Basic::Json) => "json",
        // Two documented type names are decimals, so there is no usual item name.
        Type::Basic(Basic::Decimal) => "",
        // The struct has its own item name.
        Type::Object(_) | Type::Basic(Basic::File) => return None,
    };
    let item = item_name(&field.param.type_name);
    (field.list && item != usual && is_element(&item)).then_some(item)
}

/// Returns the item name of lists of a struct, or `None` if it follows from the name of the struct.
fn item_fact(object: &Struct<'_>) -> Option<TokenStream> {
    let item = item_name(object.word);
    (item_name(&object.ident) != item && is_element(&item)).then(|| quote!(item = #item))
}

/// Returns whether a text is a valid element name. It comes from a type cell, which may contain anything.
fn is_element(item: &str) -> bool {
    item.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && item.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}

/// Returns the documented name as an alias for rustdoc's search. rustdoc rejects empty aliases, quotes, and blanks at the
/// ends.
fn alias(documented: &str, ident: &str) -> Option<TokenStream> {
    let is_taken = |letter: char| letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\'');
    let is_needed = !documented.is_empty() && documented != ident && !documented.contains(is_taken);
    is_needed.then(|| quote!(#[doc(alias = #documented)]))
}
