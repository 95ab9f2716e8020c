//! Names looked up for the blocking transport.
//!
//! ureq looks the host up for each call, on a thread made for it, even where a connection is kept: that is a question to
//! the name server, and on the machine's own network the half of what a call costs. An answer is good for the next calls
//! here as well, though not for long and not once there is no connection.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

/// For how long an answer is good: what programs in Java, such as the official SDK, take for granted.
const GOOD_FOR: Duration = Duration::from_secs(30);
/// How many hosts are kept: a client has one, for OAuth another.
const HOSTS: usize = 8;

/// Asks another resolver, and remembers what it says.
pub(super) struct Lookup<R = DefaultResolver> {
    resolver: R,
    hosts: Hosts,
}

/// The hosts that were looked up. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Hosts(Arc<Mutex<Vec<Known>>>);

struct Known {
    scheme: String,
    authority: String,
    until: Instant,
    addresses: ResolvedSocketAddrs,
}

impl<R> Lookup<R> {
    pub(super) fn new(resolver: R, hosts: Hosts) -> Lookup<R> {
        Lookup { resolver, hosts }
    }
}

impl Hosts {
    /// Forgets all: they may have moved.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        // What is in there is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is(&self, uri: &Uri) -> bool {
        uri.authority().is_some_and(|authority| *authority == *self.authority) && uri.scheme_str() == Some(&self.scheme)
    }
}

impl<R: Resolver> Resolver for Lookup<R> {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let now = Instant::now();
        if let Some(known) = self.hosts.known().iter().find(|known| known.is(uri) && now < known.until) {
            return Ok(known.addresses.clone());
        }
        let addresses = self.resolver.resolve(uri, config, timeout)?;
        let mut all = self.hosts.known();
        all.retain(|known| !known.is(uri) && now < known.until);
        if all.len() == HOSTS {
            all.remove(0);
        }
        all.push(Known {
            scheme: uri.scheme_str().unwrap_or_default().to_owned(),
            authority: uri.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default(),
            until: now + GOOD_FOR,
            addresses: addresses.clone(),
        });
        Ok(addresses)
    }
}

impl<R> fmt::Debug for Lookup<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Resolver for Counting {
        fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            DefaultResolver::default().resolve(uri, config, timeout)
        }
    }

    #[test]
    fn a_host_is_looked_up_once_until_it_is_forgotten() {
        let lookup = Lookup::new(Counting::default(), Hosts::default());
        let (config, timeout) = (Config::default(), NextTimeout::default());
        let ask = |uri: &str| lookup.resolve(&uri.parse().unwrap(), &config, timeout).unwrap()[0].to_string();
        for _ in 0..3 {
            assert_eq!(ask("http://127.0.0.1:80/router/rest"), "127.0.0.1:80");
            assert_eq!(ask("https://127.0.0.1/router/rest"), "127.0.0.1:443");
            assert_eq!(ask("http://127.0.0.1/router/rest"), "127.0.0.1:80");
            assert_eq!(ask("http://127.0.0.2/router/rest"), "127.0.0.2:80");
        }
        assert_eq!(lookup.resolver.0.load(Ordering::Relaxed), 4);
        lookup.hosts.known().iter_mut().for_each(|known| known.until = Instant::now());
        ask("http://127.0.0.1:80/router/rest");
        assert_eq!(lookup.resolver.0.load(Ordering::Relaxed), 5, "an answer is not good for ever");
        assert_eq!(lookup.hosts.known().len(), 1);
        lookup.hosts.forget();
        ask("http://127.0.0.1:80/token");
        assert_eq!(lookup.resolver.0.load(Ordering::Relaxed), 6);
        for host in 0..20 {
            ask(&format!("http://127.0.0.{host}/"));
        }
        assert!(lookup.hosts.known().len() <= HOSTS);
    }

    #[test]
    fn what_is_not_found_is_asked_for_again() {
        let lookup = Lookup::new(Counting::default(), Hosts::default());
        for _ in 0..2 {
            let uri = "http://gateway.invalid/".parse().unwrap();
            assert!(lookup.resolve(&uri, &Config::default(), NextTimeout::default()).is_err());
        }
        assert_eq!(lookup.resolver.0.load(Ordering::Relaxed), 2);
    }
}
