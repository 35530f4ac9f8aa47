//! Runs the emitted services in one process, without a network and without waiting: a line of the input says which flow to
//! ask in which world, a line of the output what was seen. Time is tokio's and stands still while anything can go on,
//! so that the order of what happens is a function of the seeds alone.

mod services;
mod world;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use flow_std::client::connect;
use flow_std::http::{Environment, Limits, Shell};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tower_service::Service;
use world::{Kind, Outcome};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let input = std::fs::read_to_string(&arguments[1]).expect("the input");
    let lines: Vec<&str> = input.lines().collect();
    let half = lines.len().div_ceil(2);
    let output: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = lines
            .chunks(half.max(1))
            .map(|part| scope.spawn(move || part.iter().map(|line| run(line)).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    });
    std::fs::write(&arguments[2], output.join("\n")).expect("the output");
}

fn run(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let world = words[2].parse().expect("the seed of a world");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async { ask(words[0], words[1], world, words[3]).await })
}

/// What was asked of the backend.
struct Seen {
    world: u64,
    written: u64,
    undos: HashMap<String, u32>,
    trace: String,
}

async fn ask(service: &str, flow: &str, world: u64, parameter: &str) -> String {
    let seen =
        Seen { world, written: 0, undos: HashMap::new(), trace: String::new() };
    let seen = Rc::new(RefCell::new(seen));
    let (sender, mut connections) = mpsc::unbounded_channel();
    connect::listen(sender);
    let local = tokio::task::LocalSet::new();
    let backend = Rc::clone(&seen);
    local.spawn_local(async move {
        while let Some(stream) = connections.recv().await {
            tokio::task::spawn_local(serve(Rc::clone(&backend), stream));
        }
    });
    let answer = local.run_until(answer(service, flow, parameter)).await;
    let trace = seen.borrow().trace.trim().to_owned();
    format!("{answer}\t{trace}")
}

async fn answer(service: &str, flow: &str, parameter: &str) -> String {
    let mut environment = Environment::new(|name| match name {
        "BACK_URL" => Some("http://back".to_owned()),
        "FLOW_STORE" => Some("memory:".to_owned()),
        _ => None,
    });
    let shell = Shell::new("", Limits::default());
    let mut router = services::router(service, &mut environment, shell).expect("a service");
    let request = Request::post(format!("/v1/{flow}?p={parameter}")).body(Body::empty()).expect("a request");
    let response = router.call(request).await.expect("an answer");
    let status = response.status().as_u16();
    let degraded = response.headers().get("x-degraded").map(|value| value.to_str().expect("text").to_owned());
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    // What goes on when the answer is out has all the time of the world.
    tokio::time::sleep(Duration::from_secs(600)).await;
    format!("{status}\t{}\t{}", degraded.unwrap_or_default(), String::from_utf8_lossy(&body))
}

async fn serve(seen: Rc<RefCell<Seen>>, mut stream: DuplexStream) {
    let mut head = Vec::new();
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        head.clear();
        let call = text.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        let (outcome, latency) = asked(&mut seen.borrow_mut(), &call);
        tokio::time::sleep(latency).await;
        let answer = match outcome {
            Outcome::Thing(thing) => json(200, &thing_of(&thing)),
            Outcome::Done => "HTTP/1.1 204 -\r\n\r\n".to_owned(),
            Outcome::Status(status) => json(status, "{}"),
            Outcome::Malformed => json(200, "{\"value\": "),
            Outcome::HangUp => return,
            Outcome::Never => {
                let _ = stream.read_u8().await;
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn asked(seen: &mut Seen, call: &str) -> (Outcome, Duration) {
    let tries = seen.undos.get(call).copied().unwrap_or(0);
    let outcome = world::outcome(seen.world, call, seen.written, tries);
    match world::kind(call) {
        Kind::Read => {}
        Kind::Write => seen.written = seen.written.wrapping_add(world::weight(call)),
        Kind::Undo => *seen.undos.entry(call.to_owned()).or_default() += 1,
    }
    let again = world::kind(call) == Kind::Undo && outcome == Outcome::Status(503);
    let _ = write!(seen.trace, "{}{call} ", if again { "~" } else { "" });
    (outcome, Duration::from_millis(world::latency(seen.world, call)))
}

fn json(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn thing_of(thing: &world::Thing) -> String {
    let hint = thing.hint.map(|hint| format!(",\"hint\":{hint}")).unwrap_or_default();
    format!("{{\"value\":{}{hint},\"more\":{:?}}}", thing.value, thing.more)
}
