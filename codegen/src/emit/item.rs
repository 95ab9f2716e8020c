//! A module's structs, their constructors and setters.
//!
//! Everything is named by an absolute path (`::topsdk::Date`). Names of the prelude stand plain, as they read better, unless the
//! page has a type of that name: then they are absolute too.

use topsdk_spec::{Api, Side, item_name};

use super::code::Code;
use super::docs;
use super::path::raw;
use crate::names::{Field, Names, Struct, Type};

/// Names of the prelude that generated code uses, with their absolute paths.
const PRELUDE: [(&str, &str); 6] = [
    ("Box", "::std::boxed::Box"),
    ("Into", "::std::convert::Into"),
    ("IntoIterator", "::std::iter::IntoIterator"),
    ("Option", "::std::option::Option"),
    ("String", "::std::string::String"),
    ("Vec", "::std::vec::Vec"),
];

/// Writes all structs of an API.
pub(super) fn items(code: &mut Code, api: &Api, names: &Names<'_>) {
    let scope = Scope { names };
    for (index, object) in names.structs.iter().enumerate() {
        code.gap();
        scope.item(code, api, object, index);
    }
}

struct Scope<'n, 'a> {
    names: &'n Names<'a>,
}

impl Scope<'_, '_> {
    fn item(&self, code: &mut Code, api: &Api, object: &Struct<'_>, index: usize) {
        let ident = &object.ident;
        let is_response = index == self.names.response;
        let is_root = index == 0 || is_response;
        code.docs("///", &docs::object(api, object, is_root));
        let (derive, documented) = match (is_root, object.side) {
            (true, Side::Request) => ("Request", api.method.as_str()),
            (true, Side::Response) => ("Response", ""),
            (false, _) => ("Object", object.word),
        };
        // No `PartialEq`: `topsdk::codec::equal` (ARCHITECTURE.md, "What the catalogue costs to compile").
        code.line(&format!("#[derive(Clone, Debug, Default, ::topsdk::{derive})]"));
        if derive == "Request" {
            let response = self.names.response().map_or("", |response| response.ident.as_str());
            code.attribute("top", &[format!("method = {:?}", api.method), format!("response = {response}")]);
        } else if derive == "Object" {
            let item = item_name(object.word);
            if item_name(ident) != item && is_element(&item) {
                code.attribute("top", &[format!("item = {item:?}")]);
            }
        }
        alias(code, documented, ident);
        code.line("#[non_exhaustive]");
        if object.fields.is_empty() {
            code.line(&format!("pub struct {ident} {{}}"));
        } else {
            code.block(&format!("pub struct {ident}"), |code| {
                object.fields.iter().for_each(|field| self.field(code, field));
            });
        }
        if object.side == Side::Request {
            code.gap();
            self.methods(code, object, is_root);
            self.bundle(code, object);
        }
    }

    fn field(&self, code: &mut Code, field: &Field<'_>) {
        code.docs("///", &docs::field(field));
        let wire = &field.param.name;
        let name = (wire != &field.ident).then(|| format!("name = {wire:?}"));
        let required = field.required.then(|| "required".to_owned());
        let item = self.list_item(field).map(|item| format!("item = {item:?}"));
        let facts: Vec<String> = [name, required, item].into_iter().flatten().collect();
        if !facts.is_empty() {
            code.attribute("top", &facts);
        }
        alias(code, wire, &field.ident);
        let ty = self.value_type(field);
        let ty = match (field.list, field.boxed) {
            (true, _) => ty,
            (false, false) => format!("{}<{ty}>", self.prelude("Option")),
            (false, true) => format!("{}<{}<{ty}>>", self.prelude("Option"), self.prelude("Box")),
        };
        code.line(&format!("pub {}: {ty},", raw(&field.ident)));
    }

    /// The item name of a list, where it is not the one that the macro knows from the field's type.
    fn list_item(&self, field: &Field<'_>) -> Option<String> {
        let usual = match field.ty {
            _ if !field.list => return None,
            Type::String => "string",
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Json => "json",
            // Two documented words are decimals.
            Type::Decimal => "",
            // The struct knows its own.
            Type::Object(_) | Type::File => return None,
        };
        let item = item_name(&field.param.type_name);
        (item != usual && is_element(&item)).then_some(item)
    }

    /// The constructor and the setters of a request or an object in one.
    fn methods(&self, code: &mut Code, object: &Struct<'_>, is_root: bool) {
        code.block(&format!("impl {}", object.ident), |code| {
            self.constructor(code, object, is_root);
            for field in object.fields.iter().filter(|field| !field.required) {
                code.gap();
                self.setter(code, field);
            }
        });
    }

    /// The struct of required fields, where they are too many for arguments.
    fn bundle(&self, code: &mut Code, object: &Struct<'_>) {
        let Some(bundle) = &object.bundle else { return };
        code.gap();
        code.docs("///", &[format!("What a [`{}`] must have.", object.ident)]);
        code.line("#[derive(Clone, Debug)]");
        code.block(&format!("pub struct {bundle}"), |code| {
            for field in object.required() {
                code.docs("///", &docs::field(field));
                code.line(&format!("pub {}: {},", raw(&field.ident), self.value_type(field)));
            }
        });
    }

