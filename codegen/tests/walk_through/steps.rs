//! The changes of `docs/changes.md` as data: each change of the page, what the command prints, which snapshots move.

use std::fs;
use std::path::Path;

/// One change of the page.
pub(crate) struct Step {
    pub(crate) title: String,
    /// Texts of the page, and what they become.
    edits: Vec<(String, String)>,
    /// What `topsdk update` prints.
    #[allow(dead_code, reason = "one of the two tests that include this file compares it")]
    pub(crate) report: String,
    /// The names of the snapshots that are said to move.
    #[allow(dead_code, reason = "one of the two tests that include this file compares it")]
    pub(crate) snapshots: Vec<String>,
}

impl Step {
    /// The page with the change.
    pub(crate) fn apply(&self, page: &str) -> String {
        let mut page = page.to_owned();
        for (old, new) in &self.edits {
            assert_eq!(page.matches(old.as_str()).count(), 1, "{}: the page has this once:\n{old}", self.title);
            page = page.replace(old, new);
        }
        page
    }
}

/// The steps, in their order.
pub(crate) fn read(root: &Path) -> Vec<Step> {
    let text = fs::read_to_string(root.join("docs/changes.md")).unwrap();
    let mut steps: Vec<String> = Vec::new();
    let mut is_quoted = false;
    for line in text.lines() {
        // What is quoted has headings of its own.
        is_quoted ^= line.starts_with("```");
        match line.strip_prefix("## ").filter(|_| !is_quoted) {
            Some(title) => steps.push(format!("{title}\n")),
            None => steps.last_mut().into_iter().for_each(|step| step.push_str(&format!("{line}\n"))),
        }
    }
    steps.iter().map(|text| step(text)).collect()
}

fn step(text: &str) -> Step {
    let (title, text) = text.split_once('\n').unwrap();
    let snapshots = text.split("Snapshots that move: ").nth(1).unwrap().split("\n\n").next().unwrap();
    Step {
        title: title.to_owned(),
        edits: block(text, "diff").split("@@\n").map(edit).collect(),
        report: block(text, "text"),
        snapshots: snapshots
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|name| name.trim_end_matches(".snap").to_owned())
            .collect(),
    }
}

/// The content of the fenced block in a language.
fn block(text: &str, language: &str) -> String {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// A part of a diff: the lines that are there before it, and those after it.
fn edit(part: &str) -> (String, String) {
    let side = |left_out: char| -> String {
        let lines = part.lines().filter(|line| !line.starts_with(left_out));
        lines.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
    };
    (side('+'), side('-'))
}
