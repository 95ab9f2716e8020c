//! Which pages are wanted: by number, by method, by list, all that the specs know.

use std::collections::{BTreeMap, BTreeSet};

use topsdk_spec::{Api, Layout};

use super::Form;

/// A page to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its number: `docId` and `apiId` of its address.
    pub id: u64,
    /// The API that it has to be of; any, where nothing is known.
    pub method: Option<String>,
}

/// What the specs know about pages.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pages: BTreeMap<String, Page>,
    methods: BTreeMap<u64, String>,
}

#[derive(Clone, Debug)]
struct Page {
    id: Option<u64>,
    file: String,
    layout: Layout,
}

/// A page that cannot be looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WantedError {
    /// Neither a number nor a method.
    #[error("`{text}` is neither the number of a page, such as 45864, nor a method, such as taobao.item.seller.get")]
    Text {
        /// What was given.
        text: String,
    },
    /// No spec has this method.
    #[error("no spec of `{method}` is known; fetch its page by number: the `docId` or `apiId` of its address")]
    Unknown {
        /// The method.
        method: String,
    },
    /// The page on disk shows no number.
    #[error(
        "the spec of `{method}` has no page number, because its page shows none; fetch it by number once: the `docId` or \
         `apiId` of its address"
    )]
    NoNumber {
        /// The method.
        method: String,
    },
    /// Number and method were both given, and the spec has another method for the number.
    #[error("page {id} is of `{known}` by the spec, and `{method}` was given for it")]
    Contradiction {
        /// The number.
        id: u64,
        /// The method that was given.
        method: String,
        /// The method of the spec.
        known: String,
    },
}

impl Known {
    /// What these specs know.
    pub fn new(apis: &[Api]) -> Known {
        let mut known = Known::default();
        for api in apis {
            let (id, file, layout) = (api.doc_id, api.source.page.clone(), api.source.layout);
            if let Some(id) = id {
                known.methods.insert(id, api.method.clone());
            }
            known.pages.insert(api.method.clone(), Page { id, file, layout });
        }
        known
    }

    /// All pages that have a number, and those that have none.
    pub fn all(&self) -> (Vec<Wanted>, Vec<WantedError>) {
        let mut wanted = Vec::new();
        let mut missing = Vec::new();
        for (method, page) in &self.pages {
            match page.id {
                Some(id) => wanted.push(Wanted { id, method: Some(method.clone()) }),
                None => missing.push(WantedError::NoNumber { method: method.clone() }),
            }
        }
        (wanted, missing)
    }

    /// The page that a number, a method, or a number with its method names.
    ///
    /// # Errors
    /// Where it names none; see [`WantedError`].
    pub fn find(&self, text: &str) -> Result<Wanted, WantedError> {
        let mut words = text.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let fault = || Err(WantedError::Text { text: text.to_owned() });
        if words.next().is_some() {
            return fault();
        }
        if first.bytes().all(|byte| byte.is_ascii_digit()) {
            let Ok(id @ 1..) = first.parse::<u64>() else { return fault() };
            let known = self.methods.get(&id);
            return match (second, known) {
                (Some(method), Some(known)) if method != known => {
                    let (method, known) = (method.to_owned(), known.clone());
                    Err(WantedError::Contradiction { id, method, known })
                }
                (method, known) => Ok(Wanted { id, method: known.cloned().or(method.map(str::to_owned)) }),
            };
        }
        if second.is_some() || !first.contains('.') {
            return fault();
        }
        match self.pages.get(first) {
            Some(Page { id: Some(id), .. }) => Ok(Wanted { id: *id, method: Some(first.to_owned()) }),
            Some(_) => Err(WantedError::NoNumber { method: first.to_owned() }),
            None => Err(WantedError::Unknown { method: first.to_owned() }),
        }
    }

