//! Good days: the handshake, what is new about a page, resuming, where pages are written.

use std::fs;
use std::time::Duration;

use topsdk_codegen::fetch::{FetchOptions, Form, Known, Step, Wanted};
use topsdk_spec::{Api, Layout, Source};

use crate::site::{Fault, Site, document, document_with};
use crate::{files, names, options, refusal, run, run_with, start, steps, wanted};

fn three() -> Site {
    Site::new([(1, document(1, "a.b.one", "x")), (2, document(2, "a.b.two", "x")), (3, document(3, "a.b.three", "x"))])
}

#[test]
fn one_handshake_serves_all_pages() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&site, &[1, 2, 3, 2], folder.path()), ["1 new", "2 new", "3 new"]);
    assert_eq!((site.shells(), site.requested()), (1, vec![1, 2, 3]));
    assert_eq!(names(folder.path()), ["a.b.one.json", "a.b.three.json", "a.b.two.json"]);
    assert_eq!(files(folder.path())[0].1, document(1, "a.b.one", "x"), "the page is written as it came");
    let state = site.state();
    assert_eq!(
        (state.requests[0].target.as_str(), state.requests[0].cookies.as_str()),
        ("/api.htm?docId=1&docType=2", "")
    );
    assert_eq!(
        state.requests[1].target,
        "/handler/document/getDocument.json?isEn=false&treeId=&docId=1&docType=2&_tb_token_=e%2B1"
    );
    assert_eq!(state.requests[1].cookies, "_tb_token_=e+1; cookie2=c");
}

#[test]
fn an_expired_token_is_renewed_once_and_the_page_is_fetched() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    let mut run = start(options(&site), wanted(&[1, 2, 3]), &Known::default(), folder.path());
    assert!(matches!(run.next(), Some(Step::Page(_))));
    site.fail([Fault::Expire]);
    assert_eq!(steps(&mut run), ["2 new", "3 new"]);
    assert_eq!((site.shells(), site.requested()), (2, vec![1, 2, 2, 3]));
    let state = site.state();
    assert_eq!(state.requests[3].cookies, "", "the old cookies are forgotten: the site gives new ones to strangers");
}

#[test]
fn a_token_may_come_with_the_refusal_or_be_missing() {
    let site = three();
    site.state().token_by_refusal = true;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&site, &[1, 2], folder.path()), ["1 new", "2 new"]);
    assert_eq!(site.requested(), [1, 1, 2]);

    let mirror = three();
    mirror.state().open = true;
    mirror.state().shell_faults.extend([Fault::body(404, ""), Fault::body(404, "")]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&mirror, &[1, 2], folder.path()), ["1 new", "2 new"]);
    assert_eq!(
        (mirror.shells(), mirror.requested()),
        (2, vec![1, 2]),
        "a mirror is not asked for cookies again and again"
    );
}

#[test]
fn requests_are_paced() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&site);
    options.pause = Duration::from_millis(60);
    run_with(options, &[1, 2], folder.path());
    let state = site.state();
    for pair in state.requests.windows(2) {
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(60));
    }
    assert_eq!(state.requests.len(), 3);
}

#[test]
fn a_session_is_renewed_before_it_expires() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&site);
    options.max_session = Duration::MAX;
    assert_eq!(run_with(options.clone(), &[1, 2], folder.path()), ["1 new", "2 new"]);
    assert_eq!((site.shells(), site.requested()), (1, vec![1, 2]));

    site.state().requests.clear();
    options.max_session = Duration::ZERO;
    let ids = [3, 2, 1];
    assert_eq!(run_with(options, &ids, folder.path()), ["3 new", "2 unchanged", "1 unchanged"]);
    assert_eq!((site.shells(), site.requested()), (3, ids.to_vec()), "no request met an expired session");
}

