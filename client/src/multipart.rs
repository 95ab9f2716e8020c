//! Parses multipart bodies (docs/protocol.md section 2).

use std::borrow::Cow;

/// A part of a multipart body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'b> {
    /// The name of the parameter.
    pub(crate) name: String,
    /// The file name; `None` if the part is a text.
    pub(crate) file_name: Option<String>,
    /// The declared content type; empty if there is none.
    pub(crate) content_type: &'b str,
    pub(crate) content: &'b [u8],
}

/// Parameters cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// The text is not UTF-8, or ends within an escape.
    #[error("expected UTF-8 and whole escapes")]
    Encoding,
    /// The body is not multipart.
    #[error("expected a multipart body with whole parts, each with a name")]
    Multipart,
}

/// Splits a body into its parts.
///
/// # Errors
///
/// [`Broken`] if the body ends too early. The contents of the parts are not checked.
pub(crate) fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, Broken> {
    let delimiter = format!("--{boundary}");
    let mut rest = match body.strip_prefix(delimiter.as_bytes()) {
        Some(rest) => rest,
        None => split(body, format!("\r\n{delimiter}").as_bytes()).ok_or(Broken::Multipart)?.1,
    };
    let end = format!("\r\n{delimiter}");
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n").ok_or(Broken::Multipart)?;
        let (head, after) = split(part, b"\r\n\r\n").ok_or(Broken::Multipart)?;
        let (content, after) = split(after, end.as_bytes()).ok_or(Broken::Multipart)?;
        parts.push(Part::new(str::from_utf8(head).map_err(|_| Broken::Encoding)?, content)?);
        rest = after;
    }
    Ok(parts)
}

impl<'b> Part<'b> {
    fn new(head: &'b str, content: &'b [u8]) -> Result<Part<'b>, Broken> {
        let header = |wanted: &str| {
            head.split("\r\n").find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then_some(value)
            })
        };
        let disposition = header("content-disposition").ok_or(Broken::Multipart)?;
        let name = attribute(disposition, "name").ok_or(Broken::Multipart)?.into_owned();
        let file_name = attribute(disposition, "filename").or_else(|| attribute(disposition, "filename*"));
        let content_type = header("content-type").unwrap_or_default().trim();
        Ok(Part { name, file_name: file_name.map(Cow::into_owned), content_type, content })
    }
}

/// Returns an attribute of a header's value: `boundary` in `multipart/form-data; boundary="x"`.
pub(crate) fn attribute<'a>(value: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (names, after) = rest.split_once('=')?;
        // An attribute without a value may precede this one.
        let name = names.rsplit(';').next().unwrap_or_default();
        let found = name.trim().eq_ignore_ascii_case(wanted);
        let (text, after) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let (text, after) = unquoted(quoted)?;
                (text, after.split_once(';').map_or("", |(_, after)| after))
            }
            None => {
                let (text, after) = after.split_once(';').unwrap_or((after, ""));
                (Cow::Borrowed(text.trim()), after)
            }
        };
        if found {
            return Some(text);
        }
        rest = after;
    }
}

/// Returns the text before the closing quote, with escaped quotes and backslashes unescaped, and the text after it.
/// Browsers and the codec write a backslash in a file name as it is.
fn unquoted(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(text), &quoted[place + 1..])),
            '\\' => match characters.as_str().chars().next()? {
                escaped @ ('"' | '\\') => {
                    characters.next();
                    text.push(escaped);
                }
                _ => text.push('\\'),
            },
            character => text.push(character),
        }
    }
    None
}

/// Returns the texts before and after the first `middle`.
fn split<'a>(bytes: &'a [u8], middle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = memchr::memmem::find(bytes, middle)?;
    Some((&bytes[..place], &bytes[place + middle.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_multipart_is_an_error_wherever_it_ends() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--x--";
        assert!(parts(body, "x").is_ok());
        for end in 0..body.len() {
            assert_eq!(parts(&body[..end], "x").unwrap_err(), Broken::Multipart, "{end}");
        }
        assert_eq!(parts(b"--x\r\nA: b\r\n\r\nv\r\n--x--", "x").unwrap_err(), Broken::Multipart);
        assert_eq!(
            parts(b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--", "x").unwrap_err(),
            Broken::Multipart
        );
    }

    #[test]
    fn backslashes_are_escapes_before_quotes_and_backslashes_alone() {
        let body =
            b"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"C:\\b \\\"c\\\" \\\\d\"\r\n\r\n\r\n--x--";
        assert_eq!(parts(body, "x").unwrap()[0].file_name.as_deref(), Some("C:\\b \"c\" \\d"));
    }

    #[test]
    fn a_boundary_is_found_in_quotes_and_without() {
        assert_eq!(attribute("multipart/form-data;charset=UTF-8;boundary=a", "boundary").as_deref(), Some("a"));
        assert_eq!(attribute("multipart/form-data; boundary=\"a;b\"", "boundary").as_deref(), Some("a;b"));
        assert_eq!(attribute("multipart/form-data; boundary=\"a", "boundary"), None);
        assert_eq!(
            attribute("multipart/form-data; a; b=\"c;boundary=d\"; boundary = e", "boundary").as_deref(),
            Some("e")
        );
        assert_eq!(attribute("multipart/form-data", "boundary"), None);
    }
}
