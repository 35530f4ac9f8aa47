//! Whom the client trusts: what the machine trusts and what the author adds, under the name that was called.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use flow_std::client::{Client, ClientSettings, Tls, TlsVersion};
use flow_std::codec::Decode;
use flow_std::failure::CallFailure;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use super::backend::{Backend, block_on, client, context, ok, patient, request};

/// A certificate that signs itself and is good until 2126, for one name. Each was made by `openssl req -x509 -newkey ec
/// -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -addext basicConstraints=critical,CA:FALSE -addext
/// subjectAltName=DNS:…`, and its key written by `openssl pkcs8 -topk8 -nocrypt -outform DER`.
pub struct Certificate {
    pub pem: &'static str,
    pub key: &'static [u8],
}

/// For `localhost`.
pub const OURS: Certificate = Certificate {
    pem: include_str!("certificates/localhost.pem"),
    key: include_bytes!("certificates/localhost.key.der"),
};

/// For `erp.example.com`.
pub const ELSEWHERE: Certificate = Certificate {
    pem: include_str!("certificates/elsewhere.pem"),
    key: include_bytes!("certificates/elsewhere.key.der"),
};

/// For `localhost` too, but of another key.
const OTHER: &str = include_str!("certificates/other.pem");

/// The port of a backend with this certificate.
fn backend(certificate: &Certificate) -> u16 {
    backend_of(certificate, rustls::DEFAULT_VERSIONS)
}

fn backend_of(certificate: &Certificate, versions: &[&'static SupportedProtocolVersion]) -> u16 {
    let key = PrivateKeyDer::try_from(certificate.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions that ring has")
        .with_no_client_auth()
        .with_single_cert(chain(certificate), key)
        .expect("a certificate with its key");
    listening(config)
}

/// Serves with this at a port of its own.
pub fn listening(config: ServerConfig) -> u16 {
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || serve(stream, config));
        }
    });
    port
}