#[test]
fn a_run_rests_after_each_hundred_documents() {
    let ids: Vec<u64> = (1..=201).collect();
    let site = Site::new(ids.iter().map(|id| (*id, document(*id, &format!("a.b.c{id}"), "x"))));
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&site);
    options.rest = Duration::from_millis(300);
    let run = |options: &FetchOptions| {
        let seen = run_with(options.clone(), &ids, folder.path());
        seen.iter().enumerate().filter(|(_, step)| *step == "rest").map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(run(&options), [0; 0], "without a pause there is no rest");
    assert_eq!(options.expected(201), Duration::ZERO);
    options.pause = Duration::from_micros(1);
    site.state().requests.clear();
    assert_eq!(run(&options), [100, 201]);
    let state = site.state();
    let documents: Vec<_> = state.requests.iter().filter(|request| request.is_document()).collect();
    for pair in [100, 200] {
        assert!(documents[pair].at - documents[pair - 1].at >= options.rest);
    }
    assert_eq!(options.expected(201).as_millis(), 600);
}

#[test]
fn robots_txt_is_fetched_once_and_obeyed() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&site, &[1, 2], folder.path()), ["1 new", "2 new"]);
    assert_eq!(site.state().robots.1, 1);
    for (robots, outcome) in [
        ("User-agent: *\nDisallow: /handler/\n", "refused"),
        ("User-agent: other\nDisallow: /\n\nUser-agent: TopSDK\nDisallow: *getDocument\n", "refused"),
        ("User-agent: *\nDisallow: /\nAllow: /api.htm\nAllow: /handler\n", "new"),
        ("User-agent: Baiduspider\nDisallow: /\n", "new"),
        ("<html>没有</html>", "new"),
    ] {
        site.state().robots = (robots.to_owned(), 0);
        let folder = tempfile::tempdir().unwrap();
        let seen = run(&site, &[1, 2], folder.path());
        assert_eq!(seen[0], format!("1 {outcome}"), "{robots}");
        assert_eq!(
            seen.len(),
            if outcome == "new" { 2 } else { 1 },
            "what excludes one document excludes all: {robots}"
        );
    }
    site.state().robots.0 = "User-agent: *\nDisallow: /handler/\n".to_owned();
    let why = refusal(start(options(&site), wanted(&[1]), &Known::default(), folder.path()));
    assert!(why.contains("/handler/document/getDocument.json: the site's robots.txt asks"), "{why}");
    assert!(!site.state().requests.last().unwrap().is_document());
}

#[test]
fn requests_name_the_project_and_where_to_complain() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    run(&site, &[1], folder.path());
    for request in &site.state().requests {
        assert!(request.agent.starts_with("topsdk/") && request.agent.contains("(+https://"), "{}", request.agent);
        assert!(request.agent.ends_with("/issues)"), "{}", request.agent);
    }
}

