//! A real OAuth2 and OpenID Connect server, which a test starts: oidc-provider from npm, which `.ci/run` installs into
//! `target/identity`. It gives out tokens for client credentials, has discovery and keys, changes its keys, forgets them,
//! fails, and signs any token that a test wants (`server.mjs` lists it all). Where it is not installed, a test that wants it
//! says so and passes, unless `FLOW_NEED_SERVERS` is set, as CI does.
//!
//! To use it elsewhere: `#[path = "…/std/tests/identity/mod.rs"] mod identity;`. It needs nothing but the standard library.

// Each test program uses what it needs of it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The clients that it knows: `shop`, which shows its secret by HTTP Basic, and `poster`, which has it in the form.
pub const SECRET: &str = "hush";

pub struct Identity {
    child: Child,
    port: u16,
}

impl Identity {
    /// `None`: it is not installed here.
    pub fn start() -> Option<Identity> {
        let packages = packages()?;
        let mut child = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source()))
            .arg(packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node can be started");
        let mut line = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("it says where it listens");
        let port = line.trim().strip_prefix("listening ").and_then(|port| port.parse().ok());
        Some(Identity { child, port: port.expect("a port") })
    }

    /// What stands as `iss` in its tokens; discovery and `/jwks` are below it.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where tokens are given out.
    pub fn token_url(&self) -> String {
        format!("{}/token", self.issuer())
    }

    /// Tells it something by one of the paths below `/control/`; both the body and the answer are JSON.
    pub fn control(&self, path: &str, body: &str) -> String {
        let (status, answer) = self.post(&format!("/control/{path}"), "application/json", body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// How often `token`, `jwks` or `discovery` was asked for.
    pub fn count(&self, of: &str) -> usize {
        let counts = self.control("counts", "");
        let rest = counts.split_once(&format!("\"{of}\":")).expect("a count").1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("a number")
    }

    /// A token with such claims; `iss`, `iat` and `exp` are added where they are not given, and left out where they are null.
    pub fn signed(&self, claims: &str) -> String {
        self.signed_as(&format!("{{\"claims\":{claims}}}"))
    }

    /// A token of any kind: `{"alg": …, "claims": …, "header": …, "key": "stranger"}`.
    pub fn signed_as(&self, wanted: &str) -> String {
        text_after(&self.control("sign", wanted), "token")
    }

    /// A token that it gives out for client credentials.
    pub fn given(&self, form: &str) -> String {
        let kind = "application/x-www-form-urlencoded";
        let (status, answer) = self.post("/token", kind, form);
        assert_eq!(status, 200, "{answer}");
        text_after(&answer, "access_token")
    }

    fn post(&self, path: &str, media_type: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\ncontent-type: {media_type}\r\n\
             content-length: {length}\r\n\r\n{body}",
            self.port
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers in text");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        // One that is sent in pieces has their lengths around it.
        let body = body.find('{').zip(body.rfind('}')).and_then(|(from, to)| body.get(from..=to));
        (status, body.unwrap_or_default().to_owned())
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text_after(json: &str, name: &str) -> String {
    let rest = json.split_once(&format!("\"{name}\":\"")).expect("it is in the answer").1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// From the folder of the runtime, or from that of the compiler.
fn source() -> &'static str {
    match env!("CARGO_MANIFEST_DIR").ends_with("std") {
        true => "tests/identity/server.mjs",
        false => "std/tests/identity/server.mjs",
    }
}

/// Where its packages are installed.
fn packages() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if root.ends_with("std") { root.parent().unwrap_or(root) } else { root };
    let packages = root.join("target/identity");
    if packages.join("node_modules/oidc-provider").is_dir() {
        return Some(packages);
    }
    assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "the identity server is not installed");
    // Not by a macro, whose output nobody sees when a test passes.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: `target/identity` has no identity server (see `.ci/run`), so nothing is tested against it"
    );
    None
}
