//! What the semantics of LANGUAGE say, on the services of `semantics/`.

mod audit;
mod bodies;
mod callers;
mod calls;
mod edge;
mod lists;
mod outbound;
mod overload;
mod paged;
mod policies;
mod requests;
#[path = "../../std/tests/auth/signing.rs"]
mod signing;
mod together;

use super::backend::{Asked, Backend, Reply};
use super::process::Process;
use super::workspace;

/// The laboratory over a backend of its own.
pub struct Lab {
    pub lab: Process,
    back: Backend,
}

pub fn lab(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Lab {
    let back = Backend::start(script);
    let lab = start("lab", &back, &[]);
    Lab { lab, back }
}

pub fn start(name: &str, back: &Backend, more: &[(&str, &str)]) -> Process {
    let mut environment = vec![("BACK_URL".to_owned(), back.url.clone())];
    environment.push(("FLOW_SERVICE_KEY".to_owned(), "a key of the services of the laboratory".to_owned()));
    environment.push(("GUARD_KEYS".to_owned(), policies::KEYS.to_owned()));
    environment.extend(elsewhere());
    environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Process::start(workspace::semantics(), name, &environment)
}

/// Systems and issuers that are never there.
pub fn elsewhere() -> Vec<(String, String)> {
    let all = [
        ("SHUT_CLIENT", "shop"),
        ("SHUT_RIGHT", "read"),
        ("SHUT_TOKEN_URL", "http://127.0.0.1:1"),
        ("SHUT_SECRET", "hush"),
        ("SHUT_KEY", "key"),
        ("GATE_ISSUER", "http://127.0.0.1:1"),
        ("GATE_KEYS", "http://127.0.0.1:1/keys"),
        ("GATE_AUDIENCE", "door"),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// A thing of the backend, with what is needed and no more.
pub fn thing(id: &str) -> String {
    format!(r#"{{"id":"{id}","color":"red","weight":1.10,"at":"2024-02-29T23:30:00-05:00","parts":[]}}"#)
}

/// The identifier in `GET /things/a`.
fn id(asked: &Asked) -> String {
    asked.line.rsplit('/').next().unwrap_or_default().to_owned()
}
