//! Responses that the user sets for an API, in the program or as a file of a folder.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use topsdk_codec::Format;

use super::locked;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The responses that the user set.
pub(super) struct Scripted {
    /// Holds `METHOD.json` and `METHOD.xml`. They are read again for each call, so that a change counts at once.
    folder: Option<PathBuf>,
    responses: Mutex<BTreeMap<String, Arc<str>>>,
}

impl Scripted {
    pub(super) fn new(folder: Option<PathBuf>) -> Scripted {
        Scripted { folder, responses: Mutex::default() }
    }

    /// Sets the response of `method` from now on.
    pub(super) fn set(&self, method: String, response: Arc<str>) {
        locked(&self.responses).insert(method, response);
    }

    /// Returns whether a response for `method` is set.
    pub(super) fn has(&self, method: &str) -> bool {
        locked(&self.responses).contains_key(method)
            || ["json", "xml"].iter().any(|end| self.file(method, end).is_some())
    }

    /// Returns the response for `method`, preferably in this format, and where it comes from.
    pub(super) fn response(&self, method: &str, format: Format) -> Option<Result<(Arc<str>, &'static str), String>> {
        if let Some(response) = locked(&self.responses).get(method) {
            return Some(Ok((response.clone(), "the program")));
        }
        let ends = if format == Format::Xml { ["xml", "json"] } else { ["json", "xml"] };
        let path = ends.iter().find_map(|end| self.file(method, end))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut text = String::new();
        // One byte more than the limit shows that a file is too large.
        let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
        Some(match read {
            Ok(_) if text.len() as u64 > LARGEST => Err(format!("{name} has more than {LARGEST} bytes")),
            Ok(_) => Ok((text.into(), "the folder")),
            Err(error) => Err(format!("{name} cannot be read: {error}")),
        })
    }

    /// Returns the file of a method, which must be directly in the folder, whatever the name of the method contains. Links
    /// are not followed, and a pipe, which might never end, is not read.
    fn file(&self, method: &str, end: &str) -> Option<PathBuf> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if method.len() > 200 || method.starts_with('.') || !method.bytes().all(is_plain) {
            return None;
        }
        let path = self.folder.as_ref()?.join(format!("{method}.{end}"));
        fs::symlink_metadata(&path).is_ok_and(|file| file.is_file()).then_some(path)
    }
}
