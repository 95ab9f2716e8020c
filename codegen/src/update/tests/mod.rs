//! Tests updates of a small repository, which each test creates from the two forms of a real page.

mod degraded;
pub(super) mod killed;
mod refused_pages;
mod unreleased;
mod writing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::diff::Verdict;

use super::{Refusal, UpdateError, UpdateOptions, UpdateOutcome, UpdateReport, Workspace};

const METHOD: &str = "alibaba.alsc.crm.recharge.dedut.update";
const OTHER: &str = "alibaba.alsc.crm.recharge.dedut.query";
const MANIFEST: &str = "[features]\n# Features of the APIs, written by `topsdk update`:\nold = []\n# End of the features of the APIs.\nblocking = []\n";

/// Texts of files, by path.
type Texts = BTreeMap<String, String>;

struct Repository(TempDir);

impl Repository {
    fn empty() -> Repository {
        Repository(tempfile::tempdir().unwrap())
    }

    /// Returns a repository with the seed page in both forms, and a manifest.
    fn new() -> Repository {
        let repository = Repository::empty();
        for form in ["html", "txt"] {
            repository.write(&format!("spec/pages/{METHOD}.{form}"), &seed(form));
        }
        repository.write("generated/Cargo.toml", MANIFEST);
        repository
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    /// Adds the HTML page of another API.
    fn add_other(&self) {
        self.write(&format!("spec/pages/{OTHER}.html"), &seed("html").replace(METHOD, OTHER));
    }

    fn run(&self, options: &UpdateOptions) -> Result<UpdateReport, UpdateError> {
        Workspace::open(self.0.path())?.update(options, &|| {})
    }

    fn update(&self) -> UpdateReport {
        self.run(&UpdateOptions::default()).unwrap()
    }

    /// Returns every file except those that are local to the machine.
    fn files(&self) -> BTreeMap<String, String> {
        fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true if path.ends_with("target") => {}
                    true => walk(&path, root, found),
                    false => {
                        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                        found.insert(name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned());
                    }
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.0.path(), self.0.path(), &mut found);
        found
    }
}

fn seed(form: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/seed/spec/pages/{METHOD}.{form}"));
    fs::read_to_string(path).unwrap()
}

fn spec(method: &str) -> String {
    format!("spec/apis/{method}.json")
}

fn module(name: &str) -> String {
    format!("generated/src/apis/alibaba/alsc/crm_recharge_dedut_{name}.rs")
}

fn outcomes(update: &UpdateReport) -> Vec<(&str, &'static str)> {
    let word = |outcome: &UpdateOutcome| match outcome {
        UpdateOutcome::New => "new",
        UpdateOutcome::Changed => "changed",
        UpdateOutcome::Unchanged => "unchanged",
        UpdateOutcome::Gone => "gone",
        UpdateOutcome::Refused(_) => "refused",
    };
    update.apis.iter().map(|api| (api.method.as_str(), word(&api.outcome))).collect()
}

#[test]
fn the_richest_form_becomes_spec_and_module_and_a_second_update_changes_nothing() {
    let repository = Repository::new();
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "new")]);
    assert_eq!(update.apis[0].page, format!("{METHOD}.html"));
    assert_eq!(update.apis[0].files, [module("update"), spec(METHOD)]);
    assert_eq!(update.diagnostics, [], "both forms say the same");
    assert!(repository.read(&module("update")).contains("pub struct RechargeAccountPropertyOpenInfo"));
    let manifest = repository.read("generated/Cargo.toml");
    let expected = format!("{MANIFEST}alibaba = [\"alibaba-alsc\"]\nalibaba-alsc = []\ndefault = [\"alibaba-alsc\"]\n");
    assert_eq!(manifest, expected, "what the generator does not know is its owner's");

    let files = repository.files();
    let again = repository.update();
    assert!(again.is_up_to_date());
    assert_eq!(outcomes(&again), [(METHOD, "unchanged")]);
    assert_eq!(repository.files(), files);
}

