//! `topsdk call` as its users meet it: against the mock gateway, a raw socket, and curl.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::{Value, json};
use topsdk_client::mock::{Gateway, Received};
use topsdk_spec::Api;

const SEED: &str = "alibaba.alsc.crm.recharge.dedut.update";
const ALL: &str = "taobao.test.all.get";
const KEY: &str = "12345678";
const SECRET: &str = "s3cret-of-the-app";
const SESSION: &str = "t0ken-of-the-user";
const CHARGE: &str =
    r#"{"operator_id":"65673527","outer_order_id":"储值","request_id":"78sd","value":2000,"biz_channel":"C'S"}"#;

/// A repository with the seed page and its spec.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seed")
}

fn seed() -> Api {
    let spec = repository().join(format!("spec/apis/{SEED}.json"));
    Api::from_json(&fs::read_to_string(spec).unwrap()).unwrap()
}

/// An API with every type, and names that are hard on a command line.
fn all() -> Api {
    let field = |name: &str, type_name: &str| json!({ "name": name, "type": type_name, "description": "说明" });
    let list = |name: &str, type_name: &str| json!({ "name": name, "type": type_name, "list": true });
    let item = |name: &str, list: bool| {
        let fields = json!([field("num_iid", "Number"), list_of("tags", "String"), field("price", "Price")]);
        json!({ "name": name, "type": "Item", "list": list, "fields": fields })
    };
    let spec = json!({
        "method": ALL, "title": "全部", "description": "所有\u{1b}[31m类型", "auth": "required",
        "labels": ["聚石塔内调用"], "packages": [{ "name": "测试\u{1b}包", "url": "//open.taobao.com/x" }], "unlisted": true,
        "source": { "page": "all.json", "sha256": "0", "layout": "document" },
        "request": [
            { "name": "title", "type": "String", "required": true, "example": "红色", "description": "标题\u{7}",
              "limits": { "max_length": 32 } },
            field("count", "Number"), field("is_on", "Boolean"), field("start", "Date"), field("price", "Price"),
            list("tags", "String"), list("ids", "Number"), field("fields", "Field List"), field("props", "Json"),
            item("item", false), item("items", true), field("image", "byte[]"),
            field("param", "String"), field("odd name", "String"), field("curl", "String"),
        ],
        "response": [field("total", "Number")],
        "samples": { "json": "{\"test_all_get_response\":{\"total\":5}}", "xml": "<test_all_get_response><total>5</total></test_all_get_response>" },
    });
    Api::from_json(&spec.to_string()).unwrap()
}

fn list_of(name: &str, type_name: &str) -> Value {
    json!({ "name": name, "type": type_name, "list": true })
}

