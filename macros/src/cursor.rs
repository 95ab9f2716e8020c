//! Reading tokens one after the other, without a parser's library: what a catalogue of thousands of structs costs is
//! counted in these macros, which run as they were built, in most users' builds without optimisation.

use std::iter::Peekable;

use proc_macro::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree, token_stream::IntoIter};

use crate::{error::Error, text::text_of};

/// The tokens of one level.
pub(crate) struct Cursor {
    tokens: Peekable<IntoIter>,
    /// Where it ends, for what is missing there.
    end: Span,
}

impl Cursor {
    pub(crate) fn new(tokens: TokenStream, end: Span) -> Cursor {
        Cursor { tokens: tokens.into_iter().peekable(), end }
    }

    /// What stands inside of a group.
    pub(crate) fn inside(group: &Group) -> Cursor {
        Cursor::new(group.stream(), group.span_close())
    }

    pub(crate) fn is_empty(&mut self) -> bool {
        self.tokens.peek().is_none()
    }

    /// Where the next token is, or the end.
    pub(crate) fn span(&mut self) -> Span {
        self.tokens.peek().map_or(self.end, TokenTree::span)
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        self.tokens.next()
    }

    pub(crate) fn peeks(&mut self, punct: char) -> bool {
        matches!(self.tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == punct)
    }

    pub(crate) fn peeks_word(&mut self, word: &str) -> bool {
        matches!(self.tokens.peek(), Some(TokenTree::Ident(next)) if next.to_string() == word)
    }

    pub(crate) fn takes(&mut self, punct: char) -> bool {
        self.tokens.next_if(|next| matches!(next, TokenTree::Punct(next) if next.as_char() == punct)).is_some()
    }

    pub(crate) fn ident(&mut self) -> Option<Ident> {
        match self.tokens.next_if(|next| matches!(next, TokenTree::Ident(_)))? {
            TokenTree::Ident(ident) => Some(ident),
            _ => None,
        }
    }

    /// A group in these brackets. `Delimiter::None` is round what a `macro_rules` fragment was.
    pub(crate) fn group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.tokens.next_if(|next| matches!(next, TokenTree::Group(next) if next.delimiter() == delimiter))? {
            TokenTree::Group(group) => Some(group),
            _ => None,
        }
    }

    /// A string literal.
    pub(crate) fn string(&mut self) -> Result<Literal, Error> {
        let span = self.span();
        let found = match self.group(Delimiter::None) {
            Some(fragment) => Cursor::inside(&fragment).next(),
            None => self.tokens.next_if(|next| matches!(next, TokenTree::Literal(_))),
        };
        match found {
            Some(TokenTree::Literal(literal)) if text_of(&literal.to_string()).is_some() => Ok(literal),
            _ => Err(Error::at(span, "expected string literal")),
        }
    }

    /// A type or a path: all up to the comma (or `=`) behind it, or to the end. Those inside of `<…>` end nothing. Of what
    /// was a `macro_rules` fragment, the tokens.
    pub(crate) fn up_to(&mut self, end: char) -> Vec<TokenTree> {
        let mut taken = Vec::new();
        let mut depth = Depth::default();
        while let Some(next) = self.tokens.next_if(|next| depth.angles > 0 || !is_punct(next, end)) {
            depth.pass(&next);
            match next {
                TokenTree::Group(fragment) if fragment.delimiter() == Delimiter::None => {
                    let mut inside = Cursor::inside(&fragment);
                    while !inside.is_empty() {
                        taken.extend(inside.up_to(end));
                        taken.extend(inside.next());
                    }
                }
                next => taken.push(next),
            }
        }
        taken
    }

    /// All up to a struct's fields or to its end.
    pub(crate) fn up_to_fields(&mut self) -> Vec<TokenTree> {
        let is_end = |next: &TokenTree| match next {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            next => is_punct(next, ';'),
        };
        std::iter::from_fn(|| self.tokens.next_if(|next| !is_end(next))).collect()
    }

    /// `<…>`, where that is next.
    pub(crate) fn angles(&mut self) -> Vec<TokenTree> {
        let mut taken = Vec::new();
        let mut depth = Depth::default();
        while depth.angles > 0 || (taken.is_empty() && self.peeks('<')) {
            let Some(next) = self.next() else { break };
            depth.pass(&next);
            taken.push(next);
        }
        taken
    }
}

/// How many `<` are open; the `>` of `->` closes none.
#[derive(Default)]
struct Depth {
    angles: u32,
    is_arrow: bool,
}

impl Depth {
    fn pass(&mut self, token: &TokenTree) {
        if is_punct(token, '<') {
            self.angles += 1;
        } else if is_punct(token, '>') && !self.is_arrow {
            self.angles = self.angles.saturating_sub(1);
        }
        self.is_arrow = is_punct(token, '-');
    }
}

pub(crate) fn is_punct(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(token) if token.as_char() == punct)
}
