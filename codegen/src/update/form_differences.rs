//! Compares two forms of one page.

use topsdk_spec::{Api, Layout, Param, Side};

use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::diff::Pairs;
use crate::page::Column;

/// The forms of one side of a page, and the findings so far.
struct Forms<'a> {
    rich: &'a Api,
    poor: &'a Api,
    side: Side,
    found: Vec<Diagnostic>,
}

/// Returns the differences between a form of a page and a richer one, beyond what its layout loses. The text of a page has
/// no depth, which the reader infers, and drops cells of one Chinese character (docs/pages.md, "The page as text").
pub(super) fn differences(rich: &Api, poor: &Api) -> Vec<Diagnostic> {
    let of_side = |side| {
        let mut forms = Forms { rich, poor, side, found: Vec::new() };
        forms.compare(rich.side(side), poor.side(side), "");
        forms.found
    };
    Side::BOTH.map(of_side).concat()
}

impl Forms<'_> {
    fn compare(&mut self, rich: &[Param], poor: &[Param], above: &str) {
        let path = |row: &Param| if above.is_empty() { row.name.clone() } else { format!("{above}.{}", row.name) };
        let page = &self.rich.source.page;
        let pairs = Pairs::of(poor, rich, |row| &row.name, |row| &row.name);
        for (row, other) in rich.iter().zip(pairs.old_of_new) {
            let path = path(row);
            let Some(other) = other.map(|other| &poor[other]) else {
                if !self.is_lost(&row.name) {
                    let message = format!("expected the row `{}`, which {page} has; found no such row", row.name);
                    self.report(&path, Column::Name, "", message);
                }
                continue;
            };
            if shown(row) != shown(other) && !self.is_lost(&row.type_name) {
                let message = format!("expected `{}` as in {page}, found `{}`", shown(row), shown(other));
                self.report(&path, Column::Type, &other.type_name, message);
            }
            if self.side == Side::Request && row.required != other.required {
                let [expected, found] = [row, other].map(|row| if row.required { "必须" } else { "可选" });
                let message = format!("expected {expected} as in {page}, found {found}");
                self.report(&path, Column::Required, found, message);
            }
            self.compare(&row.fields, &other.fields, &path);
        }
        for (row, _) in poor.iter().zip(pairs.is_removed).filter(|(_, is_removed)| *is_removed) {
            let message = format!("expected no row `{}`, because {page} has none", row.name);
            self.report(&path(row), Column::Name, &row.name, message);
        }
    }

    /// Returns whether the text form of a page drops a cell with this content.
    fn is_lost(&self, cell: &str) -> bool {
        self.poor.source.layout == Layout::Text && !cell.is_ascii() && cell.chars().count() == 1
    }

    fn report(&mut self, path: &str, column: Column, text: &str, message: String) {
        let (page, section) = (self.poor.source.page.clone(), self.side.heading().to_owned());
        let (path, column, text) = (path.to_owned(), column.title().to_owned(), text.to_owned());
        self.found.push(Diagnostic {
            severity: Severity::Warning,
            name: "forms-differ",
            place: Place { page, section, path, column, text, ..Place::default() },
            message,
            help: Some(format!("{} is used; save both forms again, or remove the older one", self.rich.source.page)),
        });
    }
}

fn shown(param: &Param) -> String {
    format!("{}{}", param.type_name, if param.list { " []" } else { "" })
}
