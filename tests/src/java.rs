//! A request filled with the values of its page's Java sample.

use topsdk_codec::{ListSlot, Object, Slot};
use topsdk_codegen::samples::{Node, Value, setter_name};

/// Sets each field that the sample sets, and says what it could not set.
pub fn fill(object: &mut dyn Object, members: &[Node], left: &mut Vec<String>) {
    for node in members {
        let index = object.schema().names.iter().position(|name| setter_name(name) == node.name);
        match (index, &node.value) {
            (Some(index), value) if set(object.slot(index), value, left) => {}
            _ => left.push(node.name.clone()),
        }
    }
}

fn set(slot: Slot<'_>, value: &Value, left: &mut Vec<String>) -> bool {
    match (slot, value) {
        (Slot::String(field), Value::Text(text)) => *field = Some(text.clone()),
        (Slot::Number(field), Value::Text(text)) => *field = text.parse().ok(),
        (Slot::Boolean(field), Value::Text(text)) => *field = text.parse().ok(),
        (Slot::Date(field), Value::Text(text)) => *field = text.parse().ok(),
        (Slot::Decimal(field), Value::Text(text)) => *field = text.parse().ok(),
        (Slot::Json(field), Value::Text(text)) => *field = Some(topsdk_codec::Json::new(text.clone())),
        (Slot::File(field), Value::Text(text)) => *field = Some(topsdk_codec::File::new(text.clone(), text.as_bytes())),
        (Slot::Object(slot), Value::Members(members)) => fill(slot.insert(), members, left),
        // The site sets a list like one object, or as one text with commas (html.md, "Samples").
        (Slot::List(ListSlot::Object(list)), Value::Members(members)) => fill(list.push(), members, left),
        (Slot::List(ListSlot::String(list)), Value::Text(text)) => list.extend(text.split(',').map(str::to_owned)),
        (Slot::List(ListSlot::Number(list)), Value::Text(text)) => {
            list.extend(text.split(',').filter_map(|item| item.parse::<i64>().ok()));
        }
        _ => return false,
    }
    true
}
