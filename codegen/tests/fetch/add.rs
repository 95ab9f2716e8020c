//! `topsdk add`: from a name of a small site to bindings that compile and call.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::site::{BLOCKED, Fault, Site, document};
use crate::{repository, topsdk};

/// All files below a folder, with their bytes.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match entry.is_dir() {
            true => files.extend(tree(&entry)),
            false => drop(files.insert(entry.display().to_string(), fs::read(&entry).unwrap())),
        }
    }
    files
}

#[test]
fn a_name_becomes_a_page_a_spec_and_a_module() {
    let (site, repository) = (Site::small(), repository());
    let (status, out, err) = topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("new       taobao.trades.sold.get (测试), from taobao.trades.sold.get.json\n"), "{out}");
    let last = "added     taobao.trades.sold.get: use topsdk::taobao::trades::sold_get; (feature `taobao-trades`)";
    assert_eq!(out.lines().last(), Some(last));
    for file in [
        "spec/catalogue.jsonl",
        "spec/pages/taobao.trades.sold.get.json",
        "spec/apis/taobao.trades.sold.get.json",
        "generated/src/apis/taobao/trades/sold_get.rs",
    ] {
        assert!(repository.path().join(file).is_file(), "{file}");
    }
    assert_eq!(site.asked(), [101]);

    // What is there is reported, without a request, and stays.
    let (before, requests) = (tree(repository.path()), site.state().requests.len());
    let (status, out, err) = topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert_eq!(out, last.replace("added ", "exists") + "\n");
    assert_eq!((tree(repository.path()) == before, site.state().requests.len()), (true, requests));
}

#[test]
fn a_category_is_added_whole_and_what_is_there_stays() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["add", "taobao.trades.sold.get"], repository.path()).0, 0);
    let arguments = ["add", "--category", "交易API", "--format", "json"];
    let (status, out, err) = topsdk(&site, &arguments, repository.path());
    assert_eq!((status, err.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let added: Vec<bool> = lines.iter().filter_map(|line| line["added"].as_bool()).collect();
    assert_eq!((added.len(), added.iter().filter(|added| **added).count()), (12, 11));
    assert_eq!(site.asked().len(), 12, "no document is fetched twice");
    assert_eq!(fs::read_dir(repository.path().join("spec/apis")).unwrap().count(), 12);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_and_changes_nothing() {
    let (site, repository) = (Site::small(), repository());
    assert_eq!(topsdk(&site, &["catalogue"], repository.path()).0, 0);
    let before = tree(repository.path());
    for (arguments, part) in [
        (&["add", "taobao.trade.sold.get"][..], "did you mean `taobao.trades.sold.get`"),
        (&["add", "taobao.item.seller.get", "trades.sold.create"], "did you mean `taobao.trades.sold.create`?"),
        (&["add", "--category", "交易"], "no category `交易`; did you mean `交易API`?"),
        (&["add"], "METHOD"),
    ] {
        let (status, out, err) = topsdk(&site, arguments, repository.path());
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(part), "{arguments:?}: {err}");
        assert_eq!(tree(repository.path()), before, "{arguments:?}");
    }
    assert_eq!(
        (site.asked().len(), site.catalogues()),
        (0, 4),
        "a young catalogue is fetched anew before a name is refused"
    );
}

#[test]
fn a_document_of_another_method_or_a_block_adds_nothing_of_it() {
    let (site, repository) = (Site::small(), repository());
    site.state().pages.insert(101, document(101, "taobao.trades.sold.query", "x").into_bytes());
    let methods = ["add", "taobao.trades.sold.get", "taobao.trade.order.get"];
    let (status, out, err) = topsdk(&site, &methods, repository.path());
    assert_eq!(status, 2);
    assert!(err.contains("`taobao.trades.sold.get`") && err.contains("`taobao.trades.sold.query`"), "{err}");
    assert!(out.contains("added     taobao.trade.order.get"), "{out}");
    assert!(!out.contains("taobao.trades.sold.query"), "{out}");

    site.fail([Fault::body(200, BLOCKED)]);
    let methods = ["add", "taobao.item.seller.get", "taobao.item.seller.update"];
    let (status, out, err) = topsdk(&site, &methods, repository.path());
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(
        err.contains("RGV587_ERROR")
            && err.contains("1 of 2 pages were not asked for; the same command adds them later"),
        "{err}"
    );
    let (status, out, _) = topsdk(&site, &methods, repository.path());
    assert_eq!((status, out.matches("\nadded ").count()), (0, 2));
}
