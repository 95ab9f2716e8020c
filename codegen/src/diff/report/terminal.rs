//! Reports a diff for a terminal.

use unicode_width::UnicodeWidthStr;

use super::text::{both, one_line};
use super::{Change, Diff, Verdict, counted, groups, remark};

/// The maximum widths of the path column, and of a text from a page. A longer path breaks the columns.
const WIDEST_PATH: usize = 56;
const WIDEST_TEXT: usize = 48;

/// Returns the diff for a terminal: one block per API, the worst first, in columns. `color` marks verdicts with ANSI
/// sequences.
///
/// Long texts are cut, and control characters are replaced; [`json`](super::json) has the full texts. Ends in a line feed.
pub fn terminal(diff: &Diff, color: bool) -> String {
    let groups = groups(diff);
    if groups.is_empty() {
        return "no changes\n".to_owned();
    }
    let paint = Paint { color };
    let mut report = String::new();
    for group in &groups {
        report.push_str(&format!("{}\n", paint.bold(&one_line(group.method, 200))));
        let paths: Vec<String> = group.changes.iter().map(|change| one_line(shown_path(change), 160)).collect();
        let path_width = paths.iter().map(|path| path.width()).max().unwrap_or_default().min(WIDEST_PATH);
        let kind_width = group.changes.iter().map(|change| change.kind.name().width()).max().unwrap_or_default();
        for (change, path) in group.changes.iter().zip(&paths) {
            let verdict = paint.verdict(change.verdict());
            let texts = texts(change);
            let pad = if texts.is_empty() { 0 } else { path_width.saturating_sub(path.width()) };
            let line = format!("  {verdict}  {:kind_width$}  {path}{:pad$}  {texts}", change.kind.name(), "");
            report.push_str(&format!("{}\n", line.trim_end()));
            if let Some(remark) = remark(change) {
                report.push_str(&format!("  {:5}  {:kind_width$}  {}\n", "", "", paint.dim(remark)));
            }
        }
        report.push('\n');
    }
    let parts = Verdict::WORST_FIRST.map(|verdict| (verdict, groups.iter().map(|group| group.count(verdict)).sum()));
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, number): &(_, usize)| *number > 0)
        .map(|(verdict, number)| format!("{number} {verdict}"))
        .collect();
    report.push_str(&format!(
        "{}: {} ({})\n",
        paint.verdict(diff.verdict()).trim_end(),
        counted(diff, &groups),
        parts.join(", ")
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

struct Paint {
    color: bool,
}

impl Paint {
    fn bold(&self, text: &str) -> String {
        self.code("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.code("2", text)
    }

    /// Returns the verdict, padded to five columns.
    fn verdict(&self, verdict: Verdict) -> String {
        let text = format!("{verdict:5}");
        match verdict {
            Verdict::Major => self.code("1;31", &text),
            Verdict::Minor => self.code("33", &text),
            Verdict::Patch => self.code("32", &text),
            Verdict::None => text,
        }
    }

    fn code(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
