//! What a struct must hold to, beyond its syntax.

use std::collections::{HashMap, hash_map::Entry};

use proc_macro::Literal;

use crate::{
    ast::{Role, Struct, unraw},
    error::Error,
    text::text_of,
};

/// All that is wrong with the struct.
pub(crate) fn check(object: &Struct, errors: &mut Vec<Error>) {
    if !object.generics.is_empty() {
        errors.push(Error::over(
            &object.generics,
            "a struct with parameters cannot have one table: its wire names and types must be known as they stand",
        ));
    }
    let attrs = &object.attrs;
    match object.role {
        Role::Request => {
            if attrs.method.is_none() {
                let message = "a request needs its API's name: `#[top(method = \"taobao.item.seller.get\")]`";
                errors.push(Error::at(object.ident.span(), message));
            }
            if attrs.response.is_none() {
                let message = "a request needs the type of its answer: `#[top(response = ItemSellerGetResponse)]`";
                errors.push(Error::at(object.ident.span(), message));
            }
        }
        Role::Object | Role::Response => {
            if let Some(method) = &attrs.method {
                errors.push(Error::at(method.span(), "only a request has a method: derive `Request`"));
            }
            if let Some(response) = &attrs.response {
                errors.push(Error::over(response, "only a request has a response: derive `Request`"));
            }
        }
    }
    for text in [&attrs.item, &attrs.method].into_iter().flatten() {
        text_of_some(text, errors);
    }
    let mut seen = HashMap::new();
    for field in &object.fields {
        let (name, span) = match &field.attrs.name {
            Some(name) => (text_of_some(name, errors), name.span()),
            None => (unraw(&field.ident), field.ident.span()),
        };
        if let Some(item) = &field.attrs.item {
            text_of_some(item, errors);
            if !field.is_list() {
                errors.push(Error::at(item.span(), "only a list has items: the field's type is not a `Vec`"));
            }
        }
        match seen.entry(name) {
            Entry::Occupied(first) => {
                let message = format!("the wire name `{}` is already that of `{}`", first.key(), first.get());
                errors.push(Error::at(span, message));
            }
            Entry::Vacant(first) => drop(first.insert(&field.ident)),
        }
    }
    if object.fields.len() > usize::from(u16::MAX) {
        errors.push(Error::at(object.ident.span(), "more than 65,535 fields"));
    }
}

/// What a literal says, which is not nothing.
fn text_of_some(literal: &Literal, errors: &mut Vec<Error>) -> String {
    let text = text_of(&literal.to_string()).unwrap_or_default();
    if text.is_empty() {
        errors.push(Error::at(literal.span(), "a name cannot be empty"));
    }
    text
}
