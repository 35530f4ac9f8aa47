//! Where the lines of the audit log go: to a file of their own (`FLOW_AUDIT_FILE`), or to stdout, whatever `FLOW_LOG`
//! says. Each is handed to the system at once, so that the end of the process, however it comes, loses none.
//!
//! A line that cannot be written is kept, and until it is written nothing that asks for a line is done: a write of which
//! nobody would ever know who made it is worse than one that is refused.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::http::Environment;
use crate::http::log::{self, Level};

/// How many bytes of lines are kept that could not be written; of more, only the number is.
const KEPT: usize = 1024 * 1024;

static SINK: OnceLock<Sink> = OnceLock::new();

/// From now on, lines are written. Before, none are: a test of a service is silent.
pub fn open(sink: Sink) {
    let _ = SINK.set(sink);
}

/// Reads `FLOW_AUDIT_FILE`, and opens the file that it names.
pub fn wanted(env: &mut Environment) -> Option<Sink> {
    const NAME: &str = "FLOW_AUDIT_FILE";
    if !env.is_set(NAME) {
        return Some(Sink::to(To::Stdout));
    }
    let path = env.text(NAME)?;
    let opened =
        appended(&path).map_err(|error| format!("names a file that cannot be opened ({})", error.kind()));
    env.take(NAME, opened).map(|file| Sink::to(To::File(file)))
}

/// Several processes may append to one file.
fn appended(path: &str) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(path)
}

pub fn put(line: &[u8]) {
    if let Some(sink) = SINK.get() {
        sink.put(line);
    }
}

/// Whether all lines so far are written.
pub fn is_usable() -> bool {
    SINK.get().is_none_or(Sink::is_usable)
}

pub struct Sink {
    out: Mutex<Out>,
    is_failing: AtomicBool,
}

enum To {
    Stdout,
    File(File),
}

struct Out {
    to: To,
    waiting: Vec<u8>,
    lost: u64,
}

impl Sink {
    fn to(to: To) -> Sink {
        let out = Out { to, waiting: Vec::new(), lost: 0 };
        Sink { out: Mutex::new(out), is_failing: AtomicBool::new(false) }
    }

    fn put(&self, line: &[u8]) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        match out.waiting.len() + line.len() > KEPT {
            true => out.lost += 1,
            false => out.waiting.extend_from_slice(line),
        }
        self.pour(&mut out);
    }

    fn is_usable(&self) -> bool {
        if !self.is_failing.load(Ordering::Relaxed) {
            return true;
        }
        self.pour(&mut self.out.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes what waits, and says whether that is all.
    fn pour(&self, out: &mut Out) -> bool {
        let ended = out.pour();
        let was_failing = self.is_failing.swap(ended.is_err(), Ordering::Relaxed);
        match &ended {
            Err(error) if !was_failing => {
                log::say(
                    Level::Error,
                    "audit log cannot be written",
                    &[("reason", &error.kind().to_string())],
                );
            }
            Ok(()) if was_failing => {
                let lost = std::mem::take(&mut out.lost).to_string();
                log::say(Level::Warn, "audit log can be written again", &[("lost", &lost)]);
            }
            Ok(()) | Err(_) => {}
        }
        ended.is_ok()
    }
}

impl Out {
    /// What the system took is gone from here, so that a line of which it took a part is completed later.
    fn pour(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            let taken = match &mut self.to {
                To::File(file) => file.write(&self.waiting),
                To::Stdout => {
                    let mut out = io::stdout().lock();
                    out.write_all(&self.waiting).and_then(|()| out.flush()).map(|()| self.waiting.len())
                }
            };
            match taken {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.waiting.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn to_file(path: &std::path::Path) -> Sink {
        Sink::to(To::File(appended(&path.to_string_lossy()).expect("it can be opened")))
    }

    #[test]
    fn lines_are_there_at_once_and_behind_those_of_others() {
        let path = std::env::temp_dir().join(format!("flow-audit-{}", std::process::id()));
        let (one, other) = (to_file(&path), to_file(&path));
        one.put(b"{\"a\":1}\n");
        other.put(b"{\"a\":2}\n");
        one.put(b"{\"a\":3}\n");
        let written = std::fs::read_to_string(&path);
        let _ = std::fs::remove_file(&path);
        assert_eq!(written.expect("it is there"), "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
        assert!(one.is_usable());
    }

    #[test]
    fn what_cannot_be_written_waits_and_nothing_is_let_in_meanwhile() {
        let sink = to_file(std::path::Path::new("/dev/full"));
        assert!(sink.is_usable(), "nobody knows yet");
        sink.put(b"{\"a\":1}\n");
        assert!(!sink.is_usable());
        for _ in 0..KEPT / 1_000 {
            sink.put(&[b'x'; 1_000]);
        }
        sink.put(&[b'y'; 1_000]);
        let path = std::env::temp_dir().join(format!("flow-audit-full-{}", std::process::id()));
        {
            let mut out = sink.out.lock().expect("no panic");
            assert_eq!((out.lost, out.waiting.len() <= KEPT), (1, true));
            out.to = To::File(appended(&path.to_string_lossy()).expect("it can be opened"));
        }
        assert!(sink.is_usable(), "there is room again");
        let written = std::fs::read(&path).expect("it is there");
        let _ = std::fs::remove_file(&path);
        assert!(written.starts_with(b"{\"a\":1}\nxxx") && !written.contains(&b'y'));
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_told() {
        let mut env = Environment::new(|_| Some("/nowhere/hush".to_owned()));
        assert!(wanted(&mut env).is_none());
        let told = env.finish().err().unwrap_or_default();
        assert_eq!(told, "FLOW_AUDIT_FILE names a file that cannot be opened (entity not found)");
    }
}
