//! Checks that the parameters of a call are complete and of their documented types (docs/protocol.md section 4).
//!
//! The checks use the spec and not the codec, so that they find the codec's mistakes.

use std::fmt::Write;

use serde_json::Value;
use topsdk_codec::Decimal;
use topsdk_spec::{Basic, Limits, Param};

use super::{
    date::date_of,
    form::{Parameters, Upload},
    refusal::Refusal,
};

/// Finds the first parameter, in documented order, that the platform would refuse.
pub(super) fn check(documented: &[Param], sent: &Parameters) -> Result<(), Refusal> {
    for (name, rows) in by_name(documented) {
        let result = match (sent.text(name), sent.files.get(name)) {
            (None, None) if is_required(&rows) => Err(Mistake::missing(name)),
            (None, None) => Ok(()),
            (None, Some(upload)) => any(&rows, |row| file(row, upload)),
            (Some(text), _) => any(&rows, |row| parameter(row, text)),
        };
        result.map_err(Mistake::refusal)?;
    }
    Ok(())
}

/// A mistake in a parameter or inside it.
struct Mistake {
    path: String,
    /// What was expected; `None` if the parameter is missing.
    expected: Option<String>,
}

impl Mistake {
    fn missing(path: &str) -> Mistake {
        Mistake { path: path.to_owned(), expected: None }
    }

    fn invalid(path: &str, expected: impl Into<String>) -> Mistake {
        Mistake { path: path.to_owned(), expected: Some(expected.into()) }
    }

    fn refusal(self) -> Refusal {
        let Mistake { path, expected } = self;
        match expected {
            None => Refusal::argument(40, &path).sub(format!("isv.missing-parameter:{path}"), "it is required"),
            Some(expected) => Refusal::argument(41, &path)
                .sub(format!("isv.invalid-parameter:{path}"), format!("expected {expected}")),
        }
    }
}

/// Groups parameters by name. Usually there is one of each, but names of siblings can repeat.
fn by_name(rows: &[Param]) -> impl Iterator<Item = (&str, Vec<&Param>)> {
    let is_first = |(index, row): &(usize, &Param)| !rows[..*index].iter().any(|other| other.name == row.name);
    rows.iter()
        .enumerate()
        .filter(is_first)
        .map(|(_, row)| (row.name.as_str(), rows.iter().filter(|other| other.name == row.name).collect()))
}

/// Returns whether a name is required: only if all parameters of this name are.
fn is_required(rows: &[&Param]) -> bool {
    rows.iter().all(|row| row.required)
}

/// Checks a value against all parameters of a name. It must match one; else the mistake for the first one counts.
fn any(rows: &[&Param], fits: impl Fn(&Param) -> Result<(), Mistake>) -> Result<(), Mistake> {
    let mut first = Ok(());
    for row in rows {
        match fits(row) {
            Ok(()) => return Ok(()),
            fault => first = first.and(fault),
        }
    }
    first
}

fn file(row: &Param, upload: &Upload) -> Result<(), Mistake> {
    match row.limits.max_length {
        _ if !is_file(row) => Err(Mistake::invalid(&row.name, "a text, not a file")),
        Some(most) if upload.size as u64 > most => {
            Err(Mistake::invalid(&row.name, format!("a file of no more than {most} bytes")))
        }
        _ => Ok(()),
    }
}

/// Checks the text of a parameter: an object is JSON, a list of basic values is separated by commas.
fn parameter(row: &Param, text: &str) -> Result<(), Mistake> {
    let path = &row.name;
    match (is_file(row), row.is_object(), row.list) {
        (true, ..) => Err(Mistake::invalid(path, "a file, as a part of its own")),
        (_, true, _) => {
            let json = serde_json::from_str(text);
            json.map_err(|error| Mistake::invalid(path, format!("JSON ({error})")))
                .and_then(|json| member(row, &json, path))
        }
        (_, false, true) => {
            let items = text.split(',');
            list_size(row, items.clone().count(), path)?;
            items.into_iter().try_for_each(|item| basic(row, item, path))
        }
        (_, false, false) => basic(row, text, path),
    }
}

