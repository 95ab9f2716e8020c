//! What a page has lost since the spec was made of it, where that looks like half a page and not like a change.
//!
//! A page that says that it is something else (an error, a login form, a table that is not closed) is refused when it is
//! read. What is left is a page that reads well and lacks a section: a tab that was not open when it was saved, a server
//! that could not fill in a table. An API that loses all of its answers, or most of them, in one change is so much rarer
//! that a person has to say so.

use topsdk_spec::{Api, Param, Side};

/// A table that loses fewer rows than this has changed, whatever is left of it.
const FEWEST_ROWS: usize = 5;

/// Whether `new` lacks what only half a page lacks, in words; `None` where all sections are there.
pub(crate) fn loss(old: &Api, new: &Api) -> Option<String> {
    let mut lost: Vec<String> = Vec::new();
    for side in [Side::Request, Side::Response] {
        let heading = side.heading();
        let (before, after) = (rows(old.side(side)), rows(new.side(side)));
        match after {
            0 if before > 0 => lost.push(format!("{heading} (all {before} rows)")),
            after if before - after.min(before) >= FEWEST_ROWS && after * 2 < before => {
                lost.push(format!("{heading} ({} of {before} rows)", before - after));
            }
            _ => {}
        }
    }
    // A form of the page that shows one tab of two loses the other one, so both count as one section.
    let sections = [
        ("请求示例", old.samples.java.is_some(), new.samples.java.is_some()),
        ("响应示例", has_response(old), has_response(new)),
        ("异常示例", has_error(old), has_error(new)),
    ];
    let is_gone = |(_, before, after): &(&str, bool, bool)| *before && !after;
    lost.extend(sections.into_iter().filter(is_gone).map(|(heading, ..)| heading.to_owned()));
    if !old.errors.is_empty() && new.errors.is_empty() {
        lost.push(format!("错误码解释 (all {} rows)", old.errors.len()));
    }
    (!lost.is_empty()).then(|| lost.join(", "))
}

fn has_response(api: &Api) -> bool {
    let samples = &api.samples;
    samples.xml.is_some() || samples.json.is_some() || samples.json_simplified.is_some()
}

fn has_error(api: &Api) -> bool {
    api.samples.error_xml.is_some() || api.samples.error_json.is_some()
}

/// All rows of a table, at any depth.
fn rows(params: &[Param]) -> usize {
    let mut rows = 0;
    let mut open: Vec<&Param> = params.iter().collect();
    while let Some(param) = open.pop() {
        rows += 1;
        open.extend(&param.fields);
    }
    rows
}
