//! Rust names and shapes for a whole API, decided once, before anything is emitted.
//!
//! What is decided here, and by which rule
//! * **Structs.** One documented type name on one side of an API is one struct: the union of its places. Where two places
//!   give one field different types, each place is a struct of its own (`shapes`).
//! * **Names.** Every item has candidates, first its documented name in Rust's case (`words`), and takes the best that is free
//!   (`assign`). Nothing depends on the order or the number of rows.
//! * **Kept names.** No rule can say who has a name that two items could have, once an item is added. So every name that was
//!   given is stored (`register`, `stored`) and comes first. Between items without a name, the request's type is before the
//!   response's, the exact name before the folded one, the shallower place before the deeper one; the other takes the name
//!   of its side or place.

mod assign;
mod earlier;
mod module;
mod register;
mod shapes;
mod stored;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rayon::prelude::*;
use topsdk_spec::{Api, Basic, Param, Side};

use crate::diagnostic::Diagnostic;
use assign::{Item, Taken};
pub use module::{Module, modules};
pub use register::{Register, RegisterError};
use shapes::Shape;
pub use stored::ApiNames;
use stored::{Identity, StructNames};

/// What these specs say that has no clear shape in Rust, in their order.
pub fn doubts(apis: &[Api]) -> Vec<Diagnostic> {
    let found: Vec<Vec<Diagnostic>> = apis.par_iter().map(|api| shapes::of(api).diagnostics).collect();
    found.into_iter().flatten().collect()
}

/// More required parameters than this go into a struct with named fields, so that two texts cannot be swapped unnoticed.
const MOST_ARGUMENTS: usize = 3;

/// The structs of an API with the names of everything in them.
#[derive(Debug)]
pub struct Names<'a> {
    /// The request, its objects, the response, its objects; siblings before what is below them.
    pub structs: Vec<Struct<'a>>,
    /// Where in `structs` the response is; the request is the first.
    pub response: usize,
    /// What the page says that has no clear shape in Rust.
    pub diagnostics: Vec<Diagnostic>,
    assigned: ApiNames,
}

/// A struct.
#[derive(Debug)]
pub struct Struct<'a> {
    /// Its name.
    pub ident: String,
    /// The side it is on.
    pub side: Side,
    /// The documented type name; empty for the request and the response themselves, and for an object without a type.
    pub word: &'a str,
    /// The one place that it is for, as a path of wire names; `None` where it is for every place of its type.
    pub place: Option<String>,
    /// The fields, in the page's order.
    pub fields: Vec<Field<'a>>,
    /// The name of the struct of its required fields, where they are too many for arguments.
    pub bundle: Option<String>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field<'a> {
    /// Its name, without the `r#` of a keyword.
    pub ident: String,
    /// What the page says at the field's first place: its wire name, example and description.
    pub param: &'a Param,
    /// The type of the value, or of an item of the list.
    pub ty: Type,
    /// Whether it is a list.
    pub list: bool,
    /// Whether every place of the struct requires it. Response fields never are.
    pub required: bool,
    /// Whether the struct would contain itself without a `Box`.
    pub boxed: bool,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `String`, `Field List`, and every word that is neither a basic type nor an object of the page.
    String,
    /// `Number`, `byte`.
    Number,
    /// `Boolean`.
    Boolean,
    /// `Date`.
    Date,
    /// `Price`, `BigDecimal`.
    Decimal,
    /// `Json`, `Map`.
    Json,
    /// `byte[]`.
    File,
    /// The struct at this index of [`Names::structs`].
    Object(usize),
}

impl From<Basic> for Type {
    fn from(basic: Basic) -> Type {
        match basic {
            Basic::String => Type::String,
            Basic::Number => Type::Number,
            Basic::Boolean => Type::Boolean,
            Basic::Date => Type::Date,
            Basic::Decimal => Type::Decimal,
            Basic::Json => Type::Json,
            Basic::File => Type::File,
        }
    }
}

impl Struct<'_> {
    /// The fields that a request must carry.
    pub fn required(&self) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(|field| field.required)
    }
}

