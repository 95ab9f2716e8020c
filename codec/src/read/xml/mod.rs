//! XML into slots: protocol.md section 5.2.

mod markup;

use std::borrow::Cow;

use super::{
    Course,
    anomaly::Fault,
    envelope::{self, FAILURE, REQUEST_ID},
    excerpt,
    names::{Found, Names},
    scalar,
};
use crate::{ListSlot, Object, Slot, path::Path};
use markup::{Markup, Token};

/// Reads a body whose first character is `<`; gives the `request_id`.
pub(super) fn read(
    body: &[u8],
    start: usize,
    course: &mut Course<'_>,
    target: &mut dyn Object,
) -> Result<Option<String>, Fault> {
    let text = super::text_of(body)?;
    let has_returns = memchr::memchr(b'\r', body).is_some();
    let mut reader = Reader { markup: Markup::new(text, start), has_returns, text_at: start, course };
    let request_id = reader.document(target)?;
    match reader.outside()? {
        Token::End => Ok(request_id),
        _ => Err(reader.markup.unexpected("nothing behind the answer")),
    }
}

struct Reader<'a, 'c, 'd> {
    markup: Markup<'a>,
    /// Whether lines may end in `\r\n`, which XML takes as `\n`.
    has_returns: bool,
    /// Where the text read last begins.
    text_at: usize,
    course: &'c mut Course<'d>,
}

