//! What a connection trusts: the roots of the machine, and those that the author adds. Certificates are always verified;
//! there is no switch that turns it off.

use std::sync::OnceLock;

use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

use super::address::Base;
use super::{ClientCertificate, Tls, TlsVersion};
use crate::tls::{self, add_roots, provider};

/// The settings of TLS for one server, which is shown a certificate if there is one.
pub fn config(of: &Tls, own: Option<&ClientCertificate>) -> Result<ClientConfig, String> {
    let mut roots = machine_roots().clone();
    if let Some(pem) = &of.ca {
        add_roots(&mut roots, pem).map_err(|fault| format!("`ca` {fault}"))?;
    }
    if roots.is_empty() {
        return Err("this machine trusts no certificate: set `SSL_CERT_FILE`, or `ca` of the backend".into());
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions(of.oldest))
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    let config = config.with_root_certificates(roots);
    match own {
        None => Ok(config.with_no_client_auth()),
        Some(own) => {
            let chain = tls::certificates(own.certificate.reveal().as_bytes());
            let chain = chain.map_err(|fault| format!("its `certificate` {fault}"))?;
            let key = tls::key(own.key.reveal().as_bytes()).map_err(|fault| format!("its `key` {fault}"))?;
            // Whether they belong together is looked at, too; what is told of it could show some of the key.
            let config = config.with_client_auth_cert(chain, key);
            config.map_err(|_| "its `certificate` and its `key` do not belong together".to_owned())
        }
    }
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
