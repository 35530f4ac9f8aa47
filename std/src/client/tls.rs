//! What a connection trusts: the roots of the machine, and those that the author adds. Certificates are always verified;
//! there is no switch that turns it off.

use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::address::Base;
use super::{ClientCertificate, Tls, TlsVersion};
use crate::http::Secret;

/// The settings of TLS for one server, which is shown a certificate if there is one.
pub fn config(tls: &Tls, own: Option<&ClientCertificate>) -> Result<ClientConfig, String> {
    let mut roots = machine_roots().clone();
    if let Some(pem) = &tls.ca {
        add_roots(&mut roots, pem)?;
    }
    if roots.is_empty() {
        return Err("this machine trusts no certificate: set `SSL_CERT_FILE`, or `ca` of the backend".into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions(tls.oldest))
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let config = config.with_root_certificates(roots);
    match own {
        None => Ok(config.with_no_client_auth()),
        Some(own) => {
            let (chain, key) = (chain_of(&own.certificate)?, key_of(&own.key)?);
            // Whether they belong together is looked at, too; what is told of it could show some of the key.
            let config = config.with_client_auth_cert(chain, key);
            config.map_err(|_| "its `certificate` and its `key` do not belong together".to_owned())
        }
    }
}

fn chain_of(certificate: &Secret) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.reveal().as_bytes()).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        Ok(_) => Err("its `certificate` has no certificate in it".to_owned()),
        Err(_) => Err("its `certificate` is not PEM".to_owned()),
    }
}

fn key_of(key: &Secret) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(key.reveal().as_bytes())
        .map_err(|_| "its `key` is no private key as PEM".to_owned())
}

fn versions(oldest: TlsVersion) -> &'static [&'static SupportedProtocolVersion] {
    static ALL: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
    match oldest {
        TlsVersion::Tls12 => &ALL,
        TlsVersion::Tls13 => &ALL[..1],
    }
}

/// The name that the certificate has to be for, wherever the connection leads.
pub fn server_name(base: &Base, tls: &Tls) -> Result<ServerName<'static>, String> {
    let (name, fault) = match &tls.server_name {
        Some(name) => (name.as_str(), "`server_name` is no name of a host"),
        None => (base.host(), "its address has no name of a host"),
    };
    ServerName::try_from(name.to_owned()).map_err(|_| fault.to_owned())
}

/// Read once for all backends: it takes some milliseconds. A root that cannot be read is left out, as browsers do.
fn machine_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

fn add_roots(roots: &mut RootCertStore, pem: &str) -> Result<(), String> {
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| "`ca` is not PEM")?;
        roots.add(certificate).map_err(|_| "`ca` has a certificate that cannot be read")?;
        found += 1;
    }
    if found == 0 { Err("`ca` has no certificate in it".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_at_start() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let tls = Tls { ca: Some(pem.to_owned()), ..Tls::default() };
            assert!(config(&tls, None).is_err(), "{pem}");
        }
    }
}
