//! Reads JSON into slots (docs/protocol.md sections 5.3 and 5.4).
//!
//! The reader is our own, because no library does all of this: give the byte offset of every value, for anomalies; keep the
//! bytes of raw JSON; accept the raw control characters that real gateways send inside strings.

mod tokens;

use std::borrow::Cow;

use super::{
    fault::Fault,
    names::{Found, Names},
    root::{self, FAILURE, REQUEST_ID},
    scalar,
    state::{Settings, State, Unknown},
};
use crate::{ListSlot, Object, Slot, path::Path};
use tokens::Tokens;

/// Reads a body whose first character is `{`. Returns the `request_id`.
pub(super) fn read(
    body: &[u8],
    start: usize,
    state: &mut State<'_>,
    target: &mut dyn Object,
) -> Result<Option<String>, Fault> {
    let text = root::text_of(body)?;
    let mut reader = JsonReader { tokens: Tokens::new(text, start), state };
    let request_id = reader.document(target)?;
    match reader.tokens.peek() {
        None => Ok(request_id),
        Some(_) => Err(reader.tokens.unexpected("nothing after the response")),
    }
}

/// Reads the members of an object without a root.
pub(super) fn read_members(text: &str, state: &mut State<'_>, target: &mut dyn Object) -> Result<(), Fault> {
    let mut reader = JsonReader { tokens: Tokens::new(text, 0), state };
    if reader.tokens.peek() != Some(b'{') {
        return Err(reader.tokens.unexpected("`{`"));
    }
    reader.open()?;
    reader.members(target, &Path::ROOT, None)?;
    match reader.tokens.peek() {
        None => Ok(()),
        Some(_) => Err(reader.tokens.unexpected("nothing after the object")),
    }
}

/// Returns whether a text is JSON by the standard.
pub(crate) fn is_json(text: &str) -> bool {
    let settings = Settings::new();
    let mut tokens = Tokens::strict(text);
    tokens.skip(&State::new(&settings)).is_ok() && tokens.peek().is_none()
}

struct JsonReader<'a, 'c, 'd> {
    tokens: Tokens<'a>,
    state: &'c mut State<'d>,
}

/// What is known about the root while the outermost object is read.
#[derive(Clone, Copy, PartialEq)]
enum RootState {
    /// Not known yet whether there is a root.
    Outside,
    /// There is no root.
    Among,
    /// The root has been read.
    Behind,
}

