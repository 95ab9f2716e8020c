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
/// let mut response = DynamicType::new("item_get_response");
/// let location = response.shape("location");
/// response.field(DynamicType::ROOT, "num_iid", Kind::Number);
/// response.field(DynamicType::ROOT, "location", Kind::Object(location));
/// response.list(DynamicType::ROOT, "prices", Kind::Decimal, "price");
/// response.field(location, "city", Kind::String);
///
/// let mut value = DynamicObject::new(&response);
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
    values: Vec<DynamicValue<'t>>,
}

#[derive(Clone, PartialEq)]
enum DynamicValue<'t> {
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
        DynamicObject { types, shape, values: fields.iter().map(|field| DynamicValue::new(types, *field)).collect() }
    }
}

impl<'t> DynamicValue<'t> {
    fn new(types: &'t DynamicType<'t>, field: FieldType) -> DynamicValue<'t> {
        match (field.kind, field.is_list) {
            (Kind::String, false) => DynamicValue::String(None),
            (Kind::Number, false) => DynamicValue::Number(None),
            (Kind::Boolean, false) => DynamicValue::Boolean(None),
            (Kind::Date, false) => DynamicValue::Date(None),
            (Kind::Decimal, false) => DynamicValue::Decimal(None),
            (Kind::Json, false) => DynamicValue::Json(None),
            (Kind::File, false) => DynamicValue::File(None),
            (Kind::Object(shape), false) => DynamicValue::Object(DynamicOption { types, shape, object: None }),
            (Kind::String, true) => DynamicValue::Strings(Vec::new()),
            (Kind::Number, true) => DynamicValue::Numbers(Vec::new()),
            (Kind::Boolean, true) => DynamicValue::Booleans(Vec::new()),
            (Kind::Date, true) => DynamicValue::Dates(Vec::new()),
            (Kind::Decimal, true) => DynamicValue::Decimals(Vec::new()),
            (Kind::Json, true) => DynamicValue::Jsons(Vec::new()),
            (Kind::File, true) => DynamicValue::Files(Vec::new()),
            (Kind::Object(shape), true) => DynamicValue::Objects(DynamicList { types, shape, objects: Vec::new() }),
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
            Some(DynamicValue::String(value)) => Slot::String(value),
            Some(DynamicValue::Number(value)) => Slot::Number(value),
            Some(DynamicValue::Boolean(value)) => Slot::Boolean(value),
            Some(DynamicValue::Date(value)) => Slot::Date(value),
            Some(DynamicValue::Decimal(value)) => Slot::Decimal(value),
            Some(DynamicValue::Json(value)) => Slot::Json(value),
            Some(DynamicValue::File(value)) => Slot::File(value),
            Some(DynamicValue::Object(value)) => Slot::Object(ObjectSlot::new(value)),
            Some(DynamicValue::Strings(values)) => Slot::List(ListSlot::String(values)),
            Some(DynamicValue::Numbers(values)) => Slot::List(ListSlot::Number(values)),
            Some(DynamicValue::Booleans(values)) => Slot::List(ListSlot::Boolean(values)),
            Some(DynamicValue::Dates(values)) => Slot::List(ListSlot::Date(values)),
            Some(DynamicValue::Decimals(values)) => Slot::List(ListSlot::Decimal(values)),
            Some(DynamicValue::Jsons(values)) => Slot::List(ListSlot::Json(values)),
            Some(DynamicValue::Files(values)) => Slot::List(ListSlot::File(values)),
            Some(DynamicValue::Objects(values)) => Slot::List(ListSlot::Object(values)),
        }
    }

    fn view(&self, index: usize) -> View<'_> {
        match self.values.get(index) {
            Some(DynamicValue::String(Some(value))) => View::String(value),
            Some(DynamicValue::Number(Some(value))) => View::Number(*value),
            Some(DynamicValue::Boolean(Some(value))) => View::Boolean(*value),
            Some(DynamicValue::Date(Some(value))) => View::Date(*value),
            Some(DynamicValue::Decimal(Some(value))) => View::Decimal(*value),
            Some(DynamicValue::Json(Some(value))) => View::Json(value),
            Some(DynamicValue::File(Some(value))) => View::File(value),
            Some(DynamicValue::Object(DynamicOption { object: Some(value), .. })) => View::Object(&**value),
            Some(DynamicValue::Strings(values)) => View::List(ListView::String(values)),
            Some(DynamicValue::Numbers(values)) => View::List(ListView::Number(values)),
            Some(DynamicValue::Booleans(values)) => View::List(ListView::Boolean(values)),
            Some(DynamicValue::Dates(values)) => View::List(ListView::Date(values)),
            Some(DynamicValue::Decimals(values)) => View::List(ListView::Decimal(values)),
            Some(DynamicValue::Jsons(values)) => View::List(ListView::Json(values)),
            Some(DynamicValue::Files(values)) => View::List(ListView::File(values)),
            Some(DynamicValue::Objects(values)) => View::List(ListView::Object(values)),
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

impl fmt::Debug for DynamicValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DynamicValue::String(value) => value.fmt(f),
            DynamicValue::Number(value) => value.fmt(f),
            DynamicValue::Boolean(value) => value.fmt(f),
            DynamicValue::Date(value) => value.fmt(f),
            DynamicValue::Decimal(value) => value.fmt(f),
            DynamicValue::Json(value) => value.fmt(f),
            DynamicValue::File(value) => value.fmt(f),
            DynamicValue::Object(value) => value.object.fmt(f),
            DynamicValue::Strings(values) => values.fmt(f),
            DynamicValue::Numbers(values) => values.fmt(f),
            DynamicValue::Booleans(values) => values.fmt(f),
            DynamicValue::Dates(values) => values.fmt(f),
            DynamicValue::Decimals(values) => values.fmt(f),
            DynamicValue::Jsons(values) => values.fmt(f),
            DynamicValue::Files(values) => values.fmt(f),
            DynamicValue::Objects(values) => values.objects.fmt(f),
        }
    }
}
