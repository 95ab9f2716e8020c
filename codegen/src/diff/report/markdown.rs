//! For a pull request.

use super::text::{both, one_line};
use super::{Change, Diff, Group, Verdict, counted, groups, remark};

/// GitHub takes 65,536 letters for the text of a pull request; some are left for what others write around the report.
const MOST: usize = 60_000;

/// How much of a text is shown.
const WIDEST_TEXT: usize = 200;

/// The diff for a pull request: a table of the APIs, the worst first, and the changes of each folded below it.
///
/// Never longer than a pull request's text may be: what does not fit is counted, not shown, the least first. Text from
/// pages stands as code, so that nothing in it is a link, a mention, markup or the end of a cell. Ends in a line feed.
pub fn markdown(diff: &Diff) -> String {
    let groups = groups(diff);
    if groups.is_empty() {
        return "**No changes.**\n".to_owned();
    }
    let mut report = format!("**{}**: {}.\n\n", diff.verdict(), counted(diff, &groups));
    report.push_str("| API | verdict | major | minor | patch |\n| --- | --- | ---: | ---: | ---: |\n");
    // Half of the room is for the table.
    let rows = groups.iter().map(|group| {
        let counts = Verdict::WORST_FIRST.map(|verdict| group.count(verdict).to_string());
        format!("| {} | {} | {} |\n", cell(group.method), group.verdict, counts.join(" | "))
    });
    let left = fill(&mut report, MOST / 2, rows);
    report.push('\n');
    if left > 0 {
        report.push_str(&format!("{left} more of these APIs are not listed.\n\n"));
    }
    let left = fill(&mut report, MOST, groups.iter().map(folded));
    if left > 0 {
        report.push_str(&format!("The changes of {left} APIs do not fit here: `topsdk diff` shows them.\n"));
    }
    report
}

/// Appends parts while there is room, and says how many were left.
fn fill(report: &mut String, most: usize, mut parts: impl ExactSizeIterator<Item = String>) -> usize {
    let mut left = parts.len();
    for part in parts.by_ref() {
        if report.len() + part.len() > most {
            return left;
        }
        report.push_str(&part);
        left -= 1;
    }
    left
}

fn folded(group: &Group<'_>) -> String {
    let method = entities(&one_line(group.method, WIDEST_TEXT));
    let mut text = format!(
        "<details><summary><code>{method}</code>: {}, {} in all</summary>\n\n\
         | verdict | change | path | old | new |\n| --- | --- | --- | --- | --- |\n",
        group.verdict,
        group.changes.len()
    );
    let rows = group.changes.iter().map(row);
    // One API must not take the room of all others.
    let left = fill(&mut text, MOST / 4, rows);
    text.push('\n');
    if left > 0 {
        text.push_str(&format!("{left} more changes of this API are not listed.\n\n"));
    }
    text.push_str("</details>\n\n");
    text
}

fn row(change: &Change) -> String {
    let [old, new] = match (&change.old, &change.new) {
        (Some(old), Some(new)) => both(old, new, WIDEST_TEXT),
        (old, new) => [old, new].map(|text| text.clone().unwrap_or_default()),
    };
    let remark = remark(change).map(|remark| format!(": {remark}")).unwrap_or_default();
    let (old, new) = (cell(&old), cell(&new));
    format!("| {} | {}{remark} | {} | {old} | {new} |\n", change.verdict(), change.kind.name(), cell(&change.path))
}

/// Text from a page in a cell of a table.
pub(super) fn cell(text: &str) -> String {
    code(text, WIDEST_TEXT)
}

/// Text from a page as code on one line, in a cell of a table too: nothing in it is a link, a mention, markup or an end.
/// Cut after `most` columns.
///
/// ```
/// assert_eq!(topsdk_codegen::diff::report::code("@you *and*\nme", 80), "`@you *and* me`");
/// ```
pub fn code(text: &str, most: usize) -> String {
    let text = one_line(text, most);
    if text.is_empty() {
        return text;
    }
    // A bar ends a cell also inside a code span, and not every reader takes `\|` for one behind another `\`.
    if text.contains('|') {
        return format!("<code>{}</code>", entities(&text));
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The text with every sign that Markdown or HTML could know as its code.
fn entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' ' | '.' | '-' | ',' => escaped.push(letter),
            letter if letter.is_ascii_punctuation() => escaped.push_str(&format!("&#{};", u32::from(letter))),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{cell, entities};

    #[test]
    fn text_from_a_page_is_code_and_nothing_else() {
        for (text, expected) in [
            ("a_b.c", "`a_b.c`"),
            ("@you <b>#1</b>\n</details>", "`@you <b>#1</b> </details>`"),
            ("a ` b", "``a ` b``"),
            ("``", "``` `` ```"),
            ("", ""),
            ("a|`b`\\|c", "<code>a&#124;&#96;b&#96;&#92;&#124;c</code>"),
        ] {
            assert_eq!(cell(text), expected);
        }
        assert_eq!(entities("</code>*"), "&#60;&#47;code&#62;&#42;");
    }
}