/// A gateway, and a folder with the spec of [`all`].
struct Bench {
    gateway: Gateway,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let gateway =
            Gateway::builder(KEY, SECRET).session(SESSION).apis([seed(), all()]).listen("127.0.0.1:0").unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("specs.jsonl"), [all(), seed()].map(|api| api.to_json_line()).join("\n")).unwrap();
        Bench { gateway, folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_to(&self.gateway.url(), arguments)
    }

    fn command_to(&self, gateway: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
        command.arg("call").args(arguments).args(["--gateway", gateway, "--spec", "specs.jsonl"]);
        command.envs([("TOP_APP_KEY", KEY), ("TOP_APP_SECRET", SECRET), ("TOP_SESSION", SESSION)]);
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        for stream in [&output.stdout, &output.stderr] {
            assert!(!text(stream).contains(SECRET), "{arguments:?} shows the secret: {}", text(stream));
        }
        assert!(!text(&output.stderr).contains(SESSION), "{arguments:?} shows the session: {}", text(&output.stderr));
        output
    }

    /// What the gateway received from a call that is done.
    fn received(&self, arguments: &[&str]) -> Received {
        let before = self.gateway.count();
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "{\"total\":5}\n");
        assert_eq!(self.gateway.count(), before + 1);
        self.gateway.calls().pop().unwrap()
    }

    /// The parameter that a call brings to the gateway.
    fn parameter(&self, name: &str, arguments: &[&str]) -> String {
        let received = self.received(&[&[ALL, "--title", "x"], arguments].concat());
        received.parameter(name).unwrap_or_else(|| panic!("{arguments:?}: no {name}")).to_owned()
    }

    /// Why a call is refused before anything is sent.
    fn refusal(&self, arguments: &[&str]) -> String {
        let before = self.gateway.count();
        let output = self.run(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert_eq!(self.gateway.count(), before, "{arguments:?}: nothing may be sent");
        text(&output.stderr).to_owned()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn documented_response_is_printed_for_every_format_and_sign_method() {
    let bench = Bench::new();
    let sample = bench.folder.path().join("sample.json");
    fs::write(&sample, seed().samples.json.unwrap()).unwrap();
    let decoded = Command::new(env!("CARGO_BIN_EXE_topsdk"))
        .args(["decode", SEED])
        .arg(&sample)
        .current_dir(repository())
        .output()
        .unwrap();
    for arguments in [
        &[][..],
        &["--format", "xml"],
        &["--sign-method", "md5"],
        &["--sign-method", "hmac", "--format", "xml"],
        &["--sign-method", "hmac-sha256", "--strict"],
    ] {
        let output = bench.run(&[&[SEED, "--param_dedut_open_req", CHARGE], arguments].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
        assert_eq!(text(&output.stdout), text(&decoded.stdout), "{arguments:?}");
        // Options may stand before the method, too, and so may the parameter.
        let output = bench.run(&[arguments, &["--param-dedut-open-req", CHARGE, SEED]].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
    let calls = bench.gateway.calls();
    assert_eq!(calls[0].parameter("session"), Some(SESSION));
    assert_eq!(calls[0].parameter("param_dedut_open_req"), Some(CHARGE));
    assert_eq!(calls[2].parameter("format"), Some("xml"));
}

#[test]
fn parameters_of_every_type_are_sent() {
    let bench = Bench::new();
    for (name, arguments, sent) in [
        ("title", &[][..], "x"),
        ("count", &["--count", "-65"], "-65"),
        ("count", &["--count=7104300007405429232"], "7104300007405429232"),
        ("is_on", &["--is_on", "true"], "true"),
        ("is_on", &["--is-on", "false"], "false"),
        ("start", &["--start", "2026-01-01 00:00:00"], "2026-01-01 00:00:00"),
        ("price", &["--price", "12.10"], "12.10"),
        ("tags", &["--tags", "a,b", "--tags", "c"], "a,b,c"),
        ("tags", &["--tags", r#"["a","b"]"#], "a,b"),
        ("ids", &["--ids", "1, 2", "--ids", "[3,4]"], "1,2,3,4"),
        ("fields", &["--fields", "num_iid,title"], "num_iid,title"),
        ("props", &["--props", r#"{"b": 1.10, "a":[ ]}"#], r#"{"b": 1.10, "a":[ ]}"#),
        (
            "item",
            &["--item", r#"{"num_iid":"1","price":9.90,"tags":["x"]}"#],
            r#"{"num_iid":1,"tags":["x"],"price":"9.90"}"#,
        ),
        (
            "items",
            &["--items", r#"{"num_iid":1}"#, "--items", r#"[{"num_iid":2}]"#],
            r#"[{"num_iid":1},{"num_iid":2}]"#,
        ),
        ("param", &["--param", "param=a=b"], "a=b"),
        ("curl", &["--param", "curl=x"], "x"),
        ("odd name", &["--param", "odd name=x y"], "x y"),
        ("tags", &["--params", r#"{"tags":["a"],"count":3}"#], "a"),
    ] {
        let received = bench.parameter(name, arguments);
        assert_eq!(received, sent, "{name}: {arguments:?}");
    }
}

#[test]
fn files_are_uploaded_and_json_is_read_from_files() {
    let bench = Bench::new();
    let write = |name: &str, bytes: &[u8]| fs::write(bench.folder.path().join(name), bytes).unwrap();
    write("a 1.jpg", b"\xff\xd8\r\n--x");
    write("item.json", br#"{"num_iid":5}"#);
    write("params.json", br#"{"title":"from a file","item":{"num_iid":6}}"#);
    let received = bench.received(&[ALL, "--title", "红", "--image", "@a 1.jpg", "--item", "@item.json"]);
    let upload = &received.files["image"];
    assert_eq!((upload.name.as_str(), upload.size), ("a 1.jpg", 7));
    assert_eq!((received.parameter("title"), received.parameter("item")), (Some("红"), Some(r#"{"num_iid":5}"#)));
    let received = bench.received(&[ALL, "--params", "@params.json"]);
    assert_eq!(received.parameter("title"), Some("from a file"));

    let mut command = bench.command(&[ALL, "--params", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"{"title":"from a pipe"}"#).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(bench.gateway.calls().pop().unwrap().parameter("title"), Some("from a pipe"));
}

#[test]
fn all_invalid_arguments_are_reported_and_nothing_is_sent() {
    let bench = Bench::new();
    for (arguments, parts) in [
        (&[ALL, "--count", "1"][..], &["requires parameters that are not set: title"][..]),
        (&[ALL, "--title", "", "--count", "1"], &["requires parameters that are not set: title"]),
        (
            &[SEED, "--params", "{}", "--param_dedut_open_req", r#"{"value":1}"#],
            &["param_dedut_open_req.operator_id, "],
        ),
        (
            &[ALL, "--count", "many", "--is_on", "perhaps", "--start", "tomorrow", "--price", "cheap", "--ids", "1,x"],
            &["error: count: ", "error: is_on: ", "error: start: ", "error: price: ", "error: ids[1]: ", "found \"x\""],
        ),
        (&[ALL, "--count", ""], &["count: expected a value, found \"\""]),
        (&[ALL, "--count", "null"], &["count: expected a value, found \"null\""]),
        (&[ALL, "--count", "1", "--count", "2"], &["count: given 2 times, but it is not a list"]),
        (&[ALL, "--titel", "x"], &["unexpected argument '--titel'", "'--title'"]),
        (&[ALL, "--param", "titel=x"], &["titel: the API has no such parameter; did you mean `title`?"]),
        (&[ALL, "--param", "title"], &["expected NAME=VALUE"]),
        (&[ALL, "--params", r#"{"titel":"x"}"#], &["titel: not a documented name; did you mean `title`?"]),
        (&[ALL, "--item", r#"{"num_id":1}"#], &["item.num_id: not a documented name; did you mean `num_iid`?"]),
        (&[ALL, "--items", r#"[{},{"num_iid":{}}]"#], &["items[1].num_iid: expected Number"]),
        (&[ALL, "--item", r#"{"num_iid":1"#], &["item: expected JSON", "line 1 column 12"]),
        (&[ALL, "--item", r#"{"num_iid":1},"x":{}"#], &["item: expected JSON"]),
        (&[ALL, "--item", "1"], &["item: expected an object, found \"1\""]),
        (&[ALL, "--props", "{"], &["props: expected JSON"]),
        (&[ALL, "--params", "[]"], &["expected a JSON object of parameters"]),
        (&[ALL, "--params", "@missing.json"], &["missing.json: cannot be read"]),
        (&[ALL, "--params", r#"{"title":"a"}"#, "--title", "b"], &["title: given twice"]),
        (&[ALL, "--image", "a.jpg"], &["image: expected @ and the path of a file"]),
        (&[ALL, "--image", "@missing.jpg"], &["image: missing.jpg: cannot be read"]),
        (&[ALL, "--image", "@."], &["image: .: expected a file"]),
        (&[ALL, "--title"], &["a value is required for '--title"]),
        (&[ALL, "--title", "x", "--format", "yaml"], &["possible values: json, xml"]),
        (&[ALL, "--title", "x", "--curl", "--dry-run"], &["cannot be used with"]),
        (&["taobao.test.al.get"], &["no spec of `taobao.test.al.get`", "did you mean `taobao.test.all.get`?"]),
        (&[], &["<METHOD>"]),
    ] {
        let messages = bench.refusal(arguments);
        for part in parts {
            assert!(messages.contains(part), "{arguments:?}: {part}: {messages}");
        }
    }
    let mut command = bench.command(&[ALL, "--title", "x"]);
    let output = command.env_remove("TOP_APP_SECRET").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no secret: set TOP_APP_SECRET"), "{}", text(&output.stderr));
    let output = bench.command(&[ALL, "--title", "x"]).env("TOP_APP_KEY", "").output().unwrap();
    assert!(text(&output.stderr).contains("no app key: set TOP_APP_KEY"), "{}", text(&output.stderr));
}

#[test]
fn platform_error_has_all_members_and_status_one() {
    let bench = Bench::new();
    let output = bench.run(&[ALL, "--title", "x", "--secret", "wrong"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let messages = text(&output.stderr);
    for part in ["code: 25", "msg: Invalid Signature", "sub_code: ", "sub_msg: ", "request_id: "] {
        assert!(messages.contains(part), "{part}: {messages}");
    }
    // The `--format` before `call` is that of messages, the one after it that of the wire.
    let mut command = Command::new(env!("CARGO_BIN_EXE_topsdk"));
    command.args(["--format", "json", "call", ALL, "--format", "xml", "--title", "x", "--spec", "specs.jsonl"]);
    command.args(["--gateway", &bench.gateway.url(), "--app-key", KEY, "--secret", SECRET, "--session", "unknown"]);
    let output = command.current_dir(bench.folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["code"], &error["msg"]), (&json!("27"), &json!("Invalid Session")), "{error}");
    assert_eq!(error.as_object().unwrap().len(), 5);
    assert_eq!(bench.gateway.calls().pop().unwrap().parameter("format"), Some("xml"));

    // A missing session is reported, and the platform decides.
    let output = bench.command(&[ALL, "--title", "x"]).env_remove("TOP_SESSION").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr)
            .contains("note: according to its documentation, taobao.test.all.get needs a user's session")
    );
    assert!(text(&output.stderr).contains("code: 26"), "{}", text(&output.stderr));
}

#[test]
fn value_beyond_a_documented_limit_is_reported_and_sent() {
    let bench = Bench::new();
    let output = bench.run(&[ALL, "--title", &"x".repeat(33)]);
    // The mock holds to the documentation.
    assert_eq!((output.status.code(), bench.gateway.count()), (Some(1), 1));
    let messages = text(&output.stderr);
    assert!(messages.starts_with("note: title: at most 32 letters by the documentation, found 33\n"), "{messages}");
}

#[test]
fn dry_run_prints_the_signed_string_without_a_secret() {
    let bench = Bench::new();
    let mut command = bench.command(&[ALL, "--title", "红 +", "--count", "3", "--dry-run"]);
    let output = command.env_remove("TOP_APP_SECRET").output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let shown = text(&output.stdout);
    let (before, after) = shown.split_once("timestamp").unwrap();
    assert_eq!(before, format!("app_key{KEY}count3formatjsonmethod{ALL}session{SESSION}sign_methodhmac-sha256"),);
    assert_eq!(&after[19..], "title红 +v2.0\n");
    assert_eq!(bench.gateway.count(), 0);
}

#[test]
fn curl_command_sends_the_same_call() {
    let bench = Bench::new();
    fs::write(bench.folder.path().join("a \"1\".jpg"), b"\xff\xd8").unwrap();
    let title = "红 +&=%'\"\\$HOME `x` @y\n;";
    let form = [ALL, "--title", title, "--count", "3"];
    let upload = [ALL, "--title", title, "--image", "@a \"1\".jpg", "--item", r#"{"num_iid":1}"#];
    let mut commands = Vec::new();
    for arguments in [&form[..], &upload] {
        let output = bench.run(&[arguments, &["--curl", "--sign-method", "md5"]].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        assert!(text(&output.stdout).starts_with(&format!("curl '{}", bench.gateway.url())));
        commands.push(text(&output.stdout).to_owned());
    }
    assert_eq!(bench.gateway.count(), 0, "nothing was sent");
    if !Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success()) || cfg!(windows) {
        eprintln!("skipped: running the commands (they need curl and a shell)");
        return;
    }
    for (arguments, command) in [&form[..], &upload].into_iter().zip(commands) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{} --silent --noproxy '*'", command.trim())]).current_dir(bench.folder.path());
        let output = shell.output().unwrap();
        assert!(text(&output.stdout).starts_with("{\"test_all_get_response\":{\"total\":5"), "{command}");
        let by_curl = bench.gateway.calls().pop().unwrap();
        let by_topsdk = bench.received(&[arguments, &["--sign-method", "md5"]].concat());
        assert_eq!(by_curl.parameter("title"), Some(title));
        for (name, value) in &by_topsdk.parameters {
            if !matches!(name.as_str(), "timestamp" | "sign") {
                assert_eq!(by_curl.parameter(name), Some(value.as_str()), "{name}");
            }
        }
        assert_eq!(by_curl.parameters.len(), by_topsdk.parameters.len());
        for (name, file) in &by_topsdk.files {
            assert_eq!((&by_curl.files[name].name, by_curl.files[name].size), (&file.name, file.size));
        }
        assert_eq!(by_curl.files.len(), by_topsdk.files.len());
    }
}

#[test]
fn help_shows_the_parameters_without_control_characters() {
    let bench = Bench::new();
    for flag in ["--help", "-h"] {
        let output = bench.run(&[ALL, flag]);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        let shown = in_one_line(&output.stdout);
        for part in [
            "taobao.test.all.get 全部",
            "Needs a user's session. Labels: 聚石塔内调用.",
            "needs the permission package 测试 包 (//open.taobao.com/x). Not in the platform's catalogue since the last look.",
            "--title <String>",
            "(required) 标题",
            "--items <Item[]>",
            "--param 'odd name=…'",
        ] {
            assert!(shown.contains(part), "{flag}: {part}: {shown}");
        }
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
        let at = |option: &str| shown.find(option).unwrap();
        assert!(at("--image <") < at("--spec <"), "{flag}: the method's own parameters come first: {shown}");
    }
    let shown = in_one_line(&bench.run(&[ALL, "--help"]).stdout);
    for part in
        ["example: 红色; at most 32 letters", "JSON: an array of objects with the fields", "num_iid: Number 说明"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_topsdk")).args(["help", "call"]).output().unwrap();
    assert!(help.status.success() && text(&help.stdout).contains("TOP_APP_SECRET"), "{}", text(&help.stderr));
}

/// Help without the line breaks and indents that depend on the terminal's width.
fn in_one_line(help: &[u8]) -> String {
    text(help).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the status and the output of `call` for one raw response.
fn answered_with(answer: &'static [u8]) -> (Option<i32>, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.windows(5).any(|window| window == b"v=2.0") {
            let length = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..length]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(request).unwrap()
    });
    let bench = Bench::new();
    let output = bench.command_to(&address, &[ALL, "--title", "x"]).output().unwrap();
    server.join().unwrap();
    (output.status.code(), text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

/// As [`answered_with`], for an HTTP response with this body.
fn answered_with_body(body: &str) -> (Option<i32>, String, String) {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    answered_with(answer.into_bytes().leak())
}

#[test]
fn missing_permission_names_the_package() {
    for (code, is_named) in [("limit", true), ("empty", true), ("not-allowed", true), ("x", true), ("", false)] {
        let code = if code.is_empty() {
            "isv.permission-ip-whitelist-limit"
        } else {
            &format!("isv.permission-api-package-{code}")
        };
        let error =
            json!({ "error_response": { "code": 11, "msg": "Insufficient ISV Permissions", "sub_code": code } });
        let (status, shown, messages) = answered_with_body(&error.to_string());
        assert_eq!((status, shown.as_str()), (Some(1), ""));
        let help = "\nhelp: The application needs the permission package 测试 包 (//open.taobao.com/x).";
        assert_eq!(messages.contains(help), is_named, "{code}: {messages}");
    }
}

#[test]
fn deprecated_api_is_called_with_a_note() {
    let bench = Bench::new();
    let deprecated = Api { deprecated: Some("call taobao.other.get".to_owned()), ..all() };
    fs::write(bench.folder.path().join("specs.jsonl"), deprecated.to_json_line()).unwrap();
    let output = bench.run(&[ALL, "--title", "x"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "{\"total\":5}\n"));
    assert_eq!(text(&output.stderr), "note: taobao.test.all.get is deprecated: call taobao.other.get\n");
    let help = bench.run(&[ALL, "--help"]);
    assert!(text(&help.stdout).contains("Deprecated: call taobao.other.get"), "{}", text(&help.stdout));
}

#[test]
fn responses_cannot_control_the_terminal() {
    const HOSTILE: &str = "\u{1b}[2J\r\u{7}\u{9b}31m\u{202e}";
    let escaped = |text: &str| serde_json::to_string(text).unwrap();
    let error = json!({ "error_response": { "code": 15, "msg": HOSTILE, "sub_code": format!("a\nerror: b{HOSTILE}"),
        "sub_msg": HOSTILE, "request_id": HOSTILE } });
    let anomaly = format!(r#"{{"test_all_get_response":{{"total":{}}}}}"#, escaped(HOSTILE));
    let other = format!("HTTP/1.1 {HOSTILE}");
    for body in [error.to_string(), anomaly, other] {
        let (_, shown, messages) = answered_with_body(&body);
        for text in [&shown, &messages] {
            assert!(!text.contains(['\u{1b}', '\r', '\u{7}', '\u{9b}', '\u{202e}']), "{text:?}");
            assert!(!text.contains("\nerror: b"), "{text}");
        }
    }
}

#[test]
fn unreadable_response_is_status_two() {
    for (answer, part) in [
        (&b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops"[..], "502"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"test_all_get", "the connection to"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\noops",
            "the response cannot be read; the call may have been executed: ",
        ),
    ] {
        let (status, shown, messages) = answered_with(answer);
        assert_eq!((status, shown.as_str()), (Some(2), ""), "{part}");
        assert!(messages.contains(part), "{part}: {messages}");
    }
    let (status, shown, messages) = answered_with(
        b"HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{\"test_all_get_response\":{\"total\":\"a lot\"}}\n\n",
    );
    assert_eq!((status, shown.as_str()), (Some(0), "{}\n"));
    assert!(messages.contains("anomaly: total: expected Number, found \"a lot\""), "{messages}");
    let (status, shown, messages) =
        answered_with(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"other_response\":{\"total\":1}}");
    assert_eq!((status, shown.as_str()), (Some(0), "{\"total\":1}\n"));
    assert!(
        messages
            .contains("anomaly: expected the root of a response of `taobao.test.all.get`, found \"other_response\""),
        "{messages}"
    );
}
