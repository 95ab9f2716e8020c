//! Creates the snapshots of an API, and finds the faults in its page's samples that they reveal.
//!
//! The same code works on generated types and on types made from the spec at run time.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use topsdk_codec::write::{self, JsonForm};
use topsdk_codec::{
    App, Call, Decoder, EncodeError, Encoded, ListView, Object, PlatformError, SignMethod, View, equal, sign,
};
use topsdk_codegen::check;
use topsdk_codegen::emit;
use topsdk_codegen::names::{ApiNames, Field, Module, Names, Type};
use topsdk_codegen::page::SampleKind;
use topsdk_codegen::samples::{Sample, Value};
use topsdk_spec::{Api, Side};

use crate::{fill, xml_leaves};

/// The snapshots of an API's samples, by name, and the faults that they reveal.
#[derive(Debug, Default)]
pub struct Examples {
    /// `decoded`, `encoded` and `request`, each if the page has the samples for it.
    pub texts: BTreeMap<&'static str, String>,
    /// The samples' contradictions with the page or with each other.
    pub faults: Vec<Fault>,
}

/// A fault of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The side of the API that the sample belongs to.
    pub side: Side,
    /// The description of the fault.
    pub message: String,
}

impl Examples {
    /// Takes the samples of a page through the types of its API: an empty `request`, a function that creates an empty
    /// response, and one that formats a full one.
    ///
    /// # Errors
    /// If the types are wrong, regardless of the samples: a value changes when it is encoded and decoded again, or a
    /// signature is wrong.
    pub fn of<T: Object>(
        api: &Api,
        request: &mut dyn Object,
        response: impl Fn() -> T,
        show: impl Fn(&T) -> String,
    ) -> Result<Examples, Box<dyn Error>> {
        let mut examples = Examples::default();
        if let Some(value) = examples.decode(api, &response) {
            examples.texts.insert("decoded", show(&value));
            read_again(api, &value, &response)?;
            examples.encode(api, &value)?;
        }
        examples.fail(api);
        if api.samples.java.is_some() {
            examples.fill(api, request)?;
        }
        for (side, snapshot) in [(Side::Response, "decoded"), (Side::Request, "request")] {
            let faults = examples.faults.iter().filter(|fault| fault.side == side);
            let shown: String = faults.map(|fault| format!("\n* {}", fault.message)).collect();
            if !shown.is_empty() {
                let text = examples.texts.entry(snapshot).or_default();
                let gap = if text.is_empty() { "" } else { "\n\n" };
                text.push_str(&format!("{gap}The samples are at fault:\n{shown}"));
            }
        }
        Ok(examples)
    }

    /// Returns the faults for which `lint` reports nothing on the same side of the page.
    pub fn unreported(&self, api: &Api) -> Vec<&Fault> {
        let found = check::lint(api, None);
        let is_reported = |fault: &&Fault| {
            let of_request = [Side::Request.heading(), SampleKind::Java.heading()];
            found.iter().any(|found| of_request.contains(&&*found.place.section) == (fault.side == Side::Request))
        };
        self.faults.iter().filter(|fault| !is_reported(fault)).collect()
    }

    fn fault(&mut self, side: Side, message: String) {
        self.faults.push(Fault { side, message });
    }

    /// Returns the value of the first response sample that can be decoded, and checks that the others have the same value.
    fn decode<T: Object>(&mut self, api: &Api, response: impl Fn() -> T) -> Option<T> {
        let decoder = Decoder::new().for_method(api.method.clone());
        let mut first: Option<(SampleKind, T)> = None;
        for kind in [SampleKind::Xml, SampleKind::Json, SampleKind::JsonSimplified] {
            let Some(sample) = kind.of(&api.samples) else { continue };
            let mut value = response();
            match decoder.decode_into(sample.as_bytes(), &mut value) {
                Err(error) => self.fault(Side::Response, format!("the {} cannot be decoded: {error}", kind.title())),
                Ok(envelope) => {
                    for anomaly in envelope.anomalies {
                        self.fault(Side::Response, format!("the {}: {anomaly}", kind.title()));
                    }
                    match &first {
                        None => first = Some((kind, value)),
                        Some((_, one)) if equal(one, &value) => {}
                        Some((one, _)) => self.fault(
                            Side::Response,
                            format!("the {} says something else than the {}", kind.title(), one.title()),
                        ),
                    }
                }
            }
        }
        first.map(|(_, value)| value)
    }

