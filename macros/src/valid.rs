//! Checks the rules for structs beyond their syntax.

use std::collections::{HashMap, hash_map::Entry};

use syn::{Error, LitStr, ext::IdentExt};

use crate::ast::{Role, Struct, combined};

/// Checks the struct. The error lists all mistakes.
pub(crate) fn check(object: &Struct<'_>) -> Result<(), Error> {
    let mut errors = Vec::new();
    check_struct(object, &mut errors);
    check_fields(object, &mut errors);
    combined(errors)
}

fn check_struct(object: &Struct<'_>, errors: &mut Vec<Error>) {
    let Struct { role, input, attrs, fields } = object;
    if !input.generics.params.is_empty() {
        errors.push(Error::new_spanned(
            &input.generics,
            "a generic struct cannot be an object of the wire: its wire names and types must be fixed",
        ));
    }
    match role {
        Role::Request => {
            if attrs.method.is_none() {
                let message = "a request needs its API's name: `#[top(method = \"taobao.item.seller.get\")]`";
                errors.push(Error::new_spanned(&input.ident, message));
            }
            if attrs.response.is_none() {
                let message = "a request needs the type of its response: `#[top(response = ItemSellerGetResponse)]`";
                errors.push(Error::new_spanned(&input.ident, message));
            }
        }
        Role::Object | Role::Response => {
            if let Some(method) = &attrs.method {
                errors.push(Error::new_spanned(method, "only a request has a method: derive `Request`"));
            }
            if let Some(response) = &attrs.response {
                errors.push(Error::new_spanned(response, "only a request has a response: derive `Request`"));
            }
        }
    }
    errors.extend([&attrs.item, &attrs.method].into_iter().flatten().filter_map(empty));
    if fields.len() > usize::from(u16::MAX) {
        errors.push(Error::new_spanned(&input.ident, "more than 65,535 fields"));
    }
}

fn check_fields(object: &Struct<'_>, errors: &mut Vec<Error>) {
    let mut seen = HashMap::with_capacity(object.fields.len());
    for field in &object.fields {
        errors.extend([&field.attrs.name, &field.attrs.item].into_iter().flatten().filter_map(empty));
        if let Some(item) = &field.attrs.item
            && !field.is_list()
        {
            errors.push(Error::new_spanned(item, "only a list has items: the field's type is not a `Vec`"));
        }
        let (name, span) = match &field.attrs.name {
            Some(name) => (name.value(), name.span()),
            None => (field.ident.unraw().to_string(), field.ident.span()),
        };
        match seen.entry(name) {
            Entry::Occupied(first) => {
                let message = format!("the wire name `{}` is already used by `{}`", first.key(), first.get());
                errors.push(Error::new(span, message));
            }
            Entry::Vacant(first) => drop(first.insert(field.ident)),
        }
    }
}

fn empty(text: &LitStr) -> Option<Error> {
    text.value().is_empty().then(|| Error::new_spanned(text, "a name cannot be empty"))
}
