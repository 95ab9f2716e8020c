//! Documented names in Rust's case.
//!
//! A name that already has the case that rustc's lints ask for is kept letter by letter. All others are folded to ASCII: letters
//! of other scripts become their code (`结` is `u7ed3`), so that neither an editor nor a lint about look-alike letters has
//! anything to say, and the documented name stands in the field's documentation and in its `#[doc(alias)]`.

use heck::ToSnakeCase;

/// A field's name: `ownerCode` is `owner_code`, `is_3D` is `is_3d`, `3d` is `n_3d`, `self` is `self_`. Keywords that can
/// be written `r#type` stay as they are.
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

/// A type's name: `RechargeAccountPropertyOpenInfo` stays, `dataItem` is `DataItem`, `Map<String,Object>` is
/// `MapStringObject`, `3DInfo` is `T3DInfo`, `Self` is `Self_`.
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

/// A type's name made of several: `Self_` keeps its sign only where it stands alone, as `Self_Param` is no name of a type for
/// rustc's lints.
pub(super) fn joined<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| name.strip_suffix('_').unwrap_or(name)).collect()
}

/// What the official SDKs call an API's classes, without `Request` or `Response`: the method's words, and `taobao.` is not said.
pub(super) fn class(method: &str) -> String {
    let name = cut(camel(method.strip_prefix("taobao.").unwrap_or(method)));
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name,
        false => format!("Api{name}"),
    }
}

/// rustdoc makes a file of each type's name (with `struct.`, `.html` and what is put behind the name), and a file's name has
/// 255 bytes at most. The longest of the catalogue has 76 letters.
const MOST_LETTERS: usize = 200;

/// As much of a name as there is room for; equal ones are numbered, as others are.
pub(super) fn cut(mut name: String) -> String {
    // All of a name is ASCII here.
    name.truncate(MOST_LETTERS);
    name
}

/// The words between signs, each with a capital, everything else as it is.
fn camel(text: &str) -> String {
    let ascii = ascii(text, '-');
    let mut name = String::with_capacity(ascii.len());
    for word in ascii.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// The text with each letter of another script as its code between two signs `sign`.
fn ascii(text: &str, sign: char) -> String {
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            ascii.push(letter);
        } else {
            ascii.push(sign);
            if letter.is_alphanumeric() {
                ascii.push_str(&format!("u{:x}", u32::from(letter)));
                ascii.push(sign);
            }
        }
    }
    ascii
}

/// Whether rustc's lint for snake case, and the name of a setter made from it, take the name as it is.
fn is_snake(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.contains("__")
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::{class, field, type_name};

    #[test]
    fn fields_are_snake_case_and_snake_case_is_kept() {
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
