//! What is answered: the documented example in the format asked for, or what the user wants.

use std::fs;
use std::io::Read;

use topsdk_codec::dynamic::{DynamicObject, DynamicType};
use topsdk_codec::{Decoder, Format};

use crate::wire::{Parameters, SEED, api, builder, post, post_as, request, seed};

/// The three formats, as parameters.
const FORMATS: [(Format, &str, Option<&str>); 3] =
    [(Format::Xml, "xml", None), (Format::Json, "json", None), (Format::JsonSimplified, "json", Some("true"))];

fn asked(method: &str, format: &str, simplify: Option<&str>) -> Parameters {
    let parameters = Parameters::of(method).with("format", format);
    simplify.into_iter().fold(parameters, |parameters, simplify| parameters.with("simplify", simplify)).signed()
}

#[test]
fn the_documented_example_is_returned_in_each_format() {
    let api = seed();
    let gateway = builder().api(api.clone()).listen("127.0.0.1:0").unwrap();
    let types = DynamicType::response(&api);
    let mut documented = DynamicObject::new(&types);
    Decoder::new().strict().decode_into(api.samples.xml.as_deref().unwrap().as_bytes(), &mut documented).unwrap();
    let mut numbers = Vec::new();
    for (format, word, simplify) in FORMATS {
        let answer = post(&gateway, &asked(SEED, word, simplify));
        let mut value = DynamicObject::new(&types);
        let envelope = Decoder::new().strict().for_method(SEED).decode_into(&answer.body, &mut value).unwrap();
        assert_eq!(value, documented, "{format:?}");
        let type_of = if format == Format::Xml { "text/xml;charset=UTF-8" } else { "text/javascript;charset=UTF-8" };
        assert_eq!(answer.headers["content-type"], type_of);
        assert_eq!(answer.headers["top-bodylength"], answer.body.len().to_string());
        assert_eq!(answer.headers["server"], "Tengine");
        assert!(answer.headers.contains_key("location-host") && answer.headers.contains_key("application-host"));
        numbers.push(envelope.request_id.unwrap());
        assert_eq!(gateway.last_call().unwrap().request_id, numbers[numbers.len() - 1]);
        assert_eq!(gateway.last_call().unwrap().notes, [""; 0]);
        match format {
            Format::Xml => {
                assert!(answer.text().starts_with("<?xml version=\"1.0\" encoding=\"utf-8\" ?><alibaba_alsc_"));
                assert!(answer.text().ends_with("_response><!--top.mock-->"));
            }
            Format::Json => assert!(answer.text().contains("\"after_property_list\":{")),
            Format::JsonSimplified => assert!(answer.text().contains("\"after_property_list\":[{")),
        }
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 3);
    // XML is what comes where nothing is asked for.
    let answer = post(&gateway, &Parameters::of(SEED).without("format").signed());
    assert!(answer.text().starts_with("<?xml"));
    // `1` is not `true` (docs/protocol.md section 5.4).
    assert!(post(&gateway, &asked(SEED, "json", Some("1"))).text().contains("\"after_property_list\":{"));
}

#[test]
fn a_response_is_compressed_if_the_client_accepts_it() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    let parameters = asked(SEED, "json", None);
    let plain = post(&gateway, &parameters);
    let target = format!("/router/rest?{}", parameters.form());
    let packed = request(&gateway, "GET", &target, "Accept-Encoding: deflate, gzip\r\n", b"");
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert_eq!(packed.headers["top-bodylength"], plain.body.len().to_string());
    let mut unpacked = String::new();
    flate2::read::GzDecoder::new(&*packed.body).read_to_string(&mut unpacked).unwrap();
    assert!(packed.body.len() < plain.body.len() && unpacked.len() == plain.body.len());
    assert!(unpacked.contains("7627347265"));
}

#[test]
fn a_response_without_a_readable_sample_is_made_from_the_table() {
    let members = r#","response":[{"name":"time","type":"Date","example":"2016-01-01 12:00:00"}],
        "samples":{"json":"{\"time_get_response\":{\"time\":xxx}}"}"#;
    let gateway = builder().api(api("taobao.time.get", members)).listen("127.0.0.1:0").unwrap();
    for (_, word, simplify) in FORMATS {
        let answer = post(&gateway, &asked("taobao.time.get", word, simplify));
        assert!(answer.text().contains("2016-01-01 12:00:00") && answer.text().contains("time_get_response"));
        let notes = gateway.last_call().unwrap().notes.join("");
        assert!(
            notes.starts_with("made from the sample values of the page's table: its ")
                || notes.starts_with("made from the sample values of the page's table: it has no"),
            "{notes}"
        );
    }
}

