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
use crate::emit::{self, Entry, Samples, included, spec_lines, tree};
use crate::names::{Register, RegisterError};
use crate::update::Refusal;
use crate::update::pages::{ChosenPages, Pages};

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
    /// Pages that cannot be used. The message lists all of them.
    #[error("{}", lines(refusals))]
    Pages {
        /// The problem of each page.
        refusals: Vec<Refusal>,
    },
    /// A mistake in the overrides.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// The names file does not exist.
    #[error("{}: no such file; `topsdk names` writes it", path.display())]
    NoNames {
        /// The file.
        path: PathBuf,
    },
    /// A mistake in the names file.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// Code that is not Rust.
    #[error("{}", lines(errors))]
    Emit {
        /// What is wrong, by API.
        errors: Vec<emit::EmitError>,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
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
        let mut cargo = Vec::new();
        let overrides = match &self.overrides {
            Some(folder) => {
                let folder = whole(folder)?;
                watch(&folder, &mut cargo);
                Overrides::load(&folder)?
            }
            None => Overrides::default(),
        };
        let register = match &self.names {
            Some(file) => {
                let file = whole(file)?;
                watch(&file, &mut cargo);
                if !file.exists() {
                    return Err(BuildError::NoNames { path: file });
                }
                Register::load(&file)?
            }
            None => Register::default(),
        };
        let pages = self.list(&mut cargo)?;
        if pages.is_empty() {
            return Err(BuildError::NoPages);
        }
        // Findings and errors name the whole path. Specs and code do not, so they are the same on every machine.
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let names: BTreeMap<String, String> = pages.iter().map(|(path, name)| (shown(path), name.clone())).collect();
        let files = pages.into_iter().map(|(path, _)| (path.clone(), shown(&path))).collect();
        let choice = Pages::read_files(files, &|| {}).choose(&BTreeMap::new(), overrides, &Allowances::default());
        let types = choice.apis.values().flat_map(|(_, api)| check::types(api, None));
        cargo.extend(choice.diagnostics.iter().cloned().chain(types).filter_map(|found| warning(&found)));
        let files = modules(choice, &names, &register, &out_dir)?;
        for (path, text) in files {
            write(&path, &text)?;
        }
        // A build script talks to Cargo on standard output.
        let written = io::stdout().write_all(cargo.concat().as_bytes());
        written.map_err(|source| BuildError::Io { path: PathBuf::from("standard output"), source })
    }

    /// Returns the absolute paths of the pages with their names, which are relative to the folder.
    fn list(&self, cargo: &mut Vec<String>) -> Result<Vec<(PathBuf, String)>, BuildError> {
        let mut pages = Vec::new();
        for named in &self.pages {
            let named = whole(named)?;
            watch(&named, cargo);
            let mut open = vec![(named, String::new())];
            while let Some((path, name)) = open.pop() {
                let failed = |source| BuildError::Io { path: path.clone(), source };
                if !path.is_dir() {
                    let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    match name.is_empty() {
                        true => pages.push((path, own)),
                        false if is_page(&path) => pages.push((path, name)),
                        false => {}
                    }
                    continue;
                }
                let mut entries =
                    fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
                entries.sort_by_key(fs::DirEntry::file_name);
                for entry in entries.into_iter().rev() {
                    let file = entry.file_name().to_string_lossy().into_owned();
                    // Links to folders may form a cycle.
                    let is_link = entry.file_type().map_err(failed)?.is_symlink() && entry.path().is_dir();
                    if !file.starts_with('.') && !is_link {
                        let below = if name.is_empty() { file } else { format!("{name}/{file}") };
                        open.push((entry.path(), below));
                    }
                }
            }
        }
        Ok(pages)
    }
}

/// Returns the modules by path, `apis.rs` that declares them, and `specs.jsonl` with their specs.
fn modules(
    choice: ChosenPages,
    names: &BTreeMap<String, String>,
    register: &Register,
    out_dir: &Path,
) -> Result<Vec<(PathBuf, String)>, BuildError> {
    if !choice.refused.is_empty() {
        let refusals = choice.refused.into_iter().map(|refused| refused.refusal).collect();
        return Err(BuildError::Pages { refusals });
    }
    let named = |(page, mut api): (String, Api)| {
        if let Some(name) = names.get(&page) {
            api.source.page.clone_from(name);
        }
        api
    };
    let apis: Vec<Api> = choice.apis.into_values().map(named).collect();
    let kept = register.modules(apis.iter().map(|api| api.method.as_str()));
    let entries = Entry::of(&apis, &kept).map_err(|errors| BuildError::Emit { errors })?;
    let (files, _) = tree(&entries, register, &Samples::Shown, None).map_err(|errors| BuildError::Emit { errors })?;
    let mut written: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| (file.path.split('/').fold(out_dir.to_owned(), |to, name| to.join(name)), file.text))
        .collect();
    let entries: Vec<Entry<'_>> = entries.into_iter().map(|(entry, _)| entry).collect();
    written.push((out_dir.join("apis.rs"), included(out_dir, &entries)));
    written.push((out_dir.join("specs.jsonl"), spec_lines(&apis)));
    Ok(written)
}

/// Returns the absolute path: Cargo runs a build script in the crate's folder but prints its errors elsewhere.
fn whole(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|source| BuildError::Io { path: path.to_owned(), source })
}

/// Returns whether a file of a folder can be a page.
fn is_page(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| PAGES.iter().any(|page| extension == *page))
}

fn watch(path: &Path, cargo: &mut Vec<String>) {
    cargo.push(format!("cargo::rerun-if-changed={}\n", path.display()));
}

/// Formats a finding as a warning of the build. Notes are not shown.
fn warning(found: &Diagnostic) -> Option<String> {
    let place = &found.place;
    let text = format!("{}: {} {}: {} [{}]", place.page, place.section, place.path, found.message, found.name);
    (found.severity > Severity::Note).then(|| format!("cargo::warning={}\n", text.replace(['\n', '\r'], " ")))
}

/// Writes a file if its content changed. An unchanged file keeps its time, so nothing is compiled again.
fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| BuildError::Io { path: path.to_owned(), source })
}
