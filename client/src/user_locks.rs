//! One lock for each user, so that one user's refresh does not hold up another's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as StdMutex, PoisonError, Weak},
};

use async_lock::Mutex;

/// The locks of the users whose tokens are being refreshed.
#[derive(Debug, Default)]
pub(crate) struct UserLocks {
    users: StdMutex<HashMap<String, Weak<Mutex<()>>>>,
}

impl UserLocks {
    /// Returns the lock of a user. It is removed once nobody holds it or waits for it.
    pub(crate) fn of(&self, user: &str) -> Arc<Mutex<()>> {
        // The map is valid even if another thread panicked: an entry is written in one step.
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = users.get(user).and_then(Weak::upgrade) {
            return lock;
        }
        users.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(Mutex::new(()));
        users.insert(user.to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_lock_of_its_own_which_is_forgotten_when_unused() {
        let locks = UserLocks::default();
        let first = locks.of("a");
        assert!(Arc::ptr_eq(&first, &locks.of("a")));
        assert!(!Arc::ptr_eq(&first, &locks.of("b")));
        drop(first);
        let _c = locks.of("c");
        assert_eq!(locks.users.lock().unwrap().len(), 1);
    }
}
