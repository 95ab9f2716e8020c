//! Tests how files are written: by one update at a time, never through links, with their permissions preserved.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{METHOD, Repository, outcomes, seed};
use crate::update::files::Files;
use crate::update::{UpdateError, UpdateOptions, Workspace};

#[test]
fn two_updates_at_once_are_refused() {
    let repository = Repository::new();
    let check = UpdateOptions { check: true, ..UpdateOptions::default() };
    let locked = Files::new(repository.0.path()).unwrap().locked().unwrap();
    for options in [&UpdateOptions::default(), &check] {
        assert!(matches!(repository.run(options), Err(UpdateError::Busy { .. })));
    }
    drop(locked);
    assert_eq!(outcomes(&repository.update()), [(METHOD, "new")]);
}

#[test]
fn a_page_that_changes_during_an_update_is_read_by_the_next_one() {
    let repository = Repository::new();
    fs::remove_file(repository.path(&format!("spec/pages/{METHOD}.txt"))).unwrap();
    let page = format!("spec/pages/{METHOD}.html");
    let is_first = AtomicBool::new(true);
    // At the first step, the page has just been read.
    let step = || {
        if is_first.swap(false, Ordering::Relaxed) {
            repository.write(&page, &seed("html").replace("current_value", "current_worth"));
        }
    };
    let workspace = Workspace::open(repository.0.path()).unwrap();
    workspace.update(&UpdateOptions::default(), &step).unwrap();
    assert!(repository.read(&super::spec(METHOD)).contains("current_value"));
    assert_eq!(outcomes(&repository.update()), [(METHOD, "changed")]);
    assert!(repository.read(&super::spec(METHOD)).contains("current_worth"));
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

/// Creates links under every name that an update uses for temporary files and for the files that it writes.
#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    use std::os::unix::fs::symlink;
    let names: Vec<String> = {
        let repository = Repository::new();
        repository.update();
        repository.files().into_keys().filter(|path| !path.starts_with("spec/pages")).collect()
    };
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("there"), "untouched").unwrap();
    for target in ["there", "dangling"] {
        let repository = Repository::new();
        for name in &names {
            let path = repository.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = path.file_name().unwrap().to_str().unwrap();
            let hidden = format!(".{file}.{}.topsdk-new", std::process::id());
            symlink(outside.path().join(target), path.with_file_name(hidden)).unwrap();
            // Manifests are read, so they must stay valid.
            if !name.ends_with("Cargo.toml") {
                symlink(outside.path().join("dangling"), path).unwrap();
            }
        }
        repository.update();
        let found: Vec<_> = fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(found, ["there"], "{target}");
        assert_eq!(fs::read_to_string(outside.path().join("there")).unwrap(), "untouched");
        for name in &names {
            assert!(fs::symlink_metadata(repository.path(name)).unwrap().is_file(), "{name}");
        }
    }

    let repository = Repository::new();
    fs::create_dir_all(repository.path("target/topsdk")).unwrap();
    symlink(outside.path().join("lock"), repository.path("target/topsdk/lock")).unwrap();
    assert!(matches!(repository.run(&UpdateOptions::default()), Err(UpdateError::Outside { .. })));
    assert!(!outside.path().join("lock").exists());
}

#[test]
fn a_write_that_fails_is_completed_by_the_next_update() {
    let repository = Repository::new();
    // A folder at the path of a file.
    fs::create_dir_all(repository.path("spec/apis").join(format!("{METHOD}.json")).join("x")).unwrap();
    let error = repository.run(&UpdateOptions::default()).unwrap_err();
    assert!(matches!(error, UpdateError::Io { .. }), "{error}");
    fs::remove_dir_all(repository.path("spec/apis")).unwrap();
    repository.update();
    let done = Repository::new();
    done.update();
    assert_eq!(repository.files(), done.files());
}
