//! JSON with positions: strict for documents, tolerant for the samples, which the site does not always write well formed.

use std::borrow::Cow;
use std::ops::Range;

/// A parsed text: values in document order, each before those inside it.
#[derive(Debug)]
pub(crate) struct Json<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    /// Whether the text was JSON to its end.
    pub(crate) well_formed: bool,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    /// A number, `true`, `false`; in a tolerant reading any bare word, even none.
    Bare,
    Null,
}

#[derive(Debug)]
struct Node {
    kind: Kind,
    /// A string's is without its quotes.
    span: Range<usize>,
    key: Range<usize>,
    first: u32,
    next: u32,
}

/// Not JSON, or too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What was expected, and where, in bytes.
    Expected(&'static str, usize),
    /// Nested deeper than [`MAX_DEPTH`], and where.
    Depth(usize),
}

/// How deep values may nest.
pub(crate) const MAX_DEPTH: usize = 256;

const NONE: u32 = u32::MAX;

impl<'t> Json<'t> {
    /// Reads a text that must be JSON.
    pub(crate) fn strict(text: &'t str) -> Result<Json<'t>, Fault> {
        Parser::new(text, false).run()
    }

    /// Reads what there is: values may be missing, bare words or cut off.
    pub(crate) fn tolerant(text: &'t str) -> Json<'t> {
        Parser::new(text, true).run().unwrap_or(Json { text, nodes: Vec::new(), well_formed: false })
    }

    /// The outermost value.
    pub(crate) fn root(&self) -> Option<usize> {
        (!self.nodes.is_empty()).then_some(0)
    }

    pub(crate) fn kind(&self, node: usize) -> Kind {
        self.nodes[node].kind
    }

    /// The bytes of a value; a string's are those between its quotes.
    pub(crate) fn span(&self, node: usize) -> Range<usize> {
        self.nodes[node].span.clone()
    }

    /// The values inside an object or an array, in order.
    pub(crate) fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let mut next = self.nodes[node].first;
        std::iter::from_fn(move || {
            let node = (next != NONE).then_some(next as usize)?;
            next = self.nodes[node].next;
            Some(node)
        })
    }

    /// The key of a member, unescaped.
    pub(crate) fn key(&self, node: usize) -> Cow<'t, str> {
        unescape(&self.text[self.nodes[node].key.clone()])
    }

    /// The member of that name; the first, if there are several.
    pub(crate) fn get(&self, node: usize, key: &str) -> Option<usize> {
        (self.kind(node) == Kind::Object).then(|| self.children(node).find(|&child| self.key(child) == key))?
    }

