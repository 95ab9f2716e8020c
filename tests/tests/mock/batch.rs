//! Several requests in one call.

use topsdk_client::mock::{Gateway, Outcome};

use crate::wire::{Answer, Parameters, SEED, api, builder, request, seed};

const TIME: &str = "taobao.time.get";

fn gateway() -> Gateway {
    let time = r#","response":[{"name":"time","type":"Date","example":"2016-01-01 12:00:00"}]"#;
    let user = r#","auth":"required","request":[{"name":"fields","type":"String","required":true}]"#;
    builder().api(seed()).api(api(TIME, time)).api(api("taobao.user.get", user)).listen("127.0.0.1:0").unwrap()
}

fn send(gateway: &Gateway, body: &str, headers: &str) -> Answer {
    let query = Parameters::public().signed_with(body.as_bytes()).form();
    let headers = format!("Content-Type: text/plain;charset=UTF-8\r\n{headers}");
    request(gateway, "POST", &format!("/router/batch?{query}"), &headers, body.as_bytes())
}

#[test]
fn each_request_has_its_response_or_error_in_order() {
    let gateway = gateway();
    let body = format!(
        "method={TIME}\r\n-S-\r\nmethod=taobao.user.get&session=x&fields=a%20b\r\n-S-\r\nmethod=taobao.user.get&fields=a\r\n-S-\r\n\
         method=taobao.user.get&session=x\r\n-S-\r\nN\r\n-S-\r\nmethod=no.such\r\n-S-\r\nmethod={TIME}&x=%FF"
    );
    let answer = send(&gateway, &body, "");
    let answers: Vec<&str> = answer.text().split("\r\n-S-\r\n").collect();
    assert_eq!(answers.len(), 7, "{}", answer.text());
    assert!(
        answers[0].starts_with(r#"{"time_get_response":{"time":"2016-01-01 12:00:00","request_id":"#),
        "{}",
        answers[0]
    );
    assert!(answers[1].starts_with(r#"{"user_get_response":{"#));
    for (index, code) in [(2, 26), (3, 40), (4, 21), (5, 22), (6, 47)] {
        assert!(answers[index].starts_with(&format!(r#"{{"error_response":{{"code":{code},"#)), "{}", answers[index]);
    }
    let calls = gateway.calls();
    assert_eq!((gateway.count(), calls.len()), (1, 7));
    assert_eq!(calls[1].parameter("fields"), Some("a b"));
    assert_eq!((&calls[1].outcome, calls[1].number), (&Outcome::Done, 1));
    assert!(calls[3].outcome == Outcome::Refused { code: 40, msg: "Missing Required Arguments:fields".to_owned() });
}

#[test]
fn common_parameters_come_first_and_the_separator_may_differ() {
    let gateway = gateway();
    let body = format!("#PUBLIC#method=taobao.user.get&session=x||fields=a||N||method={TIME}");
    let answer = send(&gateway, &body, "top-api-separator: ||\r\n");
    let answers: Vec<&str> = answer.text().split("||").collect();
    assert!(answers[0].starts_with(r#"{"user_get_response""#), "{answers:?}");
    assert!(answers[1].contains(r#""code":40,"msg":"Missing Required Arguments:fields""#), "{answers:?}");
    assert!(answers[2].starts_with(r#"{"time_get_response""#) && answers.len() == 3, "{answers:?}");
}

#[test]
fn an_invalid_call_refuses_the_whole_batch() {
    let gateway = gateway();
    let query = Parameters::public().signed_with(b"method=a").form();
    let answer = request(&gateway, "POST", &format!("/router/batch?{query}"), "", b"method=b");
    assert_eq!(answer.error(), (25, "Invalid Signature".to_owned()));
    let query = Parameters::public().signed().form();
    let answer = request(&gateway, "POST", &format!("/router/batch?{query}"), "", b"method=b");
    assert_eq!(answer.error().0, 25);
    assert_eq!(gateway.last_call().unwrap().notes, ["the body is not signed: it belongs behind the parameters"]);
    assert_eq!(send(&gateway, "", "").error(), (41, "Invalid Arguments:body".to_owned()));
    let line = format!("method={TIME}");
    let of = |count| vec![line.as_str(); count].join("\r\n-S-\r\n");
    assert_eq!(send(&gateway, &of(20), "").text().split("\r\n-S-\r\n").count(), 20);
    assert_eq!(send(&gateway, &of(21), "").error(), (41, "Invalid Arguments:body".to_owned()));
    // Requests cannot be called on the address of single calls.
    let query = Parameters::public().signed_with(SEED.as_bytes()).form();
    assert_eq!(
        request(&gateway, "POST", &format!("/router/rest?{query}"), "Content-Type: text/plain\r\n", SEED.as_bytes())
            .error()
            .0,
        21
    );
}
