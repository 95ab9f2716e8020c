//! The tags of a page's source: what they are and where they stand, once through.
//!
//! They are told as a parser of HTML tells them, but for what a description leaves open: a comment, a quote or a
//! `<textarea>` that would take the end of its own row into it has no end, and is marked so.

use crate::page::words::{self, Section};

/// How many attributes a tag may have: the parser compares each with all before it.
pub(crate) const MAX_ATTRIBUTES: usize = 500;

/// How many tags may have no end before the rest of a page is taken for part of one.
const MAX_ENDLESS: usize = 8;

/// The longest name of an element of HTML.
const MAX_NAME: usize = 10;

/// What an element does to those round it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `ul` or `ol`.
    List,
    /// `li`.
    Item,
    Table,
    /// `tr`.
    Row,
    /// `td` or `th`.
    Cell,
    /// Another part of a table.
    Part,
    Div,
    /// A block that keeps an item before it from ending where its end tag is left out.
    Block,
    /// Styles text, and goes on in the blocks that follow until it is closed.
    Style,
    /// `a`: the same, and none in another.
    Link,
    /// Disturbs what stands behind it until it is closed.
    Spreading,
    /// Holds only text, whatever it looks like.
    Raw,
    /// `plaintext`, which nothing ends.
    Endless,
    /// `html`, `head`, `body`, `frameset`.
    Root,
    /// Stands within text: `br`, `span`, `p`.
    Inline,
    /// Any other element of HTML.
    Other,
    /// A comment that has no end.
    Comment,
    /// No element of HTML: the author wrote `Map<String,String>`.
    Unknown,
}

use Kind::{Block, Cell, Div, Endless, Inline, Item, Link, List, Other, Part, Raw, Root, Row, Spreading, Style, Table};

/// The elements of HTML, in order.
const ELEMENTS: [(&str, Kind); 142] = [
    ("a", Link),
    ("abbr", Inline),
    ("acronym", Inline),
    ("address", Block),
    ("applet", Spreading),
    ("area", Other),
    ("article", Block),
    ("aside", Block),
    ("audio", Other),
    ("b", Style),
    ("base", Other),
    ("basefont", Other),
    ("bdi", Inline),
    ("bdo", Inline),
    ("bgsound", Other),
    ("big", Style),
    ("blink", Inline),
    ("blockquote", Block),
    ("body", Root),
    ("br", Inline),
    ("button", Spreading),
    ("canvas", Other),
    ("caption", Part),
    ("center", Block),
    ("cite", Inline),
    ("code", Style),
    ("col", Part),
    ("colgroup", Part),
    ("command", Other),
    ("data", Other),
    ("datalist", Other),
    ("dd", Block),
    ("del", Inline),
    ("details", Block),
    ("dfn", Inline),
    ("dialog", Block),
    ("dir", Block),
    ("div", Div),
    ("dl", Block),
    ("dt", Block),
    ("em", Style),
    ("embed", Other),
    ("fieldset", Block),
    ("figcaption", Block),
    ("figure", Block),
    ("font", Style),
    ("footer", Block),
    ("form", Spreading),
    ("frame", Other),
    ("frameset", Root),
    ("h1", Block),
    ("h2", Block),
    ("h3", Block),
    ("h4", Block),
    ("h5", Block),
    ("h6", Block),
    ("head", Root),
    ("header", Block),
    ("hgroup", Block),
    ("hr", Inline),
    ("html", Root),
    ("i", Style),
    ("iframe", Raw),
    ("image", Other),
    ("img", Inline),
    ("input", Inline),
    ("ins", Inline),
    ("kbd", Inline),
    ("keygen", Other),
    ("label", Inline),
    ("legend", Other),
    ("li", Item),
    ("link", Other),
    ("listing", Block),
    ("main", Block),
    ("map", Other),
    ("mark", Inline),
    ("marquee", Spreading),
    ("math", Spreading),
    ("menu", Block),
    ("meta", Other),
    ("meter", Other),
    ("nav", Block),
    ("nobr", Style),
    ("noembed", Raw),
    ("noframes", Raw),
    ("noscript", Raw),
    ("object", Spreading),
    ("ol", List),
    ("optgroup", Other),
    ("option", Other),
    ("output", Other),
    ("p", Inline),
    ("param", Other),
    ("picture", Other),
    ("plaintext", Endless),
    ("pre", Block),
    ("progress", Other),
    ("q", Inline),
    ("rb", Other),
    ("rp", Other),
    ("rt", Other),
    ("rtc", Other),
    ("ruby", Other),
    ("s", Style),
    ("samp", Inline),
    ("script", Raw),
    ("search", Block),
    ("section", Block),
    ("select", Spreading),
    ("slot", Other),
    ("small", Style),
    ("source", Other),
    ("span", Inline),
    ("strike", Style),
    ("strong", Style),
    ("style", Raw),
    ("sub", Inline),
    ("summary", Block),
    ("sup", Inline),
    ("svg", Spreading),
    ("table", Table),
    ("tbody", Part),
    ("td", Cell),
    ("template", Spreading),
    ("textarea", Raw),
    ("tfoot", Part),
    ("th", Cell),
    ("thead", Part),
    ("time", Other),
    ("title", Raw),
    ("tr", Row),
    ("track", Other),
    ("tt", Style),
    ("u", Style),
    ("ul", List),
    ("var", Other),
    ("video", Other),
    ("wbr", Inline),
    ("xmp", Raw),
    ("", Kind::Unknown),
    ("!--", Kind::Comment),
];

