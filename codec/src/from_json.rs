//! Values from JSON text, for test fixtures.

use crate::{Decoder, Error, Object};

/// Reads a value of a generated type from JSON text: an object with the documented names, without a root around it. Lists
/// are arrays. Numbers, booleans and dates may have any form that they have in a response.
///
/// ```
/// use topsdk_codec::{Date, Response, from_json};
///
/// #[derive(Debug, Default, Response)]
/// #[top(crate = topsdk_codec)]
/// struct TimeGetResponse {
///     time: Option<Date>,
/// }
///
/// let response: TimeGetResponse = from_json(r#"{"time":"2016-01-01 12:00:00"}"#)?;
/// assert!(response.time.is_some());
/// assert!(from_json::<TimeGetResponse>(r#"{"tiem":1}"#).is_err());
/// # Ok::<(), topsdk_codec::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Syntax`] for broken JSON; [`Error::Anomaly`] for a value that is not of its type, and for a name that the type
/// does not have; [`Error::Limit`].
pub fn from_json<T: Object + Default>(json: &str) -> Result<T, Error> {
    let mut value = T::default();
    Decoder::new().strict().parameters(json, &mut value)?;
    Ok(value)
}
