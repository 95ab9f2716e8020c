//! Prints Rust: items as the text of a file, with `prettyplease`, and names and documentation as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::names::Module;

/// Keywords of Rust 2024 that are identifiers only with `r#`.
pub(super) const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns a file with this comment at its start. Adds the empty lines between the parts, which `prettyplease` does not
/// print.
pub(super) fn file(header: &str, file: &syn::File) -> String {
    let printed = prettyplease::unparse(file);
    let mut text = String::with_capacity(header.len() + printed.len() * 9 / 8);
    text.extend([header, "\n"]);
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        text.extend([line, "\n"]);
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
pub(super) fn docs(text: &str) -> TokenStream {
    let lines = doc_lines(text);
    quote!(#(#[doc = #lines])*)
}

/// Returns the documentation of the file itself.
pub(super) fn file_docs(text: &str) -> TokenStream {
    let lines = doc_lines(text);
    quote!(#(#![doc = #lines])*)
}

/// Splits documentation into single lines: `prettyplease` prints an attribute as `///` only if its text is one line.
fn doc_lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") })
}

/// Returns an identifier, with `r#` if it is a keyword.
pub(super) fn ident(name: &str) -> Ident {
    match KEYWORDS.contains(&name) {
        true => Ident::new_raw(name, Span::call_site()),
        false => Ident::new(name, Span::call_site()),
    }
}

/// Returns the name, with `r#` if it is a keyword.
pub(super) fn raw(name: &str) -> String {
    ident(name).to_string()
}

/// Returns the path of a module, such as `alibaba::alsc::crm_recharge_dedut_update`.
pub fn module_path(module: &Module) -> String {
    module.segments().map(raw).join("::")
}
