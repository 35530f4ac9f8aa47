//! How the services are built, and where.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

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

    pub fn emitted(&self, package: &str) -> PathBuf {
        self.target.join("emitted/target/release").join(package)
    }

    /// The same without some of what is always on.
    pub fn without(&self, name: &str, package: &str) -> PathBuf {
        self.target.join(name).join(package)
    }

    pub fn compiler(&self) -> PathBuf {
        self.target.join("compiler/release/flowc")
    }

    /// The project of the workloads.
    pub fn flow(&self) -> PathBuf {
        self.bench().join("flow")
    }

    pub fn nginx(&self, script: &str) -> PathBuf {
        self.bench().join("references/nginx").join(script)
    }

    pub fn spring(&self) -> PathBuf {
        self.target.join("spring/service.jar")
    }

    fn bench(&self) -> PathBuf {
        self.root.join("tests/bench")
    }
}

/// Without packages there is nothing to do.
pub fn emitted(places: &Places, packages: &[&str]) -> Result<(), String> {
    if packages.is_empty() {
        return Ok(());
    }
    run(Command::new("cargo").args(["build", "--quiet", "--bin", "flowc"]).current_dir(&places.root))?;
    run(Command::new(places.root.join("target/debug/flowc"))
        .args(["build", "--quiet", "--force", "--out"])
        .arg(places.target.join("emitted"))
        .arg(places.flow()))?;
    services(places, packages, None)
}

/// The same without some of what is always on, kept below `name`. Only what is emitted is compiled so, and it stands in
/// the place of the whole services until those are built again.
pub fn without(places: &Places, name: &str, lacks: &[&str], packages: &[&str]) -> Result<(), String> {
    emitted(places, packages)?;
    let folder = places.target.join(name);
    services(places, packages, Some(compiler_without(&folder, lacks)?))?;
    for package in packages {
        let (from, to) = (places.emitted(package), places.without(name, package));
        fs::copy(&from, &to).map_err(|fault| format!("{}: {fault}", from.display()))?;
    }
    services(places, packages, None)
}

/// A compiler that leaves it out: cargo calls it for the crates of the emitted workspace.
fn compiler_without(folder: &Path, lacks: &[&str]) -> Result<PathBuf, String> {
    let fault = |fault: std::io::Error| format!("{}: {fault}", folder.display());
    let flags: String = lacks.iter().map(|one| format!(" --cfg 'flow_without=\"{one}\"'")).collect();
    let script = folder.join("compiler.sh");
    fs::create_dir_all(folder).map_err(fault)?;
    fs::write(&script, format!("#!/bin/sh\nexec \"$@\"{flags}\n")).map_err(fault)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(fault)?;
    Ok(script)
}

fn services(places: &Places, packages: &[&str], wrapper: Option<PathBuf>) -> Result<(), String> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release"]).current_dir(places.target.join("emitted"));
    for package in packages {
        cargo.args(["--package", package]);
    }
    if let Some(wrapper) = wrapper {
        cargo.env("RUSTC_WORKSPACE_WRAPPER", wrapper);
    }
    run(&mut cargo)
}

/// What interprets.
pub fn compiler(places: &Places) -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--quiet", "--release", "--bin", "flowc", "--target-dir"])
        .arg(places.target.join("compiler"))
        .current_dir(&places.root))
}

pub fn reference(places: &Places, name: &str, profile: &str) -> Result<(), String> {
    run(Command::new("cargo")
        .args(["build", "--quiet", "--profile", profile, "--bin", name, "--target-dir"])
        .arg(&places.target)
        .current_dir(places.bench()))
}

pub fn go(places: &Places) -> Result<(), String> {
    run(Command::new("go")
        .args(["build", "-trimpath", "-ldflags=-s -w", "-o"])
        .arg(places.target.join("go"))
        .arg(".")
        .current_dir(places.bench().join("references/go")))
}

pub fn fastify(places: &Places) -> Result<(), String> {
    let (from, to) = (places.bench().join("references/fastify"), places.target.join("fastify"));
    let named = |fault: std::io::Error| format!("{}: {fault}", to.display());
    fs::create_dir_all(&to).map_err(named)?;
    for file in ["main.js", "package.json", "package-lock.json"] {
        fs::copy(from.join(file), to.join(file)).map_err(named)?;
    }
    run(Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&to))
}

pub fn nginx(places: &Places) -> Result<(), String> {
    run(Command::new(places.nginx("build.sh")).arg(places.target.join("nginx")))
}

pub fn spring(places: &Places) -> Result<(), String> {
    run(Command::new("mvn")
        .args(["--quiet", "--batch-mode", "package"])
        .arg(format!("-Dfolder={}", places.target.join("spring").display()))
        .current_dir(places.bench().join("references/spring")))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(fault) => Err(format!("{command:?}: {fault}")),
    }
}
