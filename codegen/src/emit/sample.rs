//! Generates a Rust sample from the example values of a page: the language tab that the page lacks.

use std::collections::BTreeSet;

use topsdk_spec::{Api, Auth, Basic, Param};

use super::object;
use super::path::{module_path, raw};
use crate::check::is_date_time;
use crate::names::{Field, Module, Names, Struct, Type};

/// How samples are embedded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// As doc tests, which import the module from the named crate.
    Tested(String),
    /// As code that is not compiled, because the path of the module is unknown.
    Shown,
}

/// The longest line that rustdoc shows without a scroll bar.
const WIDTH: usize = 100;

/// The sample request of an API, with its documented values, as code.
pub(super) struct Example {
    /// The lines that import the types.
    pub(super) import: Vec<String>,
    /// The lines that create the variable `request`.
    pub(super) statements: Vec<String>,
    /// The statement that creates the variable `reply` with a `client`, and with a `session` if the API needs one.
    pub(super) call: &'static str,
    /// An assertion that holds after the statements.
    proof: String,
}

/// Returns whether a request of the API needs a user session.
pub(super) fn needs_session(api: &Api) -> bool {
    api.auth == Some(Auth::Required)
}

/// Returns the lines of the sample, with its code fences.
pub(super) fn sample(api: &Api, names: &Names<'_>, module: &Module, samples: &Samples) -> Vec<String> {
    let (krate, fence) = match samples {
        Samples::Tested(krate) => (krate.as_str(), "```"),
        Samples::Shown => ("crate", "```ignore"),
    };
    let Some(example) = example(api, names, module, krate) else { return Vec::new() };
    let mut lines = vec![fence.to_owned()];
    lines.extend(example.import);
    lines.push(String::new());
    lines.extend(example.statements);
    let is_tested = matches!(samples, Samples::Tested(_));
    if is_tested {
        lines.push(format!("# {}", example.proof));
        // The crate may lack a client, which is an optional feature.
        lines.push("# let client = topsdk::codec::sample::Client;".to_owned());
        if needs_session(api) {
            lines.push("# let session = topsdk::codec::Session::new(\"…\");".to_owned());
        }
    }
    lines.push(example.call.to_owned());
    if is_tested {
        lines.push("# Ok::<(), std::boxed::Box<dyn std::error::Error>>(())".to_owned());
    }
    lines.push("```".to_owned());
    lines
}

/// Returns the sample, which imports the module from this crate.
pub(super) fn example(api: &Api, names: &Names<'_>, module: &Module, krate: &str) -> Option<Example> {
    let root = names.request()?;
    let mut sample = SampleWriter { names, lines: Vec::new(), used: BTreeSet::new(), taken: BTreeSet::new() };
    // The variable of a parameter must not shadow those of the sample.
    sample.taken.extend(["client", "session"].map(str::to_owned));
    let built = sample.object(root, &api.request, 0);
    sample.push_let("request", &built);
    let proof = match built.first {
        Some(field) if field.list => format!("assert!(!request.{}.is_empty());", raw(&field.ident)),
        Some(field) => format!("assert!(request.{}.is_some());", raw(&field.ident)),
        None => format!("assert!(topsdk::codec::equal(&request, &{}::default()));", root.ident),
    };
    let call = match needs_session(api) {
        true => "let reply = client.execute(&request, Some(&session))?;",
        false => "let reply = client.execute(&request, None)?;",
    };
    let import = import(&format!("{krate}::{}", module_path(module)), &sample.used);
    Some(Example { import, statements: sample.lines, call, proof })
}

/// Returns the import of these types, formatted like rustfmt.
fn import(path: &str, idents: &BTreeSet<String>) -> Vec<String> {
    let idents: Vec<&str> = idents.iter().map(String::as_str).collect();
    let line = match idents.as_slice() {
        [one] => format!("use {path}::{one};"),
        many => format!("use {path}::{{{}}};", many.join(", ")),
    };
    if line.len() <= WIDTH || idents.len() == 1 {
        return vec![line];
    }
    let mut lines = vec![format!("use {path}::{{")];
    let mut current = String::from("   ");
    for ident in idents {
        if current.len() + ident.len() + 2 > WIDTH {
            lines.push(std::mem::replace(&mut current, String::from("   ")));
        }
        current.push_str(&format!(" {ident},"));
    }
    lines.extend([current, "};".to_owned()]);
    lines
}