/// Where [`ELEMENTS`] has what is no element.
const UNKNOWN: usize = ELEMENTS.len() - 2;
const COMMENT: usize = ELEMENTS.len() - 1;

/// The names of the elements as numbers, which are compared in one step: every tag of a page is looked up.
const NAMES: [u128; UNKNOWN] = {
    let mut names = [0; UNKNOWN];
    let mut index = 0;
    while index < UNKNOWN {
        let name = ELEMENTS[index].0.as_bytes();
        let mut bytes = [0; size_of::<u128>()];
        let (start, _) = bytes.split_at_mut(name.len());
        start.copy_from_slice(name);
        names[index] = u128::from_be_bytes(bytes);
        index += 1;
    }
    names
};

/// A tag of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    // A page is smaller than four gigabytes (`MAX_BYTES`), and has many tags.
    start: u32,
    end: u32,
    element: u8,
    pub(super) closing: bool,
    /// Without an end that could be its own: what is meant to stand in it cannot be told.
    pub(super) endless: bool,
}

impl Tag {
    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }

    pub(super) fn name(&self) -> &'static str {
        ELEMENTS[usize::from(self.element)].0
    }

    pub(super) fn kind(&self) -> Kind {
        ELEMENTS[usize::from(self.element)].1
    }

    pub(super) fn opens(&self, kind: Kind) -> bool {
        !self.closing && self.kind() == kind
    }

    pub(super) fn closes(&self, kind: Kind) -> bool {
        self.closing && self.kind() == kind
    }
}

/// A tag with too many attributes, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyAttributes(pub(crate) usize);

/// A heading that begins a section.
#[derive(Debug)]
pub(super) struct Heading {
    /// Its tag, by index.
    pub(super) tag: usize,
    pub(super) section: Section,
}

/// What a page's source holds.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) tags: Vec<Tag>,
    pub(super) headings: Vec<Heading>,
    /// The text ends inside a tag or a comment.
    pub(super) broken_end: bool,
}

/// Looks through a page.
pub(super) fn scan(text: &str) -> Result<Tags, TooManyAttributes> {
    let mut found = Tags { tags: Vec::with_capacity(text.len() / 64), ..Tags::default() };
    found.broken_end = found.scan(text)?;
    Ok(found)
}

impl Tags {
    /// Whether the text ends inside a tag or a comment.
    fn scan(&mut self, text: &str) -> Result<bool, TooManyAttributes> {
        let Tags { tags, headings, .. } = self;
        // In the section of a table, and how many tags had no end.
        let (mut content, mut endless) = (false, 0);
        let mut at = 0;
        while let Some(tag) = text[at..].find('<').map(|found| at + found) {
            let rest = &text[tag + 1..];
            if rest.starts_with("!--") {
                match end_of_comment(text, tag, content) {
                    Some(end) => at = end,
                    None if content => {
                        at = tag + 4;
                        tags.push(self::tag(tag, at, COMMENT, false, true));
                    }
                    None => return Ok(true),
                }
                continue;
            }
            let closing = rest.starts_with('/');
            let name = &rest[usize::from(closing)..];
            if !name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                at = tag + 1;
                if closing || rest.starts_with(['!', '?']) {
                    // A comment as well, for a parser.
                    at = text[at..].find('>').map_or(at, |end| at + end + 1);
                }
                continue;
            }
            let element = element(name);
            let mut open_quote = false;
            let end = match end_of_tag(text, tag)? {
                Some(end) if !content || !holds_rows(&text[tag + 1..end]) => end,
                found => {
                    endless += usize::from(found.is_none());
                    match text[tag..].find('>').filter(|_| content && endless <= MAX_ENDLESS) {
                        Some(end) => {
                            open_quote = true;
                            tag + end + 1
                        }
                        None => return Ok(true),
                    }
                }
            };
            let mut found = self::tag(tag, end, element, closing, open_quote);
            at = end;
            match (found.kind(), closing) {
                _ if open_quote => {}
                (Kind::Raw, false) => match end_of_raw(text, end, found.name(), content) {
                    Some(end) => at = end,
                    None if content => found.endless = true,
                    None => at = text.len(),
                },
                (Kind::Endless, false) => found.endless = true,
                (Kind::Table, _) => content = true,
                (Kind::Block, false) if matches!(found.name().as_bytes(), [b'h', b'1'..=b'6']) => {
                    if let Some(section) = section(&text[end..]) {
                        headings.push(Heading { tag: tags.len(), section });
                        content = false;
                    }
                }
                _ => {}
            }
            // The rest says nothing of where rows end, but the author may have written `List<Data>`.
            let is_word = |at: usize| text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
            let matters = match found.kind() {
                Kind::Inline => open_quote,
                Kind::Other => open_quote || is_word(tag),
                _ => true,
            };
            if matters {
                tags.push(found);
            }
        }
        Ok(false)
    }
}

