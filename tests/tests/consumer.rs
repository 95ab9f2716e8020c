//! A consumer that generates from its own pages: built, touched and built again by a real Cargo.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use topsdk_tests::{SEED as METHOD, cargo, root, seed_page};

/// A copy of `tests/consumer` outside of the workspace, without any page.
fn consumer() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer");
    let _ = fs::remove_dir_all(&folder);
    for file in ["build.rs", "src/lib.rs"] {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::copy(root().join("tests/consumer").join(file), folder.join(file)).unwrap();
    }
    fs::create_dir_all(folder.join("docs/top")).unwrap();
    // The versions and the profile that the repository itself was compiled with: nothing but the consumer is compiled anew.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let path = |name: &str| root().join(name).to_str().unwrap().replace('\\', "/");
    let manifest = format!(
        "[package]\nname = \"scratch-consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n\
         [dependencies]\ntopsdk = {{ path = \"{}\", default-features = false }}\n\n\
         [build-dependencies]\ntopsdk-codegen = {{ path = \"{}\", default-features = false }}\n",
        path("generated"),
        path("codegen"),
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    folder
}

/// Whether it was compiled again, or what Cargo says where it cannot be.
fn build(folder: &Path) -> Result<bool, String> {
    let output = cargo()
        .args(["build", "--offline", "-v"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap())
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    match output.status.success() {
        true => Ok(!said.contains("Fresh scratch-consumer")),
        false => Err(said),
    }
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn a_consumer_is_rebuilt_only_when_a_page_changes() {
    let folder = consumer();
    let seed = seed_page("html");
    let page = folder.join(format!("docs/top/{METHOD}.html"));

    let said = build(&folder).unwrap_err();
    assert!(said.contains("no pages: name a folder or a file with pages"), "{said}");

    fs::write(&page, &seed).unwrap();
    assert_eq!(build(&folder), Ok(true));
    assert_eq!(build(&folder), Ok(false), "nothing changed");
    fs::write(folder.join("README.md"), "# A consumer\n").unwrap();
    fs::write(folder.join("docs/notes.md"), "not a page\n").unwrap();
    assert_eq!(build(&folder), Ok(false), "what changed is no page");

    fs::write(&page, seed.replace("储值消费", "储值核销")).unwrap();
    assert_eq!(build(&folder), Ok(true), "the page changed");
    assert_eq!(build(&folder), Ok(false));

    // A page that is no page any more stops the build, with the place and the reason.
    let cut = seed.find("<h1 id=\"s3\">").unwrap();
    fs::write(&page, &seed[..cut]).unwrap();
    let said = build(&folder).unwrap_err();
    assert!(said.contains(&format!("{METHOD}.html")) && said.contains("cut off after byte"), "{said}");

    fs::write(&page, &seed).unwrap();
    assert_eq!(build(&folder), Ok(true));
    let other = folder.join("docs/top/more/alibaba.alsc.crm.recharge.dedut.query.html");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, seed.replace(METHOD, "alibaba.alsc.crm.recharge.dedut.query")).unwrap();
    assert_eq!(build(&folder), Ok(true), "a page was added");
    fs::remove_file(&other).unwrap();
    assert_eq!(build(&folder), Ok(true), "a page was removed");
    assert_eq!(build(&folder), Ok(false));
}
