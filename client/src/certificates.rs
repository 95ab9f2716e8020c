//! Root certificates given by the caller.

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::builder::BuildError;

/// Reads root certificates, each PEM (one or more in a text) or DER.
///
/// # Errors
///
/// [`BuildError::RootCertificate`] if one of them is not a certificate.
pub(crate) fn parse_certificates(given: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let failed = |_| BuildError::RootCertificate;
    let mut found = Vec::new();
    for bytes in given {
        let before = found.len();
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN ") => {
                for certificate in CertificateDer::pem_slice_iter(bytes) {
                    found.push(certificate.map_err(|_| BuildError::RootCertificate)?);
                }
            }
            _ => found.push(CertificateDer::from(bytes.clone())),
        }
        if found.len() == before {
            return Err(BuildError::RootCertificate);
        }
    }
    let mut store = RootCertStore::empty();
    found.iter().try_for_each(|certificate| store.add(certificate.clone())).map_err(failed)?;
    Ok(found)
}
