//! Finds changes on a page outside of its two tables of parameters.

use super::pairs::{pairs, reordered};
use super::{Change, Effect, Kind};
use topsdk_spec::{Api, Auth, ErrorCode, Package};

/// Compares the head: title, description, category, authorisation, labels, permission packages, number, and marks.
pub(super) fn head(old: &Api, new: &Api) -> Vec<Change> {
    let number = |api: &Api| api.doc_id.map(|id| id.to_string()).unwrap_or_default();
    let mark = |api: &Api| api.deprecated.clone().unwrap_or_default();
    let unlisted = |api: &Api| if api.unlisted { "not in the platform's catalogue".to_owned() } else { String::new() };
    let rows = [
        (Kind::Title, "title", old.title.clone(), new.title.clone()),
        (Kind::Description, "description", old.description.clone(), new.description.clone()),
        (Kind::Category, "category", old.category.clone(), new.category.clone()),
        (Kind::Auth, "auth", auth(old).to_owned(), auth(new).to_owned()),
        (Kind::Labels, "labels", old.labels.join(", "), new.labels.join(", ")),
        (Kind::Packages, "packages", packages(old), packages(new)),
        (Kind::Deprecated, "deprecated", mark(old), mark(new)),
        (Kind::Unlisted, "unlisted", unlisted(old), unlisted(new)),
        (Kind::DocId, "doc_id", number(old), number(new)),
    ];
    let changed = rows.into_iter().filter(|(_, _, old, new)| old != new);
    let mut changes: Vec<Change> =
        changed.map(|(kind, path, before, after)| change(new, kind, path.to_owned(), before, after)).collect();
    for change in changes.iter_mut().filter(|change| change.kind == Kind::Deprecated && change.old.is_none()) {
        change.effect = Effect::Deprecated;
    }
    changes
}

/// Compares the table of error codes and the samples.
pub(super) fn foot(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = errors(old, new);
    let samples = |api: &Api| {
        let samples = api.samples.clone();
        [
            ("java", samples.java),
            ("xml", samples.xml),
            ("json", samples.json),
            ("json_simplified", samples.json_simplified),
            ("error_xml", samples.error_xml),
            ("error_json", samples.error_json),
        ]
    };
    for ((name, before), (_, after)) in samples(old).into_iter().zip(samples(new)) {
        if before != after {
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            let (before, after) = differing_lines(&before, &after);
            changes.push(change(new, Kind::Sample, format!("samples.{name}"), before, after));
        }
    }
    changes
}

fn errors(old: &Api, new: &Api) -> Vec<Change> {
    let pairs = pairs(
        &old.errors,
        &new.errors,
        |error| (error.code.as_str(), error.message.as_str(), error.solution.as_str()),
        |error| error.code.as_str(),
    );
    let mut changes = Vec::new();
    if let Some((after, before)) = reordered(&pairs) {
        let codes = |errors: &[ErrorCode], rows: &[usize]| {
            let codes: Vec<&str> = rows.iter().filter_map(|row| Some(errors.get(*row)?.code.as_str())).collect();
            codes.join(", ")
        };
        let (before, after) = (codes(&old.errors, &before), codes(&new.errors, &after));
        changes.push(change(new, Kind::Order, "errors".to_owned(), before, after));
    }
    let mut is_left = vec![true; old.errors.len()];
    for (error, paired) in new.errors.iter().zip(&pairs) {
        if let Some(is_left) = paired.and_then(|index| is_left.get_mut(index)) {
            *is_left = false;
        }
        let before = paired.and_then(|index| old.errors.get(index));
        if before != Some(error) {
            let before = before.map(told).unwrap_or_default();
            changes.push(change(new, Kind::ErrorCode, format!("errors.{}", error.code), before, told(error)));
        }
    }
    for (error, _) in old.errors.iter().zip(is_left).filter(|(_, is_left)| *is_left) {
        changes.push(change(new, Kind::ErrorCode, format!("errors.{}", error.code), told(error), String::new()));
    }
    changes
}

fn change(api: &Api, kind: Kind, path: String, old: String, new: String) -> Change {
    let shown = |text: String| (!text.is_empty()).then_some(text);
    Change::new(&api.method, None, path, kind, (shown(old), shown(new)))
}

fn packages(api: &Api) -> String {
    let told = |package: &Package| {
        let parts = [&package.name, &package.description, &package.url].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" / ")
    };
    api.packages.iter().map(told).collect::<Vec<_>>().join(", ")
}

fn auth(api: &Api) -> &'static str {
    match api.auth {
        None => "",
        Some(Auth::None) => "none",
        Some(Auth::Required) => "required",
        Some(Auth::Optional) => "optional",
    }
}

/// Returns a row of the table as one text. A row that contains only a code is shown by its code.
fn told(error: &ErrorCode) -> String {
    let parts: Vec<&str> =
        [error.message.as_str(), error.solution.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => error.code.clone(),
        false => parts.join(" / "),
    }
}

/// Returns the lines of two texts without the equal lines at both ends.
fn differing_lines(old: &str, new: &str) -> (String, String) {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    let middle = |lines: &[&str]| lines.get(start..lines.len() - end).unwrap_or_default().join("\n");
    (middle(&old), middle(&new))
}

#[cfg(test)]
mod tests {
    use super::differing_lines;

    #[test]
    fn a_sample_is_shown_by_the_lines_that_differ() {
        for (old, new, shown) in [
            ("a\nb\nc", "a\nx\ny\nc", ("b", "x\ny")),
            ("a\na", "a\na\na", ("", "a")),
            ("", "a", ("", "a")),
            ("a\r\nb", "a\nb", ("", "")),
        ] {
            assert_eq!(differing_lines(old, new), (shown.0.to_owned(), shown.1.to_owned()));
        }
    }
}
