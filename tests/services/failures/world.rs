//! The systems of the shop with one failure at a time in front of them, and a ledger of what was really done in them:
//! an answer that is lost does not take back what the system has done.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use flowc::standin::{Answer, Found};

use super::super::backend::{Asked, Backend, Reply};
use super::super::process::Process;
use super::super::run::client;
use super::super::run::parts::{Contracted, SYSTEMS, shared};
use super::super::run::standins::{self, Standins, Tell};
use super::super::workspace;

pub const OPERATOR: &str = "token-of-the-operator";

/// How a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The system refuses with this status, and does nothing.
    Refused(u16),
    /// It never gets the request, or never answers it.
    Silent,
    /// It does what it should, and never answers.
    DoneAndSilent,
    /// The connection is cut before it gets the request.
    Cut,
    /// It does what it should, and the connection is cut before a byte of the answer,
    DoneAndCut,
    /// or in the middle of it.
    DoneAndCutInside,
    /// It does what it should, and answers what is no JSON,
    DoneAndHtml,
    /// or JSON of another shape.
    DoneAndOtherShape,
    /// It answers piece by piece, which is no failure.
    Slow,
}

/// A failure of one call, such as `ERP_URL POST /b7/SLS_ORD`, each time that it is made.
#[derive(Clone, Debug)]
pub struct Fault {
    pub call: String,
    pub how: How,
}

/// The systems of the shop. The shop itself is a new process for each case: what one has learned of a system, and how
/// often it was asked, is not to decide the next one.
pub struct World {
    environment: Vec<(String, String)>,
    inner: Arc<Inner>,
    _systems: Vec<Backend>,
    _standins: Standins,
}

struct Inner {
    faults: Mutex<Vec<Fault>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    asked: Vec<String>,
    /// What was done, with the key by which the system knows a repeat.
    done: Vec<(String, Option<String>)>,
}

impl World {
    pub fn start() -> World {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
        let standins = standins::start(&project, Tell::Nothing).unwrap_or_else(|reason| panic!("{reason}"));
        let inner = Arc::new(Inner { faults: Mutex::default(), seen: Mutex::default() });
        let mut environment = shared(&standins.environment);
        environment.push(("FLOW_OPERATOR_TOKEN".into(), OPERATOR.into()));
        let mut systems = Vec::new();
        for system in SYSTEMS {
            let name = system.url;
            let real = standins.environment.iter().find(|(known, _)| known == name);
            let (address, base) = parts(&real.expect("it stands in").1);
            let between = Arc::clone(&inner);
            let system = Backend::start(move |asked| between.reply(name, address, asked));
            environment.push((name.to_owned(), format!("{}{base}", system.url)));
            systems.push(system);
        }
        World { environment, inner, _systems: systems, _standins: standins }
    }

    /// The shop in one process. From now on these calls fail, and nothing has been asked or done yet.
    pub fn begin(&self, faults: Vec<Fault>) -> Process {
        *self.inner.faults.lock().expect("no panic") = faults;
        *self.inner.seen.lock().expect("no panic") = Seen::default();
        Process::start(workspace::shop(), "shop", &self.environment)
    }

    /// What was asked, each call once.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.inner.seen.lock().expect("no panic").asked.clone();
        asked.sort();
        asked.dedup();
        asked
    }

    /// What has been done and not taken back.
    pub fn left(&self) -> Vec<String> {
        left(&self.inner.seen.lock().expect("no panic").done)
    }
}

impl Inner {
    fn reply(&self, system: &str, real: SocketAddr, asked: &Asked) -> Reply {
        let call = format!("{system} {}", asked.line);
        let fault = self.faults.lock().expect("no panic").iter().find(|fault| fault.call == call).cloned();
        self.seen.lock().expect("no panic").asked.push(call.clone());
        match fault.map(|fault| fault.how) {
            None => whole(&self.forward(&call, real, asked)),
            Some(How::Refused(status)) => {
                Reply::Answer(status, "application/json", declared(system, asked, status))
            }
            Some(How::Silent) => Reply::Never,
            Some(How::Cut) => Reply::HangUp,
            Some(done) => after(&done, &self.forward(&call, real, asked)),
        }
    }

    fn forward(&self, call: &str, real: SocketAddr, asked: &Asked) -> client::Answer {
        let (method, target) = asked.line.split_once(' ').expect("a request line");
        let between = ["host", "content-length", "connection"];
        let headers = asked.headers.iter().filter(|(name, _)| !between.contains(&name.as_str()));
        let headers: Vec<(&str, &str)> =
            headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = client::ask(real, method, target, &headers, &asked.body).expect("a stand-in answers");
        if (200..300).contains(&answer.status) {
            let key = asked.header("idempotency-key").map(str::to_owned);
            let mut seen = self.seen.lock().expect("no panic");
            let is_repeat =
                key.is_some() && seen.done.iter().any(|done| done == &(call.to_owned(), key.clone()));
            if !is_repeat {
                seen.done.push((call.to_owned(), key));
            }
        }
        answer
    }
}