    /// Checks that the encoded value equals the XML sample, except for the text `null`, which is not a value
    /// (docs/protocol.md section 5.6).
    fn encode(&mut self, api: &Api, value: &dyn Object) -> Result<(), Box<dyn Error>> {
        self.texts.insert("encoded", encoded(value, &api.method)?);
        let Some(documented) = &api.samples.xml else { return Ok(()) };
        // A faulty sample cannot be reproduced.
        if self.faults.iter().any(|fault| fault.side == Side::Response) {
            return Ok(());
        }
        let mut documented = xml_leaves(documented).ok_or("the XML sample decodes and is not well formed")?;
        documented.retain(|(_, text)| text != "null");
        let mut written = xml_leaves(&write::response_xml(value, &api.method)?).ok_or("what is written is not XML")?;
        written.retain(|(path, _)| documented.iter().any(|(other, _)| other == path));
        // Places that share a type have their fields in one order, but the page may show them in different orders.
        documented.sort_by(|(one, _), (other, _)| one.cmp(other));
        written.sort_by(|(one, _), (other, _)| one.cmp(other));
        if let Some((documented, written)) = documented.iter().zip(&written).find(|(one, other)| one != other) {
            let (path, text) = documented;
            self.fault(
                Side::Response,
                format!("the XML sample has `{text}` at {path}; written again, `{}` is at {}", written.1, written.0),
            );
        } else if documented.len() != written.len() {
            let count = documented.len() - written.len().min(documented.len());
            self.fault(Side::Response, format!("{count} values of the XML sample are not written again"));
        }
        Ok(())
    }

    /// Checks that all error samples decode to the same platform error.
    fn fail(&mut self, api: &Api) {
        let mut first: Option<Box<PlatformError>> = None;
        for kind in [SampleKind::ErrorXml, SampleKind::ErrorJson] {
            let Some(sample) = kind.of(&api.samples) else { continue };
            let decoded = Decoder::new().decode_into(sample.as_bytes(), &mut NoFields {});
            let message = match decoded {
                Err(topsdk_codec::Error::Platform(error)) => {
                    let members = |error: &PlatformError| {
                        (error.code.clone(), error.msg.clone(), error.sub_code.clone(), error.sub_msg.clone())
                    };
                    match first.get_or_insert_with(|| error.clone()) {
                        one if members(one) == members(&error) => continue,
                        one => format!("the {} is `{error}`, the other one is `{one}`", kind.title()),
                    }
                }
                Err(error) => format!("the {} is not an error of the platform: {error}", kind.title()),
                Ok(_) => format!("the {} is not an error of the platform", kind.title()),
            };
            self.fault(Side::Response, message);
        }
    }

    /// Checks that every value of the Java sample is sent, and that the request is complete.
    fn fill(&mut self, api: &Api, request: &mut dyn Object) -> Result<(), Box<dyn Error>> {
        for setter in fill_request(api, request)? {
            self.fault(Side::Request, format!("the Java sample sets `{setter}`, which no parameter takes"));
        }
        let text = match signed(request, &api.method, SignMethod::Md5) {
            Err(error @ EncodeError::Missing { .. }) => {
                self.fault(Side::Request, format!("the request is not complete: {error}"));
                String::new()
            }
            // The protocol cannot carry what the page documents, such as a file in an object.
            Err(error) => format!("it cannot be sent: {error}"),
            Ok(_) => self::request(request, &api.method)?,
        };
        self.texts.insert("request", text);
        Ok(())
    }
}

/// A response without fields.
#[derive(Debug, Default, topsdk_codec::Response)]
#[top(crate = topsdk_codec)]
struct NoFields {}

