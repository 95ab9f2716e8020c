//! Proposes overrides from captured responses: `add` for an undocumented field, another `type` for a value that does not
//! fit the documented type.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use toml_edit::{Array, InlineTable, Value as Toml};
use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Anomaly, Date, Decimal, Decoder, Envelope};
use topsdk_spec::{Api, Basic, Param};

use super::member::{Member, fields, joined};
use crate::check::overrides::Overrides;
use crate::samples::{Node, Sample, Value};

/// Maximum number of passes over the responses. Each pass applies the overrides found so far: a corrected object may reveal
/// more fields.
const ROUNDS: usize = 8;

/// A captured response body.
pub struct Captured {
    /// Name used in the `reason` of an override, such as the file name.
    pub name: String,
    /// The body, in UTF-8.
    pub body: Vec<u8>,
}

/// A proposed override file, and the anomalies that it does not cover.
pub struct Corrections {
    /// Content of a file for `spec/overrides`. `None` if there is nothing to correct.
    pub file: Option<String>,
    /// Anomalies that no override can correct, such as a repeated member or a broken entity, each with the name of its
    /// response.
    pub left: Vec<(String, Anomaly)>,
}

/// Proposes overrides of `api`. The reason of each names the captured value. Responses that cannot be decoded are ignored.
pub fn corrections(api: &Api, captured: &[Captured]) -> Corrections {
    let responses = captured.iter().map(|captured| {
        let text = std::str::from_utf8(&captured.body).unwrap_or_default();
        let is_xml = text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
        (text, if is_xml { Sample::xml(text) } else { Sample::json(text) })
    });
    let mut corrector = Corrector { api, captured, responses: responses.collect(), members: BTreeMap::new() };
    let mut left = Vec::new();
    for _ in 0..ROUNDS {
        let corrected = corrector.corrected();
        left.clear();
        let mut has_more = false;
        for (index, captured) in captured.iter().enumerate() {
            let Some(Envelope { unknown, anomalies, .. }) = decode(&corrected, captured) else { continue };
            let unknown = unknown.into_iter().map(|found| (found, false));
            for (found, is_documented) in unknown.chain(anomalies.into_iter().map(|found| (found, true))) {
                match corrector.member(&found, index, is_documented) {
                    Some(member) => {
                        let values = corrector.members.entry(member).or_default();
                        has_more |= values.insert((index, found.offset), found.found).is_none();
                    }
                    None => left.push((captured.name.clone(), found)),
                }
            }
        }
        if !has_more {
            break;
        }
    }
    let overrides: Vec<_> = corrector.members.keys().flat_map(|member| corrector.overrides(member)).collect();
    Corrections { file: (!overrides.is_empty()).then(|| file(api, &overrides)), left }
}

fn decode(api: &Api, captured: &Captured) -> Option<Envelope> {
    let response = DynamicType::response(api);
    let decoder = Decoder::new().for_method(api.method.clone()).report_unknown(true);
    decoder.decode_into(&captured.body, &mut DynamicObject::new(&response)).ok()
}

fn file(api: &Api, overrides: &[String]) -> String {
    format!("method = {}\n\n{}", toml(&api.method), overrides.join("\n"))
}

/// The API, the responses, and what was found in them so far.
struct Corrector<'s> {
    api: &'s Api,
    captured: &'s [Captured],
    /// Each response as text and as a tree.
    responses: Vec<(&'s str, Sample)>,
    /// The values of each member as text, by response and byte offset.
    members: BTreeMap<Member, BTreeMap<(usize, usize), String>>,
}

/// A value together with the text of its response.
#[derive(Clone, Copy)]
struct SampleValue<'s> {
    node: &'s Node,
    text: &'s str,
}

