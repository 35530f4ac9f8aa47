//! The service with TLS: what is spoken, and that everything else holds as without it. How the certificates were made
//! stands beside them.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use flow_std::http::{Environment, Pair};
use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, HandshakeKind, ProtocolVersion, RootCertStore,
    StreamOwned, SupportedProtocolVersion,
};

use crate::child::Process;
use crate::client::{Connection, FOREVER, tcp};
use crate::server::{Server, limits};

pub fn file(name: &str) -> String {
    format!("{}/tests/shell/certificates/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What a service has to be told to speak TLS.
pub fn files() -> [(&'static str, String); 2] {
    [("FLOW_TLS_CERTIFICATE_FILE", file("server.pem")), ("FLOW_TLS_KEY_FILE", file("server.key.pem"))]
}

pub fn pair() -> Option<Pair> {
    let files = files();
    let mut env = Environment::new(move |name| {
        files.iter().find(|(known, _)| *known == name).map(|(_, path)| path.clone())
    });
    Pair::read(&mut env).flatten()
}

/// Trusts the server, and the one that it becomes.
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for name in ["server.pem", "renewed.pem"] {
        let certificate = CertificateDer::from_pem_file(file(name)).expect("it is a certificate");
        roots.add(certificate).expect("it can be read");
    }
    roots
}

pub fn caller_of(versions: &[&'static SupportedProtocolVersion], protocols: &[&str]) -> ClientConfig {
    let mut config = trusting(versions).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

pub fn trusting(
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions that ring has")
        .with_root_certificates(roots())
}

/// A session that was agreed on.
fn shaken(address: SocketAddr, config: &Arc<ClientConfig>) -> std::io::Result<ClientConnection> {
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut session = ClientConnection::new(Arc::clone(config), name).expect("a session");
    let mut below = tcp(address)?;
    while session.is_handshaking() {
        session.complete_io(&mut below)?;
    }
    Ok(session)
}

/// A connection that is not yet shaken hands on: that is done with the first bytes.
pub fn open(address: SocketAddr, config: &Arc<ClientConfig>) -> Connection {
    let name = ServerName::try_from("localhost").expect("it is a name");
    let session = ClientConnection::new(Arc::clone(config), name).expect("a session");
    let below = tcp(address).expect("the service listens");
    let stream = StreamOwned::new(session, below.try_clone().expect("there are files"));
    Connection::over(Box::new(stream), below)
}

/// The status of the answer to one request on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> Option<u16> {
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &["http/1.1"]));
    open(address, &config).get(path).map(|reply| reply.status)
}

/// What a caller says first.
pub fn hello() -> Vec<u8> {
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &[]));
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut session = ClientConnection::new(config, name).expect("a session");
    let mut hello = Vec::new();
    session.write_tls(&mut hello).expect("a vector takes it");
    hello
}

#[test]
fn the_versions_and_protocols_that_are_spoken() {
    let server = Server::speaking(limits(), pair());
    for (versions, protocols, version, protocol) in [
        (&[&TLS12][..], &["h2", "http/1.1"][..], ProtocolVersion::TLSv1_2, Some("h2")),
        (&[&TLS13], &["h2", "http/1.1"], ProtocolVersion::TLSv1_3, Some("h2")),
        (&[&TLS13, &TLS12], &["http/1.1"], ProtocolVersion::TLSv1_3, Some("http/1.1")),
        (&[&TLS13, &TLS12], &[], ProtocolVersion::TLSv1_3, None),
    ] {
        let session = shaken(server.address, &Arc::new(caller_of(versions, protocols))).expect("it is taken");
        assert_eq!(session.protocol_version(), Some(version));
        assert_eq!(session.alpn_protocol(), protocol.map(str::as_bytes));
    }
    let config = Arc::new(caller_of(&[&TLS13], &["spdy/3"]));
    assert!(shaken(server.address, &config).is_err(), "nothing is spoken that nobody has offered");
}

