//! Generates a Rust sample from the example values of a page: the language tab that the page lacks.

use std::collections::BTreeSet;

use topsdk_spec::{Api, Auth, Basic, Param};

use super::print::{module_path, raw};
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
    pub(super) import: String,
    /// The lines that create the variable `request`.
    pub(super) statements: String,
    /// The statement that creates the variable `reply` with a `client`, and with a `session` if the API needs one.
    pub(super) call: &'static str,
    /// An assertion that holds after the statements.
    proof: String,
}

/// Returns whether a request of the API needs a user session.
pub(super) fn needs_session(api: &Api) -> bool {
    api.auth == Some(Auth::Required)
}

/// Returns the sample with its code fences.
pub(super) fn sample(api: &Api, names: &Names<'_>, module: &Module, samples: &Samples) -> String {
    let Samples::Tested(krate) = samples else {
        let Example { import, statements, call, .. } = example(api, names, module, "crate");
        return format!("```ignore\n{import}\n\n{statements}{call}\n```");
    };
    let Example { import, statements, call, proof } = example(api, names, module, krate);
    let session = match needs_session(api) {
        true => "# let session = topsdk::codec::Session::new(\"…\");\n",
        false => "",
    };
    // The crate may lack a client, which is an optional feature.
    format!(
        "```\n{import}\n\n{statements}# {proof}\n# let client = topsdk::codec::sample::Client;\n{session}{call}\n\
         # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())\n```"
    )
}

/// Returns the sample, which imports the module from this crate.
pub(super) fn example(api: &Api, names: &Names<'_>, module: &Module, krate: &str) -> Example {
    // The variable of a parameter must not shadow those of the sample.
    let taken = ["client", "session"].map(str::to_owned).into();
    let mut sample = SampleWriter { names, statements: String::new(), used: BTreeSet::new(), taken };
    let request = sample.object(&names.structs[0], &api.request, 0);
    sample.push_let("request", &request);
    let proof = match request.first {
        Some(field) if field.list => format!("assert!(!request.{}.is_empty());", raw(&field.ident)),
        Some(field) => format!("assert!(request.{}.is_some());", raw(&field.ident)),
        None => format!("assert!(topsdk::codec::equal(&request, &{}::default()));", names.structs[0].ident),
    };
    let call = match needs_session(api) {
        true => "let reply = client.execute(&request, Some(&session))?;",
        false => "let reply = client.execute(&request, None)?;",
    };
    let import = import(&format!("{krate}::{}", module_path(module)), &sample.used);
    Example { import, statements: sample.statements, call, proof }
}

/// Returns the import of these types, formatted like rustfmt.
fn import(path: &str, idents: &BTreeSet<String>) -> String {
    let idents: Vec<&str> = idents.iter().map(String::as_str).collect();
    let list = match idents.as_slice() {
        [one] => format!("use {path}::{one};"),
        many => format!("use {path}::{{{}}};", many.join(", ")),
    };
    if list.len() <= WIDTH || idents.len() == 1 {
        return list;
    }
    let mut import = format!("use {path}::{{\n   ");
    let mut width = 3;
    for ident in idents {
        if width + ident.len() + 2 > WIDTH {
            import.push_str("\n   ");
            width = 3;
        }
        import.extend([" ", ident, ","]);
        width += ident.len() + 2;
    }
    import + "\n};"
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
    statements: String,
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
            let is_owned = field.required && object.bundle.is_some();
            let row = rows.iter().find(|row| row.name == field.param.name);
            let Some(value) = self.value(field, row, is_owned, depth) else { continue };
            let value = match (field.list, is_owned) {
                (false, _) => value,
                (true, false) => format!("[{value}]"),
                (true, true) => format!("vec![{value}]"),
            };
            match (field.required, &object.bundle) {
                (true, None) => arguments.push(value),
                (true, Some(_)) => arguments.push(format!("    {}: {value},\n", raw(&field.ident))),
                (false, _) => calls.push(format!(".with_{}({value})", field.ident)),
            }
            first = first.or(Some(field));
        }
        let ident = &object.ident;
        self.used.extend(object.bundle.clone());
        let start = match &object.bundle {
            None => format!("{ident}::new({})", arguments.join(", ")),
            Some(bundle) => format!("{ident}::new({bundle} {{\n{}}})", arguments.concat()),
        };
        Built { start, calls, first }
    }

    /// Returns the example of a parameter as an expression. If there is none, or one that does not match its type, returns a
    /// placeholder for a required parameter.
    fn value(&mut self, field: &Field<'_>, row: Option<&Param>, is_owned: bool, depth: usize) -> Option<String> {
        let object = match field.ty {
            Type::Object(index) => &self.names.structs[index],
            Type::Basic(basic) => {
                let example = row.and_then(|row| literal(field, basic, &row.example, is_owned));
                return example
                    .or_else(|| literal(field, basic, placeholder(basic), is_owned).filter(|_| field.required));
            }
        };
        // The example of an object is that of its fields. Objects nested more than eight levels deep are omitted.
        let Some(row) = row.filter(|row| !row.fields.is_empty() && depth <= 8) else {
            self.used.extend(field.required.then(|| object.ident.clone()));
            return field.required.then(|| format!("{}::default()", object.ident));
        };
        let built = self.object(object, &row.fields, depth + 1);
        if !field.required && built.first.is_none() {
            return None;
        }
        let variable = self.variable(&field.ident);
        self.push_let(&variable, &built);
        Some(variable)
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

    /// Appends a statement, with its method chain formatted like rustfmt.
    fn push_let(&mut self, variable: &str, Built { start, calls, .. }: &Built<'_>) {
        let start = format!("let {variable} = {start}");
        let separator = match calls.as_slice() {
            [call] if !start.contains('\n') && start.len() + call.len() < WIDTH => "",
            _ if start.contains('\n') => "\n",
            _ => "\n    ",
        };
        self.statements.push_str(&start);
        self.statements.extend(calls.iter().flat_map(|call| [separator, call]));
        self.statements.push_str(";\n");
    }
}

/// Returns an example as a literal, or `None` if it is empty or not of the type. With `is_owned`, a text becomes a
/// `String`. The literal of a list states its type, because that is not inferred from its use.
fn literal(field: &Field<'_>, basic: Basic, example: &str, is_owned: bool) -> Option<String> {
    let text = format!("{example:?}");
    let parsed = |name: &str| match field.list {
        true => format!("{text}.parse::<topsdk::{name}>()?"),
        false => format!("{text}.parse()?"),
    };
    Some(match basic {
        Basic::String | Basic::Json if example.is_empty() => return None,
        Basic::String if is_owned => format!("{text}.to_owned()"),
        Basic::String => text,
        Basic::Number => example.trim().parse::<i64>().ok()?.to_string(),
        Basic::Boolean => example.trim().parse::<bool>().ok()?.to_string(),
        Basic::Date => is_date_time(example).then(|| parsed("Date"))?,
        Basic::Decimal => is_decimal(example).then(|| parsed("Decimal"))?,
        Basic::Json => format!("topsdk::Json::new({text})"),
        Basic::File => "topsdk::File::new(\"picture.jpg\", b\"bytes\")".to_owned(),
    })
}

/// Returns a value of the type.
fn placeholder(basic: Basic) -> &'static str {
    match basic {
        Basic::Number => "1",
        Basic::Boolean => "true",
        Basic::Date => "2000-01-01 00:00:00",
        Basic::Decimal => "1.00",
        Basic::Json => "{}",
        Basic::String | Basic::File => "…",
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
