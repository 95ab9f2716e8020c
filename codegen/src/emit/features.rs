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
const TAKEN: [&str; 11] =
    ["default", "blocking", "async", "chrono", "client", "full", "http", "serde", "std", "time", "topsdk"];

/// The features of a set of modules.
#[derive(Debug, Default)]
pub struct Features {
    /// The first segments with a feature.
    firsts: BTreeSet<String>,
    /// The prefixes with a feature.
    prefixes: BTreeSet<(String, String)>,
    /// Whether there are first segments without a feature.
    has_others: bool,
}

impl Features {
    /// Chooses the features of these modules. A feature in `kept` stays as long as it has a module.
    pub fn of<'a>(modules: impl IntoIterator<Item = &'a Module>, kept: &BTreeSet<String>) -> Features {
        let mut firsts: BTreeMap<String, usize> = BTreeMap::new();
        let mut prefixes: BTreeMap<(String, String), usize> = BTreeMap::new();
        for module in modules {
            *firsts.entry(module.first.clone()).or_default() += 1;
            *prefixes.entry((module.first.clone(), module.second.clone())).or_default() += 1;
        }
        let all = firsts.len();
        let is_kept_first = |first: &String| kept.contains(&first_name(first));
        let is_kept_prefix = |(first, second): &(String, String)| kept.contains(&prefix_name(first, second));
        let stay = firsts.keys().filter(|first| is_kept_first(first)).count()
            + prefixes.keys().filter(|prefix| is_kept_prefix(prefix)).count();
        let room = MOST.saturating_sub(stay);
        let firsts = greatest(room, firsts, is_kept_first);
        let new = firsts.iter().filter(|first| !is_kept_first(first)).count();
        let prefixes = greatest(room - new, prefixes, is_kept_prefix);
        Features { has_others: firsts.len() < all, firsts, prefixes }
    }

    /// Returns the feature that enables the modules of a prefix, besides the one of its first segment.
    pub fn gate(&self, first: &str, second: &str) -> String {
        if self.prefixes.contains(&(first.to_owned(), second.to_owned())) {
            return prefix_name(first, second);
        }
        match self.firsts.contains(first) {
            true => first_name(first),
            false => OTHERS.to_owned(),
        }
    }

    /// Returns the feature that enables a module.
    pub(crate) fn of_module(&self, module: &Module) -> String {
        self.gate(&module.first, &module.second)
    }

    /// Returns all features, each with the features that it enables.
    pub fn all(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for first in &self.firsts {
            features.entry(first_name(first)).or_default();
        }
        for (first, second) in &self.prefixes {
            let name = prefix_name(first, second);
            let group = if self.firsts.contains(first) { first_name(first) } else { OTHERS.to_owned() };
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

/// Returns every feature that these modules may have had.
pub fn possible_features<'a>(modules: impl IntoIterator<Item = &'a Module>) -> BTreeSet<String> {
    let names =
        modules.into_iter().flat_map(|Module { first, second, .. }| [first_name(first), prefix_name(first, second)]);
    names.chain([OTHERS.to_owned()]).collect()
}

/// Returns the kept keys, and up to `room` of the others: those with the greatest numbers, in order of key if equal.
fn greatest<K: Ord>(room: usize, numbers: BTreeMap<K, usize>, is_kept: impl Fn(&K) -> bool) -> BTreeSet<K> {
    let (kept, mut others): (Vec<_>, Vec<_>) = numbers.into_iter().partition(|(key, _)| is_kept(key));
    others.sort_by_key(|(_, number)| Reverse(*number));
    others.truncate(room);
    kept.into_iter().chain(others).map(|(key, _)| key).collect()
}

fn first_name(first: &str) -> String {
    let name = feature_name(first);
    match TAKEN.contains(&name.as_str()) || name == OTHERS {
        true => format!("{name}-apis"),
        false => name,
    }
}

fn prefix_name(first: &str, second: &str) -> String {
    format!("{}-{}", feature_name(first), feature_name(second))
}

/// Returns the feature name of a module, without the `_` that a name gets if it has another meaning in Rust (`type_`,
/// `codec_`).
fn feature_name(segment: &str) -> String {
    segment.trim_end_matches('_').replace('_', "-")
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

    fn names(features: &Features) -> BTreeSet<String> {
        features.all().into_keys().collect()
    }

    #[test]
    fn each_prefix_is_a_feature_and_its_first_segment_turns_it_on() {
        let methods = ["alibaba.alsc.a", "alibaba.alsc.b", "alibaba.jym.c", "m-kvstore.aliyuncs.d", "codec.blocking.e"];
        let features = features(&methods);
        assert_eq!(features.gate("alibaba", "alsc"), "alibaba-alsc");
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
        let possible = possible_features(&modules(&methods.map(str::to_owned)));
        assert!(names(&features).is_subset(&possible), "{possible:?}");
    }

    #[test]
    fn apis_never_take_the_name_of_a_feature_of_the_crate() {
        let features = features(&["serde.time.get", "default.x.y", "others.x.y", "a-b.x.get", "a.b.get"]);
        let names = names(&features);
        assert!(names.contains("serde-apis") && names.contains("default-apis") && names.contains("others-apis"));
        assert!(["serde", "default", "others"].iter().all(|taken| !names.contains(*taken)), "{names:?}");
        assert_eq!(features.gate("a", "b"), features.gate("a_b", "x").strip_suffix("-x").unwrap());
    }

    #[test]
    fn small_prefixes_share_the_feature_of_their_first_segment() {
        let methods: Vec<String> = (100..500).map(|number| format!("taobao.p{number}.get")).collect();
        let more = (100..200).map(|number| format!("taobao.p{number}.add"));
        let features = Features::of(&modules(&methods.into_iter().chain(more).collect::<Vec<_>>()), &BTreeSet::new());
        assert_eq!(features.all().len(), MOST);
        assert_eq!(features.gate("taobao", "p199"), "taobao-p199");
        assert_eq!(features.gate("taobao", "p499"), "taobao");
    }

    #[test]
    fn hundreds_of_first_segments_share_one_feature() {
        let methods: Vec<String> = (100..500).map(|number| format!("p{number}.a.get")).collect();
        let features = Features::of(&modules(&methods), &BTreeSet::new());
        assert_eq!(features.all().len(), MOST + 1);
        assert_eq!(features.gate("p100", "a"), "p100");
        assert_eq!(features.gate("p499", "a"), "others");
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
                    let (old, new) = (before.gate(&first, &second), after.gate(&first, &second));
                    prop_assert!(old == new || after.all().get(&old).is_some_and(|parts| parts.contains(&new)));
                }
                before = after;
            }
        }
    }
}
