//! An update of a repository in which no byte has changed since the last one.
//!
//! One digest over everything that an update reads and writes, and over the program that does it, is left in `target/`. Where
//! it is the same, an update would do nothing; where anything differs, all is done again.

use std::fs;
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::files::Files;
use super::{
    ALLOWANCES, ApiUpdate, Error, MANIFEST, MODULES, NAMES, OVERRIDES, Outcome, PAGES, SPECS, Update, method_of,
};

/// Where the digest is left; `target/` is never checked in.
const STATE: &str = "target/topsdk/update";

/// What the last update said, if nothing has changed since.
pub(super) fn recall(files: &Files) -> Result<Option<Update>, Error> {
    let Some(state) = files.read_text(STATE)? else { return Ok(None) };
    let mut lines = state.lines();
    let (Some(then), Some(findings)) = (lines.next(), lines.next().and_then(|line| line.parse().ok())) else {
        return Ok(None);
    };
    if digest(files)? != then {
        return Ok(None);
    }
    let apis = files.list(SPECS)?.into_iter().filter_map(|path| {
        let method = method_of(&path)?.to_owned();
        let outcome = Outcome::Unchanged;
        Some(ApiUpdate { method, page: String::new(), outcome, files: Vec::new(), before: None, after: None })
    });
    Ok(Some(Update { apis: apis.collect(), warm: Some(findings), ..Update::default() }))
}

/// Leaves the digest behind, unless something was refused: then the next update has to say so again.
pub(super) fn remember(files: &Files, update: &Update) -> Result<(), Error> {
    let writer = files.writer(false);
    let is_whole = update.apis.iter().all(|api| !matches!(api.outcome, Outcome::Refused(_)));
    let text = match is_whole {
        true => Some(format!("{}\n{}\n", digest(files)?, update.diagnostics.len())),
        false => None,
    };
    writer.write_or_remove(STATE, text).map(drop)
}

fn digest(files: &Files) -> Result<String, Error> {
    let mut paths = vec![NAMES.to_owned(), MANIFEST.to_owned(), ALLOWANCES.to_owned()];
    for folder in [PAGES, OVERRIDES, SPECS, MODULES] {
        paths.extend(files.list(folder)?);
    }
    let digests: Vec<(String, Option<[u8; 32]>)> = paths
        .into_par_iter()
        .map(|path| {
            let bytes = files.read(&path)?;
            Ok((path, bytes.map(|bytes| Sha256::digest(bytes).into())))
        })
        .collect::<Result<_, Error>>()?;
    let mut all = Sha256::new();
    for (path, digest) in digests {
        all.update((path.len() as u64).to_le_bytes());
        all.update(path.as_bytes());
        all.update([u8::from(digest.is_some())]);
        all.update(digest.unwrap_or_default());
    }
    all.update(program());
    Ok(all.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Which build of the generator this is: the version, and the size and time of the program.
fn program() -> String {
    let file = std::env::current_exe().and_then(fs::metadata);
    let build = file.ok().and_then(|file| {
        let time = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} {}", file.len(), time.as_nanos()))
    });
    format!("{} {}", env!("CARGO_PKG_VERSION"), build.unwrap_or_default())
}
