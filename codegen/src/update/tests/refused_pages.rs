//! Tests pages that can be read but must not replace a good spec.

use std::fs;

use super::{METHOD, OTHER, Repository, outcomes, seed, spec};
use crate::update::{UpdateError, UpdateOptions, UpdateOutcome, UpdateReport};

const PAGE: &str = "spec/pages/alibaba.alsc.crm.recharge.dedut.update.html";

/// Returns a repository with the seed page in one form, and its spec.
fn repository() -> Repository {
    let repository = Repository::new();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    repository.update();
    repository
}

fn accept(repository: &Repository, method: &str) -> UpdateReport {
    repository.run(&UpdateOptions { accept: vec![method.to_owned()], ..UpdateOptions::default() }).unwrap()
}

fn why(update: &UpdateReport) -> Vec<String> {
    let why = update.apis.iter().filter_map(|api| match &api.outcome {
        UpdateOutcome::Refused(refusal) => Some(refusal.to_string()),
        _ => None,
    });
    why.collect()
}

#[test]
fn methods_that_differ_only_in_case_do_not_share_a_file() {
    let (upper, lower) = ("taobao.Item.get", "taobao.item.get");
    let add = |repository: &Repository, file: &str, method: &str| {
        repository.write(&format!("spec/pages/{file}.html"), &seed("html").replace(METHOD, method));
    };
    let empty = || {
        let repository = Repository::empty();
        repository.write("generated/Cargo.toml", "[features]\n");
        repository
    };
    let repository = empty();
    add(&repository, "one", upper);
    add(&repository, "two", lower);
    let update = repository.update();
    assert_eq!(outcomes(&update), [(upper, "new"), (lower, "refused")]);
    let expected = "two.html: `taobao.item.get` and `taobao.Item.get` differ only in case, so their specs would share a file \
                    on some systems; keep the page of only one of them";
    assert_eq!(why(&update), [expected]);

    // A method that exists wins, even over one that sorts before it.
    let repository = empty();
    add(&repository, "one", lower);
    repository.update();
    add(&repository, "two", upper);
    assert_eq!(outcomes(&repository.update()), [(upper, "refused"), (lower, "unchanged")]);
    assert!(repository.path(&spec(lower)).exists() && !repository.path(&spec(upper)).exists());

    // A page whose method changes case now describes another API.
    fs::remove_file(repository.path("spec/pages/two.html")).unwrap();
    add(&repository, "one", upper);
    let update = repository.update();
    assert_eq!(outcomes(&update), [(lower, "refused")]);
    assert!(why(&update)[0].starts_with("one.html: this was the page of `taobao.item.get`"), "{:?}", why(&update));
    assert_eq!(outcomes(&accept(&repository, lower)), [(upper, "new"), (lower, "gone")]);
}

#[test]
fn a_page_that_lost_a_section_is_refused_until_it_is_accepted() {
    let page = seed("html");
    let sections: Vec<usize> = page.match_indices("<h1").map(|(at, _)| at).collect();
    let heading = |at: usize| page[at..].split(['<', '>']).nth(6).unwrap().trim();
    let mut lost = Vec::new();
    for pair in sections.windows(2) {
        let repository = repository();
        let before = repository.read(&spec(METHOD));
        repository.write(PAGE, &format!("{}{}", &page[..pair[0]], &page[pair[1]..]));
        let update = repository.update();
        if outcomes(&update) != [(METHOD, "refused")] {
            continue;
        }
        lost.push(heading(pair[0]));
        assert_eq!(repository.read(&spec(METHOD)), before);
        let why = why(&update);
        if !why[0].contains("--accept") {
            // The reader itself refuses this as an incomplete page.
            continue;
        }
        assert!(why[0].contains(heading(pair[0])), "{why:?}");
        assert_eq!(outcomes(&accept(&repository, OTHER)), [(METHOD, "refused")]);
        assert_eq!(outcomes(&accept(&repository, METHOD)), [(METHOD, "changed")]);
        assert_eq!(outcomes(&repository.update()), [(METHOD, "unchanged")], "once it is accepted it is the spec");
    }
    for section in ["请求参数", "响应参数", "请求示例", "响应示例", "异常示例"] {
        assert!(lost.contains(&section), "{section}: {lost:?}");
    }
}

#[test]
fn a_table_may_lose_rows_but_not_most_of_them() {
    let page = seed("html");
    let section = page.find("id=\"s2\"").unwrap()..page.find("id=\"s3\"").unwrap();
    for (count, outcome) in [(4, "changed"), (17, "refused")] {
        let repository = repository();
        let mut table = page[section.clone()].to_owned();
        for _ in 0..count {
            // Rows without an icon have no nested rows.
            let start = table.find("<ul class=\"tr clearfix\">").unwrap();
            let end = start + table[start..].find("</ul>\n").unwrap() + "</ul>\n".len();
            table.replace_range(start..end, "");
        }
        repository.write(PAGE, &format!("{}{table}{}", &page[..section.start], &page[section.end..]));
        let update = repository.update();
        assert_eq!(outcomes(&update), [(METHOD, outcome)], "{:?}", why(&update));
    }
}

#[test]
fn a_page_that_now_describes_another_api_is_refused() {
    let repository = repository();
    let before = repository.files();
    repository.write(PAGE, &seed("html").replace(METHOD, OTHER));
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "refused")], "one page, which is counted once");
    assert!(why(&update).iter().all(|why| why.contains(METHOD) && why.contains(OTHER)), "{:?}", why(&update));
    for (path, text) in before.iter().filter(|(path, _)| *path != PAGE) {
        assert_eq!(&repository.read(path), text);
    }
    assert_eq!(outcomes(&accept(&repository, METHOD)), [(OTHER, "new"), (METHOD, "gone")]);
}

