//! The table that a struct carries, and the traits over it.
//!
//! The tables are our own in place of serde's derives: one walker for each format is compiled once, where serde compiles
//! each format anew for each of thousands of structs (ARCHITECTURE.md has the figures).

use std::borrow::Cow;

use crate::{Slot, View};

/// The wire names of a struct, in documented order. Indices of [`Object::slot`] and [`Object::view`] are positions in `names`.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// What an item of a list of these is called in XML and in unsimplified JSON, such as `service_fee_d_t_o`
    /// (docs/protocol.md section 6).
    pub item: &'a str,
    /// The wire name of each field.
    pub names: &'a [&'a str],
    /// Which fields a request must carry, ascending.
    pub required: &'a [u16],
    /// Item names of lists of basic values where they are not the usual word of their type (`Price`, `BigDecimal`),
    /// ascending by field.
    pub items: &'a [(u16, Cow<'a, str>)],
}

impl<'a> Schema<'a> {
    /// The item name of the list in field `index`, where it is not the usual one of its elements.
    pub fn item_of(&self, index: usize) -> Option<&'a str> {
        self.items.iter().find(|(field, _)| usize::from(*field) == index).map(|(_, item)| &**item)
    }

    /// Whether a request must carry field `index`.
    pub fn is_required(&self, index: usize) -> bool {
        self.required.iter().any(|field| usize::from(*field) == index)
    }
}

/// A value with named fields, whatever its type: what the readers and writers of every format work on.
///
/// Derived for structs (`#[derive(Object)]`); [`dynamic`](crate::dynamic) objects have it from a table made at run time.
pub trait Object {
    /// The table of this object.
    fn schema(&self) -> Schema<'_>;
    /// Field `index` for filling; [`Slot::Unknown`] past the last.
    fn slot(&mut self, index: usize) -> Slot<'_>;
    /// Field `index` for reading; [`View::Absent`] where it holds nothing and past the last.
    fn view(&self, index: usize) -> View<'_>;
}

/// A struct that is an [`Object`] by derivation: its table is known without a value.
///
/// One implementation a struct and not two: what a catalogue of thousands costs to compile is counted in these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of the wire",
    label = "not a type that a value can have",
    note = "a value is a `String`, an `i64`, a `bool`, a `Date`, a `Decimal`, a `Json`, a `File`, or a struct that derives `Object`"
)]
pub trait Record: Default {
    /// The table of the struct.
    const SCHEMA: Schema<'static>;
    /// [`Object::slot`].
    fn slot_at(&mut self, index: usize) -> Slot<'_>;
    /// [`Object::view`].
    fn view_at(&self, index: usize) -> View<'_>;
}

impl<T: Record> Object for T {
    fn schema(&self) -> Schema<'_> {
        T::SCHEMA
    }

    fn slot(&mut self, index: usize) -> Slot<'_> {
        self.slot_at(index)
    }

    fn view(&self, index: usize) -> View<'_> {
        self.view_at(index)
    }
}

/// The parameters of an API, and the type of its answer.
pub trait Request: Record {
    /// The API's name on the wire, such as `taobao.item.seller.get`.
    const METHOD: &'static str;
    /// What the platform answers.
    type Response: Response;
}

/// The answer of an API: the fields below the root of its body.
pub trait Response: Record {}
