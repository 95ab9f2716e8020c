//! Loads the specs that the arguments name: files with one spec, files with one per line, pages, and folders of these.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use topsdk_codegen::diagnostic::Severity;
use topsdk_codegen::read::PageProblem;
use topsdk_spec::Api;

use super::foreign;
use super::input::Input;
use super::output::Stop;
use super::repository;

/// Extensions of specs and pages in a folder. A file named in the arguments is read whatever its extension.
const EXTENSIONS: [&str; 6] = ["html", "htm", "txt", "md", "json", "jsonl"];

/// The content of one file.
pub(crate) struct Content {
    pub(crate) apis: Vec<Api>,
    /// Number of warnings and errors found when reading the page.
    pub(crate) findings: usize,
    is_page: bool,
}

/// Lists the files with specs or pages that the arguments name. The files of a folder are sorted by path.
pub(crate) fn list(paths: &[PathBuf]) -> Result<Vec<Input>, Stop> {
    let has_extension = |input: &Input| {
        let extension = input.name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
    };
    let mut inputs = Vec::new();
    for path in paths {
        let found = Input::list(std::slice::from_ref(path))?;
        inputs.extend(found.into_iter().filter(|input| has_extension(input) || !path.is_dir()));
    }
    Ok(inputs)
}

/// Reads the specs in a file, or the spec of a page. The content decides which it is, because documents are JSON, too.
///
/// # Errors
/// Returns one sentence that begins with the path: what the file is, and what was expected.
pub(crate) fn content(input: &Input) -> Result<Content, String> {
    let bytes = input.read()?;
    if let Some(apis) = specs(input, &bytes)? {
        return Ok(Content { apis, findings: 0, is_page: false });
    }
    match input.parse(&bytes) {
        Ok(reading) => {
            let findings = reading.diagnostics.iter().filter(|found| found.severity > Severity::Note).count();
            Ok(Content { apis: vec![reading.api], findings, is_page: true })
        }
        Err(error) if is_foreign(&error.problem, &bytes) => Err(format!(
            "{}: expected specs, as `topsdk parse` writes them, or the page of an API (HTML, Markdown, text or document JSON); this \
             is {}",
            input.shown,
            foreign::describe(&bytes)
        )),
        // The reader's own error describes a broken page best.
        Err(error) => Err(error.to_string()),
    }
}

/// Returns whether an unreadable file is best described by its content. Truncated JSON may be a spec or a document.
fn is_foreign(problem: &PageProblem, bytes: &[u8]) -> bool {
    match problem {
        PageProblem::NotApiPage(_) | PageProblem::Empty | PageProblem::Json { .. } => true,
        PageProblem::Cut { .. } => matches!(bytes.trim_ascii_start(), [b'{' | b'[', ..]),
        _ => false,
    }
}

/// Parses one spec, or one per line. Returns `None` if the file is something else.
fn specs(input: &Input, bytes: &[u8]) -> Result<Option<Vec<Api>>, String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).peekable();
    let starts_with_one = lines.peek().is_some_and(|(line, _)| Api::from_json(line).is_ok());
    let is_lines = input.name.ends_with(".jsonl") || starts_with_one;
    let texts: Vec<(&str, usize)> = if is_lines { lines.collect() } else { vec![(text, 1)] };
    let mut apis = Vec::new();
    for (text, line) in texts {
        match Api::from_json(text) {
            Ok(api) => apis.push(api),
            Err(error) if foreign::is_spec(text) => {
                let place = format!("{}:{}:{}", input.shown, line + error.line - 1, error.column);
                return Err(format!("{place}: a spec with a mistake: {}", error.message));
            }
            Err(_) if !is_lines => return Ok(None),
            Err(_) => {
                let (path, found) = (&input.shown, foreign::describe(text.as_bytes()));
                return Err(format!("{path}:{line}: expected a spec, as `topsdk parse` writes it; this is {found}"));
            }
        }
    }
    Ok(Some(apis))
}

/// Loads all specs that the arguments name, in the given order. The files of a folder are sorted by path. If an API has
/// several pages, the richest form is used: document, HTML, Markdown, text.
pub(crate) fn load(paths: &[PathBuf]) -> Result<Vec<Api>, Stop> {
    let mut apis: Vec<Api> = Vec::new();
    let mut pages = BTreeMap::new();
    let contents: Vec<_> = list(paths)?.par_iter().map(content).collect();
    for content in contents {
        let content = content.map_err(Stop::Failed)?;
        for api in content.apis {
            let at = if content.is_page { *pages.entry(api.method.clone()).or_insert(apis.len()) } else { apis.len() };
            match apis.get_mut(at) {
                Some(kept) if kept.source.layout < api.source.layout => *kept = api,
                Some(_) => {}
                None => apis.push(api),
            }
        }
    }
    Ok(apis)
}

/// Loads the given specs, or those of the repository if there are none. Outside of a repository, and before its first update,
/// this is an empty list.
pub(crate) fn load_or_stored(paths: &[PathBuf]) -> Result<Vec<Api>, Stop> {
    match (paths, repository::here().map(|root| root.join("spec/apis")).filter(|folder| folder.is_dir())) {
        ([], Some(folder)) => load(&[folder]),
        (paths, _) => load(paths),
    }
}

/// Loads the specs that generate or serve something, of which there must be at least one.
pub(crate) fn load_some(paths: &[PathBuf]) -> Result<Vec<Api>, Stop> {
    let apis = load(paths)?;
    match apis.is_empty() {
        true => Err(Stop::Failed("--spec names no spec; `topsdk parse` makes specs from pages".to_owned())),
        false => Ok(apis),
    }
}

/// Finds the spec of a method in the given files and folders, or in the repository's specs if no path is given.
pub(crate) fn find(paths: &[PathBuf], method: &str) -> Result<Api, Stop> {
    let paths = given_or_stored(paths)?;
    // In a folder of specs, files are named by method: read only that one.
    if let [folder] = &paths[..]
        && !method.contains(['/', '\\'])
        && let file = folder.join(format!("{method}.json"))
        && file.is_file()
        && let Some(api) = load(&[file])?.into_iter().find(|api| api.method == method)
    {
        return Ok(api);
    }
    let mut apis = load(&paths)?;
    if let Some(at) = apis.iter().position(|api| api.method == method) {
        return Ok(apis.swap_remove(at));
    }
    let places: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    let (count, places) = (apis.len(), places.join(", "));
    let meant = topsdk_codegen::did_you_mean(method, apis.iter().map(|api| api.method.as_str()));
    Err(Stop::Failed(format!(
        "no spec of `{method}` among the {count} in {places}{meant}; name its spec or its page with --spec"
    )))
}

/// Returns the given paths, or the folder of the repository's specs if there are none.
pub(crate) fn given_or_stored(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    match paths {
        [] => Ok(vec![repository::root("name specs with --spec")?.join("spec/apis")]),
        paths => Ok(paths.to_vec()),
    }
}
