//! The cookies of one host during one run.
//!
//! A mirror repeats the site's cookies with the site's `Domain`, and a general cookie store would refuse them. Here, every
//! cookie is returned only to the host that sent it.

use std::collections::BTreeMap;

/// The cookie that the endpoints also expect in the address.
const TOKEN: &str = "_tb_token_";

/// The maximum number of cookies. Limits the memory that a hostile site can fill.
const MAX_COOKIES: usize = 64;

/// The cookies by name.
#[derive(Default)]
pub(super) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Stores the cookie of one `Set-Cookie` header, or removes an expired one.
    pub(super) fn absorb(&mut self, header: &str) {
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let is_over = parts.filter_map(|attribute| attribute.split_once('=')).any(|(name, age)| {
            name.trim().eq_ignore_ascii_case("max-age") && age.trim().parse::<i64>().is_ok_and(|age| age <= 0)
        });
        let (name, value) = (name.trim(), value.trim());
        if is_over || value.is_empty() {
            self.0.remove(name);
        } else if !name.is_empty() && (self.0.len() < MAX_COOKIES || self.0.contains_key(name)) {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Returns the value of the `Cookie` header, or `None` without cookies.
    pub(super) fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(super) fn token(&self) -> Option<&str> {
        self.0.get(TOKEN).map(String::as_str)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_returned_until_they_expire() {
        let mut jar = Jar::default();
        assert_eq!(jar.header(), None);
        jar.absorb("_tb_token_=abc=; Path=/; Domain=.taobao.com; HttpOnly");
        jar.absorb("t=1;Max-Age=60");
        jar.absorb("no cookie");
        jar.absorb("=no name");
        assert_eq!((jar.token(), jar.header().as_deref()), (Some("abc="), Some("_tb_token_=abc=; t=1")));
        jar.absorb("_tb_token_=; Path=/");
        jar.absorb("t=1; max-age=0");
        assert_eq!((jar.token(), jar.header()), (None, None));
    }

    #[test]
    fn the_number_of_cookies_is_limited() {
        let mut jar = Jar::default();
        for index in 0..1000 {
            jar.absorb(&format!("a{index}=1"));
        }
        jar.absorb("a0=2");
        assert_eq!((jar.0.len(), jar.0["a0"].as_str()), (MAX_COOKIES, "2"));
    }
}
