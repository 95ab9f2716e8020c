//! Errors of the platform, and what each means for the call (docs/protocol.md sections 5.5, 7 and 8).

use std::{fmt, time::Duration};

use crate::{anomaly::Anomaly, visible::visible};

/// An `error_response` of the platform.
///
/// ```
/// use topsdk_codec::{Decoder, Error};
/// # #[derive(Debug, Default, topsdk_codec::Response)]
/// # #[top(crate = topsdk_codec)]
/// # struct TimeGetResponse { time: Option<topsdk_codec::Date> }
///
/// let body = r#"{"error_response":{"code":27,"msg":"Invalid session","sub_code":"session-expired"}}"#;
/// match Decoder::new().decode::<TimeGetResponse>(body) {
///     Err(Error::Platform(error)) => assert!(error.needs_authorization()),
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformError {
    /// The code as sent, nearly always a number: up to 100 from the gateway, above 100 from the business behind it.
    pub code: String,
    /// What the code means, in English.
    pub msg: String,
    /// What exactly is wrong, such as `isv.invalid-parameter`: `isv.…` is the caller's fault, `isp.…` the service's.
    pub sub_code: Option<String>,
    /// `sub_code` in words, mostly Chinese.
    pub sub_msg: Option<String>,
    /// The number of the call, which the platform's support asks for.
    pub request_id: Option<String>,
    /// Anomalies of these texts, such as markup inside `sub_msg`.
    pub anomalies: Vec<Anomaly>,
    /// The HTTP status, if it was not 200: gateways, and proxies in front of them, also refuse with 400, 403 or 5xx.
    pub http_status: Option<u16>,
    /// What the header `Retry-After` of the response says, if the error came over HTTP with one.
    pub retry_after_header: Option<Duration>,
}

/// The meaning of one of the gateway's own codes. [`PlatformError`] has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Meaning {
    /// The code.
    pub code: u16,
    /// Its documented name.
    pub name: &'static str,
    /// What is wrong with the call, and what to do.
    pub description: &'static str,
    /// Who can do something about it.
    pub remedy: Remedy,
}

/// What can be done about an error of the platform. [`Meaning`] has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Correct the call or the application's permissions: the same call fails again.
    Correct,
    /// Retry: the fault is temporary.
    Retry,
    /// Wait: the application makes too many calls.
    Wait,
    /// The user has to authorise the application (again).
    Authorize,
    /// Look at `sub_code`: the code alone does not tell.
    SubCode,
}

