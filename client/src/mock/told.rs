//! What the user wants an API to answer: told in the program, or a file of a folder.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use topsdk_codec::Format;

use super::locked;

/// How many bytes an answer of the folder may have.
const LARGEST: u64 = 64 << 20;

/// The answers that were told.
pub(super) struct Told {
    /// `METHOD.json` and `METHOD.xml`. They are read anew for each call, so that a change counts at once.
    folder: Option<PathBuf>,
    answers: Mutex<BTreeMap<String, Arc<str>>>,
}

impl Told {
    pub(super) fn new(folder: Option<PathBuf>) -> Told {
        Told { folder, answers: Mutex::default() }
    }

    /// From now on, `method` is answered with this.
    pub(super) fn tell(&self, method: String, answer: Arc<str>) {
        locked(&self.answers).insert(method, answer);
    }

    /// Whether there is an answer for `method`.
    pub(super) fn knows(&self, method: &str) -> bool {
        locked(&self.answers).contains_key(method) || ["json", "xml"].iter().any(|end| self.file(method, end).is_some())
    }

    /// The answer for `method`, in this format where there is one, and where it is from.
    pub(super) fn answer(&self, method: &str, format: Format) -> Option<Result<(Arc<str>, &'static str), String>> {
        if let Some(answer) = locked(&self.answers).get(method) {
            return Some(Ok((answer.clone(), "the program")));
        }
        let ends = if format == Format::Xml { ["xml", "json"] } else { ["json", "xml"] };
        let path = ends.iter().find_map(|end| self.file(method, end))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut text = String::new();
        // One byte more than may be tells a file that is too large from one that just fits.
        let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
        Some(match read {
            Ok(_) if text.len() as u64 > LARGEST => Err(format!("{name} has more than {LARGEST} bytes")),
            Ok(_) => Ok((text.into(), "the folder")),
            Err(error) => Err(format!("{name} cannot be read: {error}")),
        })
    }

    /// The file of a method in the folder itself: not one above, below or elsewhere, whatever the method is called. A link
    /// is not followed, and a pipe would never end.
    fn file(&self, method: &str, end: &str) -> Option<PathBuf> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if method.len() > 200 || method.starts_with('.') || !method.bytes().all(is_plain) {
            return None;
        }
        let path = self.folder.as_ref()?.join(format!("{method}.{end}"));
        fs::symlink_metadata(&path).is_ok_and(|file| file.is_file()).then_some(path)
    }
}