/// The code of an object.
struct Built<'n> {
    /// The constructor call.
    start: String,
    /// The setter calls that follow it.
    calls: Vec<String>,
    /// The first field that has a value after them.
    first: Option<&'n Field<'n>>,
}

struct SampleWriter<'n> {
    names: &'n Names<'n>,
    lines: Vec<String>,
    /// The types to import so far.
    used: BTreeSet<String>,
    /// The variables so far: the variable of a nested object must not shadow one that is still needed.
    taken: BTreeSet<String>,
}

impl<'n> SampleWriter<'n> {
    /// Returns the constructor and setter calls of an object. Nested objects become variables before it.
    fn object(&mut self, object: &'n Struct<'n>, rows: &[Param], depth: usize) -> Built<'n> {
        self.used.insert(object.ident.clone());
        let mut arguments = Vec::new();
        let mut calls = Vec::new();
        let mut first = None;
        for field in &object.fields {
            let row = rows.iter().find(|row| row.name == field.param.name);
            let owned = field.required && object.bundle.is_some();
            let value = row.and_then(|row| self.value(field, row, owned, depth));
            first = first.or_else(|| (field.required || value.is_some()).then_some(field));
            match (field.required, value) {
                (true, value) => {
                    let value = value.unwrap_or_else(|| self.stand_in(field, owned));
                    arguments.push((raw(&field.ident), value));
                }
                (false, Some(value)) => calls.push(format!(".with_{}({value})", field.ident)),
                (false, None) => {}
            }
        }
        let ident = &object.ident;
        let start = match &object.bundle {
            None => {
                let values: Vec<String> = arguments.into_iter().map(|(_, value)| value).collect();
                format!("{ident}::new({})", values.join(", "))
            }
            Some(bundle) => {
                self.used.insert(bundle.clone());
                let values = arguments.into_iter().map(|(name, value)| format!("    {name}: {value},\n"));
                format!("{ident}::new({bundle} {{\n{}}})", values.collect::<String>())
            }
        };
        Built { start, calls, first }
    }

    /// Returns the example of a parameter as an expression, or `None` if it has none, or one that does not match its type.
    fn value(&mut self, field: &Field<'_>, row: &Param, owned: bool, depth: usize) -> Option<String> {
        let value = match field.ty {
            // The example of an object is that of its fields. Objects nested more than eight levels deep are omitted.
            Type::Object(_) if row.fields.is_empty() || depth > 8 => return None,
            Type::Object(index) => {
                let names = self.names;
                let object = object(names, index);
                let built = self.object(object, &row.fields, depth + 1);
                if !field.required && built.first.is_none() {
                    return None;
                }
                let variable = self.variable(&field.ident);
                self.push_let(&variable, &built);
                variable
            }
            basic => self.literal(basic, &row.example, owned, field.list)?,
        };
        Some(listed(field, value, owned))
    }

    /// Returns a placeholder for a required parameter without an example on the page.
    fn stand_in(&mut self, field: &Field<'_>, owned: bool) -> String {
        let value = match field.ty {
            Type::Object(index) => {
                let ident = object(self.names, index).ident.clone();
                let value = format!("{ident}::default()");
                self.used.insert(ident);
                value
            }
            basic => {
                let example = match basic {
                    Type::Basic(Basic::Number) => "1",
                    Type::Basic(Basic::Boolean) => "true",
                    Type::Basic(Basic::Date) => "2000-01-01 00:00:00",
                    Type::Basic(Basic::Decimal) => "1.00",
                    Type::Basic(Basic::Json) => "{}",
                    _ => "…",
                };
                #[expect(clippy::expect_used, reason = "each example above is a value of its type")]
                self.literal(basic, example, owned, field.list).expect("a literal of the type")
            }
        };
        listed(field, value, owned)
    }

    /// Returns an example as a literal. With `typed`, the expression states its type, because it is not inferred from its
    /// use.
    fn literal(&mut self, ty: Type, example: &str, owned: bool, typed: bool) -> Option<String> {
        let text = format!("{example:?}");
        Some(match ty {
            Type::Basic(Basic::String) if example.is_empty() => return None,
            Type::Basic(Basic::String) if owned => format!("{text}.to_owned()"),
            Type::Basic(Basic::String) => text,
            Type::Basic(Basic::Number) => example.trim().parse::<i64>().ok()?.to_string(),
            Type::Basic(Basic::Boolean) => example.trim().parse::<bool>().ok()?.to_string(),
            Type::Basic(Basic::Date) | Type::Basic(Basic::Decimal) => {
                let (name, is_valid) = match ty {
                    Type::Basic(Basic::Date) => ("Date", is_date_time(example)),
                    _ => ("Decimal", is_decimal(example)),
                };
                if !is_valid {
                    return None;
                }
                match typed {
                    true => format!("{text}.parse::<topsdk::{name}>()?"),
                    false => format!("{text}.parse()?"),
                }
            }
            Type::Basic(Basic::Json) if example.is_empty() => return None,
            Type::Basic(Basic::Json) => format!("topsdk::Json::new({text})"),
            Type::Basic(Basic::File) => "topsdk::File::new(\"picture.jpg\", b\"bytes\")".to_owned(),
            Type::Object(_) => return None,
        })
    }

    fn variable(&mut self, ident: &str) -> String {
        let mut name = ident.to_owned();
        let mut number = 2_usize;
        while !self.taken.insert(name.clone()) {
            name = format!("{ident}_{number}");
            number += 1;
        }
        raw(&name)
    }

    fn push_let(&mut self, variable: &str, built: &Built<'_>) {
        let start = format!("let {variable} = {}", built.start);
        // Formats a method chain like rustfmt.
        let indent = if start.contains('\n') { "" } else { "    " };
        let calls: String = match built.calls.as_slice() {
            [] => String::new(),
            [call] if !start.contains('\n') && start.len() + call.len() < WIDTH => call.clone(),
            calls => calls.iter().map(|call| format!("\n{indent}{call}")).collect(),
        };
        let statement = format!("{start}{calls};");
        self.lines.extend(statement.lines().map(str::to_owned));
    }
}

