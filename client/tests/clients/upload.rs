//! Files that are sent from disk.

use std::{
    env,
    fs::File as DiskFile,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use topsdk_client::{Error, Progress, TransportError};
use topsdk_codec::File;

use crate::{
    both::{Kind, NOW, Options, TimeGetRequest, quick, twins},
    gateway::{Act, Gateway, ok, response},
};

twins! {
    a_file_is_sent_from_disk_as_from_memory
    progress_is_reported_up_to_the_last_byte
    a_missing_file_is_an_error_before_anything_is_sent
    a_file_that_shrinks_is_an_error
    a_file_that_grows_is_sent_as_it_was
    an_upload_that_is_repeated_begins_again
    an_upload_ends_when_the_gateway_responds_early
    a_large_file_takes_no_memory
}

/// A file of this content, gone at the end of the test.
fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".jpg").tempfile().unwrap();
    file.write_all(content).unwrap();
    file
}

fn asked(file: File) -> TimeGetRequest {
    TimeGetRequest { text: Some("a&b 小".into()), file: Some(file) }
}

fn on_disk(path: &Path) -> TimeGetRequest {
    asked(File::on_disk(path).with_name("photo.jpg").with_content_type("image/jpeg"))
}

fn a_file_is_sent_from_disk_as_from_memory<K: Kind>() {
    for length in [0, 1, 70_000, 1_000_000] {
        let content: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let file = file(&content);
        let gateway = Gateway::responding(NOW);
        let client = K::build(K::at(&gateway.address)).unwrap();
        client.execute(&on_disk(file.path()), None).unwrap();
        client.execute(&asked(File::new("photo.jpg", content).with_content_type("image/jpeg")), None).unwrap();
        let [from_disk, from_memory] = gateway.received().try_into().unwrap_or_else(|_| panic!());
        let sign = |received: &crate::gateway::Received| received.query("sign").unwrap();
        // They differ where the clock went on in between: the boundary is the signature.
        let of = |received: &crate::gateway::Received| received.text().replace(&sign(received), "SIGN");
        assert_eq!(of(&from_disk).len(), of(&from_memory).len());
        assert!(of(&from_disk) == of(&from_memory));
        assert_eq!(from_disk.header("transfer-encoding"), None);
    }
}

fn progress_is_reported_up_to_the_last_byte<K: Kind>() {
    for disk in [true, false] {
        let content = vec![7; 1_000_000];
        let file = file(&content);
        let gateway = Gateway::responding(NOW);
        let reports = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let options = Options::new().on_progress({
            let reports = Arc::clone(&reports);
            move |progress| reports.lock().unwrap().push(progress)
        });
        let request = if disk { on_disk(file.path()) } else { asked(File::new("a", content)) };
        K::build(K::at(&gateway.address)).unwrap().execute_with(&request, None, &options).unwrap();
        let reports = reports.lock().unwrap();
        let whole = u64::try_from(gateway.only().body.len()).unwrap();
        assert!(reports.len() > 5, "{}", reports.len());
        assert!(reports.windows(2).all(|pair| pair[0].sent < pair[1].sent));
        assert!(reports.iter().all(|progress| progress.whole == whole));
        assert_eq!(reports.last().unwrap().sent, whole);
    }
}

fn a_missing_file_is_an_error_before_anything_is_sent<K: Kind>() {
    let gateway = Gateway::responding(NOW);
    let client = K::build(K::at(&gateway.address)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("nothing.jpg"), folder.path().to_owned()] {
        let error = client.execute(&on_disk(&path), None).unwrap_err();
        assert!(!error.may_have_been_executed() && !error.is_retryable());
        let Error::Transport(TransportError::File(source)) = error else { panic!("{error:?}") };
        assert_eq!(source.path, path);
    }
    assert_eq!(gateway.received().len(), 0);
}

