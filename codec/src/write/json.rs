//! Writes objects as JSON.

use super::{
    EncodeError, MAX_DEPTH,
    scalar::{self, Fraction},
};
use crate::{Date, Decimal, Json, ListView, Object, ObjectListView, Schema, View, escape, path::Path, read::is_json};

/// The style of JSON: the gateway and its callers write it differently (docs/protocol.md sections 4 and 5). [`json`]
/// has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonStyle {
    /// The gateway's responses: a list is an object with one member, named as the items (`{"trade":[…]}`), and `/` is
    /// written `\/`.
    Response,
    /// The gateway's responses with `simplify`: a list is an array, and `/` is written `\/`.
    Simplified,
    /// Parameters of a call: a list is an array, and a date has no fraction.
    Request,
    /// Plain JSON for other programs: a list is an array, and the content of a [`Json`](crate::Json) is inserted as JSON, or as
    /// a string if it is not JSON.
    Plain,
}

/// Writes an object as compact JSON, its members in documented order.
///
/// * Empty fields are omitted, and so are empty lists: the gateway omits them too, and a [`Vec`] cannot tell an empty list
///   from a missing one. An empty object is `{}`, an empty text `""`.
/// * Numbers and booleans are bare. Dates, decimals and [`Json`](crate::Json) are strings, as in the documented samples and in
///   the official SDKs.
///
/// Required fields are not checked here but in [`Call::encode`](crate::Call::encode).
///
/// ```
/// use topsdk_codec::{Object, write::{JsonStyle, json}};
///
/// #[derive(Default, Object)]
/// #[top(crate = topsdk_codec)]
/// struct Item {
///     num_iid: Option<i64>,
///     pic_urls: Vec<String>,
/// }
///
/// let item = Item { num_iid: Some(7), pic_urls: vec!["a.png".to_owned()] };
/// assert_eq!(json(&item, JsonStyle::Plain)?, r#"{"num_iid":7,"pic_urls":["a.png"]}"#);
/// assert_eq!(json(&item, JsonStyle::Response)?, r#"{"num_iid":7,"pic_urls":{"string":["a.png"]}}"#);
/// # Ok::<(), topsdk_codec::EncodeError>(())
/// ```
///
/// # Errors
///
/// [`EncodeError`] for a file, for a date before the year 0, and for objects nested too deep.
pub fn json(object: &dyn Object, style: JsonStyle) -> Result<String, EncodeError> {
    let mut writer = JsonWriter::new(String::with_capacity(CAPACITY), style);
    writer.object(object, &Path::ROOT)?;
    Ok(writer.out)
}

/// Writes an object as the only member, called `root`, of another object.
pub(super) fn rooted(object: &dyn Object, root: &str, style: JsonStyle) -> Result<String, EncodeError> {
    let mut writer = JsonWriter::new(String::with_capacity(CAPACITY), style);
    writer.out.push('{');
    writer.text(root);
    writer.out.push(':');
    writer.object(object, &Path::ROOT)?;
    writer.out.push('}');
    Ok(writer.out)
}

/// The initial capacity: the size of a usual response.
const CAPACITY: usize = 1024;

/// Appends values as JSON to a text.
pub(super) struct JsonWriter {
    out: String,
    style: JsonStyle,
    escapes: &'static Escapes,
    /// The number of objects around the current value.
    depth: usize,
    /// The paths of empty required fields, if the style is that of a request.
    missing: Vec<String>,
}

impl JsonWriter {
    /// Returns a writer that appends to `out`.
    pub(super) fn new(out: String, style: JsonStyle) -> JsonWriter {
        let escapes = match style {
            JsonStyle::Response | JsonStyle::Simplified => &Escapes::RESPONSE,
            JsonStyle::Request | JsonStyle::Plain => &Escapes::REQUEST,
        };
        JsonWriter { out, style, escapes, depth: 0, missing: Vec::new() }
    }

    /// Returns the text, and the paths of empty required fields.
    pub(super) fn finish(self) -> (String, Vec<String>) {
        (self.out, self.missing)
    }

    /// Writes an object with its braces.
    pub(super) fn object(&mut self, object: &dyn Object, path: &Path<'_>) -> Result<(), EncodeError> {
        if self.depth == MAX_DEPTH {
            return Err(EncodeError::Depth { path: path.to_string() });
        }
        self.depth += 1;
        let schema = object.schema();
        let required = if self.style == JsonStyle::Request { schema.required } else { &[] };
        let mut required = required.iter().copied().peekable();
        let mut opening = "{\"";
        for (index, name) in schema.names.iter().copied().enumerate() {
            let is_required = required.next_if(|field| usize::from(*field) == index).is_some();
            let view = object.view(index);
            if is_absent(&view) {
                if is_required {
                    self.missing.push(path.field(name).to_string());
                }
                continue;
            }
            self.out.push_str(opening);
            opening = ",\"";
            self.content(name);
            self.out.push_str("\":");
            self.value(view, &schema, index, name, path)?;
        }
        self.out.push_str(if opening == ",\"" { "}" } else { "{}" });
        self.depth -= 1;
        Ok(())
    }

    /// Writes a list of objects with its brackets.
    pub(super) fn objects(&mut self, list: &dyn ObjectListView, path: &Path<'_>) -> Result<(), EncodeError> {
        self.array(0..list.len(), |writer, index| match list.get(index) {
            Some(object) => writer.object(object, &path.item(index)),
            // The list is shorter than its length: `null`, as the official SDKs write it.
            None => {
                writer.out.push_str("null");
                Ok(())
            }
        })
    }

