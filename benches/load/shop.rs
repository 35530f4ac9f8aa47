//! The emitted shop: all services in one executable, or each in its own.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::parts::{SERVICES, kebab, shared, url_variable};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Build {
    Development,
    Release,
}

/// One of those that the shop takes.
pub const KEY: &str = "key-of-the-shop";

/// Emits and builds; the folder of the executables. What the shop lets each caller ask, and its ERP be asked at once, is far
/// less than what it can do, so those limits are left out.
///
/// `is_split`: whether each service is wanted as an executable of its own, beside the one with all of them.
pub fn build(build: Build, is_split: bool) -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (project, folder) = (root.join("target/bench-load/project"), root.join("target/bench-load/dist"));
    // Not the folder of the tests: cargo would put these executables in the place of theirs, which have the limits.
    let target = root.join("target/bench-load/target");
    copy(&root.join("examples/shop"), &project).map_err(|fault| format!("{}: {fault}", project.display()))?;
    flowc::cli::build_workspace(&project, &folder)?;
    let (arguments, profile): (&[&str], _) = match build {
        Build::Development => (&["build", "--quiet"], "debug"),
        Build::Release => (&["build", "--quiet", "--release"], "release"),
    };
    let which = if is_split { "--workspace" } else { "--package=shop" };
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).args([which, "--target-dir"]).arg(&target).current_dir(&folder);
    // What cargo has told this program of itself is not for the cargo that it starts, which would build anew for it.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_")) {
        cargo.env_remove(name);
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(target.join(profile)),
        _ => Err("the emitted shop does not build".to_owned()),
    }
}

/// Without the lines of limits by caller, address or all, and without that of calls at once.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else if path.extension().is_some_and(|extension| extension == "flow") {
            let text = fs::read_to_string(&path)?;
            let is_limit = |line: &&str| line.trim().starts_with("limit:") && line.contains("by:");
            let lines: Vec<&str> = text.lines().filter(|line| !is_limit(line)).collect();
            fs::write(&target, lines.join("\n").replace("at_once: 64, ", "") + "\n")?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// One running executable; it is killed when this goes.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
}

impl Process {
    async fn start(folder: &Path, name: &str, environment: &[(String, String)]) -> Result<Process, String> {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = address.map_err(|fault| fault.to_string())?;
        let child = pinned(&folder.join(name))
            .env("LISTEN", address.to_string())
            .env("FLOW_LOG", "error")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|fault| format!("{name}: {fault}"))?;
        let process = Process { address, child };
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if began.elapsed() > Duration::from_secs(20) {
                return Err(format!("{name} does not listen"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(process)
    }

    /// Resident memory in kilobytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

/// How many there were at the start, before this program has stepped aside.
fn processors() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| std::thread::available_parallelism().map_or(1, |count| count.get()))
}

/// Leaves the first processor to the services, where there are several and `taskset` is there.
pub fn step_aside() {
    let last = processors() - 1;
    if last > 0 {
        let (others, own) = (format!("1-{last}"), std::process::id().to_string());
        let mut taskset = Command::new("taskset");
        taskset.args(["--all-tasks", "--cpu-list", "--pid", &others, &own]).stdout(Stdio::null());
        let _ = taskset.status(); // without it there is only more noise
    }
}

/// On the first processor alone, where there are several and `taskset` is there.
fn pinned(executable: &Path) -> Command {
    let is_there = Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there || processors() == 1 {
        return Command::new(executable);
    }
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(executable);
    command
}

/// What is kept need not outlive a run.
fn environment(systems: &[(String, String)]) -> Vec<(String, String)> {
    let mut environment = shared(systems);
    environment.push(("FLOW_STORE".into(), "memory:".into()));
    environment
}

pub async fn bundle(folder: &Path, systems: &[(String, String)]) -> Result<Process, String> {
    Process::start(folder, "shop", &environment(systems)).await
}

/// Each service as a process of its own, the last one first.
pub async fn split(folder: &Path, systems: &[(String, String)]) -> Result<Vec<Process>, String> {
    let mut environment = environment(systems);
    let mut processes = Vec::new();
    for name in SERVICES {
        let process = Process::start(folder, &kebab(name), &environment).await?;
        environment.push((url_variable(name), format!("http://{}", process.address)));
        processes.push(process);
    }
    processes.reverse();
    Ok(processes)
}
