//! Turns the parameters of a call into texts: which are sent, in which order, and as a form.

use std::ops::Range;

use super::{
    EncodeError, JsonStyle,
    json::{JsonWriter, is_absent},
    percent::Form,
    scalar::{self, Fraction},
};
use crate::{Date, File, ListView, Object, View, path::Path};

/// The parameters of a call, not yet sorted.
pub(crate) struct Parameters<'a> {
    all: Vec<Parameter<'a>>,
    files: Vec<(&'a str, &'a File)>,
    /// The empty required parameters, with their index in documented order.
    missing: Vec<(usize, String)>,
}

struct Parameter<'a> {
    name: &'a str,
    value: ParameterValue<'a>,
    /// The range of its text once it is written; empty if the parameter is not sent.
    text: Range<usize>,
}

enum ParameterValue<'a> {
    /// A public parameter.
    Text(&'a str),
    /// The public parameter `timestamp`.
    Timestamp(Date),
    /// The signature, which is computed from all other parameters.
    Sign,
    /// A field of the request.
    Field { index: usize, view: View<'a>, is_required: bool },
}

impl<'a> Parameters<'a> {
    /// The capacity suits most calls and stays below 1 KiB: allocators take much longer for larger blocks.
    pub(crate) fn new() -> Parameters<'a> {
        Parameters { all: Vec::with_capacity(12), files: Vec::new(), missing: Vec::new() }
    }

    /// Adds a public parameter.
    pub(crate) fn push(&mut self, name: &'a str, value: &'a str) {
        self.add(name, ParameterValue::Text(value));
    }

    /// Adds the public parameter `timestamp`.
    pub(crate) fn push_timestamp(&mut self, timestamp: Date) {
        self.add("timestamp", ParameterValue::Timestamp(timestamp));
    }

    /// Adds the public parameter `sign`, without its value.
    pub(crate) fn push_sign(&mut self) {
        self.add("sign", ParameterValue::Sign);
    }

    /// Adds the parameters of an API. Files are kept apart, because they are not texts.
    pub(crate) fn push_request(&mut self, request: &'a dyn Object) -> Result<(), EncodeError> {
        let schema = request.schema();
        let mut required = schema.required.iter().copied().peekable();
        for (index, name) in schema.names.iter().copied().enumerate() {
            let is_required = required.next_if(|field| usize::from(*field) == index).is_some();
            let view = request.view(index);
            match view {
                _ if is_absent(&view) => {
                    if is_required {
                        self.missing.push((index, name.to_owned()));
                    }
                }
                _ if is_public(name) => return Err(EncodeError::Reserved { name: name.to_owned() }),
                View::File(file) => self.files.push((name, file)),
                view => self.add(name, ParameterValue::Field { index, view, is_required }),
            }
        }
        Ok(())
    }

    /// Sorts the parameters by name and writes their texts, those of the request as docs/protocol.md section 4 has them.
    ///
    /// An empty value is neither sent nor signed. A value of spaces counts, as in the .NET SDK; the Java SDK drops it. One
    /// error lists all required parameters of `method` that are missing.
    pub(crate) fn write(mut self, method: &str) -> Result<Texts<'a>, EncodeError> {
        self.all.sort_by_key(|parameter| parameter.name);
        let mut text = String::with_capacity(1024);
        for Parameter { name, value, text: place } in &mut self.all {
            let start = text.len();
            text.push_str(name);
            let middle = text.len();
            match *value {
                ParameterValue::Sign => {}
                ParameterValue::Text(value) => text.push_str(value),
                ParameterValue::Timestamp(date) => {
                    scalar::date(&mut text, date, Fraction::Cut, &Path::ROOT.field(name))?
                }
                ParameterValue::Field { index, view, is_required } => {
                    let missing = push_value(&mut text, view, &Path::ROOT.field(name))?;
                    self.missing.extend(missing.into_iter().map(|path| (index, path)));
                    if is_required && text.len() == middle {
                        self.missing.push((index, (*name).to_owned()));
                    }
                }
            }
            match text.len() == middle {
                true => text.truncate(start),
                false => *place = middle..text.len(),
            }
        }
        if self.missing.is_empty() {
            return Ok(Texts { text, all: self.all, files: self.files });
        }
        self.missing.sort_by_key(|(index, _)| *index);
        let paths = self.missing.into_iter().map(|(_, path)| path).collect();
        Err(EncodeError::Missing { method: method.to_owned(), paths })
    }

    fn add(&mut self, name: &'a str, value: ParameterValue<'a>) {
        self.all.push(Parameter { name, value, text: 0..0 });
    }
}

/// The texts of the parameters, sorted by name. Names and values alternate in one buffer, which is the string to sign.
pub(crate) struct Texts<'a> {
    text: String,
    all: Vec<Parameter<'a>>,
    files: Vec<(&'a str, &'a File)>,
}

impl<'a> Texts<'a> {
    /// The string to sign (docs/protocol.md section 3).
    pub(crate) fn to_sign(&self) -> &str {
        &self.text
    }

    /// The parameters that are files. They are not signed.
    pub(crate) fn files(&self) -> &[(&'a str, &'a File)] {
        &self.files
    }

    /// The string to sign, owned.
    pub(crate) fn into_signed(self) -> String {
        self.text
    }

    /// Adds the public parameters and the signature to a form, in alphabetical order as in the documented samples.
    pub(crate) fn push_public(&self, form: &mut Form, sign: &str) {
        for parameter in &self.all {
            match parameter.value {
                ParameterValue::Field { .. } => {}
                ParameterValue::Sign => form.push_plain(parameter.name, sign),
                ParameterValue::Text(_) | ParameterValue::Timestamp(_) => {
                    if !parameter.text.is_empty() {
                        form.push_public(parameter.name, &self.text[parameter.text.clone()]);
                    }
                }
            }
        }
    }

    /// Adds the API's own parameters to a form.
    pub(crate) fn push_business(&self, form: &mut Form) {
        for (name, value) in self.business() {
            form.push(name, value);
        }
    }

    /// Returns the API's own parameters.
    pub(crate) fn business(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.all
            .iter()
            .filter(|parameter| matches!(parameter.value, ParameterValue::Field { .. }) && !parameter.text.is_empty())
            .map(|parameter| (parameter.name, &self.text[parameter.text.clone()]))
    }
}

/// The names of the public parameters (docs/protocol.md section 2).
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

/// Appends the text of a value. Returns the paths of its empty required fields.
fn push_value(text: &mut String, view: View<'_>, path: &Path<'_>) -> Result<Vec<String>, EncodeError> {
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
            return push_json(text, |writer| writer.object(object, path));
        }
        View::List(ListView::Object(objects)) => {
            return push_json(text, |writer| writer.objects(objects, path));
        }
        View::List(list) => push_list(text, list, path)?,
    }
    Ok(Vec::new())
}

fn push_json(
    text: &mut String,
    write: impl FnOnce(&mut JsonWriter) -> Result<(), EncodeError>,
) -> Result<Vec<String>, EncodeError> {
    let mut writer = JsonWriter::new(std::mem::take(text), JsonStyle::Request);
    write(&mut writer)?;
    let (whole, missing) = writer.finish();
    *text = whole;
    Ok(missing)
}

/// Writes the items of a list of basic values, separated by commas.
fn push_list(text: &mut String, list: ListView<'_>, path: &Path<'_>) -> Result<(), EncodeError> {
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
        ListView::File(_) | ListView::Object(_) => Err(EncodeError::file(path)),
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
