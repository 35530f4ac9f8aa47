//! The services that are measured: how each is built and started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::process::Part;
use crate::workload::Workload;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contestant {
    Flowc,
    FlowcSplit,
    FlowcSingle,
    AFull,
    B,
    C,
    Go,
    Fastify,
}

/// The bundle of the layers of W6, and the service that does the same by itself.
const LAYERS: &str = "layers";
const SINGLE: &str = "direct";

/// The services of the layers, the lowest ones first, and where the ones above them ask for their addresses.
const SPLIT: &[(&str, Option<&str>)] = &[
    ("customers", Some("CUSTOMERS_URL")),
    ("sales", Some("SALES_URL")),
    ("overviews", Some("OVERVIEWS_URL")),
    ("screens", None),
];

impl Contestant {
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Flowc => "flowc",
            Contestant::FlowcSplit => "flowc-split",
            Contestant::FlowcSingle => "flowc-single",
            Contestant::AFull => "a-full",
            Contestant::B => "b",
            Contestant::C => "c",
            Contestant::Go => "go",
            Contestant::Fastify => "fastify",
        }
    }

    /// What it is, for those who read the table.
    pub fn about(self) -> &'static str {
        match self {
            Contestant::Flowc => {
                "the emitted service with all that it always has: identifiers, log, limits, checks, deadlines"
            }
            Contestant::FlowcSplit => {
                "in W6: the four services of the three layers, each a process of its own"
            }
            Contestant::FlowcSingle => "in W6: one emitted service that does by itself what the layers do",
            Contestant::AFull => {
                "what a team usually ships: axum, reqwest, serde, tower-http (trace with a JSON log, request \
                 identifier, time-out, limit, CORS), Prometheus"
            }
            Contestant::B => {
                "what a good engineer tunes by hand: axum without middleware, hyper-util's client, mimalloc, \
                 borrowed structs, one buffer for the answer, optimised across crates"
            }
            Contestant::C => "hyper's own connections, without axum, one runtime a core, sonic-rs",
            Contestant::Go => "net/http and encoding/json, no middleware",
            Contestant::Fastify => "Fastify with undici on Node, answers by schema, no log",
        }
    }

    pub fn build(self, places: &Places, workloads: &[&Workload]) -> Result<(), String> {
        match self {
            Contestant::Flowc | Contestant::FlowcSplit | Contestant::FlowcSingle => {
                emitted(places, &self.packages(workloads))
            }
            Contestant::AFull => reference(places, "a-full", "release"),
            Contestant::B => reference(places, "b", "tuned"),
            Contestant::C => reference(places, "c", "tuned"),
            Contestant::Go => go(places),
            Contestant::Fastify => fastify(places),
        }
    }

    /// The layers are there in one workload only.
    pub fn takes_part_in(self, workload: &Workload) -> bool {
        match self {
            Contestant::FlowcSplit | Contestant::FlowcSingle => workload.service == LAYERS,
            _ => true,
        }
    }

    /// The emitted packages that it needs.
    fn packages(self, workloads: &[&Workload]) -> Vec<&'static str> {
        let own = workloads.iter().filter(|workload| self.takes_part_in(workload));
        match self {
            Contestant::FlowcSplit => own.flat_map(|_| SPLIT.iter().map(|(service, _)| *service)).collect(),
            Contestant::FlowcSingle => own.map(|_| SINGLE).collect(),
            _ => own.map(|workload| workload.service).collect(),
        }
    }

    /// The file, where it is one and machine code.
    pub fn executable(self, places: &Places, workload: &Workload) -> Option<PathBuf> {
        let target = &places.target;
        match self {
            Contestant::Flowc => Some(places.emitted(workload.service)),
            Contestant::FlowcSingle => Some(places.emitted(SINGLE)),
            Contestant::AFull => Some(target.join("release/a-full")),
            Contestant::B => Some(target.join("tuned/b")),
            Contestant::C => Some(target.join("tuned/c")),
            Contestant::Go => Some(target.join("go")),
            Contestant::FlowcSplit | Contestant::Fastify => None,
        }
    }

    /// What is started, in this order.
    pub fn parts(self, places: &Places, workload: &Workload) -> Vec<Part> {
        if let Some(executable) = self.executable(places, workload) {
            return vec![Part { command: Command::new(executable), told_as: None }];
        }
        if self == Contestant::FlowcSplit {
            let part = |(service, told_as): &(&str, _)| Part {
                command: Command::new(places.emitted(service)),
                told_as: *told_as,
            };
            return SPLIT.iter().map(part).collect();
        }
        let mut command = Command::new("node");
        command.arg(places.target.join("fastify/main.js"));
        vec![Part { command, told_as: None }]
    }

    /// Whether it is one process, of machine code that callgrind understands.
    pub fn is_countable(self) -> bool {
        match self {
            Contestant::Flowc
            | Contestant::FlowcSingle
            | Contestant::AFull
            | Contestant::B
            | Contestant::C => true,
            Contestant::FlowcSplit | Contestant::Go | Contestant::Fastify => false,
        }
    }
}

/// Folders.
pub struct Places {
    /// The repository.
    pub root: PathBuf,
    /// Where everything is built.
    pub target: PathBuf,
}

impl Places {
    pub fn find() -> Places {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
        Places { root: root.to_path_buf(), target: root.join("target/bench") }
    }

    /// Where callgrind's profile of a service goes.
    pub fn profile(&self, service: &str, workload: &str) -> Result<PathBuf, String> {
        let folder = self.target.join("profiles");
        fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        Ok(folder.join(format!("{service}-{workload}.callgrind")))
    }

    fn emitted(&self, package: &str) -> PathBuf {
        self.target.join("emitted/target/release").join(package)
    }

    fn bench(&self) -> PathBuf {
        self.root.join("tests/bench")
    }
}

/// Without packages there is nothing to do.
fn emitted(places: &Places, packages: &[&str]) -> Result<(), String> {
    if packages.is_empty() {
        return Ok(());
    }
    run(Command::new("cargo").args(["build", "--quiet", "--bin", "flowc"]).current_dir(&places.root))?;
    let folder = places.target.join("emitted");
    run(Command::new(places.root.join("target/debug/flowc"))
        .args(["build", "--quiet", "--force", "--out"])
        .arg(&folder)
        .arg(places.bench().join("flow")))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release"]).current_dir(&folder);
    for package in packages {
        cargo.args(["--package", package]);
    }
    run(&mut cargo)
}

fn reference(places: &Places, name: &str, profile: &str) -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--quiet", "--profile", profile, "--bin", name, "--target-dir"])
        .arg(&places.target)
        .current_dir(places.bench()))
}

fn go(places: &Places) -> Result<(), String> {
    run(Command::new("go")
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(places.target.join("go"))
        .arg(".")
        .current_dir(places.bench().join("references/go")))
}

fn fastify(places: &Places) -> Result<(), String> {
    let (from, to) = (places.bench().join("references/fastify"), places.target.join("fastify"));
    let named = |fault: std::io::Error| format!("{}: {fault}", to.display());
    fs::create_dir_all(&to).map_err(named)?;
    for file in ["main.js", "package.json", "package-lock.json"] {
        fs::copy(from.join(file), to.join(file)).map_err(named)?;
    }
    run(Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&to))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(fault) => Err(format!("{command:?}: {fault}")),
    }
}