    /// A scalar as text, unescaped; nothing for `null`, an object or an array.
    pub(crate) fn text(&self, node: usize) -> Option<Cow<'t, str>> {
        let raw = &self.text[self.span(node)];
        match self.kind(node) {
            Kind::String => Some(unescape(raw)),
            Kind::Bare => Some(Cow::Borrowed(raw)),
            _ => None,
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tolerant: bool,
    nodes: Vec<Node>,
    /// Open objects and arrays, each with its last child.
    open: Vec<(usize, u32)>,
    well_formed: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, tolerant: bool) -> Parser<'t> {
        let (nodes, open) = (Vec::new(), Vec::new());
        Parser { text, bytes: text.as_bytes(), at: 0, tolerant, nodes, open, well_formed: true }
    }

    fn run(mut self) -> Result<Json<'t>, Fault> {
        self.blanks();
        self.value(0..0)?;
        while let Some(&(container, _)) = self.open.last() {
            let before = (self.at, self.open.len());
            self.member(container)?;
            if before == (self.at, self.open.len()) {
                // Nothing that belongs here, such as a `:` in an array.
                self.fault("a value")?;
                self.at = self.after_char(self.at);
            }
        }
        self.blanks();
        if self.at < self.bytes.len() {
            self.fault("the end of the text")?;
        }
        Ok(Json { text: self.text, nodes: self.nodes, well_formed: self.well_formed })
    }

    /// Reads one member or item of the innermost container, or its end.
    fn member(&mut self, container: usize) -> Result<(), Fault> {
        self.blanks();
        let object = self.nodes[container].kind == Kind::Object;
        let first = self.nodes[container].first == NONE;
        let closing = if object { b'}' } else { b']' };
        match self.peek() {
            Some(byte) if byte == closing => {
                self.at += 1;
                self.close();
                return Ok(());
            }
            None => {
                self.fault(if object { "`,` or `}`" } else { "`,` or `]`" })?;
                self.close();
                return Ok(());
            }
            Some(b',') if !first => self.at += 1,
            Some(b',') => {
                self.fault("a value before `,`")?;
                self.at += 1;
            }
            Some(b'}' | b']') => {
                // The other container's end: this one was not closed.
                self.fault(if object { "`}`" } else { "`]`" })?;
                if self.open.iter().any(|&(node, _)| (self.nodes[node].kind == Kind::Object) != object) {
                    self.close();
                } else {
                    self.at += 1;
                }
                return Ok(());
            }
            Some(_) if !first => self.fault(if object { "`,` or `}`" } else { "`,` or `]`" })?,
            Some(_) => {}
        }
        self.blanks();
        if self.peek() == Some(closing) || (self.tolerant && matches!(self.peek(), Some(b'}' | b']'))) {
            // A comma before the end.
            return self.fault("a value after `,`");
        }
        if !object {
            return self.value(0..0);
        }
        let key = match self.peek() {
            Some(b'"') => self.string()?,
            _ => {
                self.fault("a key in quotes")?;
                let start = self.at;
                self.bare();
                if self.at == start && self.at < self.bytes.len() && self.peek() != Some(b':') {
                    self.at += 1;
                }
                start..self.at
            }
        };
        self.blanks();
        if self.peek() == Some(b':') {
            self.at += 1;
        } else {
            self.fault("`:`")?;
        }
        self.blanks();
        self.value(key)
    }

    fn value(&mut self, key: Range<usize>) -> Result<(), Fault> {
        let start = self.at;
        let (kind, span) = match self.peek() {
            Some(b'{') | Some(b'[') => {
                let kind = if self.peek() == Some(b'{') { Kind::Object } else { Kind::Array };
                self.at += 1;
                (kind, start..start)
            }
            Some(b'"') => (Kind::String, self.string()?),
            _ => {
                self.bare();
                let word = &self.text[start..self.at];
                let kind = if word == "null" { Kind::Null } else { Kind::Bare };
                if !(word == "null" || word == "true" || word == "false" || is_number(word)) {
                    self.at = if self.tolerant { self.at } else { start };
                    self.fault("a value")?;
                }
                (kind, start..self.at)
            }
        };
        let node = self.nodes.len();
        self.nodes.push(Node { kind, span, key, first: NONE, next: NONE });
        // Positions are limited by the size of a page, far below `u32`.
        let index = u32::try_from(node).unwrap_or(NONE);
        if let Some((container, last)) = self.open.last_mut() {
            match *last {
                NONE => self.nodes[*container].first = index,
                last => self.nodes[last as usize].next = index,
            }
            *last = index;
        }
        if matches!(kind, Kind::Object | Kind::Array) {
            if self.open.len() >= MAX_DEPTH {
                return Err(Fault::Depth(start));
            }
            self.open.push((node, NONE));
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some((node, _)) = self.open.pop() {
            self.nodes[node].span.end = self.at;
        }
    }

    /// Steps over a string; what is between its quotes.
    fn string(&mut self) -> Result<Range<usize>, Fault> {
        let open = self.at;
        let start = open + 1;
        self.at = start;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(start..self.at - 1);
                }
                b'\\' => self.at = self.after_char(self.at + 1),
                0..0x20 if !self.tolerant => return Err(Fault::Expected("no control character in a string", self.at)),
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
        if !self.tolerant {
            return Err(Fault::Expected("the end of a string", self.at));
        }
        self.well_formed = false;
        Ok(start.min(self.at)..self.at)
    }

    fn after_char(&self, at: usize) -> usize {
        self.text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(self.bytes.len(), |letter| at + letter.len_utf8())
    }

    /// Steps over a bare word.
    fn bare(&mut self) {
        let end = self.bytes[self.at..].iter().position(|byte| b",:{}[]\"\n\r\t ".contains(byte));
        self.at = end.map_or(self.bytes.len(), |end| self.at + end);
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&mut self, expected: &'static str) -> Result<(), Fault> {
        self.well_formed = false;
        if self.tolerant { Ok(()) } else { Err(Fault::Expected(expected, self.at)) }
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|letter: char| letter.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
}

