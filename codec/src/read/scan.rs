//! Finds the byte that ends a text, eight bytes at a time. Texts are short, so the time to start counts more than the speed.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Returns the index of the first of two bytes, or the length if there is neither.
#[inline]
pub(super) fn either(bytes: &[u8], mut at: usize, a: u8, b: u8) -> usize {
    // Sets the high bit of each zero byte. A wrong bit can only follow after a right one.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (many_a, many_b) = (ONES * u64::from(a), ONES * u64::from(b));
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ many_a) | zeros(word ^ many_b);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| *byte != a && *byte != b) {
        at += 1;
    }
    at
}

/// Returns the number of spaces at the start. Whole words are counted without a branch: the depth of indentation cannot be
/// predicted.
#[inline]
pub(super) fn blanks(stretch: &[u8; 32]) -> usize {
    let mut blanks = 0;
    for word in stretch.as_chunks::<8>().0.iter().rev() {
        let others = u64::from_le_bytes(*word) ^ (ONES * u64::from(b' '));
        let here = others.trailing_zeros() as usize / 8;
        blanks = if others == 0 { 8 + blanks } else { here };
    }
    blanks
}

#[cfg(test)]
mod tests {
    #[test]
    fn blanks_are_counted_up_to_the_first_other_byte() {
        for other in [b'"', 0, b' ' | 0x80, b'!', b'\t'] {
            for at in 0..32 {
                let mut stretch = [b' '; 32];
                stretch[at] = other;
                assert_eq!(super::blanks(&stretch), at);
                stretch[at..].fill(other);
                assert_eq!(super::blanks(&stretch), at);
            }
        }
        assert_eq!(super::blanks(&[b' '; 32]), 32);
    }

    #[test]
    fn the_first_of_both_is_found_wherever_it_is() {
        for length in 0..40 {
            for at in 0..length {
                for other in [b'a', 0x80, 0xFF, 0, b'<' - 1, b'<' + 1, b'&' | 0x80] {
                    let mut bytes = vec![other; length];
                    bytes[at] = b'&';
                    assert_eq!(super::either(&bytes, 0, b'<', b'&'), at);
                    assert_eq!(super::either(&bytes, at + 1, b'<', b'&'), length);
                    bytes[length - 1] = b'<';
                    assert_eq!(super::either(&bytes, 0, b'<', b'&'), at);
                }
            }
        }
    }
}