impl<'a> Names<'a> {
    /// Decides the names of an API from its page alone.
    pub fn of(api: &'a Api) -> Names<'a> {
        Names::after(api, &ApiNames::default())
    }

    /// Decides the names of an API of which some items have names already: they keep them.
    pub fn after(api: &'a Api, stored: &ApiNames) -> Names<'a> {
        let shapes = shapes::of(api);
        let places: Vec<String> = shapes.list.iter().map(|shape| stored::place(&shape.place)).collect();
        let (request, response) = shapes.list.split_at(shapes.response);
        let (of_request, of_response) = places.split_at(shapes.response);
        let mut found = find(stored.side(Side::Request), request, of_request);
        found.extend(find(stored.side(Side::Response), response, of_response));

        let mut taken = Taken::default();
        let mut keep = |name: fn(&StructNames) -> Option<&String>| -> Vec<Option<String>> {
            found.iter().map(|stored| taken.keep(stored.own.and_then(name))).collect()
        };
        let (kept, kept_bundles) = (keep(|stored| stored.name.as_ref()), keep(|stored| stored.required.as_ref()));
        let class = words::class(&api.method);
        let types = shapes.list.iter().zip(kept).map(|(shape, kept)| Item {
            kept,
            order: (rank(shape), shape.side, shape.word, shape.is_apart.then_some(&shape.place)),
            candidates: type_candidates(&class, shape),
            separator: "",
        });
        let types = taken.assign(types.collect());
        let mut bundles = bundles(&shapes.list, &types, kept_bundles, &mut taken).into_iter();

        let mut assigned = ApiNames { module: stored.module.clone(), ..ApiNames::default() };
        let mut structs = Vec::with_capacity(types.len());
        for (((shape, ident), place), stored) in shapes.list.iter().zip(types).zip(places).zip(found) {
            let object = Struct {
                ident,
                side: shape.side,
                word: shape.word,
                place: shape.is_apart.then(|| shape.place.join(".")),
                fields: fields(shape, stored),
                bundle: bundles.next().flatten(),
            };
            let field = |field: &Field<'_>| (field.param.name.clone(), field.ident.clone());
            let names = StructNames {
                word: shape.word.to_owned(),
                place,
                name: Some(object.ident.clone()),
                required: object.bundle.clone(),
                fields: object.fields.iter().map(field).collect(),
            };
            match shape.side {
                Side::Request => assigned.request.push(names),
                Side::Response => assigned.response.push(names),
            }
            structs.push(object);
        }
        assigned.request.sort();
        assigned.response.sort();
        Names { structs, response: shapes.response, diagnostics: shapes.diagnostics, assigned }
    }

    /// The name of every item: what later versions of the page have to keep.
    pub fn assigned(&self) -> &ApiNames {
        &self.assigned
    }

    /// The request.
    pub fn request(&self) -> Option<&Struct<'a>> {
        self.structs.first()
    }

    /// The response.
    pub fn response(&self) -> Option<&Struct<'a>> {
        self.structs.get(self.response)
    }
}

/// What is stored about a struct.
#[derive(Clone, Copy)]
struct Stored<'n> {
    /// The struct itself.
    own: Option<&'n StructNames>,
    /// Another one of its type, from which it may have split: fields are called as there.
    of_type: Option<&'n StructNames>,
}

