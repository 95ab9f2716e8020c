//! Fills a request with the values of its page's Java sample.

use std::str::FromStr;

use topsdk_codec::{File, Json, ListSlot, Object, Slot};
use topsdk_codegen::samples::{Node, Value, setter_name};

/// Sets each field that the sample sets, and adds to `left` the setters without a matching field.
pub fn fill(object: &mut dyn Object, members: &[Node], left: &mut Vec<String>) {
    for node in members {
        let index = object.schema().names.iter().position(|name| setter_name(name) == node.name);
        if index.and_then(|index| set(object.slot(index), &node.value, left)).is_none() {
            left.push(node.name.clone());
        }
    }
}

fn set(slot: Slot<'_>, value: &Value, left: &mut Vec<String>) -> Option<()> {
    match (slot, value) {
        (Slot::String(field), Value::Text(text)) => *field = Some(text.clone()),
        (Slot::Number(field), Value::Text(text)) => *field = Some(number(text)?),
        (Slot::Boolean(field), Value::Text(text)) => *field = Some(parsed(text)?),
        (Slot::Date(field), Value::Text(text)) => *field = Some(parsed(text)?),
        (Slot::Decimal(field), Value::Text(text)) => *field = Some(parsed(text)?),
        (Slot::Json(field), Value::Text(text)) => *field = Some(Json::new(text.clone())),
        (Slot::File(field), Value::Text(text)) => *field = Some(File::new(text.clone(), text.as_bytes())),
        (Slot::Object(slot), Value::Members(members)) => fill(slot.insert(), members, left),
        // The site sets a list like a single object, or as one comma-separated text (docs/pages.md, "Samples").
        (Slot::List(ListSlot::Object(list)), Value::Members(members)) => fill(list.push(), members, left),
        (Slot::List(ListSlot::String(list)), Value::Text(text)) => list.extend(text.split(',').map(str::to_owned)),
        (Slot::List(ListSlot::File(list)), Value::Text(text)) => list.push(File::new(text.clone(), text.as_bytes())),
        (Slot::List(ListSlot::Number(list)), Value::Text(text)) => {
            list.extend(text.split(',').map(number).collect::<Option<Vec<_>>>()?);
        }
        _ => return None,
    }
    Some(())
}

/// Parses a number in Java's notation, such as `2000L`.
fn number(text: &str) -> Option<i64> {
    parsed(text.strip_suffix('L').unwrap_or(text))
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
