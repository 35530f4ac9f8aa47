//! The services that are measured: how each is built and started.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::workload::Workload;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contestant {
    Flowc,
    AFull,
    B,
    C,
    Go,
    Fastify,
}

impl Contestant {
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Flowc => "flowc",
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
            Contestant::Flowc => emitted(places, workloads),
            Contestant::AFull => reference(places, "a-full", "release"),
            Contestant::B => reference(places, "b", "tuned"),
            Contestant::C => reference(places, "c", "tuned"),
            Contestant::Go => go(places),
            Contestant::Fastify => fastify(places),
        }
    }

    /// What is started, and where that is one file of machine code.
    pub fn executable(self, places: &Places, workload: &Workload) -> PathBuf {
        let target = &places.target;
        match self {
            Contestant::Flowc => target.join("emitted/target/release").join(workload.service),
            Contestant::AFull => target.join("release/a-full"),
            Contestant::B => target.join("tuned/b"),
            Contestant::C => target.join("tuned/c"),
            Contestant::Go => target.join("go"),
            Contestant::Fastify => target.join("fastify/main.js"),
        }
    }

    pub fn command(self, places: &Places, workload: &Workload) -> Command {
        let executable = self.executable(places, workload);
        match self {
            Contestant::Fastify => {
                let mut node = Command::new("node");
                node.arg(executable);
                node
            }
            _ => Command::new(executable),
        }
    }

    /// Whether it is machine code without a runtime that callgrind does not understand.
    pub fn is_countable(self) -> bool {
        match self {
            Contestant::Flowc | Contestant::AFull | Contestant::B | Contestant::C => true,
            Contestant::Go | Contestant::Fastify => false,
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

    fn bench(&self) -> PathBuf {
        self.root.join("tests/bench")
    }
}

fn emitted(places: &Places, workloads: &[&Workload]) -> Result<(), String> {
    run(Command::new("cargo").args(["build", "--quiet", "--bin", "flowc"]).current_dir(&places.root))?;
    let folder = places.target.join("emitted");
    run(Command::new(places.root.join("target/debug/flowc"))
        .args(["build", "--quiet", "--force", "--out"])
        .arg(&folder)
        .arg(places.bench().join("flow")))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release"]).current_dir(&folder);
    for workload in workloads {
        cargo.args(["--package", workload.service]);
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
