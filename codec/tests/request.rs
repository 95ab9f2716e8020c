//! Requests to bodies: forms, multipart, batches, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod form;
mod seed;

use form::decode;
use topsdk_codec::{
    App, Call, Date, Decimal, EncodeError, Encoded, File, Format, Json, Object, Request, Response, Session, SignMethod,
    batch::{BatchBody, BatchResponses, split},
};

const TIME: &str = "2026-11-23 20:00:00";

fn app() -> App {
    App::new("12345678", "helloworld")
}

fn encode(request: &impl Request) -> Result<Encoded, EncodeError> {
    Call::new(&app(), TIME.parse().unwrap()).encode(request)
}

fn form(request: &impl Request) -> Vec<(String, String)> {
    let encoded = encode(request).unwrap();
    assert_eq!(encoded.query(), "");
    let fields = decode(std::str::from_utf8(encoded.body()).unwrap());
    let public = ["method", "app_key", "timestamp", "v", "sign_method", "sign", "format"];
    fields.into_iter().filter(|(name, _)| !public.contains(&name.as_str())).collect()
}

/// The parameter's text: the values of the page's Java sample as JSON.
const SEED_PARAMETER: &str = concat!(
    r#"{"biz_date":"2019-07-04 15:32:17","brand_id":"3742863742","card_id":"7328763784623","#,
    r#""customer_id":"76328764276476256","operator_id":"65673527","outer_order_id":"766348726342638","#,
    r#""remark":"撒娇好的","request_id":"78sd786a78d678as","shop_id":"73527452","value":2000,"biz_channel":"CS","#,
    r#""out_brand_id":"12313","out_shop_id":"3234","#,
    r#""ext_info":"{\"payModeId\":\"WX\", \"payModeName\":\"微信\"}"}"#,
);

#[test]
fn the_documented_request_is_one_form_with_one_json_parameter_in_all_sign_methods() {
    // The digests are Python's hashlib and hmac over the string to sign below.
    for (method, digest) in [
        (SignMethod::Md5, "205A0933635FA80E3B83CA315FC077A9"),
        (SignMethod::Hmac, "73D37D21EF84A4574D1D6744696F4E8A"),
        (SignMethod::HmacSha256, "B5511938BB628AA96E70DAA30850FF7E8F0F7FB5F1B6256F766B68BC1BD52581"),
    ] {
        let app = app();
        let encoded = Call::new(&app, TIME.parse().unwrap()).sign_method(method).encode(&seed::request()).unwrap();
        assert_eq!(
            encoded.string_to_sign(),
            format!(
                "app_key12345678formatjsonmethodalibaba.alsc.crm.recharge.dedut.update\
                 param_dedut_open_req{SEED_PARAMETER}sign_method{method}timestamp2026-11-23 20:00:00v2.0"
            )
        );
        assert_eq!(encoded.sign(), digest);
        assert_eq!(encoded.content_type(), "application/x-www-form-urlencoded;charset=utf-8");
        assert_eq!(encoded.query(), "");
        let body = std::str::from_utf8(encoded.body()).unwrap();
        assert!(body.starts_with(&format!(
            "app_key=12345678&format=json&method=alibaba.alsc.crm.recharge.dedut.update&sign={digest}\
             &sign_method={method}&timestamp=2026-11-23+20%3A00%3A00&v=2.0&param_dedut_open_req=%7B%22biz_date%22%3A%222019-07-04+15%3A32%3A17%22"
        )));
        assert!(body.contains("%22remark%22%3A%22%E6%92%92%E5%A8%87%E5%A5%BD%E7%9A%84%22"));
        let (name, value) = decode(body).pop().unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("param_dedut_open_req", SEED_PARAMETER));
    }
}

#[derive(Default, Object)]
#[top(crate = ::topsdk_codec)]
struct Item {
    #[top(required)]
    price: Option<Decimal>,
    ids: Vec<i64>,
    names: Vec<String>,
    created: Option<Date>,
    raw: Option<Json>,
    on_sale: Option<bool>,
    inner: Vec<Item>,
    photo: Option<File>,
    r#box: Option<Box<Item>>,
}

