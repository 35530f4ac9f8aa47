//! One service as a process, with its log at hand.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::workspace::Built;

/// Far more than anything needs; only a fault is waited for that long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running service. It is killed when this goes.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    log: Arc<Log>,
}

/// What a process has written, line by line.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    grown: Condvar,
}

impl Process {
    /// Starts an executable at a free port, and waits until it listens.
    pub fn start(built: &Built, name: &str, environment: &[(String, String)]) -> Process {
        let mut child = built
            .command(name)
            .env("LISTEN", "127.0.0.1:0")
            // What has to outlive a process says so.
            .env("FLOW_STORE", "memory:")
            // Many tests at once make a machine busy, which says nothing about the service.
            .env("FLOW_SHED_MS", "0")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|fault| panic!("{name}: {fault}"));
        let log = Arc::new(Log::default());
        let (output, written) = (child.stdout.take().expect("it is piped"), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                written.lines.lock().expect("no panic").push(line);
                written.grown.notify_all();
            }
        });
        let line = log.wait_for(name, &|line| line.contains("\"event\":\"listening\""));
        let line: serde_json::Value = serde_json::from_str(&line).expect("a line of the log is JSON");
        let address = line["address"].as_str().and_then(|address| address.parse().ok());
        Process { address: address.expect("it says where it listens"), child, log }
    }

    /// The first line of the log, up to now or from now on, in which all of these stand.
    pub fn logged(&self, parts: &[&str]) -> String {
        self.log.wait_for(&format!("{parts:?}"), &|line| parts.iter().all(|part| line.contains(part)))
    }

    /// Whether there is a line up to now in which all of these stand.
    pub fn has_logged(&self, parts: &[&str]) -> bool {
        let lines = self.log.lines.lock().expect("no panic");
        lines.iter().any(|line| parts.iter().all(|part| line.contains(part)))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Log {
    fn wait_for(&self, what: &str, is_it: &dyn Fn(&str) -> bool) -> String {
        let lines = self.lines.lock().expect("no panic");
        let has = |lines: &Vec<String>| lines.iter().any(|line| is_it(line));
        let (lines, _) =
            self.grown.wait_timeout_while(lines, PATIENCE, |lines| !has(lines)).expect("no panic");
        let found = lines.iter().find(|line| is_it(line));
        found.cloned().unwrap_or_else(|| panic!("{what} is not in the log:\n{}", lines.join("\n")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}
