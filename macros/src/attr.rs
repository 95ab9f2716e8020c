//! Reading `#[top(…)]`.

use syn::{Attribute, Error, Ident, LitStr, Path, Type, meta::ParseNestedMeta, spanned::Spanned};

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
        each(attrs, errors, |meta| {
            if meta.path.is_ident("crate") {
                let path = meta.value()?.call(Path::parse_mod_style)?;
                once(&mut read.krate, path, &meta)
            } else if meta.path.is_ident("item") {
                once(&mut read.item, meta.value()?.parse()?, &meta)
            } else if meta.path.is_ident("method") {
                once(&mut read.method, meta.value()?.parse()?, &meta)
            } else if meta.path.is_ident("response") {
                once(&mut read.response, meta.value()?.parse()?, &meta)
            } else {
                Err(meta.error("unknown word; a struct takes `crate`, `item`, `method` and `response`"))
            }
        });
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Vec<Error>) -> FieldAttrs {
        let mut read = FieldAttrs::default();
        each(attrs, errors, |meta| {
            if meta.path.is_ident("name") {
                once(&mut read.name, meta.value()?.parse()?, &meta)
            } else if meta.path.is_ident("item") {
                once(&mut read.item, meta.value()?.parse()?, &meta)
            } else if meta.path.is_ident("required") {
                let word = meta.path.require_ident()?.clone();
                once(&mut read.required, word, &meta)
            } else {
                Err(meta.error("unknown word; a field takes `name`, `required` and `item`"))
            }
        });
        read
    }
}

fn each(attrs: &[Attribute], errors: &mut Vec<Error>, mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<(), Error>) {
    for attr in attrs {
        if attr.path().is_ident("top")
            && let Err(error) = attr.parse_nested_meta(&mut read)
        {
            errors.push(error);
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
    if place.is_some() {
        return Err(Error::new(meta.path.span(), "given twice"));
    }
    *place = Some(value);
    Ok(())
}