#[derive(Default, Request)]
#[top(crate = ::topsdk_codec, method = "taobao.test.add", response = Answer)]
struct TestAdd {
    text: Option<String>,
    #[top(required)]
    number: Option<i64>,
    flag: Option<bool>,
    date: Option<Date>,
    price: Option<Decimal>,
    json: Option<Json>,
    photo: Option<File>,
    texts: Vec<String>,
    numbers: Vec<i64>,
    flags: Vec<bool>,
    dates: Vec<Date>,
    prices: Vec<Decimal>,
    item: Option<Item>,
    items: Vec<Item>,
    #[top(name = "RequestId")]
    request_id: Option<String>,
}

#[derive(Default, Response)]
#[top(crate = ::topsdk_codec)]
struct Answer {}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn minimal() -> TestAdd {
    TestAdd { number: Some(1), ..TestAdd::default() }
}

#[test]
fn every_type_has_its_documented_text() {
    let item = || Item {
        price: Some(decimal("12.00")),
        ids: vec![1, -2],
        names: vec!["a,b".into(), String::new()],
        created: Some(date("2024-09-01 00:00:00.123")),
        raw: Some(Json::new(r#"{"a":1}"#)),
        on_sale: Some(false),
        inner: vec![Item { price: Some(decimal("0")), ..Item::default() }],
        photo: None,
        r#box: Some(Box::new(Item { price: Some(decimal("-0.10")), ..Item::default() })),
    };
    let request = TestAdd {
        text: Some("a b/\"\u{1}\u{8}\n\\😀".into()),
        number: Some(i64::MIN),
        flag: Some(true),
        date: Some(date("2024-09-01T23:59:59.999999999")),
        price: Some(decimal("9.10")),
        json: Some(Json::new("[1, 2]")),
        photo: None,
        texts: vec!["x".into(), String::new(), "y z".into()],
        numbers: vec![i64::MAX, 0],
        flags: vec![true, false],
        dates: vec![date("0099-01-02"), date("2024-02-29 01:02:03")],
        prices: vec![decimal("1"), decimal("2.50")],
        item: Some(Item { price: Some(decimal("1")), names: vec!["/\u{1F}\t".into()], ..Item::default() }),
        items: vec![item(), item()],
        request_id: Some("r".into()),
    };
    let object = concat!(
        r#"{"price":"12.00","ids":[1,-2],"names":["a,b",""],"created":"2024-09-01 00:00:00","raw":"{\"a\":1}","#,
        r#""on_sale":false,"inner":[{"price":"0"}],"box":{"price":"-0.10"}}"#,
    );
    let expected = [
        ("RequestId", "r"),
        ("date", "2024-09-01 23:59:59"),
        ("dates", "0099-01-02 00:00:00,2024-02-29 01:02:03"),
        ("flag", "true"),
        ("flags", "true,false"),
        ("item", r#"{"price":"1","names":["/\u001F\t"]}"#),
        ("items", &format!("[{object},{object}]")),
        ("json", "[1, 2]"),
        ("number", "-9223372036854775808"),
        ("numbers", "9223372036854775807,0"),
        ("price", "9.10"),
        ("prices", "1,2.50"),
        ("text", "a b/\"\u{1}\u{8}\n\\😀"),
        ("texts", "x,,y z"),
    ];
    let form = form(&request);
    assert_eq!(form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
    serde_json::from_str::<serde_json::Value>(expected[6].1).unwrap();
}

#[test]
fn empty_values_are_not_sent_but_blanks_and_empty_objects_are() {
    let request = TestAdd {
        text: Some(String::new()),
        json: Some(Json::new("")),
        texts: vec![String::new()],
        items: Vec::new(),
        ..minimal()
    };
    assert_eq!(form(&request), [("number".to_owned(), "1".to_owned())]);
    assert_eq!(encode(&request).unwrap().sign(), encode(&minimal()).unwrap().sign());

    let request = TestAdd { text: Some(" ".into()), ..minimal() };
    assert_eq!(form(&request)[1], ("text".to_owned(), " ".to_owned()));

    #[derive(Default, Request)]
    #[top(crate = ::topsdk_codec, method = "taobao.test.get", response = Answer)]
    struct TestGet {
        param: Option<Answer>,
    }
    assert_eq!(form(&TestGet { param: Some(Answer {}) }), [("param".to_owned(), "{}".to_owned())]);
}

#[test]
fn public_parameters_are_sent_as_chosen() {
    let (app, session) = (app(), Session::new("6100e23"));
    let call = Call::new(&app, TIME.parse().unwrap())
        .session(&session)
        .format(Format::JsonSimplified)
        .sign_method(SignMethod::Md5)
        .partner_id("top-apitools")
        .target_app_key("4272");
    let encoded = call.encode(&minimal()).unwrap();
    let fields = decode(std::str::from_utf8(encoded.body()).unwrap());
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "app_key",
            "format",
            "method",
            "partner_id",
            "session",
            "sign",
            "sign_method",
            "simplify",
            "target_app_key",
            "timestamp",
            "v",
            "number"
        ]
    );
    for (name, value) in [("session", "6100e23"), ("simplify", "true"), ("format", "json"), ("target_app_key", "4272")]
    {
        assert!(fields.contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    let xml = call.format(Format::Xml).encode(&minimal()).unwrap();
    let fields = decode(std::str::from_utf8(xml.body()).unwrap());
    assert!(fields.contains(&("format".to_owned(), "xml".to_owned())));
    assert!(!fields.iter().any(|(name, _)| name == "simplify"));
}

#[test]
fn everything_missing_is_one_error_with_every_path_in_documented_order() {
    let mut request = seed::request();
    let inner = request.param_dedut_open_req.as_mut().unwrap();
    inner.operator_id = None;
    inner.value = None;
    inner.biz_channel = Some(String::new());
    let error = encode(&request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`alibaba.alsc.crm.recharge.dedut.update` requires parameters that are not set: \
         param_dedut_open_req.operator_id, param_dedut_open_req.value"
    );

    let request = TestAdd {
        item: Some(Item { r#box: Some(Box::default()), ..Item::default() }),
        items: vec![
            Item { price: Some(decimal("1")), ..Item::default() },
            Item { price: Some(decimal("1")), inner: vec![Item::default()], ..Item::default() },
        ],
        ..TestAdd::default()
    };
    let Err(EncodeError::Missing { method, paths }) = encode(&request) else { panic!() };
    assert_eq!(method, "taobao.test.add");
    assert_eq!(paths, ["number", "item.price", "item.box.price", "items[1].inner[0].price"]);
}

#[test]
fn a_required_field_of_an_absent_object_is_not_missing_but_a_required_empty_text_is() {
    assert!(encode(&seed::DedutUpdateRequest::default()).is_ok());

    #[derive(Default, Request)]
    #[top(crate = ::topsdk_codec, method = "taobao.test.get", response = Answer)]
    struct TestGet {
        #[top(required)]
        text: Option<String>,
        #[top(required)]
        list: Vec<String>,
        #[top(required)]
        file: Option<File>,
    }
    let request = TestGet { text: Some(String::new()), list: vec![String::new()], file: None };
    let Err(EncodeError::Missing { paths, .. }) = encode(&request) else { panic!() };
    assert_eq!(paths, ["text", "list", "file"]);
    let request =
        TestGet { text: Some("a".into()), list: vec!["b".into()], file: Some(File::new("empty.txt", Vec::new())) };
    assert!(encode(&request).is_ok());
}

#[test]
fn a_parameter_with_a_name_of_the_protocol_is_refused_where_it_holds_something() {
    #[derive(Default, Request)]
    #[top(crate = ::topsdk_codec, method = "taobao.test.get", response = Answer)]
    struct TestGet {
        method: Option<String>,
        sign: Option<File>,
        simplify: Option<bool>,
        target_app_key: Vec<i64>,
    }
    assert!(encode(&TestGet::default()).is_ok());
    for (request, name) in [
        (TestGet { method: Some("x".into()), ..TestGet::default() }, "method"),
        (TestGet { sign: Some(File::new("a", *b"b")), ..TestGet::default() }, "sign"),
        (TestGet { simplify: Some(true), ..TestGet::default() }, "simplify"),
        (TestGet { target_app_key: vec![1], ..TestGet::default() }, "target_app_key"),
    ] {
        assert_eq!(encode(&request).unwrap_err(), EncodeError::Reserved { name: name.into() });
    }
}

#[test]
fn an_invalid_value_is_an_error_with_its_path() {
    let request = TestAdd { texts: vec!["a".into(), "b,c".into()], ..minimal() };
    assert_eq!(
        encode(&request).unwrap_err().to_string(),
        r#"texts[1]: the item "b,c" contains a comma, which separates items: split it into two items"#
    );
    let file = Item { price: Some(decimal("1")), photo: Some(File::new("a", *b"b")), ..Item::default() };
    let request = TestAdd { items: vec![file], ..minimal() };
    assert_eq!(encode(&request).unwrap_err(), EncodeError::File { path: "items[0].photo".into() });
    let request = TestAdd { date: Some(date("-000001-01-01")), ..minimal() };
    assert_eq!(
        encode(&request).unwrap_err().to_string(),
        "date: -000001-01-01T00:00:00 cannot be written as yyyy-MM-dd HH:mm:ss"
    );
}

#[test]
fn a_value_nested_deeper_than_any_reader_goes_is_refused() {
    let nested = |depth: usize| {
        let mut item = Item { price: Some(decimal("1")), ..Item::default() };
        for _ in 1..depth {
            item = Item { price: Some(decimal("1")), r#box: Some(Box::new(item)), ..Item::default() };
        }
        TestAdd { item: Some(item), ..minimal() }
    };
    assert!(encode(&nested(128)).is_ok());
    let Err(EncodeError::Depth { path }) = encode(&nested(129)) else { panic!() };
    assert_eq!(path, format!("item{}", ".box".repeat(128)));
}

#[test]
fn files_are_parts_and_the_public_parameters_are_the_query() {
    let request = TestAdd {
        text: Some("a&b 小".into()),
        photo: Some(File::new("照片 \"1\"\r\nX-Evil: 1.jpg", *b"\xFF\xD8\r\n--\0").with_content_type("image/jpeg")),
        ..minimal()
    };
    let encoded = encode(&request).unwrap();
    let query = decode(encoded.query());
    assert_eq!(
        query.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["app_key", "format", "method", "sign", "sign_method", "timestamp", "v"]
    );
    let boundary = encoded.content_type().strip_prefix("multipart/form-data;charset=UTF-8;boundary=").unwrap();
    assert!(boundary.len() <= 70 + 6 && boundary.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{boundary}");
    let mut expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"number\"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n1\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\na&b 小\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"照片 %221%22%0D%0AX-Evil: 1.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    )
    .into_bytes();
    expected.extend_from_slice(b"\xFF\xD8\r\n--\0\r\n--");
    expected.extend_from_slice(boundary.as_bytes());
    expected.extend_from_slice(b"--\r\n");
    assert_eq!(String::from_utf8_lossy(encoded.body()), String::from_utf8_lossy(&expected));
    assert_eq!(encoded.body(), expected);
    assert!(encoded.string_to_sign().contains("texta&b 小timestamp"));
    assert!(!encoded.string_to_sign().contains("photo"));
    assert_eq!(encode(&request).unwrap().body(), encoded.body());
}

#[test]
fn a_file_on_disk_leaves_its_place_in_the_body() {
    let with = |photo: File| TestAdd { photo: Some(photo.with_content_type("image/jpeg")), ..minimal() };
    let app = app();
    let call = Call::new(&app, TIME.parse().unwrap());
    let encode = |photo| call.encode_with_files(TestAdd::METHOD, &with(photo)).unwrap();
    let (in_memory, none) = encode(File::new("a.jpg", *b"bytes of the photo"));
    assert_eq!(none, []);

    let (encoded, files) = encode(File::on_disk("photos/a.jpg"));
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!((file.parameter.as_str(), file.path.to_str()), ("photo", Some("photos/a.jpg")));
    let mut whole = encoded.body().to_vec();
    whole.splice(file.offset..file.offset, *b"bytes of the photo");
    assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(in_memory.body()));
    assert_eq!((encoded.content_type(), encoded.query()), (in_memory.content_type(), in_memory.query()));

    let refused = call.encode(&with(File::on_disk("photos/a.jpg"))).unwrap_err();
    assert_eq!(refused, EncodeError::OnDisk { path: "photo".into() });
    assert!(
        encode(File::on_disk("photos/a.jpg").with_name("b.png")).0.body().windows(7).any(|name| name == b"\"b.png\"")
    );
}

#[test]
fn a_boundary_that_occurs_in_a_part_is_not_taken() {
    // The signature does not cover files, so the boundary of the first call is known to whoever makes the second's.
    let with = |bytes: &[u8]| TestAdd { photo: Some(File::new("a.jpg", bytes)), ..minimal() };
    let boundary = |encoded: &Encoded| encoded.content_type().split_once("boundary=").unwrap().1.to_owned();
    let first = boundary(&encode(&with(b"")).unwrap());
    let second = boundary(&encode(&with(format!("x{first}").as_bytes())).unwrap());
    let third = boundary(&encode(&with(format!("{first} {second}").as_bytes())).unwrap());
    assert_eq!((second, third), (format!("{first}-1"), format!("{first}-2")));
}

#[test]
fn a_file_that_would_break_its_header_is_refused() {
    for (file, what) in [
        (File::new("", *b"x"), "photo: a file needs a name: the platform takes a part without one as text"),
        (
            File::new("a", *b"x").with_content_type("image/jpeg\r\nX-Evil: 1"),
            "photo: the file's type cannot stand in a header: use one such as image/jpeg",
        ),
        (
            File::new("a", *b"x").with_content_type(""),
            "photo: the file's type cannot stand in a header: use one such as image/jpeg",
        ),
    ] {
        assert_eq!(encode(&TestAdd { photo: Some(file), ..minimal() }).unwrap_err().to_string(), what);
    }
}

#[test]
fn requests_of_one_api_in_a_batch_name_it_once() {
    let mut batch = BatchBody::new();
    assert_eq!(batch.encode(&Call::new(&app(), TIME.parse().unwrap())).unwrap_err(), EncodeError::EmptyBatch);
    batch.push(&seed::DedutUpdateRequest::default(), None).unwrap();
    let app = app();
    let call = Call::new(&app, TIME.parse().unwrap());
    assert_eq!(batch.encode(&call).unwrap().body(), b"method=alibaba.alsc.crm.recharge.dedut.update");
    batch.push(&seed::request(), Some(&Session::new("t/1"))).unwrap();
    batch.push(&seed::DedutUpdateRequest::default(), Some(&Session::new(""))).unwrap();
    let encoded = batch.encode(&call).unwrap();
    let body = std::str::from_utf8(encoded.body()).unwrap();
    let lines: Vec<_> = body.split("\r\n-S-\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0], "#PUBLIC#method=alibaba.alsc.crm.recharge.dedut.update");
    assert_eq!((lines[1], lines[3]), ("N", "N"));
    assert_eq!(
        decode(lines[2]),
        [("param_dedut_open_req".to_owned(), SEED_PARAMETER.to_owned()), ("session".to_owned(), "t/1".to_owned())]
    );
    assert_eq!(encoded.content_type(), "text/plain;charset=UTF-8");
    assert!(decode(encoded.query()).iter().all(|(name, _)| name != "method" && name != "session"));
}

#[test]
fn a_request_that_a_batch_cannot_take_leaves_it_as_it_was() {
    let mut batch = BatchBody::new();
    let file = TestAdd { photo: Some(File::new("a", *b"b")), ..minimal() };
    assert_eq!(batch.push(&file, None).unwrap_err(), EncodeError::File { path: "photo".into() });
    assert!(matches!(batch.push(&TestAdd::default(), None), Err(EncodeError::Missing { .. })));
    assert!(batch.is_empty());
}

#[test]
fn a_batch_response_has_one_part_per_request_or_is_one_error() {
    let body = b"{\"a\":1}\r\n-S-\r\n\r\n-S-\r\n<b/>";
    assert_eq!(split(body, 3), BatchResponses::Each(vec![b"{\"a\":1}".as_slice(), b"", b"<b/>"]));
    assert_eq!(split(body, 2), BatchResponses::Whole(body));
    assert_eq!(split(body, 4), BatchResponses::Whole(body));
    assert_eq!(split(body, 0), BatchResponses::Whole(body));
    assert_eq!(split(b"{}", 1), BatchResponses::Each(vec![b"{}".as_slice()]));
    assert_eq!(split(b"", 1), BatchResponses::Each(vec![b"".as_slice()]));
}

#[test]
fn nothing_shows_a_secret_or_a_session() {
    let (app, session) = (App::new("12345678", "S3CRET"), Session::new("T0KEN"));
    let call = Call::new(&app, TIME.parse().unwrap()).session(&session);
    let form = call.encode(&seed::request()).unwrap();
    let file = TestAdd { photo: Some(File::new("a", *b"b")), ..minimal() };
    let multipart = call.encode(&file).unwrap();
    assert!(multipart.query().contains("T0KEN") && form.string_to_sign().contains("T0KEN"));
    for shown in [
        format!("{app:?} {app:#?}"),
        format!("{session:?} {session:#?}"),
        format!("{call:?} {call:#?}"),
        format!("{form:?} {form:#?}"),
        format!("{multipart:?}"),
    ] {
        assert!(!shown.contains("S3CRET") && !shown.contains("T0KEN") && !shown.contains("65673527"), "{shown}");
    }
}