#[test]
fn an_override_deprecates_an_api_until_it_is_removed() {
    let repository = Repository::new();
    repository.update();
    let released = Workspace::open(repository.0.path()).unwrap().release("0.1.0").unwrap();
    assert_eq!(released.entries, 1);
    let before = repository.files();
    let text = format!("method = \"{METHOD}\"\n\n[[override]]\ndeprecated = \"call a.b.c\"\nreason = \"announced\"\n");
    repository.write("spec/overrides/crm.toml", &text);
    let update = repository.update();
    assert_eq!((outcomes(&update), update.diff.verdict()), (vec![(METHOD, "changed")], Verdict::Minor));
    assert_eq!(update.overrides[0].split(" (").next(), Some(format!("{METHOD}: deprecated: call a.b.c").as_str()));
    assert!(repository.read(&spec(METHOD)).contains("\n  \"deprecated\": \"call a.b.c\",\n"));
    let text = repository.read(&module("update"));
    assert_eq!(text.matches("#[deprecated(note = \"call a.b.c\")]").count(), 1, "{text}");
    let entry = format!("### Deprecated\n\n* `{METHOD}`: deprecated: `call a.b.c`.\n");
    assert!(repository.read("CHANGELOG.md").contains(&entry), "{}", repository.read("CHANGELOG.md"));

    fs::remove_file(repository.path("spec/overrides/crm.toml")).unwrap();
    repository.update();
    assert_eq!(repository.files(), before);
}

#[test]
fn an_api_that_the_stored_catalogue_does_not_list_is_marked() {
    let repository = Repository::new();
    repository.update();
    let before = repository.files();
    let other = "{\"method\":\"taobao.other.get\",\"doc_id\":1}\n";
    repository.write("spec/catalogue.jsonl", other);
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "changed")]);
    assert_eq!(update.apis[0].files, [module("update"), spec(METHOD)]);
    assert!(repository.read(&spec(METHOD)).contains("\n  \"unlisted\": true,\n"));
    let sentence = "\n//! Not in the platform's catalogue since the last look.\n";
    assert!(repository.read(&module("update")).contains(sentence));
    assert!(repository.update().is_up_to_date());

    repository.write("spec/catalogue.jsonl", &format!("{other}{{\"method\":\"{METHOD}\",\"doc_id\":45864}}\n"));
    repository.update();
    fs::remove_file(repository.path("spec/catalogue.jsonl")).unwrap();
    assert!(repository.update().is_up_to_date(), "a repository without a catalogue marks nothing");
    assert_eq!(repository.files(), before);

    repository.write("spec/catalogue.jsonl", "<<<<<<< HEAD\n");
    let error = repository.run(&UpdateOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("spec/catalogue.jsonl:1: expected an entry"), "{error}");
    fs::remove_file(repository.path("spec/catalogue.jsonl")).unwrap();
    assert_eq!(repository.files(), before);
}

#[test]
fn a_check_reports_what_an_update_would_change_and_writes_nothing() {
    let repository = Repository::new();
    let before = repository.files();
    let check = UpdateOptions { check: true, ..UpdateOptions::default() };
    let update = repository.run(&check).unwrap();
    assert_eq!((outcomes(&update), update.is_up_to_date()), (vec![(METHOD, "new")], false));
    assert_eq!(repository.files(), before);
    assert!(!repository.path("target").exists());
    repository.update();
    assert!(repository.run(&check).unwrap().is_up_to_date());
}

#[test]
fn a_module_that_was_edited_by_hand_is_generated_again() {
    let repository = Repository::new();
    repository.update();
    let text = repository.read(&module("update"));
    repository.write(&module("update"), &text.replace("biz_date", "date"));
    let update = repository.update();
    assert_eq!(outcomes(&update), [(METHOD, "changed")]);
    assert_eq!(update.apis[0].files, [module("update")]);
    assert_eq!(repository.read(&module("update")), text);
}

#[test]
fn a_changed_page_changes_only_the_files_of_its_api() {
    let repository = Repository::new();
    repository.add_other();
    repository.update();
    let before = repository.files();
    let page = format!("spec/pages/{OTHER}.html");
    repository.write(&page, &repository.read(&page).replace("储值账户id", "账户id"));
    let update = repository.update();
    assert_eq!(outcomes(&update), [(OTHER, "changed"), (METHOD, "unchanged")]);
    let changed: Vec<String> =
        repository.files().into_iter().filter(|file| !before.contains(file)).map(|file| file.0).collect();
    assert_eq!(
        changed,
        [module("query"), "generated/src/specs.jsonl".to_owned(), spec(OTHER), page],
        "an API that was never released is new in either wording"
    );
}

