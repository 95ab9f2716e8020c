//! What a crate has already, read back from its own files: a crate that is generated over itself keeps its modules, and the
//! names of items in them, whatever is added to its specs.
//!
//! Only names that more than one item wishes for are ever looked up, so hardly a file is read here. What does not read like
//! something that was generated is passed over.

use std::collections::BTreeMap;

use syn::{Attribute, Fields, Item, ItemStruct, LitStr};
use topsdk_spec::{Api, Side};

use super::markdown::documented;
use crate::names::{Held, Key, Module, Names};

/// The text of a file of the crate, by its path; `None` where there is none.
pub type Before<'b> = &'b (dyn Fn(&str) -> Option<String> + Sync);

/// How the documentation of a struct says which type it is.
pub(super) const TYPE: &str = "The documented type ";
/// The same where the page gives the object no type.
pub(super) const UNNAMED: &str = "An object without a documented type";
/// What stands before the place of a struct that is for that place alone.
pub(super) const PLACE: &str = ", at ";

/// Where the index of a crate says that its modules are.
pub(super) fn modules(index: &str) -> BTreeMap<String, Module> {
    let row = |line: &str| {
        let (method, rest) = line.strip_prefix("//! | [`")?.split_once("`](<../")?;
        let (module, _) = rest.split_once("/index.html>)")?;
        let module = Module::of(method).named(module.rsplit('/').next()?)?;
        Some((method.to_owned(), module))
    };
    index.lines().filter_map(row).collect()
}

/// The names of an API's items: those that they have in the module `before`, where more than one item wishes for a name.
pub(crate) fn after<'a>(api: &'a Api, held: &Held, before: impl FnOnce() -> Option<String>) -> Names<'a> {
    let names = Names::after(api, held);
    if names.contested().0.is_empty() {
        return names;
    }
    match before() {
        Some(before) => Names::after(api, &held.clone().or(&self::names(&before))),
        None => names,
    }
}

/// The names of the items in a module.
pub(crate) fn names(module: &str) -> Held {
    let mut held = Held::default();
    let Ok(file) = syn::parse_file(module) else { return held };
    let mut side = Side::Request;
    let mut last = None;
    for item in &file.items {
        let Item::Struct(item) = item else { continue };
        let ident = item.ident.to_string();
        let key = match derived(item).as_deref() {
            Some("Request") => Key::root(side),
            Some("Response") => {
                side = Side::Response;
                Key::root(side)
            }
            Some("Object") => {
                let Some(key) = object(item, side) else { continue };
                held.0.insert(key.to_string(), ident);
                key
            }
            _ => {
                held.0.extend(last.take().map(|key: Key| (key.bundle(), ident)));
                continue;
            }
        };
        if let Fields::Named(fields) = &item.fields {
            for field in &fields.named {
                let Some(ident) = &field.ident else { continue };
                let ident = ident.to_string();
                let ident = ident.strip_prefix("r#").unwrap_or(&ident);
                let wire = wire_name(&field.attrs).unwrap_or_else(|| ident.to_owned());
                held.0.insert(key.field(&wire), ident.to_owned());
            }
        }
        last = Some(key);
    }
    held
}

/// The last word of the paths that are derived and not of the standard library.
fn derived(item: &ItemStruct) -> Option<String> {
    let mut found = None;
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // What is no list of paths is no attribute of ours.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.leading_colon.is_some() {
                found = meta.path.segments.last().map(|word| word.ident.to_string());
            }
            Ok(())
        });
    }
    found
}

/// Which type a struct is.
fn object(item: &ItemStruct, side: Side) -> Option<Key> {
    let line = item.attrs.iter().find_map(|attribute| {
        let value = &attribute.path().is_ident("doc").then(|| attribute.meta.require_name_value().ok())??.value;
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = value else { return None };
        Some(line.value())
    })?;
    let line = line.trim().strip_suffix('.')?;
    let (word, rest) = match line.strip_prefix(TYPE) {
        Some(rest) => documented(rest)?,
        None => (String::new(), line.strip_prefix(UNNAMED)?),
    };
    match rest.strip_prefix(PLACE) {
        Some(place) => Some(Key::object(side, &word).at(&documented(place)?.0)),
        None => rest.is_empty().then(|| Key::object(side, &word)),
    }
}

/// `#[top(name = "…")]`.
fn wire_name(attributes: &[Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("top")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if let Ok(value) = meta.value() {
                let value: LitStr = value.parse()?;
                name = meta.path.is_ident("name").then(|| value.value()).or(name.take());
            }
            Ok(())
        });
    }
    name
}
