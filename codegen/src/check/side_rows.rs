//! The parameters of one side as numbered rows, which the checks count, mark and report.

use std::collections::BTreeSet;

use topsdk_spec::{Param, Side, path_of};

/// The rows of one side, in the page's order. Each row is followed by its fields.
pub(super) struct SideRows<'a> {
    pub(super) side: Side,
    top: &'a [Param],
    pub(super) rows: Vec<SideRow<'a>>,
}

pub(super) struct SideRow<'a> {
    pub(super) param: &'a Param,
    pub(super) parent: Option<usize>,
    /// The index among its parent's fields.
    index: usize,
}

impl<'a> SideRows<'a> {
    pub(super) fn new(side: Side, top: &'a [Param]) -> SideRows<'a> {
        let mut rows = Vec::new();
        let mut open = vec![(top.iter().enumerate(), None)];
        while let Some((siblings, parent)) = open.last_mut() {
            let Some((index, param)) = siblings.next() else {
                open.pop();
                continue;
            };
            rows.push(SideRow { param, parent: *parent, index });
            open.push((param.fields.iter().enumerate(), Some(rows.len() - 1)));
        }
        SideRows { side, top, rows }
    }

    /// Returns a row's parameter. `row` must be a row of this table.
    pub(super) fn param(&self, row: usize) -> &'a Param {
        self.rows[row].param
    }

    /// Returns the object types whose fields some row shows.
    pub(super) fn object_types(&self) -> BTreeSet<&'a str> {
        self.rows.iter().filter(|row| row.param.is_object()).map(|row| row.param.type_name.as_str()).collect()
    }

    /// Returns the index path of a row.
    pub(super) fn at(&self, row: usize) -> Vec<usize> {
        let up = std::iter::successors(Some(row), |row| self.rows[*row].parent);
        let mut at: Vec<usize> = up.map(|row| self.rows[row].index).collect();
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
