//! Reads settings from environment variables.

use crate::Session;

/// A required environment variable is missing. [`variable`] has an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} is missing: it is not set, empty, or not UTF-8")]
#[non_exhaustive]
pub struct MissingVariable {
    /// The name of the variable.
    pub name: &'static str,
}

/// Returns the value of an environment variable.
///
/// # Errors
///
/// [`MissingVariable`] if the variable is not set, empty, or not UTF-8. The error never shows the value: it may be a secret.
///
/// ```
/// let error = topsdk_codec::environment::variable("TOP_NO_SUCH_VARIABLE").unwrap_err();
/// assert_eq!(error.name, "TOP_NO_SUCH_VARIABLE");
/// ```
pub fn variable(name: &'static str) -> Result<String, MissingVariable> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(MissingVariable { name })
}

impl Session {
    /// Returns the session in `TOP_SESSION`.
    ///
    /// # Errors
    ///
    /// [`MissingVariable`], as for [`variable`].
    pub fn from_env() -> Result<Session, MissingVariable> {
        variable("TOP_SESSION").map(Session::new)
    }
}
