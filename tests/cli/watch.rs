//! `--watch`, with real files: what is found after each change, until nobody listens any more.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::{MANIFEST, flowc, folder, write};

const GOOD: &str = "fn one(a: int) -> int = a + 1\n";

/// Far longer than it takes, for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn each_change_is_checked() {
    let project = folder(&[MANIFEST, ("a.flow", GOOD)]);
    let mut watch = Watch::start(project.path(), "check", "Checked ");
    assert_eq!(watch.next(), ("no findings".to_owned(), "shop (1 file, 0 contracts)".to_owned()));
    write(project.path(), "a.flow", GOOD.replace("a + 1", "missing").as_bytes());
    let (count, what) = watch.next();
    assert_eq!(count, "1 error");
    assert!(what.ends_with("`a.flow`") || what.ends_with("`a.flow`,"), "{what}");
    assert!(watch.result().starts_with("a.flow:1:25: error[F0304]"));
    write(project.path(), "a.flow", GOOD.as_bytes());
    assert_eq!(watch.next().0, "no findings");
    write(project.path(), "a.flow", GOOD.replace("a + 1", "a + 12").as_bytes());
    assert_eq!(watch.next(), ("no findings".to_owned(), "what is in `a.flow`".to_owned()));
    // Files that come and go, and the configuration.
    write(project.path(), "b.flow", b"fn one(a: int) -> int = a\n");
    assert_eq!(watch.next(), ("1 error".to_owned(), "shop (2 files, 0 contracts)".to_owned()));
    fs::remove_file(project.path().join("b.flow")).expect("removed");
    assert_eq!(watch.next().0, "no findings");
    write(project.path(), "flow.toml", b"[project]\nname = \"another\"\n");
    assert_eq!(watch.next(), ("no findings".to_owned(), "another (1 file, 0 contracts)".to_owned()));
}

#[test]
fn each_change_is_tested() {
    let expects = |sum: &str| format!("{GOOD}\ntest \"one\" {{\n  expect one(1) == {sum}\n}}\n");
    let project = folder(&[MANIFEST, ("a.flow", &expects("2"))]);
    let mut watch = Watch::start(project.path(), "test", "Tested ");
    assert_eq!(watch.next(), ("1 test passed".to_owned(), "shop (1 file, 0 contracts)".to_owned()));
    write(project.path(), "a.flow", expects("3").as_bytes());
    assert_eq!(watch.next().0, "0 tests passed, 1 failed");
    assert_eq!(watch.result(), "a.flow:4:3: error[F1007] the test `one` failed: they are not equal");
    write(project.path(), "a.flow", expects("missing").as_bytes());
    assert_eq!(watch.next().0, "1 error");
    assert!(watch.result().starts_with("a.flow:4:20: error[F0304]"));
    write(project.path(), "a.flow", expects("2").as_bytes());
    assert_eq!(watch.next().0, "1 test passed");
}

/// A contract that goes away or is broken for a while is found when it is good again.
#[test]
fn a_contract_is_looked_at_while_it_cannot_be_read() {
    let contract = "openapi: 3.0.3\ninfo: { title: Erp, version: \"1\" }\nservers: [{ url: \"https://erp.example.com\" }]\n\
                    paths:\n  /ping:\n    get: { operationId: ping, responses: { \"204\": { description: Here } } }\n";
    let flow = "backend Erp {\n  contract: \"erp.yaml\"\n  url:      env.ERP_URL\n}\n\nsystem Pings v1 {\n  auth: public\n\n  \
                ping: GET /ping -> 204 {\n    Erp.ping()\n    return 204\n  }\n}\n";
    let project = folder(&[MANIFEST, ("a.flow", flow), ("erp.yaml", contract)]);
    let mut watch = Watch::start(project.path(), "check", "Checked ");
    assert_eq!(watch.next().0, "no findings");
    for broken in [None, Some("x: ["), Some("x")] {
        match broken {
            None => fs::remove_file(project.path().join("erp.yaml")).expect("removed"),
            Some(text) => write(project.path(), "erp.yaml", text.as_bytes()),
        }
        assert_eq!(watch.next().0, "1 error", "{broken:?}");
        write(project.path(), "erp.yaml", contract.as_bytes());
        assert_eq!(watch.next().0, "no findings", "{broken:?}");
    }
}

/// A process that watches, and what it says.
struct Watch {
    child: Child,
    progress: Receiver<String>,
    results: Receiver<String>,
    /// What stands in front of what was done.
    done: &'static str,
}

impl Watch {
    fn start(project: &Path, command: &str, done: &'static str) -> Watch {
        let mut command = flowc(project, &[command, "--watch", "--format", "short"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let progress = lines(child.stderr.take().expect("a pipe"));
        let results = lines(child.stdout.take().expect("a pipe"));
        Watch { child, progress, results, done }
    }

    /// How many findings there are, and what was checked.
    fn next(&mut self) -> (String, String) {
        let count = self.progress.recv_timeout(PATIENCE).expect("it counts");
        let line = self.progress.recv_timeout(PATIENCE).expect("it says what it did");
        let what = line.trim().strip_prefix(self.done).and_then(|rest| rest.rsplit_once(" in "));
        let (what, time) = what.unwrap_or_else(|| panic!("{line}"));
        assert!(time.ends_with(" ms"), "{line}");
        (count, what.to_owned())
    }

    fn result(&mut self) -> String {
        self.results.recv_timeout(PATIENCE).expect("a finding")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    receiver
}
