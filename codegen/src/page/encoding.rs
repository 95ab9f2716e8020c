//! Decodes pages: UTF-8 and UTF-16 with and without BOM, GBK and GB18030.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use crate::diagnostic::{Diagnostic, Place, Severity};

/// How many bytes of a page are searched for `<meta charset>`. Browsers search 1,024 bytes.
const META_WINDOW: usize = 4096;

/// Decodes a page. The encoding is determined by, in this order: a BOM; the NULs of UTF-16; the page's own `charset`, if
/// the bytes agree; UTF-8, if the bytes are valid UTF-8; GB18030. A guess is reported.
pub(crate) fn decode(page: &str, bytes: &[u8]) -> (String, Vec<Diagnostic>) {
    // A page begins with an ASCII character, which takes two bytes in UTF-16, one of them NUL.
    let wide = match bytes {
        [_, 0, _, 0, ..] => Some((UTF_16LE, 0)),
        [0, _, 0, _, ..] => Some((UTF_16BE, 0)),
        _ => None,
    };
    if let Some((encoding, length)) = Encoding::for_bom(bytes).or(wide) {
        let (text, malformed) = encoding.decode_without_bom_handling(&bytes[length..]);
        return (text.into_owned(), report_malformed(page, encoding, malformed));
    }
    let declared = declared(bytes);
    // A character cut off at the end indicates a truncated page, not another encoding.
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => error.error_len().is_none().then(|| String::from_utf8_lossy(bytes).into_owned()),
    };
    if let Some(text) = utf8 {
        let other = declared.filter(|&encoding| encoding != UTF_8 && !bytes.is_ascii());
        let found = other.map(|encoding| {
            let message =
                format!("the page says charset={}, but its bytes are valid UTF-8; read as UTF-8", encoding.name());
            diagnostic(page, Severity::Note, "charset-contradiction", message)
        });
        return (text, found.into_iter().collect());
    }
    match declared {
        Some(encoding) if encoding != UTF_8 => {
            // GBK is decoded as its superset GB18030, as in browsers.
            let encoding = if encoding == GBK { GB18030 } else { encoding };
            let (text, malformed) = encoding.decode_without_bom_handling(bytes);
            (text.into_owned(), report_malformed(page, encoding, malformed))
        }
        _ => guess(page, bytes, declared),
    }
}

/// Decodes bytes that are not valid UTF-8, although no other encoding is declared: as GB18030 if it fits better.
fn guess(page: &str, bytes: &[u8], declared: Option<&'static Encoding>) -> (String, Vec<Diagnostic>) {
    let (gb, malformed) = GB18030.decode_without_bom_handling(bytes);
    let utf8 = String::from_utf8_lossy(bytes);
    let broken = |text: &str| text.matches('\u{FFFD}').count();
    if malformed && broken(&utf8) <= broken(&gb) {
        return (utf8.into_owned(), report_malformed(page, UTF_8, true));
    }
    let why = if declared.is_some() { "the page says charset=UTF-8" } else { "the page names no charset" };
    let message = format!("{why}, and its bytes are not valid UTF-8; read as GB18030, which is a guess");
    let mut found = vec![diagnostic(page, Severity::Warning, "charset-guessed", message)];
    found.extend(report_malformed(page, GB18030, malformed));
    (gb.into_owned(), found)
}

fn report_malformed(page: &str, encoding: &'static Encoding, malformed: bool) -> Vec<Diagnostic> {
    let message = format!("some bytes are not valid {}; each reads as U+FFFD", encoding.name());
    malformed.then(|| diagnostic(page, Severity::Warning, "undecodable-bytes", message)).into_iter().collect()
}

fn diagnostic(page: &str, severity: Severity, name: &'static str, message: String) -> Diagnostic {
    Diagnostic {
        severity,
        name,
        place: Place { page: page.to_owned(), ..Place::default() },
        message,
        help: Some("save the page again as UTF-8 if its text looks wrong".to_owned()),
    }
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