fn find<'n>(stored: &'n [StructNames], shapes: &[Shape<'_>], places: &[String]) -> Vec<Stored<'n>> {
    let identities: Vec<Identity<'_>> = shapes
        .iter()
        .zip(places)
        .map(|(shape, place)| Identity {
            word: shape.word,
            place,
            is_apart: shape.is_apart || shape.is_root(),
            is_heir: shape.is_apart && shape.has_name_of_word(),
        })
        .collect();
    let of_types: HashMap<&str, &StructNames> = stored.iter().rev().map(|names| (names.word.as_str(), names)).collect();
    let found = stored::find(stored, &identities).into_iter();
    let of_type = |shape: &Shape<'_>| of_types.get(shape.word).copied().filter(|_| !shape.is_unnamed());
    found.zip(shapes).map(|(own, shape)| Stored { own, of_type: of_type(shape) }).collect()
}

/// Who chooses first: the request and the response, then the exact documented name, then the folded one, then names made from
/// a place.
fn rank(shape: &Shape<'_>) -> u8 {
    let exact = words::type_name(shape.word) == shape.word;
    match (shape.has_name_of_word(), shape.side) {
        _ if shape.is_root() => 0,
        (true, Side::Request) if exact => 1,
        (true, Side::Response) if exact => 2,
        (true, Side::Request) => 3,
        (true, Side::Response) => 4,
        (false, Side::Request) => 5,
        (false, Side::Response) => 6,
    }
}

fn type_candidates(class: &str, shape: &Shape<'_>) -> Vec<String> {
    let side = match shape.side {
        Side::Request => "Param",
        Side::Response => "Reply",
    };
    if shape.is_root() {
        // As in the official SDKs: `AlibabaAlscCrmRechargeDedutUpdateRequest`.
        return vec![match shape.side {
            Side::Request => format!("{class}Request"),
            Side::Response => format!("{class}Response"),
        }];
    }
    let whole = || {
        let names: Vec<String> = shape.place.iter().map(|name| words::type_name(name)).collect();
        match names.as_slice() {
            [one] => one.clone(),
            many => words::cut(words::joined(many.iter().map(String::as_str))),
        }
    };
    let mut candidates = Vec::with_capacity(3);
    if shape.has_name_of_word() {
        let name = words::type_name(shape.word);
        let on_its_side = words::joined([name.as_str(), side]);
        candidates.extend([name, on_its_side]);
    } else if let Some(last) = shape.place.last().filter(|_| shape.is_unnamed()) {
        candidates.push(words::type_name(last));
    }
    if shape.is_apart {
        candidates.push(whole());
    }
    candidates
}

fn bundles(
    shapes: &[Shape<'_>],
    types: &[String],
    kept: Vec<Option<String>>,
    taken: &mut Taken,
) -> Vec<Option<String>> {
    let items = shapes.iter().zip(types).zip(kept).map(|((shape, ident), kept)| {
        let many = shape.members.iter().filter(|member| member.required).count() > MOST_ARGUMENTS;
        many.then(|| Item {
            kept,
            order: (shape.side, shape.word, shape.is_apart.then_some(&shape.place)),
            candidates: vec![words::joined([ident.as_str(), "Required"])],
            separator: "",
        })
    });
    let items: Vec<Option<Item<_>>> = items.collect();
    let is_wanted: Vec<bool> = items.iter().map(Option::is_some).collect();
    let mut names = taken.assign(items.into_iter().flatten().collect()).into_iter();
    is_wanted.into_iter().map(|is_wanted| is_wanted.then(|| names.next()).flatten()).collect()
}

fn fields<'a>(shape: &Shape<'a>, stored: Stored<'_>) -> Vec<Field<'a>> {
    let mut taken = Taken::default();
    let stored = stored.own.or(stored.of_type).map(|names| &names.fields);
    let kept: Vec<Option<String>> = shape
        .members
        .iter()
        .map(|member| taken.keep(stored.and_then(|stored| stored.get(&member.param.name))))
        .collect();
    let items = shape.members.iter().zip(kept).map(|(member, kept)| {
        let wire = member.param.name.as_str();
        let name = words::field(wire);
        let rank = if name == wire {
            0
        } else if name.strip_suffix('_') == Some(wire) {
            1
        } else {
            2
        };
        Item { kept, order: (rank, wire), candidates: vec![name], separator: "_" }
    });
    let idents = taken.assign(items.collect());
    shape
        .members
        .iter()
        .zip(idents)
        .map(|(member, ident)| Field {
            ident,
            param: member.param,
            ty: member.ty,
            list: member.list,
            required: member.required,
            boxed: member.boxed,
        })
        .collect()
}
