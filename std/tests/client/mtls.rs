//! Certificates of our own, which the other side wants to see.

use std::sync::Arc;

use flow_std::Bytes;
use flow_std::client::{Client, ClientCertificate, ClientSettings, OutboundAuth, Tls};
use flow_std::failure::CallFailure;
use flow_std::http::{Secret, look_at_secrets};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::backend::{block_on, client, context, patient};
use super::faults::text;
use super::tls::{Certificate, ELSEWHERE, OURS, chain, listening};

/// A backend that wants to see a certificate which comes from `trusted`. Its port.
fn backend(trusted: &Certificate) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(chain(trusted));
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let key = PrivateKeyDer::try_from(OURS.key).expect("a key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .with_client_cert_verifier(verifier.expect("a root"))
        .with_single_cert(chain(&OURS), key)
        .expect("a certificate with its key");
    listening(config)
}

fn pem(key: &[u8]) -> String {
    let text = Bytes::new(key.to_vec()).to_string();
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

fn settings(port: u16, auth: OutboundAuth) -> ClientSettings {
    let tls = Tls { ca: Some(OURS.pem.to_owned()), ..Tls::default() };
    ClientSettings { tls, auth, ..patient(format!("https://localhost:{port}")) }
}

fn shown(certificate: &str, key: &str) -> OutboundAuth {
    OutboundAuth::Mtls(ClientCertificate { certificate: Secret::new(certificate), key: Secret::new(key) })
}

fn read(client: &Client) -> Result<String, CallFailure> {
    block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text))
}

#[test]
fn a_certificate_of_ours_is_shown_to_who_wants_to_see_it() {
    let port = backend(&ELSEWHERE);
    let with = client(settings(port, shown(ELSEWHERE.pem, &pem(ELSEWHERE.key))));
    assert_eq!(read(&with).as_deref(), Ok("a"));
    let without = client(settings(port, OutboundAuth::None));
    let failure = read(&without).expect_err("nothing was shown");
    assert!(failure.is_unreachable(), "{failure}");
    let another = client(settings(port, shown(OURS.pem, &pem(OURS.key))));
    assert!(read(&another).is_err(), "another one was shown");
}

#[test]
fn one_that_is_changed_in_its_files_is_shown_from_then_on() {
    let port = backend(&ELSEWHERE);
    let folder = std::env::temp_dir().join(format!("flow-mtls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (certificate, key) = (folder.join("tls.crt"), folder.join("tls.key"));
    let write = |path, text: &str| std::fs::write(path, text).expect("it can be written");
    write(&certificate, OURS.pem);
    write(&key, &pem(OURS.key));
    let file = |path| Secret::of_file("ERP_TLS_FILE", path).expect("it is there");
    let own = ClientCertificate { certificate: file(&certificate), key: file(&key) };
    let client = client(settings(port, OutboundAuth::Mtls(own)));
    assert!(read(&client).is_err(), "nobody trusts that one");
    write(&certificate, ELSEWHERE.pem);
    look_at_secrets();
    assert!(read(&client).is_err(), "the two do not belong together, so the old ones are shown");
    write(&key, &pem(ELSEWHERE.key));
    look_at_secrets();
    assert_eq!(read(&client).as_deref(), Ok("a"));
    std::fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn what_is_no_certificate_with_its_key_is_refused_at_start_and_not_shown() {
    let key = pem(OURS.key);
    for (auth, wanted) in [
        (shown("hush", &key), "no certificate"),
        (shown("-----BEGIN CERTIFICATE-----\nhush!\n-----END CERTIFICATE-----\n", &key), "not PEM"),
        (shown(OURS.pem, "hush"), "no private key"),
        (shown(OURS.pem, &pem(b"hush")), "belong together"),
        (shown(OURS.pem, &pem(ELSEWHERE.key)), "belong together"),
    ] {
        let error = Client::new("Erp", settings(1, auth)).err().expect("it cannot work");
        assert!(error.contains(wanted) && !error.contains("hush"), "{error}");
    }
    let plain = ClientSettings { auth: shown(OURS.pem, &key), ..patient("http://localhost") };
    let error = Client::new("Erp", plain).err().expect("it cannot work");
    assert!(error.contains("must begin with `https://`"), "{error}");
}
