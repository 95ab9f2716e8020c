//! Fits text from pages on one line: cuts it, and replaces harmful characters.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the text on one line, without characters that control a terminal, cut after `most` columns.
///
/// These include control characters and characters that change the text direction.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut width = 0;
    let mut is_after_blank = true;
    for letter in text.trim_end().chars() {
        let letter = match letter {
            letter if letter.is_whitespace() => ' ',
            letter if letter.is_control() || is_invisible(letter) => '\u{fffd}',
            letter => letter,
        };
        if letter == ' ' && is_after_blank {
            continue;
        }
        is_after_blank = letter == ' ';
        width += letter.width().unwrap_or_default();
        if width > most {
            line.push('…');
            return line;
        }
        line.push(letter);
    }
    line
}

/// Formats an old and a new text like [`one_line`]. Shortens a long common beginning, so that the difference is visible.
pub(super) fn both(old: &str, new: &str, most: usize) -> [String; 2] {
    let alike = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    let shown = most / 4;
    [old, new].map(|text| match alike {
        alike if alike > shown && text.width() > most => {
            let rest: String = text.chars().skip(alike - shown).collect();
            format!("…{}", one_line(&rest, most.saturating_sub(1)))
        }
        _ => one_line(text, most),
    })
}

fn is_invisible(letter: char) -> bool {
    matches!(u32::from(letter), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff)
}

#[cfg(test)]
mod tests {
    use super::{both, one_line};

    #[test]
    fn text_from_a_page_cannot_move_the_cursor_and_is_cut_by_columns() {
        assert_eq!(one_line("a\u{1b}[31m\tb\r\n  c\u{202e}d ", 80), "a\u{fffd}[31m b c\u{fffd}d");
        assert_eq!(one_line("储值消费", 5), "储值…");
        assert_eq!(one_line("储值", 4), "储值");
        assert_eq!(one_line("🎁🎁", 3), "🎁…", "two columns each");
        assert_eq!(one_line("e\u{301}e\u{301}", 2), "e\u{301}e\u{301}", "an accent takes none");
    }

    #[test]
    fn long_texts_show_the_part_that_differs() {
        assert_eq!(both("0123456789abc", "0123456789xyz", 8), ["…89abc", "…89xyz"]);
        assert_eq!(both("0123456789", "x", 8), ["01234567…", "x"]);
        assert_eq!(both("储值消费储值消费，", "储值消费储值消费。", 8), ["…消费，", "…消费。"]);
    }
}
