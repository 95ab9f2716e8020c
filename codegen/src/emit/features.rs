//! Determines the Cargo feature of each API.
//!
//! The first segment of a method is a feature (`alibaba`), which enables everything under it. A two-segment prefix also has
//! its own feature (`alibaba-alsc`). If there are hundreds of prefixes, only the largest ones have one; the APIs of the
//! others are enabled by the feature of the first segment alone.
//!
//! Features that a crate has already stay, whatever APIs are added: they are read from its manifest.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::names::Module;

/// The maximum number of generated features. The registry allows 300 per crate; the rest is left for the features of the
/// crate itself.
const MOST: usize = 290;

/// The feature of first segments without their own feature, in a catalogue with hundreds of segments.
const OTHERS: &str = "others";

/// Names of other features of a crate, or with another meaning for users of Cargo.
const TAKEN: [&str; 12] =
    ["default", "blocking", "async", "chrono", "client", "full", "http", "serde", "std", "time", "topsdk", OTHERS];

/// The modules that a feature enables: those below a first segment, or below a prefix of two segments.
type Scope = (String, Option<String>);

/// The features of a set of modules.
#[derive(Debug)]
pub(crate) struct Features {
    /// What the features enable, except for [`OTHERS`].
    scopes: BTreeSet<Scope>,
    /// Whether there are first segments without a feature.
    has_others: bool,
}

impl Features {
    /// Chooses the features of these modules. A feature in `kept` stays as long as it has a module. The rest goes to first
    /// segments before prefixes, and to those with the most modules, in order of name if equal.
    pub(super) fn of<'a>(modules: impl IntoIterator<Item = &'a Module>, kept: &BTreeSet<String>) -> Features {
        let mut sizes: BTreeMap<Scope, usize> = BTreeMap::new();
        for scope in modules.into_iter().flat_map(scopes) {
            *sizes.entry(scope).or_default() += 1;
        }
        let mut ranked: Vec<(Scope, usize)> = sizes.into_iter().collect();
        let is_kept = |scope: &Scope| kept.contains(&feature(scope));
        ranked.sort_by_cached_key(|(scope, size)| (!is_kept(scope), scope.1.is_some(), Reverse(*size)));
        let stay = ranked.iter().filter(|(scope, _)| is_kept(scope)).count();
        let others = ranked.split_off(ranked.len().min(stay.max(MOST)));
        let scopes = ranked.into_iter().map(|(scope, _)| scope).collect();
        Features { scopes, has_others: others.iter().any(|((_, second), _)| second.is_none()) }
    }

    /// Returns the feature that enables a module, besides the one of its first segment.
    pub(crate) fn of_module(&self, module: &Module) -> String {
        let mut scopes = scopes(module).into_iter().rev();
        scopes.find(|scope| self.scopes.contains(scope)).map_or_else(|| OTHERS.to_owned(), |scope| feature(&scope))
    }

    /// Returns all features, each with the features that it enables.
    pub(super) fn all(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for scope in &self.scopes {
            let name = feature(scope);
            let whole = (scope.0.clone(), None);
            let group = if self.scopes.contains(&whole) { feature(&whole) } else { OTHERS.to_owned() };
            features.entry(name.clone()).or_default();
            if group != name {
                features.entry(group).or_default().insert(name);
            }
        }
        if self.has_others {
            features.entry(OTHERS.to_owned()).or_default();
        }
        features
    }
}

/// Returns every feature that the modules of these methods may have had.
pub(super) fn possible_features<'a>(methods: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let scopes = methods.into_iter().flat_map(|method| scopes(&Module::of(method)));
    scopes.map(|scope| feature(&scope)).chain([OTHERS.to_owned()]).collect()
}

/// Returns the scopes that a module is in, the wider one first.
fn scopes(Module { first, second, .. }: &Module) -> [Scope; 2] {
    [(first.clone(), None), (first.clone(), Some(second.clone()))]
}

