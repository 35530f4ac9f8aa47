//! A process that writes until it is killed: this very program, started again.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use flow_std::store::{Change, Store};

const MARK: &str = "STORE_CHILD";

/// Writes the same number under two keys, and says each one that is durable.
#[test]
fn the_writer_itself() {
    let Some(url) = std::env::var_os(MARK) else { return };
    let store = Store::open(url.to_str(), "");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = match store {
            Ok(store) => store,
            Err(told) => return say(&format!("refused: {told}")),
        };
        let last = match store.get("last/a").await {
            Ok(last) => last,
            Err(error) => return say(&format!("refused: {error}")),
        };
        let last: u64 = last
            .and_then(|entry| std::str::from_utf8(&entry.value).ok().and_then(|text| text.parse().ok()))
            .unwrap_or(0);
        for number in last + 1.. {
            let text = number.to_string();
            let change = Change::new().put("last/a", text.clone(), None).put("last/b", text.clone(), None);
            let change = change.put(format!("each/{number:08}"), vec![b'x'; 2_000], None);
            match store.commit(change).await {
                Ok(true) => say(&text),
                Ok(false) => return say("refused: it does not hold"),
                Err(error) => return say(&format!("refused: {error}")),
            }
        }
    });
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "said {line}").and_then(|()| out.flush());
}

fn this() -> PathBuf {
    std::env::current_exe().expect("a test knows its program")
}

pub struct Writer {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Writer {
    /// `most`: how large a file it may write, in blocks of 1024 bytes.
    pub fn start(url: &str, most: Option<u32>) -> Writer {
        let limit = most.map_or("unlimited".to_owned(), |most| most.to_string());
        // What is beyond the limit is then an error, and not the end of the process.
        let script = format!(
            "trap '' XFSZ; ulimit -f {limit}; exec \"$0\" --exact child::the_writer_itself --nocapture"
        );
        let mut command = Command::new("bash");
        command.arg("-c").arg(script).arg(this());
        Writer::run(command, url)
    }

    /// One on a machine that trusts the certificates in this file, and no others.
    pub fn trusting(url: &str, certificates: &Path) -> Writer {
        let mut command = Command::new(this());
        command.args(["--exact", "child::the_writer_itself", "--nocapture"]);
        command.env("SSL_CERT_FILE", certificates).env_remove("SSL_CERT_DIR");
        Writer::run(command, url)
    }

    fn run(mut command: Command, url: &str) -> Writer {
        let mut child = command
            .env(MARK, url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it can be started");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        Writer { child, out }
    }

    /// What it says next.
    pub fn said(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.out.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(said) = line.trim_end().split("said ").nth(1) {
                return Some(said.to_owned());
            }
        }
    }

    pub fn kill(mut self) -> Option<u64> {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        let mut last = None;
        while let Some(said) = self.said() {
            last = said.parse().ok();
        }
        last
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
