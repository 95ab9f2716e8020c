//! The parameters of a call as texts: which are sent, in which order, and how a form has them.

use super::{
    EncodeError, JsonStyle,
    json::{Writer, is_absent},
    path::Path,
    percent,
    scalar::{self, Fraction},
};
use crate::{File, ListView, Object, View};

/// Parameters with their texts, all in one buffer.
#[derive(Clone, Default)]
pub(crate) struct Params {
    text: String,
    entries: Vec<Entry>,
}

/// A parameter: its name ends where its value starts.
#[derive(Clone, Copy)]
struct Entry {
    kind: Kind,
    start: usize,
    middle: usize,
    end: usize,
}

/// Whose parameter it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The protocol's: protocol.md section 2.
    Public,
    /// The API's.
    Business,
}

impl Params {
    /// A parameter whose value is written by `write`. An empty value is dropped: it is neither sent nor signed. One of
    /// blanks alone is a value (the .NET SDK's way; Java's drops it).
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        name: &str,
        write: impl FnOnce(&mut String) -> Result<(), EncodeError>,
    ) -> Result<bool, EncodeError> {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        write(&mut self.text)?;
        let end = self.text.len();
        if middle == end {
            self.text.truncate(start);
            return Ok(false);
        }
        self.entries.push(Entry { kind, start, middle, end });
        Ok(true)
    }

    /// A public parameter.
    pub(crate) fn push_public(&mut self, name: &str, value: &str) {
        // The closure has no error to give.
        let _ = self.push(Kind::Public, name, |text| {
            text.push_str(value);
            Ok(())
        });
    }

    /// Sorts by name, byte for byte, as signing wants it.
    pub(crate) fn sort(&mut self) {
        let text = &self.text;
        self.entries.sort_by(|a, b| text[a.start..a.middle].cmp(&text[b.start..b.middle]));
    }

    /// All names and values, in the order of the last [`sort`](Params::sort).
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.entries.iter().map(|entry| self.pair(entry))
    }

    /// The names and values of one kind, in that order.
    pub(crate) fn pairs(&self, kind: Kind) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.entries.iter().filter(move |entry| kind == entry.kind).map(|entry| self.pair(entry))
    }

    /// The parameters of these kinds as a form, one kind after the other.
    pub(crate) fn form(&self, kinds: &[Kind]) -> String {
        // Most bytes stand for themselves; the marks of JSON and what is not ASCII take three for one.
        let mut form = String::with_capacity(self.text.len() * 2);
        for kind in kinds {
            for (name, value) in self.pairs(*kind) {
                push_field(&mut form, name, value);
            }
        }
        form
    }

    /// The parameter `sign`; empty before signing.
    pub(crate) fn signature(&self) -> &str {
        self.all().find(|(name, _)| *name == "sign").map_or("", |(_, value)| value)
    }

    fn pair(&self, entry: &Entry) -> (&str, &str) {
        (&self.text[entry.start..entry.middle], &self.text[entry.middle..entry.end])
    }
}

/// Appends a field to a form.
pub(crate) fn push_field(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    percent::encode(form, name);
    form.push('=');
    percent::encode(form, value);
}

/// Adds the parameters of the API `method` to `params`, and tells which are files.
///
/// The text of each is that of protocol.md section 4. All that is missing is one error.
pub(crate) fn push_parameters<'a>(
    params: &mut Params,
    method: &str,
    request: &'a dyn Object,
) -> Result<Vec<(&'a str, &'a File)>, EncodeError> {
    let schema = request.schema();
    let mut required = schema.required.iter().copied().peekable();
    let mut files = Vec::new();
    let mut missing = Vec::new();
    for (index, name) in schema.names.iter().copied().enumerate() {
        let is_required = required.next_if(|field| usize::from(*field) == index).is_some();
        let view = request.view(index);
        let sent = match view {
            _ if is_absent(&view) => false,
            _ if is_public(name) => return Err(EncodeError::Reserved { name: name.to_owned() }),
            View::File(file) => {
                files.push((name, file));
                true
            }
            view => params
                .push(Kind::Business, name, |text| push_value(text, view, &Path::ROOT.field(name), &mut missing))?,
        };
        if is_required && !sent {
            missing.push(name.to_owned());
        }
    }
    match missing.is_empty() {
        true => Ok(files),
        false => Err(EncodeError::Missing { method: method.to_owned(), paths: missing }),
    }
}

/// The names of protocol.md section 2.
fn is_public(name: &str) -> bool {
    matches!(
        name,
        "method"
            | "app_key"
            | "timestamp"
            | "v"
            | "sign_method"
            | "sign"
            | "session"
            | "format"
            | "simplify"
            | "partner_id"
            | "target_app_key"
    )
}

fn push_value(
    text: &mut String,
    view: View<'_>,
    path: &Path<'_>,
    missing: &mut Vec<String>,
) -> Result<(), EncodeError> {
    match view {
        View::Absent => {}
        View::String(value) => text.push_str(value),
        View::Json(value) => text.push_str(value.as_str()),
        View::Number(value) => scalar::number(text, value),
        View::Boolean(value) => text.push_str(scalar::boolean(value)),
        View::Decimal(value) => scalar::decimal(text, value),
        View::Date(value) => scalar::date(text, value, Fraction::Cut, path)?,
        View::File(_) => return Err(EncodeError::file(path)),
        View::Object(object) => {
            let mut writer = Writer::new(text, JsonStyle::Request);
            writer.object(object, *path)?;
            missing.append(&mut writer.into_missing());
        }
        View::List(list) => push_list(text, list, path, missing)?,
    }
    Ok(())
}

/// Objects as a JSON array; basic values joined by commas.
fn push_list(
    text: &mut String,
    list: ListView<'_>,
    path: &Path<'_>,
    missing: &mut Vec<String>,
) -> Result<(), EncodeError> {
    match list {
        ListView::String(items) => joined(text, items, |text, index, item| push_item(text, item, &path.item(index))),
        ListView::Json(items) => {
            joined(text, items, |text, index, item| push_item(text, item.as_str(), &path.item(index)))
        }
        ListView::Number(items) => joined(text, items, |text, _, item| {
            scalar::number(text, *item);
            Ok(())
        }),
        ListView::Boolean(items) => joined(text, items, |text, _, item| {
            text.push_str(scalar::boolean(*item));
            Ok(())
        }),
        ListView::Decimal(items) => joined(text, items, |text, _, item| {
            scalar::decimal(text, *item);
            Ok(())
        }),
        ListView::Date(items) => {
            joined(text, items, |text, index, item| scalar::date(text, *item, Fraction::Cut, &path.item(index)))
        }
        ListView::Object(objects) => {
            let mut writer = Writer::new(text, JsonStyle::Request);
            writer.objects(objects, path)?;
            missing.append(&mut writer.into_missing());
            Ok(())
        }
        ListView::File(_) => Err(EncodeError::file(path)),
    }
}

fn joined<T>(
    text: &mut String,
    items: &[T],
    write: impl Fn(&mut String, usize, &T) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(text, index, item)?;
    }
    Ok(())
}

fn push_item(text: &mut String, item: &str, path: &Path<'_>) -> Result<(), EncodeError> {
    if item.contains(',') {
        return Err(EncodeError::Comma { path: path.to_string(), item: item.to_owned() });
    }
    text.push_str(item);
    Ok(())
}
