//! Writes forms: UTF-8, percent-encoded, a space as `+` (docs/protocol.md section 2).

use form_urlencoded::byte_serialize;

/// A form that is being written.
pub(crate) struct Form(String);

impl Form {
    /// Returns an empty form with capacity for fields of that many bytes.
    pub(crate) fn with_room(bytes: usize) -> Form {
        // Most bytes stay as they are; the punctuation of JSON and non-ASCII bytes take three.
        Form(String::with_capacity(bytes + bytes / 2))
    }

    /// Appends a field.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.separate();
        self.0.extend(byte_serialize(name.as_bytes()));
        self.0.push('=');
        self.0.extend(byte_serialize(value.as_bytes()));
    }

    /// Appends a public parameter. Its name consists of letters and `_`, which need no encoding.
    pub(crate) fn push_public(&mut self, name: &str, value: &str) {
        self.push_plain(name, "");
        self.0.extend(byte_serialize(value.as_bytes()));
    }

    /// Appends a public parameter whose value consists of letters and digits.
    pub(crate) fn push_plain(&mut self, name: &str, value: &str) {
        self.separate();
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(value);
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
    }

    /// Returns the form, which is ASCII.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    fn encoded(value: &str) -> String {
        let mut form = Form::with_room(0);
        form.push("", value);
        form.finish().split_off(1)
    }

    #[test]
    fn every_kind_of_byte_is_encoded_as_the_documented_samples_have_it() {
        assert_eq!(
            encoded("2025-03-04 14:35:00,https://a.b/c?d=e&f=g+h%~*_\u{0}\u{7F}é小😀"),
            "2025-03-04+14%3A35%3A00%2Chttps%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%3Dg%2Bh%25%7E*_%00%7F%C3%A9%E5%B0%8F%F0%9F%98%80"
        );
    }

    #[test]
    fn a_text_of_any_length_is_encoded_to_its_last_byte() {
        for length in [0, 1, 15, 16, 17, 64, 1000] {
            assert_eq!(encoded(&"/".repeat(length)), "%2F".repeat(length));
            assert_eq!(encoded(&"a".repeat(length)), "a".repeat(length));
        }
    }

    #[test]
    fn fields_are_joined() {
        let mut form = Form::with_room(10);
        form.push("a b", "1");
        form.push("c", "");
        assert_eq!(form.finish(), "a+b=1&c=");
    }
}
