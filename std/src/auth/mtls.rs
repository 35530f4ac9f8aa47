//! Callers who show a certificate when they connect. The handshake accepts one that comes from the roots of any operation,
//! and none that comes from nowhere; which operations it is good for is found out then, too, once for the connection.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use crate::outside;
use crate::tls::{add_roots, provider};

/// The roots that the certificates of the callers of some operations must come from.
#[derive(Clone)]
pub struct Authority {
    roots: Arc<RootCertStore>,
    verifier: Arc<dyn ClientCertVerifier>,
}

/// The certificate of a connection.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// Whom it names.
    subject: Arc<str>,
    accepted_by: Arc<[Authority]>,
}

impl Authority {
    /// `pem`: the certificates of the roots.
    pub fn new(pem: &str) -> Result<Authority, String> {
        let mut roots = RootCertStore::empty();
        add_roots(&mut roots, pem)?;
        let roots = Arc::new(roots);
        Ok(Authority { verifier: verifier(Arc::clone(&roots))?, roots })
    }

    /// Who shows this certificate, if it comes from these roots.
    pub fn subject<'c>(&self, certificate: &'c Certificate) -> Option<&'c str> {
        certificate.accepted_by.iter().any(|one| self.is(one)).then_some(&*certificate.subject)
    }

    pub fn is(&self, other: &Authority) -> bool {
        Arc::ptr_eq(&self.roots, &other.roots)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authority({} roots)", self.roots.len())
    }
}

/// Asks for a certificate that comes from one of these, and does without one: there are other ways to say who one is.
pub fn of_any(authorities: &[Authority]) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut all = RootCertStore::empty();
    authorities.iter().for_each(|one| all.extend(one.roots.roots.iter().cloned()));
    verifier(Arc::new(all))
}

fn verifier(roots: Arc<RootCertStore>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider()).allow_unauthenticated();
    verifier.build().map_err(|error| format!("certificates of callers cannot be verified: {error}"))
}

/// What a caller has shown. A session that is gone on with is looked at anew: its certificate may have run out since.
pub fn shown(chain: &[CertificateDer<'_>], authorities: &[Authority]) -> Option<Certificate> {
    let (own, between) = chain.split_first()?;
    let subject = subject(own)?.into();
    let now = UnixTime::since_unix_epoch(outside::wall());
    let accepts = |one: &&Authority| one.verifier.verify_client_cert(own, between, now).is_ok();
    let accepted_by = authorities.iter().filter(accepts).cloned().collect();
    Some(Certificate { subject, accepted_by })
}

/// The first URI among its alternative names, such as a SPIFFE id, or else the first name of a host. What else stands in
/// the subject is for people to read.
fn subject(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let uri = certificate.valid_uri_names().next();
    uri.or_else(|| certificate.valid_dns_names().next()).map(str::to_owned)
}
