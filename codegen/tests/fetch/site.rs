//! A site on a real socket that imitates the document endpoint, and fails on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) const EXPIRED: &str = r#"{"success":false,"code":"500","data":{},"msg":"页面已过期，请刷新重试！"}"#;
pub(crate) const BLOCKED: &str =
    r#"{"ret":["RGV587_ERROR::SM::哎哟喂,被挤爆啦,请稍后重试"],"data":{"url":"https://x.example/punish"}}"#;
pub(crate) const CAPTCHA: &str = r#"{"action":"captcha","url":"https://x.example/_____tmd_____/punish"}"#;
pub(crate) const PUNISHED: &str =
    "<!DOCTYPE html><html><head><script src=\"/_____tmd_____/x.js\"></script></head><body></body></html>";

/// A document in its envelope, as the endpoint gives it.
pub(crate) fn document(id: u64, method: &str, field: &str) -> String {
    document_with(id, method, field, "")
}

/// The same, with more members.
pub(crate) fn document_with(id: u64, method: &str, field: &str, more: &str) -> String {
    format!(
        r#"{{"success":true,"code":"200","data":{{"id":{id},"name":"{method}","apiChineseName":"测试","description":"页面",{more}"gmtModified":1700000000000,"labels":[],"requestParams":[{{"name":"{field}","type":"String","required":true,"demoValue":"1","description":"入参"}}],"responseParams":[{{"name":"result","type":"Number","demoValue":"2","description":"结果"}}],"sdkDemos":[],"errorCodes":[]}}}}"#
    )
}

/// An API of the small site: document, method, title, category.
pub(crate) type Listed = (u64, String, String, &'static str);

/// The APIs of a site of a few dozen.
pub(crate) fn apis() -> Vec<Listed> {
    let things = [
        ("taobao.trades.sold", "已卖出的交易", "交易API"),
        ("taobao.trade.order", "交易订单", "交易API"),
        ("taobao.item.seller", "卖家商品", "商品API"),
        ("taobao.logistics.order", "物流订单", "物流API"),
        ("taobao.refund.apply", "退款单", "退款API"),
        ("alibaba.wdk.sku", "五道口商品", "五道口API"),
        ("tmall.promotion.coupon", "优惠券", "营销API"),
    ];
    let verbs = [
        ("get", "查询"),
        ("update", "更新"),
        ("list.get", "批量查询"),
        ("create", "创建"),
        ("delete", "删除"),
        ("increment.get", "增量查询"),
    ];
    let apis = things.iter().flat_map(|(prefix, noun, category)| {
        verbs.iter().map(move |(verb, does)| (format!("{prefix}.{verb}"), format!("{does}{noun}"), *category))
    });
    (101..).zip(apis).map(|(id, (method, title, category))| (id, method, title, category)).collect()
}

/// `data` of a catalogue of these, with what real ones have beside them: two parts, folders, articles, and an API that stands in two
/// categories.
pub(crate) fn catalogue(apis: &[Listed]) -> Value {
    let entry = |id: u64, kind: u64, name: &str, title: &str, children: Vec<Value>| {
        json!({
            "docId": id, "docType": kind, "name": name, "subName": title, "id": 900_000 + id, "pid": 5, "treeId": null,
            "tips": null, "docUrl": "", "selected": false, "children": children,
        })
    };
    let mut trees: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (id, method, title, category) in apis {
        trees.entry(category).or_default().push(entry(*id, 2, method, title, Vec::new()));
    }
    let twice = trees.values().next().map(|entries| entries[0].clone());
    let tree = |(name, mut entries): (&str, Vec<Value>)| {
        let folder = entries.split_off(entries.len().min(2));
        entries.push(entry(0, 0, "更多", "", folder));
        entries.push(entry(101_617, 1, "API调用方法详解", "", Vec::new()));
        json!({ "id": 5, "name": name, "treeName": name, "selected": false, "catelogList": entries })
    };
    let mut trees: Vec<Value> = trees.into_iter().map(tree).collect();
    if let (Some(twice), Some(last)) = (twice, trees.last_mut()) {
        last["catelogList"].as_array_mut().unwrap().push(twice);
    }
    let rest = trees.split_off(trees.len() / 2);
    let part = |name: &str, trees: Vec<Value>| json!({ "id": 0, "name": name, "catelogTrees": trees });
    json!({ "id": 1, "name": "API文档", "docIndex": "", "treeCategories": [part("第0部分", trees), part("第1部分", rest)] })
}

/// What the endpoint does with a request instead of answering it.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Any answer: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A body shorter than its `Content-Length`, then the end.
    Half,
    /// A chunked body that never ends, then the end.
    HalfChunks,
    /// A body without a length, cut in the middle.
    HalfUnmeasured,
    /// The end, without an answer.
    Close,
    /// Bytes that are no HTTP.
    Noise,
    /// One byte now and then, for longer than anybody waits.
    Drip,
    /// The token is not valid any more.
    Expire,
}