fn tag(start: usize, end: usize, element: usize, closing: bool, endless: bool) -> Tag {
    let [start, end] = [start, end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
    Tag { start, end, element: u8::try_from(element).unwrap_or(u8::MAX), closing, endless }
}

/// The section that a heading begins; none if it holds more than a line.
fn section(content: &str) -> Option<Section> {
    let content = beginning(content);
    for (at, _) in content.match_indices('<') {
        let rest = &content[at + 1..];
        let closing = rest.starts_with('/');
        match ELEMENTS[element(rest.trim_start_matches('/'))].1 {
            Kind::Inline | Kind::Other | Kind::Style | Kind::Link | Kind::Comment | Kind::Unknown => {}
            Kind::Block if closing => return words::section(&words_of(&content[..at])),
            _ => return None,
        }
    }
    None
}

/// How much of an element is looked at to tell what it says.
const MAX_WORDS: usize = 400;

fn beginning(source: &str) -> &str {
    let mut end = source.len().min(MAX_WORDS);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    &source[..end]
}

/// What a reader sees of a piece of the source, as far as it is short.
pub(super) fn words_of(source: &str) -> String {
    let (mut out, mut rest) = (String::new(), beginning(source));
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.replace("&nbsp;", " ").trim().to_owned()
}

/// Which element a tag names.
fn element(name: &str) -> usize {
    let delimiter = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    let length = name.bytes().take(MAX_NAME + 1).take_while(|byte| !delimiter(byte)).count();
    if length > MAX_NAME {
        return UNKNOWN;
    }
    let mut lower = [0; size_of::<u128>()];
    lower[..length].copy_from_slice(&name.as_bytes()[..length]);
    lower.make_ascii_lowercase();
    let found = NAMES.binary_search(&u128::from_be_bytes(lower)).ok();
    // A zero byte at the end of a name is one of its letters.
    found.filter(|found| ELEMENTS[*found].0.len() == length).unwrap_or(UNKNOWN)
}

/// Whether a tag holds others: a quote in it has no end.
fn holds_rows(inner: &str) -> bool {
    inner.match_indices('<').any(|(at, _)| {
        let kind = ELEMENTS[element(inner[at + 1..].trim_start_matches('/'))].1;
        matches!(kind, Kind::List | Kind::Item | Kind::Row | Kind::Cell | Kind::Table)
    })
}

/// Whether what begins in a row would take the end of the row into it.
fn leaves_row(inner: &str) -> bool {
    let mut open = [0_usize; 3];
    inner.match_indices('<').any(|(at, _)| {
        let rest = &inner.as_bytes()[at + 1..];
        let closing = rest.first() == Some(&b'/');
        let rest = &rest[usize::from(closing)..];
        let begins =
            |name: &str| rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()));
        let Some(kind) = ["ul", "tr", "table"].iter().position(|name| begins(name)) else { return false };
        if closing && open[kind] == 0 {
            return true;
        }
        open[kind] = if closing { open[kind] - 1 } else { open[kind] + 1 };
        false
    })
}

/// The byte behind a comment; `None` where it has no end, or none of its own.
fn end_of_comment(text: &str, start: usize, content: bool) -> Option<usize> {
    // `<!-->` is a whole one.
    let inner = start + 2;
    if !content {
        return text[inner..].find("-->").map(|end| inner + end + 3);
    }
    // Another one before its end: it has none.
    let next = text[start + 4..].find("<!--").map_or(text.len(), |next| start + 4 + next);
    let end = inner + text[inner..next].find("-->")? + 3;
    (!leaves_row(&text[start + 4..end.max(start + 4)])).then_some(end)
}

