//! Code in the making: text, which the compiler's own lexer makes tokens of much faster than this crate could, and tokens of
//! the input where a message of the compiler has to point at them.

use std::fmt::{Display, Write as _};

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// What has been written.
pub(crate) struct Code<'a> {
    /// Where the codec is, if not at `::topsdk::codec`.
    codec: Option<&'a [TokenTree]>,
    tokens: TokenStream,
    /// Text that is no tokens yet.
    text: String,
}

impl<'a> Code<'a> {
    pub(crate) fn new(codec: Option<&'a [TokenTree]>) -> Code<'a> {
        Code { codec, tokens: TokenStream::new(), text: String::new() }
    }

    /// Writes text: whole tokens, with all brackets closed before anything but text follows.
    pub(crate) fn text(&mut self, text: impl Display) -> &mut Self {
        // Writing into a `String` cannot fail.
        let _ = write!(self.text, "{text} ");
        self
    }

    /// Writes the path of an item of the codec. A path that was given is the user's tokens: `$crate` has no text.
    pub(crate) fn codec(&mut self, item: &str) -> &mut Self {
        match self.codec {
            Some(path) => self.tokens(path.iter().cloned()).text("::"),
            None => self.text("::topsdk::codec::"),
        }
        .text(item)
    }

    pub(crate) fn tokens(&mut self, tokens: impl IntoIterator<Item = TokenTree>) -> &mut Self {
        self.flush();
        self.tokens.extend(tokens);
        self
    }

    pub(crate) fn group(&mut self, delimiter: Delimiter, write: impl FnOnce(&mut Code<'a>)) -> &mut Self {
        let mut inside = Code::new(self.codec);
        write(&mut inside);
        self.tokens([TokenTree::Group(Group::new(delimiter, inside.finish()))])
    }

    pub(crate) fn finish(mut self) -> TokenStream {
        self.flush();
        self.tokens
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            // Only text of this crate and literals of the input are in it.
            self.tokens.extend(self.text.parse::<TokenStream>().unwrap_or_default());
            self.text.clear();
        }
    }
}