/// Returns a value as the field takes it: wrapped in a list if the field is a list.
fn listed(field: &Field<'_>, value: String, owned: bool) -> String {
    match (field.list, owned) {
        (false, _) => value,
        (true, false) => format!("[{value}]"),
        (true, true) => format!("vec![{value}]"),
    }
}

/// Returns whether a text is a decimal number with few enough digits for a decimal of 96 bits.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number(whole) && is_number(part) && whole.len() + part.len() <= 20
}

#[cfg(test)]
mod tests {
    use super::is_decimal;
    use crate::check::is_date_time;

    #[test]
    fn only_days_that_exist_are_dates() {
        for (text, expected) in [
            ("2019-07-04 15:32:17", true),
            ("2024-02-29 23:59:59", true),
            ("2023-02-29 23:59:59", false),
            ("1900-02-29 00:00:00", false),
            ("2019-13-01 00:00:00", false),
            ("2019-04-31 00:00:00", false),
            ("2019-07-04 24:00:00", false),
            ("2019-07-04", false),
            ("２019-07-04 15:32:1", false),
        ] {
            assert_eq!(is_date_time(text), expected, "{text}");
        }
        for (text, expected) in
            [("9.11", true), ("-1", true), (".5", false), ("1e3", false), ("", false), ("1.", false)]
        {
            assert_eq!(is_decimal(text), expected, "{text}");
        }
    }
}
