//! `topsdk fetch` over a site of a few dozen APIs: whole, by category and by method, through expiry and every kind of block.

use std::fs;
use std::path::Path;

use crate::site::{BLOCKED, CAPTCHA, Fault, PUNISHED, Site, apis, catalogue, document};
use crate::{files, names, repository, topsdk};

/// The pages of all APIs of the small site, as files.
fn all() -> Vec<(String, String)> {
    let mut all: Vec<_> =
        apis().into_iter().map(|(id, method, ..)| (format!("{method}.json"), document(id, &method, "x"))).collect();
    all.sort();
    all
}

fn fetch(site: &Site, arguments: &[&str], root: &Path) -> (i32, String, String) {
    topsdk(site, &[&["fetch", "--backoff", "1ms"], arguments].concat(), root)
}

#[test]
fn the_whole_site_is_fetched_through_expiry_and_every_kind_of_block() {
    let (site, repository) = (Site::small(), repository());
    let pages = repository.path().join("spec/pages");
    site.state().expire_after = Some(7);
    let blocks = [(BLOCKED, 11, "5m"), (CAPTCHA, 0, "10m"), (PUNISHED, 9, "10m"), ("", 3, "10m")];
    for (block, before, wait) in blocks {
        let done = names(&pages).len();
        let faults = vec![None; before].into_iter().chain([Some(Fault::body(200, block))]);
        site.state().document_faults = faults.collect();
        site.state().robots.1 = 0;
        let (status, _, err) = fetch(&site, &["--all"], repository.path());
        assert_eq!((status, site.state().robots.1), (2, 1), "{err}");
        let rest = if done == 0 { String::new() } else { format!(", {} of them left to fetch", 42 - done) };
        assert!(err.starts_with(&format!("note: 42 pages{rest}; pauses and rests take about 0s\n")), "{err}");
        assert!(err.contains(&format!("run the same command again in {wait}: it continues there")), "{err}");
        assert_eq!(names(&pages).len(), done + before, "nothing is requested after the block: {err}");
    }
    // A catalogue that has changed since is no other run.
    let mut listed = apis();
    listed.truncate(41);
    site.state().catalogue = catalogue(&listed);
    let (status, out, err) = fetch(&site, &["--all", "--max-age", "0"], repository.path());
    assert_eq!((status, err.lines().count()), (0, 1), "{err}");
    assert!(out.ends_with("41 pages: 18 new, 23 resumed; run `topsdk update` to update specs and bindings\n"), "{out}");
    site.state().catalogue = catalogue(&apis());
    let (status, out, _) = fetch(&site, &["--all", "--max-age", "0"], repository.path());
    assert_eq!(
        (status, out.lines().last()),
        (0, Some("42 pages: 1 new, 41 unchanged; run `topsdk update` to update specs and bindings"))
    );
    assert_eq!(files(&pages), all());
    assert!(site.shells() > 10, "sessions have expired: {}", site.shells());
    assert_eq!(topsdk_update(repository.path()), 0);
    assert_eq!(fetch(&site, &["--known"], repository.path()).1, "42 pages: 42 unchanged\n");
}

fn topsdk_update(root: &Path) -> i32 {
    let output =
        std::process::Command::new(env!("CARGO_BIN_EXE_topsdk")).arg("update").current_dir(root).output().unwrap();
    output.status.code().unwrap()
}

#[test]
fn a_document_whose_method_differs_from_the_catalogue_is_refused() {
    let (site, repository) = (Site::small(), repository());
    site.state().pages.insert(101, document(101, "a.b.other.get", "x").into_bytes());
    for arguments in [&["taobao.trades.sold.get"][..], &["--category", "交易API"], &["--all"]] {
        let (status, _, err) = fetch(&site, arguments, repository.path());
        assert_eq!(status, 2);
        let expected = "document 101 belongs to `a.b.other.get`, expected `taobao.trades.sold.get`";
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
    assert_eq!(names(&repository.path().join("spec/pages")).len(), 41);
}

#[test]
fn categories_and_methods_are_looked_up_in_the_catalogue() {
    let (site, repository) = (Site::small(), repository());
    let arguments = ["--category", "交易API", "tmall.promotion.coupon.get"];
    let (status, _, err) = fetch(&site, &arguments, repository.path());
    assert_eq!((status, err.as_str()), (0, "note: 13 pages; pauses and rests take about 0s\n"));
    let mut requested = site.requested();
    requested.sort_unstable();
    assert_eq!(requested, (101..=112).chain([137]).collect::<Vec<_>>());
    fs::write(repository.path().join("list"), "101\ntaobao.trade.sold.get\n").unwrap();
    for (arguments, part) in [
        (&["taobao.trades.sould.get"][..], "has `taobao.trades.sould.get`; did you mean `taobao.trades.sold.get`"),
        (
            &["--list", "list"],
            "list:2: neither a spec nor the site's catalogue has `taobao.trade.sold.get`; did you mean",
        ),
        (&["--category", "交易"], "the site's catalogue has no category `交易`"),
    ] {
        let (status, out, err) = fetch(&site, arguments, repository.path());
        assert_eq!((status, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(part), "{arguments:?}: {err}");
    }
    assert_eq!(site.requested().len(), 13);
}
