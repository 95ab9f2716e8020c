//! The schema of a struct, and the traits that give access to its fields.
//!
//! The schemas replace serde's derives: each format is compiled once for all structs, whereas serde compiles each format
//! again for each of thousands of structs (ARCHITECTURE.md has the figures).

use std::borrow::Cow;

use crate::{Slot, View};

/// The wire names of a struct, in documented order. Indices of [`Object::slot`] and [`Object::view`] are positions in
/// `names`. [`Object`] has an example.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The item name of a list of these objects in XML and in JSON without `simplify`, such as `service_fee_d_t_o`
    /// (docs/protocol.md section 6).
    pub item: &'a str,
    /// The wire name of each field.
    pub names: &'a [&'a str],
    /// The indices of the fields that a request must carry, ascending.
    pub required: &'a [u16],
    /// The item names of lists of basic values that differ from the usual name of their type (`Price`, `BigDecimal`),
    /// ascending by field.
    pub items: &'a [(u16, Cow<'a, str>)],
}

impl<'a> Schema<'a> {
    /// Returns the item name of the list in field `index`, if it differs from the usual name.
    pub fn item_of(&self, index: usize) -> Option<&'a str> {
        self.items.iter().find(|(field, _)| usize::from(*field) == index).map(|(_, item)| &**item)
    }

    /// Returns whether a request must carry field `index`.
    pub fn is_required(&self, index: usize) -> bool {
        self.required.iter().any(|field| usize::from(*field) == index)
    }
}

/// A value with named fields. The readers and writers of every format work on this trait.
///
/// Structs derive it (`#[derive(Object)]`). [`dynamic`](crate::dynamic) objects implement it with a schema made at run time.
///
/// ```
/// use topsdk_codec::{ListSlot, Object, Slot, View};
///
/// #[derive(Default, Object)]
/// #[top(crate = topsdk_codec)]
/// struct Item {
///     num_iid: Option<i64>,
///     pic_urls: Vec<String>,
/// }
///
/// let mut item = Item::default();
/// assert_eq!(item.schema().names, ["num_iid", "pic_urls"]);
/// if let Slot::Number(field) = item.slot(0) {
///     *field = Some(7);
/// }
/// if let Slot::List(ListSlot::String(list)) = item.slot(1) {
///     list.push("a.png".to_owned());
/// }
/// assert!(matches!(item.view(0), View::Number(7)));
/// assert_eq!(item.pic_urls, ["a.png"]);
/// ```
pub trait Object {
    /// Returns the schema of this object.
    fn schema(&self) -> Schema<'_>;
    /// Returns field `index` for filling, or [`Slot::Unknown`] past the last.
    fn slot(&mut self, index: usize) -> Slot<'_>;
    /// Returns field `index` for reading, or [`View::Absent`] if it is empty or past the last.
    fn view(&self, index: usize) -> View<'_>;
}

/// A struct that derives [`Object`]: its schema is known without a value. [`Object`] has an example.
///
/// The derive writes this one implementation rather than two, because each implementation adds to the time that a
/// catalogue of thousands of structs takes to compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of the wire",
    label = "not a type that a value can have",
    note = "a value is a `String`, an `i64`, a `bool`, a `Date`, a `Decimal`, a `Json`, a `File`, or a struct that derives `Object`"
)]
pub trait Record: Default {
    /// The schema of the struct.
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

/// The parameters of an API, and the type of its response. [`Call`](crate::Call) has an example.
pub trait Request: Record {
    /// The API's name on the wire, such as `taobao.item.seller.get`.
    const METHOD: &'static str;
    /// The type of the response.
    type Response: Response;
}

/// The response of an API: the fields below the root of its body. [`Decoder`](crate::Decoder) has an example.
pub trait Response: Record {}
