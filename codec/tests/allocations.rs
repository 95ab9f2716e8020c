//! What a decode allocates: the texts and lists of its result, and for XML the stack of open elements, which grows with
//! their depth and with nothing else.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use allocation_counter::{AllocationInfo, measure};
use topsdk_codec::{Date, Decimal, Decoder, Object, Record, Response};

#[derive(Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
struct Answer {
    text: Option<String>,
    number: Option<i64>,
    date: Option<Date>,
    decimal: Option<Decimal>,
    numbers: Vec<i64>,
    inner: Option<Inner>,
    list: Vec<Inner>,
}

#[derive(Debug, Default, PartialEq, Object)]
#[top(crate = topsdk_codec)]
struct Inner {
    id: Option<i64>,
    name: Option<String>,
}

/// What quick-xml allocates for the names of elements that are open, one inside the other; JSON needs none.
fn stack(body: &str, names: &[&str]) -> u64 {
    if !body.starts_with('<') {
        return 0;
    }
    let open: String = names.iter().map(|name| format!("<{name}>")).collect();
    let close: String = names.iter().rev().map(|name| format!("</{name}>")).collect();
    decoded::<Nothing>(&(open + &close)).1.count_total
}

#[derive(Debug, Default, PartialEq, Response)]
#[top(crate = topsdk_codec)]
struct Nothing {}

fn decoded<R: Record>(body: &str) -> (R, AllocationInfo) {
    let decoder = Decoder::new().with_max_body(usize::MAX);
    let mut value = R::default();
    let info = measure(|| {
        let envelope = decoder.decode_into(body.as_bytes(), &mut value).unwrap();
        assert_eq!((envelope.anomalies, envelope.request_id), (vec![], None));
    });
    (value, info)
}

#[test]
fn each_text_and_each_list_is_one_allocation_and_nothing_else_is() {
    for body in [
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?><a_response>\n<text>小明</text> <number>1</number>\
         <date>2019-08-08 15:15:41</date><decimal>12.00</decimal><unknown>x</unknown>\
         <numbers list=\"true\"><number>1</number><number>2</number></numbers>\
         <inner><id>1</id><name>n</name></inner>\
         <list><inner><id>2</id><name>m</name></inner><inner/></list></a_response><!--top-->",
        r#"{"a_response": {"text":"小明","number":"1","date":"2019-08-08 15:15:41","decimal":"12.00",
            "unknown":{"a":["x",{}]},"numbers":{"number":[1,2]},"inner":{"id":1,"name":"n"},
            "list":{"inner":[{"id":2,"name":"m"},{}]}}}"#,
        r#"{"list":[{"name":"m","id":2},{}],"inner":{"name":"n","id":"1"},"numbers":["1",2],"decimal":12.00,
            "date":1565248541000,"number":1,"text":"小明"}"#,
    ] {
        let (value, info) = decoded::<Answer>(body);
        assert_eq!(value.list.len(), 2);
        assert_eq!(value.date.unwrap().to_string(), "2019-08-08T15:15:41");
        // Three texts and two lists.
        assert_eq!(info.count_total - stack(body, &["a_response", "numbers", "number"]), 5, "{body}");
    }
}

/// Reporting undocumented members costs an allocation only where it is on.
#[test]
fn undocumented_members_cost_nothing_unless_they_are_reported() {
    const MEMBERS: usize = 200;
    let xml = |unknown: &str| format!("<a_response><number>1</number>{}</a_response>", unknown.repeat(MEMBERS));
    let json = |unknown: &str| format!(r#"{{"a_response":{{{}"number":1}}}}"#, unknown.repeat(MEMBERS));
    for (without, with) in [(xml(""), xml("<more>text</more>")), (json(""), json(r#""more":{"a":["b",1]},"#))] {
        let allocated = |body: &str, reports: bool| {
            let decoder = Decoder::new().report_unknown(reports);
            let mut value = Answer::default();
            let mut listed = 0;
            let info = measure(|| listed = decoder.decode_into(body.as_bytes(), &mut value).unwrap().unknown.len());
            assert_eq!((value.number, listed), (Some(1), if reports && body == with { MEMBERS } else { 0 }));
            info.count_total
        };
        // The stack of open elements grows once where there are deeper ones, whatever their number.
        let stack = stack(&with, &["a_response", "more"]) - stack(&without, &["a_response", "number"]);
        assert_eq!(allocated(&with, false), allocated(&without, false) + stack, "{}", &with[..40]);
        assert_eq!(allocated(&without, true), allocated(&without, false));
        assert!(allocated(&with, true) > MEMBERS as u64);
    }
}

#[test]
fn a_text_of_64_mib_is_one_allocation() {
    const LENGTH: usize = 64 << 20;
    const PART: usize = LENGTH / 16;
    let plain = "x".repeat(LENGTH);
    for (body, length) in [
        (format!("<a_response><text>{plain}</text></a_response>"), LENGTH),
        (format!("<a_response><text>&lt;{}&#23567;</text></a_response>", &plain[..PART]), PART + 4),
        (format!("<a_response><text>{}</text></a_response>", "&amp;".repeat(PART / 5)), PART / 5),
        (format!(r#"{{"a_response":{{"text":"{plain}"}}}}"#), LENGTH),
        (format!(r#"{{"text":"{}"}}"#, "\\n".repeat(PART / 2)), PART / 2),
    ] {
        let (value, info) = decoded::<Answer>(&body);
        assert_eq!(value.text.unwrap().len(), length);
        assert_eq!(info.count_total - stack(&body, &["a_response", "text"]), 1, "{}", &body[..40]);
        assert!(info.bytes_max <= LENGTH as u64 + 256);
    }
}

#[test]
fn skipped_members_allocate_next_to_nothing() {
    let unknown = "<u><v>x &amp; y</v><v/></u>".repeat(1_000);
    let body = format!("<a_response><unknown>{unknown}</unknown></a_response>");
    let (_, info) = decoded::<Answer>(&body);
    assert_eq!(
        info.count_total,
        stack(&body, &["a_response", "unknown", "u", "v"]),
        "nothing but the names of the elements that are open"
    );
    let unknown = r#"{"u":[{"v":"x\n"},[]]},"#.repeat(1_000);
    let (_, info) = decoded::<Answer>(&format!(r#"{{"a_response":{{"unknown":[{unknown}1]}}}}"#));
    assert_eq!(info.count_total, 0);
}
