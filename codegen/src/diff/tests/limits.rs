//! The verdicts of changed limits.

use topsdk_spec::{Api, Limits, Param, Side};

use crate::diff::{Effect, Kind, Verdict, diff};

fn changes(side: Side, is_required: bool, limits: [Limits; 2]) -> Vec<(Kind, Effect, Verdict)> {
    let [old, new] = limits.map(|limits| {
        let param = Param {
            name: "x".to_owned(),
            type_name: "String".to_owned(),
            list: true,
            required: is_required,
            limits,
            ..Param::default()
        };
        let mut api = Api { method: "taobao.test.get".to_owned(), ..Api::default() };
        api.side_mut(side).push(param);
        api
    });
    let found = diff(&[old], &[new]).changes.into_iter();
    found.map(|change| (change.kind, change.effect, change.verdict())).collect()
}

/// Returns limits with one of them set.
fn with(kind: Kind, limit: Option<&str>) -> Limits {
    let (mut limits, text) = (Limits::default(), limit.map(str::to_owned));
    let number = || limit.map(|limit| limit.parse().unwrap());
    match kind {
        Kind::Default => limits.default = text,
        Kind::MaxLength => limits.max_length = number(),
        Kind::MaxListSize => limits.max_list_size = number(),
        Kind::Min => limits.min = text,
        Kind::Max => limits.max = text,
        other => assert_eq!(other, Kind::Default, "a kind of limit"),
    }
    limits
}

#[test]
fn every_limit_set_unset_tightened_and_loosened_has_its_verdict() {
    use Effect::{Documentation, Narrowed, Widened};
    // Upper bounds: set, unset, tightened, loosened.
    let upper = [(None, Some("20")), (Some("20"), None), (Some("20"), Some("9")), (Some("9"), Some("20"))];
    let lower = [(None, Some("9")), (Some("9"), None), (Some("9"), Some("20")), (Some("20"), Some("9"))];
    let bounds = [(Kind::MaxLength, upper), (Kind::MaxListSize, upper), (Kind::Max, upper), (Kind::Min, lower)];
    for (side, expected) in [
        (Side::Request, [Narrowed, Documentation, Narrowed, Documentation]),
        (Side::Response, [Documentation, Widened, Documentation, Widened]),
    ] {
        for (kind, steps) in bounds {
            for ((old, new), effect) in steps.into_iter().zip(expected) {
                let verdict = if effect == Documentation { Verdict::Patch } else { Verdict::Major };
                let found = changes(side, false, [with(kind, old), with(kind, new)]);
                assert_eq!(found, [(kind, effect, verdict)], "{side:?} {kind:?}: {old:?} to {new:?}");
            }
        }
    }
}

#[test]
fn a_changed_default_is_breaking_only_if_the_value_may_be_omitted() {
    let steps = [
        (None, Some("1"), Effect::Documentation),
        (Some("1"), None, Effect::Documentation),
        (Some("1"), Some("2"), Effect::DefaultChanged),
        (Some("a"), Some("b"), Effect::DefaultChanged),
        (Some("1"), Some("1.0"), Effect::Documentation),
    ];
    for (old, new, effect) in steps {
        for side in Side::BOTH {
            let verdict = effect.verdict();
            let found = changes(side, false, [with(Kind::Default, old), with(Kind::Default, new)]);
            assert_eq!(found, [(Kind::Default, effect, verdict)], "{side:?}: {old:?} to {new:?}");
        }
        let found = changes(Side::Request, true, [with(Kind::Default, old), with(Kind::Default, new)]);
        assert_eq!(found, [(Kind::Default, Effect::Documentation, Verdict::Patch)], "required: {old:?} to {new:?}");
    }
    assert_eq!(Effect::DefaultChanged.verdict(), Verdict::Major);
}

#[test]
fn bounds_that_cannot_be_compared_are_breaking() {
    for (side, effect) in [(Side::Request, Effect::Narrowed), (Side::Response, Effect::Widened)] {
        for (old, new) in [("一元", "1"), ("1", "1元"), ("a", "b"), ("NaN", "1"), ("inf", "1")] {
            for kind in [Kind::Min, Kind::Max] {
                let found = changes(side, false, [with(kind, Some(old)), with(kind, Some(new))]);
                assert_eq!(found, [(kind, effect, Verdict::Major)], "{side:?} {old} to {new}");
            }
        }
    }
    // The same number in another notation only changes the documentation, but it is still a change.
    for (old, new) in [("1", "1.0"), ("1e2", "100"), ("01", " 1 ")] {
        let found = changes(Side::Request, false, [with(Kind::Max, Some(old)), with(Kind::Max, Some(new))]);
        assert_eq!(found, [(Kind::Max, Effect::Documentation, Verdict::Patch)], "{old} to {new}");
    }
    // Integers beyond the precision of a float are compared exactly.
    let (old, new) = ("9223372036854775807", "9223372036854775806");
    let found = changes(Side::Request, false, [with(Kind::Max, Some(old)), with(Kind::Max, Some(new))]);
    assert_eq!(found, [(Kind::Max, Effect::Narrowed, Verdict::Major)]);
}

#[test]
fn each_limit_of_a_row_is_a_separate_change() {
    let new = Limits { max_length: Some(9), min: Some("1".to_owned()), ..Limits::default() };
    let old = Limits { max_length: Some(20), min: Some("2".to_owned()), ..Limits::default() };
    let expected =
        [(Kind::MaxLength, Effect::Narrowed, Verdict::Major), (Kind::Min, Effect::Documentation, Verdict::Patch)];
    assert_eq!(changes(Side::Request, true, [old, new]), expected);
}
