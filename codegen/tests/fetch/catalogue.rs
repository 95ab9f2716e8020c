//! `topsdk catalogue` and `topsdk search` over a site of a few dozen APIs.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::site::{BLOCKED, Fault, Site, apis, catalogue};
use crate::{repository, topsdk};

const FILE: &str = "spec/catalogue.jsonl";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn methods(text: &str) -> Vec<String> {
    lines(text).iter().map(|line| line["method"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_api_is_listed_once_and_a_second_fetch_changes_nothing() {
    let (site, repository) = (Site::small(), repository());
    let (status, out, err) = topsdk(&site, &["catalogue"], repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(out, format!("42 APIs in 6 categories: 42 new, 0 gone; wrote ./{FILE}\n"));
    let text = fs::read_to_string(repository.path().join(FILE)).unwrap();
    let mut expected: Vec<String> = apis().into_iter().map(|(_, method, ..)| method).collect();
    expected.sort();
    assert_eq!(methods(&text), expected);
    assert_eq!(
        lines(&text)[0],
        json!({ "method": "alibaba.wdk.sku.create", "doc_id": 134, "title": "创建五道口商品", "categories": ["五道口API"] })
    );
    // The first API of the first tree stands in the last one, too.
    let twice: Vec<_> =
        lines(&text).into_iter().filter(|entry| entry["categories"].as_array().unwrap().len() > 1).collect();
    assert_eq!(twice.len(), 1, "{twice:?}");

    let (status, out, _) = topsdk(&site, &["catalogue"], repository.path());
    assert_eq!((status, out), (0, format!("42 APIs in 6 categories: 0 new, 0 gone; as stored in ./{FILE}\n")));
    let mut changed = apis();
    changed.swap_remove(0);
    changed.push((900, "taobao.time.get".to_owned(), "时间".to_owned(), "系统API"));
    site.state().catalogue = catalogue(&changed);
    let (status, out, _) = topsdk(&site, &["catalogue"], repository.path());
    let listed = format!(
        "new       taobao.time.get\ngone      taobao.trades.sold.get\n42 APIs in 7 categories: 1 new, 1 gone; wrote ./{FILE}\n"
    );
    assert_eq!((status, out), (0, listed));
}

#[test]
fn a_degraded_or_foreign_catalogue_needs_accept() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["catalogue"], repository.path()).0, 0);
    let stored = fs::read_to_string(repository.path().join(FILE)).unwrap();
    let all = apis();
    let renamed =
        all.iter().map(|(id, method, title, category)| (*id, format!("x.{method}"), title.clone(), *category));
    for (answer, part) in [
        (json!({ "treeCategories": [] }), "lists no APIs"),
        (catalogue(&all[5..]), "lacks 5 of the 42 APIs"),
        (catalogue(&renamed.collect::<Vec<_>>()), "another site: of the 42 documents"),
    ] {
        site.state().catalogue = answer;
        for arguments in [&["catalogue"][..], &["search", "订单", "--max-age", "0"], &["add", "x.y.z"], &["watch"]] {
            let (status, out, err) = topsdk(&site, arguments, repository.path());
            assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
            assert!(err.contains(part) && err.contains("topsdk catalogue --accept"), "{arguments:?}: {err}");
            assert_eq!(fs::read_to_string(repository.path().join(FILE)).unwrap(), stored);
        }
    }
    site.state().catalogue = catalogue(&all[4..]);
    assert_eq!(topsdk(&site, &["catalogue"], repository.path()).0, 0, "less than a tenth may go");
    site.state().catalogue = catalogue(&all[20..]);
    let (status, out, _) = topsdk(&site, &["catalogue", "--accept"], repository.path());
    assert_eq!(
        (status, out.lines().last().unwrap()),
        (0, &*format!("22 APIs in 4 categories: 0 new, 16 gone; wrote ./{FILE}"))
    );
}

#[test]
fn an_invalid_catalogue_response_keeps_the_stored_one() {
    let (site, repository) = (Site::small(), repository());
    site.fail([Fault::Expire]);
    assert_eq!(topsdk(&site, &["catalogue"], repository.path()).0, 0, "a session is renewed");
    let stored = fs::read_to_string(repository.path().join(FILE)).unwrap();
    for (body, part) in [(BLOCKED, "blocks"), ("{\"data\":[]}", "expected"), ("", "empty"), ("<html></html>", "page")] {
        site.state().always = Some(Fault::body(200, body));
        let (status, out, err) = topsdk(&site, &["catalogue"], repository.path());
        assert_eq!((status, out.as_str()), (2, ""), "{body}");
        assert!(err.contains(part), "{body}: {err}");
        assert_eq!(fs::read_to_string(repository.path().join(FILE)).unwrap(), stored);
    }
}

#[test]
fn two_methods_of_one_document_are_reported() {
    let (site, repository) = (Site::small(), repository());
    let mut listed = apis();
    listed.push((101, "taobao.trades.sold.query".to_owned(), String::new(), "交易API"));
    site.state().catalogue = catalogue(&listed);
    let (status, out, err) = topsdk(&site, &["catalogue"], repository.path());
    assert_eq!((status, out.starts_with("42 APIs")), (0, true), "{out}");
    assert!(err.contains("document 101") && err.contains("`taobao.trades.sold.query`"), "{err}");
}

#[test]
fn search_ranks_results_and_marks_apis_of_the_repository() {
    let (site, repository) = (Site::small(), repository());
    fs::create_dir_all(repository.path().join("spec/apis")).unwrap();
    fs::write(repository.path().join("spec/apis/taobao.trades.sold.get.json"), "").unwrap();
    let (status, out, _) = topsdk(&site, &["search", "trades.sold"], repository.path());
    assert_eq!((status, out.lines().count()), (0, 6));
    assert_eq!(out.lines().next(), Some("*  taobao.trades.sold.get            查询已卖出的交易      交易API"));
    assert!(out.lines().skip(1).all(|line| line.starts_with("   taobao.trades.sold.")), "{out}");

    let (_, out, _) = topsdk(&site, &["search", "交易", "订单", "--format", "json"], repository.path());
    let found = methods(&out);
    assert_eq!((found.len(), found[0].as_str()), (6, "taobao.trade.order.get"));
    assert_eq!((&lines(&out)[0]["in_repository"], &lines(&out)[0]["doc_id"]), (&json!(false), &json!(107)));
    let (_, out, err) = topsdk(&site, &["search", "taobao", "GET", "--limit", "2"], repository.path());
    assert_eq!((out.lines().count(), err.as_str()), (2, "note: 2 of 15 are shown; --limit 15 shows all\n"));

    let (_, out, _) = topsdk(&site, &["search", "--category"], repository.path());
    assert_eq!(out.lines().next(), Some("12  交易API"));
    let (_, out, _) = topsdk(&site, &["search", "--category", "商品", "--format", "json"], repository.path());
    assert_eq!(lines(&out), [json!({ "category": "商品API", "apis": 6 })]);
    let (status, out, err) = topsdk(&site, &["search", "无"], repository.path());
    assert_eq!((status, out.as_str(), err.as_str()), (0, "", "note: nothing in the catalogue contains all of: 无\n"));
    assert_eq!(topsdk(&site, &["search"], repository.path()).0, 2);
}

#[test]
fn the_stored_catalogue_is_used_for_a_day() {
    let (site, repository) = (Site::small(), repository());
    let search = |more: &[&str]| {
        let arguments = [&["search", "订单"], more].concat();
        assert_eq!(topsdk(&site, &arguments, repository.path()).0, 0);
        site.catalogues()
    };
    assert_eq!((search(&[]), search(&[]), search(&["--max-age", "1h"])), (1, 1, 1));
    assert_eq!(search(&["--max-age", "0"]), 2);
    let age = |hours: u64| {
        let file = File::options().write(true).open(repository.path().join(FILE)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    };
    age(23);
    assert_eq!(search(&[]), 2);
    age(25);
    assert_eq!((search(&["--max-age", "2d"]), search(&[]), search(&[])), (2, 3, 3));
    let outside = tempfile::tempdir().unwrap();
    assert_eq!(topsdk(&site, &["search", "订单"], outside.path()).0, 0);
    assert_eq!((site.catalogues(), fs::read_dir(outside.path()).unwrap().count()), (4, 0), "nothing is stored there");
}
