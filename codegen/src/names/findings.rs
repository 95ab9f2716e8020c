//! Findings where a spec does not map to structs: siblings with the same name, parameters without a name, and type names
//! that need several structs.

use topsdk_spec::structs::{Structs, Surplus};
use topsdk_spec::{Api, Side, is_unnamed};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// Returns the findings about both sides of an API.
pub(super) fn of(api: &Api, sides: &[Structs<'_>; 2]) -> Vec<Diagnostic> {
    Side::BOTH.into_iter().zip(sides).flat_map(|(side, structs)| of_side(api, side, structs)).collect()
}

fn of_side(api: &Api, side: Side, structs: &Structs<'_>) -> Vec<Diagnostic> {
    let found = |severity, name, path: &[&str], column: &str, text: &str, message, help: Option<&str>| Diagnostic {
        severity,
        name,
        place: Place {
            page: api.source.page.clone(),
            section: side.heading().to_owned(),
            path: path.join("."),
            column: column.to_owned(),
            text: text.to_owned(),
            ..Place::default()
        },
        message,
        help: help.map(str::to_owned),
    };
    let surplus = structs.surplus.iter().map(|Surplus { param, parent, repeats }| {
        let Some(first) = repeats.map(|place| &structs.places[place]) else {
            let path = parent.map_or(&[][..], |parent| &structs.places[parent].path);
            let message = format!("expected a name, found a row of type `{}` without one", param.type_name);
            let help = "the row is ignored; name it by an override";
            return found(Severity::Warning, "empty-name", path, "名称", "", message, Some(help));
        };
        let is_same = (&first.param.type_name, first.param.list) == (&param.type_name, param.list);
        let (severity, help) = match is_same {
            true => (Severity::Note, "the rows are read as one field"),
            false => (Severity::Warning, "their types differ: the first row is used, correct the other by an override"),
        };
        let message = format!("the name `{}` repeats that of a sibling", param.name);
        found(severity, "duplicate-sibling", &first.path, "名称", &param.name, message, Some(help))
    });
    let apart = structs.list.iter().filter(|object| object.is_apart && !is_unnamed(object.type_name)).map(|object| {
        let word = object.type_name;
        let message =
            format!("a field of `{word}` has different types at different paths: each path gets its own struct");
        found(Severity::Note, "type-of-many-shapes", &object.path, "类型", word, message, None)
    });
    surplus.chain(apart).collect()
}