/// Checks a value in the JSON of a parameter.
fn member(row: &Param, value: &Value, path: &str) -> Result<(), Mistake> {
    match (row.list, value) {
        (true, Value::Array(items)) => {
            list_size(row, items.len(), path)?;
            let mut path = path.to_owned();
            let end = path.len();
            for (index, item) in items.iter().enumerate() {
                // Writing to a `String` cannot fail.
                let _ = write!(path, "[{index}]");
                self::item(row, item, &path)?;
                path.truncate(end);
            }
            Ok(())
        }
        (true, _) => Err(Mistake::invalid(path, "a JSON array")),
        (false, value) => item(row, value, path),
    }
}

fn item(row: &Param, value: &Value, path: &str) -> Result<(), Mistake> {
    match (row.is_object(), value) {
        (true, Value::Object(members)) => by_name(&row.fields).try_for_each(|(name, rows)| {
            let path = format!("{path}.{name}");
            match members.get(name).filter(|member| !member.is_null()) {
                None if is_required(&rows) => Err(Mistake::missing(&path)),
                None => Ok(()),
                Some(value) => any(&rows, |row| member(row, value, &path)),
            }
        }),
        (true, _) => Err(Mistake::invalid(path, "a JSON object")),
        // A number or boolean is accepted for a text, and the reverse, as in responses (docs/protocol.md section 5.6).
        (false, Value::String(text)) => basic(row, text, path),
        (false, Value::Number(number)) => basic(row, &number.to_string(), path),
        (false, Value::Bool(boolean)) => basic(row, if *boolean { "true" } else { "false" }, path),
        (false, Value::Null | Value::Array(_) | Value::Object(_)) => match is_free(row) {
            true => Ok(()),
            false => Err(Mistake::invalid(path, format!("a {}", row.type_name))),
        },
    }
}

fn is_file(row: &Param) -> bool {
    Basic::of(&row.type_name) == Some(Basic::File)
}

/// Returns whether a parameter accepts any JSON.
fn is_free(row: &Param) -> bool {
    match Basic::of(&row.type_name) {
        Some(Basic::Number | Basic::Boolean | Basic::Date | Basic::Decimal) => false,
        Some(Basic::String | Basic::Json | Basic::File) | None => true,
    }
}

fn basic(row: &Param, text: &str, path: &str) -> Result<(), Mistake> {
    let expected = |what: &str| Err(Mistake::invalid(path, what));
    let (is_right, what) = match Basic::of(&row.type_name) {
        Some(Basic::Number) => (text.parse::<i64>().is_ok(), "a whole number of 64 bits"),
        Some(Basic::Decimal) => (text.parse::<Decimal>().is_ok(), "a decimal number"),
        Some(Basic::Boolean) => (matches!(text, "true" | "false"), "true or false"),
        Some(Basic::Date) => (date_of(text).is_some(), "a date as yyyy-MM-dd HH:mm:ss"),
        Some(Basic::String | Basic::Json | Basic::File) | None => (true, "any text"),
    };
    if !is_right {
        return expected(what);
    }
    let Limits { max_length, min, max, .. } = &row.limits;
    if let Some(most) = *max_length
        && text.chars().count() as u64 > most
    {
        return expected(&format!("no more than {most} characters"));
    }
    if let Ok(number) = text.parse::<Decimal>()
        && !is_free(row)
    {
        let bound = |bound: &Option<String>| bound.as_deref().and_then(|bound| bound.parse::<Decimal>().ok());
        if let Some(min) = bound(min)
            && number < min
        {
            return expected(&format!("no less than {min}"));
        }
        if let Some(max) = bound(max)
            && number > max
        {
            return expected(&format!("no more than {max}"));
        }
    }
    Ok(())
}

