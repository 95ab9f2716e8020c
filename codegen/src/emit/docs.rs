//! Generates the documentation of a module, its structs and their fields.

use std::collections::VecDeque;

use topsdk_spec::{Api, Auth, Basic, ErrorCode, Package, Param, Side};

use super::markdown::{code, line, linked, prose};
use crate::names::{Field, Names, Struct, Type};

/// Returns the documentation of a module: title, description, link, authorisation, labels, sample, error codes.
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
    for sentences in [page(api), conditions(api)].into_iter().filter(|sentences| !sentences.is_empty()) {
        paragraph(&mut docs, vec![sentences.join(" ")]);
    }
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

/// The first occurrence of a struct.
#[derive(Clone)]
pub(super) struct FirstPlace<'n> {
    /// The path of wire names, such as `result.items[].price`.
    path: String,
    /// The row of the page.
    param: &'n Param,
}

/// Returns the first occurrence of each struct, nearest to the top; `None` for the request and the response.
pub(super) fn first_places<'n>(names: &'n Names<'_>) -> Vec<Option<FirstPlace<'n>>> {
    let roots = [0, names.response];
    let mut places: Vec<Option<FirstPlace<'n>>> = vec![None; names.structs.len()];
    let mut queue = VecDeque::from(roots.map(|root| (root, String::new())));
    while let Some((index, path)) = queue.pop_front() {
        for field in names.structs.get(index).map_or(&[][..], |object| &object.fields) {
            let Type::Object(inner) = field.ty else { continue };
            let Some(place) = places.get_mut(inner).filter(|place| place.is_none() && !roots.contains(&inner)) else {
                continue;
            };
            let dot = if path.is_empty() { "" } else { "." };
            let brackets = if field.list { "[]" } else { "" };
            let path = format!("{path}{dot}{}{brackets}", field.param.name);
            *place = Some(FirstPlace { path: path.clone(), param: field.param });
            queue.push_back((inner, path));
        }
    }
    places
}

/// Returns the documentation of a struct: its first occurrence with the description there, then its documented type.
pub(super) fn object(api: &Api, object: &Struct<'_>, place: Option<&FirstPlace<'_>>) -> Vec<String> {
    let method = code(&api.method);
    let Some(FirstPlace { path, param }) = place else {
        return vec![match object.side {
            Side::Request => format!("The parameters of {method}."),
            Side::Response => format!("The response of {method}."),
        }];
    };
    let path = code(path.trim_end_matches("[]"));
    let first = param.description.lines().map(line).find(|line| !line.is_empty());
    let mut docs = vec![first.map_or_else(|| format!("{path}."), |first| format!("{path}: {first}"))];
    if !object.word.is_empty() {
        paragraph(&mut docs, vec![format!("Documented type: {}.", code(object.word))]);
    }
    docs
}

/// Returns the documentation of a field: description, limits, example.
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
    if field.ty == Type::Basic(Basic::String) && Basic::of(&param.type_name).is_none() {
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
    // The example of an object is that of its fields; the site shows `null` for it.
    if !param.example.trim().is_empty() && !matches!(field.ty, Type::Object(_)) {
        facts.push(format!("Example: {}.", code(&param.example)));
    }
    facts
}

/// Returns the link to the page, and who has to authorise a request.
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
    sentences
}

/// The sentence about an API that the catalogue of the platform does not list.
pub(crate) const UNLISTED: &str = "Not in the platform's catalogue since the last look.";

/// Returns the sentence about the permission packages of an API, or `None` if it has none.
pub(crate) fn needs_package(packages: &[String]) -> Option<String> {
    match packages {
        [] => None,
        [package] => Some(format!("The application needs the permission package {package}.")),
        packages => Some(format!("The application needs one of the permission packages {}.", packages.join(", "))),
    }
}

/// Returns the other requirements on an application, and whether the platform still lists the API.
fn conditions(api: &Api) -> Vec<String> {
    let labels: Vec<String> = api.labels.iter().map(|label| line(label)).collect();
    let labels = (!labels.is_empty()).then(|| format!("Labels: {}.", labels.join(", ")));
    let packages: Vec<String> = api.packages.iter().map(package).collect();
    let unlisted = api.unlisted.then(|| UNLISTED.to_owned());
    [labels, needs_package(&packages), unlisted].into_iter().flatten().collect()
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
