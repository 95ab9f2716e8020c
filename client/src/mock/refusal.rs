//! The platform's errors, and their bodies in each format (docs/protocol.md sections 5.5 and 7).

use topsdk_codec::{
    Format, Response,
    write::{self, JsonStyle},
};

use super::fault::name_of;

/// The error with which the platform refuses a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) msg: String,
    pub(super) sub_code: Option<String>,
    pub(super) sub_msg: Option<String>,
}

impl Refusal {
    /// Returns the gateway's own error with this code.
    pub(super) fn new(code: u16) -> Refusal {
        Refusal { code, msg: name_of(code).to_owned(), sub_code: None, sub_msg: None }
    }

    /// Returns the error of a parameter, whose name is at the end of `msg`.
    pub(super) fn argument(code: u16, parameter: &str) -> Refusal {
        Refusal { msg: format!("{}:{parameter}", name_of(code)), ..Refusal::new(code) }
    }

    pub(super) fn sub(mut self, code: impl Into<String>, msg: impl Into<String>) -> Refusal {
        self.sub_code = Some(code.into());
        self.sub_msg = Some(msg.into());
        self
    }

    /// Returns the body of the response.
    pub(super) fn body(&self, format: Format, request_id: &str) -> String {
        // A method or a user's text may contain characters that XML cannot represent. Without them, both writers succeed.
        let plain = |text: &str| text.replace(|c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'), " ");
        let error = ErrorResponse {
            code: Some(i64::from(self.code)),
            msg: Some(plain(&self.msg)),
            sub_code: self.sub_code.as_deref().map(plain),
            sub_msg: self.sub_msg.as_deref().map(plain),
            request_id: Some(request_id.to_owned()),
        };
        match format {
            Format::Xml => document(&write::xml(&error, "error_response").unwrap_or_default()),
            Format::Json | Format::JsonSimplified => {
                format!(r#"{{"error_response":{}}}"#, write::json(&error, JsonStyle::Response).unwrap_or_default())
            }
        }
    }
}

/// Returns a root element as the gateway sends it: after an XML declaration, and followed by a comment with the name of a
/// host.
pub(super) fn document(root: &str) -> String {
    let declaration = match root.starts_with("<?xml") {
        true => "",
        false => r#"<?xml version="1.0" encoding="utf-8" ?>"#,
    };
    format!("{declaration}{root}<!--top.mock-->")
}

#[derive(Default, Response)]
#[top(crate = topsdk_codec)]
struct ErrorResponse {
    code: Option<i64>,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
    request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_all_members_in_each_format() {
        let refusal = Refusal::argument(40, "fields").sub("isv.missing-parameter:fields", "<b>");
        assert_eq!(
            refusal.body(Format::Json, "5m7u"),
            r#"{"error_response":{"code":40,"msg":"Missing Required Arguments:fields","sub_code":"isv.missing-parameter:fields","sub_msg":"<b>","request_id":"5m7u"}}"#
        );
        let xml = refusal.body(Format::Xml, "5m7u");
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\" ?><error_response><code>40</code>"), "{xml}");
        assert!(
            xml.contains("<sub_msg>&lt;b&gt;</sub_msg><request_id>5m7u</request_id></error_response><!--"),
            "{xml}"
        );
        assert!(
            Refusal::new(25)
                .body(Format::JsonSimplified, "5")
                .starts_with(r#"{"error_response":{"code":25,"msg":"Invalid Signature","#)
        );
    }
}
