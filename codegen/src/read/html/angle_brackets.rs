//! Recovers types such as `Map<String,Object>` that a page does not escape, so that the parser reads parts of them as tags.

use std::ops::Range;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind};

/// The HTML elements that parameter tables consist of; every page has many of them.
const USUAL: [&str; 14] = ["a", "b", "br", "div", "font", "i", "li", "p", "span", "table", "td", "th", "tr", "ul"];

/// All other HTML elements.
const ELEMENTS: &str = "\
    abbr acronym address applet area article aside audio base basefont bdi bdo bgsound big blink blockquote body \
    button canvas caption center cite code col colgroup command data datalist dd del details dfn dialog dir dl dt \
    em embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html \
    iframe image img input ins kbd keygen label legend link listing main map mark marquee math menu meta meter nav \
    nobr noembed noframes noscript object ol optgroup option output param picture plaintext pre progress q rb rp \
    rt rtc ruby s samp script search section select slot small source strike strong style sub summary sup svg \
    tbody template textarea tfoot thead time title track tt u var video wbr xmp";

/// Returns the source of a tag that is meant as a type: its name is not an HTML element, or it is written like a class
/// directly after a word, such as `List<Object>`. `token` is the range from the end of the last token to the tag's end.
pub(super) fn words(tag: &Tag, source: &str, token: Range<usize>) -> Option<StrTendril> {
    let name: &str = &tag.name;
    if USUAL.contains(&name) || tag.attrs.iter().any(|attribute| !attribute.value.is_empty()) {
        return None;
    }
    let slash = if tag.kind == TagKind::EndTag { "/" } else { "" };
    // To end the previous token, the tokenizer may already have consumed the tag's `<`.
    let start =
        token.start - usize::from(!source[token.start..].starts_with('<') && source[..token.start].ends_with('<'));
    let begins = |at: &usize| {
        let behind = source[at + 1..].strip_prefix(slash).and_then(|behind| behind.get(..name.len()));
        behind.is_some_and(|behind| behind.eq_ignore_ascii_case(name))
    };
    let at = source[start..token.end].match_indices('<').map(|(at, _)| start + at).find(begins);
    if !ELEMENTS.split_ascii_whitespace().any(|element| element == name) {
        return Some(at.map_or_else(|| format!("<{slash}{name}>").into(), |at| source[at..token.end].into()));
    }
    if name.len() < 4 || !tag.attrs.is_empty() || !slash.is_empty() {
        return None;
    }
    let (before, written) = source[..token.end].split_at(at?);
    let is_class = written[1..].starts_with(|letter: char| letter.is_ascii_uppercase())
        && written[2..].starts_with(|letter: char| letter.is_ascii_lowercase());
    let is_glued = before.ends_with(|letter: char| letter.is_ascii_alphanumeric());
    (is_class && is_glued).then(|| written.into())
}

#[cfg(test)]
mod tests {
    use crate::read::html::dom;

    fn read(text: &str) -> String {
        let page = dom::fragment(text).unwrap();
        page.html.root_element().text().collect()
    }

    #[test]
    fn a_type_in_angle_brackets_stays_as_it_is_written() {
        for text in [
            "Map<String,Object>",
            "Map<String, Object> 与\nMap<String,\tFoo>",
            "List<Map<String,List<Title>>>",
            "<order_id>1</order_id>",
            "List<Object> x List<Data> y List<Title> z",
            "a<<Foo>> b</Bar>",
        ] {
            assert_eq!(read(text), text);
        }
        assert_eq!(read("a<b>1</b><BR><Font>2</Font> <Center>3</Center><img src=x>x<Foo bar=\"1\">4"), "a12 3x4");
        let many: String = (0..20_000).map(|index| format!("Map<K{index},V> ")).collect();
        assert!(read(&many).trim_end() == many.trim_end());
    }
}