impl Fault {
    pub(crate) fn body(status: u16, body: impl Into<Vec<u8>>) -> Fault {
        Fault::Answer(status, Vec::new(), body.into())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) cookies: String,
    pub(crate) agent: String,
    pub(crate) at: Instant,
}

impl Request {
    /// Whether it is for a document of an API.
    pub(crate) fn is_document(&self) -> bool {
        let is_api =
            self.target.starts_with("/handler/document/getDocument.json?") && self.query("docType") == Some("2");
        is_api || self.target.starts_with("/docs/api.htm?")
    }

    /// Whether it is for the catalogue.
    pub(crate) fn is_catalogue(&self) -> bool {
        self.target.starts_with("/handler/document/getApiCatelogConfig.json?")
    }

    /// Whether it is for a page that only sets cookies.
    fn is_shell(&self) -> bool {
        !self.target.starts_with("/handler/") && !self.target.starts_with("/docs/")
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }
}

/// How the site behaves, and what it was asked for.
#[derive(Default)]
pub(crate) struct State {
    /// Documents by number; HTML pages, too.
    pub(crate) pages: BTreeMap<u64, Vec<u8>>,
    /// `data` of the catalogue.
    pub(crate) catalogue: Value,
    /// `data` of the list of announcements, whose number is 0, and of announcements, by number.
    pub(crate) announcements: BTreeMap<u64, Value>,
    /// For the next requests of pages, in order.
    pub(crate) faults: VecDeque<Fault>,
    /// For the next documents that would be had, in order; `None` answers with the document.
    pub(crate) document_faults: VecDeque<Option<Fault>>,
    /// For every request of a page.
    pub(crate) always: Option<Fault>,
    /// For the next requests of a shell.
    pub(crate) shell_faults: VecDeque<Fault>,
    /// How many tokens were given out; the last is valid.
    pub(crate) tokens: u32,
    /// How many requests a token is good for, and how many the last one has had.
    pub(crate) expire_after: Option<usize>,
    served: usize,
    /// No token is given out with shells, and none is wanted.
    pub(crate) open: bool,
    /// Shells give no token; the refusal does.
    pub(crate) token_by_refusal: bool,
    /// The text of the robots.txt, and how often it was requested.
    pub(crate) robots: (String, usize),
    /// All requests but those of the robots.txt.
    pub(crate) requests: Vec<Request>,
}

pub(crate) struct Site {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
}

