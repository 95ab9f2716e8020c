//! Writes objects as XML, as the gateway does (docs/protocol.md section 5.2).

use quick_xml::escape::escape;

use super::{
    EncodeError, MAX_DEPTH,
    json::is_absent,
    scalar::{self, Fraction},
};
use crate::{ListView, Object, ObjectListView, View, path::Path};

/// Writes an object as one compact XML element called `root`, its fields in documented order, without a declaration.
///
/// * Empty fields and empty lists are omitted (see [`json`](super::json())). An empty object and an empty text are elements
///   without content.
/// * The items of a list have the item name of docs/protocol.md section 6. The attribute `list="true"` is not written: pages
///   do not show it, and no reader needs it.
///
/// # Errors
///
/// [`EncodeError::Character`] for a character that XML 1.0 cannot carry, such as NUL; [`EncodeError::ElementName`]; and the
/// errors of [`json`](super::json()).
pub fn xml(object: &dyn Object, root: &str) -> Result<String, EncodeError> {
    let mut writer = XmlWriter { out: String::with_capacity(1024), depth: 0 };
    writer.element(root, &Path::ROOT.field(root), |writer| writer.fields(object, &Path::ROOT))?;
    Ok(writer.out)
}

struct XmlWriter {
    out: String,
    /// How many objects are around what is being written.
    depth: usize,
}

impl XmlWriter {
    fn element(
        &mut self,
        name: &str,
        path: &Path<'_>,
        content: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        if !is_name(name) {
            return Err(EncodeError::ElementName { path: path.to_string(), name: name.to_owned() });
        }
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
        content(self)?;
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        Ok(())
    }

    fn fields(&mut self, object: &dyn Object, path: &Path<'_>) -> Result<(), EncodeError> {
        if self.depth == MAX_DEPTH {
            return Err(EncodeError::Depth { path: path.to_string() });
        }
        self.depth += 1;
        let schema = object.schema();
        for (index, name) in schema.names.iter().enumerate() {
            let view = object.view(index);
            if is_absent(&view) {
                continue;
            }
            let path = path.field(name);
            self.element(name, &path, |writer| match view {
                View::List(list) => writer.list(list, schema.item_of(index).unwrap_or_else(|| list.item()), &path),
                View::Object(object) => writer.fields(object, &path),
                basic => writer.basic(basic, &path),
            })?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, list: ListView<'_>, item: &str, path: &Path<'_>) -> Result<(), EncodeError> {
        match list {
            ListView::Object(objects) => self.objects(objects, item, path),
            ListView::String(items) => self.items(items.iter().map(|text| View::String(text)), item, path),
            ListView::Number(items) => self.items(items.iter().map(|number| View::Number(*number)), item, path),
            ListView::Boolean(items) => self.items(items.iter().map(|boolean| View::Boolean(*boolean)), item, path),
            ListView::Date(items) => self.items(items.iter().map(|date| View::Date(*date)), item, path),
            ListView::Decimal(items) => self.items(items.iter().map(|decimal| View::Decimal(*decimal)), item, path),
            ListView::Json(items) => self.items(items.iter().map(View::Json), item, path),
            ListView::File(items) => self.items(items.iter().map(View::File), item, path),
        }
    }

    fn objects(&mut self, objects: &dyn ObjectListView, item: &str, path: &Path<'_>) -> Result<(), EncodeError> {
        for index in 0..objects.len() {
            let path = path.item(index);
            self.element(item, &path, |writer| match objects.get(index) {
                Some(object) => writer.fields(object, &path),
                None => Ok(()),
            })?;
        }
        Ok(())
    }

    fn items<'v>(
        &mut self,
        items: impl Iterator<Item = View<'v>>,
        item: &str,
        path: &Path<'_>,
    ) -> Result<(), EncodeError> {
        for (index, view) in items.enumerate() {
            let path = path.item(index);
            self.element(item, &path, |writer| writer.basic(view, &path))?;
        }
        Ok(())
    }

    fn basic(&mut self, view: View<'_>, path: &Path<'_>) -> Result<(), EncodeError> {
        match view {
            View::String(text) => self.text(text, path)?,
            View::Json(json) => self.text(json.as_str(), path)?,
            View::Number(number) => scalar::number(&mut self.out, number),
            View::Boolean(boolean) => self.out.push_str(scalar::boolean(boolean)),
            View::Date(date) => scalar::date(&mut self.out, date, Fraction::Kept, path)?,
            View::Decimal(decimal) => scalar::decimal(&mut self.out, decimal),
            View::File(_) => return Err(EncodeError::file(path)),
            View::Absent | View::Object(_) | View::List(_) => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str, path: &Path<'_>) -> Result<(), EncodeError> {
        match text.char_indices().find(|(_, character)| !is_character(*character)) {
            Some((offset, character)) => Err(EncodeError::Character { path: path.to_string(), character, offset }),
            None => {
                // Escapes `\r` too: a parser would turn it into a line feed.
                self.out.push_str(&escape(text));
                Ok(())
            }
        }
    }
}

/// Returns whether XML 1.0 can carry a character.
fn is_character(character: char) -> bool {
    !matches!(character, '\0'..'\t' | '\u{B}'..='\u{C}' | '\u{E}'..' ' | '\u{FFFE}' | '\u{FFFF}')
}

/// Returns whether a name can be the name of an element: it must not contain anything that ends a name or begins another
/// construct. XML's own rule is stricter, but documented names break it and readers do not insist.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['!', '?'])
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "<>&/='\"".contains(c))
}