impl PlatformError {
    /// Returns the meaning of the code, if it is one of the gateway's own.
    pub fn meaning(&self) -> Option<&'static Meaning> {
        let code = self.code.parse::<u16>().ok()?;
        MEANINGS.iter().find(|meaning| meaning.code == code)
    }

    /// Returns whether the platform may have executed the call although it returned an error (docs/protocol.md section 7).
    ///
    /// * No: for a `sub_code` `isv.…` (the caller's fault) or `accesscontrol.limited-by-…` (flow control), and for the codes with
    ///   which the gateway refuses a call before it reaches a service.
    /// * Maybe: for a `sub_code` `isp.…` (the service's fault), for the codes 3, 10, 15 and 50, for all above 100 and for all
    ///   unknown codes. Before you repeat a call that moves money, find out whether it was executed.
    ///
    /// ```
    /// # fn error(body: &str) -> topsdk_codec::PlatformError {
    /// #     #[derive(Debug, Default, topsdk_codec::Response)]
    /// #     #[top(crate = topsdk_codec)]
    /// #     struct TimeGetResponse {}
    /// #     match topsdk_codec::Decoder::new().decode::<TimeGetResponse>(body) {
    /// #         Err(topsdk_codec::Error::Platform(error)) => *error,
    /// #         other => panic!("{other:?}"),
    /// #     }
    /// # }
    /// let unavailable = error(r#"{"error_response":{"code":10,"msg":"Service Currently Unavailable"}}"#);
    /// assert!(unavailable.may_have_been_executed());
    /// let refused = error(r#"{"error_response":{"code":25,"msg":"Invalid signature"}}"#);
    /// assert!(!refused.may_have_been_executed());
    /// ```
    pub fn may_have_been_executed(&self) -> bool {
        match self.sub_code.as_deref().unwrap_or_default() {
            code if code.starts_with("isv.") || code.starts_with(FLOW_CONTROL) => false,
            code if code.starts_with("isp.") => true,
            _ => self.meaning().is_none_or(|meaning| matches!(meaning.code, 3 | 10 | 15 | 50)),
        }
    }

    /// Returns whether the same call, signed again, may succeed: the service failed, or the application makes too many calls
    /// (see [`retry_after`](PlatformError::retry_after) for how long to wait).
    ///
    /// A write may have been executed despite the error: check
    /// [`may_have_been_executed`](PlatformError::may_have_been_executed) before you repeat it.
    pub fn is_retryable(&self) -> bool {
        match self.sub_code.as_deref().unwrap_or_default() {
            code if code.starts_with("isp.") => {
                !["isp.null-pointer-exception", "isp.top-parse-error", "isp.top-mapping-parse-error"].contains(&code)
            }
            code if code.starts_with("isv.") => false,
            code if code.starts_with(FLOW_CONTROL) => true,
            _ => self.meaning().is_some_and(|meaning| matches!(meaning.remedy, Remedy::Retry | Remedy::Wait)),
        }
    }

    /// Returns how long the platform will refuse further calls: by its words (`This ban will last for N more seconds`) or by the
    /// header `Retry-After`, whichever is longer.
    pub fn retry_after(&self) -> Option<Duration> {
        const BEFORE: &str = "ban will last for ";
        let in_words = [self.sub_msg.as_deref(), Some(&self.msg)].into_iter().flatten().find_map(|text| {
            let (_, after) = text.split_once(BEFORE)?;
            let digits = after.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok().map(Duration::from_secs)
        });
        in_words.max(self.retry_after_header)
    }

    /// Returns whether the user has to authorise the application (again): the session is missing, invalid or expired.
    pub fn needs_authorization(&self) -> bool {
        self.meaning().is_some_and(|meaning| meaning.remedy == Remedy::Authorize)
    }
}

/// The prefix of the `sub_code`s of flow control (docs/protocol.md section 8).
const FLOW_CONTROL: &str = "accesscontrol.limited-by-";

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the platform answered {}", visible(&self.code))?;
        if !self.msg.is_empty() {
            write!(f, " {}", visible(&self.msg))?;
        }
        let subs = [self.sub_code.as_deref(), self.sub_msg.as_deref()];
        for (index, text) in subs.into_iter().flatten().enumerate() {
            write!(f, "{}{}", if index == 0 { ": " } else { " " }, visible(text))?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request_id {})", visible(id))?;
        }
        if let Some(status) = self.http_status {
            write!(f, " (HTTP status {status})")?;
        }
        match self.meaning() {
            Some(meaning) => write!(f, "; {}", meaning.description),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PlatformError {}

impl Meaning {
    /// All codes of the gateway itself, ascending (docs/protocol.md section 7). Codes above 100 belong to the businesses.
    pub fn all() -> &'static [Meaning] {
        MEANINGS
    }
}

const fn meaning(code: u16, name: &'static str, remedy: Remedy, description: &'static str) -> Meaning {
    Meaning { code, name, description, remedy }
}