impl Site {
    pub(crate) fn new(pages: impl IntoIterator<Item = (u64, String)>) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let pages = pages.into_iter().map(|(id, page)| (id, page.into_bytes())).collect();
        let state = Arc::new(Mutex::new(State { pages, ..State::default() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that goes away in the middle is what some tests are about.
                thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Site { address, state }
    }

    /// A site of a few dozen APIs with a catalogue.
    pub(crate) fn small() -> Site {
        let apis = apis();
        let site = Site::new(apis.iter().map(|(id, method, ..)| (*id, document(*id, method, "x"))));
        site.state().catalogue = catalogue(&apis);
        site
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    /// The numbers of the pages that were requested, in order.
    pub(crate) fn requested(&self) -> Vec<u64> {
        let state = self.state();
        let pages = state.requests.iter().filter(|request| request.is_document());
        pages.map(|request| request.query("docId").or(request.query("apiId")).unwrap().parse().unwrap()).collect()
    }

    pub(crate) fn shells(&self) -> usize {
        self.state().requests.iter().filter(|request| request.is_shell()).count()
    }

    /// How often the catalogue was requested.
    pub(crate) fn catalogues(&self) -> usize {
        self.state().requests.iter().filter(|request| request.is_catalogue()).count()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    // Otherwise the body waits for the client to acknowledge the head, which takes 40 ms.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let Some(request) = read_request(&mut reader)? else { return Ok(()) };
        let reply = state.lock().unwrap().reply(request);
        if !write_reply(&mut stream, reply)? {
            return Ok(());
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut cookies, mut agent) = (String::new(), String::new());
    loop {
        let mut header = String::new();
        if reader.take(1 << 16).read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "cookie" => value.trim().clone_into(&mut cookies),
            "user-agent" => value.trim().clone_into(&mut agent),
            _ => {}
        }
    }
    Ok(Some(Request { target, cookies, agent, at: Instant::now() }))
}

impl State {
    fn reply(&mut self, request: Request) -> Fault {
        if request.target == "/robots.txt" {
            self.robots.1 += 1;
            return Fault::body(200, self.robots.0.clone());
        }
        self.requests.push(request.clone());
        let json = |body: &str| {
            Fault::Answer(200, vec![("Content-Type", "application/json;charset=UTF-8".to_owned())], body.into())
        };
        if request.is_shell() {
            if let Some(fault) = self.shell_faults.pop_front() {
                return fault;
            }
            let mut headers = vec![("Content-Type", "text/html".to_owned())];
            if !self.open && !self.token_by_refusal {
                headers.extend(self.token());
            }
            return Fault::Answer(200, headers, b"<!DOCTYPE html><html><body><div id=root></div></body></html>".into());
        }
        match self.faults.pop_front().or(self.always.clone()) {
            Some(Fault::Expire) => {
                self.tokens += 1;
                return json(EXPIRED);
            }
            Some(fault) => return fault,
            None => {}
        }
        let token = format!("e%2B{}", self.tokens);
        let cookie = format!("_tb_token_=e+{}", self.tokens);
        let is_html = request.target.starts_with("/docs/");
        let has_cookies = request.cookies.contains(&cookie) && request.cookies.contains("cookie2=c");
        self.served += 1;
        let is_young = self.expire_after.is_none_or(|most| self.served <= most);
        let has_token = has_cookies && is_young && request.query("_tb_token_") == Some(&token);
        if !(self.open || is_html || has_token) {
            return match self.token_by_refusal {
                true => Fault::Answer(200, self.token(), EXPIRED.into()),
                false => json(EXPIRED),
            };
        }
        let enveloped = |data: &Value| json(&json!({ "success": true, "msg": null, "data": data }).to_string());
        if request.is_catalogue() {
            return enveloped(&self.catalogue);
        }
        let id = request.query("docId").or(request.query("apiId")).and_then(|id| id.parse().ok()).unwrap_or(0);
        if !request.is_document() {
            return enveloped(self.announcements.get(&id).unwrap_or(&Value::Null));
        }
        if let Some(fault) = self.document_faults.pop_front().flatten() {
            return fault;
        }
        match self.pages.get(&id) {
            Some(page) => Fault::body(200, page.clone()),
            None => json(r#"{"success":false,"code":"404","data":null,"msg":"文档不存在"}"#),
        }
    }

    /// A new token: a blank in it would show where it is not encoded.
    fn token(&mut self) -> Vec<(&'static str, String)> {
        self.tokens += 1;
        self.served = 0;
        vec![
            ("Set-Cookie", format!("_tb_token_=e+{}; Domain=.taobao.com; Path=/", self.tokens)),
            ("Set-Cookie", "cookie2=c; HttpOnly".to_owned()),
        ]
    }
}

/// Writes a reply and tells whether the connection goes on.
fn write_reply(stream: &mut TcpStream, reply: Fault) -> std::io::Result<bool> {
    let half = document(1, "a.b.c", "x");
    let half = &half.as_bytes()[..half.len() / 2];
    match reply {
        Fault::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            stream.write_all(&body)?;
            return Ok(true);
        }
        Fault::Half => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")?;
            stream.write_all(half)?;
        }
        Fault::HalfChunks => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            stream.write_all(format!("{:x}\r\n", half.len() + 10).as_bytes())?;
            stream.write_all(half)?;
        }
        Fault::HalfUnmeasured => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(half)?;
        }
        Fault::Noise => stream.write_all(b"220 mail.example ESMTP\r\n\r\n")?,
        Fault::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")?;
            for _ in 0..1000 {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        Fault::Close | Fault::Expire => {}
    }
    Ok(false)
}
