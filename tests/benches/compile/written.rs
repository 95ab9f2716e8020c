//! Replaces the derive macros in a generated module with their output: the same tokens, but no macros.

use quote::ToTokens;
use syn::{Item, ItemStruct, LitStr, Type, ext::IdentExt};
use topsdk_spec::item_name;

/// The maximum number of fields of one function in `codec::derived`.
const MOST: usize = 16;

/// Returns the implementations of all structs of a module.
pub(crate) fn implementations(module: &str) -> String {
    let file = syn::parse_file(module).unwrap();
    let structs = file.items.iter().filter_map(|item| match item {
        Item::Struct(object) => implementation(object),
        _ => None,
    });
    structs.collect()
}

/// Returns the implementation, or `None` for a struct that derives nothing of ours: the required parameters of a
/// constructor.
fn implementation(object: &ItemStruct) -> Option<String> {
    let role = ["Object", "Request", "Response"].into_iter().find(|role| {
        let derive = object.attrs.iter().find(|attr| attr.path().is_ident("derive"));
        derive.is_some_and(|derive| derive.to_token_stream().to_string().contains(&format!(":: topsdk :: {role}")))
    })?;
    let ident = &object.ident;
    let mut item = item_name(&ident.to_string());
    let (mut method, mut response) = (String::new(), String::new());
    top(&object.attrs, |meta| {
        if meta.path.is_ident("item") {
            item = meta.value()?.parse::<LitStr>()?.value();
        } else if meta.path.is_ident("method") {
            method = meta.value()?.parse::<LitStr>()?.value();
        } else {
            response = meta.value()?.parse::<Type>()?.to_token_stream().to_string();
        }
        Ok(())
    });
    let (mut names, mut required, mut items) = (String::new(), String::new(), String::new());
    for (index, field) in object.fields.iter().enumerate() {
        let mut name = field.ident.as_ref().unwrap().unraw().to_string();
        top(&field.attrs, |meta| {
            if meta.path.is_ident("name") {
                name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("required") {
                required.push_str(&format!("{index}, "));
            } else {
                let item = meta.value()?.parse::<LitStr>()?.value();
                items.push_str(&format!("({index}, ::std::borrow::Cow::Borrowed({item:?})), "));
            }
            Ok(())
        });
        names.push_str(&format!("{name:?}, "));
    }
    let slot = calls(object, "slot", "&mut ", "Slot::Unknown");
    let view = calls(object, "view", "&", "View::Absent");
    let mut written = format!(
        "
#[automatically_derived]
impl ::topsdk::codec::Record for {ident} {{
    const SCHEMA: ::topsdk::codec::Schema<'static> = ::topsdk::codec::Schema {{ item: {item:?}, names: &[{names}], required: &[{required}], items: &[{items}] }};
    #[inline] fn slot_at(&mut self, index: ::core::primitive::usize) -> ::topsdk::codec::Slot<'_> {{ {slot} }}
    #[inline] fn view_at(&self, index: ::core::primitive::usize) -> ::topsdk::codec::View<'_> {{ {view} }}
}}
"
    );
    match role {
        "Request" => written.push_str(&format!(
            "#[automatically_derived] impl ::topsdk::codec::Request for {ident} {{ const METHOD: &'static \
             ::core::primitive::str = {method:?}; type Response = {response}; }}\n"
        )),
        "Response" => {
            written.push_str(&format!("#[automatically_derived] impl ::topsdk::codec::Response for {ident} {{}}\n"));
        }
        _ => {}
    }
    Some(written)
}

/// Parses the `#[top(…)]` attributes.
fn top(attrs: &[syn::Attribute], mut read: impl FnMut(syn::meta::ParseNestedMeta<'_>) -> syn::Result<()>) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("top")) {
        attr.parse_nested_meta(&mut read).unwrap();
    }
}

/// Returns the body of one of the two functions.
fn calls(object: &ItemStruct, function: &str, borrowed: &str, none: &str) -> String {
    let fields: Vec<_> = object.fields.iter().collect();
    let is_boxed = |field: &syn::Field| field.ty.to_token_stream().to_string().contains("Box <");
    let mut start = 0;
    let mut arms = String::new();
    let mut only = None;
    for run in fields.chunk_by(|one, next| !is_boxed(one) && !is_boxed(next)).flat_map(|run| run.chunks(MOST)) {
        let arguments = run.iter().map(|field| format!("{borrowed}self.{}", field.ident.as_ref().unwrap()));
        let arguments = arguments.collect::<Vec<_>>().join(", ");
        let call = match run {
            [field] if is_boxed(field) => {
                format!("::topsdk::codec::{}::boxed({arguments})", none.split("::").next().unwrap())
            }
            _ => {
                let index = if start == 0 { "index".to_owned() } else { format!("index - {start}") };
                let call = format!("::topsdk::codec::derived::{function}_{}({index}, {arguments})", run.len());
                only = (run.len() == fields.len()).then(|| call.clone());
                call
            }
        };
        arms.push_str(&format!("{start}..{} => {call}, ", start + run.len()));
        start += run.len();
    }
    only.unwrap_or_else(|| format!("match index {{ {arms} _ => ::topsdk::codec::{none} }}"))
}
