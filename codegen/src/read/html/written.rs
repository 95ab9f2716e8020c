//! Tags that are none: types such as `Map<String,Object>` that a page does not escape, as the source has them.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind};

use crate::diagnostic::PageText;

/// The elements of HTML that a table of parameters is made of, which every page has many times.
const USUAL: [&str; 14] = ["a", "b", "br", "div", "font", "i", "li", "p", "span", "table", "td", "th", "tr", "ul"];

/// All others, in order.
const ELEMENTS: [&str; 126] = [
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blink",
    "blockquote",
    "body",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "command",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "image",
    "img",
    "input",
    "ins",
    "kbd",
    "keygen",
    "label",
    "legend",
    "link",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "param",
    "picture",
    "plaintext",
    "pre",
    "progress",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "script",
    "search",
    "section",
    "select",
    "slot",
    "small",
    "source",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "tbody",
    "template",
    "textarea",
    "tfoot",
    "thead",
    "time",
    "title",
    "track",
    "tt",
    "u",
    "var",
    "video",
    "wbr",
    "xmp",
];

/// How many tags may be looked for in vain: each look can take in a line of any length.
const MAX_MISSES: usize = 16;

/// Finds tags in a page's source, one behind the other.
pub(super) struct Written<'t> {
    text: &'t str,
    lines: Option<PageText<'t>>,
    /// Behind the last tag that was found.
    from: usize,
    misses: usize,
}

impl<'t> Written<'t> {
    pub(super) fn new(text: &'t str) -> Written<'t> {
        Written { text, lines: None, from: 0, misses: 0 }
    }

    /// The source of a tag that ends in this line, if its author meant a type: its name is not an element's, or it is
    /// written like a class behind another word, such as `List<Object>`.
    pub(super) fn words(&mut self, tag: &Tag, line: u64) -> Option<StrTendril> {
        let name: &str = &tag.name;
        if USUAL.contains(&name) || tag.attrs.iter().any(|attribute| !attribute.value.is_empty()) {
            return None;
        }
        let slash = if tag.kind == TagKind::EndTag { "/" } else { "" };
        if ELEMENTS.binary_search(&name).is_err() {
            let found = self.find(name, slash, line).map(|(_, source)| source.to_owned());
            return Some(found.unwrap_or_else(|| format!("<{slash}{name}>")).into());
        }
        if name.len() < 4 || !tag.attrs.is_empty() || !slash.is_empty() {
            return None;
        }
        let (at, source) = self.find(name, slash, line)?;
        let class = source[1..].starts_with(|letter: char| letter.is_ascii_uppercase())
            && source[2..].starts_with(|letter: char| letter.is_ascii_lowercase());
        let glued = self.text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
        (class && glued).then(|| source.into())
    }

    /// A tag of this name in a line, behind those that were found before.
    fn find(&mut self, name: &str, slash: &str, line: u64) -> Option<(usize, &'t str)> {
        if self.misses == MAX_MISSES {
            return None;
        }
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| PageText::new(text));
        let (content, start) = lines.line(usize::try_from(line).ok()?);
        let begins = |at: &usize| {
            let behind = text[at + 1..].strip_prefix(slash)?;
            let found = behind.get(..name.len())?.eq_ignore_ascii_case(name);
            let ends = |letter: char| letter.is_whitespace() || matches!(letter, '/' | '>');
            (found && behind[name.len()..].starts_with(ends)).then_some(())
        };
        let from = self.from.max(start).min(start + content.len());
        let opens = text[from..start + content.len()].match_indices('<').map(|(at, _)| from + at);
        let Some(at) = opens.into_iter().find(|at| begins(at).is_some()) else {
            self.misses += 1;
            return None;
        };
        let end = at + text[at..].find('>')? + 1;
        self.from = end;
        Some((at, &text[at..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::{ELEMENTS, USUAL};
    use crate::read::html::dom;

    fn read(text: &str) -> String {
        let page = dom::fragment(text).unwrap();
        page.html.root_element().text().collect()
    }

    #[test]
    fn the_elements_are_in_order() {
        assert!(ELEMENTS.is_sorted() && USUAL.is_sorted());
    }

    #[test]
    fn a_type_in_angle_brackets_stays_as_it_is_written() {
        for text in [
            "Map<String,Object>",
            "Map<String, Object> 与\nMap<String,\tFoo>",
            "List<Map<String,List<Title>>>",
            "<order_id>1</order_id>",
            "List<Object> x List<Data> y List<Title> z",
        ] {
            assert_eq!(read(text), text);
        }
        assert_eq!(read("a<b>1</b><BR><Font>2</Font> <Center>3</Center><img src=x>x<Foo bar=\"1\">4"), "a12 3x4");
        let many: String = (0..20_000).map(|index| format!("Map<K{index},V> ")).collect();
        assert!(read(&many).trim_end() == many.trim_end());
    }
}
