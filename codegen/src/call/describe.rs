//! Describes an API and its parameters, as documented, in plain text for a terminal.

use topsdk_spec::{Api, Auth, Package, Param};

use crate::emit::docs::{UNLISTED, needs_package};

/// Maximum depth at which fields are shown: types may be recursive.
const DEEPEST: usize = 8;

/// Describes an API: what it does, whether it needs a user's session, its labels and its permission packages.
pub fn about(api: &Api) -> String {
    let auth = match api.auth {
        Some(Auth::Required) => "Needs a user's session.",
        Some(Auth::Optional) => "A user's session is optional.",
        Some(Auth::None) => "Needs no user's session.",
        None => "",
    };
    let labels: Vec<String> = api.labels.iter().map(|label| plain(label)).collect();
    let labels = if labels.is_empty() { String::new() } else { format!("Labels: {}.", labels.join(", ")) };
    let unlisted = if api.unlisted { UNLISTED } else { "" };
    let paragraphs = [
        format!("{} {}", api.method, plain(&api.title)),
        api.deprecated.as_ref().map(|note| format!("Deprecated: {}", plain(note))).unwrap_or_default(),
        plain(&api.description),
        joined(&[auth, &labels, &packages(api).unwrap_or_default(), unlisted], " "),
    ];
    joined(&paragraphs.each_ref().map(|paragraph| paragraph.trim()), "\n\n")
}

/// Returns a sentence that lists the permission packages of which an application needs one. Returns `None` if the spec
/// lists no packages.
pub fn packages(api: &Api) -> Option<String> {
    let shown = |package: &Package| {
        let about = joined(&[&plain(&package.description), &plain(&package.url)], ", ");
        let about = if about.is_empty() { about } else { format!(" ({about})") };
        format!("{}{about}", plain(&package.name))
    };
    needs_package(&api.packages.iter().map(shown).collect::<Vec<_>>())
}

/// Returns a one-line summary of a parameter: whether it is required, and its description.
pub fn summary(param: &Param) -> String {
    joined(&[if param.required { "(required)" } else { "" }, &plain(&param.description)], " ")
}

/// Describes a parameter in full: description, sample value, limits, and the fields of an object.
pub fn describe(param: &Param) -> String {
    let mut lines = vec![summary(param), notes(param)];
    if !param.fields.is_empty() {
        let what = if param.list { "an array of objects" } else { "an object" };
        lines.push(format!("JSON: {what} with the fields"));
        fields(&param.fields, 1, &mut lines);
    }
    joined(&lines, "\n")
}

/// Joins the texts that are not empty.
fn joined(texts: &[impl AsRef<str>], separator: &str) -> String {
    let texts = texts.iter().map(AsRef::as_ref).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(separator)
}

/// Returns the documented type of a parameter, such as `Number` or `DedutOpenReq[]`.
pub fn type_of(param: &Param) -> String {
    format!("{}{}", plain(&param.type_name), if param.list { "[]" } else { "" })
}

fn fields(params: &[Param], depth: usize, lines: &mut Vec<String>) {
    for param in params {
        let about = joined(&[summary(param), notes(param)], " ");
        let line = format!("{}{}: {} {about}", "  ".repeat(depth), plain(&param.name), type_of(param));
        lines.push(line.trim_end().to_owned());
        if depth < DEEPEST {
            fields(&param.fields, depth + 1, lines);
        }
    }
}

fn notes(param: &Param) -> String {
    let limits = &param.limits;
    let shown = |what: &str, text: &str| format!("{what}: {}", plain(text));
    let example = Some(&param.example).filter(|example| param.fields.is_empty() && !example.is_empty());
    let parts = [
        example.map(|example| shown("example", example)),
        limits.max_length.map(|most| format!("at most {most} letters")),
        limits.max_list_size.map(|most| format!("at most {most} items")),
        limits.default.as_deref().map(|default| shown("default", default)),
        limits.min.as_deref().map(|min| shown("from", min)),
        limits.max.as_deref().map(|max| shown("to", max)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("[{}]", parts.join("; ")) }
}

/// Returns text from a page as one line without control characters, safe to print on a terminal.
pub fn plain(text: &str) -> String {
    // In Markdown, a backslash at the end of a line is a line break.
    let text = text.replace("\\\n", " ").replace(char::is_control, " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
