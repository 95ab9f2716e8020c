//! Text of a Rust file in a fixed layout: that of `prettyplease`, with an empty line between items.
//!
//! Printing tokens costs more than all the rest of generation together (ARCHITECTURE.md, "Text, not tokens"). Generated code has so
//! few forms that their layout is one rule: what does not fit into a line is broken at its first bracket, one part a line.
//! `tests/emit.rs` prints every expected module, and the whole catalogue, by `prettyplease` again and compares.

/// Lines longer than this are broken.
const WIDTH: usize = 89;

/// Longer literals of structs take a line for each member.
const SHORT: usize = 35;

const STEP: usize = 4;

/// The text of a file so far.
#[derive(Default)]
pub(super) struct Code {
    text: String,
    indent: usize,
}

impl Code {
    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Documentation of what follows, `///`, or of the file itself, `//!`. No line of it can end the comment.
    pub(super) fn docs(&mut self, mark: &str, lines: &[String]) {
        for line in lines.iter().flat_map(|line| line.split(['\n', '\r'])) {
            self.start();
            self.text.push_str(mark);
            if !line.is_empty() {
                self.text.push(' ');
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
    }

    /// An item or an expression that has lines of its own inside: `pub struct Item {`, its body, `}`.
    pub(super) fn block(&mut self, head: &str, body: impl FnOnce(&mut Code)) {
        self.line(&format!("{head} {{"));
        self.indent += STEP;
        body(self);
        self.indent -= STEP;
        self.line("}");
    }

    /// `#[name(one, other)]`. The parts may hold texts with any sign in them.
    pub(super) fn attribute(&mut self, name: &str, parts: &[String]) {
        let line = format!("#[{name}({})]", parts.join(", "));
        if self.fits(&line) {
            return self.put(&line);
        }
        self.put(&format!("#[{name}("));
        self.indent += STEP;
        for (index, part) in parts.iter().enumerate() {
            let comma = if index + 1 < parts.len() { "," } else { "" };
            self.put(&format!("{part}{comma}"));
        }
        self.indent -= STEP;
        self.put(")]");
    }

    /// `Item { name: value, ..base }`, on one line only where it is short.
    pub(super) fn literal(&mut self, name: &str, members: &[String]) {
        let line = format!("{name} {{ {} }}", members.join(", "));
        if line.len() <= SHORT && self.fits(&line) {
            return self.put(&line);
        }
        self.block(name, |code| {
            for member in members {
                // Nothing follows a base.
                let comma = if member.starts_with("..") { "" } else { "," };
                code.line(&format!("{member}{comma}"));
            }
        });
    }

    /// A line of code, which becomes several where it is too long. It holds no texts.
    pub(super) fn line(&mut self, line: &str) {
        self.part(line, "");
    }

    /// The same with a sign at its end that may stand out.
    fn part(&mut self, line: &str, end: &str) {
        let Some(Group { head, inner, tail }) = Group::first(line).filter(|_| !self.fits(line)) else {
            return self.put(&format!("{line}{end}"));
        };
        if inner.is_empty() {
            return self.calls(line, end);
        }
        self.put(head);
        self.indent += STEP;
        for inner in parts(inner) {
            self.part(inner, ",");
        }
        self.indent -= STEP;
        self.put(&format!("{tail}{end}"));
    }

    /// Calls that follow each other, `item_ids.into_iter().map(Into::into).collect()`, a line each.
    fn calls(&mut self, line: &str, end: &str) {
        let start = line.find('(').and_then(|bracket| line.get(..bracket)?.rfind('.')).unwrap_or(line.len());
        let (value, calls) = line.split_at(start);
        self.put(value);
        self.indent += STEP;
        let mut calls = calls.split('.').skip(1).peekable();
        while let Some(call) = calls.next() {
            let end = if calls.peek().is_none() { end } else { "" };
            self.put(&format!(".{call}{end}"));
        }
        self.indent -= STEP;
    }

    fn fits(&self, line: &str) -> bool {
        self.indent + line.len() <= WIDTH
    }

    fn put(&mut self, line: &str) {
        self.start();
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn start(&mut self) {
        self.text.extend(std::iter::repeat_n(' ', self.indent));
    }
}

/// The first brackets of a line, with what is before, inside and after them.
struct Group<'l> {
    head: &'l str,
    inner: &'l str,
    tail: &'l str,
}

impl<'l> Group<'l> {
    fn first(line: &'l str) -> Option<Group<'l>> {
        let start = line.find(['(', '<'])? + 1;
        let mut depth = 1_usize;
        let end = line.char_indices().skip_while(|(index, _)| *index < start).find(|(_, sign)| {
            match sign {
                '(' | '<' => depth += 1,
                ')' | '>' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let (head, rest) = line.split_at_checked(start)?;
        let (inner, tail) = rest.split_at_checked(end?.0 - start)?;
        Some(Group { head, inner, tail })
    }
}

/// What stands between the commas that are in no brackets.
fn parts(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let parts = list.split(move |sign| {
        match sign {
            '(' | '<' => depth += 1,
            ')' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        sign == ',' && depth == 0
    });
    parts.map(str::trim)
}
