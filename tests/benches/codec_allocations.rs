//! Counts the allocations of the codec and of serde: `cargo bench -p topsdk-tests --bench codec_allocations`.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and one that cannot go on fails")]

#[path = "codec/subjects.rs"]
mod subjects;

use allocation_counter::measure;
use subjects::{Bodies, Rooted, TradesResponse, UpdateResponse, list, seed, serdes};
use topsdk_codec::{Decoder, ListView, Object, Record, View};

fn main() {
    count::<UpdateResponse, serdes::UpdateResponse>("seed", &seed());
    count::<TradesResponse, serdes::TradesResponse>("list", &list());
}

fn count<R: Record, S: serde::de::DeserializeOwned>(subject: &str, bodies: &Bodies) {
    let decode = |body: &str| {
        let mut value = R::default();
        let info = measure(|| drop(Decoder::new().decode_into(body.as_bytes(), &mut value)));
        (value, info)
    };
    let (value, xml) = decode(&bodies.xml);
    let (_, json) = decode(&bodies.json);
    let xml_serde = measure(|| drop(quick_xml::de::from_reader::<_, S>(bodies.xml.as_bytes())));
    let json_serde = measure(|| drop(serde_json::from_slice::<Rooted<S>>(bodies.json.as_bytes())));
    println!("needed@{subject} {} (the texts and lists of the result)", needed(&value));
    for (what, info) in
        [("xml-decode", xml), ("json-decode", json), ("xml-serde", xml_serde), ("json-serde", json_serde)]
    {
        println!("allocations {what}@{subject} {} ({} bytes)", info.count_total, info.bytes_total);
    }
}

/// Returns the number of texts and lists in an object, each of which needs an allocation.
fn needed(object: &dyn Object) -> usize {
    let views = (0..object.schema().names.len()).map(|index| object.view(index));
    views
        .map(|view| match view {
            View::String(_) | View::Json(_) => 1,
            View::Object(object) => needed(object),
            View::List(list) if list.is_empty() => 0,
            View::List(ListView::Object(list)) => {
                1 + (0..list.len()).filter_map(|index| list.get(index)).map(needed).sum::<usize>()
            }
            View::List(ListView::String(list)) => 1 + list.len(),
            View::List(_) => 1,
            _ => 0,
        })
        .sum()
}
