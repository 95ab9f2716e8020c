//! Reads XML into slots (docs/protocol.md section 5.2).

mod events;

use std::borrow::Cow;

use quick_xml::{escape::resolve_predefined_entity, events::BytesRef, events::BytesText};

use super::{
    fault::Fault,
    names::{Found, Names},
    root::{self, FAILURE, REQUEST_ID},
    scalar,
    state::{State, Unknown},
};
use crate::{ListSlot, Object, Slot, excerpt, path::Path};
use events::{Events, Piece, Space};

/// Reads a body whose first character is `<`. Returns the `request_id`.
pub(super) fn read(
    body: &[u8],
    start: usize,
    state: &mut State<'_>,
    target: &mut dyn Object,
) -> Result<Option<String>, Fault> {
    let text = root::text_of(body)?;
    let has_returns = memchr::memchr(b'\r', body).is_some();
    let mut reader = XmlReader { events: Events::new(text, start), has_returns, text_at: start, state };
    let request_id = reader.document(target)?;
    match reader.events.next(Space::Skipped)? {
        Piece::End => Ok(request_id),
        _ => Err(reader.events.unexpected("nothing after the response")),
    }
}

struct XmlReader<'a, 'c, 'd> {
    events: Events<'a>,
    /// Whether lines may end in `\r\n`, which XML reads as `\n`.
    has_returns: bool,
    /// Byte offset of the text read last.
    text_at: usize,
    state: &'c mut State<'d>,
}

