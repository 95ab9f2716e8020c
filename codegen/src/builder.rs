//! Generates bindings in a build script, from a consumer's own pages.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use topsdk_spec::Api;

use crate::check::lint::allow::Allowances;
use crate::check::overrides::Overrides;
use crate::check::{self, FileError};
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit::{EmitError, Entry, File, Samples, included, modules, prefixes, spec_lines};
use crate::names::{Register, RegisterError};
use crate::update::Refusal;
use crate::update::pages::ChosenPages;

/// Generates bindings from saved pages in a build script. TOP shows each app other APIs, so each app has its own pages.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), topsdk_codegen::BuildError> {
///     topsdk_codegen::Builder::new().pages("docs/top").generate()
/// }
/// ```
///
/// In the crate itself, `topsdk::include_apis!();` inserts the modules, one for each API, under the two segments of its method's
/// prefix. `topsdk::include_specs!()` returns the specs for a mock gateway.
///
/// Cargo runs the build script again only if a page is added, removed or changed. Findings on the pages become warnings of the
/// build.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pages: Vec<PathBuf>,
    overrides: Option<PathBuf>,
    names: Option<PathBuf>,
    out_dir: Option<PathBuf>,
}

/// The extensions of pages.
const PAGES: [&str; 5] = ["html", "htm", "txt", "md", "json"];

/// An error of [`Builder::generate`]. `Debug` shows the message, because a build script whose `main` returns the error prints
/// its `Debug` output.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No page was named.
    #[error("no pages: name a folder or a file with pages, such as `Builder::new().pages(\"docs/top\")`")]
    NoPages,
    /// Cargo does not run this, and no output folder was set.
    #[error("`OUT_DIR` is not set: call this from a build script, or name a folder with `out_dir`")]
    NoOutDir,
    /// Pages that cannot be used, with the problem of each. The message lists all of them.
    #[error("{}", lines(.0))]
    Pages(Vec<Refusal>),
    /// A mistake in the overrides.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// The names file does not exist.
    #[error("{}: no such file; `topsdk names` writes it", .0.display())]
    NoNames(PathBuf),
    /// A mistake in the names file.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// Code that is not Rust: what is wrong, by API.
    #[error("{}", lines(.0))]
    Emit(Vec<EmitError>),
    /// A file cannot be read or written. The source is what the operating system says.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn lines<E: ToString>(errors: &[E]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Builder {
    /// Returns a builder without pages.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a page, or a folder with pages at any depth, relative to the crate's root. Pages are HTML, text, Markdown or document
    /// JSON, as saved. In a folder, the files `.html`, `.htm`, `.txt`, `.md` and `.json` are read and others are ignored.
    #[must_use]
    pub fn pages(mut self, path: impl Into<PathBuf>) -> Builder {
        self.pages.push(path.into());
        self
    }

    /// Applies the overrides (`*.toml`) in this folder.
    #[must_use]
    pub fn overrides(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.overrides = Some(folder.into());
        self
    }

    /// Keeps the names in this file, which `topsdk names` writes, so that a new page renames nothing. The build only reads it.
    #[must_use]
    pub fn names(mut self, file: impl Into<PathBuf>) -> Builder {
        self.names = Some(file.into());
        self
    }

    /// Writes to this folder instead of `OUT_DIR`. `include_apis!` reads `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.out_dir = Some(folder.into());
        self
    }

    /// Reads the pages, writes the modules, and tells Cargo when to run the build script again.
    ///
    /// # Errors
    /// If a page cannot be used, an override does not fit, or a file cannot be written. Nothing is written then.
    pub fn generate(&self) -> Result<(), BuildError> {
        let out_dir = self.out_dir.clone().or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from));
        let out_dir = out_dir.ok_or(BuildError::NoOutDir)?.join("topsdk");
        let mut cargo = String::new();
        let overrides = match &self.overrides {
            Some(folder) => Overrides::load(&watched(folder, &mut cargo)?)?,
            None => Overrides::default(),
        };
        let register = match &self.names {
            Some(file) => {
                let file = watched(file, &mut cargo)?;
                if !file.exists() {
                    return Err(BuildError::NoNames(file));
                }
                Register::load(&file)?
            }
            None => Register::default(),
        };
        let mut pages = Vec::new();
        for path in &self.pages {
            let path = watched(path, &mut cargo)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            add_pages(path, name, true, &mut pages)?;
        }
        if pages.is_empty() {
            return Err(BuildError::NoPages);
        }
        // Findings and errors name the whole path. Specs and code do not, so they are the same on every machine.
        let mut names = BTreeMap::new();
        let mut files = Vec::new();
        for (path, name) in pages {
            let shown = path.to_string_lossy().into_owned();
            names.insert(shown.clone(), name);
            files.push((path, shown));
        }
        let choice = ChosenPages::read(files, &BTreeMap::new(), &overrides, &Allowances::default(), &|| {});
        let types = choice.apis.values().flat_map(|(_, api)| check::types(api, None));
        cargo.extend(choice.diagnostics.iter().cloned().chain(types).filter_map(|found| warning(&found)));
        if !choice.refused.is_empty() {
            return Err(BuildError::Pages(choice.refused.into_iter().map(|refused| refused.refusal).collect()));
        }
        let apis = choice.apis.into_values().map(|(page, mut api)| {
            api.source.page = names.remove(&page).unwrap_or(page);
            api
        });
        write(&apis.collect::<Vec<Api>>(), &register, &out_dir)?;
        // A build script talks to Cargo on standard output.
        let written = io::stdout().write_all(cargo.as_bytes());
        written.map_err(|source| BuildError::Io(PathBuf::from("standard output"), source))
    }
}

