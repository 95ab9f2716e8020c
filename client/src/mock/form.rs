//! Reads the parameters of a call from the query and the body: form and multipart (docs/protocol.md section 2).

use std::collections::BTreeMap;

use crate::multipart::{self, Broken, Part};

/// The parameters of a call. Of a repeated name the first value counts, the query before the body.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) files: BTreeMap<String, Upload>,
    /// The repeated names.
    pub(super) repeated: Vec<String>,
}

/// An uploaded file. [`Received`](super::Received) holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The file name.
    pub name: String,
    /// The content type; empty if there is none.
    pub content_type: String,
    /// Its bytes.
    pub size: usize,
}

impl Parameters {
    /// Returns the text of a parameter, or `None` if it is missing or empty.
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

    /// Adds the parts of a multipart body. A part without a file name is a text parameter.
    pub(super) fn push_multipart(&mut self, body: &[u8], boundary: &str) -> Result<(), Broken> {
        for part in multipart::parts(body, boundary)? {
            let Part { name, file_name, content_type, content } = part;
            match file_name {
                None => self.push(name, str::from_utf8(content).map_err(|_| Broken::Encoding)?.to_owned()),
                Some(_) if self.texts.contains_key(&name) || self.files.contains_key(&name) => self.repeated.push(name),
                Some(file_name) => {
                    let content_type = content_type.to_owned();
                    self.files.insert(name, Upload { name: file_name, content_type, size: content.len() });
                }
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

/// Decodes a name or value of a form, where `+` and `%20` are spaces.
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
    fn a_multipart_body_is_split_into_parts() {
        let body = "preamble\r\n--x\r\nContent-Disposition:form-data;name=\"k\"\r\nContent-Type:text/plain\r\n\r\n小+%41\r\n--\r\n\
                    --x\r\ncontent-disposition: form-data; name=pic; filename=\"a \\\"b\\\"; c.jpg\"\r\n\
                    Content-Type: image/jpeg\r\n\r\n\r\n--\u{0}\r\n--x--\r\nepilogue";
        let parameters = multipart(body.as_bytes()).unwrap();
        assert_eq!(parameters.text("k"), Some("小+%41\r\n--"));
        let file = Upload { name: "a \"b\"; c.jpg".to_owned(), content_type: "image/jpeg".to_owned(), size: 5 };
        assert_eq!(parameters.files, BTreeMap::from([("pic".to_owned(), file)]));
    }
}