/// What comes back after the system has done its part.
fn after(how: &How, answer: &client::Answer) -> Reply {
    let status = answer.status;
    match how {
        How::DoneAndSilent => Reply::Never,
        How::DoneAndCut => Reply::HangUp,
        How::DoneAndCutInside => {
            Reply::Bytes(format!("HTTP/1.1 {status} -\r\nContent-Length: 900\r\n\r\n{{").into_bytes())
        }
        How::DoneAndHtml => Reply::Answer(status, "text/html", "<html>Welcome</html>".into()),
        How::DoneAndOtherShape => Reply::Answer(status, "application/json", r#"{"other":true}"#.into()),
        How::Slow => {
            std::thread::sleep(Duration::from_millis(30));
            whole(answer)
        }
        How::Refused(_) | How::Silent | How::Cut => unreachable!("the system has done nothing"),
    }
}

fn whole(answer: &client::Answer) -> Reply {
    let media_type = answer.headers.iter().find(|(name, _)| name == "content-type");
    let media_type = if media_type.is_some() { "application/json" } else { "" };
    Reply::Answer(answer.status, media_type, answer.body.clone())
}

/// `http://127.0.0.1:4711/b7`
fn parts(url: &str) -> (SocketAddr, String) {
    let rest = url.strip_prefix("http://").expect("a URL");
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let base = if path.is_empty() { String::new() } else { format!("/{path}") };
    (address.parse().expect("an address"), base)
}

/// The statuses of failures that the contract of a system has for a call.
pub fn declared_statuses(call: &str) -> Vec<u16> {
    let mut words = call.splitn(3, ' ');
    let (system, method) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let statuses = answers(system, method, words.next().unwrap_or_default());
    let mut statuses: Vec<u16> =
        statuses.iter().map(|answer| answer.status).filter(|status| *status >= 400).collect();
    statuses.dedup();
    statuses
}

fn declared(system: &str, asked: &Asked, status: u16) -> String {
    let (method, target) = asked.line.split_once(' ').expect("a request line");
    let answers = answers(system, method, target);
    let found = answers.iter().find(|answer| answer.status == status);
    found.map_or_else(|| "{}".to_owned(), |answer| String::from_utf8_lossy(&answer.body).into_owned())
}

/// All answers of the operation that a request asks for.
fn answers(system: &str, method: &str, target: &str) -> Vec<&'static Answer> {
    static CONTRACTS: OnceLock<Vec<Contracted>> = OnceLock::new();
    let contracts = CONTRACTS.get_or_init(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
        let read = |system| Contracted::read(&project, system).unwrap_or_else(|fault| panic!("{fault}"));
        SYSTEMS.iter().map(read).collect()
    });
    let found = SYSTEMS.iter().zip(contracts).find(|(known, _)| known.url == system);
    let (_, contract) = found.expect("a system");
    let Some(Found::Answer(found)) = contract.find(method, target, b"") else { return Vec::new() };
    contract.answers.iter().filter(|answer| answer.operation == found.operation).collect()
}

/// What does something that can be taken back, and what takes it back.
const UNDONE_BY: &[(&str, &str)] = &[
    ("ERP_URL POST /b7/SLS_ORD", "ERP_URL DELETE /b7/SLS_ORD/"),
    ("LAGER_URL POST /v2/holds", "LAGER_URL DELETE /v2/holds/"),
    ("ZAHL_URL POST /v1/charges", "ZAHL_URL POST /v1/charges/"),
    ("ERP_URL POST /b7/CUST_MSTR", "ERP_URL POST /b7/CUST_MSTR/"),
    ("CRM_URL POST /api/contacts", "CRM_URL DELETE /api/contacts/"),
];

/// An undo that comes twice is as good as one that comes once, but one without its deed is not.
fn left(done: &[(String, Option<String>)]) -> Vec<String> {
    let mut left = Vec::new();
    for (deed, undo) in UNDONE_BY {
        let times = done.iter().filter(|(call, _)| call == deed).count();
        let undone = done.iter().filter(|(call, _)| call.starts_with(undo)).count();
        left.extend(std::iter::repeat_n((*deed).to_owned(), times.saturating_sub(undone)));
        left.extend(std::iter::repeat_n(format!("{undo}…"), undone.saturating_sub(times)));
    }
    left
}
