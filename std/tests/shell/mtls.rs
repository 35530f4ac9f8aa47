//! Callers who show certificates: which are good, for what, and whom they name.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};

use crate::client::Reply;
use crate::server::{Server, limits};
use crate::shop::{self, Stage};
use crate::tls::{file, open, pair, trusting};

fn server() -> Server {
    Server::serving(limits(), pair(), (Stage::new(), shop::partners()))
}

/// A caller who shows this certificate, or none.
fn caller(name: &str, version: &'static rustls::SupportedProtocolVersion) -> Arc<ClientConfig> {
    let config = trusting(&[version]);
    if name.is_empty() {
        return Arc::new(config.with_no_client_auth());
    }
    let chain = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).expect("it is a certificate");
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key.pem"))).expect("it is a key");
    Arc::new(config.with_client_auth_cert(vec![chain], key).expect("they belong together"))
}

/// The status of the answer, and who has called; `None` when there is no connection.
fn asked(server: &Server, config: &Arc<ClientConfig>, path: &str) -> Option<(u16, String)> {
    let Reply { status, body, .. } = open(server.address, config).get(path)?;
    Some((status, if status == 200 { body } else { String::new() }))
}

#[test]
fn who_shows_what_may_call_what() {
    let server = server();
    let workload = "spiffe://shop.example.com/partner";
    let refused = Some((401, String::new()));
    let known = |name: &str| Some((200, name.to_owned()));
    for version in [&TLS13, &TLS12] {
        for (name, [partners, others, either, anybody, open]) in [
            ("partner", [known(workload), refused.clone(), known(workload), known(workload), known("")]),
            ("host", {
                let host = known("partner.example.com");
                [host.clone(), refused.clone(), host.clone(), host, known("")]
            }),
            // Both name the same. Only those who trust the roots believe it.
            ("other", [refused.clone(), known(workload), refused.clone(), known(""), known("")]),
            ("nameless", [refused.clone(), refused.clone(), refused.clone(), known(""), known("")]),
            ("", [refused.clone(), refused.clone(), refused.clone(), known(""), known("")]),
            ("expired", [None, None, None, None, None]),
            ("serving", [None, None, None, None, None]),
            ("own", [None, None, None, None, None]),
        ] {
            let paths = ["/partners", "/others", "/either", "/anybody", "/open"];
            for (path, expected) in paths.into_iter().zip([partners, others, either, anybody, open]) {
                let config = caller(name, version);
                assert_eq!(asked(&server, &config, path), expected, "{name} {path}");
                // A session that is gone on with is worth no more and no less.
                assert_eq!(asked(&server, &config, path), expected, "{name} {path}, once more");
            }
        }
    }
}

#[test]
fn a_refusal_says_what_could_be_shown() {
    let server = server();
    let reply = open(server.address, &caller("", &TLS13)).get("/either").expect("there is an answer");
    let challenges = reply.headers.iter().filter(|(name, _)| name == "www-authenticate");
    let challenges: Vec<_> = challenges.map(|(_, value)| value.as_str()).collect();
    assert_eq!((reply.status, challenges), (401, vec!["Certificate", "ApiKey"]));
    let mut connection = open(server.address, &caller("other", &TLS13));
    let reply = connection.ask("GET", "/either", "X-Api-Key: open sesame\r\n", "");
    assert_eq!(reply.map(|reply| reply.body), Some("jo".to_owned()), "there is another way");
}
