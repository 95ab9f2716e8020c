//! Reports a diff for a terminal.

use unicode_width::UnicodeWidthStr;

use super::{Change, Diff, Verdict, both, by_api, count, counted, one_line, remark};

/// The maximum widths of the path column, and of a text from a page. A longer path breaks the columns.
const WIDEST_PATH: usize = 56;
const WIDEST_TEXT: usize = 48;

/// Returns the diff for a terminal: one block per API, the worst first, in columns. `color` marks verdicts with ANSI
/// sequences.
///
/// Long texts are cut, and control characters are replaced; [`json`](super::json) has the full texts. Ends in a line feed.
pub fn terminal(diff: &Diff, color: bool) -> String {
    let apis = by_api(diff);
    if apis.is_empty() {
        return "no changes\n".to_owned();
    }
    let mut report = String::new();
    for changes in &apis {
        report.push_str(&format!("{}\n", styled(color, "1", &one_line(&changes[0].method, 200))));
        let paths: Vec<String> = changes.iter().map(|change| one_line(shown_path(change), 160)).collect();
        let path_width = paths.iter().map(|path| path.width()).max().unwrap_or_default().min(WIDEST_PATH);
        let kind_width = changes.iter().map(|change| change.kind.name().width()).max().unwrap_or_default();
        for (change, path) in changes.iter().zip(&paths) {
            let verdict = shown_verdict(color, change.verdict());
            let texts = texts(change);
            let pad = if texts.is_empty() { 0 } else { path_width.saturating_sub(path.width()) };
            let line = format!("  {verdict}  {:kind_width$}  {path}{:pad$}  {texts}", change.kind.name(), "");
            report.push_str(&format!("{}\n", line.trim_end()));
            if let Some(remark) = remark(change) {
                report.push_str(&format!("  {:5}  {:kind_width$}  {}\n", "", "", styled(color, "2", remark)));
            }
        }
        report.push('\n');
    }
    let counts = Verdict::WORST_FIRST.map(|verdict| (count(&diff.changes, verdict), verdict));
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, verdict)| format!("{count} {verdict}")).collect();
    report.push_str(&format!(
        "{}: {} ({})\n",
        shown_verdict(color, diff.verdict()).trim_end(),
        counted(diff, apis.len()),
        counts.join(", ")
    ));
    report
}

fn shown_path(change: &Change) -> &str {
    if change.path.is_empty() { "(the whole API)" } else { &change.path }
}

fn texts(change: &Change) -> String {
    match (&change.old, &change.new) {
        (None, None) => String::new(),
        (None, Some(new)) => one_line(new, WIDEST_TEXT),
        (Some(old), None) => format!("{} → (nothing)", one_line(old, WIDEST_TEXT)),
        (Some(old), Some(new)) => both(old, new, WIDEST_TEXT).join(" → "),
    }
}

/// Returns the text in an ANSI style, if the report is in colour.
fn styled(color: bool, style: &str, text: &str) -> String {
    if color { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Returns the verdict, padded to five columns.
fn shown_verdict(color: bool, verdict: Verdict) -> String {
    let style = match verdict {
        Verdict::Major => "1;31",
        Verdict::Minor => "33",
        Verdict::Patch | Verdict::None => "32",
    };
    styled(color, style, &format!("{verdict:5}"))
}
