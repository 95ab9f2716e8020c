//! Tables of parameters in short: `id: Number!, items: Item[] { name: String = "the description" }`.

use topsdk_spec::Param;

/// The rows of a table. `!` is required; a text is the description.
pub(crate) fn table(text: &str) -> Vec<Param> {
    let mut reader = Reader { rest: text };
    let rows = reader.rows();
    assert_eq!(reader.rest, "", "in {text}");
    rows
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn rows(&mut self) -> Vec<Param> {
        let mut rows = Vec::new();
        while !self.rest.trim_start().is_empty() && !self.rest.trim_start().starts_with('}') {
            rows.push(self.row());
            self.sign(",");
        }
        self.rest = self.rest.trim_start();
        rows
    }

    fn row(&mut self) -> Param {
        let name = self.until(&[':']).to_owned();
        assert!(self.sign(":"), "a type in {}", self.rest);
        let mut param =
            Param { name, type_name: self.until(&['[', '!', '{', '}', '=', ',']).to_owned(), ..Param::default() };
        param.list = self.sign("[]");
        param.required = self.sign("!");
        if self.sign("=") {
            assert!(self.sign("\""));
            param.description = self.until(&['"']).to_owned();
            assert!(self.sign("\""));
        }
        if self.sign("{") {
            param.fields = self.rows();
            assert!(self.sign("}"), "an end in {}", self.rest);
        }
        param
    }

    fn until(&mut self, ends: &[char]) -> &'t str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text.trim()
    }

    fn sign(&mut self, sign: &str) -> bool {
        match self.rest.trim_start().strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
