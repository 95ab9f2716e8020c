//! Converts documented names to Rust's case.
//!
//! A name that already has the case that rustc's lints require is kept exactly. All others are folded to ASCII:
//! non-ASCII letters become their code point (`结` is `u7ed3`), so that neither editors nor the lint for confusable
//! characters complain. The documented name is in the field's documentation and in its `#[doc(alias)]`.

use heck::ToSnakeCase;

/// Returns the name of a field: `ownerCode` is `owner_code`, `is_3D` is `is_3d`, `3d` is `n_3d`, `self` is `self_`.
/// Keywords that can be written as `r#type` are unchanged.
pub(super) fn field(wire: &str) -> String {
    let mut name = match is_snake(wire) {
        true => wire.to_owned(),
        false => ascii(wire, '_').to_snake_case(),
    };
    if name.is_empty() {
        return "unnamed".to_owned();
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "n_");
    }
    if matches!(name.as_str(), "self" | "super" | "crate") {
        name.push('_');
    }
    name
}

/// Returns the name of a type: `RechargeAccountPropertyOpenInfo` is unchanged, `dataItem` is `DataItem`,
/// `Map<String,Object>` is `MapStringObject`, `3DInfo` is `T3DInfo`, `Self` is `Self_`.
pub(super) fn type_name(word: &str) -> String {
    let name = cut(camel(word));
    if name.is_empty() {
        return "Unnamed".to_owned();
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("T{name}");
    }
    if name == "Self" {
        return "Self_".to_owned();
    }
    name
}

/// Joins several names into one type name. A trailing `_` (`Self_`) is dropped, because rustc's lints reject
/// `Self_Param`.
pub(super) fn joined<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| name.strip_suffix('_').unwrap_or(name)).collect()
}

/// Returns the name of an API's classes in the official SDKs, without `Request` or `Response`: the segments of the
/// method, without `taobao.`.
pub(super) fn class(method: &str) -> String {
    let name = cut(camel(method.strip_prefix("taobao.").unwrap_or(method)));
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name,
        false => format!("Api{name}"),
    }
}

/// The maximum length of a type name. rustdoc writes a file for each type, named after it with `struct.`, `.html` and a
/// suffix, and file names are limited to 255 bytes. The longest name in the catalogue has 76 letters.
const MOST_LETTERS: usize = 200;

/// Truncates a name to the maximum length. Names that become equal are numbered like any others.
pub(super) fn cut(mut name: String) -> String {
    // Names are ASCII here.
    name.truncate(MOST_LETTERS);
    name
}

/// Capitalises each word between punctuation marks and joins the words. Other letters are unchanged.
fn camel(text: &str) -> String {
    let ascii = ascii(text, '-');
    let mut name = String::with_capacity(ascii.len());
    for word in ascii.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let (first, rest) = word.split_at(word.len().min(1));
        name.extend([first.to_ascii_uppercase().as_str(), rest]);
    }
    name
}

/// Replaces each non-ASCII letter by its code point between two `sign`s.
fn ascii(text: &str, sign: char) -> String {
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_ascii() => ascii.push(letter),
            _ if letter.is_alphanumeric() => ascii.push_str(&format!("{sign}u{:x}{sign}", u32::from(letter))),
            _ => ascii.push(sign),
        }
    }
    ascii
}

/// Returns whether rustc's snake case lint accepts the name as it is, and also the name of a setter derived from it.
fn is_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.contains("__")
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::{class, field, type_name};

    #[test]
    fn fields_are_snake_case() {
        for (wire, name) in [
            ("biz_date", "biz_date"),
            ("ownerCode", "owner_code"),
            ("RequestId", "request_id"),
            ("is_3D", "is_3d"),
            ("tk3rdPubId", "tk3rd_pub_id"),
            ("skuID", "sku_id"),
            ("AppKey", "app_key"),
            ("type", "type"),
            ("self", "self_"),
            ("Self", "self_"),
            ("crate", "crate_"),
            ("3d", "n_3d"),
            ("2013-07", "n_2013_07"),
            ("a.b-c d", "a_b_c_d"),
            ("a__b", "a_b"),
            ("_id", "id"),
            ("id_", "id_"),
            ("", "unnamed"),
            ("-", "unnamed"),
            ("结果", "u7ed3_u679c"),
            ("item结果", "item_u7ed3_u679c"),
            ("（", "unnamed"),
            ("data[]", "data"),
        ] {
            assert_eq!(field(wire), name, "{wire}");
        }
    }

    #[test]
    fn types_keep_their_documented_names() {
        for (word, name) in [
            ("RechargeAccountPropertyOpenInfo", "RechargeAccountPropertyOpenInfo"),
            ("AxinFundDTO", "AxinFundDTO"),
            ("AxinFundDto", "AxinFundDto"),
            ("Option", "Option"),
            ("Self", "Self_"),
            ("self", "Self_"),
            ("dataItem", "DataItem"),
            ("TD_Order", "TDOrder"),
            ("Map<String,Object>", "MapStringObject"),
            ("com.taobao.Item", "ComTaobaoItem"),
            ("3DInfo", "T3DInfo"),
            ("结果", "U7ed3U679c"),
            ("", "Unnamed"),
        ] {
            assert_eq!(type_name(word), name, "{word}");
        }
    }

    #[test]
    fn classes_are_those_of_the_official_sdks() {
        for (method, name) in [
            ("alibaba.alsc.crm.recharge.dedut.update", "AlibabaAlscCrmRechargeDedutUpdate"),
            ("taobao.time.get", "TimeGet"),
            ("taobao.miniapp.userInfo.get", "MiniappUserInfoGet"),
            ("m-kvstore.aliyuncs.com.DescribeRegions.2015-03-01", "MKvstoreAliyuncsComDescribeRegions20150301"),
            ("taobao.360.get", "Api360Get"),
            ("taobao.", "Api"),
        ] {
            assert_eq!(class(method), name);
        }
    }
}
