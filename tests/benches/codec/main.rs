//! Benchmarks the codec against tokenisers and serde readers of its formats: `cargo bench -p topsdk-tests --bench codec`.
//!
//! Both sides of a ratio alternate within one run. The last lines of output are the ratios of their medians, `ratio WHAT
//! VALUE`; a ratio beyond its bound fails the run. `--bench codec_allocations` measures the allocations of each side, in a
//! separate process, because counting takes time.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on fails"
)]

mod subjects;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use quick_xml::{Reader, events::Event};
use serde::de::DeserializeOwned;
use subjects::{Bodies, Rooted, TradesResponse, UpdateResponse, list, seed, serdes};
use topsdk_codec::{
    App, Call, Date, Decoder, Object, Record, Request, Response,
    write::{JsonForm, response_json},
};

#[derive(Clone, Debug, Default, Request)]
#[top(crate = topsdk_codec, method = "alibaba.alsc.crm.recharge.dedut.update", response = UpdateResponse)]
struct UpdateRequest {
    param_dedut_open_req: Option<DedutOpenReq>,
}

#[derive(Clone, Debug, Default, Object)]
#[top(crate = topsdk_codec)]
struct DedutOpenReq {
    biz_date: Option<Date>,
    brand_id: Option<String>,
    card_id: Option<String>,
    customer_id: Option<String>,
    #[top(required)]
    operator_id: Option<String>,
    #[top(required)]
    outer_order_id: Option<String>,
    remark: Option<String>,
    #[top(required)]
    request_id: Option<String>,
    shop_id: Option<String>,
    #[top(required)]
    value: Option<i64>,
    #[top(required)]
    biz_channel: Option<String>,
    out_brand_id: Option<String>,
    out_shop_id: Option<String>,
    ext_info: Option<String>,
}

/// Returns the documented request, with the values of the Java sample.
fn documented_request() -> UpdateRequest {
    let text = |text: &str| Some(text.to_owned());
    UpdateRequest {
        param_dedut_open_req: Some(DedutOpenReq {
            biz_date: Some("2019-07-04T15:32:17".parse().expect("a date")),
            brand_id: text("3742863742"),
            card_id: text("7328763784623"),
            customer_id: text("76328764276476256"),
            operator_id: text("65673527"),
            outer_order_id: text("766348726342638"),
            remark: text("撒娇好的"),
            request_id: text("78sd786a78d678as"),
            shop_id: text("73527452"),
            value: Some(2000),
            biz_channel: text("CS"),
            out_brand_id: text("12313"),
            out_shop_id: text("3234"),
            ext_info: text(r#"{"payModeId":"WX", "payModeName":"微信"}"#),
        }),
    }
}

/// The number of turns per side, and the length of a turn. A turn is so short that it usually ends before the machine's
/// other work interrupts it, so that the medians are those of uninterrupted turns.
const TURNS: usize = 1001;
const TURN: Duration = Duration::from_micros(200);

/// The bounds of each ratio, for the seed and for the list.
const BOUNDS: [(&str, Bound); 9] = [
    ("xml-decode/tokenize@seed", Bound::AtMost(1.5)),
    ("xml-decode/tokenize@list", Bound::AtMost(1.9)),
    ("xml-serde/xml-decode@seed", Bound::AtLeast(2.6)),
    ("xml-serde/xml-decode@list", Bound::AtLeast(1.7)),
    ("json-decode/json-serde@seed", Bound::AtMost(0.75)),
    ("json-decode/json-serde@list", Bound::AtMost(0.85)),
    ("json-encode/json-serde@seed", Bound::AtMost(1.0)),
    ("json-encode/json-serde@list", Bound::AtMost(1.0)),
    ("encode-sign/hmac@seed", Bound::AtMost(3.5)),
];

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Bound::AtMost(bound) => ratio <= bound,
            Bound::AtLeast(bound) => ratio >= bound,
        }
    }
}

fn main() {
    let mut ratios = Vec::new();
    measure::<UpdateResponse, serdes::UpdateResponse>("seed", &seed(), UpdateRequest::METHOD, &mut ratios);
    measure::<TradesResponse, serdes::TradesResponse>("list", &list(), "taobao.trades.sold.get", &mut ratios);
    measure_request(&mut ratios);
    let mut missed = Vec::new();
    for (what, ratio) in ratios {
        match BOUNDS.iter().find(|(bounded, _)| *bounded == what) {
            Some((_, bound)) if bound.holds(ratio) => {}
            Some((_, Bound::AtMost(bound))) => missed.push(format!("{what} {ratio:.2}, at most {bound}")),
            Some((_, Bound::AtLeast(bound))) => missed.push(format!("{what} {ratio:.2}, at least {bound}")),
            None => missed.push(format!("{what} has no bound")),
        }
        println!("ratio {what} {ratio:.2}");
    }
    assert!(missed.is_empty(), "beyond its bound: {missed:?}");
}

