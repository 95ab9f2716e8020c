//! An object as JSON text.

use super::{
    EncodeError, MAX_DEPTH,
    scalar::{self, Fraction},
};
use crate::{Date, Decimal, Json, ListView, Object, ObjectListView, Schema, View, escape, path::Path, read::is_json};

/// How JSON is written: the gateway and its callers do not write alike (docs/protocol.md sections 4 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonStyle {
    /// As the gateway answers: a list is an object with one member, named as the list's items (`{"trade":[…]}`), and `/`
    /// is written `\/`.
    Answer,
    /// As the gateway answers with `simplify`: a list is an array, and `/` is written `\/`.
    Simplified,
    /// As a parameter of a call: a list is an array, and a date has no fraction.
    Request,
    /// As other programs want it: a list is an array, and what a [`Json`](crate::Json) holds stands there itself, or as a
    /// text where it is no JSON.
    Plain,
}

/// An object as compact JSON, its members in documented order.
///
/// * What holds nothing is left out, and so is an empty list: the gateway leaves it out as well, and no reader of a
///   [`Vec`] could tell the two apart. An empty object is `{}`, an empty text `""`.
/// * Numbers and booleans are bare; dates, decimals and [`Json`](crate::Json) are texts, as the documented samples and
///   the official SDKs have them.
///
/// Whether a request has all that it must have is for [`Call::encode`](crate::Call::encode) to see.
///
/// # Errors
///
/// [`EncodeError`] for a file, for a date before the year 0, for objects nested too deep.
pub fn json(object: &dyn Object, style: JsonStyle) -> Result<String, EncodeError> {
    let mut writer = Writer::new(String::with_capacity(CAPACITY), style);
    writer.object(object, &Path::ROOT)?;
    Ok(writer.out)
}

/// An object as the only member of another, called `root`.
pub(super) fn rooted(object: &dyn Object, root: &str, style: JsonStyle) -> Result<String, EncodeError> {
    let mut writer = Writer::new(String::with_capacity(CAPACITY), style);
    writer.out.push('{');
    writer.text(root);
    writer.out.push(':');
    writer.object(object, &Path::ROOT)?;
    writer.out.push('}');
    Ok(writer.out)
}

/// A usual answer's size, to begin with.
const CAPACITY: usize = 1024;

/// Writes values as JSON to the end of a text.
pub(super) struct Writer {
    out: String,
    style: JsonStyle,
    escapes: &'static Escapes,
    /// How many objects are around what is being written.
    depth: usize,
    /// Paths of the required fields that hold nothing, where the style is that of a request.
    missing: Vec<String>,
}

impl Writer {
    /// A writer that goes on behind `out`.
    pub(super) fn new(out: String, style: JsonStyle) -> Writer {
        let escapes = match style {
            JsonStyle::Answer | JsonStyle::Simplified => &Escapes::ANSWER,
            JsonStyle::Request | JsonStyle::Plain => &Escapes::REQUEST,
        };
        Writer { out, style, escapes, depth: 0, missing: Vec::new() }
    }

    /// The text, and the paths of required fields that were found to hold nothing.
    pub(super) fn finish(self) -> (String, Vec<String>) {
        (self.out, self.missing)
    }

    /// An object with its braces.
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

    /// A list of objects with its brackets, and nothing around it.
    pub(super) fn objects(&mut self, list: &dyn ObjectListView, path: &Path<'_>) -> Result<(), EncodeError> {
        self.array(0..list.len(), |writer, index| match list.get(index) {
            Some(object) => writer.object(object, &path.item(index)),
            // A list shorter than it says: the place is kept, as the official SDKs write a list's null.
            None => {
                writer.out.push_str("null");
                Ok(())
            }
        })
    }

    /// The value of field `index`, called `name`, of the object at `path`.
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
            View::List(list) if self.style == JsonStyle::Answer => {
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
            JsonStyle::Answer | JsonStyle::Simplified | JsonStyle::Plain => Fraction::Kept,
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

    /// A text in quotes: docs/protocol.md section 4.
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

    /// Stretches that need no escape are copied whole.
    #[inline(never)]
    fn escaped(&mut self, text: &str) {
        const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
        let mut rest = text;
        loop {
            // Only ASCII is escaped, so both its ends are boundaries of characters.
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

/// Whether a field is left out.
pub(crate) fn is_absent(view: &View<'_>) -> bool {
    match view {
        View::Absent => true,
        View::List(list) => list.is_empty(),
        _ => false,
    }
}

/// Which bytes are escaped, and how.
struct Escapes {
    /// What stands behind the backslash for each byte; 0 where the byte stands for itself.
    table: [u8; 256],
    /// One more byte that is escaped beside the quote, the backslash and the control characters, or the quote again.
    other: u8,
}

impl Escapes {
    /// All but the slash.
    const REQUEST: Escapes = Escapes {
        table: {
            let mut table = escape::LETTERS;
            table[b'/' as usize] = 0;
            table
        },
        other: b'"',
    };

    /// The gateway escapes the slash as well (docs/protocol.md section 5.3).
    const ANSWER: Escapes = Escapes { table: escape::LETTERS, other: b'/' };

    /// Whether any byte has to be escaped. Eight bytes are looked at together, as most texts are plain; what is left over
    /// is looked at in words that overlap, which does no harm.
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

    /// How many bytes stand before the first that has to be escaped.
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

    /// The high bits of the bytes that have to be escaped, the first byte lowest.
    #[inline(always)]
    fn marks(&self, word: [u8; 8]) -> u64 {
        const ONES: u64 = u64::from_le_bytes([1; 8]);
        const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
        let word = u64::from_le_bytes(word);
        // Subtracting borrows into the high bit of a byte that is smaller, if that bit was not set before. A byte above
        // such a one can be marked wrongly, but the lowest mark is right.
        let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word;
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        (below(word, 0x20) | is(b'"') | is(b'\\') | is(self.other)) & HIGH
    }
}