/// The text of a JSON string; an escape that means nothing stays as it is.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let mut letters = rest.chars();
        let letter = letters.next();
        let mut after = letters.as_str();
        match letter {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => match unit(after) {
                Some(high @ 0xD800..0xDC00) => {
                    let low =
                        after[4..].strip_prefix("\\u").and_then(unit).filter(|low| (0xDC00..0xE000).contains(low));
                    let letter = low.and_then(|low| char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)));
                    text.push(letter.unwrap_or('\u{FFFD}'));
                    after = &after[if letter.is_some() { 10 } else { 4 }..];
                }
                Some(unit) => {
                    text.push(char::from_u32(unit).unwrap_or('\u{FFFD}'));
                    after = &after[4..];
                }
                None => text.push_str("\\u"),
            },
            Some(letter @ ('"' | '\\' | '/' | '\'')) => text.push(letter),
            Some(letter) => text.extend(['\\', letter]),
            None => text.push('\\'),
        }
        rest = after;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn unit(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::{Fault, Json, Kind, unescape};

    #[test]
    fn strict_reading_names_the_place_of_the_fault() {
        assert_eq!(Json::strict("{\"a\":").unwrap_err(), Fault::Expected("a value", 5));
        assert_eq!(Json::strict("{\"a\":1").unwrap_err(), Fault::Expected("`,` or `}`", 6));
        assert_eq!(Json::strict("{\"a\":1,}").unwrap_err(), Fault::Expected("a value after `,`", 7));
        assert_eq!(Json::strict("{\"a\":\"x").unwrap_err(), Fault::Expected("the end of a string", 7));
        assert_eq!(Json::strict("[1] x").unwrap_err(), Fault::Expected("the end of the text", 4));
        assert_eq!(Json::strict(&"[".repeat(100_000)).unwrap_err(), Fault::Depth(256));
    }

    #[test]
    fn a_tolerant_reading_keeps_the_shape_of_a_bad_sample() {
        let json = Json::tolerant("{\"r\":{\"status\":,\"brand_id\":xxx,\"l\":{\"i\":[{\"a\":\"1\"}]},\"z\":");
        assert!(!json.well_formed);
        let inner = json.get(0, "r").unwrap();
        let members: Vec<_> = json.children(inner).map(|node| (json.key(node).into_owned(), json.kind(node))).collect();
        let expected = [("status", Kind::Bare), ("brand_id", Kind::Bare), ("l", Kind::Object), ("z", Kind::Bare)];
        assert_eq!(members, expected.map(|(name, kind)| (name.to_owned(), kind)));
    }

    #[test]
    fn a_tolerant_reading_ends_on_anything() {
        for text in [
            "",
            "{",
            "}",
            "[}",
            "{]",
            "{,,}",
            "{:}",
            "{\"a\" \"b\"}",
            "{a:b c}",
            "\"\\",
            "{x{y[z",
            "[1 2 3",
            "[:1]",
            "{\"a\":[x:y]:}",
            "{\"a\":}]}",
        ] {
            let _ = Json::tolerant(text);
        }
    }

    #[test]
    fn escapes_are_read_and_bad_ones_kept() {
        assert_eq!(unescape(r#"\u4f60\ud83d\ude00 \/ \" \ud83d x \q"#), "你😀 / \" \u{FFFD} x \\q");
    }
}
