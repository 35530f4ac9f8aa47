//! The interpreted run: the same flows in process. The backend's answers are given to it at once, so nothing has to be built
//! and no time passes but that of undos which are tried again; what overlaps is asked for in the order of the flow.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use flow_std::failure::{Answer, CallFailure};
use flow_std::http::{Limits, Shell, router};
use flowc::interp::{App, Code, Value, endpoint};
use flowc::ir::Target;
use tower_service::Service;

use super::compiled::{self, Ask, Seen};
use super::flow::Flow;
use super::world::{self, Kind, Outcome, Thing};

/// What was asked of the backend.
#[derive(Default)]
struct Asked {
    world: u64,
    written: u64,
    undos: HashMap<String, u32>,
    trace: String,
}

/// Reads the flows as one program, and runs them all.
pub fn run(flows: &[Flow], asks: &[Ask]) -> Vec<Seen> {
    let folder = tempfile::tempdir().expect("a folder");
    compiled::project(folder.path(), flows);
    let app = Arc::new(Mutex::new(Asked::default()));
    let routes = routes(folder.path(), &app);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    asks.iter().map(|ask| runtime.block_on(seen(&routes, &app, flows, ask))).collect()
}

fn routes(project: &Path, asked: &Arc<Mutex<Asked>>) -> axum::Router {
    let program = flowc::cli::program(project).unwrap_or_else(|why| panic!("{why}"));
    let names: Vec<Vec<String>> = program
        .backends
        .iter()
        .map(|backend| backend.operations.iter().map(|operation| operation.name.clone()).collect())
        .collect();
    let asked = Arc::clone(asked);
    let player = move |target: Target, args: &[Value]| match target {
        Target::Backend { backend, operation } => {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            answered(&mut asked, &text(&names[backend][operation], args))
        }
        Target::Service { .. } => Err(CallFailure::malformed("is no backend")),
    };
    let app = App::played(Arc::new(Code::new(program)), Box::new(player));
    let services = app.code.program.services.iter().enumerate();
    let ids = services.flat_map(|(at, of)| (0..of.operations.len()).map(move |operation| (at, operation)));
    router(ids.filter_map(|id| endpoint(&app, id)).collect(), Shell::new("", Limits::default()))
}

/// `make0?a=1&b=2`
fn text(name: &str, args: &[Value]) -> String {
    let mut text = format!("{name}?");
    for (letter, value) in ["a", "b"].iter().zip(args) {
        if let Value::Int(value) = value {
            let _ = write!(text, "{}{letter}={value}", if *letter == "a" { "" } else { "&" });
        }
    }
    text
}

fn answered(asked: &mut Asked, call: &str) -> Result<Value, CallFailure> {
    let tries = asked.undos.get(call).copied().unwrap_or(0);
    let outcome = world::outcome(asked.world, call, asked.written, tries);
    match world::kind(call) {
        Kind::Read => {}
        Kind::Write => asked.written = asked.written.wrapping_add(world::weight(call)),
        Kind::Undo => *asked.undos.entry(call.to_owned()).or_default() += 1,
    }
    let again = world::kind(call) == Kind::Undo && outcome == Outcome::Status(503);
    let _ = write!(asked.trace, "{}{call} ", if again { "~" } else { "" });
    match outcome {
        Outcome::Thing(thing) => Ok(value(thing)),
        Outcome::Done => Ok(Value::None),
        Outcome::Status(status) => Err(Answer::new(status, "application/json", "{}").fail()),
        Outcome::Malformed => Err(CallFailure::malformed("ends too early")),
        Outcome::HangUp => Err(CallFailure::BrokenOff("it hangs up".to_owned())),
        Outcome::Never => Err(CallFailure::Timeout),
    }
}

/// In the order of the contract.
fn value(thing: Thing) -> Value {
    let hint = Value::from(thing.hint.map(Value::Int));
    let more = Value::list(thing.more.into_iter().map(Value::Int).collect());
    Value::record(vec![Value::Int(thing.value), hint, more])
}

async fn seen(routes: &axum::Router, asked: &Mutex<Asked>, flows: &[Flow], ask: &Ask) -> Seen {
    let lock = || asked.lock().unwrap_or_else(PoisonError::into_inner);
    *lock() = Asked { world: ask.world, ..Asked::default() };
    let path = format!("/v1/f{}?p={}", flows[ask.flow].seed, ask.parameter);
    let request = Request::post(path).body(Body::empty()).expect("a request");
    let response = routes.clone().call(request).await.expect("an answer");
    let status = response.status().as_u16();
    let degraded = response.headers().get("x-degraded").map(|value| value.to_str().expect("text").to_owned());
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    // What goes on when the answer is out has all the time of the world.
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    Seen {
        status,
        degraded: degraded.unwrap_or_default(),
        body: String::from_utf8_lossy(&body).into_owned(),
        trace: lock().trace.split_whitespace().map(str::to_owned).collect(),
    }
}
