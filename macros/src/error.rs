//! What is wrong, and where: collected, and shown by the compiler all at once.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// A message at a place.
pub(crate) struct Error {
    start: Span,
    end: Span,
    message: String,
}

impl Error {
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Error {
        Error { start: span, end: span, message: message.into() }
    }

    /// At all of the tokens, which are at least one; otherwise at the macro's call.
    pub(crate) fn over(tokens: &[TokenTree], message: impl Into<String>) -> Error {
        let start = tokens.first().map_or_else(Span::call_site, TokenTree::span);
        let end = tokens.last().map_or_else(Span::call_site, TokenTree::span);
        Error { start, end, message: message.into() }
    }

    /// `::core::compile_error! { "message" }`. The compiler marks from the first token to the last.
    pub(crate) fn tokens(&self) -> TokenStream {
        let mut message = Literal::string(&self.message);
        message.set_span(self.end);
        let mut message = Group::new(Delimiter::Brace, TokenTree::Literal(message).into());
        message.set_span(self.end);
        let punct = |punct, spacing, span| {
            let mut punct = Punct::new(punct, spacing);
            punct.set_span(span);
            TokenTree::Punct(punct)
        };
        let ident = |name| TokenTree::Ident(Ident::new(name, self.start));
        let colons = || [punct(':', Spacing::Joint, self.start), punct(':', Spacing::Alone, self.start)];
        let mut tokens = TokenStream::new();
        tokens.extend(colons());
        tokens.extend([ident("core")]);
        tokens.extend(colons());
        tokens.extend([ident("compile_error"), punct('!', Spacing::Alone, self.start), TokenTree::Group(message)]);
        tokens
    }
}
