//! Detects the responses that the site's protection sends in place of a page (docs/pages.md, "The site's catalogue").

use super::json::JsonObject;

/// Strings that only the protection writes: in a page, in the URL of a redirect, or in a member of its JSON.
const MARKS: [&str; 5] = ["RGV587_ERROR", "_____tmd_____", "x5sec", "punish", "captcha"];

/// Members that occur only in the protection's JSON, whatever their value.
const OWN_MEMBERS: [&str; 2] = ["ret", "rgv587_flag"];

/// Members whose value contains a mark in the protection's JSON.
const MARKED_MEMBERS: [&str; 2] = ["action", "url"];

/// Returns the first mark of the protection in a text that is not an API page.
pub(crate) fn mark(content: &str) -> Option<&'static str> {
    MARKS.into_iter().find(|mark| content.contains(mark))
}

/// Returns the member that identifies a JSON object as the protection's, with its value.
pub(super) fn in_object(object: &JsonObject<'_>) -> Option<String> {
    let own = OWN_MEMBERS.into_iter().map(|name| (name, object.get(name))).find(|(_, value)| !value.written.is_empty());
    let own = own.map(|(name, value)| (name, value.items().first().map_or(String::new(), |item| item.text())));
    let mut marked = MARKED_MEMBERS.into_iter().map(|name| (name, object.text(name)));
    let (name, value) = own.or_else(|| marked.find(|(_, value)| mark(value).is_some()))?;
    Some(format!("{name}: {value}"))
}
