//! The layout of generated files, as `prettyplease` prints it.

/// What `prettyplease` makes of a module, line for line, has to be the module, except for what it does not print: the header and
/// empty lines between items.
///
/// # Errors
/// The first line that differs, and what was expected in its place.
pub(crate) fn check(module: &str) -> Result<(), String> {
    let file = syn::parse_file(module).map_err(|error| format!("not Rust: {error}"))?;
    let printed = prettyplease::unparse(&file);
    let mut expected = printed.lines().filter(|line| !line.is_empty());
    let mut found = module.lines().filter(|line| !line.is_empty() && !line.starts_with("// "));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => break,
            (expected, found) if expected == found => {}
            (expected, found) => return Err(format!("expected {expected:?}, found {found:?}")),
        }
    }
    match module.contains("\n\n\n") || !module.ends_with("}\n") && !module.ends_with("{}\n") {
        true => Err("empty lines follow each other, or the end".to_owned()),
        false => Ok(()),
    }
}