    /// The pages of a list: one a line, as for [`Known::find`]; blank lines and what follows a `#` are left out.
    ///
    /// # Errors
    /// The first line that names none, with its number.
    pub fn list(&self, text: &str) -> Result<Vec<Wanted>, (usize, WantedError)> {
        let lines = text.lines().enumerate().filter_map(|(index, line)| {
            let line = line.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default().trim();
            (!line.is_empty()).then(|| self.find(line).map_err(|error| (index + 1, error)))
        });
        lines.collect()
    }

    /// The number that the spec has for a method.
    pub(super) fn id(&self, method: &str) -> Option<u64> {
        self.pages.get(method).and_then(|page| page.id)
    }

    /// The file that the page of an API is in, in this form: the one its spec was read from, or one of the method's name.
    pub(super) fn file(&self, method: &str, form: Form) -> String {
        match self.pages.get(method) {
            Some(page) if page.layout == form.layout() && is_below(&page.file) => page.file.clone(),
            _ => format!("{method}.{}", form.ending()),
        }
    }
}

/// Each page once, in the order given.
pub(super) fn distinct(wanted: Vec<Wanted>) -> Vec<Wanted> {
    let mut seen = BTreeSet::new();
    wanted.into_iter().filter(|page| seen.insert(page.id)).collect()
}

/// Whether a path of a spec stays below the folder of pages.
fn is_below(file: &str) -> bool {
    !file.is_empty()
        && !file.contains(['\\', ':', '\0'])
        && file.split('/').all(|name| !name.is_empty() && !name.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let api = |method: &str, doc_id, page: &str| Api {
            method: method.to_owned(),
            doc_id,
            source: topsdk_spec::Source { page: page.to_owned(), layout: Layout::Html, ..Default::default() },
            ..Api::default()
        };
        Known::new(&[
            api("a.one", Some(1), "old/1.html"),
            api("a.two", None, "two.txt"),
            api("a.evil", Some(3), "../../evil.html"),
        ])
    }

    #[test]
    fn pages_are_named_by_number_or_method() {
        let known = known();
        let found = |text: &str| known.find(text).map(|wanted| (wanted.id, wanted.method.unwrap_or_default()));
        assert_eq!(found("1"), Ok((1, "a.one".to_owned())));
        assert_eq!(found("a.one"), Ok((1, "a.one".to_owned())));
        assert_eq!(found("99"), Ok((99, String::new())));
        assert_eq!(found("99 a.new"), Ok((99, "a.new".to_owned())));
        assert!(matches!(found("a.two"), Err(WantedError::NoNumber { .. })));
        assert!(matches!(found("a.new"), Err(WantedError::Unknown { .. })));
        assert!(matches!(found("1 a.two"), Err(WantedError::Contradiction { .. })));
        for text in ["", "0", "-1", "one", "1 a.one x", "99999999999999999999", "1.5e3 a"] {
            assert!(found(text).is_err(), "{text}");
        }
        assert_eq!(known.all().0.len(), 2);
        assert_eq!(known.all().1, [WantedError::NoNumber { method: "a.two".to_owned() }]);
    }

    #[test]
    fn a_list_has_comments_and_names_its_lines() {
        let known = known();
        let list = known.list("\u{feff}# pages\n\n1 # one\r\n99\ta.new\n").unwrap();
        assert_eq!(list.iter().map(|wanted| wanted.id).collect::<Vec<_>>(), [1, 99]);
        assert_eq!(known.list("1\n\nnothing\n").unwrap_err().0, 3);
    }

    #[test]
    fn a_file_of_a_spec_never_leads_out_of_the_folder() {
        let known = known();
        assert_eq!(known.file("a.one", Form::Html), "old/1.html");
        assert_eq!(known.file("a.one", Form::Document), "a.one.json");
        assert_eq!(known.file("a.evil", Form::Html), "a.evil.html");
        for file in ["", "/a", "a//b", "a/../b", "C:\\x", "a\\b", ".a"] {
            assert!(!is_below(file), "{file}");
        }
    }
}
