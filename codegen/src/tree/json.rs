//! The shape of a JSON sample, normal or simplified, of a request or a response, and of the parameters of a CURL call.

use super::shape::{Names, Shape};
use crate::read::json::{Json, Kind};

/// Reads the shape of a JSON text; `None` where it is not an object. A single member `…_response` is the root.
pub(super) fn shape(text: &str) -> Option<Shape> {
    let json = Json::tolerant(text);
    let mut root = json.root().filter(|&root| json.kind(root) == Kind::Object)?;
    let mut members = json.children(root);
    if let (Some(member), None) = (members.next(), members.next())
        && json.kind(member) == Kind::Object
        && json.key(member).ends_with("_response")
    {
        root = member;
    }
    let mut shape = Shape::new(Names::Wire);
    shape.complete = json.well_formed;
    copy(&mut shape, 0, &json, root);
    Some(shape)
}

/// Reads the business parameters of a CURL sample (protocol.md section 2: form fields, objects as JSON text).
pub(super) fn curl(text: &str) -> Option<Shape> {
    const PUBLIC: [&str; 10] =
        ["method", "app_key", "timestamp", "v", "sign_method", "sign", "session", "format", "simplify", "partner_id"];
    let mut shape = Shape::new(Names::Wire);
    for field in text.split("-d '").skip(1) {
        let field = &field[..field.find('\'').unwrap_or(field.len())];
        let Some((name, value)) = field.split_once('=') else { continue };
        if PUBLIC.contains(&name) || name == "target_app_key" {
            continue;
        }
        let node = shape.add(0, name);
        let value = decoded(value);
        let json = Json::tolerant(&value);
        match json.root() {
            Some(root) if matches!(json.kind(root), Kind::Object | Kind::Array) => copy(&mut shape, node, &json, root),
            _ => shape.nodes[node as usize].value = value,
        }
    }
    (!shape.is_empty()).then_some(shape)
}

/// Copies what is inside a JSON value below `node`.
fn copy(shape: &mut Shape, node: u32, json: &Json<'_>, value: usize) {
    let mut work = vec![(node, value)];
    while let Some((node, value)) = work.pop() {
        match json.kind(value) {
            Kind::Object => {
                for member in json.children(value) {
                    let child = shape.add(node, &json.key(member));
                    work.push((child, member));
                }
            }
            Kind::Array => {
                shape.nodes[node as usize].array = true;
                let objects: Vec<usize> =
                    json.children(value).filter(|&item| json.kind(item) == Kind::Object).collect();
                // Several items are one that has the members of all.
                let mut known = std::collections::HashSet::new();
                for (index, &object) in objects.iter().enumerate() {
                    for member in json.children(object) {
                        if known.insert(json.key(member).into_owned()) || index == 0 {
                            let child = shape.add(node, &json.key(member));
                            work.push((child, member));
                        }
                    }
                }
                if objects.is_empty() {
                    let first = json.children(value).next();
                    shape.nodes[node as usize].value =
                        first.and_then(|item| json.text(item)).unwrap_or_default().into_owned();
                }
            }
            Kind::String | Kind::Bare => {
                shape.nodes[node as usize].value = json.text(value).unwrap_or_default().into_owned();
            }
            Kind::Null => {}
        }
    }
}

/// A form value: `+` is a blank, `%41` a byte.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
