//! Callers who show a certificate when they connect. The handshake accepts one that comes from the roots of any operation,
//! and none that comes from nowhere or is revoked; which operations it is good for is found out then, too, once for the
//! connection, which ends when the certificate is not good any more.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};

use crate::outside;
use crate::tls::{add_roots, provider};

/// The roots that the certificates of the callers of some operations must come from.
#[derive(Clone)]
pub struct Authority {
    roots: Arc<RootCertStore>,
}

/// Verifies what callers show: by the roots of operations, and by the lists of what is revoked. Where there are lists, there
/// has to be one for each who has signed a certificate between the caller and the root, and none may be out of date: of
/// whom nobody can say that he is still to be believed, nobody does.
pub struct Verifiers {
    /// By all roots together.
    any: Arc<dyn ClientCertVerifier>,
    each: Vec<(Authority, Arc<dyn ClientCertVerifier>)>,
}

/// How far ahead it is looked whether a certificate will still be good. The last one is how late its end may be noticed.
const AHEAD: [Duration; 3] = [Duration::from_secs(3_600), Duration::from_secs(60), Duration::from_secs(1)];

/// The certificate of a connection, which all of its requests have at hand.
#[derive(Clone, Debug)]
pub struct Certificate {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Whom it names.
    subject: String,
    accepted_by: Vec<Authority>,
}

impl Authority {
    /// `pem`: the certificates of the roots.
    pub fn new(pem: &str) -> Result<Authority, String> {
        let mut roots = RootCertStore::empty();
        add_roots(&mut roots, pem)?;
        Ok(Authority { roots: Arc::new(roots) })
    }

    /// Who shows this certificate, if it comes from these roots.
    pub fn subject<'c>(&self, certificate: &'c Certificate) -> Option<&'c str> {
        let Inner { subject, accepted_by } = &*certificate.inner;
        accepted_by.iter().any(|one| self.is(one)).then_some(subject.as_str())
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

impl Verifiers {
    /// # Errors
    /// One of the lists cannot be read.
    pub fn new(
        authorities: &[Authority],
        revoked: &[CertificateRevocationListDer<'static>],
    ) -> Result<Verifiers, String> {
        let mut all = RootCertStore::empty();
        authorities.iter().for_each(|one| all.extend(one.roots.roots.iter().cloned()));
        let each =
            authorities.iter().map(|one| Ok((one.clone(), verifier(Arc::clone(&one.roots), revoked)?)));
        let each: Result<Vec<_>, String> = each.collect();
        Ok(Verifiers { any: verifier(Arc::new(all), revoked)?, each: each? })
    }

    /// Asks for a certificate that comes from any of the roots, and does without one: there are other ways to say who one is.
    pub fn of_handshake(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.any)
    }

    /// What a caller has shown. A session that is gone on with is looked at anew: its certificate may have run out since.
    pub fn shown(&self, chain: &[CertificateDer<'_>]) -> Option<Certificate> {
        let (own, _) = chain.split_first()?;
        let subject = subject(own)?;
        let now = outside::wall();
        let accepting = self.each.iter().filter(|(_, verifier)| is_good(verifier, chain, now));
        let accepted_by = accepting.map(|(authority, _)| authority.clone()).collect();
        Some(Certificate { inner: Arc::new(Inner { subject, accepted_by }) })
    }

    /// After which time it has to be looked at again whether it is still good; `None`: it is not now.
    pub fn good_for(&self, chain: &[CertificateDer<'_>]) -> Option<Duration> {
        let now = outside::wall();
        let is_good = |at| is_good(&self.any, chain, at);
        let [.., soon] = AHEAD;
        is_good(now).then(|| AHEAD.into_iter().find(|ahead| is_good(now + *ahead)).unwrap_or(soon))
    }
}

fn verifier(
    roots: Arc<RootCertStore>,
    revoked: &[CertificateRevocationListDer<'static>],
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let builder = WebPkiClientVerifier::builder_with_provider(roots, provider()).allow_unauthenticated();
    let builder = match revoked.is_empty() {
        true => builder,
        false => builder.with_crls(revoked.iter().cloned()).enforce_revocation_expiration(),
    };
    builder.build().map_err(|error| match error {
        VerifierBuilderError::InvalidCrl(_) => "has a list that cannot be read".to_owned(),
        other => format!("is of no use: {other}"),
    })
}

fn is_good(verifier: &Arc<dyn ClientCertVerifier>, chain: &[CertificateDer<'_>], at: Duration) -> bool {
    let Some((own, between)) = chain.split_first() else { return false };
    verifier.verify_client_cert(own, between, UnixTime::since_unix_epoch(at)).is_ok()
}

/// The first URI among its alternative names, such as a SPIFFE id, or else the first name of a host. What else stands in
/// the subject is for people to read.
fn subject(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let uri = certificate.valid_uri_names().next();
    uri.or_else(|| certificate.valid_dns_names().next()).map(str::to_owned)
}
