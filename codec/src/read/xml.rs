//! XML into slots: protocol.md section 5.2.

use std::borrow::Cow;

use quick_xml::{
    Error as XmlError, Reader as Events,
    errors::{IllFormedError, SyntaxError},
    events::{BytesRef, BytesStart, Event},
};

use super::{
    Course,
    anomaly::Fault,
    envelope::{self, FAILURE, REQUEST_ID},
    excerpt,
    names::{Found, Names},
    path::Path,
    scalar,
};
use crate::{ListSlot, Object, Slot, error::END};

/// Reads a body whose first character is `<`; gives the `request_id`.
pub(super) fn read(
    body: &[u8],
    start: usize,
    course: &mut Course<'_>,
    target: &mut dyn Object,
) -> Result<Option<String>, Fault> {
    let mut events = Events::from_reader(&body[start..]);
    // `a & b` is an undefined entity to us, not the end of the answer.
    events.config_mut().allow_dangling_amp = true;
    let has_returns = memchr::memchr(b'\r', body).is_some();
    let mut reader = Reader { events, body, start, has_returns, event_at: start, text_at: start, course };
    let request_id = reader.document(target)?;
    reader.end()?;
    Ok(request_id)
}

struct Reader<'a, 'c, 'd> {
    events: Events<&'a [u8]>,
    body: &'a [u8],
    /// Bytes of the body before the first that `events` has seen.
    start: usize,
    /// Whether lines may end in `\r\n`, which XML takes as `\n`.
    has_returns: bool,
    /// Where the event read last begins.
    event_at: usize,
    /// Where the text read last begins.
    text_at: usize,
    course: &'c mut Course<'d>,
}

