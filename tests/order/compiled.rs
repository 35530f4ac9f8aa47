//! The compiled run: flows become services, these become a program with a backend in it, and that is asked.

use std::fs;
use std::path::Path;

use super::flow::Flow;
use super::print;
use crate::emitted::{Files, Harness, read, replaced, write};

/// So many flows are one crate; crates are compiled side by side.
const IN_A_SERVICE: usize = 40;

/// One flow, in one world.
#[derive(Clone, Debug)]
pub struct Ask {
    pub flow: usize,
    pub world: u64,
    pub parameter: i64,
}

/// What was seen of it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub status: u16,
    /// The calls for which a fallback was taken, as the answer's header names them.
    pub degraded: String,
    pub body: String,
    /// All that the backend was asked, in order; `~` is in front of an undo that has to be asked for again.
    pub trace: Vec<String>,
}

/// Builds the flows, and runs them all.
pub fn run(flows: &[Flow], asks: &[Ask]) -> Vec<Seen> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/order");
    let project = root.join("project");
    emit(&project, &root.join("dist"), flows).unwrap_or_else(|reason| panic!("{reason}"));
    let services: Vec<String> = (0..flows.len().div_ceil(IN_A_SERVICE)).map(|at| format!("s{at}")).collect();
    let mut files = read(&root.join("dist"));
    connected(&mut files);
    harness().add(&mut files, &services);
    let workspace = root.join("workspace");
    write(&workspace, &files);
    build(&workspace, flows);
    let lines: Vec<String> = asks
        .iter()
        .map(|ask| {
            let (service, flow) = (ask.flow / IN_A_SERVICE, &flows[ask.flow]);
            format!("s{service} f{} {} {}", flow.seed, ask.world, ask.parameter)
        })
        .collect();
    harness().ask(&root, &lines, &[]).iter().map(|line| seen(line)).collect()
}

/// Only the flows in question are compiled: whether they are programs.
pub fn is_program(flow: &Flow) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/order");
    emit(&root.join("candidate"), &root.join("candidate-dist"), std::slice::from_ref(flow)).is_ok()
}

fn emit(folder: &Path, dist: &Path, flows: &[Flow]) -> Result<(), String> {
    let _ = fs::remove_dir_all(folder);
    let _ = fs::remove_dir_all(dist);
    project(folder, flows);
    flowc::cli::build_workspace(folder, dist)
}

/// The flows as services of a project.
pub fn project(project: &Path, flows: &[Flow]) {
    fs::create_dir_all(project.join("contracts")).expect("a folder");
    fs::write(project.join("flow.toml"), "[project]\nname = \"order\"\n").expect("written");
    fs::write(project.join("contracts/back.yaml"), include_str!("contract.yaml")).expect("written");
    fs::write(project.join("head.flow"), include_str!("head.flow")).expect("written");
    for (at, some) in flows.chunks(IN_A_SERVICE).enumerate() {
        let text = print::service(&format!("S{at}"), some);
        fs::write(project.join(format!("s{at}.flow")), text).expect("written");
    }
}

/// The program with the backend in it.
fn harness() -> Harness {
    Harness {
        package: "harness",
        needs: "tokio = { version = \"1\", features = [\"io-util\", \"rt\", \"sync\", \"test-util\", \"time\"] }\n",
        sources: vec![
            ("src/main.rs", include_str!("harness/main.rs")),
            ("src/world.rs", include_str!("world.rs")),
        ],
    }
}

/// Has the runtime connect to that backend instead of the network.
fn connected(files: &mut Files) {
    for (path, text) in files.iter_mut() {
        if path == Path::new("runtime/src/client/connect.rs") {
            include_str!("harness/connect.rs").clone_into(text);
        } else if path == Path::new("runtime/src/client/mod.rs") {
            *text = replaced(text, "mod connect;", "pub mod connect;");
        }
    }
}

fn build(workspace: &Path, flows: &[Flow]) {
    if let Err(said) = harness().build(workspace) {
        let blamed = flows.iter().filter(|flow| said.contains(&format!("/f{}.rs", flow.seed)));
        let blamed: Vec<String> = blamed.map(print::operation).collect();
        panic!("flows that do not build:\n{said}\n{}", blamed.join("\n"));
    }
}

fn seen(line: &str) -> Seen {
    let parts: Vec<&str> = line.split('\t').collect();
    let [status, degraded, body, trace] = parts.as_slice() else { panic!("a line of the harness: {line}") };
    Seen {
        status: status.parse().expect("a status"),
        degraded: (*degraded).to_owned(),
        body: (*body).to_owned(),
        trace: trace.split(' ').filter(|call| !call.is_empty()).map(str::to_owned).collect(),
    }
}
