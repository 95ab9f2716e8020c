//! Objects whose types are made at run time: they read and write APIs without generated code.

#[cfg(feature = "spec")]
mod spec;

use std::{borrow::Cow, fmt};

use crate::{
    Date, Decimal, File, Json, ListSlot, ListView, Object, ObjectList, ObjectListView, ObjectSlot, OptionalObject,
    Schema, Slot, View,
};

/// The type of an object made at run time, with the types of the objects inside. It borrows their names.
///
/// ```
/// use topsdk_codec::{Decoder, dynamic::{DynamicObject, DynamicType, Kind}, write::{JsonStyle, json}};
///
/// let mut answer = DynamicType::new("item_get_response");
/// let location = answer.shape("location");
/// answer.field(DynamicType::ROOT, "num_iid", Kind::Number);
/// answer.field(DynamicType::ROOT, "location", Kind::Object(location));
/// answer.list(DynamicType::ROOT, "prices", Kind::Decimal, "price");
/// answer.field(location, "city", Kind::String);
///
/// let mut value = DynamicObject::new(&answer);
/// let body = "<item_get_response><num_iid>12</num_iid><location><city>杭州</city></location></item_get_response>";
/// Decoder::new().decode_into(body.as_bytes(), &mut value)?;
/// assert_eq!(json(&value, JsonStyle::Plain)?, r#"{"num_iid":12,"location":{"city":"杭州"}}"#);
/// # Ok::<(), topsdk_codec::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DynamicType<'s> {
    shapes: Vec<Shape<'s>>,
}

/// The index of an object type in a [`DynamicType`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShapeId(usize);

/// The kind of value that a field of a [`DynamicType`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// `String`, and unknown types.
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
    /// An object of the same [`DynamicType`].
    Object(ShapeId),
}

/// The schema of an object.
#[derive(Clone, Debug)]
struct Shape<'s> {
    item: Cow<'s, str>,
    names: Vec<&'s str>,
    fields: Vec<FieldType>,
    required: Vec<u16>,
    items: Vec<(u16, Cow<'s, str>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct FieldType {
    kind: Kind,
    is_list: bool,
}

impl<'s> DynamicType<'s> {
    /// The outermost object.
    pub const ROOT: ShapeId = ShapeId(0);

    /// Returns the type of an object without fields. In a list, its item name is `item`.
    pub fn new(item: impl Into<Cow<'s, str>>) -> DynamicType<'s> {
        let mut types = DynamicType { shapes: Vec::new() };
        types.shape(item);
        types
    }

    /// Adds the type of an inner object, without fields. `item` is the item name of lists of such objects.
    pub fn shape(&mut self, item: impl Into<Cow<'s, str>>) -> ShapeId {
        self.shapes.push(Shape {
            item: item.into(),
            names: Vec::new(),
            fields: Vec::new(),
            required: Vec::new(),
            items: Vec::new(),
        });
        ShapeId(self.shapes.len() - 1)
    }

    /// Adds a field to an object. If the object has a field of this name, nothing changes.
    pub fn field(&mut self, shape: ShapeId, name: &'s str, kind: Kind) {
        self.add(shape, name, FieldType { kind, is_list: false });
    }

    /// Adds a list to an object. `item` is the item name; a list of objects uses the item name of its objects instead.
    pub fn list(&mut self, shape: ShapeId, name: &'s str, kind: Kind, item: impl Into<Cow<'s, str>>) {
        if let Some((shape, index)) = self.add(shape, name, FieldType { kind, is_list: true })
            && !matches!(kind, Kind::Object(_))
        {
            shape.items.push((index, item.into()));
        }
    }

    /// Sets the fields of an object that a request must carry.
    pub fn require(&mut self, shape: ShapeId, is_required: impl Fn(&str) -> bool) {
        if let Some(shape) = self.shapes.get_mut(shape.0) {
            shape.required =
                (0..).zip(&shape.names).filter(|(_, name)| is_required(name)).map(|(index, _)| index).collect();
        }
    }

    fn add(&mut self, shape: ShapeId, name: &'s str, field: FieldType) -> Option<(&mut Shape<'s>, u16)> {
        let shape = self.shapes.get_mut(shape.0)?;
        let index = u16::try_from(shape.names.len()).ok()?;
        if shape.names.contains(&name) {
            return None;
        }
        shape.names.push(name);
        shape.fields.push(field);
        Some((shape, index))
    }

    fn schema_of(&self, shape: ShapeId) -> Schema<'_> {
        match self.shapes.get(shape.0) {
            Some(Shape { item, names, required, items, .. }) => Schema { item, names, required, items },
            None => Schema { item: "", names: &[], required: &[], items: &[] },
        }
    }
}

