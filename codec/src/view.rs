//! Views: fields for reading.

use crate::{Date, Decimal, File, Json, Object, Record};

/// A field of an object for reading: a writer sends what it finds here. [`Object`] has an example.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum View<'a> {
    /// There is no value.
    Absent,
    /// `String`, and unknown types.
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
    /// A list, which may be empty.
    List(ListView<'a>),
}

/// A list for reading. [`Object`] has an example.
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

/// A list of objects for reading. [`ListView::Object`] holds it.
pub trait ObjectListView {
    /// Returns the number of objects.
    fn len(&self) -> usize;
    /// Returns whether there are no objects.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Returns the object at `index`.
    fn get(&self, index: usize) -> Option<&dyn Object>;
    /// Returns the item name of the list's objects, even if the list is empty.
    fn item(&self) -> &str;
}

impl<'a> ListView<'a> {
    /// Returns the usual item name: that of the basic type, or that of the objects (docs/protocol.md section 6). The schema of
    /// the object around the list can name another one.
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

    /// Returns the number of items.
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

    /// Returns whether there are no items.
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
    /// Returns the view of a boxed field, whose type contains the struct itself. Called by derived code.
    #[doc(hidden)]
    pub fn boxed<T: Record>(field: &'a Option<Box<T>>) -> View<'a> {
        field.as_deref().map_or(View::Absent, |object| View::Object(object))
    }
}