const MEANINGS: &[Meaning] = &[
    meaning(3, "Upload Fail", Remedy::Retry, "the file did not arrive; call again"),
    meaning(4, "User Call Limited", Remedy::Wait, "this user's calls are used up; wait"),
    meaning(5, "Session Call Limited", Remedy::Wait, "this session's calls are used up; wait"),
    meaning(6, "Partner Call Limited", Remedy::Wait, "this partner's calls are used up; wait"),
    meaning(7, "App Call Limited", Remedy::Wait, "the application calls too often; wait as long as sub_msg says"),
    meaning(8, "App Call Exceeds Limited Frequency", Remedy::Wait, "the application calls too often; wait"),
    meaning(9, "Http Action Not Allowed", Remedy::Correct, "only GET and POST are taken, in upper case"),
    meaning(10, "Service Currently Unavailable", Remedy::Retry, "the service is down for the moment; call again"),
    meaning(11, "Insufficient ISV Permissions", Remedy::Correct, "the application may not call this API; apply for it"),
    meaning(12, "Insufficient User Permissions", Remedy::Correct, "the user may not do this"),
    meaning(13, "Insufficient Partner Permissions", Remedy::Correct, "the partner may not do this"),
    meaning(15, "Remote Service Error", Remedy::SubCode, "the service behind the gateway failed; see sub_code"),
    meaning(21, "Missing Method", Remedy::Correct, "the parameter method is missing"),
    meaning(22, "Invalid Method", Remedy::Correct, "there is no API of this name"),
    meaning(23, "Invalid Format", Remedy::Correct, "format is neither xml nor json"),
    meaning(24, "Missing Signature", Remedy::Correct, "the parameter sign is missing"),
    meaning(
        25,
        "Invalid Signature",
        Remedy::Correct,
        "the signature does not fit; compare the secret, the encoding and the string to sign",
    ),
    meaning(26, "Missing Session", Remedy::Authorize, "this API needs a user's session"),
    meaning(
        27,
        "Invalid Session",
        Remedy::Authorize,
        "the session is wrong or has expired; the user has to authorise again",
    ),
    meaning(28, "Missing App Key", Remedy::Correct, "the parameter app_key is missing"),
    meaning(29, "Invalid App Key", Remedy::Correct, "there is no application of this key on this gateway"),
    meaning(30, "Missing Timestamp", Remedy::Correct, "the parameter timestamp is missing"),
    meaning(
        31,
        "Invalid Timestamp",
        Remedy::Correct,
        "the timestamp is more than 10 minutes off, or not in GMT+8; check the clock",
    ),
    meaning(32, "Missing Version", Remedy::Correct, "the parameter v is missing"),
    meaning(33, "Invalid Version", Remedy::Correct, "the parameter v has to be 2.0"),
    meaning(34, "Unsupported Version", Remedy::Correct, "the parameter v has to be 2.0"),
    meaning(
        40,
        "Missing Required Arguments",
        Remedy::Correct,
        "a required parameter is missing; msg ends with its name",
    ),
    meaning(41, "Invalid Arguments", Remedy::Correct, "a parameter's value is not taken; msg ends with its name"),
    meaning(42, "Insufficient Session Permissions", Remedy::Correct, "this session may not call this API"),
    meaning(43, "Parameter Error", Remedy::Correct, "the parameters do not fit; see sub_msg"),
    meaning(
        44,
        "Invalid Access Token",
        Remedy::Authorize,
        "the token is wrong or has expired; the user has to authorise again",
    ),
    meaning(47, "Invalid Encoding", Remedy::Correct, "the call is not in UTF-8"),
    meaning(50, "Remote Service Error", Remedy::SubCode, "the service behind the gateway failed; see sub_code"),
    meaning(
        53,
        "Insufficient Security Level",
        Remedy::Correct,
        "the application's security level does not allow this API",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, sub_code: Option<&str>, sub_msg: Option<&str>) -> PlatformError {
        PlatformError {
            code: code.to_owned(),
            msg: "Remote service error".to_owned(),
            sub_code: sub_code.map(str::to_owned),
            sub_msg: sub_msg.map(str::to_owned),
            request_id: None,
            anomalies: Vec::new(),
            http_status: None,
            retry_after_header: None,
        }
    }

    #[test]
    fn the_table_is_ascending_so_that_no_code_stands_twice() {
        assert!(Meaning::all().windows(2).all(|pair| pair[0].code < pair[1].code));
        assert!(Meaning::all().iter().all(|meaning| !meaning.description.is_empty() && !meaning.name.is_empty()));
    }

    #[test]
    fn a_fault_of_the_service_is_retryable_and_one_of_the_caller_is_not() {
        for code in ["isp.top-remote-connection-timeout", "isp.item-service-unavailable", "isp.unknown-error"] {
            assert!(error("15", Some(code), None).is_retryable(), "{code}");
        }
        for code in ["isp.null-pointer-exception", "isp.top-mapping-parse-error", "isv.invalid-parameter", "CD07"] {
            assert!(!error("15", Some(code), None).is_retryable(), "{code}");
        }
        assert!(error("10", None, None).is_retryable());
        assert!(!error("10", Some("isv.user-not-exist:x"), None).is_retryable());
        assert!(!error("15", None, None).is_retryable());
        assert!(!error("25", None, None).is_retryable());
        assert!(!error("560", None, None).is_retryable());
    }

    #[test]
    fn every_code_tells_whether_the_call_may_have_been_executed() {
        let refusals = [
            4, 5, 6, 7, 8, 9, 11, 12, 13, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 40, 41, 42, 43, 44,
            47, 53,
        ];
        let uncertain = [3, 10, 15, 50];
        let mut table = [&refusals[..], &uncertain].concat();
        table.sort_unstable();
        assert!(
            table.iter().copied().eq(Meaning::all().iter().map(|meaning| meaning.code)),
            "a code whose meaning is not tested"
        );
        for code in 0..=1000 {
            let may_be = error(&code.to_string(), None, None).may_have_been_executed();
            assert_eq!(may_be, !refusals.contains(&code), "{code}");
        }
        for code in ["", "sdk.retry-call-fail", "-1", "99999999999", "25 ", "小"] {
            assert!(error(code, None, None).may_have_been_executed(), "{code:?}");
        }
    }

    #[test]
    fn a_sub_code_of_caller_service_or_flow_control_goes_before_the_code() {
        for code in ["3", "10", "15", "25", "50", "560", "4711"] {
            assert!(!error(code, Some("isv.invalid-parameter:x"), None).may_have_been_executed(), "{code}");
            assert!(!error(code, Some("accesscontrol.limited-by-api-access-count"), None).may_have_been_executed());
            assert!(error(code, Some("isp.top-remote-connection-timeout"), None).may_have_been_executed(), "{code}");
        }
        for sub_code in ["CD07", "2", "", "session-expired", "isvx", "ISV.x"] {
            assert!(error("15", Some(sub_code), None).may_have_been_executed(), "{sub_code}");
            assert!(!error("27", Some(sub_code), None).may_have_been_executed(), "{sub_code}");
        }
    }

    #[test]
    fn flow_control_gives_the_wait() {
        let limited = error(
            "7",
            Some("accesscontrol.limited-by-app-api-access-count"),
            Some("This ban will last for 37 more seconds"),
        );
        assert!(limited.is_retryable());
        assert_eq!(limited.retry_after(), Some(Duration::from_secs(37)));
        assert_eq!(error("7", None, Some("ban will last for a while")).retry_after(), None);
        let mut in_msg = error("7", None, None);
        in_msg.msg = "This ban will last for 1 more seconds".to_owned();
        assert_eq!(in_msg.retry_after(), Some(Duration::from_secs(1)));
        in_msg.retry_after_header = Some(Duration::from_secs(3));
        assert_eq!(in_msg.retry_after(), Some(Duration::from_secs(3)));
        in_msg.msg = "This ban will last for 5 more seconds".to_owned();
        assert_eq!(in_msg.retry_after(), Some(Duration::from_secs(5)));
    }

    #[test]
    fn missing_and_expired_sessions_need_authorisation() {
        for code in ["26", "27", "44"] {
            assert!(error(code, None, None).needs_authorization(), "{code}");
        }
        assert!(!error("11", None, None).needs_authorization());
        assert!(!error("not a number", None, None).needs_authorization());
    }

    #[test]
    fn the_message_shows_all_five_members_and_what_the_code_means() {
        let mut error = error("15", Some("isv.invalid-parameter"), Some("非法参数"));
        error.request_id = Some("5m7u9x".to_owned());
        assert_eq!(
            error.to_string(),
            "the platform answered 15 Remote service error: isv.invalid-parameter 非法参数 (request_id 5m7u9x); \
             the service behind the gateway failed; see sub_code"
        );
    }
}
