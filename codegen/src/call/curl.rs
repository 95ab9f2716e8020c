//! A call as a command of curl.

use std::path::Path;

use topsdk_codec::{Encoded, OnDisk};

/// The command that sends a call to a gateway, for a POSIX shell. It holds the session and the signature, which is good for ten
/// minutes; the secret is not in it.
///
/// A call without files is sent byte for byte as topsdk sends it. In one with files curl chooses what stands between the parts.
pub fn curl(gateway: &str, encoded: &Encoded, on_disk: &[OnDisk]) -> String {
    let mut lines = vec![format!("curl {}", quoted(&encoded.url(gateway)))];
    match encoded.content_type().split_once("boundary=") {
        None => {
            lines.push(format!("--header {}", quoted(&format!("Content-Type: {}", encoded.content_type()))));
            let form = String::from_utf8_lossy(encoded.body());
            // curl joins them by `&` again.
            lines.extend(form.split('&').map(|pair| format!("--data-raw {}", quoted(pair))));
        }
        Some((_, boundary)) => {
            for part in parts(encoded.body(), boundary) {
                lines.push(match on_disk.iter().find(|file| file.offset == part.start) {
                    Some(file) => format!("--form {}", quoted(&part.file(&file.path))),
                    None => {
                        let value = String::from_utf8_lossy(part.content);
                        format!("--form-string {}", quoted(&format!("{}={value}", part.parameter("name"))))
                    }
                });
            }
        }
    }
    lines.join(" \\\n  ")
}

/// A part of a multipart body.
struct Part<'b> {
    header: &'b str,
    content: &'b [u8],
    /// Where the content begins in the body, which is where that of a file on disk goes.
    start: usize,
}

impl Part<'_> {
    fn parameter(&self, name: &str) -> &str {
        let start = format!("; {name}=\"");
        let value = self.header.split_once(&start).map_or("", |(_, rest)| rest);
        value.split('"').next().unwrap_or_default()
    }

    /// The part as curl's `--form` wants it, with a file from disk.
    fn file(&self, path: &Path) -> String {
        let inner = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let content_type = self.header.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default();
        format!(
            "{}=@\"{}\";filename=\"{}\";type={content_type}",
            self.parameter("name"),
            inner(&path.display().to_string()),
            inner(self.parameter("filename")),
        )
    }
}

/// The parts of a body as the codec writes it.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<Part<'b>> {
    let (first, between) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let find = |bytes: &[u8], what: &[u8], from: usize| -> Option<usize> {
        let found = bytes.get(from..)?.windows(what.len()).position(|window| window == what)?;
        Some(from + found)
    };
    let mut parts = Vec::new();
    let mut at = first.len();
    while let Some(header_end) = find(body, b"\r\n\r\n", at) {
        let start = header_end + 4;
        let Some(content_end) = find(body, between.as_bytes(), start) else { break };
        let header = body.get(at..header_end).and_then(|header| std::str::from_utf8(header).ok()).unwrap_or_default();
        parts.push(Part { header, content: body.get(start..content_end).unwrap_or_default(), start });
        at = content_end + between.len() + 2;
    }
    parts
}

/// A word for a shell, in which nothing has a meaning.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