/// The tag that ends a text.
#[derive(Clone, Copy)]
enum Tag<'a> {
    Open(&'a str),
    /// `<a/>`: open and closed.
    Empty(&'a str),
    Close,
}

impl<'a> XmlReader<'a, '_, '_> {
    fn document(&mut self, target: &mut dyn Object) -> Result<Option<String>, Fault> {
        let (root, is_empty) = match self.events.next(Space::Skipped)? {
            Piece::Open(root) => (root, false),
            Piece::Empty(root) => (root, true),
            Piece::End => return Err(self.events.cut("a root element")),
            _ => return Err(self.events.unexpected("a root element")),
        };
        if root == FAILURE {
            return Err(self.failure(is_empty));
        }
        if root.eq_ignore_ascii_case("html") {
            return Err(self.events.html());
        }
        if !root::is_root(root) {
            return Err(self.events.foreign("XML whose root does not end in `_response`"));
        }
        root::check_root(self.state, root, self.events.piece_offset())?;
        let mut request_id = None;
        if !is_empty {
            self.state.descend(self.events.piece_offset())?;
            match self.text(Space::Skipped, &Path::ROOT)? {
                // An empty response.
                (text, Tag::Close) if scalar::is_nothing(&text) => {}
                (_, Tag::Close) => return Err(self.events.foreign("XML whose root holds text alone")),
                (text, tag) => {
                    self.no_text(&text, &Path::ROOT)?;
                    self.members_from(tag, target, &Path::ROOT, Some(&mut request_id))?;
                }
            }
            self.state.ascend();
        }
        Ok(request_id)
    }

    fn failure(&mut self, is_empty: bool) -> Fault {
        let XmlReader { events, has_returns, text_at, state } = self;
        root::failure(state, |state, failure| {
            let mut reader = XmlReader { events: events.clone(), has_returns: *has_returns, text_at: *text_at, state };
            if is_empty {
                return Ok(());
            }
            reader.state.descend(events.piece_offset())?;
            reader.members(failure, &Path::ROOT.field(FAILURE), None)
        })
    }

    /// Reads the content of an element that holds fields, and its end tag.
    fn members(
        &mut self,
        target: &mut dyn Object,
        path: &Path<'_>,
        request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        let tag = self.tag(path)?;
        self.members_from(tag, target, path, request_id)
    }

    /// Reads the content of an element that holds fields, from its first tag, and its end tag.
    fn members_from(
        &mut self,
        mut tag: Tag<'a>,
        target: &mut dyn Object,
        path: &Path<'_>,
        mut request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        let mut names = Names::default();
        loop {
            let (name, is_empty) = match tag {
                Tag::Open(name) => (name, false),
                Tag::Empty(name) => (name, true),
                Tag::Close => return Ok(()),
            };
            let offset = self.events.piece_offset();
            self.state.descend(offset)?;
            match names.find(target.schema().names, name) {
                Found::Field(index) => {
                    let path = path.field(name);
                    let slot = target.slot(index);
                    let filled = if is_empty { self.empty(slot, &path) } else { self.value(slot, &path) };
                    filled.map_err(|fault| fault.at(&path))?;
                    if let Some(request_id) = &mut request_id
                        && name == REQUEST_ID
                    {
                        **request_id = root::request_id_of(target.view(index));
                    }
                }
                Found::Again => {
                    let start = self.events.offset();
                    self.skip(name, is_empty)?;
                    let again = if is_empty { "" } else { self.events.since(start) };
                    self.state.report.add(&path.field(name), "no second value", again, offset)?;
                }
                Found::Unknown => match &mut request_id {
                    Some(request_id) if name == REQUEST_ID && request_id.is_none() && !is_empty => {
                        self.value(Slot::String(request_id), &path.field(name))?;
                    }
                    _ => {
                        let start = self.events.offset();
                        self.skip(name, is_empty)?;
                        if self.state.on_unknown != Unknown::Skipped {
                            let found = if is_empty { "" } else { self.events.since(start) };
                            self.state.add_unknown(&path.field(name), found, offset)?;
                        }
                    }
                },
            }
            self.state.ascend();
            tag = self.tag(path)?;
        }
    }

    /// Reads the content of a field's element, and its end tag.
    #[inline]
    fn value(&mut self, slot: Slot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => match self.text(Space::Skipped, path)? {
                (text, Tag::Close) if !is_blank(&text) => match scalar::is_nothing(&text) {
                    true => Ok(()),
                    false => self.state.report.add(path, "an object", &text, self.text_at),
                },
                (text, tag) => {
                    self.no_text(&text, path)?;
                    self.members_from(tag, object.insert(), path, None)
                }
            },
            Slot::List(list) => self.list(list, path),
            slot => {
                let text = self.basic(path)?;
                self.state.settle(scalar::fill(slot, text), path, self.text_at)
            }
        }
    }

    /// Reads a field's element without content.
    fn empty(&mut self, slot: Slot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => {
                object.insert();
                Ok(())
            }
            slot => {
                let offset = self.events.piece_offset();
                self.state.settle(scalar::fill(slot, Cow::Borrowed("")), path, offset)
            }
        }
    }

    /// Reads the content of a list's element, and its end tag. Every child is an item, whatever its name.
    fn list(&mut self, mut list: ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        let is_object = matches!(list, ListSlot::Object(_));
        let (text, mut tag) = self.text(Space::Kept, path)?;
        if let Tag::Close = tag
            && (!is_object || scalar::is_nothing(&text))
        {
            // A list that is written as one value, or as `null`.
            if !scalar::is_nothing(&text) {
                self.state.count_item(self.text_at)?;
                self.state.settle(scalar::push(&mut list, text), &path.item(0), self.text_at)?;
            }
            return Ok(());
        }
        self.no_text(&text, path)?;
        for index in 0.. {
            let item = path.item(index);
            let offset = self.events.piece_offset();
            match tag {
                Tag::Close => break,
                Tag::Open(_) => {
                    self.state.descend(offset)?;
                    self.state.count_item(offset)?;
                    self.item(&mut list, &item).map_err(|fault| fault.at(&item))?;
                    self.state.ascend();
                }
                Tag::Empty(_) => {
                    self.state.count_item(offset)?;
                    match &mut list {
                        ListSlot::Object(objects) => drop(objects.push()),
                        list => self.state.settle(scalar::push(list, Cow::Borrowed("")), &item, offset)?,
                    }
                }
            }
            tag = self.tag(path)?;
        }
        Ok(())
    }

    fn item(&mut self, list: &mut ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        let ListSlot::Object(objects) = list else {
            let text = self.basic(path)?;
            return self.state.settle(scalar::push(list, text), path, self.text_at);
        };
        match self.text(Space::Skipped, path)? {
            (text, Tag::Close) if !is_blank(&text) => self.state.report.add(path, "an object", &text, self.text_at),
            (text, tag) => {
                self.no_text(&text, path)?;
                self.members_from(tag, objects.push(), path, None)
            }
        }
    }

    /// Reads the text of an element, and its end tag. Tags inside are kept as they are written.
    #[inline]
    fn basic(&mut self, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let (text, tag) = self.text(Space::Kept, path)?;
        match tag {
            Tag::Close => Ok(text),
            tag => self.mixed(text, tag, path),
        }
    }

    /// Reads the content of an element that holds elements, from the first tag, and its end tag. Text is decoded, tags are
    /// kept as they are written.
    #[cold]
    fn mixed(&mut self, mut text: Cow<'a, str>, mut tag: Tag<'a>, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let start = self.text_at;
        let mut inside = 0;
        loop {
            match tag {
                Tag::Close if inside == 0 => break,
                Tag::Close => {
                    self.state.ascend();
                    inside -= 1;
                }
                Tag::Open(_) => {
                    self.state.descend(self.events.piece_offset())?;
                    inside += 1;
                }
                Tag::Empty(_) => {}
            }
            self.append(&mut text, self.events.written());
            let (piece, next) = self.text(Space::Kept, path)?;
            self.append(&mut text, &piece);
            tag = next;
        }
        self.text_at = start;
        self.state.report.add(path, "text", self.events.since(start), start)?;
        Ok(text)
    }

    /// Skips the rest of an open element.
    fn skip(&mut self, element: &'a str, is_empty: bool) -> Result<(), Fault> {
        if is_empty {
            return Ok(());
        }
        let mut inside = 0;
        loop {
            match self.events.next(Space::Skipped)? {
                Piece::Open(_) => {
                    self.state.descend(self.events.piece_offset())?;
                    inside += 1;
                }
                Piece::Close if inside == 0 => return Ok(()),
                Piece::Close => {
                    self.state.ascend();
                    inside -= 1;
                }
                Piece::End => return Err(self.events.cut(format!("`</{}>`", excerpt::beginning(element)))),
                _ => {}
            }
        }
    }

    /// Reports text where only elements are allowed.
    #[inline]
    fn no_text(&mut self, text: &str, path: &Path<'_>) -> Result<(), Fault> {
        if is_blank(text) { Ok(()) } else { self.state.report.add(path, "elements", text, self.text_at) }
    }

    /// Reads the next tag where only elements are allowed.
    #[inline]
    fn tag(&mut self, path: &Path<'_>) -> Result<Tag<'a>, Fault> {
        let (text, tag) = self.text(Space::Skipped, path)?;
        self.no_text(&text, path)?;
        Ok(tag)
    }

    /// Reads the text up to the next tag, and that tag. The usual text is a single piece, which is borrowed.
    #[inline]
    fn text(&mut self, space: Space, path: &Path<'_>) -> Result<(Cow<'a, str>, Tag<'a>), Fault> {
        self.text_at = self.events.offset();
        let first = match self.events.next(space)? {
            Piece::Open(name) => return Ok((Cow::Borrowed(""), Tag::Open(name))),
            Piece::Close => return Ok((Cow::Borrowed(""), Tag::Close)),
            Piece::Empty(name) => return Ok((Cow::Borrowed(""), Tag::Empty(name))),
            Piece::Text(text) if !self.has_returns && !text.starts_with('&') => text,
            piece => return self.pieces("", piece, path),
        };
        match self.events.next(Space::Kept)? {
            Piece::Open(name) => Ok((Cow::Borrowed(first), Tag::Open(name))),
            Piece::Close => Ok((Cow::Borrowed(first), Tag::Close)),
            Piece::Empty(name) => Ok((Cow::Borrowed(first), Tag::Empty(name))),
            piece => self.pieces(first, piece, path),
        }
    }

    /// Joins the pieces of a text up to the next tag.
    fn pieces(
        &mut self,
        first: &'a str,
        mut piece: Piece<'a>,
        path: &Path<'_>,
    ) -> Result<(Cow<'a, str>, Tag<'a>), Fault> {
        let mut text = Cow::Borrowed(first);
        loop {
            match piece {
                Piece::Open(name) => return Ok((text, Tag::Open(name))),
                Piece::Close => return Ok((text, Tag::Close)),
                Piece::Empty(name) => return Ok((text, Tag::Empty(name))),
                Piece::Text(piece) => {
                    if piece.starts_with('&') {
                        self.lone_ampersand(path)?;
                    }
                    self.push(&mut text, piece);
                }
                Piece::CData(piece) => self.push(&mut text, piece),
                Piece::Reference(name) => self.reference(&mut text, name, path)?,
                Piece::End => return Err(self.events.cut("the end of every element")),
            }
            piece = self.events.next(Space::Kept)?;
        }
    }

    fn push(&self, text: &mut Cow<'a, str>, piece: &'a str) {
        match self.with_line_feeds(piece) {
            piece if text.is_empty() => *text = piece,
            piece => self.append(text, &piece),
        }
    }

    fn append(&self, text: &mut Cow<'a, str>, piece: &str) {
        // A reference is longer than its character: one allocation holds the whole text.
        match text {
            Cow::Owned(text) if text.capacity() - text.len() >= piece.len() => text.push_str(piece),
            Cow::Owned(text) => {
                text.reserve(piece.len() + self.events.up_to_tag());
                text.push_str(piece);
            }
            Cow::Borrowed(first) => {
                let mut owned = String::with_capacity(first.len() + piece.len() + self.events.up_to_tag());
                owned.push_str(first);
                owned.push_str(piece);
                *text = Cow::Owned(owned);
            }
        }
    }

    fn with_line_feeds(&self, piece: &'a str) -> Cow<'a, str> {
        if self.has_returns { BytesText::from_escaped(piece).xml10_content() } else { Cow::Borrowed(piece) }
    }

    /// Appends the character of a reference.
    fn reference(&mut self, text: &mut Cow<'a, str>, name: &'a str, path: &Path<'_>) -> Result<(), Fault> {
        if let Some(entity) = resolve_predefined_entity(name) {
            self.append(text, entity);
            return Ok(());
        }
        if let Ok(Some(character)) = BytesRef::new(name).resolve_char_ref() {
            self.append(text, character.encode_utf8(&mut [0; 4]));
            return Ok(());
        }
        let offset = self.events.piece_offset();
        let written = format!("&{name};");
        match name.is_empty() || name.contains(|c: char| c.is_ascii() && !is_in_reference(c)) {
            // `a & b;`
            true => self.lone_ampersand(path)?,
            false => self.state.report.add(path, "an entity of XML", &written, offset)?,
        }
        let written = match self.has_returns {
            true => BytesText::from_escaped(&*written).xml10_content().into_owned(),
            false => written,
        };
        self.append(text, &written);
        Ok(())
    }

    #[cold]
    fn lone_ampersand(&mut self, path: &Path<'_>) -> Result<(), Fault> {
        let offset = self.events.piece_offset();
        self.state.report.add(path, "a reference, or `&amp;`", "&", offset)
    }
}

/// Returns whether a character may stand between the `&` and the `;` of a reference.
fn is_in_reference(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '#' | '_' | '-' | '.' | ':')
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