#[test]
fn what_is_no_handshake_is_no_connection() {
    let server = Server::speaking(limits(), pair());
    // TLS 1.1 at most: its number, 32 bytes at random, no session, one cipher, no compression.
    let mut old = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    old.extend([7; 32]);
    old.extend([0, 0, 2, 0xc0, 0x13, 1, 0]);
    for bytes in
        [b"GET /brief HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), vec![0x16, 3, 1, 0, 2, 9, 9], vec![0; 64], old]
    {
        let mut stream = tcp(server.address).expect("the service listens");
        stream.write_all(&bytes).expect("it is taken");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
        assert_eq!(get(server.address, "/brief"), Some(200));
    }
    assert_eq!(server.shell.counts().refused_connections.load(Ordering::SeqCst), 4);
}

#[test]
fn a_caller_who_comes_back_goes_on_with_the_session() {
    let server = Server::speaking(limits(), pair());
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &[]));
    assert_eq!(open(server.address, &config).get("/brief").map(|reply| reply.status), Some(200));
    let session = shaken(server.address, &config).expect("it is taken");
    assert_eq!(session.handshake_kind(), Some(HandshakeKind::Resumed));
}

/// S032, S033, S027
#[test]
fn the_rules_for_heads_and_bodies_hold_inside_too() {
    let limits = flow_std::http::Limits { body_timeout: std::time::Duration::from_millis(300), ..limits() };
    let server = Server::speaking(limits, pair());
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &["http/1.1"]));
    for (bytes, status) in [
        ("GET /brief HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}".to_owned(), 400),
        (format!("GET /brief HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "b".repeat(17_000)), 431),
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "b".repeat(9_000)), 414),
        ("POST /v1/orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{".to_owned(), 408),
    ] {
        let mut connection = open(server.address, &config);
        connection.send(&bytes);
        let reply = connection.reply().expect("there is an answer");
        assert!(reply.status == status && reply.is_problem(), "{bytes:?}: {reply:?}");
        assert!(connection.is_closed());
    }
    let mut connection = open(server.address, &config);
    for _ in 0..3 {
        let reply = connection.post("/v1/orders", r#"{"sku": "a"}"#).expect("there is an answer");
        assert_eq!(reply.body, "\"1 x a\"");
    }
}

/// S027
#[test]
fn who_does_not_take_an_answer_is_cut_off_with_tls_and_without() {
    let write_timeout = std::time::Duration::from_millis(500);
    for pair in [None, pair()] {
        let is_secret = pair.is_some();
        let server = Server::speaking(flow_std::http::Limits { write_timeout, ..limits() }, pair);
        let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &["http/1.1"]));
        let mut connection =
            if is_secret { open(server.address, &config) } else { Connection::open(server.address) };
        let began = std::time::Instant::now();
        while connection.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100)) {
            assert!(began.elapsed() < FOREVER, "it is never cut off");
        }
        assert!(began.elapsed() < FOREVER, "it is we who have given up");
    }
}

#[test]
fn a_certificate_is_swapped_under_a_service_that_runs() {
    let folder = std::env::temp_dir().join(format!("flow-shell-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let put = |name: &str| {
        for (ending, to) in [("pem", "tls.crt"), ("key.pem", "tls.key")] {
            std::fs::copy(file(&format!("{name}.{ending}")), folder.join(to)).expect("it is there");
        }
    };
    put("server");
    let paths = ["tls.crt", "tls.key"].map(|name| folder.join(name).display().to_string());
    let settings =
        [("FLOW_TLS_CERTIFICATE_FILE", paths[0].as_str()), ("FLOW_TLS_KEY_FILE", paths[1].as_str())];
    let mut service = Process::start(&settings, 1_024);
    let address = service.address();
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &["http/1.1"]));
    let mut before = open(address, &config);
    assert_eq!(before.get("/brief").map(|reply| reply.status), Some(200));
    put("renewed");
    service.line_with("certificate changed");
    // A caller who has not been there yet.
    let config = Arc::new(caller_of(rustls::DEFAULT_VERSIONS, &["http/1.1"]));
    let session = shaken(address, &config).expect("it is taken");
    let renewed = CertificateDer::from_pem_file(file("renewed.pem")).expect("it is a certificate");
    assert_eq!(session.peer_certificates().and_then(<[_]>::first), Some(&renewed));
    assert_eq!(before.get("/brief").map(|reply| reply.status), Some(200), "it is the same connection");
    let _ = std::fs::remove_dir_all(&folder);
}