fn list_size(row: &Param, count: usize, path: &str) -> Result<(), Mistake> {
    match row.limits.max_list_size {
        Some(most) if count as u64 > most => Err(Mistake::invalid(path, format!("no more than {most} items"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, type_name: &str) -> Param {
        Param { name: name.to_owned(), type_name: type_name.to_owned(), ..Param::default() }
    }

    fn refused(rows: &[Param], form: &str) -> Option<String> {
        let mut sent = Parameters::default();
        sent.push_form(form.as_bytes()).unwrap();
        check(rows, &sent).err().map(|refusal| refusal.msg)
    }

    fn invalid(path: &str) -> Option<String> {
        Some(format!("Invalid Arguments:{path}"))
    }

    fn missing(path: &str) -> Option<String> {
        Some(format!("Missing Required Arguments:{path}"))
    }

    #[test]
    fn a_required_parameter_has_to_be_there_and_empty_is_not_there() {
        let rows = [row("b", "String"), Param { required: true, ..row("a", "String") }];
        assert_eq!(refused(&rows, "a=1"), None);
        assert_eq!(refused(&rows, "b=1"), missing("a"));
        assert_eq!(refused(&rows, "a="), missing("a"));
        // Among siblings of one name, an optional one makes the name optional.
        let rows = [Param { required: true, ..row("a", "Number") }, row("a", "Date")];
        assert_eq!(refused(&rows, ""), None);
        assert_eq!(refused(&rows, "a=2024-01-02+03:04:05"), None);
        assert_eq!(refused(&rows, "a=x"), invalid("a"));
    }

    #[test]
    fn a_value_has_to_be_of_its_type() {
        for (type_name, good, bad) in [
            ("Number", "-9223372036854775808", "9223372036854775808"),
            ("Number", "0", "1.5"),
            ("byte", "1", "x"),
            ("Boolean", "true", "1"),
            ("Price", "12.00", "12,00"),
            ("BigDecimal", "-0.1", "1e"),
            ("Date", "2024-02-29 23:59:59", "2024-02-30 00:00:00"),
            ("Date", "2024-02-29 00:00:00", "2024-02-29"),
        ] {
            assert_eq!(refused(&[row("a", type_name)], &format!("a={good}")), None, "{type_name} {good}");
            assert_eq!(refused(&[row("a", type_name)], &format!("a={bad}")), invalid("a"), "{type_name} {bad}");
        }
        for anything in ["String", "Json", "Map", "Whatever", ""] {
            assert_eq!(refused(&[row("a", anything)], "a={x"), None, "{anything}");
        }
        assert_eq!(refused(&[row("a", "byte[]")], "a=text"), invalid("a"));
    }

    #[test]
    fn a_list_is_joined_by_commas_and_no_longer_than_documented() {
        let limits = Limits { max_list_size: Some(2), ..Limits::default() };
        let rows = [Param { list: true, limits, ..row("a", "Number") }];
        assert_eq!(refused(&rows, "a=1,2"), None);
        assert_eq!(refused(&rows, "a=1,2,3"), invalid("a"));
        assert_eq!(refused(&rows, "a=1,x"), invalid("a"));
    }

    #[test]
    fn members_of_an_object_are_checked() {
        let items = Param {
            list: true,
            fields: vec![Param { required: true, ..row("price", "Price") }, row("at", "Date"), row("free", "Json")],
            ..row("items", "Item")
        };
        let rows = [Param { fields: vec![items, row("Inner", "Order")], ..row("order", "Order") }];
        for (json, expected) in [
            (r#"{"items":[{"price":"1.00","at":"2024-01-02 03:04:05","free":{"a":[]}}],"Inner":{"x":1}}"#, None),
            (r#"{"items":[]}"#, None),
            (r#"{"items":[{"price":1.5},{"price":null}]}"#, missing("order.items[1].price")),
            (r#"{"items":[{"price":{}}]}"#, invalid("order.items[0].price")),
            (r#"{"items":[{"price":1,"at":"2024"}]}"#, invalid("order.items[0].at")),
            (r#"{"items":{"item":[]}}"#, invalid("order.items")),
            ("[]", invalid("order")),
            ("{", invalid("order")),
        ] {
            assert_eq!(refused(&rows, &format!("order={json}")), expected, "{json}");
        }
    }

    #[test]
    fn documented_limits_hold() {
        let limits = Limits { min: Some("1".to_owned()), max: Some("20".to_owned()), ..Limits::default() };
        let rows = [Param { limits, ..row("a", "Number") }];
        for (value, is_good) in [("0", false), ("1", true), ("20", true), ("21", false)] {
            assert_eq!(refused(&rows, &format!("a={value}")).is_none(), is_good, "{value}");
        }
        let limits = Limits { max_length: Some(2), ..Limits::default() };
        let rows = [Param { limits: limits.clone(), ..row("a", "String") }];
        assert_eq!(refused(&rows, "a=小明"), None);
        assert_eq!(refused(&rows, "a=abc"), invalid("a"));
        // The length of a file counts its bytes.
        let rows = [Param { limits, ..row("a", "byte[]") }];
        for (size, is_good) in [(2, true), (3, false)] {
            let upload = Upload { name: "a".to_owned(), content_type: String::new(), size };
            let sent = Parameters { files: [("a".to_owned(), upload)].into(), ..Parameters::default() };
            assert_eq!(check(&rows, &sent).is_ok(), is_good);
        }
    }
}
