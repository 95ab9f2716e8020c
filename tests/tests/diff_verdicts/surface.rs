//! All that a program can use of a module, and a program that does.

use std::collections::BTreeSet;

use topsdk_codegen::names::{Field, Names, Struct, Type};
use topsdk_spec::{Basic, Side};

/// What a module offers. It is read off the names and shapes that the emitter writes out, not off the spec.
pub(crate) struct Surface {
    /// `Item.id: Option<i64>`, `Item::new(id: i64)`, …: one text for each thing that a program can rely on.
    pub(crate) facts: BTreeSet<String>,
    /// A program that relies on each.
    pub(crate) program: String,
}

impl Surface {
    pub(crate) fn of(names: &Names<'_>) -> Surface {
        let mut surface = Surface { facts: BTreeSet::new(), program: String::new() };
        for (index, object) in names.structs.iter().enumerate() {
            surface.object(names, object, index);
        }
        let (Some(request), Some(response)) = (names.request(), names.response()) else { return surface };
        surface.facts.insert(format!("{}: Request<Response = {}>", request.ident, response.ident));
        let (request, response) = (&request.ident, &response.ident);
        surface.program.push_str(&format!(
            "pub fn call() -> <api::{request} as topsdk::Request>::Response {{ api::{response}::default() }}\n"
        ));
        surface
    }

    fn object(&mut self, names: &Names<'_>, object: &Struct<'_>, index: usize) {
        let ident = &object.ident;
        self.facts.insert(format!("struct {ident}"));
        let mut reads = String::new();
        for field in &object.fields {
            let ty = field_type(names, field);
            self.facts.insert(format!("{ident}.{}: {ty}", field.ident));
            reads.push_str(&format!("    let _: &{ty} = &value.{};\n", raw(&field.ident)));
        }
        self.program
            .push_str(&format!("pub fn read_{index}(value: &api::{ident}) {{\n{reads}    let _ = value;\n}}\n"));
        if object.side == Side::Request {
            self.constructor(names, object, index);
        }
    }

    fn constructor(&mut self, names: &Names<'_>, object: &Struct<'_>, index: usize) {
        let ident = &object.ident;
        let typed = |field: &Field<'_>| format!("{}: {}", raw(&field.ident), value_type(names, field));
        let mut arguments: Vec<String> = object.required().map(typed).collect();
        let values: Vec<String> = object.required().map(|field| raw(&field.ident)).collect();
        let new = match &object.bundle {
            Some(bundle) => {
                let fields: BTreeSet<String> = arguments.iter().cloned().collect();
                self.facts.insert(format!("{ident}::new({bundle} {fields:?})"));
                format!("api::{ident}::new(api::{bundle} {{ {} }})", values.join(", "))
            }
            None => {
                self.facts.insert(format!("{ident}::new({})", arguments.join(", ")));
                format!("api::{ident}::new({})", values.join(", "))
            }
        };
        let mut setters = String::new();
        for field in object.fields.iter().filter(|field| !field.required) {
            self.facts.insert(format!("{ident}::with_{}({})", field.ident, value_type(names, field)));
            setters.push_str(&format!(".with_{}({})", field.ident, raw(&field.ident)));
            arguments.push(typed(field));
        }
        let arguments = arguments.join(", ");
        self.program.push_str(&format!("pub fn make_{index}({arguments}) -> api::{ident} {{ {new}{setters} }}\n"));
    }
}

fn field_type(names: &Names<'_>, field: &Field<'_>) -> String {
    let value = value_type(names, field);
    match (field.list, field.boxed) {
        (true, _) => value,
        (false, false) => format!("Option<{value}>"),
        (false, true) => format!("Option<Box<{value}>>"),
    }
}

fn value_type(names: &Names<'_>, field: &Field<'_>) -> String {
    let item = match field.ty {
        Type::Basic(Basic::String) => "String".to_owned(),
        Type::Basic(Basic::Number) => "i64".to_owned(),
        Type::Basic(Basic::Boolean) => "bool".to_owned(),
        Type::Basic(Basic::Date) => "topsdk::Date".to_owned(),
        Type::Basic(Basic::Decimal) => "topsdk::Decimal".to_owned(),
        Type::Basic(Basic::Json) => "topsdk::Json".to_owned(),
        Type::Basic(Basic::File) => "topsdk::File".to_owned(),
        Type::Object(index) => format!("api::{}", names.structs[index].ident),
    };
    if field.list { format!("Vec<{item}>") } else { item }
}

fn raw(ident: &str) -> String {
    if ident == "type" { "r#type".to_owned() } else { ident.to_owned() }
}
