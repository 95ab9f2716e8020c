//! Tests the block in the changelog, which follows from the released specs and the current ones.

use super::{METHOD, OTHER, Repository, seed, spec};
use crate::update::Workspace;

const PAGE: &str = "spec/pages/alibaba.alsc.crm.recharge.dedut.update.html";
const HEAD: &str = "# Changelog\n\n## Unreleased\n\n<!-- Changes of the APIs, written by `topsdk update`: -->\n";
const TAIL: &str = "<!-- End of the changes of the APIs. -->\n\n## 0.1.0\n\n* By hand.\n";

/// Returns a repository with the seed page as released, and a changelog with an empty block.
fn released() -> Repository {
    let repository = Repository::new();
    std::fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    repository.update();
    repository.write("CHANGELOG.md", &format!("{HEAD}{TAIL}"));
    repository.write("spec/unreleased.json", "{}\n");
    repository.write(
        "generated/Cargo.toml",
        &format!("[package]\nversion = \"0.1.0\"\n{}", repository.read("generated/Cargo.toml")),
    );
    repository
}

fn entries(repository: &Repository) -> String {
    let text = repository.read("CHANGELOG.md");
    let block = text.strip_prefix(HEAD).and_then(|text| text.strip_suffix(TAIL));
    block.unwrap_or_else(|| panic!("{text}")).trim().to_owned()
}

/// Returns the seed page with another type for one field.
fn typed(word: &str) -> String {
    let old = "order_src\n                </li>\n<li class=\"td-12\">\n   Number";
    assert_eq!(seed("html").matches(old).count(), 1);
    seed("html").replace(old, &old.replace("Number", word))
}

#[test]
fn changes_of_one_field_make_one_entry_and_none_if_it_is_changed_back() {
    let repository = released();
    let before = repository.files();
    for word in ["String", "Date"] {
        repository.write(PAGE, &typed(word));
        let update = repository.update();
        let entry = format!(
            "### Changed\n\n* **Breaking:** `{METHOD}`: field `result.result.order_src` was `Number` and is `{word}`."
        );
        assert_eq!(entries(&repository), entry);
        assert_eq!((update.changelog.trim_end(), update.outdated), (entry.as_str(), usize::from(word == "Date")));
        assert_eq!(update.next.unwrap().version, "0.2.0");
        assert!(repository.update().is_up_to_date());
    }
    repository.write(PAGE, &typed("Number"));
    let update = repository.update();
    assert_eq!(entries(&repository), "");
    assert_eq!((update.changelog.as_str(), update.outdated, update.next), ("", 1, None));
    assert_eq!(repository.files(), before);
}

#[test]
fn the_fields_of_two_updates_are_all_listed() {
    let repository = released();
    let row = |name: &str| {
        format!(
            "<ul class=\"tr clearfix\">\n<li class=\"td-11\">\n                └  {name}\n                </li>\n<li \
             class=\"td-12\">\n   Number\n   </li>\n<li class=\"td-13\">0</li>\n<li class=\"td-14\">x</li>\n</ul>\n"
        )
    };
    let anchor = "<li class=\"td-14\">交易后剩余总金额</li>\n</ul>\n";
    let mut page = seed("html");
    for update in 0..2 {
        let rows: String = (0..25).map(|number| row(&format!("added_{update}_{number}"))).collect();
        page = page.replacen(anchor, &format!("{anchor}{rows}"), 1);
        repository.write(PAGE, &page);
        repository.update();
    }
    let entries = entries(&repository);
    for (update, number) in (0..2).flat_map(|update| (0..25).map(move |number| (update, number))) {
        let name = format!("`result.result.added_{update}_{number}` (`Number`).");
        assert_eq!(entries.matches(&name).count(), 1, "{name}\n{entries}");
    }
}

#[test]
fn released_specs_are_kept_until_the_next_release() {
    let repository = released();
    repository.add_other();
    repository.update();
    let file = repository.read("spec/unreleased.json");
    assert_eq!(file, format!("{{\n  \"{OTHER}\": null\n}}\n"));
    assert_eq!(entries(&repository), format!("### Added\n\n* `{OTHER}` (`储值消费`)."));

    let old = repository.read(&spec(METHOD));
    repository.write(PAGE, &typed("String"));
    repository.update();
    let kept: serde_json::Value = serde_json::from_str(&repository.read("spec/unreleased.json")).unwrap();
    assert_eq!(kept[METHOD], serde_json::from_str::<serde_json::Value>(&old).unwrap());

    let workspace = Workspace::open(repository.0.path()).unwrap();
    assert!(workspace.release("0.1.0").unwrap_err().to_string().contains("already has a section for this version"));
    assert!(workspace.release("0.0.9").unwrap_err().to_string().contains("above the last release, 0.1.0"));
    assert!(workspace.release("0.2").unwrap_err().to_string().contains("three numbers"));
    let block = entries(&repository);
    let release = workspace.release("0.2.0").unwrap();
    assert_eq!(
        (release.entries, release.files),
        (2, vec!["CHANGELOG.md".to_owned(), "spec/unreleased.json".to_owned()])
    );
    assert_eq!(repository.read("spec/unreleased.json"), "{}\n");
    assert_eq!(
        repository.read("CHANGELOG.md"),
        format!("{HEAD}{}", TAIL.replacen("## 0.1.0", &format!("## 0.2.0\n\n{block}\n\n## 0.1.0"), 1))
    );
    assert!(repository.update().is_up_to_date());
    assert!(workspace.release("0.3.0").unwrap_err().to_string().contains("there are no unreleased changes"));

    // The next change is relative to this release.
    repository.write(PAGE, &typed("Date"));
    repository.update();
    assert!(repository.read("CHANGELOG.md").contains("was `String` and is `Date`"));
}

#[test]
fn a_release_requires_an_up_to_date_changelog() {
    let repository = released();
    repository.add_other();
    repository.update();
    repository.write("CHANGELOG.md", &format!("{HEAD}{TAIL}"));
    let error = Workspace::open(repository.0.path()).unwrap().release("0.2.0").unwrap_err();
    assert!(error.to_string().contains("run `topsdk update` first"), "{error}");
}

#[test]
fn a_page_that_was_saved_again_is_not_a_change() {
    let repository = released();
    repository.write(PAGE, &format!("{}\n<!-- saved again -->\n", seed("html")));
    repository.update();
    assert_eq!((entries(&repository), repository.read("spec/unreleased.json")), (String::new(), "{}\n".to_owned()));
}
