//! What a string literal says.

/// The text of a string literal as it is written; `None` for what is none, which the compiler will say of it.
pub(crate) fn text_of(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let raw = raw[hashes..].strip_prefix('"')?;
        return Some(raw.strip_suffix(&"#".repeat(hashes))?.strip_suffix('"')?.to_owned());
    }
    let mut text = String::new();
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        text.push(match rest.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'x' => char::from(u8::from_str_radix(rest.as_str().get(..2)?, 16).ok().filter(|_| rest.nth(1).is_some())?),
            'u' => {
                let (digits, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                rest = after.chars();
                char::from_u32(u32::from_str_radix(&digits.replace('_', ""), 16).ok()?)?
            }
            // A line that goes on in the next one.
            '\n' => {
                rest = rest.as_str().trim_start_matches([' ', '\t', '\n', '\r']).chars();
                continue;
            }
            itself @ ('\\' | '"' | '\'') => itself,
            _ => return None,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn literals_are_what_the_compiler_takes_them_for() {
        macro_rules! same {
            ($($literal:literal)*) => {$(
                assert_eq!(text_of(stringify!($literal)).as_deref(), Some($literal));
            )*};
        }
        same! {
            "" "a" "小" "\"quoted\" \\ \'" "\n\r\t\0" "\x41\x7f" "\u{5c0f}\u{1_F600}." "a \
                b" r"" r"\n" r#"a "b" c"# r##"#"##
        }
    }

    #[test]
    fn what_is_no_string_is_none() {
        for other in ["3", "'a'", "b\"a\"", "c\"a\"", "\"a\"suffix", "r\"a\"suffix"] {
            assert_eq!(text_of(other), None, "{other}");
        }
    }
}
