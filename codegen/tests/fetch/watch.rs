//! `topsdk watch` over a site of a few dozen APIs.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::site::{BLOCKED, Fault, Site, apis, catalogue};
use crate::{repository, topsdk};

/// Adds three APIs to a repository, with the catalogue.
fn with_apis(site: &Site) -> tempfile::TempDir {
    let repository = repository();
    let methods = ["taobao.trades.sold.get", "taobao.trade.order.get", "tmall.promotion.coupon.get"];
    let (status, _, err) = topsdk(site, &[&["add"][..], &methods].concat(), repository.path());
    assert_eq!(status, 0, "{err}");
    repository
}

fn milliseconds(days_ago: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(days_ago * 24 * 60 * 60);
    u64::try_from(now.as_millis()).unwrap()
}

/// The report for machines.
fn watch(site: &Site, more: &[&str], folder: &Path) -> (i32, Value) {
    let (status, out, err) = topsdk(site, &[&["watch", "--format", "json"], more].concat(), folder);
    (status, serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")))
}

fn announce(site: &Site, list: Value) {
    site.state().announcements.insert(0, json!({ "queryResults": list }));
}

fn methods(report: &Value, kind: &str) -> Vec<String> {
    report[kind].as_array().unwrap().iter().map(|found| found["method"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_unchanged_site_is_reported_as_unchanged() {
    let site = Site::small();
    announce(&site, json!([]));
    let repository = with_apis(&site);
    let (status, out, err) = topsdk(&site, &["watch"], repository.path());
    let all = "42 APIs in the catalogue, 3 in spec/apis: 0 new, 0 unlisted, 0 announced\n";
    assert_eq!((status, out.as_str(), err.as_str()), (0, all, ""));
}

#[test]
fn exactly_the_new_unlisted_and_announced_apis_are_reported() {
    let site = Site::small();
    let repository = with_apis(&site);
    // One that is gone is in the specs, one is not.
    let gone = ["taobao.trade.order.get", "taobao.refund.apply.get"];
    let mut listed: Vec<_> = apis().into_iter().filter(|(_, method, ..)| !gone.contains(&method.as_str())).collect();
    listed.push((900, "taobao.time.get".to_owned(), "时间".to_owned(), "系统API"));
    site.state().catalogue = catalogue(&listed);
    announce(
        &site,
        json!([
            { "id": 1, "title": "关于交易接口下线的公告", "docType": 12, "gmtModified": milliseconds(1), "url": "" },
            { "id": 2, "title": "旧公告", "gmtModified": milliseconds(91) },
            { "id": 3, "title": "关于tmall.promotion.coupon.get的公告" },
            { "id": 4, "title": "其他", "gmtModified": milliseconds(2) },
        ]),
    );
    let content = |text: &str| json!({ "id": 1, "title": "x", "content": text });
    let goes = "<p>亲爱的开发者：</p><p>接口 <b>taobao.trades.sold.get</b> 将于2026年12月31日下线。taobao.trades.sold.getter 不变。</p>";
    site.state().announcements.extend([
        (1, content(goes)),
        (2, content("taobao.trades.sold.get 旧")),
        (3, content("详情")),
        (4, content("taobao.item.seller.get 不在这里")),
    ]);
    let (status, report) = watch(&site, &[], repository.path());
    assert_eq!(status, 1);
    assert_eq!(methods(&report, "new"), ["taobao.time.get"]);
    assert_eq!(methods(&report, "unlisted"), ["taobao.trade.order.get"]);
    assert_eq!(
        methods(&report, "announced"),
        ["taobao.trades.sold.get", "tmall.promotion.coupon.get"].map(|m| m.to_owned())
    );
    let announced = &report["announced"][0];
    assert_eq!(announced["title"], "关于交易接口下线的公告");
    assert_eq!(announced["sentence"], "接口 taobao.trades.sold.get 将于2026年12月31日下线。");
    assert_eq!(announced["address"], format!("{}/doc.htm?docId=1&docType=12", site.address));
    assert_eq!(announced["date"].as_str().unwrap().len(), 10);
    assert_eq!((&report["announced"][1]["date"], &report["problems"]), (&Value::Null, &json!([])));
    assert!(!site.state().requests.iter().any(|request| request.target.contains("docId=2&docType=12")));

    let (_, report) = watch(&site, &["--days", "100"], repository.path());
    assert_eq!(report["announced"].as_array().unwrap().len(), 3);
    let (status, out, _) = topsdk(&site, &["watch"], repository.path());
    assert_eq!(status, 1);
    assert!(
        out.contains(
            "\nunlisted   taobao.trade.order.get: not in the site's catalogue\nannounced  taobao.trades.sold.get: 20"
        ),
        "{out}"
    );
    assert!(!out.contains("retire"), "absence is never called retirement: {out}");
    let (status, out, _) = topsdk(&site, &["watch", "--format", "markdown"], repository.path());
    assert_eq!(status, 1);
    let announced = out.find("`接口 taobao.trades.sold.get 将于2026年12月31日下线。`").unwrap();
    assert!(announced < out.find("* `taobao.trade.order.get`").unwrap(), "{out}");
    assert!(out.contains("* `taobao.time.get` `时间`"), "{out}");
    assert!(out.contains(&format!("<{}/doc.htm?docId=1&docType=12>", site.address)), "{out}");
    let stored = fs::read_to_string(repository.path().join("spec/catalogue.jsonl")).unwrap();
    assert!(stored.contains("taobao.trade.order.get"), "watch writes nothing");
}

#[test]
fn unreadable_announcements_do_not_hide_the_catalogue_part() {
    let site = Site::small();
    let repository = with_apis(&site);
    site.state().catalogue = catalogue(&apis()[1..]);
    site.state().announcements.insert(0, json!({ "results": { "total": 885 } }));
    let (status, out, err) = topsdk(&site, &["watch"], repository.path());
    assert_eq!(status, 1);
    assert!(out.starts_with("unlisted   taobao.trades.sold.get"), "{out}");
    assert!(err.contains("note: the list of announcements") && err.contains("an object with results"), "{err}");
    // One of another shape does not hide the others.
    announce(&site, json!([{ "id": 1, "title": "一" }, { "id": 2, "title": "二" }, { "id": 3 }]));
    site.state().announcements.insert(1, json!({ "body": "x" }));
    site.state().announcements.insert(2, json!({ "content": "taobao.trade.order.get 下线" }));
    let (status, report) = watch(&site, &[], repository.path());
    assert_eq!((status, methods(&report, "announced")), (1, vec!["taobao.trade.order.get".to_owned()]));
    let problems = report["problems"].to_string();
    for part in ["a list of 3 with 2 that have a title and a number", "announcement 1 (一)", "an object with body"] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
}

#[test]
fn a_block_among_announcements_exits_with_two_and_reports_the_rest() {
    let site = Site::small();
    let repository = with_apis(&site);
    site.state().catalogue = catalogue(&apis()[1..]);
    announce(&site, json!([{ "id": 1, "title": "一" }]));
    let catalogue = json!({ "success": true, "data": site.state().catalogue }).to_string();
    let list = json!({ "success": true, "data": site.state().announcements[&0] }).to_string();
    site.fail([catalogue, list, BLOCKED.to_owned()].map(|body| Fault::body(200, body)));
    let (status, out, err) = topsdk(&site, &["watch"], repository.path());
    assert_eq!(status, 2);
    assert!(out.starts_with("unlisted   taobao.trades.sold.get"), "{out}");
    assert!(err.contains("RGV587_ERROR") && err.contains("could not all be read"), "{err}");
}
