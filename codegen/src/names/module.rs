//! The path of an API's module: `alibaba.alsc.crm.recharge.dedut.update` is `alibaba::alsc::crm_recharge_dedut_update`.

use std::collections::{BTreeMap, BTreeSet};

use super::words;

/// The module name for a method with fewer than three segments.
const REST: &str = "api";

/// The path of an API's module: the two segments of its prefix, then the other segments joined into one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Module {
    /// The method's first segment, without the `r#` of a keyword.
    pub first: String,
    /// The method's second segment.
    pub second: String,
    /// The other segments, joined.
    pub name: String,
}

impl Module {
    /// Returns the module of one method. [`modules`] resolves collisions between methods.
    pub fn of(method: &str) -> Module {
        let mut segments = method.splitn(3, '.');
        let mut next = || match segments.next() {
            Some(segment) if !segment.is_empty() => free(words::field(segment)),
            _ => REST.to_owned(),
        };
        Module { first: next(), second: next(), name: next() }
    }

    /// Returns the module of this name under the same prefix, or `None` if `name` is not a valid module name.
    pub(crate) fn named(mut self, name: &str) -> Option<Module> {
        let is_free = words::field(name) == name && !is_taken(name);
        self.name = is_free.then(|| name.to_owned())?;
        Some(self)
    }

    /// The three segments of the path.
    pub fn segments(&self) -> [&str; 3] {
        [&self.first, &self.second, &self.name]
    }
}

/// Returns a distinct module for each method. Methods in `kept` keep theirs. If several methods fold to one module
/// (`a.b.c-d`, `a.b.c.d`), the method spelled exactly like the module gets it, else the one that sorts first. The others
/// get a number.
pub fn modules<'a>(
    methods: impl IntoIterator<Item = &'a str>,
    kept: &BTreeMap<String, Module>,
) -> BTreeMap<&'a str, Module> {
    let methods: BTreeSet<&str> = methods.into_iter().collect();
    let mut order: Vec<(bool, bool, &str, Module)> = methods
        .into_iter()
        .map(|method| match kept.get(method) {
            Some(module) => (false, false, method, module.clone()),
            None => {
                let module = Module::of(method);
                (true, method.replace('.', "_") != module.segments().join("_"), method, module)
            }
        })
        .collect();
    order.sort();
    let mut taken = BTreeSet::new();
    let mut modules = BTreeMap::new();
    for (.., method, preferred) in order {
        let mut module = preferred.clone();
        let mut number = 2_usize;
        while !taken.insert(module.clone()) {
            module.name = format!("{}_{number}", preferred.name);
            number += 1;
        }
        modules.insert(method, module);
    }
    modules
}

fn free(mut name: String) -> String {
    if is_taken(&name) {
        name.push('_');
    }
    name
}

/// Returns whether a module must not have this name: names at the root of the crate `topsdk` (`codec`, `client`, …),
/// crates that generated paths begin with, and names that cannot be file names. `mod.rs` is the prefix's own file; the
/// others are devices on Windows, such as `aux` and `com1`.
fn is_taken(name: &str) -> bool {
    const TAKEN: &str = "codec client index apis topsdk std core alloc mod lib main test build proc_macro serde";
    let device = ["com", "lpt"].iter().find_map(|device| name.strip_prefix(device));
    TAKEN.split(' ').any(|taken| taken == name)
        || matches!(name, "con" | "prn" | "aux" | "nul")
        || device.is_some_and(|number| matches!(number.as_bytes(), [b'0'..=b'9']))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Module, modules};

    #[test]
    fn the_prefix_has_two_segments_and_the_rest_is_one() {
        for (method, path) in [
            ("alibaba.alsc.crm.recharge.dedut.update", "alibaba::alsc::crm_recharge_dedut_update"),
            ("taobao.time.get", "taobao::time::get"),
            ("taobao.miniapp.userInfo.get", "taobao::miniapp::user_info_get"),
            (
                "m-kvstore.aliyuncs.com.DescribeRegions.2015-03-01",
                "m_kvstore::aliyuncs::com_describe_regions_2015_03_01",
            ),
            ("slb.aliyuncs.com.SetLoadBalancerName.2013-02-21", "slb::aliyuncs::com_set_load_balancer_name_2013_02_21"),
            ("taobao.time", "taobao::time::api"),
            ("taobao", "taobao::api::api"),
            ("", "api::api::api"),
            ("taobao.type.2013", "taobao::type::n_2013"),
            ("taobao.aux.mod", "taobao::aux_::mod_"),
            ("codec.self.x", "codec_::self_::x"),
            ("taobao.com5.lpt9.get", "taobao::com5_::lpt9_get"),
            ("taobao.Com9.lpt4", "taobao::com9_::lpt4_"),
            ("taobao.com10.lpt", "taobao::com10::lpt"),
        ] {
            assert_eq!(Module::of(method).segments().join("::"), path, "{method}");
        }
    }

    #[test]
    fn methods_with_the_same_module_get_numbers_in_any_order() {
        let methods = ["a.b.c-d", "a.b.cD", "a.b.c.d"];
        let expected = [("a.b.c-d", "c_d_2"), ("a.b.c.d", "c_d"), ("a.b.cD", "c_d_3")];
        for start in 0..3 {
            let mut rotated = methods;
            rotated.rotate_left(start);
            let found = modules(rotated, &BTreeMap::new());
            let found: Vec<(&str, &str)> =
                found.iter().map(|(method, module)| (*method, module.name.as_str())).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn stored_module_wins_over_a_new_method() {
        let before = modules(["a.b.c-d"], &BTreeMap::new());
        let kept = before.into_iter().map(|(method, module)| (method.to_owned(), module)).collect();
        let after = modules(["a.b.c-d", "a.b.c.d"], &kept);
        assert_eq!(after["a.b.c-d"].name, "c_d");
        assert_eq!(after["a.b.c.d"].name, "c_d_2");
    }
}
