//! The escapes of JSON strings, for the reader and the writer.

/// The letters that may follow a backslash (besides `u`), each with the byte that it encodes.
const SHORT: [(u8, u8); 8] = [
    (b'"', b'"'),
    (b'\\', b'\\'),
    (b'/', b'/'),
    (b'b', 0x08),
    (b'f', 0x0C),
    (b'n', b'\n'),
    (b'r', b'\r'),
    (b't', b'\t'),
];

/// Returns the byte that a letter after a backslash encodes, or `None` for `u` and for letters that are no escape.
#[inline]
pub(crate) fn byte(letter: u8) -> Option<u8> {
    match BYTES[letter as usize] {
        0 => None,
        byte => Some(byte),
    }
}

const BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut index = 0;
    while index < SHORT.len() {
        bytes[SHORT[index].0 as usize] = SHORT[index].1;
        index += 1;
    }
    bytes
};

/// For each byte, the letter of its escape: `u` for a control character without a short escape, 0 if none is needed.
pub(crate) const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        letters[control] = b'u';
        control += 1;
    }
    let mut index = 0;
    while index < SHORT.len() {
        letters[SHORT[index].1 as usize] = SHORT[index].0;
        index += 1;
    }
    letters
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_escapes_are_read_back() {
        for value in 0..=u8::MAX {
            match LETTERS[usize::from(value)] {
                0 => assert!(value >= b' ' && !b"\"\\/".contains(&value)),
                b'u' => assert!(value < b' '),
                letter => assert_eq!(byte(letter), Some(value)),
            }
        }
        assert_eq!((0..=u8::MAX).filter(|letter| byte(*letter).is_some()).count(), SHORT.len());
        assert_eq!(byte(b'u'), None);
    }
}
