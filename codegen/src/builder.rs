//! Bindings for a consumer's own pages, made while its crate is built.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use topsdk_spec::Api;

use crate::check::FileError;
use crate::check::overrides::Overrides;
use crate::diagnostic::{Diagnostic, Severity};
use crate::emit::{self, Entry, Samples, tree};
use crate::names::{Register, RegisterError};
use crate::update::Refusal;
use crate::update::pages::{Choice, Pages};

/// Generates bindings from saved pages in a build script. TOP shows each app other APIs, so each app has its own pages.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), topsdk_codegen::BuildError> {
///     topsdk_codegen::Builder::new().pages("docs/top").generate()
/// }
/// ```
///
/// In the crate itself, `topsdk::include_apis!();` then stands for the modules, one an API, under the two segments of its
/// method's prefix.
///
/// Cargo runs the build script again when a page is added, removed or changed, and not otherwise. Findings on the pages are
/// warnings of the build.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pages: Vec<PathBuf>,
    overrides: Option<PathBuf>,
    names: Option<PathBuf>,
    out_dir: Option<PathBuf>,
}

/// Why there are no bindings. A build script whose `main` returns it prints what its `Debug` says, so that is the message.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing to generate from.
    #[error("no page: name a folder or a file with pages, such as `Builder::new().pages(\"docs/top\")`")]
    NoPages,
    /// Not run by Cargo, and not told where to write.
    #[error("`OUT_DIR` is not set: call this from a build script, or name a folder with `out_dir`")]
    NoOutDir,
    /// Pages that cannot be used; every one is in the text.
    #[error("{}", lines(refusals))]
    Pages {
        /// Why each cannot be used.
        refusals: Vec<Refusal>,
    },
    /// A mistake in the overrides.
    #[error(transparent)]
    Overrides(#[from] FileError),
    /// The file of names is not there.
    #[error("{}: there is no such file; `topsdk names` writes it", path.display())]
    NoNames {
        /// The file.
        path: PathBuf,
    },
    /// A mistake in the file of names.
    #[error(transparent)]
    Names(#[from] RegisterError),
    /// Code that is not Rust.
    #[error("{}", lines(errors))]
    Emit {
        /// What is wrong, by API.
        errors: Vec<emit::Error>,
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
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Adds a page, or a folder with pages at any depth, relative to the crate's root: HTML, Markdown, text or document JSON, as saved.
    #[must_use]
    pub fn pages(mut self, path: impl Into<PathBuf>) -> Builder {
        self.pages.push(path.into());
        self
    }

    /// Corrects the pages by the overrides (`*.toml`) in this folder.
    #[must_use]
    pub fn overrides(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.overrides = Some(folder.into());
        self
    }

    /// Keeps the names in this file, which `topsdk names` writes. A build knows nothing of the one before; the file makes sure
    /// that a page that is added takes no name away. A build only reads it.
    #[must_use]
    pub fn names(mut self, file: impl Into<PathBuf>) -> Builder {
        self.names = Some(file.into());
        self
    }

    /// Writes here and not into `OUT_DIR`, where `include_apis!` looks.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.out_dir = Some(folder.into());
        self
    }

    /// Reads the pages, writes the modules, and tells Cargo what they depend on.
    ///
    /// # Errors
    /// Where a page cannot be used, an override does not fit, or a file cannot be written. Nothing is written then.
    pub fn generate(&self) -> Result<(), BuildError> {
        let out_dir = self.out_dir.clone().or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from));
        let out_dir = out_dir.ok_or(BuildError::NoOutDir)?.join("topsdk");
        let mut cargo = Vec::new();
        let overrides = match &self.overrides {
            Some(folder) => {
                watch(folder, &mut cargo);
                Overrides::load(folder)?
            }
            None => Overrides::default(),
        };
        let register = match &self.names {
            Some(file) => {
                watch(file, &mut cargo);
                if !file.exists() {
                    return Err(BuildError::NoNames { path: file.clone() });
                }
                Register::load(file)?
            }
            None => Register::default(),
        };
        let pages = self.list(&mut cargo)?;
        if pages.is_empty() {
            return Err(BuildError::NoPages);
        }
        let choice = Pages::read_files(pages).choose(&BTreeMap::new(), overrides);
        cargo.extend(choice.diagnostics.iter().filter_map(warning));
        let files = modules(choice, &register, &out_dir)?;
        for (path, text) in files {
            write(&path, &text)?;
        }
        // The one thing that a build script says on its standard output, to Cargo.
        let said = io::stdout().write_all(cargo.concat().as_bytes());
        said.map_err(|source| BuildError::Io { path: PathBuf::from("standard output"), source })
    }

    /// The pages with their names: the path below the folder that was named.
    fn list(&self, cargo: &mut Vec<String>) -> Result<Vec<(PathBuf, String)>, BuildError> {
        let mut pages = Vec::new();
        for named in &self.pages {
            watch(named, cargo);
            let mut open = vec![(named.clone(), String::new())];
            while let Some((path, name)) = open.pop() {
                let failed = |source| BuildError::Io { path: path.clone(), source };
                if !path.is_dir() {
                    let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    pages.push((path, if name.is_empty() { own } else { name }));
                    continue;
                }
                let mut entries =
                    fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
                entries.sort_by_key(fs::DirEntry::file_name);
                for entry in entries.into_iter().rev() {
                    let file = entry.file_name().to_string_lossy().into_owned();
                    // Links to folders may lead in a circle.
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

/// The modules, by where they go; `apis.rs` declares them.
fn modules(choice: Choice, register: &Register, out_dir: &Path) -> Result<Vec<(PathBuf, String)>, BuildError> {
    if !choice.refused.is_empty() {
        let refusals = choice.refused.into_iter().map(|refused| refused.refusal).collect();
        return Err(BuildError::Pages { refusals });
    }
    let apis: Vec<Api> = choice.apis.into_values().map(|(_, api)| api).collect();
    let kept = register.modules(apis.iter().map(|api| api.method.as_str()));
    let entries = Entry::of(&apis, &kept).map_err(|errors| BuildError::Emit { errors })?;
    let (files, _) = tree(&entries, register, &Samples::Shown, None).map_err(|errors| BuildError::Emit { errors })?;
    let firsts: std::collections::BTreeSet<&str> =
        entries.iter().map(|(entry, _)| entry.module.first.as_str()).collect();
    let mut root = String::from("// @generated by topsdk. Do not edit.\n");
    for first in firsts {
        // An included file knows no folder of its own, so the path is whole; and no crate uses all that its pages document.
        let path = out_dir.join(first).join("mod.rs");
        let path = path.to_string_lossy();
        let name = emit::raw(first);
        root.push_str(&format!("\n#[allow(dead_code, unreachable_pub)]\n#[path = {path:?}]\npub mod {name};\n"));
    }
    let mut written: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| (file.path.split('/').fold(out_dir.to_owned(), |to, name| to.join(name)), file.text))
        .collect();
    written.push((out_dir.join("apis.rs"), root));
    Ok(written)
}

fn watch(path: &Path, cargo: &mut Vec<String>) {
    cargo.push(format!("cargo::rerun-if-changed={}\n", path.display()));
}

/// A finding as a warning of the build; notes are for those who ask.
fn warning(found: &Diagnostic) -> Option<String> {
    let place = &found.place;
    let text = format!("{}: {} {}: {} [{}]", place.page, place.section, place.path, found.message, found.name);
    (found.severity > Severity::Note).then(|| format!("cargo::warning={}\n", text.replace(['\n', '\r'], " ")))
}

/// Writes a file that differs: one that does not keeps its time, so that nothing is compiled again.
fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    if fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| BuildError::Io { path: path.to_owned(), source })
}