fn measure<R, S>(subject: &str, bodies: &Bodies, method: &str, ratios: &mut Vec<(String, f64)>)
where
    R: Response + Clone + PartialEq + std::fmt::Debug,
    S: DeserializeOwned + serde::Serialize,
{
    let (xml, json) = (bodies.xml.as_bytes(), bodies.json.as_bytes());
    println!("{subject}: {} bytes of XML, {} bytes of JSON", xml.len(), json.len());
    let value = decode::<R>(xml);
    assert_eq!(value, decode::<R>(json), "both formats give one value");
    let serde_value: S = quick_xml::de::from_str(&bodies.xml).expect("serde reads the XML");
    assert_eq!(
        serde_json::to_value(&serde_value).expect("it can be written"),
        serde_json::to_value(from_json::<S>(json)).expect("it can be written"),
    );

    let mut add = |what: &str, ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()| {
        let what = format!("{what}@{subject}");
        let ratio = compare(&what, ours, theirs);
        ratios.push((what, ratio));
    };
    let mut xml_decode = || drop(black_box(decode::<R>(black_box(xml))));
    add("xml-decode/tokenize", &mut xml_decode, &mut || tokenize(black_box(xml)));
    let mut xml_serde = || drop(black_box(quick_xml::de::from_reader::<_, S>(black_box(xml))));
    add("xml-serde/xml-decode", &mut xml_serde, &mut xml_decode);
    let mut json_decode = || drop(black_box(decode::<R>(black_box(json))));
    add("json-decode/json-serde", &mut json_decode, &mut || drop(black_box(from_json::<S>(black_box(json)))));
    add(
        "json-encode/json-serde",
        &mut || drop(black_box(response_json(black_box(&value), method, JsonForm::Normal))),
        &mut || drop(black_box(serde_json::to_string(black_box(&serde_value)))),
    );
}

fn measure_request(ratios: &mut Vec<(String, f64)>) {
    let app = App::new("12345678", "helloworld");
    let call = Call::new(&app, "2016-01-01T12:00:00".parse().expect("a date"));
    let request = documented_request();
    let text = call.encode(&request).expect("it can be written").string_to_sign().to_owned();
    let mut encode = || drop(black_box(call.encode(black_box(&request))));
    let mut hmac = || {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(black_box(b"helloworld")).expect("any key does");
        mac.update(black_box(text.as_bytes()));
        black_box(mac.finalize());
    };
    let what = "encode-sign/hmac@seed";
    ratios.push((what.to_owned(), compare(what, &mut encode, &mut hmac)));
}

fn decode<R: Record>(body: &[u8]) -> R {
    let mut value = R::default();
    Decoder::new().decode_into(body, &mut value).expect("it can be read");
    value
}

fn from_json<S: DeserializeOwned>(json: &[u8]) -> S {
    serde_json::from_slice::<Rooted<S>>(json).expect("serde reads the JSON").root
}

/// Runs quick-xml's bare event loop.
fn tokenize(xml: &[u8]) {
    let mut reader = Reader::from_reader(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => drop(black_box(event)),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Returns the ratio of the medians of two alternating sides.
fn compare(what: &str, ours: &mut dyn FnMut(), theirs: &mut dyn FnMut()) -> f64 {
    let rounds = [rounds(ours), rounds(theirs)];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        times[0].push(time(ours, rounds[0]));
        times[1].push(time(theirs, rounds[1]));
    }
    let [ours, theirs] = times.map(median);
    println!("{what}: {ours:.0} ns to {theirs:.0} ns");
    ours / theirs
}

/// Returns how many rounds fill a turn.
fn rounds(side: &mut dyn FnMut()) -> u32 {
    let mut rounds = 1;
    loop {
        let start = Instant::now();
        for _ in 0..rounds {
            side();
        }
        if start.elapsed() >= TURN {
            return rounds;
        }
        rounds *= 2;
    }
}

/// Returns the nanoseconds per round.
fn time(side: &mut dyn FnMut(), rounds: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..rounds {
        side();
    }
    start.elapsed().as_nanos() as f64 / f64::from(rounds)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
