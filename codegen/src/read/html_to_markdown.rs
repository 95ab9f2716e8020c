//! Converts the HTML of descriptions to Markdown that rustdoc renders. Text is unchanged; only markup is translated.

use ego_tree::iter::Edge;
use scraper::Node;
use scraper::node::Element;

use super::html::dom::{self, name, walk};
use crate::page::words::one_line;

/// A line break within a paragraph: a backslash, because formatters remove trailing blanks.
pub(crate) const BREAK: &str = "\\\n";

/// Elements that are paragraphs.
const BLOCKS: [&str; 12] = ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "blockquote", "table", "tr"];

/// Elements whose tags are dropped: they only style or group their text.
const PLAIN: [&str; 27] = [
    "html", "body", "span", "font", "u", "s", "small", "big", "sub", "sup", "center", "label", "mark", "ins", "del",
    "strike", "tbody", "thead", "tfoot", "colgroup", "col", "tt", "nobr", "abbr", "cite", "section", "article",
];

/// Translates a description from a document: an HTML fragment.
pub(crate) fn from_fragment(fragment: &str) -> String {
    // HTML parsers drop NUL, and some documents contain it.
    let fragment = fragment.replace('\0', "");
    let parsed = fragment.contains(['<', '&']).then(|| dom::fragment(&fragment).ok());
    match parsed.flatten() {
        Some(page) => from_nodes(std::iter::once(page.html.tree.root())),
        // There is no markup, or it is too deeply nested to parse.
        None => one_line(&fragment),
    }
}

/// Translates the content of these nodes.
pub(crate) fn from_nodes<'d>(nodes: impl Iterator<Item = dom::Element<'d>>) -> String {
    let mut writer = Writer::default();
    for node in nodes {
        walk(node, |edge| {
            match edge {
                Edge::Open(inner) | Edge::Close(inner) if inner == node && !node.value().is_text() => {}
                Edge::Open(inner) => match inner.value() {
                    Node::Text(text) => writer.text(text),
                    Node::Element(element) => match element.name() {
                        "script" | "style" | "head" => return false,
                        _ => writer.open(element),
                    },
                    _ => {}
                },
                Edge::Close(inner) => writer.close(name(inner)),
            }
            true
        });
        writer.blank = true;
    }
    if writer.raw {
        writer.out.push_str("\n```");
    }
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Whether white space followed the last text.
    blank: bool,
    /// The number of line breaks since the last text; two or more end a paragraph.
    breaks: usize,
    /// The mark of a list item, which begins the next line.
    item: Option<String>,
    /// The open lists, each with the number of its last item; `None` for a bulleted list.
    lists: Vec<Option<usize>>,
    /// The open emphasis: each mark, and whether it is written. A mark is written together with the first text, because it
    /// must not be followed by a blank.
    marks: Vec<(&'static str, bool)>,
    links: Vec<(Option<String>, usize)>,
    raw: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.raw {
            return self.out.push_str(text);
        }
        for (index, word) in text.split_whitespace().enumerate() {
            self.blank |= index > 0 || text.starts_with(char::is_whitespace);
            self.flush();
            self.out.push_str(word);
        }
        self.blank |= text.ends_with(char::is_whitespace);
    }

    /// Writes the separator between the previous text and the next one.
    fn flush(&mut self) {
        let is_first = self.out.is_empty();
        if let Some(item) = self.item.take() {
            self.out.extend([if is_first { "" } else { "\n" }, &item]);
        } else if !is_first {
            self.out.push_str(match self.breaks {
                0 if self.blank => " ",
                0 => "",
                1 => BREAK,
                _ => "\n\n",
            });
        }
        (self.blank, self.breaks) = (false, 0);
        for (mark, written) in &mut self.marks {
            if !std::mem::replace(written, true) {
                self.out.push_str(mark);
            }
        }
    }

    fn open(&mut self, element: &Element) {
        match element.name() {
            "br" => self.breaks += 1,
            "b" | "strong" => self.mark("**"),
            "i" | "em" => self.mark("*"),
            "code" => self.mark("`"),
            "a" => {
                self.flush();
                self.links.push((element.attr("href").map(destination), self.out.len()));
                self.out.push('[');
            }
            "img" => {
                self.flush();
                let attribute = |name| element.attr(name).unwrap_or_default();
                self.out.push_str(&format!("![{}]({})", attribute("alt"), destination(attribute("src"))));
            }
            "ul" => self.lists.push(None),
            "ol" => self.lists.push(Some(0)),
            "li" => self.open_item(),
            "pre" => {
                self.out.push_str(if self.out.is_empty() { "```text\n" } else { "\n\n```text\n" });
                (self.raw, self.blank, self.breaks) = (true, false, 0);
            }
            "dt" | "dd" | "hr" => self.breaks = 2,
            name if BLOCKS.contains(&name) => self.breaks = 2,
            "td" | "th" => self.blank = true,
            name if PLAIN.contains(&name) => {}
            // Not an HTML element: the author wrote a type such as `Map<String,String>`.
            name => {
                self.flush();
                self.out.push_str(&format!("<{name}>"));
            }
        }
    }

    fn open_item(&mut self) {
        let outer = self.lists.len().saturating_sub(1).min(8);
        let indent: usize = self.lists[..outer].iter().map(|list| if list.is_some() { 3 } else { 2 }).sum();
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{number}. ")
            }
            _ => "- ".to_owned(),
        };
        self.item = Some(format!("{}{mark}", " ".repeat(indent)));
    }

    fn mark(&mut self, mark: &'static str) {
        // Emphasis inside emphasis of the same kind has no effect.
        let nested = self.marks.iter().any(|&(open, _)| open == mark);
        self.marks.push((if nested { "" } else { mark }, false));
    }

    fn close(&mut self, name: &str) {
        match name {
            "b" | "strong" | "i" | "em" | "code" => {
                if let Some((mark, true)) = self.marks.pop() {
                    self.out.push_str(mark);
                }
            }
            "a" => {
                let Some((href, at)) = self.links.pop() else { return };
                let text = self.out.split_off(at).split_off(1);
                match href {
                    Some(href) if !text.is_empty() => self.out.push_str(&format!("[{text}]({href})")),
                    Some(href) if !href.is_empty() => self.out.push_str(&href),
                    // An anchor without a target.
                    _ => self.out.push_str(&text),
                }
            }
            "ul" | "ol" => {
                self.lists.pop();
                self.breaks = 2;
            }
            "pre" => {
                let end = self.out.trim_end_matches(['\n', '\r', ' ']).len();
                self.out.truncate(end);
                self.out.push_str("\n```");
                (self.raw, self.breaks) = (false, 2);
            }
            name if name == "li" || BLOCKS.contains(&name) => self.breaks = 2,
            _ => {}
        }
    }
}

