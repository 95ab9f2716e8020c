//! A field for reading.

use crate::{Date, Decimal, File, Json, Object, Record};

/// A field of an object for reading: what a writer puts on the wire.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum View<'a> {
    /// There is no value.
    Absent,
    /// `String`, and words that nobody knows.
    String(&'a str),
    /// `Number`, `byte`.
    Number(i64),
    /// `Boolean`.
    Boolean(bool),
    /// `Date`.
    Date(Date),
    /// `Price`, `BigDecimal`.
    Decimal(Decimal),
    /// `Json`, `Map`.
    Json(&'a Json),
    /// `byte[]`.
    File(&'a File),
    /// An object.
    Object(&'a dyn Object),
    /// A list; an empty one too.
    List(ListView<'a>),
}

/// A list for reading.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ListView<'a> {
    /// A list of `String`.
    String(&'a [String]),
    /// A list of `Number`.
    Number(&'a [i64]),
    /// A list of `Boolean`.
    Boolean(&'a [bool]),
    /// A list of `Date`.
    Date(&'a [Date]),
    /// A list of `Price` or `BigDecimal`.
    Decimal(&'a [Decimal]),
    /// A list of `Json`.
    Json(&'a [Json]),
    /// A list of files.
    File(&'a [File]),
    /// A list of objects.
    Object(&'a dyn ObjectListView),
}

/// A list of objects, for reading.
pub trait ObjectListView {
    /// How many objects the list has.
    fn len(&self) -> usize;
    /// Whether the list has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The object at `index`.
    fn get(&self, index: usize) -> Option<&dyn Object>;
    /// The item name of the list's objects, known even where the list is empty.
    fn item(&self) -> &str;
}

impl<'a> ListView<'a> {
    /// What an item is called where the table of the object around the list does not say otherwise: the word of its
    /// type, or the objects' own name (docs/protocol.md section 6).
    pub fn item(&self) -> &'a str {
        match self {
            ListView::String(_) => "string",
            ListView::Number(_) => "number",
            ListView::Boolean(_) => "boolean",
            ListView::Date(_) => "date",
            ListView::Decimal(_) => "price",
            ListView::Json(_) => "json",
            ListView::File(_) => "file",
            ListView::Object(items) => items.item(),
        }
    }

    /// How many items the list has.
    pub fn len(&self) -> usize {
        match self {
            ListView::String(items) => items.len(),
            ListView::Number(items) => items.len(),
            ListView::Boolean(items) => items.len(),
            ListView::Date(items) => items.len(),
            ListView::Decimal(items) => items.len(),
            ListView::Json(items) => items.len(),
            ListView::File(items) => items.len(),
            ListView::Object(items) => items.len(),
        }
    }

    /// Whether the list has no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Record> ObjectListView for Vec<T> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn get(&self, index: usize) -> Option<&dyn Object> {
        self.as_slice().get(index).map(|object| object as &dyn Object)
    }

    fn item(&self) -> &str {
        T::SCHEMA.item
    }
}

impl<'a> View<'a> {
    /// A field that holds an object of its own kind, which has to be boxed. Called by derived code.
    #[doc(hidden)]
    pub fn boxed<T: Record>(field: &'a Option<Box<T>>) -> View<'a> {
        field.as_deref().map_or(View::Absent, |object| View::Object(object))
    }
}
