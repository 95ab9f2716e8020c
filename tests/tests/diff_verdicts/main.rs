//! The verdicts of the spec diff are a compiler's.
//!
//! * `every_kind_of_change_breaks_what_its_verdict_says` generates both versions of each case with the real emitter,
//!   and compiles a program that uses everything of the old one against the new one.
//! * The other tests compare the verdict with what that program would need, on any two pages, without compiling.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod compile;
mod random;
mod shorthand;
mod surface;

use std::collections::BTreeSet;

use surface::Surface;
use topsdk_codegen::names::Names;
use topsdk_spec::Api;
use topsdk_spec::diff::{Change, Effect, RULES, Verdict, diff};

/// What a compiler says: whether all that the old version has is there in the new one, and whether there is more.
fn verdict_of_surfaces(old: &Api, new: &Api) -> Verdict {
    let before = Names::of(old);
    // As `topsdk update` does: what has a name keeps it.
    let after = Names::after(new, before.held());
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
fn every_kind_of_change_has_its_cases() {
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
    for kind in [
        "added",
        "removed",
        "renamed?",
        "type",
        "list or not",
        "required or not",
        "order",
        "struct",
        "default",
        "limits",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
}

#[test]
fn every_kind_of_change_breaks_what_its_verdict_says() {
    let cases = cases::all();
    let (major, compatible): (Vec<_>, Vec<_>) = cases
        .iter()
        .partition(|case| diff(&[case.before()], &[case.after()]).verdict() == Verdict::Major && !case.is_silent);
    assert!(major.len() > 15 && compatible.len() > 15, "{} {}", major.len(), compatible.len());

    let workspace = compile::Workspace::new();
    workspace.add("old", &cases.iter().map(|case| (case, Some(case.before()))).collect::<Vec<_>>());
    workspace.add("compatible", &compatible.iter().map(|case| (*case, Some(case.after()))).collect::<Vec<_>>());
    for case in &major {
        workspace.add(&format!("major_{}", case.id()), &[(*case, Some(case.after()))]);
    }
    workspace.add("major_api_removed", &[(&cases[0], None)]);
    let errors = workspace.check();
    assert_eq!(diff(&[cases[0].before()], &[]).verdict(), Verdict::Major);
    assert!(errors.contains_key("major_api_removed"), "{errors:#?}");
    for (krate, places) in &errors {
        assert!(krate.starts_with("major_"), "{krate}: {places:#?}");
        // What breaks is the program, not the bindings.
        assert!(places.iter().all(|(file, _)| file.ends_with("consumer.rs")), "{krate}: {places:#?}");
    }
    for case in &major {
        assert!(errors.contains_key(&format!("major_{}", case.id())), "{}: it compiles, so it is not major", case.name);
    }
}
