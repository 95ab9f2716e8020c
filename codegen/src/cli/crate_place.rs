//! Locates a generated crate: its path relative to the crate `topsdk`, and its workspace.

use std::fs;
use std::path::{Component, Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use super::output::{Stop, failed_at};
use super::repository;

/// Returns the absolute path of a folder with symbolic links resolved. The folder need not exist.
pub(crate) fn real(folder: &Path) -> Result<PathBuf, Stop> {
    let failed = |error| failed_at(folder, format!("cannot be read: {error}"));
    let whole = std::path::absolute(folder).map_err(failed)?;
    let there = whole.ancestors().find(|folder| folder.exists()).unwrap_or(&whole);
    let rest = whole.strip_prefix(there).unwrap_or(Path::new(""));
    Ok(there.canonicalize().map_err(failed)?.join(rest))
}

/// Returns the folder of the crate `topsdk` in the checkout that contains `folder`, else in the current checkout.
pub(crate) fn topsdk_of_checkout(folder: &Path) -> Option<PathBuf> {
    let above = folder.ancestors().find(|folder| folder.join("spec/pages").is_dir()).map(Path::to_owned);
    let topsdk = above.or_else(repository::here)?.join("generated");
    let manifest: DocumentMut = fs::read_to_string(topsdk.join("Cargo.toml")).ok()?.parse().ok()?;
    let name = manifest.get("package")?.as_table_like()?.get("name")?.as_str()?;
    (name == "topsdk").then_some(topsdk)?.canonicalize().ok()
}

/// Returns the relative path from one folder to another, with `/` as separator. Returns `to` itself if they share no root.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    if shared == 0 {
        return to.to_string_lossy().into_owned();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let down = to.components().skip(shared);
    let path: Vec<_> = up.chain(down).map(|part| part.as_os_str().to_string_lossy()).collect();
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

/// The entry that is missing in the manifest of a crate's workspace.
pub(crate) struct Missing {
    /// Path of the workspace manifest.
    pub(crate) manifest: PathBuf,
    /// Path of the crate, relative to the workspace.
    pub(crate) path: String,
}

/// Finds the workspace that Cargo would use for a crate in this folder, the nearest one above it. Returns `None` if there
/// is no workspace, or if its manifest has the crate as a member, excludes it or depends on it.
pub(crate) fn missing_in_workspace(folder: &Path) -> Option<Missing> {
    for root in folder.ancestors().skip(1) {
        let manifest = root.join("Cargo.toml");
        let Some(document) = fs::read_to_string(&manifest).ok().and_then(|text| text.parse::<DocumentMut>().ok())
        else {
            continue;
        };
        let Some(workspace) = document.get("workspace").and_then(Item::as_table_like) else { continue };
        let path = relative(root, folder);
        let list = |key: &str| {
            let list = workspace.get(key).and_then(Item::as_array);
            list.into_iter().flat_map(|list| list.iter().filter_map(|item| item.as_str())).collect::<Vec<_>>()
        };
        let is_member = list("members").into_iter().any(|member| {
            let member = member.trim_start_matches("./").trim_end_matches('/');
            glob::Pattern::new(member).is_ok_and(|pattern| pattern.matches_with(&path, SEGMENTS))
        });
        let is_excluded = list("exclude").into_iter().any(|excluded| Path::new(&path).starts_with(excluded));
        let is_dependency = document.get("dependencies").and_then(Item::as_table_like).is_some_and(|dependencies| {
            let paths = dependencies.iter().filter_map(|(_, item)| item.as_table_like()?.get("path")?.as_str());
            paths.into_iter().any(|path| root.join(path).canonicalize().is_ok_and(|path| path == folder))
        });
        return (!is_member && !is_excluded && !is_dependency).then_some(Missing { manifest, path });
    }
    None
}

/// Glob options in which `*` matches within one path segment.
const SEGMENTS: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{missing_in_workspace, relative};

    #[test]
    fn relative_path_leads_from_one_folder_to_the_other() {
        for (from, to, path) in [
            ("/a/b/c", "/a/topsdk/generated", "../../topsdk/generated"),
            ("/a", "/a/b", "b"),
            ("/a/b", "/a", ".."),
            ("/a", "/a", "."),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), path);
        }
    }

    #[test]
    fn workspace_members_and_exclusions_are_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let krate = root.join("crates/apis");
        fs::create_dir_all(&krate).unwrap();
        for (manifest, is_missing) in [
            ("[workspace]\nmembers = [\"app\"]\n", true),
            ("[workspace]\nmembers = [\"*\"]\n", true),
            ("[workspace]\nmembers = [\"crates/*\"]\n", false),
            ("[workspace]\nmembers = [\"./crates/apis/\"]\n", false),
            ("[workspace]\nexclude = [\"crates\"]\n", false),
            ("[workspace]\nexclude = [\"crate\"]\n", true),
            ("[workspace]\n[dependencies]\napis = { path = \"crates/apis\" }\n", false),
        ] {
            fs::write(root.join("Cargo.toml"), manifest).unwrap();
            let missing = missing_in_workspace(&krate);
            assert_eq!(missing.is_some(), is_missing, "{manifest}");
            assert!(missing.is_none_or(|missing| missing.path == "crates/apis"), "{manifest}");
        }
    }
}