#[test]
fn only_a_changed_reading_counts_as_a_change() {
    let site = Site::new([(1, document(1, "a.b.one", "x"))]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.b.one.json");
    assert_eq!(run(&site, &[1], folder.path()), ["1 new"]);
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(run(&site, &[1], folder.path()), ["1 unchanged"]);

    // Members in another order, another envelope, members of which nothing is read.
    let alike = first.replace("\"success\":true,\"code\":\"200\"", "\"traceId\":\"17\",\"success\":true").replace(
        "\"gmtModified\":1700000000000,\"labels\":[]",
        "\"faqs\":[1],\"labels\":[],\"gmtModified\":1700000000001",
    );
    site.state().pages.insert(1, alike.into_bytes());
    assert_eq!(run(&site, &[1], folder.path()), [r#"1 alike ["faqs", "gmtModified"]"#]);
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written, "the file was not touched");

    // The document's own list of changes is not read either.
    let more = r#""changeDiff":{"inputDiff":["[+] y"]},"#;
    site.state().pages.insert(1, document_with(1, "a.b.one", "x", more).into_bytes());
    assert_eq!(run(&site, &[1], folder.path()), [r#"1 alike ["changeDiff"]"#]);
    site.state().pages.insert(1, document(1, "a.b.one", "y").into_bytes());
    let mut check = options(&site);
    check.check = true;
    let before = files(folder.path());
    assert_eq!(run_with(check, &[1], folder.path()), ["1 changed"]);
    assert_eq!(files(folder.path()), before, "a check writes nothing");
    assert_eq!(run(&site, &[1], folder.path()), ["1 changed"]);
    assert_eq!(files(folder.path())[0].1, document(1, "a.b.one", "y"));
    assert_eq!(names(folder.path()), ["a.b.one.json"], "nothing is left beside it");
}

#[test]
fn an_interrupted_run_is_resumed() {
    let site = three();
    let (folder, journal) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = |ids: &[u64], restart| {
        let mut options = options(&site);
        options.journal = Some(journal.path().join("topsdk"));
        options.restart = restart;
        start(options, wanted(ids), &Known::default(), folder.path())
    };
    let mut first = start(&[1, 2, 3], false);
    first.by_ref().take(2).for_each(drop);
    drop(first);
    // Another run is not this one.
    assert_eq!(steps(&mut start(&[1, 3], false)), ["1 unchanged", "3 new"]);
    // A page that somebody has removed since is fetched again.
    fs::remove_file(folder.path().join("a.b.two.json")).unwrap();
    assert_eq!(steps(&mut start(&[1, 2, 3], false)), ["1 resumed", "2 new", "3 unchanged"]);
    assert!(!journal.path().join("topsdk").exists(), "the run is over, and nothing of it is left");
    assert_eq!(steps(&mut start(&[1, 2, 3], false)), ["1 unchanged", "2 unchanged", "3 unchanged"]);
    start(&[1, 2, 3], false).by_ref().take(2).for_each(drop);
    assert_eq!(steps(&mut start(&[1, 2, 3], true)), ["1 unchanged", "2 unchanged", "3 unchanged"]);
}

#[test]
fn failed_pages_come_last_in_the_next_run() {
    let site = three();
    let (folder, journal) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = || {
        let mut options = options(&site);
        options.journal = Some(journal.path().to_owned());
        options.retries = 0;
        run_with(options, &[1, 2, 9, 3], folder.path())
    };
    let mut expected = ["1 new", "2 refused", "9 refused", "3 new"];
    site.state().shell_faults.push_back(Fault::body(404, ""));
    site.fail([]);
    let state_of_two = document(2, "a.b.two", "x");
    site.state().pages.insert(2, state_of_two.as_bytes()[..200].to_vec());
    assert_eq!(run(), expected);
    site.state().pages.insert(2, state_of_two.into_bytes());
    expected = ["1 resumed", "9 refused", "3 resumed", "2 new"];
    assert_eq!(run(), expected);
    expected = ["1 unchanged", "2 unchanged", "9 refused", "3 unchanged"];
    assert_eq!(run(), expected, "that there is no page 9 is an answer, and another run would get no other");
}

#[test]
fn pages_that_always_fail_do_not_block_the_others() {
    let site = three();
    site.state().pages.extend([4, 5, 6].map(|id| (id, document(id, "a.b.x", "x").into_bytes()[..200].to_vec())));
    let (folder, journal) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = || {
        let mut options = options(&site);
        options.journal = Some(journal.path().to_owned());
        options.retries = 0;
        run_with(options, &[4, 5, 6, 1, 2, 3], folder.path())
    };
    assert_eq!(run(), ["4 refused", "5 refused", "6 refused"], "the site may be down, and is left alone");
    assert_eq!(run(), ["1 new", "2 new", "3 new", "4 refused", "5 refused", "6 refused"]);
}

fn api(method: &str, doc_id: Option<u64>, page: &str, layout: Layout) -> Api {
    let source = Source { page: page.to_owned(), layout, ..Source::default() };
    Api { method: method.to_owned(), doc_id, source, ..Api::default() }
}

#[test]
fn a_page_is_written_to_the_path_in_its_spec() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    let known = Known::new(&[
        api("a.b.one", Some(1), "shop/1.json", Layout::Document),
        api("a.b.two", Some(2), "two.html", Layout::Html),
        api("a.b.three", Some(3), "../outside.json", Layout::Document),
    ]);
    let (all, without_number) = known.of_specs();
    assert_eq!((all.len(), without_number.len()), (3, 0));
    let mut run = start(options(&site), all, &known, folder.path());
    assert_eq!(steps(&mut run), ["1 new", "3 new", "2 new"]);
    assert_eq!(names(folder.path()), ["a.b.three.json", "a.b.two.json"]);
    assert!(folder.path().join("shop/1.json").is_file());
}

#[test]
fn a_number_that_returns_another_api_changes_nothing() {
    let site = three();
    let folder = tempfile::tempdir().unwrap();
    let start = |known: &Known, wanted| start(options(&site), wanted, known, folder.path());
    // The number belongs to another method by the spec.
    let known = Known::new(&[api("a.b.old", Some(1), "a.b.old.json", Layout::Document)]);
    let why = refusal(start(&known, vec![known.find("1").unwrap()]));
    assert!(why.contains("`a.b.old`") && why.contains("`a.b.one`"), "{why}");
    // The method belongs to another number by the spec.
    let known = Known::new(&[api("a.b.one", Some(7), "a.b.one.json", Layout::Document)]);
    let why = refusal(start(&known, wanted(&[1])));
    assert!(why.contains("has number 7 according to the spec"), "{why}");
    // The document says another number itself.
    site.state().pages.insert(4, document(1, "a.b.one", "x").into_bytes());
    let why = refusal(start(&Known::default(), wanted(&[4])));
    assert!(
        why.contains("document 4 belongs to `a.b.one`, which has number 1 according to the document itself"),
        "{why}"
    );
    assert_eq!(names(folder.path()), [""; 0]);
    // Without a number of its own, the first of a run has it.
    let page = document(1, "a.b.one", "x").replace("\"id\":1,", "");
    for id in [5, 6] {
        site.state().pages.insert(id, page.clone().into_bytes());
    }
    assert_eq!(run(&site, &[5, 6], folder.path()), ["5 new", "6 refused"]);
}

#[test]
fn a_document_without_a_number_gets_the_requested_one() {
    let bare = document(1, "a.b.one", "x").replace("\"id\":1,", "");
    let site = Site::new([(1, bare)]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&site, &[1], folder.path()), ["1 new"]);
    assert_eq!(files(folder.path())[0].1, document(1, "a.b.one", "x"));
    assert_eq!(run(&site, &[1], folder.path()), ["1 unchanged"]);
}

#[test]
fn methods_never_lead_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).unwrap();
    let long = format!("a.{}", "b".repeat(190));
    for method in [
        "../evil.b",
        "a/b.c",
        "a\\b.c",
        "/etc/a.b",
        "a.b\\u0000c",
        "..",
        "a..b",
        ".a.b",
        "a.b.",
        "C:a.b",
        "a.b c",
        &long,
    ] {
        let site = Site::new([(1, document(1, &method.replace('\\', "\\\\"), "x"))]);
        assert_eq!(run(&site, &[1], &pages), ["1 refused"], "{method}");
    }
    assert_eq!(names(&pages), [""; 0]);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_never_lead_out_of_the_folder() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(outside.path(), folder.path().join("shop")).unwrap();
    let site = three();
    let known = Known::new(&[api("a.b.one", Some(1), "shop/1.json", Layout::Document)]);
    let run = start(options(&site), known.of_specs().0, &known, folder.path());
    let why = refusal(run);
    assert!(why.contains("leads out"), "{why}");
    assert_eq!(names(outside.path()), [""; 0]);
}

