//! The compiled run: flows become services, these become a program with a backend in it, and that is asked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::flow::Flow;
use super::print;

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
    harness(&mut files, &services);
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
    let (input, output) = (root.join("asked"), root.join("seen"));
    fs::write(&input, lines.join("\n")).expect("written");
    let ran = Command::new(target().join("debug/harness").with_extension(std::env::consts::EXE_EXTENSION))
        .args([&input, &output])
        .output()
        .expect("the harness can be started");
    assert!(ran.status.success(), "the harness: {}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&output).expect("its output");
    text.lines().map(seen).collect()
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

pub type Files = Vec<(PathBuf, String)>;

/// All files of a folder, by their paths in it.
pub fn read(folder: &Path) -> Files {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let text = fs::read_to_string(&path).expect("a text");
                    files.push((path.strip_prefix(folder).expect("it is in it").to_owned(), text));
                }
            }
        }
    }
    files
}

/// What does not change keeps its time, so that cargo need not compile it again.
pub fn write(folder: &Path, files: &Files) {
    if folder.is_dir() {
        let wanted: BTreeSet<&PathBuf> = files.iter().map(|(path, _)| path).collect();
        for (path, _) in read(folder).iter().filter(|(path, _)| !wanted.contains(path)) {
            if !path.ends_with("Cargo.lock") {
                fs::remove_file(folder.join(path)).expect("it goes");
            }
        }
    }
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|known| known == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
}

/// Adds the program with the backend, and has the runtime connect to it instead of the network.
fn harness(files: &mut Files, services: &[String]) {
    let connect = Path::new("runtime/src/client/connect.rs");
    for (path, text) in files.iter_mut() {
        match () {
            () if path == connect => include_str!("harness/connect.rs").clone_into(text),
            () if path == Path::new("runtime/src/client/mod.rs") => {
                *text = replaced(text, "mod connect;", "pub mod connect;");
            }
            () if path == Path::new("Cargo.toml") => {
                *text = replaced(text, "members = [", "members = [\n    \"harness\",");
            }
            () => {}
        }
    }
    let depend = |name: &String| format!("{name} = {{ path = \"../services/{name}\" }}\n");
    let depends: String = services.iter().map(depend).collect();
    let arms = services.iter().map(|name| format!("        \"{name}\" => {name}::router(env, shell),\n"));
    let arms: String = arms.collect();
    let more = [
        ("harness/Cargo.toml", format!("{MANIFEST}{depends}")),
        ("harness/src/main.rs", include_str!("harness/main.rs").to_owned()),
        ("harness/src/world.rs", include_str!("world.rs").to_owned()),
        (
            "harness/src/services.rs",
            format!("{ROUTER}    match name {{\n{arms}        _ => None,\n    }}\n}}\n"),
        ),
    ];
    files.extend(more.map(|(path, text)| (PathBuf::from(path), text)));
}

const MANIFEST: &str = r#"[package]
name = "harness"
version.workspace = true
edition.workspace = true
publish.workspace = true

[dependencies]
axum.workspace = true
flow-std = { workspace = true, features = ["client", "server"] }
tokio = { version = "1", features = ["io-util", "rt", "sync", "test-util", "time"] }
tower-service = "0.3"
"#;

const ROUTER: &str = "//! The services by their names.\n\nuse axum::Router;\nuse flow_std::http::{Environment, Shell};\n\n\
    pub fn router(name: &str, env: &mut Environment, shell: Shell) -> Option<Router> {\n";

pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in what is emitted");
    text.replace(from, to)
}

/// The folder that the other emitted workspaces share.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shop/target")
}

fn build(workspace: &Path, flows: &[Flow]) {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--package", "harness", "--quiet", "--target-dir"])
        .arg(target())
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .current_dir(workspace)
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&built.stderr);
    if !built.status.success() {
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
