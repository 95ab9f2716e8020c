//! Renders a call as a curl command.

use std::path::Path;

use topsdk_codec::{Encoded, OnDisk};

/// Returns the curl command that sends a call to a gateway, quoted for a POSIX shell. It contains the session and the
/// signature, which is valid for ten minutes, but not the secret.
///
/// Without files, the request body is byte for byte what topsdk sends. With files, curl chooses the multipart boundary.
pub fn curl(gateway: &str, encoded: &Encoded, on_disk: &[OnDisk]) -> String {
    let mut lines = vec![format!("curl {}", quoted(&encoded.url(gateway)))];
    match encoded.content_type().split_once("boundary=") {
        None => {
            lines.push(format!("--header {}", quoted(&format!("Content-Type: {}", encoded.content_type()))));
            let form = String::from_utf8_lossy(encoded.body());
            // curl joins the `--data-raw` values with `&` again.
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
    /// Offset of the content in the body. The content of a file on disk is inserted at its part's offset.
    start: usize,
}

impl Part<'_> {
    fn parameter(&self, name: &str) -> &str {
        let start = format!("; {name}=\"");
        let value = self.header.split_once(&start).map_or("", |(_, rest)| rest);
        value.split('"').next().unwrap_or_default()
    }

    /// Returns the value of curl's `--form` option for this part, with its content from a file on disk.
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

/// Splits a multipart body, as the codec writes it, into its parts.
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

/// Quotes a word for a shell, so that no character in it is special.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
