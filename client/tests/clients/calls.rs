//! What goes out with a call and what comes back.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use topsdk_client::{Client, blocking as blocking_client};
use topsdk_codec::{Format, Session, SignMethod, dynamic};

use crate::{
    both::{Kind, NOW, Options, SECRET, request, twins},
    gateway::{Gateway, Received, ok},
    seed,
};

twins! {
    the_documented_request_is_answered_with_the_documented_response
    the_gateway_can_verify_the_signature
    the_settings_of_the_builder_are_sent
    default_settings_are_those_that_the_documentation_advises
    nothing_is_sent_where_a_parameter_is_missing
    an_api_known_only_at_run_time_is_called_the_same
    many_threads_share_a_client
}

fn the_documented_request_is_answered_with_the_documented_response<K: Kind>() {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" ?>{}<!--top011184081134.na62-->",
        seed::documented_xml().replace("</result></", "</result><request_id>5m7u</request_id></")
    );
    let gateway = Gateway::responding(&body);
    let client = K::build(K::at(&gateway.address).format(Format::Xml)).unwrap();
    let reply = client.execute(&seed::request(), Some(&Session::new("T0KEN"))).unwrap();
    assert_eq!(reply.value, seed::response());
    assert_eq!(reply.request_id.as_deref(), Some("5m7u"));
    assert_eq!(reply.body, body.as_bytes());
    assert_eq!(reply.attempts, 1);
    assert!(reply.anomalies.is_empty() && !reply.time.is_zero());

    let received = gateway.only();
    assert_eq!(received.line, "POST /router/rest HTTP/1.1");
    assert_eq!(received.header("content-type"), Some("application/x-www-form-urlencoded;charset=utf-8"));
    assert_eq!(received.header("accept-encoding"), Some("gzip"));
    assert_eq!(received.header("accept"), Some("text/xml,text/javascript"));
    assert_eq!(received.header("user-agent"), Some("topsdk/0.1.0"));
    assert_eq!(received.field("session").as_deref(), Some("T0KEN"));
    assert_eq!(received.field("format").as_deref(), Some("xml"));
    assert_eq!(received.field("app_key").as_deref(), Some("12345678"));
    assert!(received.field("param_dedut_open_req").unwrap().contains(r#""remark":"撒娇好的""#));
}

fn the_gateway_can_verify_the_signature<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    K::build(K::at(&gateway.address)).unwrap().execute(&request(), None).unwrap();
    let received = gateway.only();
    assert_eq!(received.field("sign"), Some(signature(&received)));
    assert_eq!(received.field("session"), None);
}

/// The signature by hmac-sha256, made without the library.
pub(crate) fn signature(received: &Received) -> String {
    let mut fields = received.fields();
    fields.sort();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    for (name, value) in fields.iter().filter(|(name, _)| name != "sign") {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02X}")).collect()
}

fn the_settings_of_the_builder_are_sent<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let builder = K::at(&gateway.address)
        .format(Format::JsonSimplified)
        .sign_method(SignMethod::Md5)
        .partner_id("p4rtner")
        .target_app_key("t4rget")
        .user_agent("shop/7")
        .gzip(false);
    let client = K::build(builder).unwrap();
    client.execute(&request(), None).unwrap();
    client.execute_with(&request(), None, &Options::new().target_app_key("other")).unwrap();
    let received = gateway.received();
    let field = |name: &str| received[0].field(name).unwrap_or_default();
    assert_eq!((field("format"), field("simplify")), ("json".into(), "true".into()));
    assert_eq!((field("sign_method"), field("sign").len()), ("md5".into(), 32));
    assert_eq!((field("partner_id"), field("target_app_key")), ("p4rtner".into(), "t4rget".into()));
    assert_eq!(received[0].header("user-agent"), Some("shop/7"));
    assert!(received[0].header("accept-encoding").is_none_or(|encoding| encoding == "identity"));
    assert_eq!(received[1].field("target_app_key").as_deref(), Some("other"));
}

fn default_settings_are_those_that_the_documentation_advises<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    K::build(K::new().gateway(&*gateway.address).no_proxy()).unwrap().execute(&request(), None).unwrap();
    let received = gateway.only();
    let names: Vec<_> = received.fields().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["app_key", "format", "method", "sign", "sign_method", "timestamp", "v"]);
    let field = |name: &str| received.field(name).unwrap();
    assert_eq!(
        (field("format"), field("sign_method"), field("v")),
        ("json".into(), "hmac-sha256".into(), "2.0".into())
    );
    assert_eq!(received.header("accept-encoding"), Some("gzip"));
    assert_eq!(received.header("host"), gateway.address.split('/').nth(2));
    let shown = format!("{:?}", K::build(K::new()).unwrap());
    assert!(shown.contains("Endpoint(https://eco.taobao.com/router/rest)"), "{shown}");
}

fn nothing_is_sent_where_a_parameter_is_missing<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let mut request = seed::request();
    request.param_dedut_open_req.as_mut().unwrap().operator_id = None;
    let error = K::build(K::at(&gateway.address)).unwrap().execute(&request, None).unwrap_err();
    assert!(error.to_string().contains("param_dedut_open_req.operator_id"), "{error}");
    assert!(!error.may_have_been_executed() && !error.is_retryable());
    assert_eq!(gateway.connections(), 0);
}

fn an_api_known_only_at_run_time_is_called_the_same<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let mut types = dynamic::DynamicType::new("");
    types.field(dynamic::DynamicType::ROOT, "time", dynamic::Kind::String);
    let (request, mut answer) = (dynamic::DynamicObject::new(&types), dynamic::DynamicObject::new(&types));
    let reply = match K::build(K::at(&gateway.address)).unwrap() {
        crate::both::Caller::Blocking(client) => client.execute_object("taobao.time.get", &request, &mut answer, None),
        crate::both::Caller::Async(client, runtime) => {
            runtime.block_on(client.execute_object("taobao.time.get", &request, &mut answer, None))
        }
    };
    assert_eq!(reply.unwrap().request_id.as_deref(), Some("5m7u"));
    assert_eq!(format!("{answer:?}"), r#"{"time": Some("now")}"#);
    assert_eq!(gateway.only().field("method").as_deref(), Some("taobao.time.get"));
}

fn many_threads_share_a_client<K: Kind>() {
    // Each gets its own answer: the gateway echoes a parameter.
    let gateway = Gateway::new(|_, received| {
        ok(format!(r#"{{"time_get_response":{{"time":"{}"}}}}"#, received.field("text").unwrap()))
    });
    let client = K::build(K::at(&gateway.address)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                for call in 0..25 {
                    let text = format!("{thread}/{call}");
                    let asked = crate::both::TimeGetRequest { text: Some(text.clone()), file: None };
                    assert_eq!(client.execute(&asked, None).unwrap().value.time, Some(text));
                }
            });
        }
    });
    assert_eq!(gateway.received().len(), 200);
}

#[test]
fn clients_and_their_futures_go_between_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    fn is_sent<T: Send>(_: T) {}
    is_shared::<Client>();
    is_shared::<blocking_client::Client>();
    let client = Client::builder("key", "secret").build().unwrap();
    is_sent(client.execute(&request(), None));
    is_sent(client.execute_batch(&topsdk_client::Batch::new()));
}
