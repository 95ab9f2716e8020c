//! Reads `changeDiff`, the list of changes in a document (docs/pages.md, "The document endpoint (pages rendered in the
//! browser)").

use topsdk_spec::Side;

use super::json::{self, Object, text};
use crate::page::encoding::decode;

/// The list of changes in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// The changes in the document's order, the request's first.
    pub changes: Vec<Announcement>,
}

/// One changed row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The table that contains the row.
    pub side: Side,
    /// The kind of the change.
    pub sign: Sign,
    /// The path of the row, one name per level.
    pub path: Vec<String>,
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `[+]`
    Added,
    /// `[-]`
    Removed,
    /// `[*]`
    Changed,
}

impl Announcement {
    /// Parses an entry such as `[+] data->results->tp_order_id`. Returns `None` if it has another format.
    ///
    /// ```
    /// use topsdk_spec::Side;
    /// use topsdk_codegen::read::{Announcement, Sign};
    ///
    /// let said = Announcement::parse(Side::Response, "[+] data->results->tp_order_id").unwrap();
    /// assert_eq!((said.sign, said.path.join(".")), (Sign::Added, "data.results.tp_order_id".to_owned()));
    /// assert_eq!(Announcement::parse(Side::Response, "something else"), None);
    /// ```
    pub fn parse(side: Side, text: &str) -> Option<Announcement> {
        let (sign, path) = text.trim().strip_prefix('[')?.split_once(']')?;
        let sign = match sign.trim() {
            "+" => Sign::Added,
            "-" => Sign::Removed,
            "*" => Sign::Changed,
            _ => return None,
        };
        let path: Vec<String> = path.split("->").map(|name| name.trim().to_owned()).collect();
        let is_path = path.iter().all(|name| !name.is_empty());
        is_path.then_some(Announcement { side, sign, path })
    }
}

/// Returns the list of changes of a page, or `None` if the page is not a document or has no such list.
///
/// ```
/// let page = br#"{"data":{"name":"a.b.get","changeDiff":{"outputDiff":["[+] time"],"inputDiff":[]}}}"#;
/// assert_eq!(topsdk_codegen::read::announced(page).unwrap().changes.len(), 1);
/// ```
pub fn announced(bytes: &[u8]) -> Option<Announced> {
    let (content, _) = decode("", bytes);
    let outer = Object::parse(content.trim_start_matches('\u{feff}').trim()).ok()?;
    let document = match outer.get("data") {
        Some(data) => Object::parse(data.get()).ok()?,
        None => outer,
    };
    let changes = Object::parse(document.get("changeDiff")?.get()).ok()?;
    let mut announced = Announced::default();
    for (side, key) in [(Side::Request, "inputDiff"), (Side::Response, "outputDiff")] {
        let list = changes.get(key);
        let entries = json::items(list).into_iter().map(|entry| text(Some(entry)));
        announced.changes.extend(entries.filter_map(|text| Announcement::parse(side, &text)));
    }
    (!announced.changes.is_empty()).then_some(announced)
}
