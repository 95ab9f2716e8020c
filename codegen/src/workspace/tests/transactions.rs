//! A transaction that fails or ends at any of its steps: all files or none.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{METHOD, Repository, outcomes};
use crate::workspace::disk::{Disk, Real};
use crate::workspace::files::Files;
use crate::workspace::lock::Lock;
use crate::workspace::transaction::{Change, Transaction, is_unfinished, recover};
use crate::workspace::{Error, Options, Recovery, Workspace};

/// A disk on which something goes wrong at one step.
struct Faulty {
    /// How many steps go well.
    left: Cell<usize>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// One step fails, and those after it go well again.
    Step,
    /// From that step on there is no room: what needs some is written in part. Names can be changed and removed.
    Full,
    /// The process ends: nothing happens any more. A file that was being written is there in part.
    End,
}

impl Faulty {
    fn new(fault: Fault, left: usize) -> Faulty {
        Faulty { left: Cell::new(left), fault }
    }

    /// Whether this step goes wrong.
    fn strikes(&self, needs_room: bool) -> bool {
        match (self.left.get(), self.fault) {
            (0, Fault::Full) => needs_room,
            (0, Fault::End) => true,
            (0, Fault::Step) => {
                self.left.set(usize::MAX);
                true
            }
            (usize::MAX, _) => false,
            (left, _) => {
                self.left.set(left - 1);
                false
            }
        }
    }

    fn step(&self, needs_room: bool, step: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.strikes(needs_room) { Err(io::ErrorKind::StorageFull.into()) } else { step() }
    }
}

