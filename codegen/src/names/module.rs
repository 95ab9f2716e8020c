//! The path of an API's module: `alibaba.alsc.crm.recharge.dedut.update` is `alibaba::alsc::crm_recharge_dedut_update`.

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
    /// Returns the module of one method. [`Register::modules`](super::Register::modules) resolves collisions between methods.
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
    use super::Module;

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
}
