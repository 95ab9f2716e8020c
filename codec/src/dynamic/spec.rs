//! Types made at run time, of an API's spec: the structs that are generated from the same spec ([`topsdk_spec::structs`]).

use std::{borrow::Cow, collections::HashSet};

use topsdk_spec::{
    Api, Basic, Side, is_unnamed, item_name,
    structs::{Structs, Value},
};

use super::{DynamicType, Kind, ShapeId};

impl<'s> DynamicType<'s> {
    /// The parameters of an API.
    pub fn request(api: &'s Api) -> DynamicType<'s> {
        of(Side::Request, api)
    }

    /// The response of an API: the fields below the root.
    pub fn response(api: &'s Api) -> DynamicType<'s> {
        of(Side::Response, api)
    }
}

fn of(side: Side, api: &Api) -> DynamicType<'_> {
    let structs = Structs::of(side, api.side(side)).list;
    let mut types = DynamicType::new("");
    let mut shapes = vec![DynamicType::ROOT];
    shapes.extend(structs.iter().skip(1).map(|object| types.shape(item(object.type_name))));
    for (object, shape) in structs.iter().zip(&shapes) {
        for member in &object.members {
            let (name, kind) = (member.param.name.as_str(), kind(member.value, &shapes));
            match member.param.list {
                true => types.list(*shape, name, kind, item(&member.param.type_name)),
                false => types.field(*shape, name, kind),
            }
        }
        let required = object.members.iter().filter(|member| member.required);
        let required: HashSet<&str> = required.map(|member| member.param.name.as_str()).collect();
        types.require(*shape, |name| required.contains(name));
    }
    types
}

fn kind(value: Value, shapes: &[ShapeId]) -> Kind {
    match value {
        Value::Struct(index) => Kind::Object(shapes[index]),
        Value::Basic(Basic::String) => Kind::String,
        Value::Basic(Basic::Number) => Kind::Number,
        Value::Basic(Basic::Boolean) => Kind::Boolean,
        Value::Basic(Basic::Date) => Kind::Date,
        Value::Basic(Basic::Decimal) => Kind::Decimal,
        Value::Basic(Basic::Json) => Kind::Json,
        Value::Basic(Basic::File) => Kind::File,
    }
}

/// What the items of a list of this type are called.
fn item(word: &str) -> Cow<'_, str> {
    match word {
        _ if is_unnamed(word) => Cow::Borrowed("string"),
        _ if word.bytes().any(|letter| letter.is_ascii_uppercase()) => Cow::Owned(item_name(word)),
        _ => Cow::Borrowed(word),
    }
}
