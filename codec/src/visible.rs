//! Shows text from outside in messages: on one line, and without the characters that a terminal obeys.

use std::fmt::{self, Write};

/// Displays a text with each character that a terminal acts on escaped, as `\u{1b}`. Errors and anomalies are printed and
/// logged, and a gateway must not clear a screen or begin a line of a log.
pub fn visible(text: &str) -> impl fmt::Display + '_ {
    Visible(text)
}

/// Returns whether a terminal acts on a character instead of showing it: control characters, and characters that change the
/// direction of text or break lines.
pub(crate) fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match is_obeyed(letter) {
            true => write!(f, "{}", letter.escape_unicode()),
            false => f.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn characters_that_a_terminal_obeys_are_escaped_and_others_stay() {
        assert_eq!(visible("a\u{1b}[2J\r\n\u{9b}\u{202e}b").to_string(), "a\\u{1b}[2J\\u{d}\\u{a}\\u{9b}\\u{202e}b");
        assert_eq!(visible("余额不足 “é” 😀").to_string(), "余额不足 “é” 😀");
    }
}