/// An object of a [`DynamicType`].
#[derive(Clone)]
pub struct DynamicObject<'t> {
    types: &'t DynamicType<'t>,
    shape: ShapeId,
    values: Vec<Value<'t>>,
}

#[derive(Clone, PartialEq)]
enum Value<'t> {
    String(Option<String>),
    Number(Option<i64>),
    Boolean(Option<bool>),
    Date(Option<Date>),
    Decimal(Option<Decimal>),
    Json(Option<Json>),
    File(Option<File>),
    Object(DynamicOption<'t>),
    Strings(Vec<String>),
    Numbers(Vec<i64>),
    Booleans(Vec<bool>),
    Dates(Vec<Date>),
    Decimals(Vec<Decimal>),
    Jsons(Vec<Json>),
    Files(Vec<File>),
    Objects(DynamicList<'t>),
}

/// An optional object, with its type.
#[derive(Clone)]
struct DynamicOption<'t> {
    types: &'t DynamicType<'t>,
    shape: ShapeId,
    object: Option<Box<DynamicObject<'t>>>,
}

/// Objects of one type.
#[derive(Clone)]
struct DynamicList<'t> {
    types: &'t DynamicType<'t>,
    shape: ShapeId,
    objects: Vec<DynamicObject<'t>>,
}

impl<'t> DynamicObject<'t> {
    /// Returns an empty object.
    pub fn new(types: &'t DynamicType<'t>) -> DynamicObject<'t> {
        DynamicObject::of(types, DynamicType::ROOT)
    }

    fn of(types: &'t DynamicType<'t>, shape: ShapeId) -> DynamicObject<'t> {
        let fields = types.shapes.get(shape.0).map(|shape| shape.fields.as_slice()).unwrap_or_default();
        DynamicObject { types, shape, values: fields.iter().map(|field| Value::new(types, *field)).collect() }
    }
}

impl<'t> Value<'t> {
    fn new(types: &'t DynamicType<'t>, field: FieldType) -> Value<'t> {
        match (field.kind, field.is_list) {
            (Kind::String, false) => Value::String(None),
            (Kind::Number, false) => Value::Number(None),
            (Kind::Boolean, false) => Value::Boolean(None),
            (Kind::Date, false) => Value::Date(None),
            (Kind::Decimal, false) => Value::Decimal(None),
            (Kind::Json, false) => Value::Json(None),
            (Kind::File, false) => Value::File(None),
            (Kind::Object(shape), false) => Value::Object(DynamicOption { types, shape, object: None }),
            (Kind::String, true) => Value::Strings(Vec::new()),
            (Kind::Number, true) => Value::Numbers(Vec::new()),
            (Kind::Boolean, true) => Value::Booleans(Vec::new()),
            (Kind::Date, true) => Value::Dates(Vec::new()),
            (Kind::Decimal, true) => Value::Decimals(Vec::new()),
            (Kind::Json, true) => Value::Jsons(Vec::new()),
            (Kind::File, true) => Value::Files(Vec::new()),
            (Kind::Object(shape), true) => Value::Objects(DynamicList { types, shape, objects: Vec::new() }),
        }
    }
}

