//! One side's parameters as rows, each with a number: what lints count, mark and point at.

use topsdk_spec::{Api, Param, Side, path_of};

/// The rows of one side, in the page's order: each row is followed by its fields.
pub(super) struct SideRows<'a> {
    pub(super) side: Side,
    top: &'a [Param],
    pub(super) rows: Vec<Row<'a>>,
}

pub(super) struct Row<'a> {
    pub(super) param: &'a Param,
    pub(super) parent: Option<usize>,
    /// Which of its parent's fields it is, from 0.
    index: usize,
}

impl<'a> SideRows<'a> {
    pub(super) fn new(api: &'a Api, side: Side) -> SideRows<'a> {
        let top = api.side(side);
        let mut rows = Vec::new();
        let mut open = vec![(top.iter().enumerate(), None)];
        while let Some((siblings, parent)) = open.last_mut() {
            let Some((index, param)) = siblings.next() else {
                open.pop();
                continue;
            };
            rows.push(Row { param, parent: *parent, index });
            open.push((param.fields.iter().enumerate(), Some(rows.len() - 1)));
        }
        SideRows { side, top, rows }
    }

    /// A row's parameter. `row` must be one of this table's rows.
    pub(super) fn param(&self, row: usize) -> &'a Param {
        self.rows[row].param
    }

    /// The index path of a row.
    pub(super) fn at(&self, row: usize) -> Vec<usize> {
        let mut at = vec![self.rows[row].index];
        let mut parent = self.rows[row].parent;
        while let Some(row) = parent {
            at.push(self.rows[row].index);
            parent = self.rows[row].parent;
        }
        at.reverse();
        at
    }

    /// The path of a row, as messages show it.
    pub(super) fn path(&self, row: usize) -> String {
        path_of(self.top, &self.at(row))
    }

    /// The path of a field that is not in the table, below `parent`.
    pub(super) fn path_below(&self, parent: Option<usize>, name: &str) -> String {
        match parent {
            Some(row) if self.param(row).list => format!("{}[].{name}", self.path(row)),
            Some(row) => format!("{}.{name}", self.path(row)),
            None => name.to_owned(),
        }
    }
}
