//! Percent-encoding of forms: UTF-8, a blank as `+` (protocol.md section 2).

/// A form that is being written.
pub(crate) struct Form {
    /// What is written, and room behind it.
    bytes: Vec<u8>,
    length: usize,
}

/// How many bytes are encoded before the room is looked at again.
const STEP: usize = 16;

/// Room for that many, three bytes each, and for the one that the last of them writes too much.
const WINDOW: usize = STEP * 3 + 1;

impl Form {
    /// An empty form with room for fields of that many bytes.
    pub(crate) fn with_room(bytes: usize) -> Form {
        // Most bytes stand for themselves; the marks of JSON and what is not ASCII take three for one. Room that is not
        // needed is not free: it is filled, and above 1 KiB allocators take longer.
        Form { bytes: vec![0; bytes + bytes / 2 + WINDOW], length: 0 }
    }

    /// Appends a field.
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        if self.length > 0 {
            self.mark(b'&');
        }
        self.encode(name.as_bytes());
        self.mark(b'=');
        self.encode(value.as_bytes());
    }

    /// Appends a field of letters and digits, which stand for themselves.
    pub(crate) fn push_plain(&mut self, name: &str, value: &str) {
        self.push(name, "");
        let end = self.length + value.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[self.length..end].copy_from_slice(value.as_bytes());
        self.length = end;
    }

    /// The form's bytes: ASCII alone.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.truncate(self.length);
        self.bytes
    }

    fn mark(&mut self, mark: u8) {
        self.window()[0] = mark;
        self.length += 1;
    }

    /// In a JSON parameter every third byte needs an escape, so that stretches are short, and copying them one by one
    /// costs more than taking all bytes the same way: four bytes written, and those kept that count.
    fn encode(&mut self, text: &[u8]) {
        let (steps, rest) = text.as_chunks::<STEP>();
        for step in steps {
            self.step(step);
        }
        self.step(rest);
    }

    /// Encodes no more than [`STEP`] bytes.
    #[inline(always)]
    fn step(&mut self, bytes: &[u8]) {
        let window = self.window();
        let mut length = 0;
        for byte in bytes {
            let code = CODES[usize::from(*byte)];
            window[length..length + size_of::<u32>()].copy_from_slice(&code.to_le_bytes());
            length += (code >> COUNT) as usize;
        }
        self.length += length;
    }

    /// The room behind what is written.
    #[inline(always)]
    fn window(&mut self) -> &mut [u8] {
        if self.bytes.len() < self.length + WINDOW {
            self.grow();
        }
        &mut self.bytes[self.length..self.length + WINDOW]
    }

    #[cold]
    fn grow(&mut self) {
        self.bytes.resize((self.length + WINDOW) * 2, 0);
    }
}

/// Above how many bits of its code it stands how many bytes a byte becomes. Two bits are left, so that the compiler knows
/// it to be no more than three, and how far a step can get.
const COUNT: u32 = 30;

/// What a byte becomes, the first byte lowest, and in the highest bits how many they are: one or three.
const CODES: [u32; 256] = {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut codes = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        codes[index] = u32::from_le_bytes(match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => [byte, 0, 0, 1 << 6],
            b' ' => [b'+', 0, 0, 1 << 6],
            _ => [b'%', HEX[index >> 4], HEX[index & 15], 3 << 6],
        });
        index += 1;
    }
    codes
};

#[cfg(test)]
mod tests {
    use super::Form;

    fn encoded(value: &str) -> String {
        let mut form = Form::with_room(0);
        form.push("", value);
        String::from_utf8(form.finish()).unwrap().split_off(1)
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
        assert_eq!(form.finish(), b"a+b=1&c=");
    }

    #[test]
    fn a_plain_field_stands_as_it_is_and_others_follow_it() {
        let digits = "0123456789ABCDEF".repeat(40);
        let mut form = Form::with_room(0);
        form.push_plain("sign", &digits);
        form.push("v", "2.0");
        assert_eq!(form.finish(), format!("sign={digits}&v=2.0").into_bytes());
    }
}
