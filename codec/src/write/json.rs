//! An object as JSON text.

use super::{
    EncodeError,
    path::Path,
    scalar::{self, Fraction},
};
use crate::{Date, ListView, Object, ObjectListView, Schema, View};

/// How JSON is written: the gateway and its callers do not write alike (protocol.md sections 4 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonStyle {
    /// As the gateway answers: a list is an object with one member, named as the list's items (`{"trade":[…]}`), and `/`
    /// is written `\/`.
    Answer,
    /// As the gateway answers with `simplify`: a list is an array, and `/` is written `\/`.
    Simplified,
    /// As a parameter of a call: a list is an array, and a date has no fraction.
    Request,
}

/// An object as compact JSON, its members in documented order.
///
/// * What holds nothing is left out, and so is an empty list: the gateway leaves it out as well, and no reader of a
///   [`Vec`] could tell the two apart. An empty object is `{}`, an empty text `""`.
/// * Numbers and booleans are bare; dates, decimals and [`Json`](crate::Json) are texts, as the documented samples and
///   the official SDKs have them.
///
/// # Errors
///
/// [`EncodeError`] for a file, for a date before the year 0, for objects nested too deep.
pub fn json(object: &dyn Object, style: JsonStyle) -> Result<String, EncodeError> {
    let mut out = String::new();
    Writer::new(&mut out, style).object(object, Path::ROOT)?;
    Ok(out)
}

/// An object as the only member of another, called `root`.
pub(super) fn rooted(object: &dyn Object, root: &str, style: JsonStyle) -> Result<String, EncodeError> {
    let mut out = String::from("{");
    let mut writer = Writer::new(&mut out, style);
    writer.text(root);
    writer.out.push(':');
    writer.object(object, Path::ROOT)?;
    out.push('}');
    Ok(out)
}

