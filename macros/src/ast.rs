//! The struct as the macro sees it: pieces of the input with their attributes read.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::{
    attr::{Attributes, FieldAttrs, StructAttrs},
    cursor::{Cursor, is_punct},
    error::Error,
};

/// What is being derived.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Object,
    Request,
    Response,
}

/// A struct, with all that could be read of it.
pub(crate) struct Struct {
    pub(crate) role: Role,
    pub(crate) ident: Ident,
    /// `<…>` behind the name, with the brackets.
    pub(crate) generics: Vec<TokenTree>,
    /// `where …`, without what follows.
    pub(crate) clause: Vec<TokenTree>,
    pub(crate) attrs: StructAttrs,
    pub(crate) fields: Vec<Field>,
}

/// A field of it.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Vec<TokenTree>,
    pub(crate) attrs: FieldAttrs,
}

impl Struct {
    /// Reads the input, which the compiler has parsed already: an item whose syntax is right. `None` where it is none.
    pub(crate) fn read(input: TokenStream, role: Role, errors: &mut Vec<Error>) -> Option<Struct> {
        let mut input = Cursor::new(input, Span::call_site());
        let attributes = Attributes::take(&mut input);
        visibility(&mut input);
        let keyword = input.ident()?.to_string();
        let ident = input.ident()?;
        let generics = input.angles();
        let mut clause = clause(&mut input);
        let (attrs, fields) = match (keyword.as_str(), input.group(Delimiter::Brace)) {
            ("struct", Some(fields)) => (StructAttrs::read(attributes, errors), Field::read(&fields, errors)),
            (keyword, _) => {
                errors.push(Error::at(
                    ident.span(),
                    match keyword {
                        "struct" => "a field needs a name: write a struct with named fields",
                        _ => "only a struct with named fields has a table of wire names",
                    },
                ));
                // Behind the fields of a tuple.
                input.group(Delimiter::Parenthesis);
                clause.extend(self::clause(&mut input));
                // Only for where the codec is.
                (StructAttrs::read(attributes, &mut Vec::new()), Vec::new())
            }
        };
        Some(Struct { role, ident, generics, clause, attrs, fields })
    }

    /// The item name of a list of these, where it follows from the struct's own.
    pub(crate) fn item(&self) -> String {
        item_name(&unraw(&self.ident))
    }
}

impl Field {
    fn read(fields: &Group, errors: &mut Vec<Error>) -> Vec<Field> {
        let mut input = Cursor::inside(fields);
        let mut fields = Vec::new();
        while !input.is_empty() {
            let attrs = FieldAttrs::read(Attributes::take(&mut input), errors);
            visibility(&mut input);
            let Some(ident) = input.ident() else { break };
            input.takes(':');
            let ty = input.up_to(',');
            input.takes(',');
            fields.push(Field { ident, ty, attrs });
        }
        fields
    }

    /// Whether the type reads `Option<Box<…>>`. `Box` cannot be resolved through a trait: it is a fundamental type, so
    /// that an implementation for it would overlap with the one for all records.
    pub(crate) fn is_boxed(&self) -> bool {
        argument(&self.ty, "Option").and_then(|inner| argument(inner, "Box")).is_some()
    }

    /// Whether the type reads `Vec<…>`.
    pub(crate) fn is_list(&self) -> bool {
        argument(&self.ty, "Vec").is_some()
    }

    /// Where the compiler shows that the type is none that a field can have.
    pub(crate) fn at_type(&self) -> Span {
        let span = self.ty.first().map_or_else(|| self.ident.span(), TokenTree::span);
        Span::call_site().located_at(span)
    }
}

/// A name without its `r#`.
pub(crate) fn unraw(ident: &Ident) -> String {
    let mut name = ident.to_string();
    if name.starts_with("r#") {
        name.drain(..2);
    }
    name
}

/// Goes past `pub`, `pub(crate)`, or what a macro's `$vis` was, which may be nothing.
fn visibility(input: &mut Cursor) {
    if input.group(Delimiter::None).is_some() || !input.peeks_word("pub") {
        return;
    }
    input.next();
    input.group(Delimiter::Parenthesis);
}

/// `where …`, up to the fields or the end.
fn clause(input: &mut Cursor) -> Vec<TokenTree> {
    if input.peeks_word("where") { input.up_to_fields() } else { Vec::new() }
}

/// The first argument of `name<…>`, under whatever path.
fn argument<'a>(ty: &'a [TokenTree], name: &str) -> Option<&'a [TokenTree]> {
    let open = ty.iter().position(|token| is_punct(token, '<'))?;
    let (path, arguments) = ty.split_at(open);
    let is_path = path.iter().all(|token| matches!(token, TokenTree::Ident(_)) || is_punct(token, ':'));
    let last = path.iter().rev().find_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    })?;
    match arguments {
        [_, inner @ .., close] if is_path && is_punct(close, '>') && last.to_string() == name => Some(inner),
        _ => None,
    }
}

/// The rule of protocol.md section 6: every capital becomes `_` and its lower case, without `_` at the start.
fn item_name(type_name: &str) -> String {
    let mut name = String::new();
    for (index, letter) in type_name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}