/// Where text ends.
#[derive(Clone, Copy)]
enum Tag<'a> {
    Open(&'a str),
    /// `<a/>`: open and closed.
    Empty(&'a str),
    Close(&'a str),
}

impl<'a> Reader<'a, '_, '_> {
    fn document(&mut self, target: &mut dyn Object) -> Result<Option<String>, Fault> {
        let (root, is_empty) = match self.outside()? {
            Token::Open(root) => (root, false),
            Token::Empty(root) => (root, true),
            Token::Doctype(name) => return Err(self.doctype(name)),
            _ => return Err(self.markup.unexpected("a root element")),
        };
        if root == FAILURE {
            return Err(self.failure(is_empty));
        }
        if root.eq_ignore_ascii_case("html") {
            return Err(envelope::html(self.markup.whole().as_bytes()));
        }
        envelope::check_root(self.course, root, self.markup.token_offset())?;
        let mut request_id = None;
        if !is_empty {
            self.course.descend(self.markup.token_offset())?;
            self.members(target, root, &Path::ROOT, Some(&mut request_id))?;
            self.course.ascend();
        }
        Ok(request_id)
    }

    fn failure(&mut self, is_empty: bool) -> Fault {
        let Reader { markup, has_returns, text_at, course } = self;
        envelope::failure(course, |course, failure| {
            let mut reader = Reader { markup: markup.clone(), has_returns: *has_returns, text_at: *text_at, course };
            if is_empty {
                return Ok(());
            }
            reader.course.descend(markup.token_offset())?;
            reader.members(failure, FAILURE, &Path::ROOT.field(FAILURE), None)
        })
    }

    /// What comes next outside of the root but white space.
    fn outside(&mut self) -> Result<Token<'a>, Fault> {
        loop {
            match self.markup.next()? {
                Token::Text(text) if is_blank(text) => {}
                token => return Ok(token),
            }
        }
    }

    /// The content of the element `element`, which holds fields, and its end.
    fn members(
        &mut self,
        target: &mut dyn Object,
        element: &str,
        path: &Path<'_>,
        mut request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        let mut names = Names::default();
        loop {
            let schema = target.schema();
            let expected = names.expected(schema.names).and_then(|name| self.markup.take_open(name));
            let (found, name, is_empty) = if let Some(name) = expected {
                (names.take_expected(), name, false)
            } else {
                let (text, tag) = self.text(path)?;
                self.no_text(&text, path)?;
                match tag {
                    Tag::Open(name) => (names.find(schema.names, name), name, false),
                    Tag::Empty(name) => (names.find(schema.names, name), name, true),
                    Tag::Close(name) => return self.closes(name, element),
                }
            };
            self.course.descend(self.markup.token_offset())?;
            match found {
                Found::Field(index) => {
                    let path = path.field(name);
                    let slot = target.slot(index);
                    let filled = if is_empty { self.empty(slot, &path) } else { self.value(slot, name, &path) };
                    filled.map_err(|fault| fault.at(&path))?;
                    if let Some(request_id) = &mut request_id
                        && name == REQUEST_ID
                    {
                        **request_id = envelope::request_id_of(target.view(index));
                    }
                }
                Found::Again => {
                    let offset = self.markup.token_offset();
                    self.course.report.add(&path.field(name), "one value", "the element again", offset)?;
                    self.skip(name, is_empty)?;
                }
                Found::Unknown => match &mut request_id {
                    Some(request_id) if name == REQUEST_ID && request_id.is_none() && !is_empty => {
                        self.value(Slot::String(request_id), name, &path.field(name))?;
                    }
                    _ => self.skip(name, is_empty)?,
                },
            }
            self.course.ascend();
        }
    }

    /// The content of a field's element, and its end.
    #[inline]
    fn value(&mut self, slot: Slot<'_>, element: &str, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => match self.is_nothing(element, path)? {
                true => Ok(()),
                false => self.members(object.insert(), element, path, None),
            },
            Slot::List(list) => self.list(list, element, path),
            slot => {
                let text = self.basic(element, path)?;
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
            slot => {
                let offset = self.markup.token_offset();
                self.course.settle(scalar::fill(slot, Cow::Borrowed("")), path, offset)
            }
        }
    }

    /// Takes an element that should hold fields and holds text alone: `null`, or an anomaly.
    fn is_nothing(&mut self, element: &str, path: &Path<'_>) -> Result<bool, Fault> {
        if self.markup.is_at_element() {
            return Ok(false);
        }
        let (text, tag) = self.text(path)?;
        match tag {
            Tag::Close(name) if !is_blank(&text) => {
                self.closes(name, element)?;
                if !scalar::is_nothing(&text) {
                    self.course.report.add(path, "an object", &text, self.text_at)?;
                }
                Ok(true)
            }
            _ => {
                self.no_text(&text, path)?;
                self.markup.back();
                Ok(false)
            }
        }
    }

    /// The content of a list's element, and its end: every child is an item, whatever its name.
    fn list(&mut self, mut list: ListSlot<'_>, element: &str, path: &Path<'_>) -> Result<(), Fault> {
        for index in 0.. {
            let (text, tag) = self.text(path)?;
            // A list that is shown as one value, or as `null`.
            let is_value = index == 0 && matches!(tag, Tag::Close(_));
            let is_object = matches!(list, ListSlot::Object(_));
            if !is_value || is_object && !scalar::is_nothing(&text) {
                self.no_text(&text, path)?;
            }
            let item = path.item(index);
            match tag {
                Tag::Close(name) => {
                    self.closes(name, element)?;
                    if is_value && !is_object && !scalar::is_nothing(&text) {
                        self.course.count_item(self.text_at)?;
                        self.course.settle(scalar::push(&mut list, text), &item, self.text_at)?;
                    }
                    break;
                }
                Tag::Open(name) => {
                    let offset = self.markup.token_offset();
                    self.course.descend(offset)?;
                    self.course.count_item(offset)?;
                    self.item(&mut list, name, &item).map_err(|fault| fault.at(&item))?;
                    self.course.ascend();
                }
                Tag::Empty(_) => {
                    let offset = self.markup.token_offset();
                    self.course.count_item(offset)?;
                    match &mut list {
                        ListSlot::Object(objects) => drop(objects.push()),
                        list => self.course.settle(scalar::push(list, Cow::Borrowed("")), &item, offset)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn item(&mut self, list: &mut ListSlot<'_>, element: &str, path: &Path<'_>) -> Result<(), Fault> {
        if let ListSlot::Object(objects) = list {
            return match self.is_null_item(element, path)? {
                true => Ok(()),
                false => self.members(objects.push(), element, path, None),
            };
        }
        let text = self.basic(element, path)?;
        self.course.settle(scalar::push(list, text), path, self.text_at)
    }

    /// Takes an item that should hold fields and holds text alone: left out, with an anomaly.
    fn is_null_item(&mut self, element: &str, path: &Path<'_>) -> Result<bool, Fault> {
        let offset = self.markup.offset();
        let is_nothing = self.is_nothing(element, path)?;
        if is_nothing && scalar::is_nothing(self.markup.since(offset)) {
            self.course.report.add(path, "an object", self.markup.since(offset), offset)?;
        }
        Ok(is_nothing)
    }

    /// The text of an element, and its end. Elements inside are kept as they are written.
    #[inline]
    fn basic(&mut self, element: &str, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let start = self.markup.offset();
        if !self.has_returns
            && let Some(text) = self.markup.take_text_and_close(element)
        {
            self.text_at = start;
            return Ok(Cow::Borrowed(text));
        }
        let (text, tag) = self.text(path)?;
        match tag {
            Tag::Close(name) => self.closes(name, element).map(|()| text),
            tag => self.mixed(tag, element, path),
        }
    }

    /// The content of an element as it is written, from its first tag on, and its end.
    #[cold]
    fn mixed(&mut self, mut tag: Tag<'a>, element: &str, path: &Path<'_>) -> Result<Cow<'a, str>, Fault> {
        let start = self.text_at;
        loop {
            match tag {
                Tag::Close(name) => break self.closes(name, element)?,
                Tag::Open(name) => {
                    self.course.descend(self.markup.token_offset())?;
                    self.skip(name, false)?;
                    self.course.ascend();
                }
                Tag::Empty(_) => {}
            }
            (_, tag) = self.text(path)?;
        }
        self.text_at = start;
        let raw = self.markup.since(start);
        self.course.report.add(path, "text", raw, start)?;
        Ok(Cow::Borrowed(raw))
    }

    /// Goes over the rest of an element that has been opened, with all that is in it.
    fn skip(&mut self, element: &'a str, is_empty: bool) -> Result<(), Fault> {
        if is_empty || self.markup.take_text_and_close(element).is_some() {
            return Ok(());
        }
        let mut open = Vec::with_capacity(16);
        open.push(element);
        while let Some(&innermost) = open.last() {
            match self.markup.next()? {
                Token::Open(name) => {
                    self.course.descend(self.markup.token_offset())?;
                    open.push(name);
                }
                Token::Close(name) => {
                    self.closes(name, innermost)?;
                    open.pop();
                    if !open.is_empty() {
                        self.course.ascend();
                    }
                }
                Token::Doctype(name) => return Err(self.doctype(name)),
                Token::End => return Err(self.markup.cut(format!("`</{}>`", excerpt::beginning(innermost)))),
                _ => {}
            }
        }
        Ok(())
    }

    /// Checks that an end tag is that of an element.
    #[inline]
    fn closes(&self, name: &str, element: &str) -> Result<(), Fault> {
        if name == element { Ok(()) } else { Err(self.mismatch(name, element)) }
    }

    #[cold]
    fn mismatch(&self, name: &str, element: &str) -> Fault {
        let tag = |name| format!("`</{}>`", excerpt::beginning(name));
        Fault::syntax(tag(element), tag(name), self.markup.token_offset())
    }

    /// Reports text where only elements belong.
    #[inline]
    fn no_text(&mut self, text: &str, path: &Path<'_>) -> Result<(), Fault> {
        if is_blank(text) { Ok(()) } else { self.course.report.add(path, "elements", text, self.text_at) }
    }

    /// The text up to the next tag, and that tag. Usually there is one piece of text at most, and it is borrowed.
    fn text(&mut self, path: &Path<'_>) -> Result<(Cow<'a, str>, Tag<'a>), Fault> {
        let mut text = Cow::Borrowed("");
        self.text_at = self.markup.offset();
        loop {
            match self.markup.next()? {
                Token::Open(name) => return Ok((text, Tag::Open(name))),
                Token::Empty(name) => return Ok((text, Tag::Empty(name))),
                Token::Close(name) => return Ok((text, Tag::Close(name))),
                Token::Text(piece) | Token::CData(piece) => match self.with_line_feeds(piece) {
                    piece if text.is_empty() => text = piece,
                    piece => self.append(&mut text, &piece),
                },
                Token::Reference(name) => self.reference(&mut text, name, path)?,
                Token::Ampersand => {
                    let offset = self.markup.token_offset();
                    self.course.report.add(path, "a reference, or `&amp;`", "&", offset)?;
                    self.append(&mut text, "&");
                }
                Token::Doctype(name) => return Err(self.doctype(name)),
                Token::End => return Err(self.markup.cut("the end of every element")),
            }
        }
    }

    fn append(&self, text: &mut Cow<'a, str>, piece: &str) {
        // References are longer than what they stand for: one allocation holds the text up to the next tag.
        match text {
            Cow::Owned(text) if text.capacity() - text.len() >= piece.len() => text.push_str(piece),
            Cow::Owned(text) => {
                text.reserve(piece.len() + self.markup.up_to_tag());
                text.push_str(piece);
            }
            Cow::Borrowed(first) => {
                let mut owned = String::with_capacity(first.len() + piece.len() + self.markup.up_to_tag());
                owned.push_str(first);
                owned.push_str(piece);
                *text = Cow::Owned(owned);
            }
        }
    }

    fn with_line_feeds(&self, piece: &'a str) -> Cow<'a, str> {
        if self.has_returns && piece.contains('\r') {
            return Cow::Owned(piece.replace("\r\n", "\n").replace('\r', "\n"));
        }
        Cow::Borrowed(piece)
    }

    /// Appends what a reference stands for.
    fn reference(&mut self, text: &mut Cow<'a, str>, name: &str, path: &Path<'_>) -> Result<(), Fault> {
        match character(name) {
            Some(character) => self.append(text, character.encode_utf8(&mut [0; 4])),
            None => {
                let written = format!("&{name};");
                let offset = self.markup.token_offset();
                self.course.report.add(path, "an entity of XML", &written, offset)?;
                self.append(text, &written);
            }
        }
        Ok(())
    }

    #[cold]
    fn doctype(&self, doctype: &str) -> Fault {
        let name = doctype.trim_start();
        if name.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html")) {
            return envelope::html(self.markup.whole().as_bytes());
        }
        self.markup.unexpected("an answer without DOCTYPE, which no answer has and attacks need")
    }
}

/// The character of `amp`, `#23567` or `#x5C0F`.
fn character(reference: &str) -> Option<char> {
    let (digits, radix) = match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => match reference.strip_prefix("#x") {
            Some(digits) => (digits, 16),
            None => (reference.strip_prefix('#')?, 10),
        },
    };
    let code = u32::from_str_radix(digits, radix).ok().filter(|code| *code != 0)?;
    char::from_u32(code)
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}
