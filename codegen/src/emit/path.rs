//! Names as they are written in code.

use crate::names::Module;

/// Words of Rust 2024 that can only be a name with `r#` before them.
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name, with `r#` where it is a keyword.
pub fn raw(ident: &str) -> String {
    match is_keyword(ident) {
        true => format!("r#{ident}"),
        false => ident.to_owned(),
    }
}

/// Whether the name needs `r#`.
pub(super) fn is_keyword(ident: &str) -> bool {
    KEYWORDS.contains(&ident)
}

/// `alibaba::alsc::crm_recharge_dedut_update`.
pub(super) fn module_path(module: &Module) -> String {
    module.segments().map(raw).join("::")
}
