//! The parameters of one side as numbered rows, which the lints count, mark and report.

use topsdk_spec::{Api, Param, Side, path_of};

/// The rows of one side, in the page's order. Each row is followed by its fields.
pub(super) struct SideRows<'a> {
    pub(super) side: Side,
    top: &'a [Param],
    pub(super) rows: Vec<Row<'a>>,
}

pub(super) struct Row<'a> {
    pub(super) param: &'a Param,
    pub(super) parent: Option<usize>,
    /// The index among its parent's fields.
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

    /// Returns a row's parameter. `row` must be a row of this table.
    pub(super) fn param(&self, row: usize) -> &'a Param {
        self.rows[row].param
    }

    /// Returns the index path of a row.
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

    /// Returns the path of a row, for messages.
    pub(super) fn path(&self, row: usize) -> String {
        path_of(self.top, &self.at(row))
    }

    /// Returns the path of a field below `parent` that is not in the table.
    pub(super) fn path_below(&self, parent: Option<usize>, name: &str) -> String {
        match parent {
            Some(row) if self.param(row).list => format!("{}[].{name}", self.path(row)),
            Some(row) => format!("{}.{name}", self.path(row)),
            None => name.to_owned(),
        }
    }
}
