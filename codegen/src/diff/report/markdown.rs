//! Reports a diff as Markdown for a pull request.

use super::{Change, Diff, Verdict, both, by_api, count, counted, one_line, remark};

/// The maximum length of the report. GitHub allows 65,536 characters in the text of a pull request; the rest is left for
/// text around the report.
const MOST: usize = 60_000;

/// The maximum width of a text from a page.
const WIDEST_TEXT: usize = 200;

/// Returns the diff as Markdown for a pull request: a table of the APIs, the worst first, and the changes of each folded
/// below it.
///
/// The report fits into a pull request's text: changes that do not fit are counted instead of shown, the least severe
/// first. Text from pages is formatted as code, so that it cannot contain links, mentions, markup or the end of a cell.
/// Ends in a line feed.
pub fn markdown(diff: &Diff) -> String {
    let apis = by_api(diff);
    if apis.is_empty() {
        return "**No changes.**\n".to_owned();
    }
    let mut report = format!("**{}**: {}.\n\n", diff.verdict(), counted(diff, apis.len()));
    report.push_str("| API | verdict | major | minor | patch |\n| --- | --- | ---: | ---: | ---: |\n");
    // Half of the space is for the table.
    let rows = apis.iter().map(|changes| {
        let counts = Verdict::WORST_FIRST.map(|verdict| count(changes, verdict).to_string());
        format!("| {} | {} | {} |\n", cell(&changes[0].method), changes[0].verdict(), counts.join(" | "))
    });
    let left = fill(&mut report, MOST / 2, rows);
    report.push('\n');
    if left > 0 {
        report.push_str(&format!("{left} more of these APIs are not listed.\n\n"));
    }
    let left = fill(&mut report, MOST, apis.iter().map(|changes| folded(changes)));
    if left > 0 {
        report.push_str(&format!("The changes of {left} APIs do not fit here: `topsdk diff` shows them.\n"));
    }
    report
}

/// Appends parts while there is space, and returns the number of parts that did not fit.
fn fill(report: &mut String, most: usize, parts: impl ExactSizeIterator<Item = String>) -> usize {
    let count = parts.len();
    for (index, part) in parts.enumerate() {
        if report.len() + part.len() > most {
            return count - index;
        }
        report.push_str(&part);
    }
    0
}

/// Returns the changes of one API.
fn folded(changes: &[Change]) -> String {
    let method = entities(&one_line(&changes[0].method, WIDEST_TEXT));
    let mut text = format!(
        "<details><summary><code>{method}</code>: {}, {} in all</summary>\n\n\
         | verdict | change | path | old | new |\n| --- | --- | --- | --- | --- |\n",
        changes[0].verdict(),
        changes.len()
    );
    // A single API must not use all of the space.
    let left = fill(&mut text, MOST / 4, changes.iter().map(row));
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

/// Formats text from a page for a table cell.
pub(super) fn cell(text: &str) -> String {
    code(text, WIDEST_TEXT)
}

/// Formats text from a page as code on one line, also for table cells, so that it cannot contain links, mentions, markup or
/// the end of a cell. Cuts the text after `most` columns.
///
/// ```
/// assert_eq!(topsdk_codegen::diff::report::code("@you *and*\nme", 80), "`@you *and* me`");
/// ```
pub fn code(text: &str, most: usize) -> String {
    let text = one_line(text, most);
    if text.is_empty() {
        return text;
    }
    // A bar ends a cell even inside a code span, and not every renderer treats `\|` as an escape after another `\`.
    if text.contains('|') {
        return format!("<code>{}</code>", entities(&text));
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Replaces every character that Markdown or HTML may treat as markup with its numeric entity.
fn entities(text: &str) -> String {
    let escaped = text.chars().map(|letter| match letter {
        '.' | '-' | ',' => letter.to_string(),
        letter if letter.is_ascii_punctuation() => format!("&#{};", u32::from(letter)),
        letter => letter.to_string(),
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::{cell, entities};

    #[test]
    fn text_from_a_page_is_formatted_as_code() {
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