    /// Writes the value of field `index`, called `name`, of the object at `path`.
    fn value(
        &mut self,
        view: View<'_>,
        schema: &Schema<'_>,
        index: usize,
        name: &str,
        path: &Path<'_>,
    ) -> Result<(), EncodeError> {
        match view {
            View::Absent => self.out.push_str("null"),
            View::String(text) => self.text(text),
            View::Number(number) => scalar::number(&mut self.out, number),
            View::Boolean(boolean) => self.out.push_str(scalar::boolean(boolean)),
            View::Date(date) => self.date(date, &path.field(name))?,
            View::Decimal(decimal) => self.decimal(decimal),
            View::Json(json) => self.json(json),
            View::File(_) => return Err(EncodeError::file(&path.field(name))),
            View::Object(object) => self.object(object, &path.field(name))?,
            View::List(list) if self.style == JsonStyle::Response => {
                self.out.push('{');
                self.text(schema.item_of(index).unwrap_or_else(|| list.item()));
                self.out.push(':');
                self.list(list, &path.field(name))?;
                self.out.push('}');
            }
            View::List(list) => self.list(list, &path.field(name))?,
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
                scalar::number(&mut writer.out, *number);
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
                writer.decimal(*decimal);
                Ok(())
            }),
            ListView::Json(items) => self.array(items, |writer, json| {
                writer.json(json);
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
            JsonStyle::Response | JsonStyle::Simplified | JsonStyle::Plain => Fraction::Kept,
            JsonStyle::Request => Fraction::Cut,
        };
        self.out.push('"');
        scalar::date(&mut self.out, date, fraction, path)?;
        self.out.push('"');
        Ok(())
    }

    fn json(&mut self, json: &Json) {
        match self.style == JsonStyle::Plain && is_json(json.as_str()) {
            true => self.out.push_str(json.as_str()),
            false => self.text(json.as_str()),
        }
    }

    fn decimal(&mut self, decimal: Decimal) {
        self.out.push('"');
        scalar::decimal(&mut self.out, decimal);
        self.out.push('"');
    }

    /// Writes a string with its quotes (docs/protocol.md section 4).
    #[inline(always)]
    fn text(&mut self, text: &str) {
        self.out.push('"');
        self.content(text);
        self.out.push('"');
    }

    #[inline(always)]
    fn content(&mut self, text: &str) {
        match self.escapes.needed_by(text.as_bytes()) {
            false => self.out.push_str(text),
            true => self.escaped(text),
        }
    }

    /// Appends a text, copying runs without escapes as a whole.
    #[inline(never)]
    fn escaped(&mut self, text: &str) {
        const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        let mut rest = text;
        loop {
            // Only ASCII is escaped, so both ends are character boundaries.
            let (plain, escaped) = rest.split_at(self.escapes.first(rest.as_bytes()));
            self.out.push_str(plain);
            let Some(byte) = escaped.bytes().next() else { return };
            let escape = self.escapes.table[usize::from(byte)];
            self.out.push('\\');
            self.out.push(char::from(escape));
            if escape == b'u' {
                self.out.push_str("00");
                self.out.push(HEX[usize::from(byte >> 4)]);
                self.out.push(HEX[usize::from(byte & 15)]);
            }
            rest = &escaped[1..];
        }
    }
}

/// Returns whether a field is omitted.
pub(crate) fn is_absent(view: &View<'_>) -> bool {
    match view {
        View::Absent => true,
        View::List(list) => list.is_empty(),
        _ => false,
    }
}

/// The bytes that are escaped, and their escapes.
struct Escapes {
    /// For each byte, the letter after the backslash; 0 for a byte that is not escaped.
    table: [u8; 256],
    /// An escaped byte besides the quote, the backslash and the control characters; the quote if there is none.
    other: u8,
}

impl Escapes {
    /// Escapes everything but the slash.
    const REQUEST: Escapes = Escapes {
        table: {
            let mut table = escape::LETTERS;
            table[b'/' as usize] = 0;
            table
        },
        other: b'"',
    };

    /// Escapes the slash as well, as the gateway does (docs/protocol.md section 5.3).
    const RESPONSE: Escapes = Escapes { table: escape::LETTERS, other: b'/' };

    /// Returns whether any byte must be escaped. It tests eight bytes at a time, because most texts are plain; the rest is
    /// tested in an overlapping word.
    #[inline(always)]
    fn needed_by(&self, text: &[u8]) -> bool {
        if let Some(last) = text.last_chunk::<8>() {
            return text.as_chunks::<8>().0.iter().any(|word| self.marks(*word) != 0) || self.marks(*last) != 0;
        }
        if let (Some([a, b, c, d]), Some([e, f, g, h])) = (text.first_chunk(), text.last_chunk()) {
            return self.marks([*a, *b, *c, *d, *e, *f, *g, *h]) != 0;
        }
        text.iter().any(|byte| self.table[usize::from(*byte)] != 0)
    }

    /// Returns the number of bytes before the first one that must be escaped.
    fn first(&self, text: &[u8]) -> usize {
        let (words, rest) = text.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let marks = self.marks(*word);
            if marks != 0 {
                return index * 8 + marks.trailing_zeros() as usize / 8;
            }
        }
        let plain = rest.iter().take_while(|byte| self.table[usize::from(**byte)] == 0);
        words.len() * 8 + plain.count()
    }

    /// Returns a word with the high bits of the bytes that must be escaped, the first byte lowest.
    #[inline(always)]
    fn marks(&self, word: [u8; 8]) -> u64 {
        const ONES: u64 = u64::from_le_bytes([1; 8]);
        const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
        let word = u64::from_le_bytes(word);
        // The subtraction sets the high bit of a smaller byte if that bit was not set. A byte above it can be marked wrongly,
        // but the lowest mark is right.
        let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        (below(word, 0x20) | is(b'"') | is(b'\\') | is(self.other)) & HIGH
    }
}
