//! Reading `#[top(…)]`.

use proc_macro2::TokenTree;
use syn::{Attribute, Error, Ident, LitStr, Path, Token, Type, meta::ParseNestedMeta, spanned::Spanned};

/// What `#[top(…)]` says on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) krate: Option<Path>,
    pub(crate) item: Option<LitStr>,
    pub(crate) method: Option<LitStr>,
    pub(crate) response: Option<Type>,
}

/// What `#[top(…)]` says on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) name: Option<LitStr>,
    pub(crate) item: Option<LitStr>,
    /// The word itself, for errors that point at it.
    pub(crate) required: Option<Ident>,
}

impl StructAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Vec<Error>) -> StructAttrs {
        let mut read = StructAttrs::default();
        each(attrs, errors, |meta, errors| {
            if meta.path.is_ident("crate") {
                let path = meta.value()?.call(Path::parse_mod_style)?;
                once(&mut read.krate, path, meta, errors);
            } else if meta.path.is_ident("item") {
                once(&mut read.item, meta.value()?.parse()?, meta, errors);
            } else if meta.path.is_ident("method") {
                once(&mut read.method, meta.value()?.parse()?, meta, errors);
            } else if meta.path.is_ident("response") {
                once(&mut read.response, meta.value()?.parse()?, meta, errors);
            } else {
                errors.push(meta.error("unknown word; a struct takes `crate`, `item`, `method` and `response`"));
                skip_value(meta)?;
            }
            Ok(())
        });
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Vec<Error>) -> FieldAttrs {
        let mut read = FieldAttrs::default();
        each(attrs, errors, |meta, errors| {
            if meta.path.is_ident("name") {
                once(&mut read.name, meta.value()?.parse()?, meta, errors);
            } else if meta.path.is_ident("item") {
                once(&mut read.item, meta.value()?.parse()?, meta, errors);
            } else if meta.path.is_ident("required") {
                let word = meta.path.require_ident()?.clone();
                once(&mut read.required, word, meta, errors);
                if meta.input.peek(Token![=]) {
                    errors.push(meta.error("`required` takes no value: leave it out where the field is optional"));
                    skip_value(meta)?;
                }
            } else {
                errors.push(meta.error("unknown word; a field takes `name`, `required` and `item`"));
                skip_value(meta)?;
            }
            Ok(())
        });
        read
    }
}

/// Reads each word of each attribute. A word that is wrong does not hide the mistakes in those behind it; broken syntax
/// does, up to the end of its attribute.
fn each(
    attrs: &[Attribute],
    errors: &mut Vec<Error>,
    mut read: impl FnMut(&ParseNestedMeta<'_>, &mut Vec<Error>) -> Result<(), Error>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("top")) {
        if let Err(error) = attr.parse_nested_meta(|meta| read(&meta, errors)) {
            errors.push(error);
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>, errors: &mut Vec<Error>) {
    match place {
        Some(_) => errors.push(Error::new(meta.path.span(), "given twice")),
        None => *place = Some(value),
    }
}

/// Goes to the next comma.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}
