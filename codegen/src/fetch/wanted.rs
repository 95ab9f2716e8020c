//! Selects the pages to fetch: by number, by method, from a list, or all that the specs or the catalogue contain.

use std::collections::BTreeMap;

use topsdk_spec::{Api, Layout};

use super::Form;
use crate::catalogue::{Catalogue, CatalogueEntry};

/// A page to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The page's number: `docId` and `apiId` of its address.
    pub id: u64,
    /// The method that the page must have. `None` if it is not known.
    pub method: Option<String>,
}

impl From<&CatalogueEntry> for Wanted {
    fn from(entry: &CatalogueEntry) -> Wanted {
        Wanted { id: entry.doc_id, method: Some(entry.method.clone()) }
    }
}

/// What the specs and the catalogue say about pages.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pages: BTreeMap<String, KnownPage>,
    methods: BTreeMap<u64, String>,
    /// The document numbers from the catalogue, by method.
    listed: BTreeMap<String, u64>,
}

#[derive(Clone, Debug)]
struct KnownPage {
    id: Option<u64>,
    file: String,
    layout: Layout,
}

/// Why a page cannot be looked up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WantedError {
    /// The text is neither a number nor a method, or a number that belongs to another method.
    #[error("{0}")]
    Faulty(String),
    /// Neither a spec nor the catalogue has the number of this method.
    #[error("{0}")]
    Unlisted(String),
}

impl Known {
    /// Returns the pages of these specs.
    pub fn new(apis: &[Api]) -> Known {
        let mut known = Known::default();
        for api in apis {
            let (id, file, layout) = (api.doc_id, api.source.page.clone(), api.source.layout);
            if let Some(id) = id {
                known.methods.insert(id, api.method.clone());
            }
            known.pages.insert(api.method.clone(), KnownPage { id, file, layout });
        }
        known
    }

    /// Adds the entries of a catalogue. Specs take precedence. If a method has several documents, the latest is used.
    #[must_use]
    pub fn with_catalogue(mut self, catalogue: &Catalogue) -> Known {
        for entry in catalogue.entries() {
            self.methods.entry(entry.doc_id).or_insert_with(|| entry.method.clone());
            self.listed.insert(entry.method.clone(), entry.doc_id);
        }
        self
    }

    /// Returns the pages of all specs, and an error for each method whose page has no number.
    pub fn of_specs(&self) -> (Vec<Wanted>, Vec<WantedError>) {
        let (wanted, missing) = self.pages.keys().map(|method| self.find(method)).partition::<Vec<_>, _>(Result::is_ok);
        (wanted.into_iter().flatten().collect(), missing.into_iter().filter_map(Result::err).collect())
    }

    /// Returns the page for a number, a method, or a number followed by its method.
    ///
    /// # Errors
    /// If the text identifies no page; see [`WantedError`].
    pub fn find(&self, text: &str) -> Result<Wanted, WantedError> {
        let mut words = text.split_whitespace();
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let fault = || {
            let expected = "neither the number of a page, such as 45864, nor a method, such as taobao.item.seller.get";
            Err(WantedError::Faulty(format!("`{text}` is {expected}")))
        };
        if words.next().is_some() {
            return fault();
        }
        if first.bytes().all(|byte| byte.is_ascii_digit()) {
            let Ok(id @ 1..) = first.parse::<u64>() else { return fault() };
            let known = self.methods.get(&id);
            return match (second, known) {
                (Some(method), Some(known)) if method != known => {
                    Err(WantedError::Faulty(format!("page {id} belongs to `{known}`, not to `{method}`")))
                }
                (method, known) => Ok(Wanted { id, method: known.cloned().or(method.map(str::to_owned)) }),
            };
        }
        if second.is_some() || !first.contains('.') {
            return fault();
        }
        let page = self.pages.get(first);
        match page.and_then(|page| page.id).or_else(|| self.listed.get(first).copied()) {
            Some(id) => Ok(Wanted { id, method: Some(first.to_owned()) }),
            None if page.is_some() => Err(WantedError::Unlisted(format!(
                "the page of `{first}` shows no number, and the site's catalogue does not list it; fetch it by number once: \
                 the `docId` or `apiId` of its address"
            ))),
            None => Err(WantedError::Unlisted(format!("neither a spec nor the site's catalogue has `{first}`"))),
        }
    }

