//! Assigns all Rust names of an API, once, before any code is emitted. [`topsdk_spec::structs`] decides which structs
//! exist.
//!
//! * **Candidates.** Every item has candidates, the first being its documented name in Rust's case (`words`), and takes
//!   the best free one. The result does not depend on the order or number of rows.
//! * **Stored names.** When an item is added that competes for a name, no rule can tell which item had it before. So
//!   every assigned name is stored (`register`, `stored`) and takes precedence. Among items without a stored name, the
//!   request's type precedes the response's, an exact name precedes a folded one, and a shallower path precedes a deeper
//!   one. The other item is named after its side or path.

mod earlier;
mod findings;
mod module;
mod register;
mod stored;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rayon::prelude::*;
use topsdk_spec::structs::{self, Structs, Value};
use topsdk_spec::{Api, Basic, Param, Side, is_unnamed};

use crate::diagnostic::Diagnostic;
pub use module::Module;
pub use register::{Register, RegisterError};
pub use stored::ApiNames;
use stored::{Stored, StructNames};

/// Returns the findings about parts of these specs that do not map to Rust, in the order of the specs.
pub fn findings(apis: &[Api]) -> Vec<Diagnostic> {
    apis.par_iter().flat_map_iter(|api| findings::of(api, &sides(api))).collect()
}

fn sides(api: &Api) -> [Structs<'_>; 2] {
    Side::BOTH.map(|side| Structs::of(side, api.side(side)))
}

/// The maximum number of required parameters passed as arguments. More go into a struct with named fields, so that two
/// strings cannot be swapped by mistake.
pub(crate) const MOST_ARGUMENTS: usize = 3;

/// The structs of an API, with all names assigned.
#[derive(Debug)]
pub struct Names<'a> {
    /// The request, its objects, the response, its objects. Siblings precede their descendants.
    pub structs: Vec<Struct<'a>>,
    /// The index of the response in `structs`. The request is at index 0.
    pub response: usize,
    /// Findings about parts of the page that do not map to Rust.
    pub diagnostics: Vec<Diagnostic>,
    assigned: ApiNames,
    sides: [Structs<'a>; 2],
}

/// A struct.
#[derive(Debug)]
pub struct Struct<'a> {
    /// The type name in Rust.
    pub ident: String,
    /// The side of the API that it belongs to.
    pub side: Side,
    /// The documented type name. Empty for the request and the response themselves, and for an object without a type.
    pub word: &'a str,
    /// The only path that this struct is for, in wire names. `None` if it is for every path of its type.
    pub place: Option<String>,
    /// The fields, in the page's order.
    pub fields: Vec<Field<'a>>,
    /// The name of the struct of its required fields, if they are too many to be arguments.
    pub bundle: Option<String>,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field<'a> {
    /// The field name in Rust, without the `r#` of a keyword.
    pub ident: String,
    /// The parameter at the field's first path: its wire name, example and description.
    pub param: &'a Param,
    /// The type of the value, or of a list's items.
    pub ty: Type,
    /// Whether the field is a list.
    pub list: bool,
    /// Whether the field is required at every path of the struct. Always false in a response.
    pub required: bool,
    /// Whether the field needs a `Box` because the struct would otherwise contain itself.
    pub boxed: bool,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// A basic type. Types that are neither basic nor objects on the page are read as text.
    Basic(Basic),
    /// The struct at this index of [`Names::structs`].
    Object(usize),
}

impl Struct<'_> {
    /// Returns the fields that a request must carry.
    pub fn required(&self) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(|field| field.required)
    }
}