impl Object for DynamicObject<'_> {
    fn schema(&self) -> Schema<'_> {
        self.types.schema_of(self.shape)
    }

    fn slot(&mut self, index: usize) -> Slot<'_> {
        match self.values.get_mut(index) {
            None => Slot::Unknown,
            Some(Value::String(value)) => Slot::String(value),
            Some(Value::Number(value)) => Slot::Number(value),
            Some(Value::Boolean(value)) => Slot::Boolean(value),
            Some(Value::Date(value)) => Slot::Date(value),
            Some(Value::Decimal(value)) => Slot::Decimal(value),
            Some(Value::Json(value)) => Slot::Json(value),
            Some(Value::File(value)) => Slot::File(value),
            Some(Value::Object(value)) => Slot::Object(ObjectSlot::new(value)),
            Some(Value::Strings(values)) => Slot::List(ListSlot::String(values)),
            Some(Value::Numbers(values)) => Slot::List(ListSlot::Number(values)),
            Some(Value::Booleans(values)) => Slot::List(ListSlot::Boolean(values)),
            Some(Value::Dates(values)) => Slot::List(ListSlot::Date(values)),
            Some(Value::Decimals(values)) => Slot::List(ListSlot::Decimal(values)),
            Some(Value::Jsons(values)) => Slot::List(ListSlot::Json(values)),
            Some(Value::Files(values)) => Slot::List(ListSlot::File(values)),
            Some(Value::Objects(values)) => Slot::List(ListSlot::Object(values)),
        }
    }

    fn view(&self, index: usize) -> View<'_> {
        match self.values.get(index) {
            Some(Value::String(Some(value))) => View::String(value),
            Some(Value::Number(Some(value))) => View::Number(*value),
            Some(Value::Boolean(Some(value))) => View::Boolean(*value),
            Some(Value::Date(Some(value))) => View::Date(*value),
            Some(Value::Decimal(Some(value))) => View::Decimal(*value),
            Some(Value::Json(Some(value))) => View::Json(value),
            Some(Value::File(Some(value))) => View::File(value),
            Some(Value::Object(DynamicOption { object: Some(value), .. })) => View::Object(&**value),
            Some(Value::Strings(values)) => View::List(ListView::String(values)),
            Some(Value::Numbers(values)) => View::List(ListView::Number(values)),
            Some(Value::Booleans(values)) => View::List(ListView::Boolean(values)),
            Some(Value::Dates(values)) => View::List(ListView::Date(values)),
            Some(Value::Decimals(values)) => View::List(ListView::Decimal(values)),
            Some(Value::Jsons(values)) => View::List(ListView::Json(values)),
            Some(Value::Files(values)) => View::List(ListView::File(values)),
            Some(Value::Objects(values)) => View::List(ListView::Object(values)),
            _ => View::Absent,
        }
    }
}

impl OptionalObject for DynamicOption<'_> {
    fn insert(&mut self) -> &mut dyn Object {
        let DynamicOption { types, shape, object } = self;
        &mut **object.get_or_insert_with(|| Box::new(DynamicObject::of(types, *shape)))
    }

    fn clear(&mut self) {
        self.object = None;
    }
}

impl ObjectList for DynamicList<'_> {
    fn schema(&self) -> Schema<'_> {
        self.types.schema_of(self.shape)
    }

    fn push(&mut self) -> &mut dyn Object {
        self.objects.push(DynamicObject::of(self.types, self.shape));
        let last = self.objects.len() - 1;
        &mut self.objects[last]
    }

    fn len(&self) -> usize {
        self.objects.len()
    }

    fn clear(&mut self) {
        self.objects.clear();
    }
}

impl ObjectListView for DynamicList<'_> {
    fn len(&self) -> usize {
        self.objects.len()
    }

    fn get(&self, index: usize) -> Option<&dyn Object> {
        self.objects.get(index).map(|object| object as &dyn Object)
    }

    fn item(&self) -> &str {
        self.types.schema_of(self.shape).item
    }
}

/// Two objects are equal if they have the same fields with equal values, even if their types differ.
impl PartialEq for DynamicObject<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.schema().names == other.schema().names && self.values == other.values
    }
}

impl PartialEq for DynamicOption<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.object == other.object
    }
}

impl PartialEq for DynamicList<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.objects == other.objects
    }
}

impl fmt::Debug for DynamicObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.schema().names.iter().zip(&self.values) {
            map.entry(name, value);
        }
        map.finish()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::String(value) => value.fmt(f),
            Value::Number(value) => value.fmt(f),
            Value::Boolean(value) => value.fmt(f),
            Value::Date(value) => value.fmt(f),
            Value::Decimal(value) => value.fmt(f),
            Value::Json(value) => value.fmt(f),
            Value::File(value) => value.fmt(f),
            Value::Object(value) => value.object.fmt(f),
            Value::Strings(values) => values.fmt(f),
            Value::Numbers(values) => values.fmt(f),
            Value::Booleans(values) => values.fmt(f),
            Value::Dates(values) => values.fmt(f),
            Value::Decimals(values) => values.fmt(f),
            Value::Jsons(values) => values.fmt(f),
            Value::Files(values) => values.fmt(f),
            Value::Objects(values) => values.objects.fmt(f),
        }
    }
}
