//! `flowc mock` as a process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::{self, JoinHandle};

use crate::cli::flowc;
use crate::services::run::client::{self, Answer};

/// A running mock. It is killed when this goes.
pub struct Mock {
    child: Child,
    /// The address of each contract, and what is said of it.
    pub served: Vec<(String, String)>,
    told: Option<JoinHandle<String>>,
}

impl Mock {
    /// Waits until it says where each contract is served.
    pub fn start(folder: &Path, arguments: &[&str]) -> Mock {
        let mut command = flowc(folder, &[&["mock"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut told = child.stderr.take().expect("a pipe");
        let told = thread::spawn(move || {
            let mut text = String::new();
            let _ = told.read_to_string(&mut text);
            text
        });
        let is_served = |word: &&&str| {
            [".yaml", ".json"].iter().any(|end| word.ends_with(end)) && !word.contains("broken")
        };
        let wanted = arguments.iter().filter(is_served).count();
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let served = lines.take(wanted).map(|line| {
            let line = line.expect("UTF-8");
            let (url, about) = line.split_once("  ").unwrap_or_else(|| panic!("{line}"));
            (url.to_owned(), about.to_owned())
        });
        let served = served.collect();
        Mock { child, served, told: Some(told) }
    }

    /// Of the first contract.
    pub fn address(&self) -> SocketAddr {
        let (url, _) = self.served.first().expect("it is served");
        let host = url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        host.parse().unwrap_or_else(|_| panic!("{url}"))
    }

    pub fn ask_with(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all = headers.to_vec();
        if !body.is_empty() {
            all.push(("Content-Type", "application/json"));
        }
        client::ask(self.address(), method, target, &all, body)
            .unwrap_or_else(|fault| panic!("{method} {target} has no answer: {fault}"))
    }

    /// Status and body.
    pub fn ask(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let answer = self.ask_with(method, target, &[], body);
        (answer.status, answer.body)
    }

    /// Tells it to end, which it does by itself and as if nothing was wrong; what it told, without times.
    pub fn end(self) -> String {
        self.end_with_code().1
    }

    /// The same with its exit code.
    pub fn end_with_code(mut self) -> (i32, String) {
        let id = self.child.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &id]).status().expect("kill runs");
        assert!(told.success());
        let ended = self.child.wait().expect("it ends");
        let code = ended.code().unwrap_or_else(|| panic!("it ends by itself: {ended}"));
        let told = self.told.take().expect("once").join().expect("no panic");
        let without_time = |line: &str| match line.strip_suffix(" ms").and_then(|line| line.rsplit_once(' '))
        {
            // Behind the name stands when it was.
            Some((line, _)) => {
                let words = line.split(' ').filter(|word| !(word.len() == 9 && word.ends_with('Z')));
                format!("{}\n", words.collect::<Vec<_>>().join(" "))
            }
            None => format!("{line}\n"),
        };
        (code, told.lines().map(without_time).collect())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}
