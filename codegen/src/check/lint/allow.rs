//! Allowances: accepted findings that are not reported, in `spec/lint.toml`.
//!
//! ```toml
//! [[allow]]
//! lint = "value-not-of-type"
//! method = "taobao.item.get"      # every method, where this is not given
//! side = "response"               # either, where this is not given
//! path = "result.items[].price"   # every path, where this is not given
//! reason = "a placeholder; the gateway sends 9.11"
//! ```

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use toml::Spanned;
use topsdk_spec::Side;

use super::catalogue::STALE_ALLOWANCE;
use super::{Lint, report::shown};
use crate::check::toml_file::{FileError, Mistake, TomlFile, mistake};
use crate::diagnostic::{Diagnostic, Place};

/// The allowances in one file.
///
/// Each allowance records whether it was used, from any thread, so that stale ones can be reported at the end.
#[derive(Debug, Default)]
pub struct Allowances {
    file: TomlFile,
    entries: Vec<Allowance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowanceFile {
    #[serde(default)]
    allow: Vec<Allowance>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowance {
    lint: Spanned<String>,
    method: Option<String>,
    side: Option<Side>,
    path: Option<String>,
    reason: Spanned<String>,
    /// Whether it covered a finding.
    #[serde(skip)]
    used: AtomicBool,
    /// Whether its method was linted.
    #[serde(skip)]
    seen: AtomicBool,
}

impl Allowances {
    /// Reads the file. A missing file has no allowances.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, has an unknown key, names an unknown lint, or lacks a reason.
    pub fn load(path: &Path) -> Result<Allowances, FileError> {
        if !path.exists() {
            return Ok(Allowances::default());
        }
        Allowances::from_file(TomlFile::read(path)?)
    }

    /// Parses the text of a file. `name` identifies the file in errors.
    ///
    /// # Errors
    /// As [`Allowances::load`].
    pub fn parse(name: &str, text: &str) -> Result<Allowances, FileError> {
        Allowances::from_file(TomlFile { name: name.to_owned(), text: text.to_owned() })
    }

    fn from_file(file: TomlFile) -> Result<Allowances, FileError> {
        let document: AllowanceFile = file.parse()?;
        document.allow.iter().try_for_each(Allowance::check).map_err(|mistake| file.error(mistake))?;
        Ok(Allowances { entries: document.allow, file })
    }

    /// Returns the findings about one method that no allowance covers.
    pub fn filter(&self, method: &str, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let is_about = |entry: &&Allowance| entry.method.as_deref().is_none_or(|allowed| allowed == method);
        let entries: Vec<&Allowance> = self.entries.iter().filter(is_about).collect();
        entries.iter().for_each(|entry| entry.seen.store(true, Ordering::Relaxed));
        let is_reported = |found: &Diagnostic| {
            let covering = entries.iter().filter(|entry| entry.covers(found));
            covering.map(|entry| entry.used.store(true, Ordering::Relaxed)).count() == 0
        };
        found.into_iter().filter(is_reported).collect()
    }

    /// Returns a finding for each stale allowance. Their spans are byte ranges in [`Allowances::text`].
    ///
    /// If `is_all`, all pages of a project were linted, and every unused allowance is stale. Otherwise an unused allowance is
    /// only stale if its method was linted.
    pub fn stale(&self, is_all: bool) -> Vec<Diagnostic> {
        let is_stale = |entry: &&Allowance| {
            let own_method = entry.method.is_some() && entry.seen.load(Ordering::Relaxed);
            !entry.used.load(Ordering::Relaxed) && (is_all || own_method)
        };
        let stale = self.entries.iter().filter(is_stale).map(|entry| Diagnostic {
            severity: STALE_ALLOWANCE.severity,
            name: STALE_ALLOWANCE.name,
            place: Place {
                page: self.file.name.clone(),
                path: entry.path.clone().unwrap_or_default(),
                text: entry.lint.get_ref().clone(),
                span: Some(entry.lint.span()),
                ..Place::default()
            },
            message: format!("this allowance of `{}` covers no finding", entry.lint.get_ref()),
            help: Some("if the page was fixed, delete it; if its method or path was renamed, correct it".to_owned()),
        });
        stale.collect()
    }

    /// Returns the text of the file, for showing stale allowances in it.
    pub fn text(&self) -> &str {
        &self.file.text
    }
}

impl Allowance {
    /// Checks that the lint exists and that there is a reason.
    fn check(&self) -> Result<(), Mistake> {
        let name = self.lint.get_ref();
        if Lint::find(name).is_none_or(|lint| *lint == STALE_ALLOWANCE) {
            let meant = Lint::suggestion(name);
            return Err(mistake(&self.lint, format!("there is no lint `{}` to be allowed{meant}", shown(name))));
        }
        match self.reason.get_ref().trim() {
            "" => Err(mistake(&self.reason, "the reason is empty: say why the finding is accepted")),
            _ => Ok(()),
        }
    }

    fn covers(&self, found: &Diagnostic) -> bool {
        let same = |one: &str, other: &str| one.replace("[]", "") == other.replace("[]", "");
        self.lint.get_ref() == found.name
            && self.side.is_none_or(|side| side_of(&found.place.section) == Some(side))
            && self.path.as_deref().is_none_or(|path| same(path, &found.place.path))
    }
}

/// Returns the side that a section of a page belongs to.
fn side_of(section: &str) -> Option<Side> {
    match section {
        "请求参数" | "请求示例" => Some(Side::Request),
        "响应参数" | "响应示例" => Some(Side::Response),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use topsdk_spec::{Api, Param};

    use super::Allowances;
    use crate::diagnostic::PageText;

    fn api(method: &str) -> Api {
        let wrong = |name: &str| Param {
            name: name.to_owned(),
            type_name: "Number".to_owned(),
            example: "x".to_owned(),
            ..Param::default()
        };
        let list = Param {
            name: "l".to_owned(),
            type_name: "L".to_owned(),
            list: true,
            fields: vec![wrong("a")],
            ..Param::default()
        };
        Api { method: method.to_owned(), request: vec![wrong("a")], response: vec![list, wrong("b")], ..Api::default() }
    }

    fn left(allowances: &Allowances, method: &str) -> Vec<String> {
        let found = crate::check::lint(&api(method), None);
        allowances.filter(method, found).into_iter().map(|found| found.place.path).collect()
    }

    fn allow(entry: &str) -> Allowances {
        Allowances::parse("lint.toml", &format!("[[allow]]\nlint = \"value-not-of-type\"\n{entry}reason = \"r\"\n"))
            .unwrap()
    }

    #[test]
    fn an_allowance_covers_a_lint_a_method_a_side_and_a_path() {
        assert_eq!(left(&Allowances::default(), "m"), ["a", "l[].a", "b"]);
        for (entry, expected) in [
            ("", &[][..]),
            ("method = \"m\"\n", &[]),
            ("method = \"n\"\n", &["a", "l[].a", "b"]),
            ("path = \"l.a\"\n", &["a", "b"]),
            ("path = \"l[].a\"\n", &["a", "b"]),
            ("side = \"request\"\n", &["l[].a", "b"]),
            ("side = \"response\"\npath = \"a\"\n", &["a", "l[].a", "b"]),
        ] {
            assert_eq!(left(&allow(entry), "m"), expected, "{entry}");
        }
        let other = Allowances::parse("lint.toml", "[[allow]]\nlint = \"missing-type\"\nreason = \"r\"").unwrap();
        assert_eq!(left(&other, "m").len(), 3);
    }

    #[test]
    fn unused_allowances_are_stale() {
        let stale = |entry: &str, is_all| {
            let allowances = allow(entry);
            left(&allowances, "m");
            allowances.stale(is_all).len()
        };
        assert_eq!(stale("path = \"b\"\n", true), 0);
        assert_eq!(stale("path = \"c\"\n", true), 1);
        assert_eq!(stale("path = \"c\"\n", false), 0);
        assert_eq!(stale("path = \"c\"\nmethod = \"m\"\n", false), 1);
        assert_eq!(stale("method = \"n\"\n", false), 0);
        assert_eq!(stale("method = \"n\"\n", true), 1);
        let allowances = allow("path = \"c\"\n");
        let found = allowances.stale(true);
        let drawn = found[0].render(Some(&PageText::new(allowances.text())), false);
        assert!(drawn.contains("warning[stale-allowance]") && drawn.contains("--> lint.toml:2:8"), "{drawn}");
    }

    #[test]
    fn rejects_an_allowance_without_a_known_lint_or_a_reason() {
        for (text, message) in [
            ("[[allow]]\nlint = \"valu\"\nreason = \"r\"", "lint.toml:2:8: there is no lint `valu`"),
            (
                "[[allow]]\nlint = \"form-differ\"\nreason = \"r\"",
                "lint.toml:2:8: there is no lint `form-differ` to be allowed; did you mean `forms-differ`?",
            ),
            ("[[allow]]\nlint = \"stale-allowance\"\nreason = \"r\"", "lint.toml:2:8: there is no lint"),
            ("[[allow]]\nlint = \"missing-type\"", "lint.toml:1:1: missing field `reason`"),
            ("[[allow]]\nlint = \"missing-type\"\nreason = \"\"", "lint.toml:3:10: the reason is empty"),
            ("[[allow]]\nlint = \"missing-type\"\nreason = \"r\"\nfile = 1", "lint.toml:4:1: unknown field `file`"),
        ] {
            let error = Allowances::parse("lint.toml", text).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
