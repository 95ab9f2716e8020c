//! Generates the documentation of a module, its structs and their fields.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};

use topsdk_spec::{Api, Auth, Basic, ErrorCode, Package, Param, Side};

use super::markdown::{code, line, linked, prose};
use crate::names::{Field, Names, Struct, Type};

/// Returns the documentation of a module: title, description, link, authorisation, labels, sample, error codes.
pub(super) fn module(api: &Api, sample: String) -> String {
    let (method, title) = (code(&api.method), line(&api.title));
    let heading = if title.is_empty() { format!("{method}.") } else { format!("{method}: {title}.") };
    let deprecated = api.deprecated.iter().map(|note| prose(&format!("**Deprecated**: {note}"))).collect();
    let row = |error: &ErrorCode| {
        format!("\n| {} | {} | {} |", line(&error.code), line(&error.message), line(&error.solution))
    };
    let errors = match api.errors.is_empty() {
        true => String::new(),
        false => {
            "# Error codes\n\n| code | message | solution |\n| --- | --- | --- |".to_owned()
                + &api.errors.iter().map(row).collect::<String>()
        }
    };
    let parts = [heading, deprecated, prose(&api.description), page(api), conditions(api), sample, errors];
    joined(parts, "\n\n")
}

/// The path of wire names to an object, such as `result.items[].price`, and its row of the page.
pub(super) type Place<'n> = (String, &'n Param);

/// Returns the place nearest to the top of each struct, by its index, except for the request and the response.
pub(super) fn first_places<'n>(names: &'n Names<'_>) -> BTreeMap<usize, Place<'n>> {
    let mut places = BTreeMap::new();
    let mut queue = VecDeque::from([0, names.response].map(|root| (root, String::new())));
    while let Some((index, above)) = queue.pop_front() {
        for field in &names.structs[index].fields {
            let Type::Object(object) = field.ty else { continue };
            let Entry::Vacant(place) = places.entry(object) else { continue };
            let path = format!("{above}{}", field.param.name);
            queue.push_back((object, format!("{path}{}.", if field.list { "[]" } else { "" })));
            place.insert((path, field.param));
        }
    }
    places
}

/// Returns the documentation of a struct: its first place with the description there, then its documented type.
pub(super) fn object(api: &Api, object: &Struct<'_>, place: Option<&Place<'_>>) -> String {
    let method = code(&api.method);
    let Some((path, param)) = place else {
        return match object.side {
            Side::Request => format!("The parameters of {method}."),
            Side::Response => format!("The response of {method}."),
        };
    };
    let path = code(path);
    let description = param.description.lines().map(line).find(|line| !line.is_empty());
    let summary = description.map_or_else(|| format!("{path}."), |description| format!("{path}: {description}"));
    let word = code(object.word);
    joined([summary, sentence("Documented type: ", &word)], "\n\n")
}

/// Returns the documentation of a field: description, limits, example.
pub(super) fn field(field: &Field<'_>) -> String {
    let param = field.param;
    let description = match (prose(&param.description), code(&param.name)) {
        (text, name) if text.is_empty() && name.is_empty() => "A field without a name.".to_owned(),
        (text, name) if text.is_empty() => format!("{name}."),
        (text, _) => text,
    };
    joined([description, facts(field, param)], "\n\n")
}

fn facts(field: &Field<'_>, param: &Param) -> String {
    let limits = &param.limits;
    let is_unknown = field.ty == Type::Basic(Basic::String) && Basic::of(&param.type_name).is_none();
    // The example of an object is that of its fields; the site shows `null` for it.
    let has_example = !param.example.trim().is_empty() && !matches!(field.ty, Type::Object(_));
    let facts = [
        field.required.then(|| "Required.".to_owned()),
        is_unknown.then(|| match code(&param.type_name) {
            word if word.is_empty() => "Documented without a type.".to_owned(),
            word => format!("Documented as {word}, of which the page shows no fields."),
        }),
        limits.default.as_deref().map(|default| format!("Default: {}.", code(default))),
        limits.max_length.map(|most| format!("At most {most} characters.")),
        limits.max_list_size.map(|most| format!("At most {most} items.")),
        limits.min.as_deref().map(|min| format!("Not less than {}.", code(min))),
        limits.max.as_deref().map(|max| format!("Not more than {}.", code(max))),
        has_example.then(|| format!("Example: {}.", code(&param.example))),
    ];
    joined(facts.into_iter().flatten(), " ")
}

/// Returns the link to the page, and who has to authorise a request.
fn page(api: &Api) -> String {
    let category = line(&api.category);
    let link = api.doc_id.map(|id| format!("[Documentation](https://open.taobao.com/api.htm?docId={id}&docType=2)"));
    let page = match link {
        None => sentence("Category: ", &category),
        Some(link) => sentence("", &joined([link, category], ", ")),
    };
    let auth = match api.auth {
        None => "",
        Some(Auth::None) => "No user has to authorise the call.",
        Some(Auth::Required) => "A user has to authorise the call: it needs a `session`.",
        Some(Auth::Optional) => "A user may authorise the call by a `session`.",
    };
    joined([page, auth.to_owned()], " ")
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
fn conditions(api: &Api) -> String {
    let labels = joined(api.labels.iter().map(|label| line(label)), ", ");
    let package = |Package { name, description, url }: &Package| match (linked(name, url), line(description)) {
        (name, about) if about.is_empty() => name,
        (name, about) => format!("{name} ({about})"),
    };
    let packages = needs_package(&api.packages.iter().map(package).collect::<Vec<_>>());
    let unlisted = if api.unlisted { UNLISTED } else { "" };
    joined([sentence("Labels: ", &labels), packages.unwrap_or_default(), unlisted.to_owned()], " ")
}

/// Returns a sentence that ends with this text, or nothing if the text is empty.
fn sentence(start: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{start}{text}.") }
}

/// Joins the texts that are not empty.
fn joined(texts: impl IntoIterator<Item = String>, separator: &str) -> String {
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(separator)
}