    /// Returns the document number that the spec has for a method.
    pub(super) fn id(&self, method: &str) -> Option<u64> {
        self.pages.get(method).and_then(|page| page.id)
    }

    /// Returns the file for an API's page in this form: the file that its spec was read from, or one named after the
    /// method.
    pub(super) fn file(&self, method: &str, form: Form) -> String {
        let (layout, ending) = match form {
            Form::Document => (Layout::Document, "json"),
            Form::Html => (Layout::Html, "html"),
        };
        match self.pages.get(method) {
            Some(page) if page.layout == layout && is_below(&page.file) => page.file.clone(),
            _ => format!("{method}.{ending}"),
        }
    }
}

/// Returns the entries of a list of pages, with line numbers from 1. Blank lines and comments, which begin with `#`, are
/// skipped.
pub fn list_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| {
        (index + 1, line.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default().trim())
    });
    lines.filter(|(_, line)| !line.is_empty())
}

/// Returns whether the path stays below the folder of pages.
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
        let unnumbered = found("a.two").unwrap_err();
        assert!(matches!(&unnumbered, WantedError::Unlisted(why) if why.contains("shows no number")), "{unnumbered}");
        let unknown = found("a.new").unwrap_err();
        assert!(matches!(&unknown, WantedError::Unlisted(why) if why.contains("neither a spec nor")), "{unknown}");
        let contradiction = "page 1 belongs to `a.one`, not to `a.two`".to_owned();
        assert_eq!(found("1 a.two"), Err(WantedError::Faulty(contradiction)));
        for text in ["", "0", "-1", "one", "1 a.one x", "99999999999999999999", "1.5e3 a"] {
            assert!(matches!(found(text), Err(WantedError::Faulty(_))), "{text}");
        }
        assert_eq!(known.of_specs().0.len(), 2);
        assert_eq!(known.of_specs().1, [unnumbered]);
    }

    #[test]
    fn a_catalogue_adds_pages_that_no_spec_has() {
        let lines = [("a.one", 7), ("a.two", 2), ("a.new", 8), ("a.new", 9), ("a.other", 3)];
        let lines = lines.map(|(method, id)| format!("{{\"method\":\"{method}\",\"doc_id\":{id}}}\n")).concat();
        let known = known().with_catalogue(&Catalogue::parse(&lines).unwrap());
        let found = |text: &str| known.find(text).map(|wanted| (wanted.id, wanted.method.unwrap_or_default()));
        assert_eq!(found("a.one"), Ok((1, "a.one".to_owned())), "the spec counts");
        assert_eq!(found("a.two"), Ok((2, "a.two".to_owned())));
        assert_eq!(found("a.new"), Ok((9, "a.new".to_owned())));
        assert_eq!(found("3"), Ok((3, "a.evil".to_owned())));
        assert_eq!(found("8"), Ok((8, "a.new".to_owned())));
        let contradiction = "page 9 belongs to `a.new`, not to `a.two`".to_owned();
        assert_eq!(found("9 a.two"), Err(WantedError::Faulty(contradiction)));
        assert_eq!(known.of_specs().0.len(), 3);
    }

    #[test]
    fn a_list_of_pages_may_have_comments_and_keeps_line_numbers() {
        let lines: Vec<_> = list_lines("\u{feff}# pages\n\n1 # one\r\n99\ta.new\n").collect();
        assert_eq!(lines, [(3, "1"), (4, "99\ta.new")]);
    }

    #[test]
    fn the_page_path_of_a_spec_never_leaves_the_folder() {
        let known = known();
        assert_eq!(known.file("a.one", Form::Html), "old/1.html");
        assert_eq!(known.file("a.one", Form::Document), "a.one.json");
        assert_eq!(known.file("a.evil", Form::Html), "a.evil.html");
        for file in ["", "/a", "a//b", "a/../b", "C:\\x", "a\\b", ".a"] {
            assert!(!is_below(file), "{file}");
        }
    }
}