    fn constructor(&self, code: &mut Code, object: &Struct<'_>, is_root: bool) {
        let required: Vec<&Field<'_>> = object.required().collect();
        let what = if is_root { "A request" } else { "An object" };
        if required.is_empty() {
            code.docs("///", &[format!("{what} without parameters.")]);
            return code.block("pub fn new() -> Self", |code| code.line("Self::default()"));
        }
        code.docs("///", &[format!("{what} with the parameters that it must have.")]);
        let arguments = match &object.bundle {
            Some(bundle) => format!("required: {bundle}"),
            None => {
                let argument = |field: &&Field<'_>| format!("{}: {}", raw(&field.ident), self.argument_type(field));
                required.iter().map(argument).collect::<Vec<_>>().join(", ")
            }
        };
        let value = |field: &&Field<'_>| {
            let ident = raw(&field.ident);
            let value = match &object.bundle {
                Some(_) => self.stored(field, &format!("required.{ident}"), true),
                None => self.stored(field, &ident, false),
            };
            format!("{ident}: {value}")
        };
        let mut values: Vec<String> = required.iter().map(value).collect();
        if required.len() < object.fields.len() {
            values.push("..Self::default()".to_owned());
        }
        code.block(&format!("pub fn new({arguments}) -> Self"), |code| code.literal("Self", &values));
    }

    fn setter(&self, code: &mut Code, field: &Field<'_>) {
        let ident = raw(&field.ident);
        code.docs("///", &[format!("Sets `{}`.", field.ident)]);
        code.line("#[must_use]");
        let (name, ty) = (&field.ident, self.argument_type(field));
        code.block(&format!("pub fn with_{name}(mut self, {ident}: {ty}) -> Self"), |code| {
            code.line(&format!("self.{ident} = {};", self.stored(field, &ident, false)));
            code.line("self");
        });
    }

    /// The type of the value in the field; of the list, where it is one.
    fn value_type(&self, field: &Field<'_>) -> String {
        let ty = self.item_type(field);
        match field.list {
            true => format!("{}<{ty}>", self.prelude("Vec")),
            false => ty.to_owned(),
        }
    }

    fn item_type(&self, field: &Field<'_>) -> &str {
        match field.ty {
            Type::String => self.prelude("String"),
            Type::Number => "i64",
            Type::Boolean => "bool",
            Type::Date => "::topsdk::Date",
            Type::Decimal => "::topsdk::Decimal",
            Type::Json => "::topsdk::Json",
            Type::File => "::topsdk::File",
            Type::Object(index) => self.names.structs.get(index).map_or("", |object| object.ident.as_str()),
        }
    }

    /// What a caller may give: anything that is a text, any list.
    fn argument_type(&self, field: &Field<'_>) -> String {
        let into = self.prelude("Into");
        match (field.ty, field.list) {
            (Type::String, true) => {
                let (iterator, string) = (self.prelude("IntoIterator"), self.prelude("String"));
                format!("impl {iterator}<Item = impl {into}<{string}>>")
            }
            (Type::String, false) | (_, true) => format!("impl {into}<{}>", self.value_type(field)),
            (_, false) => self.item_type(field).to_owned(),
        }
    }

    /// The argument as the field keeps it. `exact`: it has the field's own type.
    fn stored(&self, field: &Field<'_>, value: &str, exact: bool) -> String {
        match (field.ty, field.list) {
            (_, true) if exact => value.to_owned(),
            (Type::String, true) => format!("{value}.into_iter().map({}::into).collect()", self.prelude("Into")),
            (_, true) => format!("{value}.into()"),
            (Type::String, false) if !exact => format!("Some({value}.into())"),
            (_, false) if field.boxed => format!("Some({}::new({value}))", self.prelude("Box")),
            (_, false) => format!("Some({value})"),
        }
    }

    /// A name of the prelude, or its absolute path where the module has a type of that name.
    fn prelude(&self, name: &'static str) -> &'static str {
        let is_hidden =
            self.names.structs.iter().any(|object| object.ident == name || object.bundle.as_deref() == Some(name));
        match PRELUDE.iter().find(|(plain, _)| is_hidden && *plain == name) {
            Some((_, absolute)) => absolute,
            None => name,
        }
    }
}

/// The documented name for rustdoc's search. rustdoc refuses empty ones, quotes, and blanks at the ends.
fn alias(code: &mut Code, documented: &str, ident: &str) {
    let is_taken = |letter: char| letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\'');
    if !documented.is_empty() && documented != ident && !documented.contains(is_taken) {
        code.attribute("doc", &[format!("alias = {documented:?}")]);
    }
}

/// Whether a word can be the name of an element at all: it may come from a type cell that says anything.
fn is_element(item: &str) -> bool {
    item.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && item.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.'))
}