/// Fails if a value changes when it is encoded and decoded again, in any format.
fn read_again<T: Object>(api: &Api, value: &T, response: impl Fn() -> T) -> Result<(), Box<dyn Error>> {
    let strict = Decoder::new().strict().for_method(api.method.clone());
    let json = |form| write::response_json(value, &api.method, form);
    let mut bodies = vec![write::response_xml(value, &api.method)?, json(JsonForm::Normal)?];
    bodies.extend([json(JsonForm::Simplified)?, json(JsonForm::Rootless)?]);
    // Without a root and without members, a body cannot be recognised as a response.
    for body in bodies.into_iter().filter(|body| body != "{}") {
        let mut again = response();
        strict.decode_into(body.as_bytes(), &mut again).map_err(|error| format!("{body}: {error}"))?;
        if !equal(&again, value) {
            return Err(format!("{}: what is written is read as another value: {body}", api.method).into());
        }
    }
    Ok(())
}

/// Returns the JSON form of the spec without the digest. The digest changes with every edit of the page, and an edit that
/// changes nothing else must not change a snapshot.
pub fn spec(api: &Api) -> String {
    without_digest(api, &api.to_json())
}

/// Returns the generated module, also without the digest.
///
/// # Errors
/// If it is not valid Rust.
pub fn module(api: &Api, stored: &ApiNames, module: &Module) -> Result<String, emit::EmitError> {
    let samples = emit::Samples::Tested("topsdk".to_owned());
    emit::module(api, &Names::after(api, stored), module, &samples)
}

/// Returns a text without the digest of the API's page.
pub fn without_digest(api: &Api, text: &str) -> String {
    text.replace(&api.source.sha256, "(digest)")
}

/// Returns a response encoded as XML, as JSON, and as JSON with `simplify`.
fn encoded(value: &dyn Object, method: &str) -> Result<String, Box<dyn Error>> {
    let xml = write::response_xml(value, method)?;
    let json = write::response_json(value, method, JsonForm::Normal)?;
    let simplified = write::response_json(value, method, JsonForm::Simplified)?;
    Ok(format!("{}\n\n{json}\n\n{simplified}", xml.replace("><", ">\n<")))
}

/// Fills a request with the values of the Java sample, and returns the setters that match no parameter.
///
/// # Errors
/// If the page has no Java sample.
pub fn fill_request(api: &Api, request: &mut dyn Object) -> Result<Vec<String>, Box<dyn Error>> {
    let java = api.samples.java.as_ref().ok_or("there is no sample of a request")?;
    let mut left = Vec::new();
    if let Some(Value::Members(members)) = Sample::java(java).root.map(|root| root.value) {
        fill(request, &members, &mut left);
    }
    Ok(left)
}

/// Returns a request as it is sent at a fixed time, signed with each method.
fn request(request: &dyn Object, method: &str) -> Result<String, Box<dyn Error>> {
    let mut shown = String::new();
    for sign_method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let encoded = signed(request, method, sign_method)?;
        shown +=
            &format!("{sign_method}\n  string to sign: {}\n  sign: {}\n", encoded.string_to_sign(), encoded.sign());
        // With files, the body is multipart, and its boundary differs each time.
        let is_form = !encoded.content_type().starts_with("multipart/");
        if !is_form {
            continue;
        }
        let body = String::from_utf8(encoded.body().to_vec())?;
        let pairs = form_pairs(&body)?;
        let sent = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        if encoded.sign() != sign::sign(sign_method, app().secret(), sent, b"") {
            return Err(format!("{method}: the signature is not that of the body").into());
        }
        if sign_method == SignMethod::Md5 {
            shown += &format!("  content type: {}\n  body: {body}\n", encoded.content_type());
            for (name, value) in pairs {
                shown += &format!("    {name} = {value}\n");
            }
        }
    }
    Ok(shown)
}

fn signed(request: &dyn Object, method: &str, sign_method: SignMethod) -> Result<Encoded, EncodeError> {
    let noon = jiff::civil::date(2016, 1, 1).at(12, 0, 0, 0);
    Call::new(&app(), noon).sign_method(sign_method).encode_object(method, request)
}

fn app() -> App {
    App::new("12345678", "helloworld")
}

/// Returns the names and values of a form body, decoded here and not by the codec.
///
/// # Errors
/// If the body is not a form.
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

/// Formats a response as `Debug` of its generated type does, from the names and any object.
pub struct Shown<'a> {
    names: &'a Names<'a>,
    /// The index of the object's struct.
    index: usize,
    object: &'a dyn Object,
}

impl<'a> Shown<'a> {
    /// Returns the response of an API.
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
