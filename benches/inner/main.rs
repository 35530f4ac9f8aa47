//! How long an author waits: from `flowc run` to the first answer, from an edit that is saved to its answer, and for a
//! thousand small tests. What the interpreter costs beside an emitted service is measured by `tests/bench` (its service `run`).
//!
//! Everything is seen from outside: processes, files and TCP. The cases take turns; shown are the median and the range.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// Only a fault takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop =
        copied(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop"), &folder.path().join("shop"));
    fs::write(shop.join("version.flow"), VERSION.replace("NUMBER", "0")).expect("written");
    let tests = a_thousand_tests(&folder.path().join("tests"));
    let mut first = Vec::new();
    let mut live = Vec::new();
    let mut tested = Vec::new();
    for _ in 0..ROUNDS {
        first.push(to_the_first_answer(&shop));
        live.push(to_live(&shop));
        tested.push(of_tests(&tests));
    }
    show("the shop, from `flowc run` to its first answer", &mut first);
    show("the shop with `--watch`, from an edit to its answer", &mut live);
    show("a thousand tests, half of them of operations", &mut tested);
}

fn show(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let millis = |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    println!(
        "{what}: {:.0} ms ({:.0} to {:.0})",
        millis(times.len() / 2),
        millis(0),
        millis(times.len() - 1)
    );
}

// ---- the shop -----------------------------------------------------------------------------------

/// A version that is asked for: a path that has no other answer before.
const VERSION: &str =
    "system Versions v1 {\n  auth: public\n\n  now: GET /bench-version -> int {\n    return NUMBER\n  }\n}\n";

fn copied(from: &Path, to: &Path) -> PathBuf {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => drop(copied(&from, &to)),
            false => drop(fs::copy(&from, &to).expect("a copy")),
        }
    }
    to.to_path_buf()
}

struct Shop {
    child: Child,
    at: SocketAddr,
}

impl Shop {
    fn start(project: &Path, more: &[&str]) -> Shop {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
        command.args(["run", "--quiet", "--listen", &free.to_string()]).args(more).arg(project);
        for name in ["ERP", "CRM", "LAGER", "ZAHL", "BRIEF", "PRUEF"] {
            command.env(format!("{name}_URL"), "http://127.0.0.1:9");
        }
        command.env("BRIEF_USER", "bench");
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().expect("flowc runs");
        Shop { child, at: free }
    }

    /// Waits until this is the version that answers.
    fn wait_for(&self, version: usize) {
        let start = Instant::now();
        while ask(self.at).as_deref() != Some(&version.to_string()) {
            assert!(start.elapsed() < PATIENCE, "version {version} does not answer");
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(at: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    let head = "GET /v1/bench-version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn to_the_first_answer(project: &Path) -> Duration {
    let start = Instant::now();
    let shop = Shop::start(project, &[]);
    shop.wait_for(0);
    start.elapsed()
}

fn to_live(project: &Path) -> Duration {
    let shop = Shop::start(project, &["--watch"]);
    shop.wait_for(0);
    let start = Instant::now();
    fs::write(project.join("version.flow"), VERSION.replace("NUMBER", "7")).expect("written");
    shop.wait_for(7);
    let took = start.elapsed();
    fs::write(project.join("version.flow"), VERSION.replace("NUMBER", "0")).expect("written");
    took
}

// ---- tests --------------------------------------------------------------------------------------

fn a_thousand_tests(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("flow.toml"), "[project]\nname = \"tests\"\n").expect("written");
    let mut flow = String::from(
        "fn twice(n: int) -> int = n * 2\n\nsystem Doubles v1 {\n  auth: public\n\n  \
         double: GET /doubles/{n: int} -> int {\n    return twice(n)\n  }\n}\n",
    );
    for number in 0..500 {
        let double = number * 2;
        flow += &format!("\ntest \"twice {number}\" {{\n  expect twice({number}) == {double}\n}}\n");
        flow += &format!(
            "\ntest \"double {number}\" {{\n  when  Doubles.double(n: {number})\n  then  returns 200 {double}\n}}\n"
        );
    }
    fs::write(folder.join("main.flow"), flow).expect("written");
    folder.to_path_buf()
}

fn of_tests(project: &Path) -> Duration {
    let start = Instant::now();
    let ended =
        Command::new(env!("CARGO_BIN_EXE_flowc")).arg("test").arg(project).output().expect("flowc runs");
    let took = start.elapsed();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && said.contains("1000 tests passed"), "{said}");
    took
}
