//! Prints Rust items as the text of a file, with `prettyplease`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::path::is_keyword;

/// Returns a file with this comment at its start. Adds the empty lines between the parts, which `prettyplease` does not
/// print.
pub(super) fn file(header: &str, file: &syn::File) -> String {
    let printed = prettyplease::unparse(file);
    let mut text = String::with_capacity(header.len() + printed.len() * 9 / 8);
    text.push_str(header);
    text.push('\n');
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let next = lines.peek().map_or("}", |next| next.trim_start());
        let ends_item = line.trim_start().starts_with('}') || line.starts_with("pub struct ") && line.ends_with("{}");
        let ends_docs = (line.starts_with("//!") && !next.starts_with("//!")) || line.starts_with("#![");
        if next != "}" && (ends_item || ends_docs) {
            text.push('\n');
        }
    }
    text
}

/// Returns outer documentation: one attribute per line.
pub(super) fn docs<L: AsRef<str>>(lines: &[L]) -> TokenStream {
    let lines = doc_lines(lines);
    quote!(#(#[doc = #lines])*)
}

/// Returns the documentation of the file itself.
pub(super) fn file_docs<L: AsRef<str>>(lines: &[L]) -> TokenStream {
    let lines = doc_lines(lines);
    quote!(#(#![doc = #lines])*)
}

/// Splits documentation into single lines: `prettyplease` prints an attribute as `///` only if its text is one line.
fn doc_lines<L: AsRef<str>>(lines: &[L]) -> impl Iterator<Item = String> {
    lines.iter().flat_map(|line| line.as_ref().split(['\n', '\r'])).map(|line| match line {
        "" => String::new(),
        line => format!(" {line}"),
    })
}

/// Returns an identifier, with `r#` if it is a keyword.
pub(super) fn ident(name: &str) -> Ident {
    match is_keyword(name) {
        true => Ident::new_raw(name, Span::call_site()),
        false => Ident::new(name, Span::call_site()),
    }
}
