//! The row model that every reader produces, before rows are nested as parameters.

use std::ops::Range;

use topsdk_spec::Limits;

use super::words::{Column, one_line};

/// Where the fields of a row are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Children {
    /// The row has no fields.
    #[default]
    None,
    /// The fields are exactly the rows that have this row as [`Row::under`].
    Own,
    /// The fields are some of the rows that follow under the same row. The page does not show which ones.
    Following,
    /// The page does not show whether the row has fields.
    Unknown,
}

/// The byte range of each cell of a row in the decoded page, by [`Column`], if known.
pub type Spans = [Option<Range<usize>>; 6];

/// One row of a parameter table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The index of the row that this one is somewhere below, or `None` at the top of the table. It is the direct parent
    /// unless a row under the same row has [`Children::Following`] or [`Children::Unknown`].
    pub under: Option<usize>,
    /// Where the row's fields are found.
    pub children: Children,
    /// The wire name.
    pub name: String,
    /// The type name, without the `[]` of a list.
    pub type_name: String,
    /// Whether the type is a list.
    pub list: bool,
    /// Whether the page says 必须.
    pub required: bool,
    /// The sample value.
    pub example: String,
    /// The description, as Markdown.
    pub description: String,
    /// The limits.
    pub limits: Limits,
    /// The byte ranges of the cells.
    pub spans: Spans,
}

impl Row {
    /// Sets the type from its cell: the type name, blanks or a line break, and `[]` for a list. `byte[]` is one type
    /// name (docs/pages.md, "Parameter tables": it is a file), with or without a blank.
    pub(crate) fn set_type(&mut self, cell: &str) {
        let words = one_line(cell);
        if words.replace(' ', "") == "byte[]" {
            self.type_name = "byte[]".to_owned();
        } else if let Some(item) = words.strip_suffix("[]") {
            self.type_name = item.trim_end().to_owned();
            self.list = true;
        } else {
            self.type_name = words;
        }
    }

    /// Returns the byte range of a cell.
    pub fn span(&self, column: Column) -> Option<Range<usize>> {
        self.spans[column as usize].clone()
    }

    pub(crate) fn set_span(&mut self, column: Column, span: Option<Range<usize>>) {
        self.spans[column as usize] = span;
    }
}

#[cfg(test)]
mod tests {
    use super::Row;

    fn typed(cell: &str) -> (String, bool) {
        let mut row = Row::default();
        row.set_type(cell);
        (row.type_name, row.list)
    }

    #[test]
    fn a_list_is_a_word_and_brackets_but_a_file_is_one_word() {
        for cell in ["Item []", "Item\n   []", "Item[]", " Item\u{a0}[] "] {
            assert_eq!(typed(cell), ("Item".to_owned(), true), "{cell:?}");
        }
        assert_eq!(typed("byte []"), ("byte[]".to_owned(), false));
        assert_eq!(typed("byte"), ("byte".to_owned(), false));
        assert_eq!(typed("Field  List"), ("Field List".to_owned(), false));
        assert_eq!(typed("null[]"), ("null".to_owned(), true));
        assert_eq!(typed(" "), (String::new(), false));
    }
}
