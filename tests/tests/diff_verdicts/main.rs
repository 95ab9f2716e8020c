//! The verdicts of the spec diff are a compiler's.
//!
//! * `every_kind_of_change_breaks_programs_as_its_verdict_says` generates both versions of each case with the real emitter,
//!   and compiles a program that uses everything of the old one against the new one.
//! * The other tests compare the verdict with what that program would need, on any two pages, without compiling.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod compile;
mod random;
mod second_opinion;
mod shorthand;
mod surface;

use std::collections::BTreeSet;
use std::path::Path;

use cases::Case;
use surface::Surface;
use topsdk_codegen::diff::{Change, Effect, Kind, RULES, Verdict, diff};
use topsdk_codegen::names::Names;
use topsdk_spec::Api;

/// What a compiler says: whether all that the old version has is there in the new one, and whether there is more.
fn verdict_of_surfaces(old: &Api, new: &Api) -> Verdict {
    let before = Names::of(old);
    // As `topsdk update` does: what has a name keeps it.
    let after = Names::after(new, before.assigned());
    let (before, after) = (Surface::of(&before), Surface::of(&after));
    match (before.facts.is_subset(&after.facts), before.facts == after.facts) {
        (false, _) => Verdict::Major,
        (true, false) => Verdict::Minor,
        (true, true) => Verdict::Patch,
    }
}

fn shown(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|change| format!("{} {} {}", change.verdict(), change.kind.name(), change.path)).collect()
}

#[test]
fn every_kind_of_change_has_cases() {
    let mut effects = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for case in cases::all() {
        let found = diff(&[case.before()], &[case.after()]);
        assert_eq!(shown(&found.changes), case.changes, "{}", case.name);
        effects.extend(found.changes.iter().map(|change| change.effect));
        kinds.extend(found.changes.iter().map(|change| change.kind.name()));
        if case.is_silent {
            continue;
        }
        let expected = if found.changes.is_empty() { Verdict::Patch } else { found.verdict() };
        assert_eq!(verdict_of_surfaces(&case.before(), &case.after()), expected, "{}", case.name);
    }
    // A new page and one that is gone are whole modules: nothing is left to be compared.
    effects.extend([Effect::ApiAdded, Effect::ApiRemoved]);
    assert_eq!(effects.into_iter().collect::<Vec<_>>(), RULES.iter().map(|rule| rule.0).collect::<Vec<_>>());
    kinds.extend(["API added", "API removed"]);
    let all: BTreeSet<&str> = Kind::all().map(Kind::name).collect();
    assert_eq!(kinds, all);
}

#[test]
#[cfg_attr(not(slow), ignore = "compiles crates: needs TOPSDK_SLOW=1")]
fn every_kind_of_change_breaks_programs_as_its_verdict_says() {
    let cases = cases::all();
    let (major, compatible): (Vec<_>, Vec<_>) = cases
        .iter()
        .partition(|case| diff(&[case.before()], &[case.after()]).verdict() == Verdict::Major && !case.is_silent);
    assert!(major.len() > 50 && compatible.len() > 50, "{} {}", major.len(), compatible.len());

    // All old modules and all new ones that are compatible, each with the program of the old version; and beside the latter
    // a module that is new.
    let workspace = compile::Workspace::new();
    let with = |case: &Case, api: Option<Api>| (case.id(), case.before(), api);
    let old: Vec<_> = cases.iter().map(|case| with(case, Some(case.before()))).collect();
    let mut new: Vec<_> = compatible.iter().map(|case| with(case, Some(case.after()))).collect();
    let added = Api { method: "taobao.test.added".to_owned(), ..cases[0].before() };
    assert_eq!(diff(&[cases[0].before()], &[cases[0].before(), added.clone()]).verdict(), Verdict::Minor);
    new.push(("api_added".to_owned(), added.clone(), Some(added)));
    workspace.add("compatible", &new);
    workspace.add("old", &old);
    assert_eq!(workspace.check(), compile::Errors::new());

    // Programs that do not compile. A compiler that stumbles over one names it and maybe not yet the others, which are
    // tried again without it until none is left, or all that are left compile.
    assert_eq!(diff(&[cases[0].before()], &[]).verdict(), Verdict::Major);
    let mut left: Vec<_> = major.iter().map(|case| with(case, Some(case.after()))).collect();
    left.push(("api_removed".to_owned(), cases[0].before(), None));
    while !left.is_empty() {
        workspace.add("major", &left);
        let errors = workspace.check();
        let places = errors.get("major").cloned().unwrap_or_default();
        // What breaks is the program, not the bindings.
        assert!(places.iter().all(|(file, _)| file.ends_with("consumer.rs")), "{places:#?}");
        let broken: BTreeSet<&str> =
            places.iter().filter_map(|(file, _)| Path::new(file).parent()?.file_name()?.to_str()).collect();
        let ids: Vec<&String> = left.iter().map(|(id, ..)| id).collect();
        assert!(!broken.is_empty(), "these compile, so they are not major: {ids:#?}");
        left.retain(|(id, ..)| !broken.contains(id.as_str()));
    }
}