fn a_file_that_shrinks_is_an_error<K: Kind>() {
    let file = file(&vec![7; 4 << 20]);
    let gateway = Gateway::responding(NOW);
    let path = file.path().to_owned();
    let options = Options::new().on_progress(move |progress| {
        if progress.sent < 1 << 20 {
            DiskFile::options().write(true).open(&path).unwrap().set_len(1 << 20).unwrap();
        }
    });
    let client = K::build(K::at(&gateway.address)).unwrap();
    let error = client.execute_with(&on_disk(file.path()), None, &options).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Broken { .. })), "{error:?}");
    assert_eq!(gateway.received().len(), 0, "the gateway got no whole request");
}

fn a_file_that_grows_is_sent_as_it_was<K: Kind>() {
    let file = file(&vec![7; 2 << 20]);
    let gateway = Gateway::responding(NOW);
    let path = file.path().to_owned();
    let options = Options::new().on_progress(move |_| {
        DiskFile::options().append(true).open(&path).unwrap().write_all(&[8; 1 << 16]).unwrap();
    });
    let client = K::build(K::at(&gateway.address)).unwrap();
    client.execute_with(&on_disk(file.path()), None, &options).unwrap();
    assert!(file.path().metadata().unwrap().len() > 2 << 20, "it did not grow: the test proves nothing");
    let body = gateway.only().body;
    assert_eq!(body.iter().filter(|byte| **byte == 7).count(), 2 << 20);
    assert!(!body.contains(&8) && body.ends_with(b"--\r\n"), "the end is where the header said");
}

fn an_upload_that_is_repeated_begins_again<K: Kind>() {
    let content = vec![7; 300_000];
    let file = file(&content);
    let gateway = Gateway::new(|before, _| match before {
        0 => Act::AnswerAndClose(Vec::new()),
        _ => ok(NOW),
    });
    let client = K::build(K::at(&gateway.address).retry(quick(3))).unwrap();
    let reply = client.execute_with(&on_disk(file.path()), None, &Options::new().idempotent()).unwrap();
    assert_eq!(reply.attempts, 2);
    let received = gateway.received();
    assert!(received.iter().all(|received| received.body.len() > 300_000));
}

/// The gateway answers without having read the upload, and hangs up.
fn an_upload_ends_when_the_gateway_responds_early<K: Kind>() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 1000];
        let _ = stream.read(&mut some);
        let _ = stream.write_all(&response("413 Payload Too Large", "Connection: close\r\n", "too large"));
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    let client = K::build(K::at(&address).timeout(Duration::from_secs(20))).unwrap();
    let error = client.execute(&on_disk(file.path()), None).unwrap_err();
    assert!(["status", "broken"].contains(&error.kind()), "{error:?}");
}

/// Where this test runs in a process of its own, whose memory nobody else uses.
const ALONE: &str = "TOPSDK_TEST_ALONE";

fn a_large_file_takes_no_memory<K: Kind>() {
    if cfg!(not(target_os = "linux")) {
        // Printed past the test harness, which shows what a passing test prints to nobody.
        let _ = writeln!(std::io::stderr(), "skipped: how much memory a process uses is read from /proc");
        return;
    }
    if env::var_os(ALONE).is_none() {
        let twin = if std::any::type_name::<K>().ends_with("Blocking") { "blocking" } else { "asynchronous" };
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", &format!("upload::{twin}::a_large_file_takes_no_memory"), "--nocapture"]);
        let output = child.env(ALONE, "1").output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
        return;
    }
    let length = 1_u64 << 30;
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(length).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
    let gateway = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::with_capacity(1 << 20, stream.try_clone().unwrap());
        let mut promised = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                promised = length.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let read = std::io::copy(&mut reader.take(promised), &mut std::io::sink()).unwrap();
        stream.write_all(&response("200 OK", "", NOW)).unwrap();
        (promised, read)
    });
    let client = K::build(K::at(&address)).unwrap();
    client.execute(&on_disk(file.path()), None).unwrap();
    let (promised, read) = gateway.join().unwrap();
    assert!(promised == read && read > length, "{read} of {promised} bytes");
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kibibytes < 64 << 10, "{kibibytes} KiB at the most, for a file of {} KiB", length >> 10);
}
