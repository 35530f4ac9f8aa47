//! Services whose callers show certificates, as curl sees them: emitted, in one executable and apart, and interpreted.

use std::net::SocketAddr;
use std::process::Command;

use super::backend::{Asked, Backend, empty};
use super::process::Process;
use super::workspace;

/// Those of the tests of the shell.
fn file(name: &str) -> String {
    format!("{}/std/tests/shell/certificates/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).expect("it is there")
}

/// The SHA-256 of `secret`.
const KEYS: &str = "jo 2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

fn roots() -> Vec<(String, String)> {
    [
        ("PARTNERS_CA", text("partners.pem")),
        ("SUPPLIERS_CA", text("others.pem")),
        ("PARTNER_KEYS", KEYS.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn environment() -> Vec<(String, String)> {
    let files =
        [("FLOW_TLS_CERTIFICATE_FILE", file("server.pem")), ("FLOW_TLS_KEY_FILE", file("server.key.pem"))];
    roots().into_iter().chain(files.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// The status and the body, or none where the handshake is refused.
fn asked(address: SocketAddr, path: &str, certificate: &str, more: &[&str]) -> Option<(u16, String)> {
    let mut curl = Command::new("curl");
    let port = address.port();
    curl.args(["-sS", "-w", "\n%{http_code}", "--cacert", &file("server.pem"), "--resolve"]);
    curl.arg(format!("localhost:{port}:127.0.0.1")).args(more);
    if !certificate.is_empty() {
        curl.args(["--cert", &file(&format!("{certificate}.pem"))]);
        curl.args(["--key", &file(&format!("{certificate}.key.pem"))]);
    }
    let output = curl.arg(format!("https://localhost:{port}{path}")).output().expect("there is a curl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').filter(|_| output.status.success())?;
    let status = status.parse().expect("it is a number");
    Some((status, if status == 200 { body.to_owned() } else { String::new() }))
}

fn has_curl() -> bool {
    let has = Command::new("curl").arg("--version").output().is_ok();
    assert!(has || std::env::var_os("FLOW_NEED_SERVERS").is_none(), "there is no curl");
    if !has {
        eprintln!("left out: there is no curl");
    }
    has
}

const WORKLOAD: &str = "\"spiffe://shop.example.com/partner\"";

#[test]
fn each_service_believes_those_that_come_from_its_own_roots() {
    if !has_curl() {
        return;
    }
    let process = Process::start(workspace::partners(), "partners", &environment());
    let known = |name: &str| Some((200, name.to_owned()));
    let refused = Some((401, String::new()));
    for (path, certificate, expected) in [
        ("/v1/orders/caller", "partner", known(WORKLOAD)),
        ("/v1/orders/caller", "host", known("\"partner.example.com\"")),
        ("/v1/orders/caller", "other", refused.clone()),
        ("/v1/orders/caller", "nameless", refused.clone()),
        ("/v1/orders/caller", "", refused.clone()),
        ("/v1/orders/caller", "expired", None),
        ("/v1/orders/caller", "serving", None),
        ("/v1/orders/caller", "own", None),
        ("/v1/orders/ours", "partner", known("\"yours\"")),
        ("/v1/orders/ours", "host", Some((403, String::new()))),
        ("/v1/orders/open", "", known("\"open\"")),
        ("/v1/orders/open", "other", known("\"open\"")),
        ("/v1/orders/open", "own", None),
        ("/v1/stock/caller", "partner", refused.clone()),
        ("/v1/stock/caller", "other", known(WORKLOAD)),
    ] {
        for version in ["--http1.1", "--http2"] {
            let told = asked(process.address, path, certificate, &[version]);
            assert_eq!(told, expected, "{path} {certificate} {version}");
        }
    }
    let key = ["-H", "X-Api-Key: secret"];
    assert_eq!(asked(process.address, "/v1/orders/caller", "", &key), known("\"jo\""));
    assert_eq!(asked(process.address, "/v1/orders/ours", "", &key), refused);
}

/// An executable of its own trusts the roots of its own service, and no others.
#[test]
fn a_service_by_itself_does_not_know_the_roots_of_another_one() {
    if !has_curl() {
        return;
    }
    let process = Process::start(workspace::partners(), "dock", &environment());
    assert_eq!(asked(process.address, "/v1/stock/caller", "partner", &[]), None);
    let told = asked(process.address, "/v1/stock/caller", "other", &[]);
    assert_eq!(told, Some((200, WORKLOAD.to_owned())));
}

/// The list of one root names a caller, and that of the other nobody.
#[test]
fn who_is_revoked_is_refused_and_nobody_else() {
    if !has_curl() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let lists = folder.path().join("lists.pem");
    std::fs::write(&lists, text("revoked.crl.pem") + &text("others.crl.pem")).expect("written");
    let mut environment = environment();
    environment.push(("FLOW_TLS_CLIENT_CRL_FILE".to_owned(), lists.display().to_string()));
    let process = Process::start(workspace::partners(), "partners", &environment);
    for version in ["--http1.1", "--http2"] {
        let told = |path, certificate| asked(process.address, path, certificate, &[version]);
        assert_eq!(told("/v1/orders/caller", "partner"), None);
        assert_eq!(told("/v1/orders/caller", "host"), Some((200, "\"partner.example.com\"".to_owned())));
        assert_eq!(told("/v1/stock/caller", "other"), Some((200, WORKLOAD.to_owned())));
        assert_eq!(told("/v1/orders/open", ""), Some((200, "\"open\"".to_owned())));
    }
}

/// Also of a service that calls nobody: its name, and that of its operation, stand in what the receiver gets.
#[test]
fn a_service_that_calls_nobody_tells_the_receiver_of_spans_of_its_requests() {
    if !has_curl() {
        return;
    }
    let receiver = Backend::start(|_| empty(200));
    let mut environment = environment();
    environment.push(("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), receiver.url.clone()));
    let process = Process::start(workspace::partners(), "dock", &environment);
    assert_eq!(asked(process.address, "/v1/stock/caller", "other", &[]), Some((200, WORKLOAD.to_owned())));
    receiver.wait_for("POST /v1/traces");
    let told: String = receiver.take().iter().map(Asked::text).collect();
    assert!(told.contains("Dock.who") && told.contains("service.name"), "{told}");
}

#[test]
fn without_tls_nobody_can_show_a_certificate() {
    let mut command = workspace::partners().command("partners");
    let command = command.env("LISTEN", "127.0.0.1:0").envs(roots());
    if std::env::var_os("FLOW_TESTS_BY").is_some_and(|by| by == "run") {
        // On a machine of a developer the rest is served.
        let process = Process::start(workspace::partners(), "partners", &roots());
        let told = |path| super::get(process.address, path).status;
        assert_eq!((told("/v1/orders/open"), told("/v1/orders/caller")), (200, 401));
        return;
    }
    let output = command.output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{told}");
    assert!(
        told.contains(
            "FLOW_TLS_CERTIFICATE_FILE and FLOW_TLS_KEY_FILE are not set, and `auth: mtls` needs them"
        ),
        "{told}"
    );
}
