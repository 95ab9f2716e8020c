//! Which Cargo feature an API is behind.
//!
//! A method's first segment is a feature (`alibaba`), which turns on everything under it. A two-segment prefix with enough APIs
//! has one of its own besides (`alibaba-alsc`); APIs of smaller prefixes are behind the first segment alone. "Enough" is the least number
//! with which all fits into what the registry allows: one, until there are hundreds of prefixes. So an API that is
//! added to a catalogue never leaves another one without a feature that turned it on, except where the number has to rise.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::Module;

/// The registry takes 300 features a crate; some are left for the crate's own.
const MOST: usize = 280;

/// Where first segments with too few APIs are, in a catalogue with hundreds of them.
const OTHERS: &str = "others";

/// Features that a crate has besides.
const TAKEN: [&str; 8] = ["default", "blocking", "async", "serde", "client", "full", "std", "topsdk"];

/// The features of a set of modules.
#[derive(Debug, Default)]
pub struct Features {
    /// The first segments that are features.
    firsts: BTreeSet<String>,
    /// The prefixes that are.
    prefixes: BTreeSet<(String, String)>,
    /// Whether there are first segments that are none.
    has_others: bool,
}

impl Features {
    /// Decides for these modules.
    pub fn of<'a>(modules: impl IntoIterator<Item = &'a Module>) -> Features {
        let mut firsts: BTreeMap<String, usize> = BTreeMap::new();
        let mut prefixes: BTreeMap<(String, String), usize> = BTreeMap::new();
        for module in modules {
            *firsts.entry(module.first.clone()).or_default() += 1;
            *prefixes.entry((module.first.clone(), module.second.clone())).or_default() += 1;
        }
        let all = firsts.len();
        let firsts = at_most(MOST, firsts);
        let prefixes = at_most(MOST - firsts.len().min(MOST), prefixes);
        Features { has_others: firsts.len() < all, firsts, prefixes }
    }

    /// The feature that turns on the modules of a prefix, besides the one of its first segment.
    pub fn gate(&self, first: &str, second: &str) -> String {
        if self.prefixes.contains(&(first.to_owned(), second.to_owned())) {
            return prefix_name(first, second);
        }
        match self.firsts.contains(first) {
            true => first_name(first),
            false => OTHERS.to_owned(),
        }
    }

    /// The lines of `[features]` in a manifest.
    pub fn manifest(&self) -> String {
        let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for first in &self.firsts {
            features.entry(first_name(first)).or_default();
        }
        for (first, second) in &self.prefixes {
            let name = prefix_name(first, second);
            let group = if self.firsts.contains(first) { first_name(first) } else { OTHERS.to_owned() };
            features.entry(group).or_default().insert(name.clone());
            features.entry(name).or_default();
        }
        if self.has_others {
            features.entry(OTHERS.to_owned()).or_default();
        }
        let mut lines = String::new();
        for (name, parts) in features {
            let parts: Vec<String> =
                parts.iter().filter(|part| **part != name).map(|part| format!("{part:?}")).collect();
            lines.push_str(&format!("{name} = [{}]\n", parts.join(", ")));
        }
        lines
    }
}

/// The keys with the greatest numbers: all of at least the least number with which no more than `most` are left.
fn at_most<K: Ord>(most: usize, numbers: BTreeMap<K, usize>) -> BTreeSet<K> {
    let mut least = 1;
    while numbers.values().filter(|number| **number >= least).count() > most {
        least += 1;
    }
    numbers.into_iter().filter(|(_, number)| *number >= least).map(|(key, _)| key).collect()
}

fn first_name(first: &str) -> String {
    let name = first.replace('_', "-");
    match TAKEN.contains(&name.as_str()) || name == OTHERS {
        true => format!("{name}-apis"),
        false => name,
    }
}

fn prefix_name(first: &str, second: &str) -> String {
    format!("{first}-{second}").replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::Features;
    use crate::names::Module;

    fn modules(methods: &[&str]) -> Vec<Module> {
        methods.iter().map(|method| Module::of(method)).collect()
    }

    #[test]
    fn each_prefix_is_a_feature_and_its_first_segment_turns_it_on() {
        let modules =
            modules(&["alibaba.alsc.a", "alibaba.alsc.b", "alibaba.jym.c", "m-kvstore.aliyuncs.d", "codec.blocking.e"]);
        let features = Features::of(&modules);
        assert_eq!(features.gate("alibaba", "alsc"), "alibaba-alsc");
        let expected = concat!(
            "alibaba = [\"alibaba-alsc\", \"alibaba-jym\"]\nalibaba-alsc = []\nalibaba-jym = []\n",
            "codec- = [\"codec--blocking\"]\ncodec--blocking = []\n",
            "m-kvstore = [\"m-kvstore-aliyuncs\"]\nm-kvstore-aliyuncs = []\n"
        );
        assert_eq!(features.manifest(), expected);
    }

    #[test]
    fn of_hundreds_of_prefixes_the_small_ones_are_behind_their_first_segment() {
        let methods: Vec<String> = (0..400).map(|number| format!("taobao.p{number}.get")).collect();
        let more: Vec<String> = (0..100).map(|number| format!("taobao.p{number}.add")).collect();
        let methods: Vec<&str> = methods.iter().chain(&more).map(String::as_str).collect();
        let features = Features::of(&modules(&methods));
        assert_eq!(features.manifest().lines().count(), 101);
        assert_eq!(features.gate("taobao", "p99"), "taobao-p99");
        assert_eq!(features.gate("taobao", "p100"), "taobao");
    }

    #[test]
    fn hundreds_of_first_segments_share_one_feature() {
        let methods: Vec<String> = (0..400).map(|number| format!("p{number}.a.get")).collect();
        let methods: Vec<&str> = methods.iter().map(String::as_str).chain(["p7.a.add"]).collect();
        let features = Features::of(&modules(&methods));
        assert_eq!(features.manifest(), "others = []\np7 = [\"p7-a\"]\np7-a = []\n");
        assert_eq!(features.gate("p8", "a"), "others");
    }
}
