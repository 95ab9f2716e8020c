//! Decodes pages: UTF-8 and UTF-16 with and without BOM, GBK and GB18030.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// How many bytes of a page are searched for `<meta charset>`. Browsers search 1,024 bytes.
const META_WINDOW: usize = 4096;

/// Decodes a page. The encoding is determined by, in this order: a BOM; the NULs of UTF-16; UTF-8, if the bytes are valid
/// UTF-8; the page's own `charset`; GB18030, if it fits better than UTF-8. A guess is reported.
pub(crate) fn decode(page: &str, bytes: &[u8]) -> (String, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut report = |severity, name, message| {
        let place = Place { page: page.to_owned(), ..Place::default() };
        let help = Some("save the page again as UTF-8 if its text looks wrong".to_owned());
        found.push(Diagnostic { severity, name, place, message, help });
    };
    // A page begins with an ASCII character, which takes two bytes in UTF-16, one of them NUL.
    let wide = match bytes {
        [_, 0, _, 0, ..] => Some(UTF_16LE),
        [0, _, 0, _, ..] => Some(UTF_16BE),
        _ => None,
    };
    let declared = declared(bytes);
    let other = declared.filter(|encoding| *encoding != UTF_8);
    let encoding = if let Some(encoding) = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or(wide) {
        encoding
    } else if let Some(text) = utf8(bytes) {
        if let Some(encoding) = other.filter(|_| !bytes.is_ascii()) {
            let name = encoding.name();
            let message = format!("the page says charset={name}, but its bytes are valid UTF-8; read as UTF-8");
            report(Severity::Note, "charset-contradiction", message);
        }
        return (text, found);
    } else if let Some(encoding) = other {
        // GBK is decoded as its superset GB18030, as in browsers.
        if encoding == GBK { GB18030 } else { encoding }
    } else if malformed(GB18030, bytes) < malformed(UTF_8, bytes) {
        let why = if declared.is_some() { "the page says charset=UTF-8" } else { "the page names no charset" };
        let message = format!("{why}, and its bytes are not valid UTF-8; read as GB18030, which is a guess");
        report(Severity::Warning, "charset-guessed", message);
        GB18030
    } else {
        UTF_8
    };
    let (text, is_malformed) = encoding.decode_with_bom_removal(bytes);
    if is_malformed {
        let message = format!("some bytes are not valid {}; each reads as U+FFFD", encoding.name());
        report(Severity::Warning, "undecodable-bytes", message);
    }
    (text.into_owned(), found)
}

/// Returns the text of valid UTF-8. A character cut off at the end indicates a truncated page, not another encoding.
fn utf8(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => error.error_len().is_none().then(|| String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// Returns how many characters of a page are replaced if it is decoded like this.
fn malformed(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    encoding.decode_without_bom_handling(bytes).0.matches(char::REPLACEMENT_CHARACTER).count()
}

/// Returns the encoding named by `<meta charset=…>` or `<meta … content="text/html; charset=…">`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(META_WINDOW)];
    let mut rest = head;
    while let Some(start) = find(rest, b"<meta") {
        let tag = &rest[start + 5..];
        let tag = &tag[..tag.iter().position(|&byte| byte == b'>').unwrap_or(tag.len())];
        if let Some(at) = find(tag, b"charset") {
            let value = tag[at + 7..].trim_ascii_start().strip_prefix(b"=").unwrap_or_default().trim_ascii_start();
            let value = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
            let end = value.iter().position(|byte| b"\"'; />".contains(byte)).unwrap_or(value.len());
            return Encoding::for_label(&value[..end]);
        }
        rest = &rest[start + 5..];
    }
    None
}

/// Returns the position of `needle` (in lower case) in `hay`, ignoring case.
fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::decode;

    fn names(bytes: &[u8]) -> (String, Vec<&'static str>) {
        let (text, found) = decode("p", bytes);
        (text, found.into_iter().map(|diagnostic| diagnostic.name).collect())
    }

    #[test]
    fn a_declared_charset_is_honoured_and_a_guess_is_said() {
        let (gbk, _, _) = encoding_rs::GBK.encode("<meta charset=\"gbk\">响应参数");
        assert_eq!(names(&gbk), ("<meta charset=\"gbk\">响应参数".to_owned(), vec![]));
        let (bare, _, _) = encoding_rs::GBK.encode("响应参数");
        assert_eq!(names(&bare), ("响应参数".to_owned(), vec!["charset-guessed"]));
        let (wrong, _, _) = encoding_rs::GBK.encode("<META http-equiv=x content='text/html; charset=utf-8'>响应");
        assert_eq!(names(&wrong).1, ["charset-guessed"]);
    }

    #[test]
    fn utf_8_wins_over_a_declaration_that_its_bytes_contradict() {
        let page = "<meta charset=gb2312>响应参数";
        assert_eq!(names(page.as_bytes()), (page.to_owned(), vec!["charset-contradiction"]));
    }

    #[test]
    fn a_bom_is_not_part_of_the_text() {
        assert_eq!(names("\u{FEFF}响应".as_bytes()), ("响应".to_owned(), vec![]));
        let utf16: Vec<u8> = "\u{FEFF}响应".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(names(&utf16), ("响应".to_owned(), vec![]));
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let bare: Vec<u8> = "<p>响应".encode_utf16().flat_map(bytes).collect();
            assert_eq!(names(&bare), ("<p>响应".to_owned(), vec![]));
        }
    }

    #[test]
    fn a_character_cut_at_the_end_does_not_make_the_page_gb18030() {
        let bytes = "响应参数".as_bytes();
        assert_eq!(names(&bytes[..bytes.len() - 1]).0, "响应参\u{FFFD}");
    }
}
