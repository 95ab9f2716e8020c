//! Settings that programs take from the environment.

use crate::Session;

/// An environment variable that a program needs and does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is missing: it is not set, empty, or not UTF-8")]
#[non_exhaustive]
pub struct MissingVariable {
    /// The name of the variable.
    pub name: &'static str,
}

/// The value of an environment variable.
///
/// # Errors
///
/// [`MissingVariable`] if it is not set, empty, or not UTF-8. Its value is in no error: it may be a secret.
pub fn variable(name: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(MissingVariable { name })
}

impl Session {
    /// The session in `TOP_SESSION`.
    ///
    /// # Errors
    ///
    /// [`MissingVariable`], as for [`variable`].
    pub fn from_env() -> Result<Session, MissingVariable> {
        variable("TOP_SESSION").map(Session::new)
    }
}
