//! What a struct must hold to, beyond its syntax.

use std::collections::HashMap;

use syn::{Error, LitStr};

use crate::ast::{Role, Struct, joined};

/// All that is wrong with the struct, as one error.
pub(crate) fn check(object: &Struct<'_>) -> Result<(), Error> {
    let mut errors = Vec::new();
    let generics = &object.input.generics;
    if !generics.params.is_empty() {
        errors.push(Error::new_spanned(
            generics,
            "a struct with parameters cannot have one table: its wire names and types must be known as they stand",
        ));
    }
    match object.role {
        Role::Request => {
            if object.attrs.method.is_none() {
                let message = "a request needs its API's name: `#[top(method = \"taobao.item.seller.get\")]`";
                errors.push(Error::new_spanned(&object.input.ident, message));
            }
            if object.attrs.response.is_none() {
                let message = "a request needs the type of its answer: `#[top(response = ItemSellerGetResponse)]`";
                errors.push(Error::new_spanned(&object.input.ident, message));
            }
        }
        Role::Object | Role::Response => {
            if let Some(method) = &object.attrs.method {
                errors.push(Error::new_spanned(method, "only a request has a method: derive `Request`"));
            }
            if let Some(response) = &object.attrs.response {
                errors.push(Error::new_spanned(response, "only a request has a response: derive `Request`"));
            }
        }
    }
    for text in [&object.attrs.item, &object.attrs.method].into_iter().flatten() {
        errors.extend(empty(text));
    }
    let mut seen = HashMap::new();
    for field in &object.fields {
        errors.extend(field.attrs.name.as_ref().and_then(empty));
        errors.extend(field.attrs.item.as_ref().and_then(empty));
        if let Some(item) = &field.attrs.item
            && !field.is_list()
        {
            errors.push(Error::new_spanned(item, "only a list has items: the field's type is not a `Vec`"));
        }
        if let Some(first) = seen.insert(field.wire_name(), field.ident) {
            let message = format!("the wire name `{}` is already that of `{first}`", field.wire_name());
            errors.push(match &field.attrs.name {
                Some(name) => Error::new_spanned(name, message),
                None => Error::new_spanned(field.ident, message),
            });
        }
    }
    if object.fields.len() > usize::from(u16::MAX) {
        errors.push(Error::new_spanned(&object.input.ident, "more than 65,535 fields"));
    }
    errors.into_iter().reduce(joined).map_or(Ok(()), Err)
}

fn empty(text: &LitStr) -> Option<Error> {
    text.value().is_empty().then(|| Error::new_spanned(text, "a name cannot be empty"))
}
