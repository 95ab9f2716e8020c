//! The state of one decoding: its options, its counters, and the anomalies found so far.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::{
    fault::{Fault, FaultKind},
    scalar::Mismatch,
};
use crate::{anomaly::Anomaly, excerpt, path::Path};

/// The deepest nesting that the readers allow: it fits into the stack of a thread.
pub(super) const DEEPEST: usize = 512;

/// The options of a [`Decoder`](super::Decoder).
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) is_strict: bool,
    pub(super) max_depth: usize,
    pub(super) max_body: usize,
    pub(super) max_list: usize,
    pub(super) method: Option<Cow<'static, str>>,
    pub(super) unknown: Unknown,
    /// Whether the requested format has a root.
    pub(super) requires_root: bool,
    /// The charset that the header `Content-Type` of the response declares.
    pub(super) charset: Option<&'static Encoding>,
}

impl Settings {
    /// Tolerant, with the default limits.
    pub(super) const fn new() -> Settings {
        Settings {
            is_strict: false,
            max_depth: 128,
            max_body: 64 << 20,
            max_list: 1_000_000,
            method: None,
            unknown: Unknown::Skipped,
            requires_root: false,
            charset: None,
        }
    }
}

/// How undocumented members are treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unknown {
    Skipped,
    /// They are listed beside the anomalies.
    Listed,
    /// They are anomalies.
    Anomaly,
}

/// The counters and findings of one decoding, for both readers.
pub(super) struct State<'d> {
    pub(super) settings: &'d Settings,
    pub(super) report: Report,
    pub(super) depth: usize,
    items: usize,
    pub(super) on_unknown: Unknown,
    pub(super) unknown: Report,
}

impl<'d> State<'d> {
    pub(super) fn new(settings: &'d Settings) -> State<'d> {
        State {
            settings,
            report: Report::new(settings.is_strict),
            depth: 0,
            items: 0,
            on_unknown: settings.unknown,
            unknown: Report::new(false),
        }
    }

    /// Enters a level of nesting.
    pub(super) fn descend(&mut self, offset: usize) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > self.settings.max_depth { Err(self.too_deep(offset)) } else { Ok(()) }
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    #[cold]
    pub(super) fn too_deep(&self, offset: usize) -> Fault {
        let limit = self.settings.max_depth;
        Fault::new(FaultKind::Limit { what: "levels of nesting", limit, setter: "with_max_depth", offset })
    }

    /// Reports a text that is not of its field's type.
    pub(super) fn settle(
        &mut self,
        filled: Result<(), Mismatch<'_>>,
        path: &Path<'_>,
        offset: usize,
    ) -> Result<(), Fault> {
        match filled {
            Ok(()) => Ok(()),
            Err(Mismatch { expected, text }) => self.report.add(path, expected, &text, offset),
        }
    }

    /// Records an undocumented member, unless such members are [skipped](Unknown::Skipped).
    #[cold]
    pub(super) fn add_unknown(&mut self, path: &Path<'_>, found: &str, offset: usize) -> Result<(), Fault> {
        let report = match self.on_unknown {
            Unknown::Skipped => return Ok(()),
            Unknown::Listed => &mut self.unknown,
            Unknown::Anomaly => &mut self.report,
        };
        report.add(path, "a documented name", found, offset)
    }

    /// Counts an item of a list.
    pub(super) fn count_item(&mut self, offset: usize) -> Result<(), Fault> {
        self.items += 1;
        if self.items > self.settings.max_list {
            let limit = self.settings.max_list;
            return Err(Fault::new(FaultKind::Limit { what: "list items", limit, setter: "with_max_list", offset }));
        }
        Ok(())
    }
}

/// The number of anomalies that are kept: a hostile body must not fill the memory with them.
pub(super) const KEPT: usize = 1_000;

/// The anomalies of one decoding.
pub(super) struct Report {
    is_strict: bool,
    kept: Vec<Anomaly>,
    left_out: usize,
}

impl Report {
    pub(super) fn new(is_strict: bool) -> Report {
        Report { is_strict, kept: Vec::new(), left_out: 0 }
    }

    /// Records a value that is not of its field's type.
    #[cold]
    pub(super) fn add(
        &mut self,
        path: &Path<'_>,
        expected: impl Into<Cow<'static, str>>,
        found: &str,
        offset: usize,
    ) -> Result<(), Fault> {
        if self.kept.len() == KEPT {
            self.left_out += 1;
            return Ok(());
        }
        let found = if path.names().any(excerpt::is_secret) { excerpt::hidden() } else { excerpt::beginning(found) };
        let anomaly = Anomaly { path: path.to_string(), expected: expected.into(), found, offset };
        if self.is_strict {
            return Err(Fault::new(FaultKind::Anomaly(anomaly)));
        }
        self.kept.push(anomaly);
        Ok(())
    }

    /// Returns the anomalies. If there were more than are kept, the last one counts the others.
    pub(super) fn into_anomalies(mut self) -> Vec<Anomaly> {
        if self.left_out > 0 {
            let (path, offset) = self.kept.last().map(|last| (last.path.clone(), last.offset)).unwrap_or_default();
            let expected = Cow::Owned(format!("no more than {KEPT} anomalies"));
            self.kept.push(Anomaly {
                path,
                expected,
                found: format!("{} more behind this one", self.left_out),
                offset,
            });
        }
        self.kept
    }
}
