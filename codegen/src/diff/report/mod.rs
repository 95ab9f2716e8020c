//! Formats a diff as text: for a terminal, for a pull request, as JSON, and for a changelog. Text from pages is put on one
//! line.

mod changelog;
mod markdown;
mod terminal;

pub(crate) use changelog::version_numbers;
pub use changelog::{changelog, next_version};
pub use markdown::{code, markdown};
pub use terminal::terminal;

use std::cmp::Reverse;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Change, Diff, Kind, Verdict};

/// Returns the diff as JSON on one line, without a line feed: `{"verdict": …, "changes": [{"method", "path", "change",
/// "verdict", "effect", "side", "old", "new"}]}`. Every key is always present. Text that a page does not have is `null`.
///
/// ```
/// let none = topsdk_codegen::diff::Diff::default();
/// assert_eq!(topsdk_codegen::diff::report::json(&none), r#"{"verdict":"none","changes":[]}"#);
/// ```
pub fn json(diff: &Diff) -> String {
    #[derive(serde::Serialize)]
    struct Report<'d> {
        verdict: Verdict,
        changes: &'d [Change],
    }
    #[expect(clippy::expect_used, reason = "texts and plain enums are always JSON")]
    serde_json::to_string(&Report { verdict: diff.verdict(), changes: &diff.changes }).expect("a report is JSON")
}

/// Returns the changes of each API, the worst API first, then by method. The first change of an API is its worst.
fn by_api(diff: &Diff) -> Vec<&[Change]> {
    let mut apis: Vec<&[Change]> = diff.changes.chunk_by(|one, other| one.method == other.method).collect();
    apis.sort_by_key(|changes| (Reverse(changes[0].verdict()), &changes[0].method));
    apis
}

fn count(changes: &[Change], verdict: Verdict) -> usize {
    changes.iter().filter(|change| change.verdict() == verdict).count()
}

/// Returns the reason for the verdict, if the kind of the change does not imply it.
fn remark(change: &Change) -> Option<&'static str> {
    (change.effect != change.kind.plain_effect()).then(|| change.effect.text())
}

/// Returns a count such as `1 change in 1 API`.
fn counted(diff: &Diff, apis: usize) -> String {
    let changes = diff.changes.len();
    let s = |number: usize| if number == 1 { "" } else { "s" };
    format!("{changes} change{} in {apis} API{}", s(changes), s(apis))
}

/// Returns the text on one line, cut after `most` columns. Replaces characters that control a terminal or change the text
/// direction.
fn one_line(text: &str, most: usize) -> String {
    let is_invisible =
        |letter| matches!(u32::from(letter), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff);
    let is_harmful = |letter: char| letter.is_control() || is_invisible(letter);
    let mut line = crate::page::words::one_line(text).replace(is_harmful, "\u{fffd}");
    let mut width = 0;
    let end = line.char_indices().find(|(_, letter)| {
        width += letter.width().unwrap_or_default();
        width > most
    });
    if let Some((end, _)) = end {
        line.truncate(end);
        line.push('…');
    }
    line
}

/// Formats an old and a new text like [`one_line`]. Shortens a long common beginning, so that the difference is visible.
fn both(old: &str, new: &str, most: usize) -> [String; 2] {
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