trait Contains {
    fn contains(&self, file: &(String, String)) -> bool;
}

impl Contains for BTreeMap<String, String> {
    fn contains(&self, (path, text): &(String, String)) -> bool {
        self.get(path) == Some(text)
    }
}

#[test]
fn forms_of_a_page_that_differ_are_reported() {
    let repository = Repository::new();
    let page = format!("spec/pages/{METHOD}.txt");
    repository.write(&page, &seed("txt").replacen("  • Date\n  • 可选", "  • String\n  • 必须", 1));
    let update = repository.update();
    let found: Vec<(&str, &str, &str)> = update
        .diagnostics
        .iter()
        .map(|found| (found.name, found.place.page.as_str(), found.message.as_str()))
        .filter(|(name, ..)| *name == "forms-differ")
        .collect();
    let (text, html) = (format!("{METHOD}.txt"), format!("{METHOD}.html"));
    let expected =
        [format!("expected `Date` as in {html}, found `String`"), format!("expected 可选 as in {html}, found 必须")];
    assert_eq!(
        found,
        expected.iter().map(|message| ("forms-differ", text.as_str(), message.as_str())).collect::<Vec<_>>()
    );
}

#[test]
fn forms_of_a_page_may_be_allowed_to_differ() {
    let repository = Repository::new();
    let page = format!("spec/pages/{METHOD}.txt");
    repository.write(&page, &seed("txt").replacen("  • Date\n  • 可选", "  • String\n  • 可选", 1));
    assert_eq!(repository.update().diagnostics.len(), 1);
    let allowed =
        format!("[[allow]]\nlint = \"forms-differ\"\nmethod = \"{METHOD}\"\nside = \"request\"\nreason = \"test\"\n");
    repository.write("spec/lint.toml", &allowed);
    assert_eq!(repository.update().diagnostics, []);
}

#[test]
fn an_unreadable_page_leaves_its_api_unchanged_and_others_are_updated() {
    let repository = Repository::new();
    repository.add_other();
    repository.update();
    let before = repository.files();
    let page = format!("spec/pages/{OTHER}.html");
    repository.write(&page, "<html><body>504 Gateway Time-out</body></html>");
    repository.write(&format!("spec/pages/{METHOD}.html"), &seed("html").replace("储值账户id", "账户id"));
    let update = repository.update();
    assert_eq!(outcomes(&update), [(OTHER, "refused"), (METHOD, "changed")]);
    assert!(matches!(&update.apis[0].outcome, UpdateOutcome::Refused(Refusal::Page(_))));
    for path in [module("query"), spec(OTHER), "generated/src/apis/alibaba/alsc/mod.rs".to_owned()] {
        assert_eq!(repository.read(&path), before[&path], "{path}");
    }
    let update = repository.update();
    assert_eq!(outcomes(&update)[0], (OTHER, "refused"), "it is refused every time");
}

#[test]
fn an_api_with_one_broken_form_is_not_read_from_the_other_form() {
    let repository = Repository::new();
    repository.update();
    let before = repository.files();
    repository.write(&format!("spec/pages/{METHOD}.html"), "");
    let update = repository.update();
    let refused: Vec<&str> = update.apis.iter().map(|api| api.page.as_str()).collect();
    assert_eq!(refused, [format!("{METHOD}.txt"), format!("{METHOD}.html")]);
    assert!(update.apis.iter().all(|api| api.method == METHOD && matches!(api.outcome, UpdateOutcome::Refused(_))));
    assert_eq!(repository.read(&spec(METHOD)), before[&spec(METHOD)]);
}