impl<'a> Names<'a> {
    /// Assigns the names of an API from its page alone.
    pub fn of(api: &'a Api) -> Names<'a> {
        Names::after(api, &ApiNames::default())
    }

    /// Assigns the names of an API. Items in `stored` keep their names.
    pub fn after(api: &'a Api, stored: &ApiNames) -> Names<'a> {
        let sides = sides(api);
        let response = sides[0].list.len();
        let mut pending = Vec::with_capacity(response + sides[1].list.len());
        for (side, structs) in Side::BOTH.into_iter().zip(&sides) {
            let found = structs.list.iter().zip(stored::find(stored.side(side), &structs.list));
            pending.extend(found.map(|(object, stored)| PendingStruct { side, object, stored }));
        }

        let mut taken = Taken { names: BTreeSet::new(), separator: "" };
        let mut keep = |name: fn(&StructNames) -> Option<&String>| -> Vec<Option<String>> {
            pending.iter().map(|entry| taken.keep(entry.stored.own.and_then(name))).collect()
        };
        let (kept, kept_bundles) = (keep(|stored| stored.name.as_ref()), keep(|stored| stored.required.as_ref()));
        let class = words::class(&api.method);
        let types = taken.assign(
            kept,
            |item| (pending[item].rank(), pending[item].identity()),
            |item| pending[item].candidates(&class),
        );
        let required = |item: &usize| pending[*item].object.members.iter().filter(|member| member.required).count();
        let bundled: Vec<usize> = (0..pending.len()).filter(|item| required(item) > MOST_ARGUMENTS).collect();
        let names = taken.assign(
            bundled.iter().map(|item| kept_bundles[*item].clone()).collect(),
            |item| pending[bundled[item]].identity(),
            |item| vec![words::joined([types[bundled[item]].as_str(), "Required"])],
        );
        let mut bundles = vec![None; pending.len()];
        bundled.iter().zip(names).for_each(|(item, name)| bundles[*item] = Some(name));

        let mut assigned = ApiNames { module: stored.module.clone(), ..ApiNames::default() };
        let mut structs = Vec::with_capacity(types.len());
        for ((entry, ident), bundle) in pending.into_iter().zip(types).zip(bundles) {
            let fields = fields(&entry, if entry.side == Side::Request { 0 } else { response });
            let PendingStruct { side, object, stored } = entry;
            let of_side = if side == Side::Request { &mut assigned.request } else { &mut assigned.response };
            of_side.push(StructNames {
                word: object.type_name.to_owned(),
                place: stored.place,
                name: Some(ident.clone()),
                required: bundle.clone(),
                fields: fields.iter().map(|field| (field.param.name.clone(), field.ident.clone())).collect(),
            });
            let place = object.is_apart.then(|| object.path.join("."));
            structs.push(Struct { ident, side, word: object.type_name, place, fields, bundle });
        }
        assigned.request.sort();
        assigned.response.sort();
        Names { structs, response, diagnostics: findings::of(api, &sides), assigned, sides }
    }

    /// The name of every item, to be stored for later versions of the page.
    pub fn assigned(&self) -> &ApiNames {
        &self.assigned
    }

    /// The structs of one side, before and after naming, in the same order.
    pub(crate) fn side(&self, side: Side) -> (&Structs<'a>, &[Struct<'a>]) {
        let (request, response) = self.structs.split_at(self.response);
        match side {
            Side::Request => (&self.sides[0], request),
            Side::Response => (&self.sides[1], response),
        }
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

/// A struct that has no assigned name yet.
struct PendingStruct<'s, 'a> {
    side: Side,
    object: &'s structs::Struct<'a>,
    stored: Stored<'s>,
}

impl<'s> PendingStruct<'s, '_> {
    /// Returns whether this is the request or the response itself.
    fn is_root(&self) -> bool {
        self.object.path.is_empty()
    }

    /// Returns whether the name is derived from the documented type. If a type's fields differ between paths, only the
    /// shallowest path is named after the type.
    fn has_name_of_type(&self) -> bool {
        self.object.is_highest && !is_unnamed(self.object.type_name)
    }

    /// Returns the identity of the struct, which does not depend on the order of the page: its type, or its path if the
    /// type has several structs.
    fn identity(&self) -> (Side, &'s str, Option<&'s [&'s str]>) {
        (self.side, self.object.type_name, self.object.is_apart.then_some(&self.object.path))
    }

    /// Returns the precedence when choosing names, lowest first: the request and the response, then exact documented
    /// names, then folded ones, then names derived from a path.
    fn rank(&self) -> u8 {
        match self.has_name_of_type() {
            _ if self.is_root() => 0,
            true if words::type_name(self.object.type_name) == self.object.type_name => 1,
            true => 2,
            false => 3,
        }
    }

    fn candidates(&self, class: &str) -> Vec<String> {
        let (root, side) = match self.side {
            Side::Request => ("Request", "Param"),
            Side::Response => ("Response", "Reply"),
        };
        if self.is_root() {
            // The same as in the official SDKs: `AlibabaAlscCrmRechargeDedutUpdateRequest`.
            return vec![format!("{class}{root}")];
        }
        let mut candidates = Vec::with_capacity(3);
        let path: Vec<String> = self.object.path.iter().map(|name| words::type_name(name)).collect();
        if self.has_name_of_type() {
            let name = words::type_name(self.object.type_name);
            let on_its_side = words::joined([name.as_str(), side]);
            candidates.extend([name, on_its_side]);
        } else if is_unnamed(self.object.type_name) {
            candidates.extend(path.last().cloned());
        }
        if self.object.is_apart {
            candidates.push(match path.as_slice() {
                [one] => one.clone(),
                many => words::cut(words::joined(many.iter().map(String::as_str))),
            });
        }
        candidates
    }
}

/// Returns the fields of a struct. `base` is the index of the first struct of its side.
fn fields<'a>(entry: &PendingStruct<'_, 'a>, base: usize) -> Vec<Field<'a>> {
    let members = &entry.object.members;
    let mut taken = Taken { names: BTreeSet::new(), separator: "_" };
    let stored = entry.stored.own.or(entry.stored.of_type).map(|names| &names.fields);
    let kept = members.iter().map(|member| taken.keep(stored.and_then(|stored| stored.get(&member.param.name))));
    let kept: Vec<Option<String>> = kept.collect();
    let wire = |item: usize| members[item].param.name.as_str();
    let rank = |item| match words::field(wire(item)).strip_prefix(wire(item)) {
        Some("") => 0,
        Some("_") => 1,
        _ => 2,
    };
    let idents = taken.assign(kept, |item| (rank(item), wire(item)), |item| vec![words::field(wire(item))]);
    let fields = members.iter().zip(idents).map(|(member, ident)| Field {
        ident,
        param: member.param,
        ty: match member.value {
            Value::Basic(basic) => Type::Basic(basic),
            Value::Struct(index) => Type::Object(base + index),
        },
        list: member.param.list,
        required: member.required,
        boxed: member.boxed,
    });
    fields.collect()
}

/// The names assigned so far.
struct Taken {
    names: BTreeSet<String>,
    /// The separator between the first candidate and a number, for when all candidates are taken.
    separator: &'static str,
}

impl Taken {
    /// Reserves a stored name. Returns `None` if another item has it.
    fn keep(&mut self, stored: Option<&String>) -> Option<String> {
        stored.filter(|name| self.names.insert((*name).clone())).cloned()
    }

    /// Returns the name of each item: its kept name, else the best free one of its candidates, of which there is at least
    /// one. The items choose in an order that does not depend on the order of the page.
    fn assign<O: Ord>(
        &mut self,
        kept: Vec<Option<String>>,
        order: impl Fn(usize) -> O,
        candidates: impl Fn(usize) -> Vec<String>,
    ) -> Vec<String> {
        let mut left: Vec<usize> = (0..kept.len()).filter(|item| kept[*item].is_none()).collect();
        left.sort_by_cached_key(|item| order(*item));
        let mut names: Vec<String> = kept.into_iter().map(Option::unwrap_or_default).collect();
        for item in left {
            names[item] = self.first_free(&candidates(item));
        }
        names
    }

    #[expect(clippy::expect_used, reason = "there are more numbers than names")]
    fn first_free(&mut self, candidates: &[String]) -> String {
        // `a__2` is not snake case, and rustc's lints reject `_` inside a type name (`Self_2`).
        let preferred = candidates[0].trim_end_matches('_');
        let numbered = (2_usize..).map(|number| format!("{preferred}{}{number}", self.separator));
        let mut names = candidates.iter().cloned().chain(numbered);
        names.find(|name| self.names.insert(name.clone())).expect("some number is free")
    }
}
