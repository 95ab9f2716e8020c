//! The documentation of a module, its structs and their fields.

use topsdk_spec::{Api, Auth, Basic, ErrorCode, Package, Param, Side};

use super::markdown::{code, line, linked, prose};
use crate::names::{Field, Struct, Type};

/// The module's: title, description, link, authorisation, labels, sample, error codes.
pub(super) fn module(api: &Api, sample: Vec<String>) -> Vec<String> {
    let method = code(&api.method);
    let mut docs = vec![match api.title.trim() {
        "" => format!("{method}."),
        title => format!("{method}: {}.", line(title)),
    }];
    if let Some(note) = &api.deprecated {
        paragraph(&mut docs, prose(&format!("**Deprecated**: {note}")));
    }
    paragraph(&mut docs, prose(&api.description));
    paragraph(&mut docs, page(api));
    paragraph(&mut docs, conditions(api));
    paragraph(&mut docs, sample);
    if !api.errors.is_empty() {
        paragraph(&mut docs, vec!["# Error codes".to_owned()]);
        paragraph(&mut docs, vec!["| code | message | solution |".to_owned(), "| --- | --- | --- |".to_owned()]);
        let row = |error: &ErrorCode| {
            format!("| {} | {} | {} |", line(&error.code), line(&error.message), line(&error.solution))
        };
        docs.extend(api.errors.iter().map(row));
    }
    docs
}

/// A struct's.
pub(super) fn object(api: &Api, object: &Struct<'_>, is_root: bool) -> Vec<String> {
    let method = code(&api.method);
    let text = match (is_root, object.side) {
        (true, Side::Request) => format!("The parameters of {method}."),
        (true, Side::Response) => format!("What {method} answers."),
        (false, _) => {
            let what = match object.word {
                "" => "An object without a documented type".to_owned(),
                word => format!("The documented type {}", code(word)),
            };
            let place = object.place.as_ref().map(|place| format!(", at {}", code(place)));
            format!("{what}{}.", place.unwrap_or_default())
        }
    };
    vec![text]
}

/// A field's: description, limits, example.
pub(super) fn field(field: &Field<'_>) -> Vec<String> {
    let param = field.param;
    let mut docs = prose(&param.description);
    if docs.is_empty() {
        docs.push(match code(&param.name) {
            name if name.is_empty() => "A field without a name.".to_owned(),
            name => format!("{name}."),
        });
    }
    let facts = facts(field, param);
    if !facts.is_empty() {
        paragraph(&mut docs, vec![facts.join(" ")]);
    }
    docs
}

fn facts(field: &Field<'_>, param: &Param) -> Vec<String> {
    let limits = &param.limits;
    let mut facts = Vec::new();
    if field.required {
        facts.push("Required.".to_owned());
    }
    if field.ty == Type::String && Basic::of(&param.type_name).is_none() {
        facts.push(match code(&param.type_name) {
            word if word.is_empty() => "Documented without a type.".to_owned(),
            word => format!("Documented as {word}, of which the page shows no fields."),
        });
    }
    facts.extend(limits.default.as_deref().map(|default| format!("Default: {}.", code(default))));
    facts.extend(limits.max_length.map(|most| format!("At most {most} characters.")));
    facts.extend(limits.max_list_size.map(|most| format!("At most {most} items.")));
    facts.extend(limits.min.as_deref().map(|min| format!("Not less than {}.", code(min))));
    facts.extend(limits.max.as_deref().map(|max| format!("Not more than {}.", code(max))));
    // An object's example is its fields'; the site shows `null` for it.
    if !param.example.trim().is_empty() && !matches!(field.ty, Type::Object(_)) {
        facts.push(format!("Example: {}.", code(&param.example)));
    }
    facts
}

/// Where the page is, and who has to agree to a call.
fn page(api: &Api) -> Vec<String> {
    let mut sentences = Vec::new();
    let category = line(&api.category);
    let page = api.doc_id.map(|id| format!("[Documentation](https://open.taobao.com/api.htm?docId={id}&docType=2)"));
    match (page, category.is_empty()) {
        (Some(page), true) => sentences.push(format!("{page}.")),
        (Some(page), false) => sentences.push(format!("{page}, {category}.")),
        (None, false) => sentences.push(format!("Category: {category}.")),
        (None, true) => {}
    }
    let auth = api.auth.map(|auth| match auth {
        Auth::None => "No user has to authorise the call.",
        Auth::Required => "A user has to authorise the call: it needs a `session`.",
        Auth::Optional => "A user may authorise the call by a `session`.",
    });
    sentences.extend(auth.map(str::to_owned));
    match sentences.is_empty() {
        true => Vec::new(),
        false => vec![sentences.join(" ")],
    }
}

/// What an application needs besides, and whether the platform still lists the API.
fn conditions(api: &Api) -> Vec<String> {
    let mut sentences = Vec::new();
    if !api.labels.is_empty() {
        let labels: Vec<String> = api.labels.iter().map(|label| line(label)).collect();
        sentences.push(format!("Labels: {}.", labels.join(", ")));
    }
    let packages: Vec<String> = api.packages.iter().map(package).collect();
    match packages.as_slice() {
        [] => {}
        [package] => sentences.push(format!("The application needs the permission package {package}.")),
        packages => {
            sentences.push(format!("The application needs one of the permission packages {}.", packages.join(", ")))
        }
    }
    if api.unlisted {
        sentences.push("Not in the platform's catalogue since the last look.".to_owned());
    }
    match sentences.is_empty() {
        true => Vec::new(),
        false => vec![sentences.join(" ")],
    }
}

fn package(package: &Package) -> String {
    let description = match line(&package.description) {
        text if text.is_empty() => text,
        text => format!(" ({text})"),
    };
    format!("{}{description}", linked(&package.name, &package.url))
}

fn paragraph(docs: &mut Vec<String>, lines: Vec<String>) {
    if !lines.is_empty() {
        docs.push(String::new());
        docs.extend(lines);
    }
}
