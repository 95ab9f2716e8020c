//! Rust names and shapes for a whole API, decided once, before anything is emitted.
//!
//! What is decided here, and by which rule
//! * **Structs.** One documented type name on one side of an API is one struct: the union of its places. Where two places
//!   give one field different types, each place is a struct of its own (`shapes`).
//! * **Names.** Every item has a wish, its documented name in Rust's case (`words`), and takes it unless another item
//!   has it (`claims`). Nothing depends on the order or the number of rows, so that a row added to a page renames nothing.
//! * **What no rule can promise**: two items that wish for one name. Then the request's type is before the response's, the
//!   exact name before the folded one, the shallower place before the deeper one, and the other takes the name of its side or
//!   place. An item that is added may so win against one that is there. [`Held`] keeps the latter's name:
//!   `topsdk update` hands over the names of the spec that it replaces, and writes down those that were contested;
//!   `topsdk generate` those of the crate that it writes over (`emit::kept`).

mod claims;
mod key;
mod module;
mod register;
mod shapes;
mod words;

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use topsdk_spec::{Api, Param, Side};

use crate::diagnostic::Diagnostic;
pub use claims::Held;
use claims::{Claim, Claims};
pub(crate) use key::Key;
pub use module::{Module, modules};
pub use register::{Register, RegisterError};
use shapes::{Shape, Shapes};

/// Whether a documented word is one of the platform's basic types.
pub fn is_basic(word: &str) -> bool {
    shapes::basic(word).is_some()
}

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
    held: Held,
    contested: Held,
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

impl Struct<'_> {
    /// The fields that a request must carry.
    pub fn required(&self) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(|field| field.required)
    }
}

impl<'a> Names<'a> {
    /// Decides the names of an API from its page alone.
    pub fn of(api: &'a Api) -> Names<'a> {
        Names::after(api, &Held::default())
    }

    /// Decides the names of an API of which some items have names already: they keep them.
    pub fn after(api: &'a Api, held: &Held) -> Names<'a> {
        let mut claims = Claims::new(held);
        let shapes = shapes::of(api);
        let class = words::class(&api.method);
        let root = |shape: &Shape<'_>| shape.is_root().then(|| root_name(&class, shape.side));
        for name in shapes.list.iter().filter_map(root) {
            claims.reserve(name);
        }
        let objects = shapes.list.iter().filter(|shape| !shape.is_root());
        let claim = |shape: &Shape<'_>| Claim {
            key: shape.key().to_string(),
            before: (shape.is_apart && shape.is_first).then(|| shape.key_of_word().to_string()),
            after: match (shape.is_apart, shape.has_name_of_word()) {
                (false, _) => Some(shape.key_of_place().to_string()),
                (true, true) => Some(shape.key_of_word().to_string()),
                (true, false) => None,
            },
            place: shape.is_apart.then(|| shape.key_of_any_type().to_string()),
            rank: rank(shape),
            wishes: type_wishes(shape),
            between: "",
        };
        let mut settled = claims.settle(objects.map(claim).collect()).into_iter();
        let types: Vec<String> =
            shapes.list.iter().map(|shape| root(shape).or_else(|| settled.next()).unwrap_or_default()).collect();
        let bundles = bundles(&shapes, &types, &mut claims);
        let structs = shapes
            .list
            .iter()
            .zip(types)
            .zip(bundles)
            .map(|((shape, ident), bundle)| Struct {
                ident,
                side: shape.side,
                word: shape.word,
                place: shape.is_apart.then(|| shape.place.join(".")),
                fields: fields(shape, &mut claims),
                bundle,
            })
            .collect();
        let (held, contested) = claims.into_settled();
        Names { structs, response: shapes.response, diagnostics: shapes.diagnostics, held, contested }
    }

    /// The name of every item: what a later version of the page has to keep.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// The items whose name does not follow from the page alone, because more than one item wished for it.
    pub fn contested(&self) -> &Held {
        &self.contested
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

/// Named as in the official SDKs: `AlibabaAlscCrmRechargeDedutUpdateRequest`.
fn root_name(class: &str, side: Side) -> String {
    match side {
        Side::Request => format!("{class}Request"),
        Side::Response => format!("{class}Response"),
    }
}

/// Who chooses first: the exact documented name, then the folded one, then names made from a place.
fn rank(shape: &Shape<'_>) -> u8 {
    let exact = words::type_name(shape.word) == shape.word;
    match (shape.has_name_of_word(), shape.side) {
        (true, Side::Request) if exact => 0,
        (true, Side::Response) if exact => 1,
        (true, Side::Request) => 2,
        (true, Side::Response) => 3,
        (false, Side::Request) => 4,
        (false, Side::Response) => 5,
    }
}

fn type_wishes(shape: &Shape<'_>) -> Vec<String> {
    let side = match shape.side {
        Side::Request => "Param",
        Side::Response => "Reply",
    };
    let whole = || {
        let names: Vec<String> = shape.place.iter().map(|name| words::type_name(name)).collect();
        match names.as_slice() {
            [one] => one.clone(),
            many => words::cut(words::joined(many.iter().map(String::as_str))),
        }
    };
    let mut wishes = Vec::with_capacity(3);
    if shape.has_name_of_word() {
        let name = words::type_name(shape.word);
        let on_its_side = words::joined([name.as_str(), side]);
        wishes.extend([name, on_its_side]);
    } else if let Some(last) = shape.place.last().filter(|_| shape.is_unnamed()) {
        wishes.push(words::type_name(last));
    }
    if shape.is_apart {
        wishes.push(whole());
    }
    wishes
}

fn bundles(shapes: &Shapes<'_>, types: &[String], claims: &mut Claims<'_>) -> Vec<Option<String>> {
    let wanted = shapes.list.iter().zip(types).map(|(shape, ident)| {
        let many = shape.members.iter().filter(|member| member.required).count() > MOST_ARGUMENTS;
        many.then(|| Claim {
            key: shape.key().bundle(),
            before: shape.is_apart.then(|| shape.key_of_word().bundle()),
            after: None,
            place: shape.is_apart.then(|| shape.key_of_any_type().bundle()),
            rank: 0,
            wishes: vec![words::joined([ident.as_str(), "Required"])],
            between: "",
        })
    });
    let wanted: Vec<Option<Claim>> = wanted.collect();
    let mut settled = claims.settle(wanted.iter().flatten().cloned().collect()).into_iter();
    wanted.iter().map(|claim| claim.as_ref().and_then(|_| settled.next())).collect()
}

fn fields<'a>(shape: &Shape<'a>, claims: &mut Claims<'_>) -> Vec<Field<'a>> {
    let wishes = shape.members.iter().map(|member| {
        let wire = member.param.name.as_str();
        let wish = words::field(wire);
        Claim {
            key: shape.key().field(wire),
            before: shape.is_apart.then(|| shape.key_of_word().field(wire)),
            after: None,
            place: shape.is_apart.then(|| shape.key_of_any_type().field(wire)),
            rank: if wish == wire {
                0
            } else if wish.strip_suffix('_') == Some(wire) {
                1
            } else {
                2
            },
            wishes: vec![wish],
            between: "_",
        }
    });
    let idents = claims.settle_apart(wishes.collect());
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
