//! Roots, failures, the `request_id`, and bodies that are not responses.

use super::{Kinds, error, json, one_anomaly, strict, tolerant, xml};
use crate::{Decoder, Error, Format, PlatformError, Request, Response};

#[derive(Debug, Default, PartialEq, Response)]
#[top(crate = crate)]
struct Business {
    code: Option<String>,
    msg: Option<String>,
    request_id: Option<String>,
    inner_response: Option<Nested>,
}

#[derive(Debug, Default, PartialEq, crate::Object)]
#[top(crate = crate)]
struct Nested {
    code: Option<i64>,
}

#[derive(Debug, Default, Request)]
#[top(crate = crate, method = "taobao.kinds.get", response = Kinds)]
struct KindsGet {
    id: Option<i64>,
}

fn failure(body: &str) -> PlatformError {
    match error(body) {
        Error::Platform(error) => *error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_failure_is_read_from_both_formats() {
    let expected = PlatformError {
        code: "50".to_owned(),
        msg: "Remote service error".to_owned(),
        sub_code: Some("isv.invalid-parameter".to_owned()),
        sub_msg: Some("非法参数".to_owned()),
        request_id: Some("5m7u".to_owned()),
        anomalies: Vec::new(),
        http_status: None,
        retry_after_header: None,
    };
    for body in [
        r#"{"error_response":{"msg":"Remote service error","code":50,"sub_msg":"非法参数","sub_code":"isv.invalid-parameter","request_id":"5m7u"}}"#,
        r#" { "error_response" : { "code" : "50" , "msg" : "Remote service error", "sub_code":"isv.invalid-parameter","sub_msg":"非法参数","args":{"arg":[]},"request_id":"5m7u" } } "#,
        "<error_response>\n    <code>50</code>\n    <msg>Remote service error</msg>\n    <sub_code>isv.invalid-parameter</sub_code>\n    <sub_msg>非法参数</sub_msg><request_id>5m7u</request_id>\n</error_response>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><error_response><args list=\"true\"><arg><key>a</key><value>b</value></arg></args><code>50</code><msg>Remote service error</msg><sub_code>isv.invalid-parameter</sub_code><sub_msg>非法参数</sub_msg><request_id>5m7u</request_id></error_response><!--top011184081134.na62-->",
    ] {
        assert_eq!(failure(body), expected, "{body}");
    }
}

#[test]
fn a_failure_may_lack_members_and_have_wrong_types() {
    let error = failure(r#"{"error_response":{"code":27,"msg":"Invalid session"}}"#);
    assert_eq!((error.sub_code.as_ref(), error.request_id.as_ref()), (None, None));
    assert!(error.needs_authorization());
    let error = failure("<error_response><code>15</code><sub_msg>don&apos;t &nbsp; &</sub_msg></error_response>");
    assert_eq!((error.msg.as_str(), error.sub_msg.as_deref()), ("", Some("don't &nbsp; &")));
    let error = failure(r#"{"error_response":{"code":15,"code":16,"msg":{"a":1}}}"#);
    assert_eq!((error.code.as_str(), error.msg.as_str()), ("15", r#"{"a":1}"#));
    for body in [
        r#"{"error_response":{}}"#,
        r#"{"error_response":"x"}"#,
        "<error_response/>",
        "<error_response>x</error_response>",
    ] {
        assert!(matches!(super::error(body), Error::NotAResponse(_)), "{body}");
    }
}

#[test]
fn a_failure_cut_in_the_middle_is_broken() {
    for body in [r#"{"error_response":{"code":27,"msg":"Inv"#, "<error_response><code>27</code><msg>Inv"] {
        assert!(matches!(super::error(body), Error::Syntax(_)), "{body}");
    }
}

#[test]
fn members_code_and_msg_of_a_business_are_no_failure() {
    for body in [
        r#"{"business_get_response":{"code":50,"msg":"Remote service error","request_id":"1"}}"#,
        r#"{"code":50,"msg":"Remote service error","request_id":"1"}"#,
        "<business_get_response><code>50</code><msg>Remote service error</msg><request_id>1</request_id></business_get_response>",
    ] {
        let (value, envelope) = tolerant::<Business>(body).unwrap();
        assert_eq!((value.code.as_deref(), value.msg.as_deref()), (Some("50"), Some("Remote service error")));
        assert_eq!(value.request_id.as_deref(), Some("1"), "its own field");
        assert_eq!(envelope.request_id.as_deref(), Some("1"), "and the call's number");
        assert_eq!(envelope.anomalies, []);
    }
}

#[test]
fn the_request_id_is_kept_beside_the_value() {
    for body in [
        json(r#""number":1,"request_id":"5m7u""#),
        json(r#""request_id":"5m7u","number":1"#),
        r#"{"number":1,"request_id":"5m7u"}"#.to_owned(),
        r#"{"kinds_get_response":{"number":1},"request_id":"5m7u"}"#.to_owned(),
        xml("<number>1</number><request_id>5m7u</request_id>"),
    ] {
        let reply = Decoder::new().strict().decode::<Kinds>(body.as_str()).unwrap();
        assert_eq!((reply.value.number, reply.request_id.as_deref()), (Some(1), Some("5m7u")), "{body}");
        assert_eq!(reply.body, body.as_bytes());
    }
    let reply = Decoder::new().decode::<Kinds>(json(r#""object":{"request_id":"no"}"#)).unwrap();
    assert_eq!(reply.request_id, None, "only the root's");
    let reply = Decoder::new().decode::<Kinds>(json(r#""request_id":12"#)).unwrap();
    assert_eq!(reply.request_id.as_deref(), Some("12"));
}

#[test]
fn an_empty_root_is_an_empty_response() {
    for body in [
        r#"{"kinds_get_response":{}}"#,
        r#"{"kinds_get_response":null}"#,
        r#"{"kinds_get_response":""}"#,
        r#"{"kinds_get_response" : [ ] }"#,
        r#"{"kinds_get_response":"null"}"#,
        "<kinds_get_response/>",
        "<kinds_get_response></kinds_get_response>",
        "<kinds_get_response>null</kinds_get_response>",
        "<kinds_get_response>\n <!-- nothing --></kinds_get_response>",
    ] {
        assert_eq!(strict::<Kinds>(body), Kinds::default(), "{body}");
        let reply = Decoder::new().strict().for_format(Format::Json).decode_for::<KindsGet>(body).unwrap();
        assert_eq!(reply.value, Kinds::default(), "{body}");
    }
    let body = r#"{"kinds_get_response":[],"request_id":"5m7u"}"#;
    assert_eq!(Decoder::new().strict().decode_for::<KindsGet>(body).unwrap().request_id.as_deref(), Some("5m7u"));
    // Of another method, as always: an anomaly.
    let reply = Decoder::new().decode_for::<KindsGet>(r#"{"x_response":null}"#).unwrap();
    assert_eq!(reply.anomalies[0].found, "x_response");
}

#[test]
fn a_root_with_content_but_without_members_is_not_a_response() {
    for (body, found) in [
        (r#"{"kinds_get_response":"denied"}"#, "JSON whose root holds no members, `"),
        (r#"{"kinds_get_response":403}"#, "JSON whose root holds no members, `"),
        (r#"{"kinds_get_response":true,"request_id":"5m7u"}"#, "JSON whose root holds no members, `"),
        (r#"{"kinds_get_response":[{"number":1}]}"#, "JSON whose root holds no members, `"),
        ("<kinds_get_response>denied</kinds_get_response>", "XML whose root holds text alone, `"),
    ] {
        match Decoder::new().decode_for::<KindsGet>(body) {
            Err(Error::NotAResponse(error)) => {
                assert!(error.found.starts_with(found), "{body}: {error}");
                assert!(error.advice.contains("may have been executed"), "{body}: {error}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn a_body_without_a_root_is_a_response_only_if_it_may_lack_one() {
    let unrelated = [
        "{}",
        " \n{ } ",
        r#"{"text":null}"#,
        r#"{"code":403,"message":"denied by policy"}"#,
        r#"{"error":"upstream timeout"}"#,
        r#"{"ret":["FAIL_SYS_SESSION_EXPIRED"],"data":{}}"#,
        r#"{"data":{"number":1}}"#,
        r#"{"x_response":"denied by policy"}"#,
        "<a/>",
        "<error>upstream timeout</error>",
        "<kinds_get><number>1</number></kinds_get>",
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
    ];
    for body in unrelated {
        for decoder in
            [Decoder::new(), Decoder::new().for_format(Format::JsonSimplified).for_method("taobao.kinds.get")]
        {
            match decoder.decode::<Kinds>(body) {
                Err(Error::NotAResponse(error)) => {
                    assert!(error.found.ends_with(&format!("`{}`", body.trim())), "{error}");
                    assert!(error.advice.contains("may have been executed"), "{error}");
                }
                other => panic!("{body}: {other:?}"),
            }
        }
    }
    for body in [r#"{"number":1}"#, r#"{"object":{}}"#, r#"{"request_id":"5m7u"}"#, r#"{"x":1,"number":1}"#] {
        Decoder::new().for_format(Format::JsonSimplified).decode::<Kinds>(body).unwrap();
        for format in [Format::Json, Format::Xml] {
            let result = Decoder::new().for_format(format).decode::<Kinds>(body);
            assert!(matches!(result, Err(Error::NotAResponse(_))), "{body}: {result:?}");
        }
    }
    // The call's number may come first.
    let reply = Decoder::new()
        .for_format(Format::Json)
        .decode_for::<KindsGet>(r#"{"request_id":"5m7u","kinds_get_response":{"number":1}}"#);
    let reply = reply.unwrap();
    assert_eq!((reply.value.number, reply.request_id.as_deref()), (Some(1), Some("5m7u")));
}

#[test]
fn a_field_named_like_a_root_is_a_field_where_there_is_no_root() {
    let nested = Some(Nested { code: Some(1) });
    let value = strict::<Business>(r#"{"inner_response":{"code":1},"request_id":"x"}"#);
    assert_eq!((value.inner_response.as_ref(), value.code), (nested.as_ref(), None));
    let value = strict::<Business>(r#"{"inner_response":{"inner_response":{"code":1}}}"#);
    assert_eq!(value.inner_response, nested);
    let decoder = Decoder::new().strict().for_method("taobao.inner");
    let reply = decoder.decode::<Business>(r#"{"inner_response":{"code":"1"},"request_id":"x"}"#).unwrap();
    assert_eq!(reply.value.code.as_deref(), Some("1"));
}

#[test]
fn any_root_is_read_and_a_second_one_is_reported() {
    assert_eq!(strict::<Kinds>("<other_response><number>1</number></other_response>").number, Some(1));
    let (value, anomaly) = one_anomaly(r#"{"x_response":{"number":1},"y_response":{"number":2}}"#);
    assert_eq!((value.number, anomaly.found.as_str()), (Some(1), "y_response"));
}

#[test]
fn the_root_of_another_method_is_reported_if_the_method_is_known() {
    for body in ["<kinds_get_response/>", r#"{"kinds_get_response":{}}"#, r#"{"number":1}"#] {
        Decoder::new().strict().decode_for::<KindsGet>(body).unwrap();
    }
    for body in
        ["<kinds_gets_response><number>1</number></kinds_gets_response>", r#"{"kinds_gets_response":{"number":1}}"#]
    {
        let reply = Decoder::new().decode_for::<KindsGet>(body).unwrap();
        assert_eq!(reply.value.number, Some(1));
        assert_eq!(&*reply.anomalies[0].expected, "the root of a response of `taobao.kinds.get`");
        let error = Decoder::new().strict().decode_for::<KindsGet>(body).unwrap_err();
        assert!(error.to_string().contains("kinds_gets_response"), "{error}");
        assert!(error.to_string().contains("check that the body is a response of this method"), "{error}");
    }
}

#[test]
fn only_a_leading_taobao_is_dropped_from_a_root() {
    use super::super::root::is_root_of;
    for (method, root) in [
        ("taobao.tbk.order.details.get", "tbk_order_details_get_response"),
        ("alibaba.taobao.ud.smart.order.detail.pull", "alibaba_taobao_ud_smart_order_detail_pull_response"),
        ("tmall.selected.items.search", "tmall_selected_items_search_response"),
        ("taobao.miniapp.userInfo.get", "miniapp_userInfo_get_response"),
    ] {
        assert!(is_root_of(root, method), "{root}");
        assert!(!is_root_of(root, "taobao.other.get"));
    }
    assert!(!is_root_of("tbk_order_details_get", "taobao.tbk.order.details.get"));
}

#[test]
fn the_error_of_an_unrelated_body_says_what_it_is_and_what_to_do() {
    for (body, found) in [
        ("", "an empty body"),
        (" \r\n\t", "an empty body"),
        ("\u{FEFF}", "an empty body"),
        ("<!DOCTYPE html><html><head><title>502</title></head></html>", "an HTML page, `<!DOCTYPE html><html>"),
        ("\n<!doctype HTML PUBLIC \"x\"><p>", "an HTML page"),
        ("<html><body>login</body></html>", "an HTML page, `<html><body>login"),
        ("<HTML>", "an HTML page"),
        ("502 Bad Gateway", "neither XML nor JSON, `502 Bad Gateway`"),
        ("\"text\"", "neither XML nor JSON"),
        ("null", "neither XML nor JSON"),
        ("[{\"number\":1}]", "a JSON array"),
        ("jsonp({})", "neither XML nor JSON"),
    ] {
        let Error::NotAResponse(error) = error(body) else { panic!("{body}") };
        assert!(error.found.starts_with(found), "{body}: {}", error.found);
        assert!(!error.advice.is_empty());
    }
    assert!(matches!(Decoder::new().decode::<Kinds>(b"\x1F\x8B\x08gzip".as_slice()), Err(Error::NotAResponse(_))));
}

#[test]
fn the_only_field_of_a_response_without_a_root_may_end_like_a_root() {
    #[derive(Debug, Default, Request)]
    #[top(crate = crate, method = "taobao.business.get", response = Business)]
    struct BusinessGet {}

    let nested = Some(Nested { code: Some(7) });
    for body in [r#"{"inner_response":{"code":7}}"#, r#"{"business_get_response":{"inner_response":{"code":7}}}"#] {
        let value = Decoder::new().strict().decode_for::<BusinessGet>(body).unwrap().value;
        assert_eq!(value.inner_response, nested, "{body}");
    }
}
