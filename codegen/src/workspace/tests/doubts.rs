//! Pages that can be read and yet must not take the place of a good spec.

use std::fs;

use super::{METHOD, OTHER, Repository, outcomes, seed, spec};
use crate::workspace::{Error, Options, Outcome, Update};

const PAGE: &str = "spec/pages/alibaba.alsc.crm.recharge.dedut.update.html";

/// The seed page in one form, and its spec.
fn repository() -> Repository {
    let repository = Repository::new();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    repository.update();
    repository
}

fn accept(repository: &Repository, method: &str) -> Update {
    repository.run(&Options { accept: vec![method.to_owned()], ..Options::default() }).unwrap()
}

fn why(update: &Update) -> Vec<String> {
    let why = update.apis.iter().filter_map(|api| match &api.outcome {
        Outcome::Refused(refusal) => Some(refusal.to_string()),
        _ => None,
    });
    why.collect()
}

#[test]
fn a_page_that_lost_a_section_is_refused_until_a_person_accepts_it() {
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
            // The reader itself knows it for half a page.
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
            // Rows without an icon have none below them.
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
fn a_page_that_became_that_of_another_api_is_refused() {
    let repository = repository();
    let before = repository.files();
    repository.write(PAGE, &seed("html").replace(METHOD, OTHER));
    let update = repository.update();
    assert_eq!(outcomes(&update), [(OTHER, "refused"), (METHOD, "refused")]);
    assert!(why(&update).iter().all(|why| why.contains(METHOD) && why.contains(OTHER)), "{:?}", why(&update));
    for (path, text) in before.iter().filter(|(path, _)| *path != PAGE) {
        assert_eq!(&repository.read(path), text);
    }
    assert_eq!(outcomes(&accept(&repository, METHOD)), [(OTHER, "new"), (METHOD, "gone")]);
}

#[test]
fn a_page_that_was_moved_is_no_doubt() {
    let repository = repository();
    fs::rename(repository.path(PAGE), repository.path("spec/pages/moved.html")).unwrap();
    repository.add_other();
    fs::rename(repository.path(&format!("spec/pages/{OTHER}.html")), repository.path(PAGE)).unwrap();
    // The old page's name is now that of another API, but the API itself is still there.
    assert_eq!(outcomes(&repository.update()), [(OTHER, "new"), (METHOD, "changed")]);
}

#[test]
fn a_spec_that_cannot_be_read_is_made_again_and_no_news() {
    let repository = repository();
    let good = repository.files();
    repository.write(&spec(METHOD), "<<<<<<< HEAD\n");
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "changed")]);
    assert_eq!((update.changelog.as_str(), update.next), ("", None));
    assert_eq!(repository.files(), good);

    // Without its page nobody knows what it was, nor that its module may go.
    repository.write(&spec(METHOD), "<<<<<<< HEAD\n");
    repository.add_other();
    for bad in ["<html></html>", &seed("html").replace(METHOD, "taobao.another.get")] {
        repository.write(PAGE, bad);
        let before = repository.files();
        let error = repository.run(&Options::default()).unwrap_err();
        assert!(matches!(error, Error::Spec { .. }), "{error}");
        assert_eq!(repository.files(), before);
    }
}