#[test]
fn an_api_without_a_page_is_removed_and_reported() {
    let repository = Repository::new();
    repository.add_other();
    repository.update();
    fs::remove_file(repository.path(&format!("spec/pages/{OTHER}.html"))).unwrap();
    let update = repository.update();
    assert_eq!(outcomes(&update), [(OTHER, "gone"), (METHOD, "unchanged")]);
    assert_eq!(update.apis[0].files, [spec(OTHER), module("query")]);
    let shared = [
        "CHANGELOG.md",
        "generated/src/apis/alibaba/alsc/mod.rs",
        "generated/src/apis/index.rs",
        "generated/src/specs.jsonl",
        "spec/names.json",
        "spec/unreleased.json",
    ];
    assert_eq!(update.files, shared);
    assert!(!repository.path(&module("query")).exists() && !repository.path(&spec(OTHER)).exists());
    assert!(!repository.read("generated/src/apis/alibaba/alsc/mod.rs").contains("query"));
}

#[test]
fn files_that_were_not_generated_are_kept() {
    let repository = Repository::new();
    repository.write("generated/src/apis/notes.rs", "// by hand\n");
    repository.write("generated/src/apis/old/module.rs", "// @generated by topsdk from old.html\n");
    let update = repository.update();
    assert!(update.files.contains(&"generated/src/apis/old/module.rs".to_owned()), "{:?}", update.files);
    assert!(!repository.path("generated/src/apis/old").exists());
    assert!(repository.path("generated/src/apis/notes.rs").exists());
}

#[test]
fn an_update_of_named_pages_leaves_other_apis_unchanged() {
    let repository = Repository::new();
    repository.update();
    repository.add_other();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.html"))).unwrap();
    let pages = vec![repository.path(&format!("spec/pages/{OTHER}.html"))];
    let update = repository.run(&UpdateOptions { pages, ..UpdateOptions::default() }).unwrap();
    assert_eq!(outcomes(&update), [(OTHER, "new")]);
    let modules = repository.read("generated/src/apis/alibaba/alsc/mod.rs");
    assert!(modules.contains("dedut_query") && modules.contains("dedut_update"), "{modules}");

    let foreign = repository.path("spec/page.html");
    repository.write("spec/page.html", &seed("html"));
    let error = repository.run(&UpdateOptions { pages: vec![foreign], ..UpdateOptions::default() }).unwrap_err();
    assert!(matches!(error, UpdateError::ForeignPage(..)), "{error}");
}

