//! Makes external text safe for a terminal: a response or a page must not move the cursor, change colours or hide text.

/// Escapes every character that a terminal acts on, except line breaks, in the form `\u{1b}`.
pub(crate) fn lines(text: &str) -> String {
    escaped(text, |c| is_acted_on(c) && c != '\n', |c| c.escape_unicode().to_string())
}

/// Escapes every character that a terminal acts on, including line breaks, in the form `\u{1b}`.
pub(crate) fn within_line(text: &str) -> String {
    escaped(text, is_acted_on, |c| c.escape_unicode().to_string())
}

/// Escapes the same characters as `lines`, with JSON escapes. In JSON they only occur inside strings, so the value does not
/// change.
pub(crate) fn json(json: &str) -> String {
    escaped(json, |c| is_acted_on(c) && c != '\n', |c| format!("\\u{:04x}", u32::from(c)))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) { out.push_str(&escape(c)) } else { out.push(c) }
    }
    out
}

/// Returns whether a terminal acts on a character instead of showing it: control characters, and characters that change the
/// direction of text or break lines.
fn is_acted_on(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_a_terminal_acts_on_are_escaped() {
        assert_eq!(
            lines("a\u{1b}[2Jb\r\u{7}\u{9b}c\u{202e}d\n\t店"),
            "a\\u{1b}[2Jb\\u{d}\\u{7}\\u{9b}c\\u{202e}d\n\t店"
        );
        assert_eq!(within_line("a\nb"), "a\\u{a}b");
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let value = serde_json::json!({ "a": "\u{1b}\u{9b}\u{202e}\u{7f}店" });
        let shown = json(&value.to_string());
        assert!(!shown.contains(['\u{9b}', '\u{202e}', '\u{7f}']), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
