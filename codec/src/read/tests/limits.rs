//! Bodies made to hurt.

use super::{Inner, Kinds, Own, json, strict, xml};
use crate::{Decoder, Error, LimitError};

fn limit(decoder: &Decoder, body: &str) -> LimitError {
    match decoder.decode::<Kinds>(body) {
        Err(Error::Limit(error)) => *error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_million_nested_elements_end_in_the_depth_error() {
    const MANY: usize = 1_000_000;
    for body in [
        "<a_response>".repeat(MANY),
        xml(&"<self>".repeat(MANY)),
        xml(&"<unknown>".repeat(MANY)),
        xml(&format!("<text>{}", "<unknown>".repeat(MANY))),
        json(&format!(r#""self":{}"#, r#"{"self":"#.repeat(MANY))),
        json(&format!(r#""self":{{"list":{}"#, r#"[{"list":"#.repeat(MANY))),
        json(&format!(r#""unknown":{}"#, "[".repeat(MANY))),
        json(&format!(r#""text":{}"#, r#"{"a":"#.repeat(MANY))),
        json(&format!(r#""json":{}"#, "[".repeat(MANY))),
        json(&format!(r#""objects":{}"#, "[".repeat(MANY))),
        json(&format!(r#""objects":{}"#, r#"{"x":"#.repeat(MANY))),
        r#"{"a_response":"#.repeat(MANY),
    ] {
        let error = limit(&Decoder::new(), &body);
        assert_eq!((error.what, error.limit, error.setter), ("levels of nesting", 128, "with_max_depth"));
    }
}

#[test]
fn the_deepest_that_can_be_allowed_fits_into_a_threads_stack() {
    let decoder = Decoder::new().with_max_depth(usize::MAX);
    for depth in [Decoder::DEEPEST - 2, 1_000_000] {
        for body in [
            xml(&format!("{}{}", "<self>".repeat(depth), "</self>".repeat(depth))),
            json(&format!(r#""self":{}1{}"#, r#"{"self":"#.repeat(depth), "}".repeat(depth)).replace(":1", ":null")),
            json(
                &format!(
                    r#""self":{{"list":{}1{}}}"#,
                    r#"[{"list":"#.repeat(depth / 2 - 1),
                    "}]".repeat(depth / 2 - 1)
                )
                .replace(":1", ":null"),
            ),
        ] {
            let body = body.as_str();
            let decoder = &decoder;
            // What threads get by default, tokio's among them.
            let result = std::thread::scope(|scope| {
                let thread = std::thread::Builder::new().stack_size(2 << 20);
                thread.spawn_scoped(scope, || decoder.decode::<Kinds>(body).map(drop)).unwrap().join().unwrap()
            });
            assert_eq!(result.is_ok(), depth < Decoder::DEEPEST, "{result:?}");
        }
    }
}

#[test]
fn each_limit_has_a_setter_and_lets_just_so_much_pass() {
    let nested = |depth: usize| json(&format!(r#""json":{}{}"#, "[".repeat(depth), "]".repeat(depth)));
    assert!(Decoder::new().with_max_depth(10).decode::<Kinds>(nested(8)).is_ok());
    assert_eq!(limit(&Decoder::new().with_max_depth(10), &nested(9)).path, "json");

    let body = json(r#""numbers":[1,2,3],"texts":["a"]"#);
    assert!(Decoder::new().with_max_list(4).decode::<Kinds>(body.as_str()).is_ok());
    let error = limit(&Decoder::new().with_max_list(3), &body);
    assert_eq!((error.what, error.path.as_str()), ("list items", "texts"));
    let error = limit(&Decoder::new().with_max_list(1), &xml("<objects><a/><a/></objects>"));
    assert_eq!((error.what, error.path.as_str()), ("list items", "objects"));

    assert!(Decoder::new().with_max_body(body.len()).decode::<Kinds>(body.as_str()).is_ok());
    let error = limit(&Decoder::new().with_max_body(body.len() - 1), &body);
    assert_eq!(
        error.to_string(),
        format!(
            "the response has more than {} bytes; if it is genuine, raise the limit with `with_max_body`",
            body.len() - 1
        )
    );
}

#[test]
fn the_default_limits_are_those_of_the_documentation() {
    let nested = |depth: usize| json(&format!(r#""json":{}{}"#, "[".repeat(depth), "]".repeat(depth)));
    assert!(Decoder::new().decode::<Kinds>(nested(126)).is_ok());
    assert_eq!(limit(&Decoder::new(), &nested(127)).limit, 128);
    let body = " ".repeat((64 << 20) + 1);
    assert_eq!(limit(&Decoder::new(), &body).limit, 64 << 20);
}

#[test]
fn many_objects_of_one_list_are_read_in_order() {
    let items: Vec<String> = (0..10_000).map(|id| format!("<inner><id>{id}</id></inner>")).collect();
    let from_xml = strict::<Kinds>(&xml(&format!("<objects>{}</objects>", items.concat())));
    assert!(from_xml.objects.iter().map(|object| object.id).eq((0..10_000).map(Some)));
    assert_eq!(from_xml.objects[9_999], Inner { id: Some(9_999), name: None });
}

#[test]
fn a_type_that_contains_itself_is_read_to_its_depth() {
    let own = strict::<Own>(r#"{"id":1,"self":{"id":2,"list":[{"id":3}]},"list":{"own":[{"self":{"id":4}}]}}"#);
    assert_eq!(own.itself.as_ref().unwrap().list[0].id, Some(3));
    assert_eq!(own.list[0].itself.as_ref().unwrap().id, Some(4));
}