#[test]
fn responses_from_a_folder_are_read_again_for_each_call() {
    let folder = tempfile::tempdir().unwrap();
    let responses = folder.path().join("responses");
    fs::create_dir(&responses).unwrap();
    let gateway = builder().api(seed()).responses(&responses).listen("127.0.0.1:0").unwrap();
    let ask = |word| post(&gateway, &asked(SEED, word, None)).text().to_owned();
    assert!(ask("json").contains("7627347265"));

    let file = responses.join(format!("{SEED}.json"));
    fs::write(&file, r#"{"alibaba_x_response":{"result":{"biz_success":false}}}"#).unwrap();
    assert_eq!(ask("json"), r#"{"alibaba_x_response":{"result":{"biz_success":false}}}"#);
    assert!(ask("xml").contains("_response><result><biz_success>false</biz_success></result></"), "{}", ask("xml"));

    fs::write(&file, r#"{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isv.x"}}"#).unwrap();
    assert!(ask("json").contains(r#""sub_code":"isv.x""#));
    let xml = ask("xml");
    assert!(xml.contains("<error_response><code>15</code>") && xml.contains("<sub_code>isv.x</sub_code>"), "{xml}");

    fs::write(responses.join(format!("{SEED}.xml")), "<x_response>").unwrap();
    assert_eq!(ask("xml"), "<x_response>");
    fs::write(&file, "not a response").unwrap();
    assert_eq!(ask("json"), "not a response");
    fs::write(&file, b"\xFF").unwrap();
    assert!(ask("json").contains("isp.remote-service-error"));
    assert!(gateway.last_call().unwrap().notes.join("").contains("cannot be read"));

    // One byte too many; half of a response would be another one.
    fs::File::create(&file).unwrap().set_len((64 << 20) + 1).unwrap();
    assert!(ask("json").contains("isp.remote-service-error"));
    assert!(gateway.last_call().unwrap().notes.join("").contains("has more than 67108864 bytes"));

    // A method that only the folder knows.
    fs::write(responses.join("my.own.method.json"), "{}").unwrap();
    assert_eq!(post(&gateway, &asked("my.own.method", "json", None)).text(), "{}");
}

#[test]
fn a_method_cannot_leave_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let responses = folder.path().join("responses");
    fs::create_dir(&responses).unwrap();
    fs::create_dir(responses.join("below")).unwrap();
    for file in ["secret.json", "responses/below/secret.json", "responses/.secret.json"] {
        fs::write(folder.path().join(file), "{}").unwrap();
    }
    let gateway = builder().responses(&responses).listen("127.0.0.1:0").unwrap();
    let absolute = folder.path().join("secret");
    let mut methods = vec!["../secret", "below/secret", ".secret", "..\\secret", "secret\0", "below", ""];
    methods.push(absolute.to_str().unwrap());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("secret.json"), responses.join("link.json")).unwrap();
        methods.push("link");
    }
    for method in methods {
        let code = post(&gateway, &asked(method, "json", None)).error().0;
        assert!(matches!(code, 21 | 22), "{method:?}: {code}");
    }
}

#[test]
fn a_program_replaces_responses_of_a_running_gateway() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    gateway.respond("taobao.time.get", r#"{"time_get_response":{"time":"now"}}"#);
    let answer = post(&gateway, &asked("taobao.time.get", "json", None));
    assert_eq!(answer.text(), r#"{"time_get_response":{"time":"now"}}"#);
    assert_eq!(gateway.last_call().unwrap().notes, ["answered with what the program says"]);
    // A method that nobody documents can be given parameters of any kind, but they are signed all the same.
    let form = asked("taobao.time.get", "json", None).with("x", "y").form();
    assert_eq!(post_as(&gateway, "application/x-www-form-urlencoded", "", form.as_bytes()).error().0, 25);
}
