//! The signature, judged by a Python script that knows nothing of the library.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use topsdk_client::mock::Outcome;
use topsdk_codec::batch::BatchBody;
use topsdk_codec::{App, Call, Session, SignMethod};
use topsdk_tests::apis::alibaba::alsc::crm_recharge_dedut_update::{
    AlibabaAlscCrmRechargeDedutUpdateRequest, DedutOpenReq, DedutOpenReqRequired,
};

use crate::wire::{KEY, SECRET, SEED, builder, china, seed};

fn script() -> PathBuf {
    topsdk_tests::root().join("tests/sign_check.py")
}

/// Runs the script, or says that there is no Python to run it.
fn python(arguments: &[&str], input: &[u8]) -> Option<Output> {
    let mut command = Command::new("python3");
    command.arg(script()).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            // Printed past the test harness, which shows what a passing test prints to nobody.
            let _ = writeln!(std::io::stderr(), "skipped: the independent check of signatures: python3: {error}");
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(input).unwrap();
    Some(child.wait_with_output().unwrap())
}

#[test]
fn the_library_signs_as_the_script_does() {
    let request = request();
    let app = App::new(KEY, SECRET);
    let session = Session::new("T0KEN+/=");
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let call = Call::new(&app, china(0).parse().unwrap()).sign_method(method).session(&session);
        let encoded = call.encode(&request).unwrap();
        let Some(output) = python(&["check", SECRET], encoded.body()) else { return };
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), encoded.sign(), "{method}");
        assert!(output.status.success());
        // A script that takes everything would prove nothing.
        let output = python(&["check", "another"], encoded.body()).unwrap();
        assert_eq!(output.status.code(), Some(1));
    }
}

fn request() -> AlibabaAlscCrmRechargeDedutUpdateRequest {
    let charge = DedutOpenReq::new(DedutOpenReqRequired {
        operator_id: "65673527".to_owned(),
        outer_order_id: "766348726342638".to_owned(),
        request_id: "78sd786a78d678as".to_owned(),
        value: 2000,
        biz_channel: "CS".to_owned(),
    });
    AlibabaAlscCrmRechargeDedutUpdateRequest::new().with_param_dedut_open_req(charge.with_remark("撒娇好的 +&=%"))
}

#[test]
fn the_library_signs_a_batch_as_the_script_does() {
    let app = App::new(KEY, SECRET);
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        let mut batch = BatchBody::new();
        batch.push(&request(), None).unwrap();
        batch.push(&request(), Some(&Session::new("T0KEN"))).unwrap();
        let encoded = batch.encode(&Call::new(&app, china(0).parse().unwrap()).sign_method(method)).unwrap();
        let body = str::from_utf8(encoded.body()).unwrap();
        let Some(output) = python(&["check", SECRET, body], encoded.query().as_bytes()) else { return };
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), encoded.sign(), "{method}");
        assert_eq!(python(&["check", SECRET, &body[1..]], encoded.query().as_bytes()).unwrap().status.code(), Some(1));
    }
}

#[test]
fn the_script_calls_the_gateway_with_a_signature_of_its_own() {
    let gateway = builder().api(seed()).listen("127.0.0.1:0").unwrap();
    let url = gateway.url();
    for method in ["md5", "hmac", "hmac-sha256"] {
        let parameters = [
            format!("method={SEED}"),
            format!("app_key={KEY}"),
            format!("timestamp={}", china(0)),
            format!("sign_method={method}"),
            "v=2.0".to_owned(),
            "format=json".to_owned(),
            "nick=商家 测试+帐号 17".to_owned(),
        ];
        let call = |secret| {
            let mut arguments = vec!["call", &url, secret];
            arguments.extend(parameters.iter().map(String::as_str));
            python(&arguments, b"")
        };
        let Some(output) = call(SECRET) else { return };
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("7627347265"), "{method}: {text} {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(gateway.last_call().unwrap().outcome, Outcome::Done);
        let text = String::from_utf8(call("another").unwrap().stdout).unwrap();
        assert!(text.contains(r#"{"error_response":{"code":25,"msg":"Invalid Signature""#), "{text}");
    }
}