/// Where text ends.
enum Tag<'a> {
    Open(BytesStart<'a>),
    /// `<a/>`: open and closed.
    Empty(BytesStart<'a>),
    Close,
}

impl<'a> Reader<'a, '_, '_> {
    fn document(&mut self, target: &mut dyn Object) -> Result<Option<String>, Fault> {
        let mut request_id = None;
        loop {
            match self.event()? {
                Event::Start(tag) => {
                    if self.is_failure(tag.name().0)? {
                        return Err(self.failure());
                    }
                    self.course.descend(self.event_at)?;
                    self.members(target, &Path::ROOT, Some(&mut request_id))?;
                    return Ok(request_id);
                }
                Event::Empty(tag) => {
                    if self.is_failure(tag.name().0)? {
                        return Err(envelope::failure(self.course, |_, _| Ok(())));
                    }
                    return Ok(request_id);
                }
                Event::Text(text) if is_blank(&text) => {}
                Event::Eof => return Err(Fault::syntax("a root element", END, self.body.len())),
                _ => return Err(self.unexpected("a root element")),
            }
        }
    }

    fn is_failure(&mut self, root: &str) -> Result<bool, Fault> {
        if root == FAILURE {
            return Ok(true);
        }
        if root.eq_ignore_ascii_case("html") {
            return Err(envelope::html(&self.body[self.start..]));
        }
        envelope::check_root(self.course, root, self.event_at)?;
        Ok(false)
    }

    fn failure(&mut self) -> Fault {
        let Reader { events, body, start, has_returns, event_at, text_at, course } = self;
        let (start, has_returns, event_at, text_at) = (*start, *has_returns, *event_at, *text_at);
        envelope::failure(course, |course, failure| {
            let mut reader = Reader { events: events.clone(), body, start, has_returns, event_at, text_at, course };
            reader.course.descend(event_at)?;
            reader.members(failure, &Path::ROOT.field(FAILURE), None)
        })
    }

    /// Nothing but comments and white space follows the root; in every real answer, one comment does.
    fn end(&mut self) -> Result<(), Fault> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if is_blank(&text) => {}
                _ => return Err(self.unexpected("nothing behind the answer")),
            }
        }
    }

    /// The content of an element that holds fields, and its end.
    fn members(
        &mut self,
        target: &mut dyn Object,
        path: &Path<'_>,
        request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        let (text, tag) = self.text(path)?;
        self.no_text(&text, path)?;
        self.members_from(tag, target, path, request_id)
    }

    /// The content of an element that holds fields, from its first tag on, and its end.
    fn members_from(
        &mut self,
        mut tag: Tag<'a>,
        target: &mut dyn Object,
        path: &Path<'_>,
        mut request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        let mut names = Names::default();
        loop {
            let (start, is_empty) = match &tag {
                Tag::Open(start) => (start, false),
                Tag::Empty(start) => (start, true),
                Tag::Close => break,
            };
            let name = start.name().0;
            let offset = self.event_at;
            self.course.descend(offset)?;
            match names.find(target.schema().names, name) {
                Found::Field(index) => {
                    let path = path.field(name);
                    let slot = target.slot(index);
                    let filled = if is_empty { self.empty(slot, &path) } else { self.value(slot, &path) };
                    filled.map_err(|fault| fault.at(&path))?;
                    if let Some(request_id) = &mut request_id
                        && name == REQUEST_ID
                    {
                        **request_id = envelope::request_id_of(target.view(index));
                    }
                }
                Found::Again => {
                    self.course.report.add(&path.field(name), "one value", "the element again", offset)?;
                    self.skip(is_empty)?;
                }
                Found::Unknown => match &mut request_id {
                    Some(request_id) if name == REQUEST_ID && request_id.is_none() && !is_empty => {
                        self.value(Slot::String(request_id), &path.field(name))?;
                    }
                    _ => self.skip(is_empty)?,
                },
            }
            self.course.ascend();
            let (text, next) = self.text(path)?;
            self.no_text(&text, path)?;
            tag = next;
        }
        Ok(())
    }

    /// The content of a field's element, and its end.
    fn value(&mut self, slot: Slot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => match self.text(path)? {
                (text, Tag::Close) if !is_blank(&text) => match scalar::is_nothing(&text) {
                    true => Ok(()),
                    false => self.course.report.add(path, "an object", &text, self.text_at),
                },
                (text, tag) => {
                    self.no_text(&text, path)?;
                    self.members_from(tag, object.insert(), path, None)
                }
            },
            Slot::List(list) => self.list(list, path),
            slot => {
                let text = self.basic(path)?;
                self.course.settle(scalar::fill(slot, text), path, self.text_at)
            }
        }
    }

    /// A field's element without content.
    fn empty(&mut self, slot: Slot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => {
                object.insert();
                Ok(())
            }
            slot => self.course.settle(scalar::fill(slot, Cow::Borrowed("")), path, self.event_at),
        }
    }

    /// The content of a list's element, and its end: every child is an item, whatever its name.
    fn list(&mut self, mut list: ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        for index in 0.. {
            let (text, tag) = self.text(path)?;
            // A list that is shown as one value, or as `null`.
            let is_value = index == 0 && matches!(tag, Tag::Close);
            let is_object = matches!(list, ListSlot::Object(_));
            if !is_blank(&text) && !(is_value && (scalar::is_nothing(&text) || !is_object)) {
                self.no_text(&text, path)?;
            }
            let item = path.item(index);
            if matches!(tag, Tag::Open(_) | Tag::Empty(_)) {
                self.course.count_item(self.event_at)?;
            }
            match tag {
                Tag::Open(_) => {
                    self.course.descend(self.event_at)?;
                    self.item(&mut list, &item).map_err(|fault| fault.at(&item))?;
                    self.course.ascend();
                }
                Tag::Empty(_) => match &mut list {
                    ListSlot::Object(objects) => drop(objects.push()),
                    list => self.course.settle(scalar::push(list, Cow::Borrowed("")), &item, self.event_at)?,
                },
                Tag::Close => {
                    if is_value && !is_object && !scalar::is_nothing(&text) {
                        self.course.settle(scalar::push(&mut list, text), &item, self.text_at)?;
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    fn item(&mut self, list: &mut ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        let ListSlot::Object(objects) = list else {
            let text = self.basic(path)?;
            return self.course.settle(scalar::push(list, text), path, self.text_at);
        };
        match self.text(path)? {
            (text, Tag::Close) if !is_blank(&text) => self.course.report.add(path, "an object", &text, self.text_at),
            (text, tag) => {
                self.no_text(&text, path)?;
                self.members_from(tag, objects.push(), path, None)
            }
        }
    }

    /// Reports text where only elements belong.
    #[inline]
    fn no_text(&mut self, text: &str, path: &Path<'_>) -> Result<(), Fault> {
        if is_blank(text) { Ok(()) } else { self.course.report.add(path, "elements", text, self.text_at) }
    }

    /// The text of an element, and its end. Elements inside are kept as they are written.
    fn basic(&mut self, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let (text, tag) = self.text(path)?;
        match tag {
            Tag::Close => Ok(text),
            tag => self.mixed(tag, path),
        }
    }

    /// The content of an element as it is written, from its first tag on, and its end.
    fn mixed(&mut self, mut tag: Tag<'a>, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let start = self.text_at;
        loop {
            match tag {
                Tag::Close => break,
                Tag::Open(_) => {
                    self.course.descend(self.event_at)?;
                    self.skip(false)?;
                    self.course.ascend();
                }
                Tag::Empty(_) => {}
            }
            (_, tag) = self.text(path)?;
        }
        self.text_at = start;
        let raw = String::from_utf8_lossy(&self.body[start..self.event_at]);
        self.course.report.add(path, "text", &raw, start)?;
        Ok(raw)
    }

    /// Goes over the rest of an element that has been opened, with all that is in it.
    fn skip(&mut self, is_empty: bool) -> Result<(), Fault> {
        if is_empty {
            return Ok(());
        }
        let mut inside = 1;
        while inside > 0 {
            match self.event()? {
                Event::Start(_) => {
                    inside += 1;
                    self.course.descend(self.event_at)?;
                }
                Event::End(_) => {
                    inside -= 1;
                    if inside > 0 {
                        self.course.ascend();
                    }
                }
                Event::Eof => return Err(self.cut()),
                _ => {}
            }
        }
        Ok(())
    }

    /// The text up to the next tag, and that tag. Usually there is one piece of text at most, and it is borrowed.
    #[inline]
    fn text(&mut self, path: &Path<'_>) -> Result<(Cow<'a, str>, Tag<'a>), Fault> {
        let first = self.event()?;
        self.text_at = self.event_at;
        let first = match first {
            Event::Start(tag) => return Ok((Cow::Borrowed(""), Tag::Open(tag))),
            Event::End(_) => return Ok((Cow::Borrowed(""), Tag::Close)),
            Event::Empty(tag) => return Ok((Cow::Borrowed(""), Tag::Empty(tag))),
            Event::Text(text) if !text.starts_with('&') && !self.has_returns => text.into_inner(),
            event => return self.pieces(String::new(), event, path),
        };
        match self.event()? {
            Event::Start(tag) => Ok((first, Tag::Open(tag))),
            Event::End(_) => Ok((first, Tag::Close)),
            Event::Empty(tag) => Ok((first, Tag::Empty(tag))),
            event => {
                // References are longer than what they stand for: one allocation holds the text up to the next tag.
                let rest = memchr::memchr(b'<', self.events.get_ref()).unwrap_or_default();
                let mut text = String::with_capacity(first.len() + event.len() + rest + 2);
                text.push_str(&first);
                self.pieces(text, event, path)
            }
        }
    }

    /// The text up to the next tag, in several pieces: references, CDATA sections.
    fn pieces(
        &mut self,
        mut text: String,
        mut event: Event<'a>,
        path: &Path<'_>,
    ) -> Result<(Cow<'a, str>, Tag<'a>), Fault> {
        loop {
            let tag = match event {
                Event::Start(tag) => Tag::Open(tag),
                Event::End(_) => Tag::Close,
                Event::Empty(tag) => Tag::Empty(tag),
                Event::Text(piece) => {
                    if piece.starts_with('&') {
                        self.course.report.add(path, "a reference, or `&amp;`", &piece, self.event_at)?;
                    }
                    text.push_str(&piece.xml10_content());
                    event = self.event()?;
                    continue;
                }
                Event::CData(piece) => {
                    text.push_str(&piece.xml10_content());
                    event = self.event()?;
                    continue;
                }
                Event::GeneralRef(reference) => {
                    self.reference(&mut text, &reference, path)?;
                    event = self.event()?;
                    continue;
                }
                Event::Eof => return Err(self.cut()),
                _ => return Err(self.unexpected("an element or text")),
            };
            return Ok((Cow::Owned(text), tag));
        }
    }

    fn reference(&mut self, text: &mut String, reference: &BytesRef<'_>, path: &Path<'_>) -> Result<(), Fault> {
        let character = match &**reference {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        if let Some(character) = character {
            text.push(character);
            return Ok(());
        }
        let written = format!("&{};", &**reference);
        text.push_str(&written);
        self.course.report.add(path, "an entity of XML", &written, self.event_at)
    }

    /// The next event that matters.
    #[inline]
    fn event(&mut self) -> Result<Event<'a>, Fault> {
        loop {
            self.event_at = self.offset();
            match self.events.read_event() {
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => {}
                Ok(Event::DocType(doctype)) => return Err(self.doctype(&doctype)),
                Ok(event) => return Ok(event),
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// Bytes of the body before the next event.
    fn offset(&self) -> usize {
        self.start + usize::try_from(self.events.buffer_position()).unwrap_or(usize::MAX)
    }

    #[cold]
    fn doctype(&self, doctype: &str) -> Fault {
        if doctype.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html")) {
            return envelope::html(&self.body[self.start..]);
        }
        let found = format!("`<!DOCTYPE {}`", excerpt::beginning(doctype));
        Fault::syntax("an answer without DOCTYPE, which no answer has and attacks need", found, self.event_at)
    }

    #[cold]
    fn cut(&self) -> Fault {
        Fault::syntax("the end of every element", END, self.body.len())
    }

    #[cold]
    fn unexpected(&self, expected: &'static str) -> Fault {
        self.unexpected_at(expected, self.event_at)
    }

    #[cold]
    fn unexpected_at(&self, expected: &'static str, offset: usize) -> Fault {
        let found = &self.body[offset.min(self.body.len())..];
        let found = String::from_utf8_lossy(&found[..found.len().min(64)]);
        Fault::syntax(expected, format!("`{}`", excerpt::beginning(&found)), offset)
    }

    #[cold]
    fn broken(&self, error: XmlError) -> Fault {
        let offset = self.start + usize::try_from(self.events.error_position()).unwrap_or(usize::MAX);
        match error {
            XmlError::Syntax(SyntaxError::InvalidBangMarkup) => {
                self.unexpected_at("a comment or a CDATA section", offset)
            }
            XmlError::Syntax(error) => Fault::syntax(format!("well-formed XML ({error})"), END, self.body.len()),
            XmlError::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => Fault::syntax(
                format!("`</{}>`", excerpt::beginning(&expected)),
                format!("`</{}>`", excerpt::beginning(&found)),
                offset,
            ),
            XmlError::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                Fault::syntax("an element", format!("`</{}>`", excerpt::beginning(&found)), offset)
            }
            XmlError::Encoding(_) => {
                let seen = self.offset().min(self.body.len());
                let offset = str::from_utf8(self.body).map_or_else(|error| error.valid_up_to(), |_| seen);
                Fault::syntax("UTF-8", "bytes that are not", offset)
            }
            other => Fault::syntax(format!("well-formed XML ({other})"), "something else", offset),
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
