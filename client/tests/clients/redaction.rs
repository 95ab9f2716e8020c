//! Property test: nothing that a caller can print shows four characters of a session in a row, whatever a gateway echoes,
//! however it is escaped, and wherever an excerpt of it is cut.

use std::{error::Error as _, fmt::Write};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use fastrand::Rng;
use topsdk_client::{
    Error, HttpRequest, HttpResponse, TransportError,
    blocking::{Client, Transport},
};
use topsdk_codec::{Decoder, Session, form_urlencoded};

use crate::both::{KEY, SECRET, request};

const CASES: usize = 2_000;
/// Base64 gives three bytes as four characters, so that some at either end belong to what stands beside.
const SHOWN: usize = 4;
const SHOWN_IN_BASE64: usize = 6;

/// Responds to every call with the same body.
struct Echo(u16, String);

impl Transport for Echo {
    fn send(&self, _: HttpRequest) -> Result<HttpResponse, TransportError> {
        Ok(HttpResponse::new(self.0, self.1.clone()))
    }
}

/// An encoding of a text within another one.
type Encoding = fn(&str) -> String;

const ENCODINGS: [Encoding; 9] = [
    |text| form_urlencoded::byte_serialize(text.as_bytes()).collect(),
    |text| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('%', "%25"),
    |text| percent(text, |byte| format!("%{byte:02x}")),
    |text| percent(text, |byte| format!("%{byte:02X}")),
    |text| text.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/"),
    |text| text.encode_utf16().fold(String::new(), |all, unit| all + &format!("\\u{unit:04x}")),
    |text| text.encode_utf16().fold(String::new(), |all, unit| all + &format!("\\u{unit:04X}")),
    |text| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('=', "&#61;"),
    |text| text.chars().fold(String::new(), |all, character| all + &format!("&#x{:x};", u32::from(character))),
];

/// Every mark percent-encoded, letters and digits as they are.
fn percent(text: &str, encode: impl Fn(u8) -> String) -> String {
    text.bytes().fold(String::new(), |all, byte| match byte.is_ascii_alphanumeric() {
        true => all + &char::from(byte).to_string(),
        false => all + &encode(byte),
    })
}

fn session(random: &mut Rng) -> String {
    const MARKS: [char; 16] = ['+', '/', '=', '~', '%', '-', '_', '"', '&', '\\', '\'', '<', 'é', '会', '员', '😀'];
    // Without vowels, so that no part of it is one of a word.
    const OTHERS: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpqrtvwxz";
    let length = random.usize(16..60);
    let character = |random: &mut Rng| match random.u8(..5) {
        0 => MARKS[random.usize(..MARKS.len())],
        _ => char::from(OTHERS[random.usize(..OTHERS.len())]),
    };
    (0..length).map(|_| character(random)).collect()
}

fn encoded(session: &str, random: &mut Rng) -> (String, bool) {
    let mut text = session.to_owned();
    let is_base64 = random.u8(..5) == 0;
    if is_base64 {
        if random.bool() {
            text = ENCODINGS[0](&text);
        }
        let before = ["", "a", "ab", "session="][random.usize(..4)];
        text = match random.bool() {
            true => STANDARD.encode(format!("{before}{text}&v=2.0")),
            false => URL_SAFE_NO_PAD.encode(format!("{before}{text}&v=2.0")),
        };
    }
    for _ in 0..random.usize(..3) {
        text = ENCODINGS[random.usize(..ENCODINGS.len())](&text);
    }
    // Something on the way may have cut it itself.
    if random.u8(..4) == 0 {
        let length = random.usize(..=text.chars().count());
        text = text.chars().take(length).chain(['…']).collect();
    }
    (text, is_base64)
}

/// What is around the session: no character of it is one of a session's.
fn filler(random: &mut Rng, longest: usize) -> String {
    let characters = ['.', ',', '|', '(', ' ', '小', '\n', '!'];
    (0..random.usize(..longest)).map(|_| characters[random.usize(..characters.len())]).collect()
}