/// A value for a basic field.
enum Basic<'a> {
    Null,
    Text(Cow<'a, str>),
    /// A number, `true`, `false`.
    Bare(&'a str),
    /// An object or array, as it is written.
    Nested(&'a str),
}

impl<'a> JsonReader<'a, '_, '_> {
    /// Reads the outermost object: a root with the fields inside, or the fields themselves.
    fn document(&mut self, target: &mut dyn Object) -> Result<Option<String>, Fault> {
        self.open()?;
        let mut request_id = None;
        let mut names = Names::default();
        let mut place = RootState::Outside;
        let mut is_documented = false;
        let mut goes_on = !self.tokens.take(b'}');
        while goes_on {
            let offset = self.name_offset();
            let name = self.tokens.name()?;
            let found = names.find(target.schema().names, &name);
            if name == FAILURE {
                return Err(self.failure());
            }
            let is_field = matches!(found, Found::Field(_));
            if place == RootState::Outside && self.is_root(&name, is_field) {
                root::check_root(self.state, &name, offset)?;
                self.root(target, &mut request_id)?;
                place = RootState::Behind;
            } else if place == RootState::Behind && name != REQUEST_ID {
                self.state.report.add(&Path::ROOT, "nothing beside the root", &name, offset)?;
                self.tokens.skip(self.state)?;
            } else {
                // The gateway never sends a `null` here, but other servers do: `{"result":null}`.
                is_documented |= (is_field || name == REQUEST_ID) && self.tokens.peek() != Some(b'n');
                if is_field && name != REQUEST_ID && place == RootState::Outside {
                    place = RootState::Among;
                }
                self.member(target, found, &name, offset, &Path::ROOT, Some(&mut request_id))?;
            }
            goes_on = self.tokens.more(b'}')?;
        }
        self.state.ascend();
        match place {
            RootState::Behind => Ok(request_id),
            _ if self.state.settings.requires_root => Err(self.foreign("JSON without a root that ends in `_response`")),
            _ if is_documented => Ok(request_id),
            _ => Err(self.foreign("JSON without a root that ends in `_response` and without a documented member")),
        }
    }

    #[cold]
    fn foreign(&self, what: &str) -> Fault {
        root::foreign(what, self.tokens.whole().as_bytes())
    }

    /// Reads the value of the root. An empty response may have `null`, `""` or `[]` there. Any other value is a reason that
    /// something between here and the gateway gives, and would be an empty success.
    fn root(&mut self, target: &mut dyn Object, request_id: &mut Option<String>) -> Result<(), Fault> {
        match self.tokens.peek() {
            Some(b'{') => {
                self.open()?;
                self.members(target, &Path::ROOT, Some(request_id))
            }
            _ => match self.no_object(&Path::ROOT)? {
                None => Ok(()),
                Some(_) => Err(self.foreign("JSON whose root holds no members")),
            },
        }
    }

    /// Returns whether a member of the outermost object is the root (docs/protocol.md section 5.4). Its value is next.
    fn is_root(&mut self, name: &str, is_field: bool) -> bool {
        if !root::is_root(name) {
            return false;
        }
        let is_object = self.tokens.peek() == Some(b'{');
        let mut ahead = self.tokens.clone();
        match &self.state.settings.method {
            Some(method) if root::is_root_of(name, method) => true,
            // The response has a field of this name, and the root of the method has another name.
            Some(_) if is_field => false,
            // A field or the root: without a root, the field would hardly be the only member.
            None if is_field => is_object && ahead.skip(self.state).is_ok() && ahead.peek() == Some(b'}'),
            // Looking ahead over a whole response would read it twice.
            _ => is_object || ahead.skip(self.state).is_ok_and(is_empty),
        }
    }

    fn failure(&mut self) -> Fault {
        let tokens = &mut self.tokens;
        root::failure(self.state, |state, failure| {
            let mut reader = JsonReader { tokens: tokens.clone(), state };
            match reader.tokens.peek() {
                Some(b'{') => {
                    reader.open()?;
                    reader.members(failure, &Path::ROOT.field(FAILURE), None)
                }
                _ => reader.tokens.skip(reader.state).map(drop),
            }
        })
    }

    /// Consumes the brace or bracket that opens a level.
    fn open(&mut self) -> Result<(), Fault> {
        self.tokens.peek();
        self.state.descend(self.tokens.offset())?;
        if self.tokens.take(b'{') || self.tokens.take(b'[') {
            return Ok(());
        }
        Err(self.tokens.unexpected("`{` or `[`"))
    }

    /// Reads the members of an object after its brace.
    fn members(
        &mut self,
        target: &mut dyn Object,
        path: &Path<'_>,
        mut request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        if !self.tokens.take(b'}') {
            let mut names = Names::default();
            loop {
                let offset = self.name_offset();
                let request_id = request_id.as_deref_mut();
                let expected = names.expected(target.schema().names).and_then(|name| self.tokens.take_name(name));
                match expected {
                    Some(name) => self.member(target, names.take_expected(), name, offset, path, request_id)?,
                    None => {
                        let name = self.tokens.name()?;
                        let found = names.find(target.schema().names, &name);
                        self.member(target, found, &name, offset, path, request_id)?;
                    }
                }
                if !self.tokens.more(b'}')? {
                    break;
                }
            }
        }
        self.state.ascend();
        Ok(())
    }

    fn name_offset(&mut self) -> usize {
        self.tokens.peek();
        self.tokens.offset()
    }

    /// Reads the value of a member after its name.
    #[inline]
    fn member(
        &mut self,
        target: &mut dyn Object,
        found: Found,
        name: &str,
        offset: usize,
        path: &Path<'_>,
        request_id: Option<&mut Option<String>>,
    ) -> Result<(), Fault> {
        match found {
            Found::Field(index) => {
                let path = path.field(name);
                self.value(target.slot(index), &path).map_err(|fault| fault.at(&path))?;
                if let Some(request_id) = request_id
                    && name == REQUEST_ID
                {
                    *request_id = root::request_id_of(target.view(index));
                }
            }
            Found::Again => {
                let again = self.tokens.skip(self.state)?;
                self.state.report.add(&path.field(name), "no second value", again, offset)?;
            }
            Found::Unknown => match request_id {
                Some(request_id) if name == REQUEST_ID && request_id.is_none() => {
                    self.value(Slot::String(request_id), &path.field(name))?;
                }
                _ => {
                    let unknown = self.tokens.skip(self.state)?;
                    if self.state.on_unknown != Unknown::Skipped {
                        self.state.add_unknown(&path.field(name), unknown, offset)?;
                    }
                }
            },
        }
        Ok(())
    }

    #[inline]
    fn value(&mut self, slot: Slot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match slot {
            Slot::Object(object) => match self.tokens.peek() {
                Some(b'{') => {
                    self.open()?;
                    self.members(object.insert(), path, None)
                }
                _ => match self.no_object(path)? {
                    None => Ok(()),
                    Some((found, offset)) => self.state.report.add(path, "an object", &found, offset),
                },
            },
            Slot::List(list) => self.list(list, path),
            slot => {
                let offset = self.name_offset();
                if let Slot::Number(place) = slot {
                    if let Some(number) = self.tokens.take_integer() {
                        *place = Some(number);
                        return Ok(());
                    }
                    let basic = self.basic(path)?;
                    return self.basic_value(Slot::Number(place), basic, offset, path);
                }
                if let Some(text) = self.tokens.take_plain() {
                    return self.state.settle(scalar::fill(slot, Cow::Borrowed(text)), path, offset);
                }
                let basic = self.basic(path)?;
                self.basic_value(slot, basic, offset, path)
            }
        }
    }

    fn basic_value(&mut self, slot: Slot<'_>, basic: Basic<'a>, offset: usize, path: &Path<'_>) -> Result<(), Fault> {
        match basic {
            Basic::Null => Ok(()),
            Basic::Text(text) => self.state.settle(scalar::fill(slot, text), path, offset),
            Basic::Bare(raw) | Basic::Nested(raw) => {
                self.state.settle(scalar::fill(slot, Cow::Borrowed(raw)), path, offset)
            }
        }
    }

    /// Reads a value that is no object where one is expected. Returns its text and its offset, or `None` for an empty value.
    fn no_object(&mut self, path: &Path<'_>) -> Result<Option<(Cow<'a, str>, usize)>, Fault> {
        let offset = self.name_offset();
        Ok(match self.basic(path)? {
            Basic::Null => None,
            Basic::Text(text) if scalar::is_nothing(&text) => None,
            // PHP writes an empty object as an empty array.
            Basic::Nested(raw) if is_empty(raw) => None,
            Basic::Text(text) => Some((text, offset)),
            Basic::Bare(raw) | Basic::Nested(raw) => Some((Cow::Borrowed(raw), offset)),
        })
    }

    /// Reads a list in any of its forms (see [`Decoder`](super::Decoder)).
    fn list(&mut self, mut list: ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match self.tokens.peek() {
            Some(b'{') if is_wrapper(self.tokens.clone(), &list) => {
                self.open()?;
                self.wrapper(&mut list, path)
            }
            _ => self.items(&mut list, path),
        }
    }

    /// Reads the object around a list: its only member is the list.
    fn wrapper(&mut self, list: &mut ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        if !self.tokens.take(b'}') {
            self.tokens.name()?;
            self.items(list, path)?;
            while self.tokens.more(b'}')? {
                let offset = self.name_offset();
                let name = self.tokens.name()?;
                self.state.report.add(path, "nothing beside the items", &name, offset)?;
                self.tokens.skip(self.state)?;
            }
        }
        self.state.ascend();
        Ok(())
    }

    /// Reads an array, an empty value in one of its forms, or a single item.
    fn items(&mut self, list: &mut ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        match self.tokens.peek() {
            Some(b'[') => self.array(list, path),
            Some(b'n') => self.tokens.word().map(drop),
            Some(b'"') => {
                let mut ahead = self.tokens.clone();
                if scalar::is_nothing(&ahead.quoted()?.text().0) {
                    self.tokens = ahead;
                    return Ok(());
                }
                self.item(list, 0, path)
            }
            _ => self.item(list, 0, path),
        }
    }

    fn array(&mut self, list: &mut ListSlot<'_>, path: &Path<'_>) -> Result<(), Fault> {
        self.open()?;
        if !self.tokens.take(b']') {
            for index in 0.. {
                self.item(list, index, path)?;
                if !self.tokens.more(b']')? {
                    break;
                }
            }
        }
        self.state.ascend();
        Ok(())
    }

    fn item(&mut self, list: &mut ListSlot<'_>, index: usize, path: &Path<'_>) -> Result<(), Fault> {
        let offset = self.name_offset();
        self.state.count_item(offset)?;
        let path = path.item(index);
        if let ListSlot::Object(objects) = list
            && self.tokens.peek() == Some(b'{')
        {
            self.open()?;
            return self.members(objects.push(), &path, None).map_err(|fault| fault.at(&path));
        }
        let basic = self.basic(&path).map_err(|fault| fault.at(&path))?;
        let text = match basic {
            Basic::Null => return self.state.report.add(&path, "an item", "null", offset),
            Basic::Text(text) => text,
            Basic::Bare(raw) | Basic::Nested(raw) => Cow::Borrowed(raw),
        };
        self.state.settle(scalar::push(list, text), &path, offset)
    }

    fn basic(&mut self, path: &Path<'_>) -> Result<Basic<'a>, Fault> {
        match self.tokens.peek() {
            Some(b'"') => {
                let (text, lone) = self.tokens.quoted()?.text();
                if let Some((lone, offset)) = lone {
                    self.state.report.add(path, "a whole surrogate pair", lone, offset)?;
                }
                Ok(Basic::Text(text))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Basic::Bare(self.tokens.number()?)),
            Some(b'{' | b'[') => Ok(Basic::Nested(self.tokens.skip(self.state)?)),
            _ => match self.tokens.word()? {
                "null" => Ok(Basic::Null),
                word => Ok(Basic::Bare(word)),
            },
        }
    }
}

/// Returns whether an object in place of a list is the object around the items rather than the only item. Its brace is next.
fn is_wrapper(mut ahead: Tokens<'_>, list: &ListSlot<'_>) -> bool {
    ahead.take(b'{');
    if ahead.peek() == Some(b'}') {
        return true;
    }
    let Ok(name) = ahead.name() else { return false };
    let is_nested = matches!(ahead.peek(), Some(b'[' | b'{'));
    match list {
        ListSlot::Object(objects) => {
            let schema = objects.schema();
            name == schema.item || is_nested && !schema.names.contains(&&*name)
        }
        // Items may be any objects.
        ListSlot::Json(_) => name == "json" || ahead.peek() == Some(b'['),
        _ => true,
    }
}

/// Returns whether raw JSON stands for an empty object.
fn is_empty(raw: &str) -> bool {
    let inside = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']'));
    matches!(raw, "null" | r#""""# | r#""null""#) || inside.is_some_and(|inside| inside.trim().is_empty())
}
