//! Signatures of calls (docs/protocol.md section 3).

use std::fmt;

use base16ct::upper::encode_string as hex;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How a call is signed. [`sign`] has an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignMethod {
    /// MD5 over the secret, the string to sign, and the secret again.
    Md5,
    /// HMAC-MD5 with the secret as its key.
    Hmac,
    /// HMAC-SHA256 with the secret as its key.
    #[default]
    HmacSha256,
}

impl SignMethod {
    /// The value of the parameter `sign_method`.
    pub fn as_str(self) -> &'static str {
        match self {
            SignMethod::Md5 => "md5",
            SignMethod::Hmac => "hmac",
            SignMethod::HmacSha256 => "hmac-sha256",
        }
    }

    /// Returns the signing method that a value of `sign_method` names.
    pub fn from_wire(word: &str) -> Option<SignMethod> {
        match word {
            "md5" => Some(SignMethod::Md5),
            "hmac" => Some(SignMethod::Hmac),
            "hmac-sha256" => Some(SignMethod::HmacSha256),
            _ => None,
        }
    }
}

impl fmt::Display for SignMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns the signature of `params` and `body` in upper-case hexadecimal.
///
/// The parameters may come in any order: they are sorted by name, byte for byte. One called `sign` is skipped. Empty values are
/// signed too, because a verifier signs what was sent. `body` is the raw body of a call that is not a form (batch, JSON, XML),
/// and empty otherwise.
///
/// ```
/// use topsdk_codec::sign::{SignMethod, sign};
///
/// let params = [("foo", "1"), ("bar", "2"), ("foo_bar", "3"), ("foobar", "4")];
/// assert_eq!(sign(SignMethod::Md5, "helloworld", params, b""), "5AAF1C690262A24768F5478B084C2C8A");
/// ```
pub fn sign<'a>(
    method: SignMethod,
    secret: &str,
    params: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> String {
    let params = sorted(params);
    Key::new(secret.into()).sign(method, pieces(&params, body))
}

/// Returns the string that [`sign`] signs: every name and value, sorted by name, then `body`.
///
/// Use it to debug a signature that the platform refuses. It holds all of `params`, including the session: keep it out of logs.
///
/// ```
/// use topsdk_codec::sign::string_to_sign;
///
/// let params = [("foo", "1"), ("bar", "2"), ("foo_bar", "3"), ("foobar", "4")];
/// assert_eq!(string_to_sign(params, b""), b"bar2foo1foo_bar3foobar4");
/// ```
pub fn string_to_sign<'a>(params: impl IntoIterator<Item = (&'a str, &'a str)>, body: &[u8]) -> Vec<u8> {
    pieces(&sorted(params), body).flatten().copied().collect()
}

/// A prepared secret: the initial state of an HMAC depends on nothing else, so it is computed once rather than for each call.
#[derive(Clone)]
pub(crate) struct Key {
    secret: SecretString,
    hmac: Hmac<Md5>,
    hmac_sha256: Hmac<Sha256>,
}

impl Key {
    pub(crate) fn new(secret: SecretString) -> Key {
        let hmac = keyed(&secret);
        let hmac_sha256 = keyed(&secret);
        Key { secret, hmac, hmac_sha256 }
    }

    pub(crate) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Returns the signature of a string to sign, given in pieces.
    pub(crate) fn sign<'a>(&self, method: SignMethod, pieces: impl Iterator<Item = &'a [u8]>) -> String {
        match method {
            SignMethod::Md5 => {
                let mut hash = Md5::new_with_prefix(self.secret());
                pieces.for_each(|piece| Digest::update(&mut hash, piece));
                Digest::update(&mut hash, self.secret());
                hex(&hash.finalize())
            }
            SignMethod::Hmac => {
                let mut mac = self.hmac.clone();
                pieces.for_each(|piece| mac.update(piece));
                hex(&mac.finalize().into_bytes())
            }
            SignMethod::HmacSha256 => {
                let mut mac = self.hmac_sha256.clone();
                pieces.for_each(|piece| mac.update(piece));
                hex(&mac.finalize().into_bytes())
            }
        }
    }
}

fn sorted<'a>(params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut params: Vec<_> = params.into_iter().filter(|(name, _)| *name != "sign").collect();
    params.sort_by_key(|(name, _)| *name);
    params
}

fn pieces<'a>(params: &[(&'a str, &'a str)], body: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    params.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).chain([body])
}

#[expect(
    clippy::expect_used,
    reason = "RFC 2104: the key is hashed where it is longer than a block, padded where it is shorter"
)]
fn keyed<M: KeyInit>(secret: &SecretString) -> M {
    M::new_from_slice(secret.expose_secret().as_bytes()).expect("HMAC takes a key of any length")
}