/// Returns a link's target, with the characters that would end it in Markdown percent-encoded.
fn destination(href: &str) -> String {
    let encode = |letter: char| match letter {
        ' ' | '(' | ')' | '<' | '>' => format!("%{:02X}", u32::from(letter)),
        letter if letter.is_control() => String::new(),
        letter => letter.into(),
    };
    href.trim().chars().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::from_fragment;

    #[test]
    fn markup_becomes_markdown_and_text_stays() {
        for (html, markdown) in [
            ("储值 *消费* [0,1]", "储值 *消费* [0,1]"),
            (" a \n b ", "a b"),
            ("一<br/>二<br>三", "一\\\n二\\\n三"),
            ("一<br><br/>二<br>", "一\n\n二"),
            ("<b>重要</b>：<strong> x </strong>y", "**重要**： **x** y"),
            ("<b></b>x<b> <br>y</b>", "x\\\n**y**"),
            ("见<a href=\"http://a.b/c(d)?e=1&amp;f=2\">链接</a>。", "见[链接](http://a.b/c%28d%29?e=1&f=2)。"),
            ("<a name=x>锚</a>", "锚"),
            ("可选值：<ul><li>1：是</li><li>2：否</li></ul>完", "可选值：\n- 1：是\n- 2：否\n\n完"),
            ("<li>甲<li>乙", "- 甲\n- 乙"),
            ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n   - b\n2. c"),
            ("a &lt;= b &amp;&amp; c &copy;", "a <= b && c ©"),
            ("<=0：全部，<1 否", "<=0：全部，<1 否"),
            ("<font color=red>红</font><span style='x'>色", "红色"),
            ("Map<String,String>", "Map<String,String>"),
            ("<script>alert(1)</script>x", "x"),
            ("x<pre>a\n  b</pre>y", "x\n\n```text\na\n  b\n```\n\ny"),
        ] {
            assert_eq!(from_fragment(html), markdown, "{html}");
        }
    }
}