impl Corrector<'_> {
    /// Returns the API with all overrides that apply. An override that does not, for example because a name is not unique,
    /// is skipped here; its anomaly stays in the report.
    fn corrected(&self) -> Api {
        let mut corrected = self.api.clone();
        for member in self.members.keys() {
            if let Ok(overrides) = Overrides::parse("", &file(self.api, &self.overrides(member))) {
                // On an error, the API is unchanged.
                let _ = overrides.apply(&mut corrected);
            }
        }
        corrected
    }

    /// Returns the value at a byte offset of a response.
    fn value(&self, response: usize, offset: usize) -> Option<SampleValue<'_>> {
        let (text, sample) = self.responses.get(response)?;
        Some(SampleValue { node: node_at(sample.root.as_ref()?, text, offset)?, text })
    }

    /// Returns the member that an anomaly is about. Returns `None` if no override can correct the anomaly, or if an added
    /// member contains it.
    fn member(&self, found: &Anomaly, response: usize, is_documented: bool) -> Option<Member> {
        const OF_THE_TEXT: [&str; 4] = ["no second value", "text", "elements", "an item"];
        if is_documented && (found.path.is_empty() || OF_THE_TEXT.contains(&&*found.expected)) {
            return None;
        }
        self.value(response, found.offset)?;
        let member = Member::resolve(&self.api.response, &found.path)?;
        let is_inside = |added: &Member| {
            let after = member.name.strip_prefix(&*added.name);
            let is_below = after.is_some_and(|after| after.starts_with(['.', '[']));
            is_below && !added.is_documented && member.object == added.object
        };
        (member.is_documented == is_documented && !self.members.keys().any(is_inside)).then_some(member)
    }

    /// Returns the overrides of a member as TOML, one text for each.
    fn overrides(&self, member: &Member) -> Vec<String> {
        let Member { object, name, is_documented } = member;
        let Some(found) = self.members.get(member) else { return Vec::new() };
        let Some(((response, _), first)) = found.first_key_value() else { return Vec::new() };
        let values: Vec<_> = found.keys().filter_map(|(response, offset)| self.value(*response, *offset)).collect();
        let mut param = infer(name, &values);
        let more = match found.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more like it"),
        };
        let entry = |path: &str, keys: &str, reason: &str| {
            let reason = toml(format!("{reason} {first:?} in {}{more}", self.captured[*response].name));
            format!("[[override]]\nside = \"response\"\npath = {}\n{keys}reason = {reason}\n", toml(path))
        };
        if !is_documented {
            name_types(self.api, std::slice::from_mut(&mut param));
            return vec![entry(object, &format!("add = {}\n", inline(&param)), "not on the page; captured")];
        }
        let path = joined(object, name);
        let mut fields = fields(&self.api.response, object).iter().skip_while(|field| field.name != *name);
        let Some(page) = fields.next() else { return Vec::new() };
        let reason = format!("the page says {}{}; captured", page.type_name, if page.list { " []" } else { "" });
        if page.is_object() == param.is_object() {
            let mut keys = String::new();
            if !page.is_object() && param.type_name != page.type_name {
                keys.push_str(&format!("type = {}\n", toml(&param.type_name)));
            } else if param.list == page.list {
                // The value looks like the documented type but cannot be decoded as it.
                keys.push_str("type = \"String\"\n");
            }
            if param.list && !page.list {
                keys.push_str("list = true\n");
            }
            return vec![entry(&path, &keys, &reason)];
        }
        // Changing `type` neither removes nor adds fields: drop the field and add it again.
        param.description.clone_from(&page.description);
        name_types(self.api, std::slice::from_mut(&mut param));
        let before = fields.next().map(|next| format!("before = {}\n", toml(&next.name))).unwrap_or_default();
        let keys = format!("add = {}\n{before}", inline(&param));
        vec![entry(&path, "drop = true\n", &reason), entry(object, &keys, &reason)]
    }
}

/// Returns the value that starts at a byte offset, or whose name does. A JSON name starts at its quotation mark; for XML,
/// the offset is that of the `<`.
fn node_at<'s>(node: &'s Node, text: &str, offset: usize) -> Option<&'s Node> {
    let rest = text.get(offset..)?;
    let is_tag = rest.starts_with('<') && !rest.starts_with("<!");
    let name_start = offset + usize::from(is_tag);
    let begins_with_name = !node.name.is_empty() && node.name_span.start == name_start;
    // At a `<`, only compare names: the content of an element may begin with the tag of another element.
    if begins_with_name || (!is_tag && node.span.start == offset) {
        return Some(node);
    }
    let (Value::Members(inside) | Value::Items(inside)) = &node.value else { return None };
    let before = inside.partition_point(|node| node.name_span.start.min(node.span.start) <= name_start);
    node_at(inside[..before].last()?, text, offset)
}

fn toml(value: impl Into<Toml>) -> String {
    value.into().to_string()
}

fn inline(param: &Param) -> InlineTable {
    let fields = || Array::from_iter(param.fields.iter().map(inline)).into();
    let members: [Option<(&str, Toml)>; 5] = [
        Some(("name", (&param.name).into())),
        Some(("type", (&param.type_name).into())),
        param.list.then(|| ("list", true.into())),
        (!param.description.is_empty()).then(|| ("description", (&param.description).into())),
        param.is_object().then(|| ("fields", fields())),
    ];
    members.into_iter().flatten().collect()
}

