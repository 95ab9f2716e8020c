//! What the snapshots of an API hold, as text: of its generated types, and of nothing but its spec.

use std::error::Error;
use std::fmt;

use topsdk_codec::write::{self, JsonForm};
use topsdk_codec::{App, Call, ListView, Object, SignMethod, View};
use topsdk_codegen::emit;
use topsdk_codegen::names::{Field, Held, Module, Names, Type};
use topsdk_codegen::samples::{Sample, Value};
use topsdk_spec::Api;

use crate::fill;

/// The snapshots of an API: what the page says and its module always, the others where it has the samples for them.
pub fn names(api: &Api) -> Vec<&'static str> {
    let mut names = vec!["module", "spec"];
    if response_sample(api).is_some() {
        names.extend(["decoded", "encoded"]);
    }
    if api.samples.java.is_some() {
        names.push("request");
    }
    names.sort_unstable();
    names
}

/// The documented answer, in the first form that the page has.
pub fn response_sample(api: &Api) -> Option<&str> {
    let samples = &api.samples;
    [&samples.xml, &samples.json, &samples.json_simplified].into_iter().flatten().next().map(String::as_str)
}

/// The spec. The digest says that the page is another one, and nothing of what it says: a change that means nothing is to
/// touch no snapshot.
pub fn spec(api: &Api) -> String {
    without_digest(api, &api.to_json())
}

/// The module, also without the digest.
///
/// # Errors
/// Where it is not Rust.
pub fn module(api: &Api, held: &Held) -> Result<String, emit::Error> {
    let samples = emit::Samples::Tested("topsdk".to_owned());
    emit::module(api, &Names::after(api, held), &Module::of(&api.method), &samples)
}

/// A text without the digest of the API's page.
pub fn without_digest(api: &Api, text: &str) -> String {
    text.replace(&api.source.sha256, "(digest)")
}

/// An answer written again: as XML, as JSON, and as JSON that was asked for with `simplify`.
///
/// # Errors
/// Where it cannot be written.
pub fn encoded(value: &dyn Object, method: &str) -> Result<String, Box<dyn Error>> {
    let xml = write::response_xml(value, method)?;
    let json = write::response_json(value, method, JsonForm::Normal)?;
    let simplified = write::response_json(value, method, JsonForm::Simplified)?;
    Ok(format!("{}\n\n{json}\n\n{simplified}", xml.replace("><", ">\n<")))
}

/// Fills a request with the values of the documented one. Gives what the sample sets and no parameter takes.
///
/// # Errors
/// Where there is no sample, or it sets nothing.
pub fn fill_request(api: &Api, request: &mut dyn Object) -> Result<Vec<String>, Box<dyn Error>> {
    let java = api.samples.java.as_ref().ok_or("there is no sample of a request")?;
    let Some(Value::Members(members)) = Sample::java(java).root.map(|root| root.value) else {
        return Err("the sample sets nothing".into());
    };
    let mut left = Vec::new();
    fill(request, &members, &mut left);
    Ok(left)
}

/// A request as it is sent at one moment, signed in every way.
///
/// # Errors
/// Where it cannot be encoded.
pub fn request(request: &dyn Object, method: &str) -> Result<String, Box<dyn Error>> {
    let app = App::new("12345678", "helloworld");
    let mut shown = String::new();
    for sign_method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let call = Call::new(&app, "2016-01-01 12:00:00".parse()?).sign_method(sign_method);
        let encoded = call.encode_object(method, request)?;
        shown +=
            &format!("{sign_method}\n  string to sign: {}\n  sign: {}\n", encoded.string_to_sign(), encoded.sign());
        if sign_method == SignMethod::Md5 {
            let body = String::from_utf8(encoded.body().to_vec())?;
            shown += &format!("  content type: {}\n  body: {body}\n", encoded.content_type());
            for (name, value) in form_pairs(&body)? {
                shown += &format!("    {name} = {value}\n");
            }
        }
    }
    Ok(shown)
}

/// A form body's names and values, decoded here and not by the codec.
///
/// # Errors
/// Where it is no form.
pub fn form_pairs(body: &str) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let decoded = |text: &str| -> Result<String, Box<dyn Error>> {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next().ok_or("no digit")?, rest.next().ok_or("one digit")?];
                    u8::from_str_radix(std::str::from_utf8(&digits)?, 16)?
                }
                byte => byte,
            });
        }
        Ok(String::from_utf8(bytes)?)
    };
    let pairs = body.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').ok_or("a pair without `=`")?;
        Ok((decoded(name)?, decoded(value)?))
    });
    pairs.collect()
}

/// An answer as `Debug` of its generated type shows it, made from names and an object of any kind.
pub struct Shown<'a> {
    names: &'a Names<'a>,
    /// The struct of the object.
    index: usize,
    object: &'a dyn Object,
}

impl<'a> Shown<'a> {
    /// The response of an API.
    pub fn response(names: &'a Names<'a>, object: &'a dyn Object) -> Shown<'a> {
        Shown { names, index: names.response, object }
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(item) = self.names.structs.get(self.index) else { return Err(fmt::Error) };
        let schema = self.object.schema();
        let mut shown = f.debug_struct(&item.ident);
        for field in &item.fields {
            let at = schema.names.iter().position(|name| *name == field.param.name);
            let view = at.map_or(View::Absent, |at| self.object.view(at));
            shown.field(&field.ident, &ShownField { names: self.names, field, view });
        }
        shown.finish()
    }
}

struct ShownField<'a> {
    names: &'a Names<'a>,
    field: &'a Field<'a>,
    view: View<'a>,
}

impl fmt::Debug for ShownField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |object| {
            let index = if let Type::Object(index) = self.field.ty { index } else { usize::MAX };
            Shown { names: self.names, index, object }
        };
        match self.view {
            View::Absent if self.field.list => f.write_str("[]"),
            View::Absent => f.write_str("None"),
            View::String(value) => f.debug_tuple("Some").field(&value).finish(),
            View::Number(value) => f.debug_tuple("Some").field(&value).finish(),
            View::Boolean(value) => f.debug_tuple("Some").field(&value).finish(),
            View::Date(value) => f.debug_tuple("Some").field(&value).finish(),
            View::Decimal(value) => f.debug_tuple("Some").field(&value).finish(),
            View::Json(value) => f.debug_tuple("Some").field(value).finish(),
            View::File(value) => f.debug_tuple("Some").field(value).finish(),
            View::Object(value) => f.debug_tuple("Some").field(&shown(value)).finish(),
            View::List(list) => match list {
                ListView::String(list) => list.fmt(f),
                ListView::Number(list) => list.fmt(f),
                ListView::Boolean(list) => list.fmt(f),
                ListView::Date(list) => list.fmt(f),
                ListView::Decimal(list) => list.fmt(f),
                ListView::Json(list) => list.fmt(f),
                ListView::File(list) => list.fmt(f),
                ListView::Object(list) => {
                    f.debug_list().entries((0..list.len()).filter_map(|index| list.get(index)).map(shown)).finish()
                }
                _ => Err(fmt::Error),
            },
            _ => Err(fmt::Error),
        }
    }
}