fn answer(echoed: &str, random: &mut Rng) -> (u16, String) {
    let (before, after) = (filler(random, 120), filler(random, 700));
    let echoed = match random.u8(..3) {
        0 => format!("{before}session={echoed}{after}"),
        1 => format!("{before}{echoed}{after}{echoed}"),
        _ => format!("{before}{echoed}{after}"),
    };
    let body = match random.u8(..12) {
        0 => return ([500, 403, 302][random.usize(..3)], echoed),
        1 => return (502, format!("<html>{}{echoed}", " ".repeat(random.usize(..600)))),
        2 => format!("<html><p>{echoed}"),
        3 => format!(r#"{{"time_get_response":{{"time":"{echoed}" oops"#),
        4 => format!(r#"{{"time_get_response":{{"time":oops,"{echoed}":1}}}}"#),
        5 => format!(r#"{{"{echoed}_response":{{"time":""}}}}"#),
        6 => format!(r#"{{"error_response":{{"code":15,"msg":"{echoed}","sub_code":"{echoed}","sub_msg":"x"}}}}"#),
        7 => format!(r#"{{"time_get_response":{{"{echoed}":1,"time":["{echoed}"],"request_id":"{echoed}"}}}}"#),
        8 => format!("<time_get_response><time>{echoed}</tim>"),
        9 => format!("<time_get_response><other>{echoed}</other><time>x<b>{echoed}</b></time></time_get_response>"),
        10 => format!("<error_response><code>27</code><msg><i>{echoed}</i></msg></error_response>"),
        _ => format!(r#"{{"message":"{echoed}"}}"#),
    };
    (200, body)
}

/// All that a caller can print of a call, but for the value and the body, which are the platform's answer.
fn printed(client: &Client, session: &Session) -> String {
    match client.call(&request()).session(session).send() {
        Ok(reply) => {
            let beside = reply.anomalies.iter().chain(&reply.unknown);
            let anomalies = beside.fold(String::new(), |all, anomaly| all + &format!("{anomaly} "));
            format!("{anomalies} {:?}", reply.map(|_| ()))
        }
        Err(error) => printed_error(&error),
    }
}

/// An error with all that it says in any way.
pub(crate) fn printed_error(error: &Error) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        write!(shown, "{error} {error:?} ").unwrap();
        source = error.source();
    }
    shown
}

/// A session as long as the platform's are, with all marks that need an escape somewhere.
pub(crate) const LONG: &str = "61005Zh+Qw/Tk=Xv7Jp3RbGd9Lm2Ys8Fn4Cu6Ae1Hx0Ki5Oz7Wq3Vt";

/// That session as it is, and as URLs, JSON and Base64 have it.
pub(crate) fn written() -> [String; 7] {
    let percent: String = form_urlencoded::byte_serialize(LONG.as_bytes()).collect();
    [
        LONG.to_owned(),
        percent.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        LONG.replace('/', "\\/").replace('+', "\\u002b"),
        STANDARD.encode(LONG),
        STANDARD.encode(format!("session={LONG}")),
        STANDARD.encode(&percent),
        percent,
    ]
}

/// No four letters of that session are shown, and no eight of it as it was written.
pub(crate) fn assert_no_part(shown: &str, written: &str) {
    let hidden = written.strip_prefix("c2Vzc2lvbj").unwrap_or(written);
    for (text, length) in [(LONG, 4), (hidden, 8)] {
        let mut parts = text.as_bytes().windows(length).map(|part| str::from_utf8(part).unwrap());
        assert_eq!(parts.find(|part| shown.contains(part)), None, "{written}: {shown}");
    }
}

/// The text with one kind of escape taken off, written without the library.
const DECODINGS: [fn(&str) -> String; 3] = [
    |text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned(),
    |text| {
        let mut decoded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            decoded.push_str(&rest[..at]);
            let escape = &rest[at + 1..];
            let unit = |text: &str| u16::from_str_radix(text.strip_prefix('u')?.get(..4)?, 16).ok();
            let units: Vec<u16> = [unit(escape), escape.get(5..).and_then(|text| unit(text.strip_prefix('\\')?))]
                .into_iter()
                .map_while(|unit| unit)
                .collect();
            let character = char::decode_utf16(units).next().and_then(Result::ok);
            match (character, escape.chars().next()) {
                (Some(character), _) => {
                    decoded.push(character);
                    rest = &escape[6 * character.len_utf16() - 1..];
                }
                (None, Some(mark @ ('"' | '\\' | '/'))) => (decoded.push(mark), rest = &escape[1..]).1,
                (None, _) => (decoded.push('\\'), rest = escape).1,
            }
        }
        decoded + rest
    },
    |text| {
        let mut decoded = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            decoded.push_str(&rest[..at]);
            let escape = &rest[at + 1..];
            let name = escape.split(';').next().unwrap();
            let character = match name {
                "amp" => Some('&'),
                "quot" => Some('"'),
                "lt" => Some('<'),
                _ => name.strip_prefix("#x").map_or_else(
                    || char::from_u32(name.strip_prefix('#')?.parse().ok()?),
                    |digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?),
                ),
            };
            match character.filter(|_| escape.len() > name.len()) {
                Some(character) => (decoded.push(character), rest = &escape[name.len() + 1..]).1,
                None => (decoded.push('&'), rest = escape).1,
            }
        }
        decoded + rest
    },
];

/// The first part of a session that is found in a text under up to three layers of escapes.
fn found(text: &str, parts: &[String], layers: usize) -> Option<String> {
    if let Some(part) = parts.iter().find(|part| text.contains(*part)) {
        return Some(part.clone());
    }
    if layers == 0 {
        return None;
    }
    let decoded = DECODINGS.iter().map(|decode| decode(text)).filter(|decoded| decoded != text);
    decoded.into_iter().find_map(|decoded| found(&decoded, parts, layers - 1))
}

/// The same in what the runs of Base64 in a text stand for, wherever they begin.
fn found_in_base64(text: &str, parts: &[String]) -> Option<String> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let mut layers = vec![text.to_owned()];
    for _ in 0..2 {
        layers.extend(
            layers.clone().iter().flat_map(|text| DECODINGS.iter().map(|decode| decode(text))).collect::<Vec<_>>(),
        );
        layers.sort();
        layers.dedup();
    }
    for text in layers {
        for run in text.as_bytes().split(|byte| !is_base64(byte)).filter(|run| run.len() >= 4) {
            let run = String::from_utf8_lossy(run).replace('-', "+").replace('_', "/");
            for start in 0..4.min(run.len()) {
                let whole = &run[start..start + (run.len() - start) / 4 * 4];
                let Ok(decoded) = STANDARD.decode(whole) else { continue };
                let decoded = String::from_utf8_lossy(&decoded);
                if let Some(part) = found(&decoded, parts, 1) {
                    return Some(part);
                }
            }
        }
    }
    None
}

#[test]
fn no_part_of_a_session_is_printed() {
    let mut random = Rng::with_seed(topsdk_random::seed());
    for case in 0..CASES {
        let session = session(&mut random);
        let (echoed, is_base64) = encoded(&session, &mut random);
        let (status, body) = answer(&echoed, &mut random);
        let decoder = Decoder::new().report_unknown(random.bool());
        let decoder = if random.bool() { decoder.strict() } else { decoder };
        let builder = Client::builder(KEY, SECRET).decoder(decoder);
        let client = builder.build_over(Echo(status, body.clone())).unwrap();
        let printed = printed(&client, &Session::new(&session));
        let characters: Vec<_> = session.chars().collect();
        let parts = |length| characters.windows(length).map(|part| part.iter().collect()).collect::<Vec<String>>();
        let part = match is_base64 {
            true => found_in_base64(&printed, &parts(SHOWN_IN_BASE64)),
            false => found(&printed, &parts(SHOWN), 3),
        };
        assert_eq!(part, None, "case {case}: {session}\n{body}\n{printed}");
    }
}
