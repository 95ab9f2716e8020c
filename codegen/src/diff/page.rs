//! Finds changes on a page outside of its two tables of parameters.

use topsdk_spec::{Api, Auth, ErrorCode};

use super::pairs::Pairs;
use super::{Change, Effect, Kind, text};
use crate::page::SampleKind;

type ApiText = fn(&Api) -> String;

/// Compares the head: title, description, category, authorisation, labels, permission packages, number, and marks.
pub(super) fn head(old: &Api, new: &Api) -> Vec<Change> {
    let cells: [(Kind, &str, ApiText); 9] = [
        (Kind::Title, "title", |api| api.title.clone()),
        (Kind::Description, "description", |api| api.description.clone()),
        (Kind::Category, "category", |api| api.category.clone()),
        (Kind::Auth, "auth", |api| text(&api.auth.map(auth))),
        (Kind::Labels, "labels", |api| api.labels.join(", ")),
        (Kind::Packages, "packages", packages),
        (Kind::Deprecated, "deprecated", |api| text(&api.deprecated)),
        (Kind::Unlisted, "unlisted", |api| {
            if api.unlisted { "not in the platform's catalogue" } else { "" }.to_owned()
        }),
        (Kind::DocId, "doc_id", |api| text(&api.doc_id)),
    ];
    let mut changes = Vec::new();
    for (kind, path, cell) in cells {
        let texts = [cell(old), cell(new)];
        if texts[0] != texts[1] {
            let is_new_mark = kind == Kind::Deprecated && texts[0].is_empty();
            let change = Change::new(&new.method, None, path.to_owned(), kind, texts);
            let effect = if is_new_mark { Effect::Deprecated } else { change.effect };
            changes.push(Change { effect, ..change });
        }
    }
    changes
}

/// Compares the table of error codes and the samples.
pub(super) fn foot(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = errors(&new.method, &old.errors, &new.errors);
    for (kind, member) in [
        (SampleKind::Java, "java"),
        (SampleKind::Xml, "xml"),
        (SampleKind::Json, "json"),
        (SampleKind::JsonSimplified, "json_simplified"),
        (SampleKind::ErrorXml, "error_xml"),
        (SampleKind::ErrorJson, "error_json"),
    ] {
        let texts = [old, new].map(|api| kind.of(&api.samples));
        if texts[0] != texts[1] {
            let lines = differing_lines(texts.map(Option::unwrap_or_default));
            changes.push(Change::new(&new.method, None, format!("samples.{member}"), Kind::Sample, lines));
        }
    }
    changes
}

/// Compares the table of error codes: its order, the rows of the new page, then the removed rows.
fn errors(method: &str, old: &[ErrorCode], new: &[ErrorCode]) -> Vec<Change> {
    let exact = |error: &ErrorCode| [&error.code, &error.message, &error.solution].map(Clone::clone);
    let pairs = Pairs::of(old, new, exact, |error| &error.code);
    let mut changes = Vec::new();
    if let Some(codes) = pairs.reordered(old, |error| &error.code) {
        changes.push(Change::new(method, None, "errors".to_owned(), Kind::Order, codes));
    }
    let both = new.iter().zip(&pairs.old_of_new).map(|(error, row)| [row.map(|row| &old[row]), Some(error)]);
    let removed = old.iter().zip(&pairs.is_removed).filter(|(_, is_removed)| **is_removed);
    let rows = both.chain(removed.map(|(error, _)| [Some(error), None]));
    for row in rows.filter(|[old, new]| old != new) {
        let code = row[1].or(row[0]).map_or("", |error| &error.code);
        let texts = row.map(|error| error.map(shown).unwrap_or_default());
        changes.push(Change::new(method, None, format!("errors.{code}"), Kind::ErrorCode, texts));
    }
    changes
}

/// Returns a row of the table as one text. A row that contains only a code is shown by its code.
fn shown(error: &ErrorCode) -> String {
    match joined([&error.message, &error.solution]) {
        text if text.is_empty() => error.code.clone(),
        text => text,
    }
}

fn packages(api: &Api) -> String {
    let shown = api.packages.iter().map(|package| joined([&package.name, &package.description, &package.url]));
    shown.collect::<Vec<_>>().join(", ")
}

fn joined<const N: usize>(parts: [&String; N]) -> String {
    let parts = parts.into_iter().map(String::as_str);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
}

fn auth(auth: Auth) -> &'static str {
    match auth {
        Auth::None => "none",
        Auth::Required => "required",
        Auth::Optional => "optional",
    }
}

/// Returns the lines of two texts without the equal lines at both ends.
fn differing_lines(texts: [&str; 2]) -> [String; 2] {
    let [old, new] = texts.map(|text| text.lines().collect::<Vec<_>>());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    [&old, &new].map(|lines| lines[start..lines.len() - end].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::differing_lines;

    #[test]
    fn a_changed_sample_shows_only_the_lines_that_differ() {
        for (old, new, shown) in [
            ("a\nb\nc", "a\nx\ny\nc", ["b", "x\ny"]),
            ("a\na", "a\na\na", ["", "a"]),
            ("", "a", ["", "a"]),
            ("a\r\nb", "a\nb", ["", ""]),
        ] {
            assert_eq!(differing_lines([old, new]), shown);
        }
    }
}
