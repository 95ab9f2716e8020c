//! Writes names and paths as they appear in code.

use crate::names::Module;

/// Keywords of Rust 2024 that are identifiers only with `r#`.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Returns the name, with `r#` if it is a keyword.
pub fn raw(ident: &str) -> String {
    match is_keyword(ident) {
        true => format!("r#{ident}"),
        false => ident.to_owned(),
    }
}

/// Returns whether the name needs `r#`.
pub(super) fn is_keyword(ident: &str) -> bool {
    KEYWORDS.contains(&ident)
}

/// Returns the path of a module, such as `alibaba::alsc::crm_recharge_dedut_update`.
pub(super) fn module_path(module: &Module) -> String {
    module.segments().map(raw).join("::")
}
