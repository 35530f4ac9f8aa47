//! The service as a process of its own: this very program, started again.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use flow_std::http::{Service, run_with};

use crate::shop;

const MARK: &str = "SHELL_CHILD";

/// Is the service when it is started by `Process`, and nothing otherwise.
#[test]
fn the_service_itself() {
    if std::env::var_os(MARK).is_some() {
        let service = Service {
            name: "shop",
            version: "1",
            contract: "openapi: 3.1.0\n",
            page: "<!doctype html>\n",
            endpoints: shop::configured,
        };
        let is_good = run_with(service, &[]) == ExitCode::SUCCESS;
        std::process::exit(if is_good { 0 } else { 1 });
    }
}

/// A service that was started, with what it needs and what a test adds to that.
pub struct Process {
    child: Child,
    out: Box<dyn BufRead + Send>,
    log: Vec<String>,
}

impl Process {
    /// `most_files`: how many files it may have open.
    pub fn start(settings: &[(&str, &str)], most_files: u32) -> Process {
        let program = std::env::current_exe().expect("a test knows its program");
        let script =
            format!("ulimit -n {most_files}; exec \"$0\" --exact child::the_service_itself --nocapture");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(script)
            .arg(program)
            .env(MARK, "1")
            .env("LISTEN", "127.0.0.1:0")
            .env("ERP_URL", "http://erp")
            .env("ERP_TOKEN", "hush")
            .env("FLOW_DRAIN_MS", "100")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        let out = Box::new(BufReader::new(child.stdout.take().expect("it is piped")));
        Process { child, out, log: Vec::new() }
    }

    /// Waits for a line of the log that has this in it.
    pub fn line_with(&mut self, wanted: &str) -> String {
        loop {
            let mut line = String::new();
            let count = self.out.read_line(&mut line).expect("the log is text");
            assert!(count > 0, "the service ended before it wrote {wanted}: {:?}", self.log);
            self.log.push(line.clone());
            if line.contains(wanted) {
                return line;
            }
        }
    }

    /// Where it listens, once it does.
    pub fn address(&mut self) -> SocketAddr {
        let line = self.line_with("\"event\":\"listening\"");
        let address = line.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next());
        address.and_then(|address| address.parse().ok()).expect("the line names the address")
    }

    /// From now on nobody looks at what it writes, and it never has to wait for somebody who does.
    pub fn unheard(&mut self) {
        let mut out = std::mem::replace(&mut self.out, Box::new(std::io::empty()));
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-TERM", &id]).status().expect("there is `kill`");
        assert!(status.success());
    }

    /// Waits for its end: whether it was a good one, how long it took, and what it said on stderr.
    pub fn ended(mut self) -> (bool, Duration, String) {
        let began = Instant::now();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("the log is text");
        let status = self.child.wait().expect("it ends");
        let mut told = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut told).expect("it is text");
        (status.success(), began.elapsed(), told)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
