//! Benchmarks the clients against their transports alone, over loopback: `cargo bench -p topsdk-tests --bench client`.
//!
//! Both sides send the same number of bytes over a reused connection, to a server that returns the documented response as
//! fast as it can. They alternate within one run, and the output is the ratio of their median times. In addition to the
//! transport's work, the client stamps, signs, encodes and decodes.
//!
//! A third side shows the minimum cost: a program written for this one API, with a key prepared for signing, which encodes
//! and decodes with serde_json alone and has none of a client's features (retry, limits, events, errors without secrets).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on fails"
)]

#[path = "client/by_hand.rs"]
mod by_hand;

use std::{
    hint::black_box,
    net::TcpListener,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
};
use topsdk::{
    Request,
    alibaba::alsc::crm_recharge_dedut_update::{
        AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
    },
    client::{Client, blocking},
    codec::{App, Call, Format},
};

/// The number of turns per side, and the calls per turn. A turn is so short that it usually ends before the machine's other
/// work interrupts it, so that the medians are those of uninterrupted turns.
const TURNS: usize = 2001;
const CALLS: u32 = 16;

fn main() {
    let body = documented_response();
    let gateway = serve(&body);
    println!("{} bytes there, {} bytes back", encoded().len(), body.len());
    assert_eq!(by_hand::Caller::new().form().len(), encoded().len(), "what is written by hand is the same call");
    let mut ratios = Vec::new();
    for (what, sides) in [
        ("blocking", [blocking_client(&gateway), blocking_by_hand(&gateway), blocking_transport(&gateway)]),
        ("async", [async_client(&gateway, 1), async_by_hand(&gateway, 1), async_transport(&gateway, 1)]),
        ("async-16", [async_client(&gateway, 16), async_by_hand(&gateway, 16), async_transport(&gateway, 16)]),
    ] {
        ratios.push((what, compare(what, sides)));
    }
    for (what, [_, by_hand]) in &ratios {
        println!("ratio by-hand/transport@{what} {by_hand:.2}");
    }
    for (what, [client, _]) in &ratios {
        println!("ratio client/transport@{what} {client:.2}");
    }
}

/// Makes this many calls.
type Side = Box<dyn FnMut(u32)>;

/// Returns the ratios of the client and of the hand-written program to the transport.
fn compare(what: &str, mut sides: [Side; 3]) -> [f64; 2] {
    let mut times = [(); 3].map(|()| Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        for (times, side) in times.iter_mut().zip(&mut sides) {
            times.push(timed(side));
        }
    }
    let [client, by_hand, transport] = times.map(median);
    let calls = |time: Duration| f64::from(CALLS) / time.as_secs_f64();
    println!(
        "{what}: {:.0} calls a second by the client, {:.0} by hand, {:.0} by the transport",
        calls(client),
        calls(by_hand),
        calls(transport)
    );
    [client, by_hand].map(|side| side.as_secs_f64() / transport.as_secs_f64())
}

fn timed(side: &mut Side) -> Duration {
    let start = Instant::now();
    side(CALLS);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The documented request.
fn request() -> AlibabaAlscCrmRechargeDedutUpdateRequest {
    let charge = DedutOpenReq::new(DedutOpenReqRequired {
        operator_id: "65673527".to_owned(),
        outer_order_id: "766348726342638".to_owned(),
        request_id: "78sd786a78d678as".to_owned(),
        value: 2000,
        biz_channel: "CS".to_owned(),
    })
    .with_biz_date("2019-07-04T15:32:17".parse().expect("a date"))
    .with_brand_id("3742863742")
    .with_card_id("7328763784623")
    .with_customer_id("76328764276476256")
    .with_remark("撒娇好的")
    .with_shop_id("73527452")
    .with_out_brand_id("12313")
    .with_out_shop_id("3234")
    .with_ext_info(r#"{"payModeId":"WX", "payModeName":"微信"}"#);
    AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge)
}

fn encoded() -> Vec<u8> {
    let app = App::new("12345678", "secret");
    let call = Call::new(&app, "2026-11-24 20:00:00".parse().expect("a date"));
    call.encode(&request()).expect("it can be encoded").into_body()
}

/// The documented response, as JSON.
fn documented_response() -> Vec<u8> {
    use topsdk::client::mock::{Api, Gateway};

    let method = AlibabaAlscCrmRechargeDedutUpdateRequest::METHOD;
    let path = topsdk_tests::root().join(format!("codegen/tests/seed/spec/apis/{method}.json"));
    let spec = std::fs::read_to_string(path).expect("the spec");
    let gateway = Gateway::builder("12345678", "secret").api(Api::from_json(&spec).expect("a spec"));
    let gateway = gateway.listen("127.0.0.1:0").expect("a port");
    let client = blocking::Client::builder("12345678", "secret").gateway(gateway.url());
    client.build().expect("a client").execute(&request(), None).expect("the documented response").body
}

/// Starts a server that returns this body for each request. One thread serves all connections: with a thread per
/// connection, the threads would run on different cores, which would favour one side.
fn serve(body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let address = format!("http://{}/router/rest", listener.local_addr().expect("an address"));
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        runtime().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                stream.set_nodelay(true).expect("a socket without delay");
                tokio::spawn(answer_all(stream, Arc::clone(&answer)));
            }
        });
    });
    address
}

