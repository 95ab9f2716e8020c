//! Percent-encoding of forms: UTF-8, a blank as `+` (protocol.md section 2).

/// Appends `text` as a name or a value of a form.
pub(super) fn encode(out: &mut String, text: &str) {
    let mut copied = 0;
    for (index, byte) in text.bytes().enumerate() {
        if is_plain(byte) {
            continue;
        }
        // Between `copied` and here are only plain bytes, so that both are boundaries of characters, or nothing at all.
        if copied < index {
            out.push_str(&text[copied..index]);
        }
        copied = index + 1;
        out.push_str(escape(byte));
    }
    if copied < text.len() {
        out.push_str(&text[copied..]);
    }
}

fn is_plain(byte: u8) -> bool {
    PLAIN[usize::from(byte)]
}

fn escape(byte: u8) -> &'static str {
    if byte == b' ' {
        return "+";
    }
    let start = usize::from(byte) * 3;
    ESCAPES.get(start..start + 3).unwrap_or_default()
}

/// The bytes that stand for themselves in a form.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte as usize] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'-' | b'.' | b'_' | b'*');
        byte += 1;
    }
    plain
};

/// `%00%01…%FF`.
const ESCAPES: &str = {
    const BYTES: [u8; 768] = {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        let mut bytes = [b'%'; 768];
        let mut byte = 0;
        while byte < 256 {
            bytes[byte * 3 + 1] = HEX[byte >> 4];
            bytes[byte * 3 + 2] = HEX[byte & 15];
            byte += 1;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(escapes) => escapes,
        Err(_) => "",
    }
};

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn every_kind_of_byte_is_encoded_as_the_documented_samples_have_it() {
        let mut out = String::new();
        encode(&mut out, "2025-03-04 14:35:00,https://a.b/c?d=e&f=g+h%~*_\u{0}\u{7F}é小😀");
        assert_eq!(
            out,
            "2025-03-04+14%3A35%3A00%2Chttps%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%3Dg%2Bh%25%7E*_%00%7F%C3%A9%E5%B0%8F%F0%9F%98%80"
        );
    }
}
