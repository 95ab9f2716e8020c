//! Parses `#[top(…)]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Error, LitStr, MacroDelimiter, Meta, Path, Token, Type, meta::ParseNestedMeta, parse::ParseStream,
    spanned::Spanned,
};

/// The attributes of the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) krate: Option<Path>,
    pub(crate) item: Option<LitStr>,
    pub(crate) method: Option<LitStr>,
    pub(crate) response: Option<Type>,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) name: Option<LitStr>,
    pub(crate) item: Option<LitStr>,
    pub(crate) required: Option<()>,
}

impl StructAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Vec<Error>) -> StructAttrs {
        let mut read = StructAttrs::default();
        each(attrs, errors, |meta, errors| {
            if meta.path.is_ident("crate") {
                once(&mut read.krate, meta.value()?.call(Path::parse_mod_style)?, meta, errors);
            } else if meta.path.is_ident("item") {
                once(&mut read.item, string(meta.value()?)?, meta, errors);
            } else if meta.path.is_ident("method") {
                once(&mut read.method, string(meta.value()?)?, meta, errors);
            } else if meta.path.is_ident("response") {
                once(&mut read.response, ty(meta.value()?)?, meta, errors);
            } else {
                errors.push(meta.error("unknown attribute; a struct takes `crate`, `item`, `method` and `response`"));
                skip_value(meta)?;
            }
            Ok(())
        });
        read
    }

    /// Returns the path of the codec.
    pub(crate) fn codec(&self) -> TokenStream {
        match &self.krate {
            Some(path) => path.to_token_stream(),
            None => quote!(::topsdk::codec),
        }
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Vec<Error>) -> FieldAttrs {
        let mut read = FieldAttrs::default();
        each(attrs, errors, |meta, errors| {
            if meta.path.is_ident("name") {
                once(&mut read.name, string(meta.value()?)?, meta, errors);
            } else if meta.path.is_ident("item") {
                once(&mut read.item, string(meta.value()?)?, meta, errors);
            } else if meta.path.is_ident("required") {
                once(&mut read.required, (), meta, errors);
                if meta.input.peek(Token![=]) {
                    errors.push(meta.error("`required` takes no value: leave it out where the field is optional"));
                    skip_value(meta)?;
                }
            } else {
                errors.push(meta.error("unknown attribute; a field takes `name`, `required` and `item`"));
                skip_value(meta)?;
            }
            Ok(())
        });
        read
    }
}

/// Parses each option of each attribute. A wrong option does not hide mistakes in the next ones; broken syntax does, up to
/// the end of its attribute.
fn each(
    attrs: &[Attribute],
    errors: &mut Vec<Error>,
    mut read: impl FnMut(&ParseNestedMeta<'_>, &mut Vec<Error>) -> Result<(), Error>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("top")) {
        let outcome = match &attr.meta {
            // syn accepts any brackets.
            Meta::List(list) if !matches!(list.delimiter, MacroDelimiter::Paren(_)) => {
                Err(Error::new(list.delimiter.span().join(), "expected parentheses: #[top(...)]"))
            }
            _ => attr.parse_nested_meta(|meta| read(&meta, errors)),
        };
        errors.extend(outcome.err());
    }
}

fn once<T>(place: &mut Option<T>, value: T, meta: &ParseNestedMeta<'_>, errors: &mut Vec<Error>) {
    match place {
        Some(_) => errors.push(Error::new(meta.path.span(), "given twice")),
        None => *place = Some(value),
    }
}

/// Parses a string literal. syn also accepts one with a suffix, which is an error here.
fn string(input: ParseStream<'_>) -> Result<LitStr, Error> {
    let literal: LitStr = input.parse()?;
    match literal.suffix() {
        "" => Ok(literal),
        _ => Err(Error::new(literal.span(), "expected string literal")),
    }
}

/// Parses a type. syn's own message would list all tokens that can begin a type.
fn ty(input: ParseStream<'_>) -> Result<Type, Error> {
    input.parse().map_err(|error: Error| Error::new(error.span(), "expected a type"))
}

/// Skips to the next comma.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}