#[test]
fn html_pages_are_fetched_without_a_token() {
    let seed =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/seed/spec/pages/alibaba.alsc.crm.recharge.dedut.update.html");
    let seed = fs::read_to_string(seed).unwrap();
    let site = Site::new([(45864, seed.clone())]);
    let folder = tempfile::tempdir().unwrap();
    let html = || {
        let mut options = options(&site);
        options.form = Form::Html;
        options
    };
    assert_eq!(run_with(html(), &[45864], folder.path()), ["45864 new"]);
    assert_eq!(files(folder.path()), [("alibaba.alsc.crm.recharge.dedut.update.html".to_owned(), seed.clone())]);
    assert_eq!(site.state().requests[0].target, "/docs/api.htm?apiId=45864");
    assert_eq!(site.shells(), 0);
    // A token in a script, a widget: what changes with every request is not the page.
    let other = seed.replace("<body", "<!-- 17 --><script>var token = 'x1';</script><body");
    assert_ne!(other, seed);
    site.state().pages.insert(45864, other.into_bytes());
    assert_eq!(run_with(html(), &[45864], folder.path()), ["45864 alike []"]);
    // The number of another page.
    site.state().pages.insert(1, seed.into_bytes());
    assert_eq!(run_with(html(), &[1], folder.path()), ["1 refused"]);
    let one = Wanted { id: 45864, method: Some("alibaba.alsc.crm.recharge.dedut.update".to_owned()) };
    let mut known = start(html(), vec![one], &Known::default(), folder.path());
    assert_eq!(steps(&mut known), ["45864 alike []"]);
}
