//! What users of the bindings compile: no HTTP, no TLS and no async runtime unless they ask for a client, and then one
//! of each.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

/// The packages that `topsdk` is compiled from, on any platform, with these features.
fn packages(features: &str, defaults: bool) -> BTreeSet<String> {
    let mut cargo = topsdk_tests::cargo();
    cargo.current_dir(topsdk_tests::root()).args(["tree", "--locked", "--package", "topsdk", "--target", "all"]);
    cargo.args(["--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--features", features]);
    if !defaults {
        cargo.arg("--no-default-features");
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Those of them whose names have one of these parts.
fn among(packages: &BTreeSet<String>, parts: &[&str]) -> Vec<String> {
    packages.iter().filter(|package| parts.iter().any(|part| package.contains(part))).cloned().collect()
}

/// Whatever sends, encrypts or waits.
const NETWORK: [&str; 22] = [
    "async",
    "aws-lc",
    "curl",
    "event-listener",
    "futures",
    "h2",
    "http",
    "hyper",
    "mio",
    "native-tls",
    "openssl",
    "reqwest",
    "ring",
    "rustls",
    "schannel",
    "smol",
    "socket",
    "tokio",
    "tower",
    "tracing",
    "ureq",
    "webpki",
];
/// What belongs to the generator alone.
const GENERATOR: [&str; 6] = ["clap", "html5ever", "prettyplease", "scraper", "topsdk-codegen", "topsdk-spec"];

#[test]
fn the_bindings_alone_send_nothing_and_wait_for_nothing() {
    let packages = packages("", true);
    assert!(packages.contains("topsdk-codec") && packages.contains("jiff"), "{packages:?}");
    assert_eq!(among(&packages, &NETWORK), [""; 0]);
    assert_eq!(among(&packages, &GENERATOR), [""; 0]);
    assert_eq!(among(&packages, &["serde", "chrono", "topsdk-client"]), [""; 0]);
    // Three dozen more are no accident.
    assert!(packages.len() < 50, "{packages:?}");
}

#[test]
fn the_client_without_a_transport_has_no_http() {
    let packages = packages("client", false);
    assert!(packages.contains("topsdk-client") && packages.contains("async-lock"), "{packages:?}");
    let http = ["aws-lc", "curl", "h2", "http", "hyper", "mio", "native-tls", "openssl", "reqwest", "ring", "rustls"];
    let others = ["schannel", "socket", "tokio", "tower", "ureq", "webpki"];
    assert_eq!(among(&packages, &[&http[..], &others[..]].concat()), [""; 0]);
    assert_eq!(among(&packages, &GENERATOR), [""; 0]);
}

#[test]
fn each_transport_has_one_tls_and_not_the_other_one_s_http() {
    let (asynchronous, blocking) = (packages("async", false), packages("blocking", false));
    for packages in [&asynchronous, &blocking] {
        assert!(packages.contains("rustls") && packages.contains("ring"), "{packages:?}");
        // What reads the certificates of the system is no TLS: `schannel`, `openssl-probe`.
        assert_eq!(among(packages, &["aws-lc", "native-tls", "openssl-sys"]), [""; 0]);
        assert_eq!(among(packages, &GENERATOR), [""; 0]);
    }
    assert_eq!(among(&asynchronous, &["ureq"]), [""; 0]);
    assert_eq!(among(&blocking, &["hyper", "reqwest", "tokio", "tower"]), [""; 0]);
}

/// The lines that `cargo tree` prints for the two clients, repeated packages and headings included.
#[test]
fn the_clients_bring_no_more_than_their_bounds() {
    for (features, most) in [("blocking", 127), ("async", 301)] {
        let mut cargo = topsdk_tests::cargo();
        cargo.current_dir(topsdk_tests::root()).args([
            "tree",
            "--locked",
            "--package",
            "topsdk",
            "--no-default-features",
        ]);
        let output = cargo.args(["--edges", "normal,build", "--features", features]).output().unwrap();
        let tree = String::from_utf8(output.stdout).unwrap();
        let lines = tree.lines().count();
        assert!((1..=most).contains(&lines), "{features}: {lines} lines\n{tree}");
    }
}
