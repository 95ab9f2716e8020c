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
            let body = String::from_utf8_lossy(encoded.body());
            let separator = format!("--{boundary}");
            let mut offset = 0;
            for part in body.split(&separator) {
                if let Some((header, content)) = part.split_once("\r\n\r\n") {
                    let name = parameter(header, "name");
                    let content_offset = offset + header.len() + 4;
                    lines.push(match on_disk.iter().find(|file| file.offset == content_offset) {
                        Some(file) => format!("--form {}", quoted(&file_form(name, header, &file.path))),
                        None => {
                            let value = content.strip_suffix("\r\n").unwrap_or(content);
                            format!("--form-string {}", quoted(&format!("{name}={value}")))
                        }
                    });
                }
                offset += part.len() + separator.len();
            }
        }
    }
    lines.join(" \\\n  ")
}

/// Returns a parameter in the header of a part, such as its `name`.
fn parameter<'h>(header: &'h str, name: &str) -> &'h str {
    let value = header.split_once(&format!("; {name}=\"")).map_or("", |(_, rest)| rest);
    value.split('"').next().unwrap_or_default()
}

/// Returns the value of curl's `--form` option for a part, with its content from a file on disk.
fn file_form(name: &str, header: &str, path: &Path) -> String {
    let inner = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let content_type = header.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or_default();
    let (path, filename) = (inner(&path.display().to_string()), inner(parameter(header, "filename")));
    format!("{name}=@\"{path}\";filename=\"{filename}\";type={content_type}")
}

/// Quotes a word for a shell, so that no character in it is special.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}