/// Writes values as JSON to the end of a text.
pub(super) struct Writer<'o> {
    out: &'o mut String,
    style: JsonStyle,
    escapes: &'static [u8; 256],
    /// Paths of the required fields that hold nothing, where the style is that of a request.
    missing: Vec<String>,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut String, style: JsonStyle) -> Writer<'o> {
        let escapes = match style {
            JsonStyle::Answer | JsonStyle::Simplified => &ANSWER_ESCAPES,
            JsonStyle::Request => &ESCAPES,
        };
        Writer { out, style, escapes, missing: Vec::new() }
    }

    /// The paths of required fields that were found to hold nothing.
    pub(super) fn into_missing(self) -> Vec<String> {
        self.missing
    }

    /// An object with its braces.
    pub(super) fn object(&mut self, object: &dyn Object, path: Path<'_>) -> Result<(), EncodeError> {
        let path = path.entered()?;
        let schema = object.schema();
        let mut required = schema.required.iter().copied().peekable();
        let mut separator = '{';
        for (index, name) in schema.names.iter().enumerate() {
            let is_required = required.next_if(|field| usize::from(*field) == index).is_some();
            let view = object.view(index);
            if is_absent(&view) {
                if is_required && self.style == JsonStyle::Request {
                    self.missing.push(path.field(name).to_string());
                }
                continue;
            }
            self.out.push(separator);
            separator = ',';
            self.text(name);
            self.out.push(':');
            self.value(view, (&schema, index), path.field(name))?;
        }
        if separator == '{' {
            self.out.push('{');
        }
        self.out.push('}');
        Ok(())
    }

    /// A list of objects with its brackets, and nothing around it.
    pub(super) fn objects(&mut self, list: &dyn ObjectListView, path: &Path<'_>) -> Result<(), EncodeError> {
        self.array(0..list.len(), |writer, index| match list.get(index) {
            Some(object) => writer.object(object, path.item(index)),
            // A list shorter than it says: the place is kept, as the official SDKs write a list's null.
            None => {
                writer.out.push_str("null");
                Ok(())
            }
        })
    }

    fn value(&mut self, view: View<'_>, field: (&Schema<'_>, usize), path: Path<'_>) -> Result<(), EncodeError> {
        match view {
            View::Absent => self.out.push_str("null"),
            View::String(text) => self.text(text),
            View::Number(number) => scalar::number(self.out, number),
            View::Boolean(boolean) => self.out.push_str(scalar::boolean(boolean)),
            View::Date(date) => self.date(date, &path)?,
            View::Decimal(decimal) => self.quoted(|out| scalar::decimal(out, decimal)),
            View::Json(json) => self.text(json.as_str()),
            View::File(_) => return Err(EncodeError::file(&path)),
            View::Object(object) => self.object(object, path)?,
            View::List(list) if self.style == JsonStyle::Answer => {
                self.out.push('{');
                self.text(field.0.item_of(field.1).unwrap_or_else(|| list.item()));
                self.out.push(':');
                self.list(list, &path)?;
                self.out.push('}');
            }
            View::List(list) => self.list(list, &path)?,
        }
        Ok(())
    }

    fn list(&mut self, list: ListView<'_>, path: &Path<'_>) -> Result<(), EncodeError> {
        match list {
            ListView::String(items) => self.array(items, |writer, text| {
                writer.text(text);
                Ok(())
            }),
            ListView::Number(items) => self.array(items, |writer, number| {
                scalar::number(writer.out, *number);
                Ok(())
            }),
            ListView::Boolean(items) => self.array(items, |writer, boolean| {
                writer.out.push_str(scalar::boolean(*boolean));
                Ok(())
            }),
            ListView::Date(items) => {
                self.array(items.iter().enumerate(), |writer, (index, date)| writer.date(*date, &path.item(index)))
            }
            ListView::Decimal(items) => self.array(items, |writer, decimal| {
                writer.quoted(|out| scalar::decimal(out, *decimal));
                Ok(())
            }),
            ListView::Json(items) => self.array(items, |writer, json| {
                writer.text(json.as_str());
                Ok(())
            }),
            ListView::File(_) => Err(EncodeError::file(path)),
            ListView::Object(items) => self.objects(items, path),
        }
    }

    fn array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.out.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn date(&mut self, date: Date, path: &Path<'_>) -> Result<(), EncodeError> {
        let fraction = match self.style {
            JsonStyle::Answer | JsonStyle::Simplified => Fraction::Kept,
            JsonStyle::Request => Fraction::Cut,
        };
        self.out.push('"');
        scalar::date(self.out, date, fraction, path)?;
        self.out.push('"');
        Ok(())
    }

    fn quoted(&mut self, write: impl FnOnce(&mut String)) {
        self.out.push('"');
        write(self.out);
        self.out.push('"');
    }

    /// A text in quotes: protocol.md section 4. Stretches that need no escape are copied whole.
    fn text(&mut self, text: &str) {
        self.out.push('"');
        let mut copied = 0;
        for (index, byte) in text.bytes().enumerate() {
            let escape = self.escapes[usize::from(byte)];
            if escape == 0 {
                continue;
            }
            // Only ASCII is escaped, so both ends are boundaries of characters.
            self.out.push_str(&text[copied..index]);
            copied = index + 1;
            self.out.push('\\');
            self.out.push(char::from(escape));
            if escape == b'u' {
                const HEX: [char; 16] =
                    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
                self.out.push_str("00");
                self.out.push(HEX[usize::from(byte >> 4)]);
                self.out.push(HEX[usize::from(byte & 15)]);
            }
        }
        self.out.push_str(&text[copied..]);
        self.out.push('"');
    }
}

/// Whether a field is left out.
pub(super) fn is_absent(view: &View<'_>) -> bool {
    match view {
        View::Absent => true,
        View::List(list) => list.is_empty(),
        _ => false,
    }
}

/// What stands behind the backslash for each byte; 0 where the byte stands for itself.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x0C] = b'f';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

/// The gateway escapes the slash as well (protocol.md section 5.3).
const ANSWER_ESCAPES: [u8; 256] = {
    let mut escapes = ESCAPES;
    escapes[b'/' as usize] = b'/';
    escapes
};
