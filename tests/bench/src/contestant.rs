//! The services that are measured: how each is built and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::workload::Workload;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contestant {
    Flowc,
    AFull,
    B,
}

impl Contestant {
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Flowc => "flowc",
            Contestant::AFull => "a-full",
            Contestant::B => "b",
        }
    }

    pub fn about(self) -> &'static str {
        match self {
            Contestant::Flowc => "the emitted service, everything on",
            Contestant::AFull => {
                "axum, reqwest, serde, tower-http's trace with a JSON log, request identifier, time-out, limit, CORS, and Prometheus: what teams usually ship"
            }
            Contestant::B => {
                "a tuned bare axum: hyper-util's client, mimalloc, borrowed structs, one output buffer, no middleware"
            }
        }
    }

    pub fn build(self, places: &Places, workloads: &[&Workload]) -> Result<(), String> {
        match self {
            Contestant::Flowc => emitted(places, workloads),
            Contestant::AFull => reference(places, "a-full", "release"),
            Contestant::B => reference(places, "b", "tuned"),
        }
    }

    pub fn executable(self, places: &Places, workload: &Workload) -> PathBuf {
        match self {
            Contestant::Flowc => places.target.join("emitted/target/release").join(workload.service),
            Contestant::AFull => places.target.join("release/a-full"),
            Contestant::B => places.target.join("tuned/b"),
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

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(fault) => Err(format!("{command:?}: {fault}")),
    }
}
