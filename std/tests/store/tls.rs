//! Servers that are spoken to with TLS only. What a machine trusts is read once for a process, so each of those who ask
//! here is one of its own.

use std::path::Path;

use flow_std::value::Bytes;

use crate::child::Writer;
use crate::servers::{Line, Server};

/// Of another key, though for the same host.
const OTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client/certificates/other.pem");

/// With the certificate of the tests of the client, whose key is in PKCS #8.
fn line() -> Line {
    let key = Bytes::new(include_bytes!("../client/certificates/localhost.key.der").to_vec()).to_string();
    let lines = key.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    Line::Tls {
        certificate: include_str!("../client/certificates/localhost.pem"),
        key: format!("-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"),
    }
}

fn said(url: &str, trusts: &Path) -> String {
    Writer::trusting(url, trusts).said().unwrap_or_else(|| panic!("{url}: it says nothing"))
}

/// The number that was written first; whoever is killed may have written more.
fn written(url: &str, trusts: &Path) -> u64 {
    let said = said(url, trusts);
    said.parse().unwrap_or_else(|_| panic!("{url}: {said}"))
}

#[test]
fn postgres_is_spoken_to_with_tls_and_only_if_it_is_trusted() {
    let Some(server) = Server::postgres(line()) else { return };
    let (url, trusted) = (server.url(), server.certificate());
    assert_eq!(written(&url, &trusted), 1);
    assert!(written(&url.replace("sslmode=require", "sslmode=prefer"), &trusted) > 1);
    let plain = said(&url.replace("sslmode=require", "sslmode=disable"), &trusted);
    assert!(plain.starts_with("refused: PostgreSQL: ") && plain.contains("no encryption"), "{plain}");
    for sslmode in ["require", "prefer"] {
        let refused = said(&url.replace("sslmode=require", &format!("sslmode={sslmode}")), Path::new(OTHER));
        assert!(refused.starts_with("refused: ") && refused.contains("certificate"), "{sslmode}: {refused}");
    }
    let elsewhere = said(&url.replace("localhost", "127.0.0.1"), &trusted);
    assert!(elsewhere.starts_with("refused: ") && elsewhere.contains("not valid for name"), "{elsewhere}");
}

#[test]
fn redis_is_spoken_to_with_tls_and_only_if_it_is_trusted() {
    let Some(server) = Server::redis(line()) else { return };
    let (url, trusted) = (server.url(), server.certificate());
    assert_eq!(written(&url, &trusted), 1);
    let refused = said(&url, Path::new(OTHER));
    assert!(refused.starts_with("refused: ") && refused.contains("certificate"), "{refused}");
    let plain = said(&url.replace("rediss:", "redis:"), &trusted);
    assert!(plain.starts_with("refused: "), "{plain}");
    let elsewhere = said(&url.replace("localhost", "127.0.0.1"), &trusted);
    assert!(elsewhere.starts_with("refused: ") && elsewhere.contains("not valid for name"), "{elsewhere}");
}
