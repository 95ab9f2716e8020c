//! Detects degraded pages: what a page has lost compared with the stored spec, if that looks like a degraded page rather
//! than a change of the API.
//!
//! A page that is evidently something else (an error, a login, an unclosed table) is refused when it is read. What remains
//! are pages that parse but have less content: a tab that was closed when the page was saved, a table that the server could
//! not fill, cells that still show `Loading…`, Chinese text that an encoding has turned into question marks. So this module
//! counts the cells and samples with content in both, by kind. A page is degraded if a kind has lost all of them, or at
//! least [`FEWEST`] and more than half. A real change of the API rarely loses that much, so a person has to accept it.

use std::collections::HashSet;

use topsdk_spec::{Api, Param, Side};

/// The least loss that counts as degradation, as long as some texts of the kind remain.
const FEWEST: usize = 5;

/// Placeholder texts: cells without content.
const PLACEHOLDERS: [&str; 7] = ["null", "undefined", "nan", "none", "loading", "加载中", "object object"];

/// The members of an error sample.
const ERROR_MEMBERS: [&str; 5] = ["error_response", "code", "msg", "sub_code", "sub_msg"];

/// Returns one cell of a row.
type CellOf = fn(&Param) -> &str;

/// Returns what `new` lacks compared with `old`, or `None` if it is not degraded.
pub(crate) fn lost_content(old: &Api, new: &Api) -> Option<String> {
    let loss = |what: &str, unit: &str, count: &dyn Fn(&Api) -> usize| {
        let (before, after) = (count(old), count(new));
        let missing = before.saturating_sub(after);
        let is_degraded = before > 0 && (after == 0 || (missing >= FEWEST && after * 2 < before));
        let all = if after == 0 { "all" } else { &format!("{missing} of") };
        is_degraded.then(|| format!("{what} ({all} {before} {unit})"))
    };
    let count = |params: &[Param], cell: CellOf| rows(params).iter().filter(|row| has_content(cell(row))).count();
    let table = |side: Side| {
        let (heading, types) = (side.heading(), format!("the types of {}", side.heading()));
        let lost = loss(heading, "rows", &|api| count(api.side(side), |row| &row.name));
        lost.or_else(|| loss(&types, "cells", &|api| count(api.side(side), |row| &row.type_name)))
    };
    // Samples and descriptions are counted over both tables: a table may have only one row with a sample or a description,
    // and lose it.
    let cells = |what, cell: CellOf| loss(what, "cells", &|api| count(&api.request, cell) + count(&api.response, cell));
    let names: HashSet<&str> =
        [old, new].into_iter().flat_map(|api| rows(&api.response)).map(|row| row.name.as_str()).collect();
    let is_chinese = |text: &&String| text.contains(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let lost = [
        table(Side::Request),
        table(Side::Response),
        cells("the samples of rows", |row| &row.example),
        cells("the descriptions of rows", |row| &row.description),
        loss("请求示例", "setters", &|api| {
            words([&api.samples.java], &|word| word == "execute" || word.starts_with("set"))
        }),
        // A page that was saved with one of two tabs open lacks the other, so all tabs count as one sample.
        loss("响应示例", "names", &|api| {
            let samples = [&api.samples.xml, &api.samples.json, &api.samples.json_simplified];
            words(samples, &|word| names.contains(word) || word.ends_with("_response"))
        }),
        loss("异常示例", "members", &|api| {
            words([&api.samples.error_xml, &api.samples.error_json], &|word| ERROR_MEMBERS.contains(&word))
        }),
        loss("错误码解释", "rows", &|api| api.errors.iter().filter(|error| has_content(&error.code)).count()),
        loss("Chinese", "texts", &|api| {
            let rows = [&api.request, &api.response].into_iter().flat_map(|params| rows(params));
            let errors = api.errors.iter().flat_map(|error| [&error.message, &error.solution]);
            let texts = rows.flat_map(|row| [&row.description, &row.example]).chain(errors);
            texts.chain([&api.title, &api.description]).filter(is_chinese).count()
        }),
    ];
    let lost: Vec<String> = lost.into_iter().flatten().collect();
    (!lost.is_empty()).then(|| lost.join(", "))
}

/// Returns whether a cell has content.
fn has_content(text: &str) -> bool {
    let text = text.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    !text.is_empty() && !PLACEHOLDERS.contains(&text.as_str())
}

/// Returns the number of distinct known words in these samples.
fn words<'s>(samples: impl IntoIterator<Item = &'s Option<String>>, is_known: &dyn Fn(&str) -> bool) -> usize {
    let samples = samples.into_iter().flatten();
    let words = samples.flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    words.filter(|word| is_known(word)).collect::<HashSet<&str>>().len()
}

/// Returns all rows of a table, at any depth.
fn rows(params: &[Param]) -> Vec<&Param> {
    params.iter().flat_map(|param| std::iter::once(param).chain(rows(&param.fields))).collect()
}
