//! Reading `#[top(…)]`.

use proc_macro::{Delimiter, Group, Ident, Literal, TokenTree};

use crate::{cursor::Cursor, error::Error};

/// The `#[top …]` among the attributes of an item: the word `top`, and what is behind it.
pub(crate) struct Attributes(Vec<(Ident, Cursor)>);

/// What `#[top(…)]` says on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) krate: Option<Vec<TokenTree>>,
    pub(crate) item: Option<Literal>,
    pub(crate) method: Option<Literal>,
    pub(crate) response: Option<Vec<TokenTree>>,
}

/// What `#[top(…)]` says on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) name: Option<Literal>,
    pub(crate) item: Option<Literal>,
    pub(crate) is_required: bool,
}

impl Attributes {
    /// Goes past all attributes; those of documentation and of other derives are nobody's here.
    pub(crate) fn take(input: &mut Cursor) -> Attributes {
        let mut attributes = Vec::new();
        while input.takes('#') {
            let Some(group) = input.group(Delimiter::Bracket) else { break };
            let mut inside = Cursor::inside(&group);
            if let Some(fragment) = inside.group(Delimiter::None) {
                inside = Cursor::inside(&fragment);
            }
            if let Some(word) = inside.ident().filter(|word| word.to_string() == "top") {
                attributes.push((word, inside));
            }
        }
        Attributes(attributes)
    }

    /// Reads each word of each attribute. A word that is wrong does not hide the mistakes in those behind it; broken syntax
    /// does, up to the end of its attribute.
    fn each(self, errors: &mut Vec<Error>, mut read: impl FnMut(Word<'_>) -> Result<(), Error>) {
        for (top, mut behind) in self.0 {
            let outcome = arguments(&top, &mut behind).and_then(|group| {
                let mut input = Cursor::inside(&group);
                while !input.is_empty() {
                    let word = word(&mut input)?;
                    read(Word { word, input: &mut input, errors })?;
                    if !input.is_empty() && !input.takes(',') {
                        return Err(Error::at(input.span(), "expected `,`"));
                    }
                }
                Ok(())
            });
            errors.extend(outcome.err());
        }
    }
}

/// The `(…)` behind the word `top`.
fn arguments(top: &Ident, behind: &mut Cursor) -> Result<Group, Error> {
    if behind.is_empty() {
        return Err(Error::at(top.span(), "expected attribute arguments in parentheses: #[top(...)]"));
    }
    let span = behind.span();
    behind.group(Delimiter::Parenthesis).ok_or_else(|| Error::at(span, "expected parentheses: #[top(...)]"))
}

fn word(input: &mut Cursor) -> Result<Ident, Error> {
    input.ident().ok_or_else(|| {
        let span = input.span();
        Error::at(
            span,
            match input.next() {
                Some(TokenTree::Literal(_)) => "unexpected literal in nested attribute, expected ident",
                _ => "expected identifier",
            },
        )
    })
}

impl StructAttrs {
    pub(crate) fn read(attributes: Attributes, errors: &mut Vec<Error>) -> StructAttrs {
        let mut read = StructAttrs::default();
        attributes.each(errors, |word| match word.word.to_string().as_str() {
            "crate" => word.once(&mut read.krate, |input| some(input, "expected a path")),
            "item" => word.once(&mut read.item, Cursor::string),
            "method" => word.once(&mut read.method, Cursor::string),
            "response" => word.once(&mut read.response, |input| some(input, "expected a type")),
            _ => word.refused("unknown word; a struct takes `crate`, `item`, `method` and `response`"),
        });
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(attributes: Attributes, errors: &mut Vec<Error>) -> FieldAttrs {
        let mut read = FieldAttrs::default();
        attributes.each(errors, |word| match word.word.to_string().as_str() {
            "name" => word.once(&mut read.name, Cursor::string),
            "item" => word.once(&mut read.item, Cursor::string),
            "required" => {
                if std::mem::replace(&mut read.is_required, true) {
                    word.errors.push(Error::at(word.word.span(), "given twice"));
                }
                match word.input.peeks('=') {
                    true => word.refused("`required` takes no value: leave it out where the field is optional"),
                    false => Ok(()),
                }
            }
            _ => word.refused("unknown word; a field takes `name`, `required` and `item`"),
        });
        read
    }
}

/// A word of an attribute, before its value.
struct Word<'a> {
    word: Ident,
    input: &'a mut Cursor,
    errors: &'a mut Vec<Error>,
}

impl Word<'_> {
    /// `= VALUE`, once.
    fn once<T>(self, place: &mut Option<T>, value: impl Fn(&mut Cursor) -> Result<T, Error>) -> Result<(), Error> {
        if !self.input.takes('=') {
            return Err(Error::at(self.input.span(), "expected `=`"));
        }
        let value = value(self.input)?;
        if place.is_some() {
            self.errors.push(Error::at(self.word.span(), "given twice"));
        } else {
            *place = Some(value);
        }
        Ok(())
    }

    /// Says so, and goes to the next word.
    fn refused(self, message: &str) -> Result<(), Error> {
        self.errors.push(Error::at(self.word.span(), message));
        self.input.up_to(',');
        Ok(())
    }
}

/// A path or a type: what it is exactly, the compiler says where it is used.
fn some(input: &mut Cursor, expected: &str) -> Result<Vec<TokenTree>, Error> {
    let span = input.span();
    let tokens = input.up_to(',');
    if tokens.is_empty() { Err(Error::at(span, expected)) } else { Ok(tokens) }
}
