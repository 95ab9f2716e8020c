//! Percent-encoding of forms: UTF-8, a blank as `+` (protocol.md section 2).

/// Appends a field to a form.
pub(crate) fn push_field(form: &mut Vec<u8>, name: &str, value: &str) {
    if !form.is_empty() {
        form.push(b'&');
    }
    encode(form, name);
    form.push(b'=');
    encode(form, value);
}

/// Appends `text` as a name or a value of a form: ASCII alone.
fn encode(out: &mut Vec<u8>, text: &str) {
    // In a JSON parameter every third byte needs an escape: stretches are short, and copying them one by one costs more
    // than taking every byte the same way, four bytes written and as many kept as count.
    const STEP: usize = 64;
    let mut buffer = [0; STEP * 3 + 1];
    for bytes in text.as_bytes().chunks(STEP) {
        let mut length = 0;
        for byte in bytes {
            let (code, count) = CODES[usize::from(*byte)];
            if let Some(place) = buffer.get_mut(length..length + 4) {
                place.copy_from_slice(&code);
            }
            length += usize::from(count);
        }
        out.extend_from_slice(&buffer[..length]);
    }
}

/// What each byte becomes, and how many bytes of it count.
const CODES: [([u8; 4], u8); 256] = {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut codes = [([0; 4], 0); 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        codes[index] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => ([byte, 0, 0, 0], 1),
            b' ' => ([b'+', 0, 0, 0], 1),
            _ => ([b'%', HEX[index >> 4], HEX[index & 15], 0], 3),
        };
        index += 1;
    }
    codes
};

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn every_kind_of_byte_is_encoded_as_the_documented_samples_have_it() {
        let mut out = Vec::new();
        encode(&mut out, "2025-03-04 14:35:00,https://a.b/c?d=e&f=g+h%~*_\u{0}\u{7F}é小😀");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "2025-03-04+14%3A35%3A00%2Chttps%3A%2F%2Fa.b%2Fc%3Fd%3De%26f%3Dg%2Bh%25%7E*_%00%7F%C3%A9%E5%B0%8F%F0%9F%98%80"
        );
    }

    #[test]
    fn long_texts_are_encoded_to_the_last_byte() {
        for length in [63, 64, 65, 128, 1000] {
            let mut out = Vec::new();
            encode(&mut out, &"/".repeat(length));
            assert_eq!(String::from_utf8_lossy(&out), "%2F".repeat(length));
        }
    }
}