/// Adds a page with its name, or the pages of a folder at any depth with their paths below it, in order of name. Every file
/// that is named explicitly is a page.
fn add_pages(
    path: PathBuf,
    name: String,
    is_explicit: bool,
    pages: &mut Vec<(PathBuf, String)>,
) -> Result<(), BuildError> {
    if !path.is_dir() {
        pages.extend((is_explicit || is_page(&path)).then_some((path, name)));
        return Ok(());
    }
    let failed = |source| BuildError::Io(path.clone(), source);
    let mut entries = fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file = entry.file_name().to_string_lossy().into_owned();
        // Links to folders may form a cycle.
        let is_link = entry.file_type().map_err(failed)?.is_symlink() && entry.path().is_dir();
        if !file.starts_with('.') && !is_link {
            let name = if is_explicit { file } else { format!("{name}/{file}") };
            add_pages(entry.path(), name, false, pages)?;
        }
    }
    Ok(())
}

/// Returns whether a file of a folder can be a page.
fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| PAGES.iter().any(|page| extension.eq_ignore_ascii_case(page)))
}

/// Returns the absolute path: Cargo runs a build script in the crate's folder but prints its errors elsewhere. Tells Cargo
/// to run the build script again if the file or folder changes.
fn watched(path: &Path, cargo: &mut String) -> Result<PathBuf, BuildError> {
    let path = std::path::absolute(path).map_err(|source| BuildError::Io(path.to_owned(), source))?;
    cargo.push_str(&format!("cargo::rerun-if-changed={}\n", path.display()));
    Ok(path)
}

/// Formats a finding as a warning of the build. Notes are not shown.
fn warning(found: &Diagnostic) -> Option<String> {
    let place = &found.place;
    let text = format!("{}: {} {}: {} [{}]", place.page, place.section, place.path, found.message, found.name);
    (found.severity > Severity::Note).then(|| format!("cargo::warning={}\n", text.replace(['\n', '\r'], " ")))
}

/// Writes the modules, `apis.rs` that declares them, and `specs.jsonl` with their specs. An unchanged file keeps its time,
/// so nothing is compiled again.
fn write(apis: &[Api], register: &Register, out_dir: &Path) -> Result<(), BuildError> {
    let entries = Entry::of(apis, register).map_err(BuildError::Emit)?;
    let (mut files, _) = modules(&entries, register, &Samples::Shown).map_err(BuildError::Emit)?;
    files.extend(prefixes(&entries, None));
    files.push(File { path: "apis.rs".to_owned(), text: included(out_dir, &entries) });
    files.push(File { path: "specs.jsonl".to_owned(), text: spec_lines(apis) });
    for File { path, text } in files {
        let path = path.split('/').fold(out_dir.to_owned(), |folder, name| folder.join(name));
        if fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes()) {
            continue;
        }
        let folder = path.parent().unwrap_or(out_dir);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|source| BuildError::Io(path, source))?;
    }
    Ok(())
}
