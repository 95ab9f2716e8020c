//! What the documentation says about an API and its parameters, as plain text for a terminal.

use topsdk_spec::{Api, Auth, Package, Param};

use crate::emit::docs::{UNLISTED, needs_package};

/// How deep fields are shown: types may contain themselves.
const DEEPEST: usize = 8;

/// An API: what it does, whose authorisation it wants, and what else an application needs.
pub fn about(api: &Api) -> String {
    let auth = match api.auth {
        Some(Auth::Required) => "Needs a user's session.",
        Some(Auth::Optional) => "Takes a user's session, and does without.",
        Some(Auth::None) => "Needs no user's session.",
        None => "",
    };
    let deprecated = api.deprecated.as_ref().map(|note| format!("Deprecated: {}", plain(note)));
    let labels: Vec<String> = api.labels.iter().map(|label| plain(label)).collect();
    let labels = (!labels.is_empty()).then(|| format!("Labels: {}.", labels.join(", ")));
    let unlisted = api.unlisted.then(|| UNLISTED.to_owned());
    let conditions = [(!auth.is_empty()).then(|| auth.to_owned()), labels, packages(api), unlisted];
    let lines = [
        format!("{} {}", api.method, plain(&api.title)),
        deprecated.unwrap_or_default(),
        plain(&api.description),
        conditions.into_iter().flatten().collect::<Vec<_>>().join(" "),
    ];
    lines
        .into_iter()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The permission packages of which an application needs one, in a sentence; `None` where the spec names none.
pub fn packages(api: &Api) -> Option<String> {
    let shown = |package: &Package| {
        let parts = [&package.description, &package.url].map(|part| plain(part));
        let about: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
        format!("{}{about}", plain(&package.name))
    };
    needs_package(&api.packages.iter().map(shown).collect::<Vec<_>>())
}

/// A parameter in one line: whether it is required, and what it is.
pub fn summary(param: &Param) -> String {
    let mut parts = Vec::new();
    if param.required {
        parts.push("(required)".to_owned());
    }
    parts.push(plain(&param.description));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// A parameter in full: description, example, limits, and the fields of an object.
pub fn describe(param: &Param) -> String {
    let mut lines: Vec<String> = [summary(param), notes(param)].into_iter().filter(|line| !line.is_empty()).collect();
    if !param.fields.is_empty() {
        lines.push(match param.list {
            true => "JSON: an array of objects with the fields".to_owned(),
            false => "JSON: an object with the fields".to_owned(),
        });
        fields(&param.fields, 1, &mut lines);
    }
    lines.join("\n")
}

/// The documented type, such as `Number` or `DedutOpenReq[]`.
pub fn type_of(param: &Param) -> String {
    format!("{}{}", plain(&param.type_name), if param.list { "[]" } else { "" })
}

fn fields(params: &[Param], depth: usize, lines: &mut Vec<String>) {
    for param in params {
        let about: Vec<String> = [summary(param), notes(param)].into_iter().filter(|part| !part.is_empty()).collect();
        let line = format!("{}{}: {} {}", "  ".repeat(depth), plain(&param.name), type_of(param), about.join(" "));
        lines.push(line.trim_end().to_owned());
        if depth < DEEPEST {
            fields(&param.fields, depth + 1, lines);
        }
    }
}

fn notes(param: &Param) -> String {
    let limits = &param.limits;
    let numbers = [("at most", limits.max_length, "letters"), ("at most", limits.max_list_size, "items")];
    let mut parts: Vec<String> = Vec::new();
    if param.fields.is_empty() && !param.example.is_empty() {
        parts.push(format!("example: {}", plain(&param.example)));
    }
    parts.extend(numbers.iter().filter_map(|(most, limit, what)| limit.map(|limit| format!("{most} {limit} {what}"))));
    for (what, limit) in [("default", &limits.default), ("from", &limits.min), ("to", &limits.max)] {
        if let Some(limit) = limit {
            parts.push(format!("{what}: {}", plain(limit)));
        }
    }
    if parts.is_empty() { String::new() } else { format!("[{}]", parts.join("; ")) }
}

/// Text of a page for a terminal: one line, without characters that a terminal obeys.
pub fn plain(text: &str) -> String {
    // A backslash before the end of a line is Markdown's line break.
    let text: String =
        text.replace("\\\n", " ").chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