/// The byte behind a tag's `>`; `None` where the text ends first.
fn end_of_tag(text: &str, start: usize) -> Result<Option<usize>, TooManyAttributes> {
    let bytes = text.as_bytes();
    let (mut at, mut quote, mut attributes, mut blank, mut value) = (start + 1, None, 0, false, false);
    while let Some(&byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'>') => return Ok(Some(at + 1)),
            (None, b'"' | b'\'') if value => (quote, value, blank) = (Some(byte), false, true),
            (None, b'=') => value = true,
            (None, b' ' | b'\n' | b'\t' | b'\r' | b'/' | 0x0c) => blank = true,
            (None, _) => {
                attributes += usize::from(blank && !value);
                (blank, value) = (false, false);
            }
        }
        if attributes > MAX_ATTRIBUTES {
            return Err(TooManyAttributes(start));
        }
        at += 1;
    }
    Ok(None)
}

/// Where the end tag of an element begins that holds only text. One that begins in a row's cell and neither ends there
/// nor before another of its kind has none.
fn end_of_raw(text: &str, from: usize, name: &str, content: bool) -> Option<usize> {
    let mut at = from;
    while let Some(tag) = text[at..].find('<').map(|found| at + found) {
        let closing = text.as_bytes().get(tag + 1) == Some(&b'/');
        let begin = tag + 1 + usize::from(closing);
        let end = begin + name.len();
        if text.as_bytes().get(begin..end).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes())) {
            if closing {
                return (!content || !leaves_row(&text[from..tag])).then_some(tag);
            }
            if content {
                return None;
            }
        }
        at = tag + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{ELEMENTS, MAX_ATTRIBUTES, MAX_NAME, TooManyAttributes, UNKNOWN, scan};

    /// The tags of a text, those without an end with a `!`.
    fn tags(text: &str) -> Vec<String> {
        let mark = |endless| if endless { "!" } else { "" };
        let tags = scan(text).unwrap().tags;
        tags.iter().map(|tag| format!("{}{}", &text[tag.start()..tag.end()], mark(tag.endless))).collect()
    }

    #[test]
    fn the_elements_are_in_order() {
        let elements = &ELEMENTS[..UNKNOWN];
        assert!(elements.is_sorted_by_key(|(name, _)| name) && elements.iter().all(|(name, _)| name.len() <= MAX_NAME));
    }

    #[test]
    fn names_are_those_that_a_parser_reads() {
        let tags = scan("<LI x><li-x></uL><Map<String><ul/>< b></ x><!ul><b>").unwrap().tags;
        let names: Vec<&str> = tags.iter().map(|tag| tag.name()).collect();
        assert_eq!(names, ["li", "", "ul", "", "ul", "b"]);
    }

    #[test]
    fn what_would_take_a_row_in_has_no_end() {
        let row =
            |content: &str| format!("<table><tr><td>{content}</td></tr></table><!-- --><textarea></textarea>\"'>");
        for (content, found) in [
            ("<!-- <b>x</b> -->", None),
            ("<!-- x", Some("<!--!")),
            ("<!-- x <!-- y -->", Some("<!--!")),
            ("<textarea><ul></ul></textarea>", None),
            ("<textarea>x", Some("<textarea>!")),
            ("<script>x", Some("<script>!")),
            ("<a title='<b>'>", None),
            ("<a title='<ul>", Some("<a title='<ul>!")),
            ("<a href=\"x>y</a>", Some("<a href=\"x>!")),
            ("<plaintext>", Some("<plaintext>!")),
        ] {
            let found_tags = tags(&row(content));
            let endless: Vec<&str> = found_tags.iter().map(String::as_str).filter(|tag| tag.ends_with('!')).collect();
            assert_eq!(endless, found.into_iter().collect::<Vec<_>>(), "{content}");
            assert_eq!(found_tags.iter().filter(|tag| *tag == "</tr>").count(), 1, "{content}");
        }
    }

    #[test]
    fn a_tag_of_many_attributes_is_refused() {
        let text = format!("<p>x<a {}>", "x1=\">\" ".repeat(MAX_ATTRIBUTES + 1));
        assert_eq!(scan(&text).unwrap_err(), TooManyAttributes(4));
        assert!(scan(&format!("<img src='data:{}'>", "a b=".repeat(10_000))).is_ok());
    }
}
