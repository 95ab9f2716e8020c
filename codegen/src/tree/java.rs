//! The shape of a Java sample: `A obj1 = new A(); obj1.setX(…); req.setA(obj1);`.
//!
//! An object is set on its parent after its own setters, so the order of the setters of one variable is the order of
//! the rows of one object. A list of objects is set like one object, or by `list2.add(obj3); obj1.setItems(list2);`.

use std::collections::HashMap;

use super::shape::{Names, Shape};
use crate::read::json::unescape;

/// What one statement does to a variable.
enum Call<'t> {
    Set { variable: &'t str, name: &'t str, value: &'t str },
    Add { variable: &'t str, value: &'t str },
}

/// Reads the shape of a Java text; `None` where it has no request variable.
pub(super) fn shape(text: &str) -> Option<Shape> {
    let mut calls: HashMap<&str, Vec<(&str, &str)>> = HashMap::new();
    let mut request = None;
    let mut executed = false;
    for statement in statements(text) {
        if let Some(argument) = statement.find(".execute(").map(|at| &statement[at + 9..]) {
            request = Some(argument.split([',', ')']).next().unwrap_or_default().trim());
            executed = true;
        }
        match call(statement) {
            Some(Call::Set { variable, name, value }) => calls.entry(variable).or_default().push((name, value)),
            // An item of a list: the list has what its items have.
            Some(Call::Add { variable, value }) => calls.entry(variable).or_default().push(("", value)),
            None => {}
        }
    }
    let request = request.filter(|name| !name.is_empty()).unwrap_or("req");
    let mut shape = Shape::new(Names::Java);
    shape.complete = executed;
    let mut work = vec![(0, request)];
    // Each variable's setters are used once: a variable that is set on itself must not nest for ever.
    while let Some((node, variable)) = work.pop() {
        for (name, value) in calls.remove(variable).unwrap_or_default() {
            let child = if name.is_empty() { node } else { shape.add(node, name) };
            if calls.contains_key(value) {
                work.push((child, value));
            } else if child != node {
                shape.nodes[child as usize].value = literal(value);
            }
        }
    }
    (executed || !shape.is_empty()).then_some(shape)
}

/// The statements of a text; a `;` inside a string does not end one.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= bytes.len() {
            return None;
        }
        let mut at = start;
        let mut quoted = false;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b';' if !quoted => break,
                _ => {}
            }
            at += 1;
        }
        let statement = text.get(start..at.min(bytes.len())).unwrap_or_default();
        start = at + 1;
        Some(statement.trim())
    })
}

fn call(statement: &str) -> Option<Call<'_>> {
    let (variable, rest) = statement.split_once('.')?;
    if variable.is_empty() || !variable.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
        return None;
    }
    let (method, rest) = rest.split_once('(')?;
    let value = rest.strip_suffix(')')?.trim();
    match method {
        "add" => Some(Call::Add { variable, value }),
        _ => Some(Call::Set { variable, name: method.strip_prefix("set")?, value }),
    }
}

/// The value that a Java expression stands for, as the page's cell 示例值 writes it; nothing where it stands for none.
fn literal(expression: &str) -> String {
    if let Some(open) = expression.find('"') {
        let inner = &expression[open + 1..];
        let inner = &inner[..inner.rfind('"').unwrap_or(inner.len())];
        return if expression.starts_with("new ") { String::new() } else { unescape(inner).into_owned() };
    }
    let digits = expression.strip_suffix(['L', 'l', 'D', 'd', 'F', 'f']);
    match digits {
        Some(digits) if digits.parse::<f64>().is_ok() || digits.is_empty() => digits.to_owned(),
        _ if expression == "null" => String::new(),
        _ => expression.to_owned(),
    }
}
