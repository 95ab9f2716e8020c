//! The answers of the site's protection, which come in place of a page (docs/pages.md, "The site's catalogue").

use super::json::{self, Object, text};

/// What only the protection writes: in a page, in the address of a redirect, or in a member of its JSON.
const MARKS: [&str; 5] = ["RGV587_ERROR", "_____tmd_____", "x5sec", "punish", "captcha"];

/// Members that only its JSON has, whatever they say.
const OWN_MEMBERS: [&str; 2] = ["ret", "rgv587_flag"];

/// Members in which its JSON has a mark.
const MARKED_MEMBERS: [&str; 2] = ["action", "url"];

/// Returns the first mark of the protection in a text that is no page of an API.
pub(crate) fn mark(content: &str) -> Option<&'static str> {
    MARKS.into_iter().find(|mark| content.contains(mark))
}

/// Returns what gives away a JSON object as the protection's.
pub(super) fn in_object(object: &Object<'_>) -> Option<String> {
    let own = OWN_MEMBERS.into_iter().find(|name| object.get(name).is_some());
    let own = own.map(|name| (name, text(json::items(object.get(name)).first().copied())));
    let mut marked = MARKED_MEMBERS.into_iter().map(|name| (name, object.text(name)));
    let (name, value) = own.or_else(|| marked.find(|(_, value)| mark(value).is_some()))?;
    Some(format!("{name}: {value}"))
}