#[test]
fn a_moved_page_is_accepted() {
    let repository = repository();
    fs::rename(repository.path(PAGE), repository.path("spec/pages/moved.html")).unwrap();
    repository.add_other();
    fs::rename(repository.path(&format!("spec/pages/{OTHER}.html")), repository.path(PAGE)).unwrap();
    // The old page now describes another API, but the first API still exists.
    assert_eq!(outcomes(&repository.update()), [(OTHER, "new"), (METHOD, "changed")]);
}

#[test]
fn an_unreadable_spec_is_generated_again_and_is_not_reported_as_new() {
    let repository = repository();
    let good = repository.files();
    repository.write(&spec(METHOD), "<<<<<<< HEAD\n");
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "changed")]);
    assert_eq!((update.changelog.as_str(), update.next), ("", None));
    assert_eq!(repository.files(), good);

    // Without the page, neither the old spec nor the removal of the module can be decided.
    repository.write(&spec(METHOD), "<<<<<<< HEAD\n");
    repository.add_other();
    for bad in ["<html></html>", &seed("html").replace(METHOD, "taobao.another.get")] {
        repository.write(PAGE, bad);
        let before = repository.files();
        let error = repository.run(&UpdateOptions::default()).unwrap_err();
        assert!(matches!(error, UpdateError::Spec(_)), "{error}");
        assert_eq!(repository.files(), before);
    }
}

/// Returns a repository of the seed page and `count` more APIs.
fn many(count: usize) -> Repository {
    let repository = repository();
    for number in 0..count {
        repository.write(
            &format!("spec/pages/{number}.html"),
            &seed("html").replace(METHOD, &format!("taobao.n{number}.get")),
        );
    }
    repository.update();
    repository
}

fn remove_pages(repository: &Repository, numbers: std::ops::Range<usize>) {
    for number in numbers {
        fs::remove_file(repository.path(&format!("spec/pages/{number}.html"))).unwrap();
    }
}

#[test]
fn the_loss_of_more_than_three_pages_and_a_tenth_must_be_accepted() {
    let repository = many(5);
    remove_pages(&repository, 0..4);
    let before = repository.files();
    let error = repository.run(&UpdateOptions::default()).unwrap_err();
    assert!(matches!(&error, UpdateError::ManyGone(_, methods, 6) if methods.len() == 4), "{error}");
    assert!(error.to_string().contains("taobao.n0.get") && error.to_string().contains("--accept gone"), "{error}");
    assert_eq!(repository.files(), before);
    let check = repository.run(&UpdateOptions { check: true, ..UpdateOptions::default() });
    assert!(matches!(check, Err(UpdateError::ManyGone(..))));

    // Three may be removed, so accepting one by method leaves few enough.
    let update = accept(&repository, "taobao.n0.get");
    assert_eq!(update.apis.iter().filter(|api| matches!(api.outcome, UpdateOutcome::Gone)).count(), 4);
}

#[test]
fn the_loss_of_any_number_of_pages_can_be_accepted() {
    let repository = many(5);
    remove_pages(&repository, 0..5);
    assert!(matches!(repository.run(&UpdateOptions::default()), Err(UpdateError::ManyGone(..))));
    accept(&repository, "gone");
    assert_eq!(outcomes(&repository.update()), [(METHOD, "unchanged")]);
}

#[test]
fn a_tenth_of_the_pages_may_be_removed_at_once() {
    let repository = many(39);
    remove_pages(&repository, 0..4);
    let update = repository.update();
    assert_eq!(update.apis.iter().filter(|api| matches!(api.outcome, UpdateOutcome::Gone)).count(), 4);
}

#[cfg(unix)]
#[test]
fn a_skipped_page_is_reported_and_its_api_is_kept() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let repository = many(2);
    let before = repository.files();
    fs::rename(repository.path("spec/pages/0.html"), repository.path("0.html")).unwrap();
    symlink(repository.path("0.html"), repository.path("spec/pages/0.html")).unwrap();
    fs::write(repository.path("spec/pages").join(std::ffi::OsStr::from_bytes(b"\xff.html")), "x").unwrap();
    repository.write("spec/pages/.2.html", "x");
    symlink(repository.path("spec/apis"), repository.path("spec/pages/more")).unwrap();

    let update = repository.update();
    let named: Vec<(&str, &str)> = update
        .diagnostics
        .iter()
        .map(|found| (found.place.page.as_str(), found.message.rsplit(", ").next().unwrap()))
        .collect();
    assert_eq!(
        named,
        [
            (".2.html", "because it is hidden"),
            ("0.html", "because it is a link"),
            ("more", "because it is a link"),
            ("\u{fffd}.html", "because its name is not Unicode"),
        ]
    );
    assert!(update.diagnostics.iter().all(|found| found.name == "skipped-file"));
    assert_eq!(
        outcomes(&update),
        [(METHOD, "unchanged"), ("taobao.n0.get", "refused"), ("taobao.n1.get", "unchanged")]
    );
    assert!(why(&update)[0].contains("0.html: skipped, because it is a link"), "{:?}", why(&update));
    for path in [spec("taobao.n0.get"), "generated/src/apis/taobao/n0/get.rs".to_owned()] {
        if let Some(text) = before.get(&path) {
            assert_eq!(&repository.read(&path), text);
        }
    }
    assert!(repository.path(&spec("taobao.n0.get")).exists());
}
