//! Lints: where the tables and the samples of one page disagree, or a value is not what its row says.
//!
//! [`ALL`] lists them; each stands beside the code that finds it by its name only, so that `--explain`, the file of
//! allowances and the findings speak of the same thing.

pub mod allow;
mod catalogue;
mod report;
mod sample_checks;
mod sample_places;
mod side_rows;
mod table_checks;
mod value;

pub use catalogue::{ALL, Lint, READING};
pub(crate) use value::is_date_time;

use topsdk_spec::{Api, Side};

use crate::diagnostic::Diagnostic;
use crate::page::Origins;

/// All findings of the lints about one page, by side and row; those about whole samples come last.
///
/// `origins` tells where on the page things stand; `None` where only the spec is at hand.
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
    let tables = [side_rows::SideRows::new(api, Side::Request), side_rows::SideRows::new(api, Side::Response)];
    for table in &tables {
        let wrong_cells = table_checks::check(table, &mut report);
        sample_checks::compare(table, &wrong_cells, &mut report);
    }
    sample_checks::check_failures(&mut report);
    report.finish()
}

/// The findings about types alone, for commands that read pages and do not lint them.
///
/// `origins` as for [`lint`].
pub fn types(api: &Api, origins: Option<&Origins>) -> Vec<Diagnostic> {
    let mut report = report::LintReport::new(api, origins);
    for side in [Side::Request, Side::Response] {
        table_checks::check_types(&side_rows::SideRows::new(api, side), &mut report);
    }
    report.finish()
}

#[cfg(test)]
mod tests;
