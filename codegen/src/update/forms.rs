//! Two forms of one page that should say the same.

use std::collections::HashMap;

use topsdk_spec::{Api, Layout, Param, Side};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// Where a form of a page differs from a richer one, beyond what its layout loses: a page's text has no depth, which the reader
/// solves, and drops cells of one Chinese character (docs/pages.md, "The page as text").
pub(super) fn differences(rich: &Api, poor: &Api) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for side in [Side::Request, Side::Response] {
        let mut forms = Forms { rich, poor, side, found: &mut found };
        forms.compare(rich.side(side), poor.side(side), "");
    }
    found
}

struct Forms<'a> {
    rich: &'a Api,
    poor: &'a Api,
    side: Side,
    found: &'a mut Vec<Diagnostic>,
}

impl Forms<'_> {
    fn compare(&mut self, rich: &[Param], poor: &[Param], above: &str) {
        let mut left: HashMap<&str, Vec<&Param>> = HashMap::new();
        for row in poor.iter().rev() {
            left.entry(&row.name).or_default().push(row);
        }
        for row in rich {
            let path = if above.is_empty() { row.name.clone() } else { format!("{above}.{}", row.name) };
            let Some(other) = left.get_mut(row.name.as_str()).and_then(Vec::pop) else {
                if !self.is_lost(&row.name) {
                    self.report(
                        path,
                        "名称",
                        "",
                        format!("expected `{}`, which {} has; found no such row", row.name, self.page()),
                    );
                }
                continue;
            };
            if shown(row) != shown(other) && !self.is_lost(&row.type_name) {
                let message = format!("expected `{}` as in {}, found `{}`", shown(row), self.page(), shown(other));
                self.report(path.clone(), "类型", &other.type_name, message);
            }
            if self.side == Side::Request && row.required != other.required {
                let word = |required| if required { "必须" } else { "可选" };
                let message =
                    format!("expected {} as in {}, found {}", word(row.required), self.page(), word(other.required));
                self.report(path.clone(), "是否必须", word(other.required), message);
            }
            self.compare(&row.fields, &other.fields, &path);
        }
        for row in poor {
            if left.get_mut(row.name.as_str()).and_then(Vec::pop).is_some() {
                let path = if above.is_empty() { row.name.clone() } else { format!("{above}.{}", row.name) };
                self.report(
                    path,
                    "名称",
                    &row.name,
                    format!("expected no `{}`, as {} has none", row.name, self.page()),
                );
            }
        }
    }

    fn page(&self) -> &str {
        &self.rich.source.page
    }

    /// Whether a page's text drops a cell with this text.
    fn is_lost(&self, cell: &str) -> bool {
        let mut letters = cell.chars();
        let is_one = letters.next().is_some_and(|letter| !letter.is_ascii()) && letters.next().is_none();
        self.poor.source.layout == Layout::Text && is_one
    }

    fn report(&mut self, path: String, column: &str, text: &str, message: String) {
        self.found.push(Diagnostic {
            severity: Severity::Warning,
            name: "forms-differ",
            place: Place {
                page: self.poor.source.page.clone(),
                section: self.side.heading().to_owned(),
                path,
                column: column.to_owned(),
                text: text.to_owned(),
                ..Place::default()
            },
            message,
            help: Some(format!("{} is used; save both forms again, or remove the older one", self.page())),
        });
    }
}

fn shown(param: &Param) -> String {
    format!("{}{}", param.type_name, if param.list { " []" } else { "" })
}
