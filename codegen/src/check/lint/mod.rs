//! Lints: where the tables and the samples of one page disagree, or a value is not what its row says.
//!
//! [`ALL`] lists them; each stands beside the code that finds it by its name only, so that `--explain`, the file of
//! allowances and the findings speak of the same thing.

mod align;
pub mod allow;
mod catalogue;
mod report;
mod samples;
mod table;
mod tables;
mod value;

pub use catalogue::{ALL, Lint, READING};
pub(crate) use value::is_date_time;

use topsdk_spec::{Api, Side};

use crate::diagnostic::Diagnostic;
use crate::page::Origins;

/// Everything the lints have to say about one page, by side and row, what is about samples as a whole last.
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
    let mut report = report::Report::new(api, origins);
    let tables = [table::Table::new(api, Side::Request), table::Table::new(api, Side::Response)];
    for table in &tables {
        let wrong_cells = tables::check(table, &mut report);
        samples::compare(table, &wrong_cells, &mut report);
    }
    samples::check_failures(&mut report);
    report.finish()
}

/// What the lints have to say about types alone: for commands that read pages and do not lint them.
///
/// `origins` as for [`lint`].
pub fn types(api: &Api, origins: Option<&Origins>) -> Vec<Diagnostic> {
    let mut report = report::Report::new(api, origins);
    for side in [Side::Request, Side::Response] {
        tables::check_types(&table::Table::new(api, side), &mut report);
    }
    report.finish()
}

#[cfg(test)]
mod tests;
