//! Writes `multipart/form-data` for calls with files (docs/protocol.md section 2).

use std::{borrow::Cow, path::PathBuf};

use form_urlencoded::byte_serialize;
use memchr::memmem;

use super::EncodeError;
use crate::{Content, File, path::Path};

/// A file that is inserted into the body while the body is sent.
/// [`Call::encode_with_files`](crate::Call::encode_with_files) returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnDisk {
    /// The name of the parameter.
    pub parameter: String,
    /// The byte offset in the [body](crate::Encoded::body) at which it belongs.
    pub offset: usize,
    /// The path of the file on disk.
    pub path: PathBuf,
}

/// Returns the body of texts and files, its content type, and the files that are inserted while it is sent.
///
/// The boundary is made of `seed`, so that equal calls give equal bytes. If it occurs in a part, a number is appended.
pub(crate) fn multipart<'a>(
    texts: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    files: &[(&str, &File)],
    seed: &str,
) -> Result<(String, Vec<u8>, Vec<OnDisk>), EncodeError> {
    for (name, file) in files {
        check(file, &Path::ROOT.field(name))?;
    }
    // Files on disk are not searched, because they would be read twice. `seed` is a digest over the time of the call, so an
    // older file cannot hold it.
    let contents = || {
        let texts = texts.clone().map(|(_, value)| value.as_bytes());
        texts.chain(files.iter().filter_map(|(_, file)| match file.content() {
            Content::Bytes(bytes) => Some(bytes.as_slice()),
            Content::OnDisk(_) => None,
        }))
    };
    let boundary = boundary(seed, contents);

    let mut body = Vec::with_capacity(contents().map(|content| content.len() + 256).sum());
    let mut on_disk = Vec::new();
    for (name, value) in texts.clone() {
        let header = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n",
            quoted(name)
        );
        push_part(&mut body, &header, |body| body.extend_from_slice(value.as_bytes()));
    }
    for (name, file) in files {
        let header = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            quoted(name),
            quoted(file.name()),
            file.content_type()
        );
        push_part(&mut body, &header, |body| match file.content() {
            Content::Bytes(bytes) => body.extend_from_slice(bytes),
            Content::OnDisk(path) => {
                on_disk.push(OnDisk { parameter: (*name).to_owned(), offset: body.len(), path: path.clone() });
            }
        });
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((format!("multipart/form-data;charset=UTF-8;boundary={boundary}"), body, on_disk))
}

fn push_part(body: &mut Vec<u8>, header: &str, push_content: impl FnOnce(&mut Vec<u8>)) {
    body.extend_from_slice(header.as_bytes());
    push_content(body);
    body.extend_from_slice(b"\r\n");
}

fn boundary<'a, I: Iterator<Item = &'a [u8]>>(seed: &str, contents: impl Fn() -> I) -> String {
    let mut boundary = format!("topsdk{seed}");
    let start = boundary.len();
    let mut number = 0_u64;
    while contents().any(|content| memmem::find(content, boundary.as_bytes()).is_some()) {
        number += 1;
        boundary.truncate(start);
        boundary.push_str(&format!("-{number}"));
    }
    boundary
}

fn check(file: &File, path: &Path<'_>) -> Result<(), EncodeError> {
    let what = if file.name().is_empty() {
        "a file needs a name: the platform takes a part without one as text"
    } else if file.content_type().is_empty() || !file.content_type().bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        "the file's type cannot stand in a header: use one such as image/jpeg"
    } else {
        return Ok(());
    };
    Err(EncodeError::FileHeader { path: path.to_string(), what })
}

/// Returns a name for a header. Quotes and line breaks are percent-encoded, as in browsers.
fn quoted(name: &str) -> Cow<'_, str> {
    if !name.contains(|c: char| c == '"' || c.is_ascii_control()) {
        return Cow::Borrowed(name);
    }
    let mut quoted = String::new();
    for character in name.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte == b'"' || byte.is_ascii_control() => quoted.extend(byte_serialize(&[byte])),
            _ => quoted.push(character),
        }
    }
    Cow::Owned(quoted)
}
