//! Callers who show certificates: which are good, for what, and whom they name.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};

use flow_std::http::{Environment, Pair};

use crate::child::Process;
use crate::client::Reply;
use crate::server::{Server, limits};
use crate::shop::{self, Stage};
use crate::tls::{file, files, open, pair, trusting};

fn server() -> Server {
    Server::serving(limits(), pair(), (Stage::new(), shop::partners()))
}

const LISTS: &str = "FLOW_TLS_CLIENT_CRL_FILE";

/// A file with these lists of revoked certificates, which goes with this.
struct Lists(String);

impl Lists {
    fn new(name: &str, lists: &[&str]) -> Lists {
        let path = std::env::temp_dir().join(format!("flow-shell-lists-{name}-{}", std::process::id()));
        let file = Lists(path.display().to_string());
        file.put(lists);
        file
    }

    /// In one go, so that nobody reads a half of it.
    fn put(&self, lists: &[&str]) {
        let read =
            |name: &&str| std::fs::read_to_string(file(&format!("{name}.crl.pem"))).expect("it is there");
        let new = format!("{}.new", self.0);
        std::fs::write(&new, lists.iter().map(read).collect::<String>()).expect("it can be written");
        std::fs::rename(new, &self.0).expect("it can be replaced");
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        files().into_iter().chain([(LISTS, self.0.clone())]).collect()
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A service of its own that believes callers as these lists allow.
fn process(lists: &Lists) -> Process {
    let mut settings = lists.settings();
    // Nobody is parted from because he asks nothing.
    settings.extend([("PARTNERS", "1".to_owned()), ("FLOW_HEADER_TIMEOUT_MS", "120000".to_owned())]);
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Process::start(&settings, 1_024)
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

/// Whoever cannot be looked up is as good as revoked: one whose list is not there, or out of date.
#[test]
fn who_is_revoked_has_no_connection() {
    for (lists, [partner, host, other]) in [
        (&["good", "others"][..], [Some(200), Some(200), Some(200)]),
        (&["revoked", "others"], [None, Some(200), Some(200)]),
        (&["good"], [Some(200), Some(200), None]),
        (&["outdated", "others"], [None, None, Some(200)]),
    ] {
        let file = Lists::new("known", lists);
        let settings = file.settings();
        let mut env = Environment::new(move |name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        });
        let pair = Pair::read(&mut env).flatten();
        let server = Server::serving(limits(), pair, (Stage::new(), shop::partners()));
        for (name, path, status) in
            [("partner", "/partners", partner), ("host", "/partners", host), ("other", "/others", other)]
        {
            for version in [&TLS13, &TLS12] {
                let told = asked(&server, &caller(name, version), path).map(|(status, _)| status);
                assert_eq!(told, status, "{name} {lists:?}");
            }
        }
        let nobody = asked(&server, &caller("", &TLS13), "/open");
        assert_eq!(nobody.map(|(status, _)| status), Some(200), "who shows nothing is in no list");
    }
}

#[test]
fn who_is_revoked_in_the_middle_of_a_connection_gets_no_more_answers() {
    let lists = Lists::new("changed", &["good", "others"]);
    let mut service = process(&lists);
    let address = service.address();
    let revoked = caller("partner", &TLS13);
    let (mut one, mut silent) = (open(address, &revoked), open(address, &revoked));
    let mut other = open(address, &caller("host", &TLS13));
    assert_eq!(one.get("/partners").map(|reply| reply.status), Some(200));
    assert_eq!(other.get("/partners").map(|reply| reply.status), Some(200));
    // It speaks HTTP/2, and says no more than that.
    assert!(silent.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"));
    lists.put(&["revoked", "others"]);
    service.line_with("revoked certificates changed");
    assert!(one.is_closed());
    let _settings = silent.is_closed();
    assert!(silent.is_closed());
    assert!(open(address, &revoked).get("/partners").is_none(), "no session is gone on with");
    assert_eq!(other.get("/partners").map(|reply| reply.status), Some(200), "nobody else is parted from");
}

#[test]
fn lists_that_cannot_be_read_change_nothing_and_keep_a_service_from_starting() {
    let lists = Lists::new("bad", &["revoked", "others"]);
    let mut service = process(&lists);
    let address = service.address();
    std::fs::write(&lists.0, "nonsense").expect("it can be written");
    service.line_with("revoked certificates not changed");
    assert!(open(address, &caller("partner", &TLS13)).get("/partners").is_none());
    assert!(open(address, &caller("host", &TLS13)).get("/partners").is_some());
    let empty = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    for (text, told) in [
        ("nonsense", "names a file that has no list of revoked certificates in it"),
        (empty, "names a file that has a list that cannot be read"),
    ] {
        std::fs::write(&lists.0, text).expect("it can be written");
        let (is_good, _, said) = process(&lists).ended();
        assert!(!is_good && said.contains(&format!("{LISTS} {told}")), "{said}");
    }
}
