//! Slots: fields for filling.

use crate::{Date, Decimal, File, Json, Object, Record, Schema};

/// A field of an object for filling: a reader stores here what it finds. [`Object`] has an example.
#[non_exhaustive]
pub enum Slot<'a> {
    /// The object has no such field.
    Unknown,
    /// `String`, and unknown types.
    String(&'a mut Option<String>),
    /// `Number`, `byte`.
    Number(&'a mut Option<i64>),
    /// `Boolean`.
    Boolean(&'a mut Option<bool>),
    /// `Date`.
    Date(&'a mut Option<Date>),
    /// `Price`, `BigDecimal`.
    Decimal(&'a mut Option<Decimal>),
    /// `Json`, `Map`.
    Json(&'a mut Option<Json>),
    /// `byte[]`.
    File(&'a mut Option<File>),
    /// An object.
    Object(ObjectSlot<'a>),
    /// A list.
    List(ListSlot<'a>),
}

/// A list for filling. [`Object`] has an example.
#[non_exhaustive]
pub enum ListSlot<'a> {
    /// A list of `String`.
    String(&'a mut Vec<String>),
    /// A list of `Number`.
    Number(&'a mut Vec<i64>),
    /// A list of `Boolean`.
    Boolean(&'a mut Vec<bool>),
    /// A list of `Date`.
    Date(&'a mut Vec<Date>),
    /// A list of `Price` or `BigDecimal`.
    Decimal(&'a mut Vec<Decimal>),
    /// A list of `Json`.
    Json(&'a mut Vec<Json>),
    /// A list of files. No API sends or returns one (docs/protocol.md section 4), but the type exists in documents.
    File(&'a mut Vec<File>),
    /// A list of objects.
    Object(&'a mut dyn ObjectList),
}

/// An object that may be absent, for filling. [`Slot::Object`] holds it.
pub struct ObjectSlot<'a>(ObjectPlace<'a>);

/// The conversion to a slot. It is a trait of its own, because implementations of one trait for `Option<T>` and
/// `Option<Box<T>>` would overlap.
enum ObjectPlace<'a> {
    Plain(&'a mut dyn OptionalObject),
    Boxed(&'a mut dyn BoxedObject),
}

impl<'a> ObjectSlot<'a> {
    /// Returns the slot of an object that implements [`OptionalObject`].
    pub fn new(object: &'a mut dyn OptionalObject) -> ObjectSlot<'a> {
        ObjectSlot(ObjectPlace::Plain(object))
    }

    /// The object, made empty where there is none yet.
    pub fn insert(self) -> &'a mut dyn Object {
        match self.0 {
            ObjectPlace::Plain(object) => object.insert(),
            ObjectPlace::Boxed(object) => object.insert(),
        }
    }

    fn clear(self) {
        match self.0 {
            ObjectPlace::Plain(object) => object.clear(),
            ObjectPlace::Boxed(object) => object.clear(),
        }
    }
}

/// An optional object. [`ObjectSlot::new`] takes it.
pub trait OptionalObject {
    /// The object, made empty where there is none yet.
    fn insert(&mut self) -> &mut dyn Object;
    /// Removes the object.
    fn clear(&mut self);
}

impl<T: Record> OptionalObject for Option<T> {
    fn insert(&mut self) -> &mut dyn Object {
        self.get_or_insert_with(T::default)
    }

    fn clear(&mut self) {
        *self = None;
    }
}

trait BoxedObject {
    fn insert(&mut self) -> &mut dyn Object;
    fn clear(&mut self);
}

impl<T: Record> BoxedObject for Option<Box<T>> {
    fn insert(&mut self) -> &mut dyn Object {
        self.get_or_insert_with(Box::default).as_mut()
    }

    fn clear(&mut self) {
        *self = None;
    }
}

impl<'a> Slot<'a> {
    /// Returns the slot of a boxed field, whose type contains the struct itself. Called by derived code.
    #[doc(hidden)]
    pub fn boxed<T: Record>(field: &'a mut Option<Box<T>>) -> Slot<'a> {
        Slot::Object(ObjectSlot(ObjectPlace::Boxed(field)))
    }

    fn clear(self) {
        match self {
            Slot::Unknown => {}
            Slot::String(value) => *value = None,
            Slot::Number(value) => *value = None,
            Slot::Boolean(value) => *value = None,
            Slot::Date(value) => *value = None,
            Slot::Decimal(value) => *value = None,
            Slot::Json(value) => *value = None,
            Slot::File(value) => *value = None,
            Slot::Object(object) => object.clear(),
            Slot::List(list) => list.clear(),
        }
    }
}

impl ListSlot<'_> {
    fn clear(self) {
        match self {
            ListSlot::String(values) => values.clear(),
            ListSlot::Number(values) => values.clear(),
            ListSlot::Boolean(values) => values.clear(),
            ListSlot::Date(values) => values.clear(),
            ListSlot::Decimal(values) => values.clear(),
            ListSlot::Json(values) => values.clear(),
            ListSlot::File(values) => values.clear(),
            ListSlot::Object(values) => values.clear(),
        }
    }
}

/// Empties every field of an object, such as one that holds a part of a response that was cut off.
///
/// ```
/// use topsdk_codec::{Object, clear};
///
/// #[derive(Debug, Default, Object)]
/// #[top(crate = topsdk_codec)]
/// struct Item {
///     num_iid: Option<i64>,
///     pic_urls: Vec<String>,
/// }
///
/// let mut item = Item { num_iid: Some(7), pic_urls: vec!["a.png".into()] };
/// clear(&mut item);
/// assert!(item.num_iid.is_none() && item.pic_urls.is_empty());
/// ```
pub fn clear(object: &mut dyn Object) {
    for index in 0..object.schema().names.len() {
        object.slot(index).clear();
    }
}

/// A list of objects for filling. [`ListSlot::Object`] holds it.
pub trait ObjectList {
    /// Returns the schema of the list's objects, even if the list is empty.
    fn schema(&self) -> Schema<'_>;
    /// Appends an empty object and returns it.
    fn push(&mut self) -> &mut dyn Object;
    /// Returns the number of objects.
    fn len(&self) -> usize;
    /// Removes all objects.
    fn clear(&mut self);
    /// Returns whether the list is empty.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T: Record> ObjectList for Vec<T> {
    fn schema(&self) -> Schema<'_> {
        T::SCHEMA
    }

    fn push(&mut self) -> &mut dyn Object {
        self.push(T::default());
        let last = self.len() - 1;
        &mut self[last]
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}