impl Disk for Faulty {
    fn create(&self, path: &Path, bytes: &[u8], like: Option<&Path>) -> io::Result<()> {
        let is_first_of_the_end = self.left.get() == 0;
        if !self.strikes(true) {
            return Real.create(path, bytes, like);
        }
        // After the end nothing is written; at it, or on a full disk, half of a file is.
        if self.fault != Fault::End || is_first_of_the_end {
            let _ = Real.create(path, &bytes[..bytes.len() / 2], like);
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    fn link(&self, path: &Path, link: &Path) -> io::Result<()> {
        self.step(true, || Real.link(path, link))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(false, || Real.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(false, || Real.remove(path))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.step(true, || Real.make_folder(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.step(false, || Real.remove_folder(path))
    }

    // No test here pulls the plug of the machine, so that nothing is waited for.
    fn sync_files(&self, _: &[PathBuf]) -> io::Result<()> {
        self.step(true, || Ok(()))
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.step(false, || Ok(()))
    }
}

type Texts = BTreeMap<String, String>;

/// Files in which a transaction changes some, adds one in a new folder and removes one with its folder, so that every
/// step there is comes up: as they are, and as they are to be.
fn texts() -> (Texts, Texts) {
    let of =
        |texts: &[(&str, &str)]| texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let before = [
        ("CHANGELOG.md", "# Changelog\n"),
        ("generated/src/apis/alibaba/old/get.rs", "old module"),
        ("generated/src/apis/alibaba/mod.rs", "mod old;"),
        ("spec/apis/alibaba.old.get.json", "old"),
        ("spec/apis/alibaba.one.get.json", "one"),
        ("spec/pages/one.html", "page"),
    ];
    let after = [
        ("CHANGELOG.md", "# Changelog\n\n## Unreleased\n"),
        ("generated/src/apis/alibaba/mod.rs", ""),
        ("generated/src/apis/taobao/new/get.rs", "new module"),
        ("spec/apis/alibaba.one.get.json", "another one"),
        ("spec/apis/taobao.new.get.json", "new"),
        ("spec/pages/one.html", "page"),
    ];
    (of(&before), of(&after))
}

fn repository(texts: &Texts) -> Repository {
    let repository = Repository(tempfile::tempdir().unwrap());
    for (path, text) in texts {
        repository.write(path, text);
    }
    repository
}

fn run(repository: &Repository, disk: &dyn Disk) -> Result<(), Error> {
    let files = Files::new(repository.0.path())?;
    let (before, after) = texts();
    let mut changes = Vec::new();
    for (path, text) in &after {
        changes.extend(Change::write(&files, path, text)?);
    }
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        changes.extend(Change::remove(&files, path)?);
    }
    Transaction::new(&files, changes).carry_out(disk)
}

fn recovered(repository: &Repository) -> Option<Recovery> {
    recover(&Files::new(repository.0.path()).unwrap(), &Faulty::new(Fault::Step, usize::MAX)).unwrap()
}

/// Tries a transaction that goes wrong at its first step, at its second, and so on, until nothing is left that could.
fn at_every_step(fault: Fault, try_one: impl Fn(&Repository, &Result<(), Error>, usize)) {
    let (before, after) = texts();
    for step in 0.. {
        let repository = repository(&before);
        let disk = Faulty::new(fault, step);
        let result = run(&repository, &disk);
        if disk.left.get() != 0 && disk.left.get() != usize::MAX {
            assert_eq!((result.is_ok(), &repository.files()), (true, &after));
            assert!(step > 40, "{step}");
            return;
        }
        try_one(&repository, &result, step);
    }
}

#[test]
fn a_step_that_fails_leaves_everything_as_it_was() {
    let (before, after) = texts();
    for fault in [Fault::Step, Fault::Full] {
        at_every_step(fault, |repository, result, step| match result {
            Err(error) => {
                assert!(matches!(error, Error::Io { .. }), "{fault:?} {step}: {error}");
                assert_eq!(repository.files(), before, "{fault:?} {step}");
                assert!(!repository.path("spec/.update").exists(), "{fault:?} {step}");
                assert!(!repository.path("generated/src/apis/taobao").exists(), "{fault:?} {step}");
            }
            // Only tidying may fail without a word: the next update does it.
            Ok(()) => {
                let seen = repository.files().into_iter().filter(|(path, _)| !is_hidden(path));
                assert_eq!(seen.collect::<Texts>(), after, "{fault:?} {step}");
                recovered(repository);
                assert_eq!(repository.files(), after, "{fault:?} {step}");
                assert!(!repository.path("spec/.update").exists(), "{fault:?} {step}");
            }
        });
    }
}

#[test]
fn what_ends_at_any_step_is_undone_or_finished_by_the_next() {
    let (before, after) = texts();
    let counts = Cell::new([0, 0]);
    at_every_step(Fault::End, |repository, _, step| {
        let is_unfinished = is_unfinished(&Files::new(repository.0.path()).unwrap());
        let recovery = recovered(repository);
        assert_eq!(recovery.is_some(), is_unfinished, "{step}");
        let found = repository.files();
        let expected = match &recovery {
            Some(Recovery { is_finished, left }) => {
                assert_eq!(left, &Vec::<String>::new(), "{step}");
                let mut now = counts.get();
                now[usize::from(*is_finished)] += 1;
                counts.set(now);
                if *is_finished { &after } else { &before }
            }
            // It ended before its first step or after its last one.
            None if found == before => &before,
            None => &after,
        };
        assert_eq!(&found, expected, "{step}");
        assert!(!repository.path("spec/.update").exists(), "{step}");
        let folders = ["generated/src/apis/taobao", "generated/src/apis/alibaba/old"];
        let is_there = folders.map(|folder| repository.path(folder).exists());
        assert_eq!(is_there, [found == after, found == before], "{step}");
    });
    assert!(counts.get().into_iter().all(|count| count > 10), "{:?}", counts.get());
}

#[test]
fn what_recovers_can_be_cut_off_as_well() {
    let (before, after) = texts();
    at_every_step(Fault::End, |repository, _, step| {
        let files = Files::new(repository.0.path()).unwrap();
        let mut cuts = 0..;
        while recover(&files, &Faulty::new(Fault::End, cuts.next().unwrap())).is_err() {}
        let found = repository.files();
        assert!(found == before || found == after, "{step}");
    });
}

#[test]
fn a_recovery_leaves_what_somebody_has_changed_since() {
    let (before, after) = texts();
    for is_finished in [true, false] {
        // Cut off when the first file, which is the changelog, is in its place; or when nothing is yet.
        let repository = (0..)
            .map(|step| {
                let repository = repository(&before);
                let _ = run(&repository, &Faulty::new(Fault::End, step));
                repository
            })
            .find(|repository| match is_finished {
                true => repository.read("CHANGELOG.md") == after["CHANGELOG.md"],
                false => repository.path("spec/apis/.taobao.new.get.json.update-new").exists(),
            })
            .unwrap();
        let path = "spec/apis/alibaba.one.get.json";
        repository.write(path, "by hand");
        assert_eq!(recovered(&repository), Some(Recovery { is_finished, left: vec![path.to_owned()] }));
        let mut expected = if is_finished { after.clone() } else { before.clone() };
        expected.insert(path.to_owned(), "by hand".to_owned());
        assert_eq!(repository.files(), expected);
    }
}

#[test]
fn an_update_is_such_a_transaction() {
    let repository = Repository::new();
    let before = repository.files();
    let disk = |fault, step| Faulty::new(fault, step);
    let update =
        |disk: &dyn Disk| Workspace::open(repository.0.path()).unwrap().update_on(disk, &Options::default(), &|| {});
    let error = update(&disk(Fault::Full, 9)).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(repository.files(), before);

    update(&disk(Fault::End, 9)).unwrap_err();
    let check = Options { check: true, ..Options::default() };
    assert!(matches!(repository.run(&check), Err(Error::Unfinished)));
    let update = repository.update();
    assert_eq!(update.recovery, Some(Recovery { is_finished: false, left: Vec::new() }));
    assert_eq!(outcomes(&update), [(METHOD, "new")]);
    assert!(repository.run(&check).unwrap().is_up_to_date());
}

#[test]
fn a_journal_that_leads_elsewhere_is_not_followed() {
    for text in [
        r#"[{"path":"../out","old":null,"new":"0"}]"#,
        r#"[{"path":"spec/apis/../../out","old":null,"new":"0"}]"#,
        r#"[{"path":"spec/apis/.git/x","old":null,"new":"0"}]"#,
        r#"[{"path":"README.md","old":null,"new":"0"}]"#,
        "not a journal",
    ] {
        let repository = Repository::new();
        repository.write("spec/.update/redo", text);
        let before = repository.files();
        let error = repository.run(&Options::default()).unwrap_err();
        assert!(matches!(error, Error::Journal { .. }), "{error}");
        assert_eq!(repository.files(), before);
    }
}

#[test]
fn two_updates_at_once_are_refused() {
    let repository = Repository::new();
    let files = Files::new(repository.0.path()).unwrap();
    let check = Options { check: true, ..Options::default() };
    let lock = Lock::take(&files).unwrap();
    for options in [&Options::default(), &check] {
        assert!(matches!(repository.run(options), Err(Error::Busy { .. })));
    }
    drop(lock);
    assert_eq!(outcomes(&repository.update()), [(METHOD, "new")]);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let repository = Repository::new();
    repository.write("CHANGELOG.md", "# Changelog\n");
    fs::set_permissions(repository.path("CHANGELOG.md"), fs::Permissions::from_mode(0o640)).unwrap();
    repository.update();
    let mode = fs::metadata(repository.path("CHANGELOG.md")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(repository.read("CHANGELOG.md").contains(METHOD));
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|name| name.starts_with('.'))
}
