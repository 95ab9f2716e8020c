//! Lints: the tables and the samples of a page disagree, or a value does not fit its row.
//!
//! [`ALL`] lists the lints. The code that finds one refers to its entry there, so that `--explain`, the file of
//! allowances and the findings use the same name.

pub mod allow;
mod catalogue;
mod report;
mod sample_checks;
mod table_checks;
mod value;

pub use catalogue::{ALL, Lint, READING};
pub(crate) use value::is_date_time;

use topsdk_spec::{Api, Side};

use super::side_rows::SideRows;
use crate::diagnostic::Diagnostic;
use crate::page::Origins;

/// Returns all lint findings about one page, ordered by side and row. Findings about whole samples come last.
///
/// `origins` holds the positions of things on the page. Pass `None` if only the spec is available.
///
/// ```
/// use topsdk_codegen::check;
/// use topsdk_spec::{Api, Param};
///
/// let number = Param { name: "id".into(), type_name: "Number".into(), example: "itemId".into(), ..Param::default() };
/// let api = Api { method: "a.b".into(), request: vec![number], ..Api::default() };
/// assert_eq!(check::lint(&api, None)[0].name, "value-not-of-type");
/// ```
pub fn lint(api: &Api, origins: Option<&Origins>) -> Vec<Diagnostic> {
    let mut report = report::LintReport::new(api, origins);
    for side in Side::BOTH {
        let table = SideRows::new(side, api.side(side));
        let wrong_cells = table_checks::check(&table, &mut report);
        sample_checks::compare(&table, &wrong_cells, &mut report);
    }
    report.finish()
}

/// Returns the findings about types alone, for commands that read pages without linting them.
///
/// `origins` is the same as for [`lint`].
pub fn types(api: &Api, origins: Option<&Origins>) -> Vec<Diagnostic> {
    let mut report = report::LintReport::new(api, origins);
    for side in Side::BOTH {
        table_checks::check_types(&SideRows::new(side, api.side(side)), &mut report);
    }
    report.finish()
}

#[cfg(test)]
mod tests;