async fn answer_all(mut stream: TcpStream, answer: Arc<Vec<u8>>) {
    let mut received = Vec::with_capacity(4096);
    loop {
        let mut whole = None;
        while whole.is_none_or(|whole| received.len() < whole) {
            match stream.read_buf(&mut received).await {
                Ok(1..) => whole = whole.or_else(|| length(&received)),
                _ => return,
            }
        }
        received.clear();
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Returns the length of a request once its head is complete.
fn length(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let lines = std::str::from_utf8(&received[..head]).expect("a head of ASCII").lines();
    let mut fields = lines.filter_map(|line| line.split_once(": "));
    let (_, body) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length")).expect("a length");
    Some(head + 4 + body.parse::<usize>().expect("a number"))
}

fn blocking_client(gateway: &str) -> Side {
    let builder = blocking::Client::builder("12345678", "secret").format(Format::Json).no_proxy();
    let client = builder.gateway(gateway).build().expect("a client");
    let request = request();
    Box::new(move |calls| {
        for _ in 0..calls {
            black_box(client.execute(&request, None).expect("a reply"));
        }
    })
}

/// Returns a ureq agent with the same settings as the client's.
fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_global(Some(Duration::from_secs(60)))
        .user_agent("topsdk/0.1.0")
        .accept("text/xml,text/javascript")
        .proxy(None);
    config.build().into()
}

fn blocking_by_hand(gateway: &str) -> Side {
    let (agent, gateway, caller) = (agent(), gateway.to_owned(), by_hand::Caller::new());
    Box::new(move |calls| {
        for _ in 0..calls {
            let request = agent.post(&gateway).content_type("application/x-www-form-urlencoded;charset=utf-8");
            let mut answer = request.send(caller.form()).expect("an answer");
            black_box(by_hand::read(&answer.body_mut().read_to_vec().expect("a body")));
        }
    })
}

fn blocking_transport(gateway: &str) -> Side {
    let (agent, gateway, bytes) = (agent(), gateway.to_owned(), encoded());
    Box::new(move |calls| {
        for _ in 0..calls {
            let request = agent.post(&gateway).content_type("application/x-www-form-urlencoded;charset=utf-8");
            let mut answer = request.send(&bytes).expect("an answer");
            black_box(answer.body_mut().read_to_vec().expect("a body"));
        }
    })
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Makes calls on one thread, this many at a time.
fn at_a_time<F, C>(tasks: u32, call: F) -> Side
where
    F: Fn() -> C + Clone + Send + 'static,
    C: Future<Output = ()> + Send,
{
    let runtime = runtime();
    Box::new(move |calls| {
        runtime.block_on(async {
            let all: Vec<_> = (0..tasks)
                .map(|task| {
                    let call = call.clone();
                    let calls = calls / tasks + u32::from(task < calls % tasks);
                    tokio::spawn(async move {
                        for _ in 0..calls {
                            call().await;
                        }
                    })
                })
                .collect();
            for one in all {
                one.await.expect("no call fails");
            }
        });
    })
}

fn async_client(gateway: &str, tasks: u32) -> Side {
    let builder = Client::builder("12345678", "secret").format(Format::Json).no_proxy();
    let client = builder.pool(32, Duration::from_secs(15)).gateway(gateway).build().expect("a client");
    let request = Arc::new(request());
    at_a_time(tasks, move || {
        let (client, request) = (client.clone(), Arc::clone(&request));
        async move {
            black_box(client.execute(&*request, None).await.expect("a reply"));
        }
    })
}

/// Returns a reqwest client with the same settings as the client's.
fn reqwest_client() -> reqwest::Client {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/xml,text/javascript"))]);
    let roots = rustls::RootCertStore::empty();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .user_agent("topsdk/0.1.0")
        .default_headers(headers)
        .connect_timeout(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(15))
        .no_proxy()
        .build()
        .expect("a client")
}

fn async_by_hand(gateway: &str, tasks: u32) -> Side {
    let (client, gateway) = (reqwest_client(), Arc::<str>::from(gateway));
    let caller = Arc::new(by_hand::Caller::new());
    at_a_time(tasks, move || {
        let (client, gateway, caller) = (client.clone(), Arc::clone(&gateway), Arc::clone(&caller));
        async move {
            let request = client
                .post(&*gateway)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded;charset=utf-8")
                .timeout(Duration::from_secs(60))
                .body(caller.form());
            let answer = request.send().await.expect("an answer");
            black_box(by_hand::read(&answer.bytes().await.expect("a body")));
        }
    })
}

fn async_transport(gateway: &str, tasks: u32) -> Side {
    let client = reqwest_client();
    let (gateway, bytes): (Arc<str>, Arc<[u8]>) = (gateway.into(), encoded().into());
    at_a_time(tasks, move || {
        let (client, gateway, bytes) = (client.clone(), Arc::clone(&gateway), Arc::clone(&bytes));
        async move {
            let request = client
                .post(&*gateway)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded;charset=utf-8")
                .timeout(Duration::from_secs(60))
                .body(bytes.to_vec());
            let answer = request.send().await.expect("an answer");
            black_box(answer.bytes().await.expect("a body").to_vec());
        }
    })
}