/// Gives each object a type name derived from its own name. It is neither a basic type nor used on the page.
fn name_types(api: &Api, params: &mut [Param]) {
    for param in params.iter_mut().filter(|param| param.is_object()) {
        let name = param.name.to_upper_camel_case();
        let is_taken =
            |name: &str| Basic::of(name).is_some() || has_type(&api.request, name) || has_type(&api.response, name);
        let mut type_name = if name.is_empty() { "Added".to_owned() } else { name };
        while is_taken(&type_name) {
            type_name.push_str("Info");
        }
        param.type_name = type_name;
        name_types(api, &mut param.fields);
    }
}

fn has_type(params: &[Param], name: &str) -> bool {
    params.iter().any(|param| param.type_name == name || has_type(&param.fields, name))
}

/// Infers the parameter that all of these values fit.
fn infer(name: &str, values: &[SampleValue<'_>]) -> Param {
    let list = values.iter().any(|value| value.items().is_some());
    let mut members: Vec<(&str, Vec<SampleValue<'_>>)> = Vec::new();
    let mut types = Vec::new();
    for item in values.iter().flat_map(|value| value.items().unwrap_or_else(|| vec![*value])) {
        let Value::Members(inside) = &item.node.value else {
            types.extend(item.type_name());
            continue;
        };
        for node in inside {
            let value = SampleValue { node, ..item };
            match members.iter_mut().find(|(name, _)| *name == node.name) {
                Some((_, values)) => values.push(value),
                None => members.push((&node.name, vec![value])),
            }
        }
    }
    let mut param = Param { name: name.to_owned(), list, ..Param::default() };
    match (members.is_empty(), types.into_iter().reduce(both)) {
        (true, type_name) => param.type_name = type_name.unwrap_or("String").to_owned(),
        (false, None) if members.iter().all(|(name, _)| !name.is_empty()) => {
            param.fields = members.iter().map(|(name, values)| infer(name, values)).collect();
        }
        // Objects mixed with scalars, or members without a name.
        (false, _) => param.type_name = "Json".to_owned(),
    }
    param
}

/// Returns the type that values of both types fit.
fn both(one: &'static str, other: &'static str) -> &'static str {
    match (one, other) {
        _ if one == other => one,
        ("Number" | "Price", "Number" | "Price") => "Price",
        ("Json", _) | (_, "Json") => "Json",
        _ => "String",
    }
}

impl<'s> SampleValue<'s> {
    /// Returns the items of a list, in any of the forms that the gateway writes.
    fn items(self) -> Option<Vec<SampleValue<'s>>> {
        let inside = match &self.node.value {
            Value::Items(items) => items,
            Value::Members(members) => match members.as_slice() {
                [Node { value: Value::Items(items), .. }] => items,
                [first, ..] if self.is_list_of_xml(first, members) => members,
                _ => return None,
            },
            Value::Nothing | Value::Text(_) => return None,
        };
        Some(inside.iter().map(|node| SampleValue { node, ..self }).collect())
    }

    /// Returns whether the XML element is marked `list="true"` or consists of one repeated element.
    fn is_list_of_xml(self, first: &Node, members: &[Node]) -> bool {
        let tag = self.text.get(self.node.name_span.end..self.node.span.start).unwrap_or_default();
        let repeats = members.len() > 1 && members.iter().all(|member| member.name == first.name);
        tag.contains("list=\"true\"") || repeats
    }

    /// Returns the type of a value without members. Returns `None` if the value fits any type.
    fn type_name(self) -> Option<&'static str> {
        let Value::Text(text) = &self.node.value else {
            return matches!(self.node.value, Value::Items(_)).then_some("Json");
        };
        let text = text.trim();
        let is_string_of_json = self.text.get(self.node.span.clone()).is_some_and(|source| source.starts_with('"'));
        if text.is_empty() || (text == "null" && !is_string_of_json) {
            return None;
        }
        let is_date = text.len() >= "2016-01-01".len() && text.replacen(' ', "T", 1).parse::<Date>().is_ok();
        Some(match text {
            _ if is_date => "Date",
            _ if is_string_of_json => "String",
            "true" | "false" => "Boolean",
            _ if text.parse::<i64>().is_ok_and(|number| number.to_string() == text) => "Number",
            _ if text.parse::<Decimal>().is_ok_and(|number| number.to_string() == text) => "Price",
            _ => "String",
        })
    }
}

#[cfg(test)]
mod tests;