#[test]
fn an_invalid_repository_is_not_changed() {
    let empty = Repository::empty();
    assert!(matches!(empty.run(&UpdateOptions::default()), Err(UpdateError::NotARepository { .. })));

    let repository = Repository::new();
    repository.update();
    let before = repository.files();
    for (path, text, part) in [
        ("generated/Cargo.toml", "[features\n", "generated/Cargo.toml: not a manifest"),
        ("spec/names.json", "[]", "expected the names that"),
        ("spec/overrides/a.toml", "method = 1\n", "a.toml:1:"),
        ("spec/unreleased.json", "<<<<<<< HEAD\n", "expected an object of specs by method"),
        ("CHANGELOG.md", "<!-- End of the changes of the APIs. -->\n", "CHANGELOG.md:1: "),
    ] {
        repository.write(path, text);
        repository.add_other();
        let broken = repository.files();
        let error = repository.run(&UpdateOptions::default()).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(repository.files(), broken, "{path}");
        match before.get(path) {
            Some(text) => repository.write(path, text),
            None => fs::remove_file(repository.path(path)).unwrap(),
        }
    }
    fs::remove_dir_all(repository.path("spec/pages")).unwrap();
    fs::create_dir(repository.path("spec/pages")).unwrap();
    assert!(
        matches!(repository.run(&UpdateOptions::default()), Err(UpdateError::NoPages { .. })),
        "all APIs are not gone at once"
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_out_of_the_repository() {
    let repository = Repository::new();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir_all(repository.path("generated/src/apis")).unwrap();
    std::os::unix::fs::symlink(outside.path(), repository.path("generated/src/apis/alibaba")).unwrap();
    let error = repository.run(&UpdateOptions::default()).unwrap_err();
    assert!(matches!(error, UpdateError::Outside { .. }), "{error}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_method_that_is_not_a_valid_file_name_is_refused() {
    let repository = Repository::new();
    repository.write("spec/pages/x.html", &seed("html").replace(METHOD, &"a.b.".repeat(60)));
    let update = repository.update();
    let refused = update.apis.iter().find(|api| matches!(api.outcome, UpdateOutcome::Refused(_))).unwrap();
    assert_eq!(refused.page, "x.html");
    assert_eq!(repository.files().keys().filter(|path| path.starts_with("spec/apis")).count(), 1);
}

#[test]
fn an_override_corrects_the_spec_and_is_reported() {
    let repository = Repository::new();
    let text = format!(
        "method = \"{METHOD}\"\n[[override]]\nside = \"response\"\npath = \"result.result.order_value\"\ntype = \"Price\"\nreason = \"test\"\n"
    );
    repository.write("spec/overrides/price.toml", &text);
    let update = repository.update();
    assert_eq!(update.overrides.len(), 1);
    assert!(repository.read(&module("update")).contains("pub order_value: Option<::topsdk::Decimal>"));
    repository.write("spec/overrides/price.toml", &text.replace("order_value", "no_such_field"));
    let before = repository.read(&spec(METHOD));
    let update = repository.update();
    assert!(matches!(&update.apis[0].outcome, UpdateOutcome::Refused(Refusal::Override(_))));
    assert_eq!(repository.read(&spec(METHOD)), before);
    repository.write("spec/overrides/price.toml", &text.replace(METHOD, "taobao.no.such"));
    assert_eq!(repository.update().diagnostics[0].name, "override-of-no-page");
}

#[test]
fn an_assigned_name_wins_over_a_new_parameter() {
    let repository = Repository::new();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    repository.update();
    let names = repository.read("spec/names.json");
    assert!(names.starts_with("{\n  \"format\": 1,\n") && names.contains("\"biz_date\""), "{names}");
    // The request's object now has the name of one of the response's objects.
    let page = format!("spec/pages/{METHOD}.html");
    repository.write(&page, &seed("html").replacen("DedutOpenReq", "CommonResult", 1));
    let update = repository.update();
    assert!(update.files.contains(&"spec/names.json".to_owned()), "{:?}", update.files);
    let text = repository.read(&module("update"));
    assert!(text.contains("pub struct CommonResultParam {"), "{text}");
    assert!(text.contains("pub result: Option<CommonResult>"), "the response keeps it");
    assert!(repository.update().is_up_to_date());
    repository.write(&page, &seed("html"));
    repository.update();
    assert!(!repository.read("spec/names.json").contains("CommonResultParam"), "only what is there has a name");
    let names = repository.read("spec/names.json");
    fs::remove_file(repository.path("spec/names.json")).unwrap();
    let update = repository.update();
    assert!(update.diagnostics.iter().any(|found| found.name == "names-by-rules"), "{:?}", update.diagnostics);
    assert_eq!(repository.read("spec/names.json"), names);
}

#[test]
fn names_in_the_old_format_are_kept_and_converted() {
    let repository = Repository::new();
    let old =
        format!("{{\"{METHOD}\": {{\"response CommonResult\": \"Reply\", \"module\": \"crm_recharge_dedut_spent\"}}}}");
    repository.write("spec/names.json", &old);
    repository.update();
    assert!(repository.read(&module("spent")).contains("pub result: Option<Reply>"));
    let names = repository.read("spec/names.json");
    assert!(names.contains("\"format\": 1") && names.contains("\"name\": \"Reply\""), "{names}");
}

#[test]
fn two_methods_with_one_module_name_keep_different_modules() {
    let repository = Repository::new();
    let folded = METHOD.replace(".update", "-update");
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    fs::rename(repository.path(&format!("spec/pages/{METHOD}.html")), repository.path("spec/pages/a.html")).unwrap();
    repository.write("spec/pages/a.html", &seed("html").replace(METHOD, &folded));
    repository.update();
    assert!(repository.read(&module("update")).contains(&folded));
    repository.write("spec/pages/b.html", &seed("html"));
    repository.update();
    assert!(repository.read(&module("update")).contains(&folded), "what is there stays where it is");
    assert!(repository.read(&module("update_2")).contains(METHOD));
    assert!(repository.update().is_up_to_date());
}
