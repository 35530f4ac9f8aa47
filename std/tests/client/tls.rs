//! Whom the client trusts: what the machine trusts and what the author adds, under the name that was called.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use flow_std::client::ClientSettings;
use flow_std::codec::Decode;
use flow_std::failure::CallFailure;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::backend::{block_on, client, context, ok, patient, request};

/// A backend with a certificate of its own for this name, and that certificate as PEM.
fn backend(name: &str) -> (SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate with its key");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || serve(stream, config));
        }
    });
    (address, made.cert.pem())
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

fn told(url: String, ca: Option<String>) -> Result<String, CallFailure> {
    let client = client(ClientSettings { ca, ..patient(url) });
    let answer = block_on(client.call("Erp.get", "GET").path("/x").send(&context()))?;
    answer.json(String::decode, "Erp.get")
}

#[test]
fn a_certificate_that_the_author_trusts_is_accepted() {
    let (address, pem) = backend("localhost");
    let told = told(format!("https://localhost:{}", address.port()), Some(pem));
    assert_eq!(told.expect("an answer"), "a");
}

#[test]
fn one_that_nobody_trusts_is_not() {
    let (address, _) = backend("localhost");
    let (_, other) = backend("localhost");
    let told = told(format!("https://localhost:{}", address.port()), Some(other));
    assert!(matches!(told, Err(CallFailure::Unreachable(_))), "{told:?}");
}

#[test]
fn one_for_another_host_is_not() {
    let (address, pem) = backend("erp.example.com");
    let told = told(format!("https://localhost:{}", address.port()), Some(pem));
    assert!(matches!(told, Err(CallFailure::Unreachable(_))), "{told:?}");
}

#[test]
fn plain_http_is_not_spoken_where_tls_was_asked_for() {
    let (address, pem) = backend("localhost");
    let plain = super::backend::Backend::answering(ok("\"a\""));
    let told_plain = told(format!("https://localhost:{}", plain.address.port()), Some(pem));
    assert!(matches!(told_plain, Err(CallFailure::Unreachable(_))), "{told_plain:?}");
    let told = told(format!("http://localhost:{}", address.port()), None);
    assert!(told.is_err(), "{told:?}");
}

#[test]
fn a_handshake_that_takes_for_ever_is_no_connection() {
    let (_, pem) = backend("localhost");
    let silent = super::backend::Backend::new(|mut connection| connection.wait_for_end());
    let url = format!("https://localhost:{}", silent.address.port());
    let connect_timeout = Duration::from_millis(100);
    let settings = ClientSettings { ca: Some(pem), connect_timeout, ..patient(url) };
    let end = block_on(client(settings).call("Erp.get", "GET").path("/x").send(&context()));
    assert!(matches!(end, Err(CallFailure::Unreachable(_))), "{end:?}");
}
