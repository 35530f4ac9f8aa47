//! The command line from outside: what people and scripts see of it.

mod attack;
mod build;
mod commands;
mod environment;
mod format;
mod formats;
mod hostile;
mod mutation;
mod paged;
mod projects;
mod refused;
mod running;
mod suppressions;
pub mod testing;
mod watch;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own with these files. A file of which the name ends in `/` is a folder.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

pub fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

pub const MANIFEST: (&str, &str) = ("flow.toml", "[project]\nname = \"shop\"\n");

/// flowc in a folder, with an environment that does not depend on who runs the tests.
pub fn flowc(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for variable in ["FLOWC_FORMAT", "FLOWC_COLOR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn run(folder: &Path, arguments: &[&str]) -> Ran {
    ran(flowc(folder, arguments).output().expect("flowc runs"))
}

/// A signal is -1.
pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