/// Returns the name of a feature, without the `_` that a module's name gets if it has another meaning in Rust (`type_`,
/// `codec_`).
fn feature((first, second): &Scope) -> String {
    let name = |segment: &str| segment.trim_end_matches('_').replace('_', "-");
    match (name(first), second) {
        (first, Some(second)) => format!("{first}-{}", name(second)),
        (first, None) if TAKEN.contains(&first.as_str()) => format!("{first}-apis"),
        (first, None) => first,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Features, MOST, possible_features};
    use crate::names::Module;

    fn modules(methods: &[String]) -> Vec<Module> {
        methods.iter().map(|method| Module::of(method)).collect()
    }

    fn features(methods: &[&str]) -> Features {
        let modules: Vec<Module> = methods.iter().map(|method| Module::of(method)).collect();
        Features::of(&modules, &BTreeSet::new())
    }

    fn gate(features: &Features, first: &str, second: &str) -> String {
        features.of_module(&Module { first: first.to_owned(), second: second.to_owned(), name: "x".to_owned() })
    }

    fn names(features: &Features) -> BTreeSet<String> {
        features.all().into_keys().collect()
    }

    #[test]
    fn each_prefix_is_a_feature_and_its_first_segment_turns_it_on() {
        let methods = ["alibaba.alsc.a", "alibaba.alsc.b", "alibaba.jym.c", "m-kvstore.aliyuncs.d", "codec.blocking.e"];
        let features = features(&methods);
        assert_eq!(gate(&features, "alibaba", "alsc"), "alibaba-alsc");
        let all: Vec<String> = features.all().iter().map(|(name, parts)| format!("{name} {parts:?}")).collect();
        let expected = [
            "alibaba {\"alibaba-alsc\", \"alibaba-jym\"}",
            "alibaba-alsc {}",
            "alibaba-jym {}",
            "codec {\"codec-blocking\"}",
            "codec-blocking {}",
            "m-kvstore {\"m-kvstore-aliyuncs\"}",
            "m-kvstore-aliyuncs {}",
        ];
        assert_eq!(all, expected);
        let possible = possible_features(methods);
        assert!(names(&features).is_subset(&possible), "{possible:?}");
    }

    #[test]
    fn apis_never_take_the_name_of_a_feature_of_the_crate() {
        let features = features(&["serde.time.get", "default.x.y", "others.x.y", "a-b.x.get", "a.b.get"]);
        let names = names(&features);
        assert!(names.contains("serde-apis") && names.contains("default-apis") && names.contains("others-apis"));
        assert!(["serde", "default", "others"].iter().all(|taken| !names.contains(*taken)), "{names:?}");
        assert_eq!(gate(&features, "a", "b"), gate(&features, "a_b", "x").strip_suffix("-x").unwrap());
    }

    #[test]
    fn small_prefixes_share_the_feature_of_their_first_segment() {
        let methods: Vec<String> = (100..500).map(|number| format!("taobao.p{number}.get")).collect();
        let more = (100..200).map(|number| format!("taobao.p{number}.add"));
        let features = Features::of(&modules(&methods.into_iter().chain(more).collect::<Vec<_>>()), &BTreeSet::new());
        assert_eq!(features.all().len(), MOST);
        assert_eq!(gate(&features, "taobao", "p199"), "taobao-p199");
        assert_eq!(gate(&features, "taobao", "p499"), "taobao");
    }

    #[test]
    fn hundreds_of_first_segments_share_one_feature() {
        let methods: Vec<String> = (100..500).map(|number| format!("p{number}.a.get")).collect();
        let features = Features::of(&modules(&methods), &BTreeSet::new());
        assert_eq!(features.all().len(), MOST + 1);
        assert_eq!(gate(&features, "p100", "a"), "p100");
        assert_eq!(gate(&features, "p499", "a"), "others");
    }

    proptest! {
        #![proptest_config(topsdk_random::config(24))]

        #[test]
        fn adding_an_api_removes_no_feature(
            methods in prop::collection::vec((0..4u8, 0..400u16), 1..900),
            added in prop::collection::vec((0..6u8, 0..500u16), 1..10),
        ) {
            let method = |(first, second): (u8, u16)| format!("f{first}.s{second}.get");
            let mut all: Vec<String> = methods.into_iter().map(method).collect();
            let mut before = Features::of(&modules(&all), &BTreeSet::new());
            for new in added {
                all.push(method(new));
                let after = Features::of(&modules(&all), &names(&before));
                let now = names(&after);
                prop_assert!(names(&before).is_subset(&now) && now.len() <= MOST + 1);
                // A feature that a user has enabled still enables the same modules.
                for Module { first, second, .. } in modules(&all[..all.len() - 1]) {
                    let (old, new) = (gate(&before, &first, &second), gate(&after, &first, &second));
                    prop_assert!(old == new || after.all().get(&old).is_some_and(|parts| parts.contains(&new)));
                }
                before = after;
            }
        }
    }
}
