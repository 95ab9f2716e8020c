//! The parameters of a call as they come: form and multipart, from the query and the body (protocol.md section 2).

use std::{borrow::Cow, collections::BTreeMap};

/// The parameters of a call. A name that comes twice counts as it came first, the query before the body.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) files: BTreeMap<String, Upload>,
    /// The names that came more than once.
    pub(super) repeated: Vec<String>,
}

/// A file as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The name that the file was given.
    pub name: String,
    /// What it is said to be; empty where nothing was said.
    pub content_type: String,
    /// Its bytes.
    pub size: usize,
}

/// Why parameters cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// No UTF-8, or half an escape.
    Encoding,
    /// No multipart body.
    Multipart,
}

impl Parameters {
    /// A parameter's text, where there is one: an empty text counts as none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Adds the fields of a form.
    pub(super) fn push_form(&mut self, form: &[u8]) -> Result<(), Broken> {
        for field in form.split(|byte| *byte == b'&').filter(|field| !field.is_empty()) {
            let (name, value) = match field.iter().position(|byte| *byte == b'=') {
                Some(middle) => (&field[..middle], &field[middle + 1..]),
                None => (field, &[][..]),
            };
            self.push(decoded(name)?, decoded(value)?);
        }
        Ok(())
    }

    /// Adds the parts of a multipart body. A part without a file name is a text.
    pub(super) fn push_multipart(&mut self, body: &[u8], boundary: &str) -> Result<(), Broken> {
        let delimiter = format!("--{boundary}");
        let mut rest = match body.strip_prefix(delimiter.as_bytes()) {
            Some(rest) => rest,
            None => split(body, format!("\r\n{delimiter}").as_bytes()).ok_or(Broken::Multipart)?.1,
        };
        let end = format!("\r\n{delimiter}");
        while !rest.starts_with(b"--") {
            let part = rest.strip_prefix(b"\r\n").ok_or(Broken::Multipart)?;
            let (head, after) = split(part, b"\r\n\r\n").ok_or(Broken::Multipart)?;
            let (content, after) = split(after, end.as_bytes()).ok_or(Broken::Multipart)?;
            self.push_part(str::from_utf8(head).map_err(|_| Broken::Encoding)?, content)?;
            rest = after;
        }
        Ok(())
    }

    fn push_part(&mut self, head: &str, content: &[u8]) -> Result<(), Broken> {
        let header = |wanted: &str| {
            head.split("\r\n").find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case(wanted).then_some(value)
            })
        };
        let disposition = header("content-disposition").ok_or(Broken::Multipart)?;
        let name = attribute(disposition, "name").ok_or(Broken::Multipart)?.into_owned();
        let file_name = attribute(disposition, "filename").or_else(|| attribute(disposition, "filename*"));
        match file_name {
            None => self.push(name, str::from_utf8(content).map_err(|_| Broken::Encoding)?.to_owned()),
            Some(_) if self.texts.contains_key(&name) || self.files.contains_key(&name) => self.repeated.push(name),
            Some(file_name) => {
                let content_type = header("content-type").unwrap_or_default().trim().to_owned();
                let upload = Upload { name: file_name.into_owned(), content_type, size: content.len() };
                self.files.insert(name, upload);
            }
        }
        Ok(())
    }

    fn push(&mut self, name: String, value: String) {
        match self.texts.contains_key(&name) || self.files.contains_key(&name) {
            true => self.repeated.push(name),
            false => drop(self.texts.insert(name, value)),
        }
    }
}

/// An attribute of a header's value: `boundary` in `multipart/form-data; boundary="x"`.
pub(super) fn attribute<'a>(value: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (names, after) = rest.split_once('=')?;
        // An attribute without a value may stand before this one.
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

/// What stands before the closing quote, without its backslashes, and what behind it.
fn unquoted(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(text), &quoted[place + 1..])),
            '\\' => text.push(characters.next()?.1),
            character => text.push(character),
        }
    }
    None
}

/// A name or a value of a form: `+` is a blank, and so is `%20`.
fn decoded(text: &[u8]) -> Result<String, Broken> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                let pair = (digit(), digit());
                let (Some(high), Some(low)) = pair else { return Err(Broken::Encoding) };
                u8::try_from(high * 16 + low).map_err(|_| Broken::Encoding)?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Broken::Encoding)
}

/// What stands before and behind the first `middle`.
fn split<'a>(bytes: &'a [u8], middle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = memchr::memmem::find(bytes, middle)?;
    Some((&bytes[..place], &bytes[place + middle.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &[u8]) -> Result<Parameters, Broken> {
        let mut parameters = Parameters::default();
        parameters.push_form(text).map(|()| parameters)
    }

    fn multipart(body: &[u8]) -> Result<Parameters, Broken> {
        let mut parameters = Parameters::default();
        parameters.push_multipart(body, "x").map(|()| parameters)
    }

    #[test]
    fn a_form_is_decoded_and_the_first_of_a_name_counts() {
        let parameters = form(b"a=1+%2B%20%E5%B0%8F&&b&c==&a=2").unwrap();
        let texts: Vec<_> = parameters.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(texts, [("a", "1 + 小"), ("b", ""), ("c", "=")]);
        assert_eq!(parameters.repeated, ["a"]);
        assert_eq!(parameters.text("b"), None);
        for broken in [&b"a=%"[..], b"a=%2", b"a=%zz", b"a=%FF", b"a=\xFF", b"%=1", b"a=%+1"] {
            assert_eq!(form(broken).unwrap_err(), Broken::Encoding);
        }
    }

    #[test]
    fn a_multipart_body_is_taken_apart() {
        let body = "preamble\r\n--x\r\nContent-Disposition:form-data;name=\"k\"\r\nContent-Type:text/plain\r\n\r\n小+%41\r\n--\r\n\
                    --x\r\ncontent-disposition: form-data; name=pic; filename=\"a \\\"b\\\"; c.jpg\"\r\n\
                    Content-Type: image/jpeg\r\n\r\n\r\n--\u{0}\r\n--x--\r\nepilogue";
        let parameters = multipart(body.as_bytes()).unwrap();
        assert_eq!(parameters.text("k"), Some("小+%41\r\n--"));
        let file = Upload { name: "a \"b\"; c.jpg".to_owned(), content_type: "image/jpeg".to_owned(), size: 5 };
        assert_eq!(parameters.files, BTreeMap::from([("pic".to_owned(), file)]));
    }

    #[test]
    fn a_body_that_is_no_multipart_is_an_error_wherever_it_ends() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nv\r\n--x--";
        assert!(multipart(body).is_ok());
        for end in 0..body.len() {
            assert_eq!(multipart(&body[..end]).unwrap_err(), Broken::Multipart, "{end}");
        }
        assert_eq!(multipart(b"--x\r\nA: b\r\n\r\nv\r\n--x--").unwrap_err(), Broken::Multipart);
        assert_eq!(
            multipart(b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--").unwrap_err(),
            Broken::Multipart
        );
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
