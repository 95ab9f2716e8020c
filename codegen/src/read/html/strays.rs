//! Tags in descriptions that would carry rows out of their places: ends of what no description opened, links and the
//! like that none closes, cells without a table.
//!
//! A description is raw HTML of whoever wrote it. `</div>` in one closes the list that its row stands in, an open `<a>`
//! splits a row behind it in two, and nothing ends inside an open `<select>`, for the parser as for a browser. Such tags are blanked before the page is
//! parsed; each keeps its length, so that places in the page stay what they are.

use std::ops::Range;

/// Elements that disturb what stands behind them until they are closed.
const SPREADING: [&str; 10] =
    ["a", "applet", "button", "form", "marquee", "math", "object", "select", "svg", "template"];

/// Finds such tags; fed with all tags of a page in their order.
#[derive(Debug, Default)]
pub(super) struct Strays {
    item: Tracker,
    cell: Tracker,
    found: Vec<Range<usize>>,
}

/// What is open within one `li` or `td`.
#[derive(Debug, Default)]
struct Tracker {
    open: bool,
    divs: usize,
    tables: usize,
    /// Spreading elements, by their place among them.
    spreading: Vec<(usize, Range<usize>)>,
    /// Stray if the element ends as it should: with omitted end tags they are what ends it.
    candidates: Vec<Range<usize>>,
}

impl Strays {
    /// Looks at a tag.
    pub(super) fn note(&mut self, name: &str, closing: bool, span: Range<usize>) {
        match (name, closing) {
            ("li", false) => self.item.begin(&mut self.found),
            ("li", true) => self.item.end(&mut self.found),
            ("ul" | "ol", true) if self.item.tables == 0 => self.item.give_up(&mut self.found),
            ("td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption", _) => {
                self.item.candidate(span.clone());
                match (name, closing) {
                    _ if self.cell.tables > 0 => {}
                    ("td" | "th", false) => self.cell.begin(&mut self.found),
                    ("td" | "th", true) => self.cell.end(&mut self.found),
                    (_, false) => self.cell.give_up(&mut self.found),
                    (_, true) => self.cell.candidate(span),
                }
            }
            ("table", _) => {
                self.item.table(closing, span.clone());
                self.cell.table(closing, span);
            }
            ("div", false) => self.item.divs += 1,
            ("div", true) if self.item.divs > 0 => self.item.divs -= 1,
            // In a cell outside of an item it closes nothing.
            ("div", true) => self.item.candidate(span),
            _ => {
                if let Some(kind) = SPREADING.iter().position(|other| *other == name) {
                    self.item.spread(kind, closing, span.clone());
                    self.cell.spread(kind, closing, span);
                }
            }
        }
    }

    /// The tags, in their order.
    pub(super) fn finish(mut self) -> Vec<Range<usize>> {
        self.found.sort_unstable_by_key(|span| span.start);
        self.found.dedup();
        self.found
    }
}

impl Tracker {
    fn table(&mut self, closing: bool, span: Range<usize>) {
        match closing {
            _ if !self.open => {}
            false => self.tables += 1,
            true if self.tables > 0 => self.tables -= 1,
            true => self.candidate(span),
        }
    }

    fn spread(&mut self, kind: usize, closing: bool, span: Range<usize>) {
        if closing && self.spreading.last().is_some_and(|(last, _)| *last == kind) {
            self.spreading.pop();
        } else if !closing && self.open {
            self.spreading.push((kind, span));
        }
    }

    fn candidate(&mut self, span: Range<usize>) {
        if self.open && self.tables == 0 {
            self.candidates.push(span);
        }
    }

    fn begin(&mut self, found: &mut Vec<Range<usize>>) {
        self.give_up(found);
        self.open = true;
    }

    /// The element ends with its own tag: what seemed to end it before was stray.
    fn end(&mut self, found: &mut Vec<Range<usize>>) {
        if self.open {
            found.append(&mut self.candidates);
        }
        self.give_up(found);
    }

    /// The element has ended somewhere.
    fn give_up(&mut self, found: &mut Vec<Range<usize>>) {
        found.extend(self.spreading.drain(..).map(|(_, span)| span));
        *self = Tracker::default();
    }
}

/// The text with blanks in the place of these tags.
pub(super) fn blank(text: &str, strays: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for stray in strays {
        out.push_str(text.get(at..stray.start).unwrap_or_default());
        out.extend(std::iter::repeat_n(' ', stray.len()));
        at = stray.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}