pub fn chain(certificate: &Certificate) -> Vec<CertificateDer<'static>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.pem.as_bytes()).collect();
    chain.expect("a certificate")
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>) {
    use std::io::Write;
    let session = ServerConnection::new(config).expect("a session");
    let mut stream = std::io::BufReader::new(StreamOwned::new(session, stream));
    while request(&mut stream).is_some() {
        let answered = stream.get_mut().write_all(ok("\"a\"").as_bytes());
        if answered.and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

fn told(url: String, ca: Option<&str>) -> Result<String, CallFailure> {
    told_with(url, Tls { ca: ca.map(str::to_owned), ..Tls::default() })
}

fn told_with(url: String, tls: Tls) -> Result<String, CallFailure> {
    // A machine that trusts nobody at all is told so when the service starts.
    let client = Client::new("Erp", ClientSettings { tls, ..patient(url) });
    let client = client.map_err(CallFailure::Unreachable)?;
    let answer = block_on(client.read("Erp.get", "GET").path("/x").send(&context()))?;
    answer.json(String::decode, "Erp.get")
}

#[test]
fn a_certificate_that_the_author_trusts_is_accepted() {
    let told = told(format!("https://localhost:{}", backend(&OURS)), Some(OURS.pem));
    assert_eq!(told.expect("an answer"), "a");
}

#[test]
fn one_that_nobody_trusts_is_not() {
    for ca in [None, Some(OTHER)] {
        let told = told(format!("https://localhost:{}", backend(&OURS)), ca);
        assert!(told.as_ref().is_err_and(CallFailure::is_unreachable), "{told:?}");
    }
}

#[test]
fn one_for_another_host_is_not() {
    let told = told(format!("https://localhost:{}", backend(&ELSEWHERE)), Some(ELSEWHERE.pem));
    assert!(told.as_ref().is_err_and(CallFailure::is_unreachable), "{told:?}");
}

#[test]
fn the_author_can_say_which_name_is_expected() {
    let tls = |name: &str| Tls {
        ca: Some(ELSEWHERE.pem.to_owned()),
        server_name: Some(name.to_owned()),
        ..Tls::default()
    };
    let url = || format!("https://localhost:{}", backend(&ELSEWHERE));
    let told = told_with(url(), tls("erp.example.com"));
    assert_eq!(told.expect("an answer"), "a");
    let told = told_with(url(), tls("crm.example.com"));
    assert!(told.as_ref().is_err_and(CallFailure::is_unreachable), "{told:?}");
    let told = told_with(url(), tls("no name"));
    assert!(told.is_err(), "{told:?}");
}

#[test]
fn no_older_version_is_spoken_than_the_author_wants() {
    for (versions, is_good) in [(&[&TLS12][..], false), (&[&TLS13], true)] {
        let tls = Tls { ca: Some(OURS.pem.to_owned()), oldest: TlsVersion::Tls13, ..Tls::default() };
        let told = told_with(format!("https://localhost:{}", backend_of(&OURS, versions)), tls);
        assert_eq!(told.is_ok(), is_good, "{told:?}");
    }
}

#[test]
fn plain_http_is_not_spoken_where_tls_was_asked_for() {
    let plain = Backend::answering(ok("\"a\""));
    let told_plain = told(format!("https://localhost:{}", plain.address.port()), Some(OURS.pem));
    assert!(told_plain.as_ref().is_err_and(CallFailure::is_unreachable), "{told_plain:?}");
    let told = told(format!("http://localhost:{}", backend(&OURS)), None);
    assert!(told.is_err(), "{told:?}");
}

#[test]
fn a_handshake_that_takes_for_ever_is_no_connection() {
    let silent = Backend::new(|mut connection| connection.wait_for_end());
    let url = format!("https://localhost:{}", silent.address.port());
    let connect_timeout = Duration::from_millis(100);
    let settings = ClientSettings {
        tls: Tls { ca: Some(OURS.pem.to_owned()), ..Tls::default() },
        connect_timeout,
        ..patient(url)
    };
    let end = block_on(client(settings).read("Erp.get", "GET").path("/x").send(&context()));
    assert!(end.as_ref().is_err_and(CallFailure::is_unreachable), "{end:?}");
}

/// For no host, but for a workload: `subjectAltName=URI:spiffe://shop.example.com/stock`. Made as the expired one.
const WORKLOAD: Certificate = Certificate {
    pem: include_str!("certificates/workload.pem"),
    key: include_bytes!("certificates/workload.key.der"),
};

/// For `localhost`, and it was good for one day of 2020. Made as the others, by `openssl ca -selfsign -startdate …`.
const EXPIRED: Certificate = Certificate {
    pem: include_str!("certificates/expired.pem"),
    key: include_bytes!("certificates/expired.key.der"),
};

/// The hello of a server that speaks TLS 1.1 at most.
fn old_hello() -> Vec<u8> {
    let mut hello = vec![0x16, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x13, 0]);
    hello
}

#[test]
fn s022_whatever_is_wrong_with_a_certificate_the_log_says_what() {
    let old = Backend::new(|mut connection| {
        connection.write(&old_hello());
        connection.wait_for_end();
    });
    for (port, ca, reason) in [
        (backend(&EXPIRED), EXPIRED.pem, "expired"),
        (backend(&ELSEWHERE), ELSEWHERE.pem, "not valid for name"),
        (backend(&WORKLOAD), WORKLOAD.pem, "not valid for name"),
        (backend(&OURS), OTHER, "certificate"),
        (old.address.port(), OURS.pem, "Tls12"),
    ] {
        let failure = told(format!("https://localhost:{port}"), Some(ca)).expect_err(reason);
        assert!(failure.is_unreachable() && failure.to_string().contains(reason), "{reason}: {failure}");
        assert_eq!(flow_std::failure::Failure::from(failure).status(), 503);
    }
}
