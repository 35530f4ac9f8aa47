//! What TLS has in common on both sides, that of a service and that of its calls: who does the cryptography (`ring`), and
//! the reading of certificates and keys. What is wrong with a text is told, never what stands in it.

use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// The certificates in a text, of which there is at least one.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|_| "is not PEM")?;
    if all.is_empty() { Err("has no certificate in it") } else { Ok(all) }
}

/// The lists of revoked certificates in a text, of which there is at least one.
pub fn revocation_lists(pem: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, &'static str> {
    let all: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|_| "is not PEM")?;
    if all.is_empty() { Err("has no list of revoked certificates in it") } else { Ok(all) }
}

/// The first key in a text.
pub fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, &'static str> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| "has no private key in it that is not encrypted")
}

/// Trusts the certificates of a text, too.
pub fn add_roots(roots: &mut RootCertStore, pem: &str) -> Result<(), &'static str> {
    for certificate in certificates(pem.as_bytes())? {
        roots.add(certificate).map_err(|_| "has a certificate that cannot be read")?;
    }
    Ok(())
}
