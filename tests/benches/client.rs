//! The clients against the transports alone, over loopback: `cargo bench -p topsdk-tests --bench client`.
//!
//! Both sides send the same number of bytes over a connection that is kept, to a server that answers the documented
//! response as fast as it can, and take turns in one run; what is printed is the ratio of their median times. The
//! client stamps, signs, encodes and decodes on top of what the transport does.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and one that cannot go on fails"
)]

use std::{
    hint::black_box,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::runtime::Runtime;
use topsdk::{
    Request,
    alibaba::alsc::crm_recharge_dedut_update::{AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq},
    client::{Client, blocking},
    codec::{App, Call, Format},
};

/// How often the two sides take turns, and how many calls a turn has.
const TURNS: usize = 301;
const CALLS: u32 = 50;

fn main() {
    let body = documented_response();
    let gateway = serve(&body);
    println!("{} bytes there, {} bytes back", encoded().len(), body.len());
    let mut ratios = Vec::new();
    for (what, ours, theirs) in [
        ("blocking", blocking_client(&gateway), blocking_transport(&gateway)),
        ("async", async_client(&gateway, 1), async_transport(&gateway, 1)),
        ("async-16", async_client(&gateway, 16), async_transport(&gateway, 16)),
    ] {
        ratios.push((what, compare(what, ours, theirs)));
    }
    for (what, ratio) in ratios {
        println!("ratio client/transport@{what} {ratio:.2}");
    }
}

/// Makes so many calls.
type Side = Box<dyn FnMut(u32)>;

fn compare(what: &str, mut ours: Side, mut theirs: Side) -> f64 {
    let mut times = (Vec::with_capacity(TURNS), Vec::with_capacity(TURNS));
    for _ in 0..TURNS {
        times.0.push(timed(&mut ours));
        times.1.push(timed(&mut theirs));
    }
    let (ours, theirs) = (median(times.0), median(times.1));
    let calls = |time: Duration| f64::from(CALLS) / time.as_secs_f64();
    println!("{what}: {:.0} calls a second by the client, {:.0} by the transport", calls(ours), calls(theirs));
    ours.as_secs_f64() / theirs.as_secs_f64()
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
    let charge = DedutOpenReq::new("65673527", "766348726342638", "78sd786a78d678as", 2000, "CS")
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
    let path = topsdk_tests::root().join(format!("spec/apis/{method}.json"));
    let spec = std::fs::read_to_string(path).expect("the spec");
    let gateway = Gateway::builder("12345678", "secret").api(Api::from_json(&spec).expect("a spec"));
    let gateway = gateway.listen("127.0.0.1:0").expect("a port");
    let client = blocking::Client::builder("12345678", "secret").gateway(gateway.url());
    client.build().expect("a client").execute(&request(), None).expect("the documented response").body
}

/// A server that answers each request with this body, on a thread for each connection.
fn serve(body: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/router/rest", listener.local_addr().expect("an address"));
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript;charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, answer) = (stream.expect("a connection"), Arc::clone(&answer));
            thread::spawn(move || answer_all(stream, &answer));
        }
    });
    address
}

fn answer_all(mut stream: TcpStream, answer: &[u8]) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    let mut body = Vec::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok()?;
                }
                Some(_) => {}
                None if line == "\r\n" => break,
                None => {}
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
        stream.write_all(answer).ok()?;
    }
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

fn blocking_transport(gateway: &str) -> Side {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_global(Some(Duration::from_secs(60)))
        .user_agent("topsdk/0.1.0")
        .accept("text/xml,text/javascript")
        .proxy(None);
    let agent: ureq::Agent = config.build().into();
    let (gateway, bytes) = (gateway.to_owned(), encoded());
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

/// Makes calls on one thread, so many at a time.
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

fn async_transport(gateway: &str, tasks: u32) -> Side {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/xml,text/javascript"))]);
    let roots = rustls::RootCertStore::empty();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("a version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .user_agent("topsdk/0.1.0")
        .default_headers(headers)
        .connect_timeout(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(15))
        .no_proxy()
        .build()
        .expect("a client");
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
