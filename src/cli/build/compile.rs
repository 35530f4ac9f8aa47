//! Lets cargo build what was written. Cargo's messages say which package is done; how many there are, its
//! metadata says. Where standard error is no terminal, there is no bar.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::output::Output;
use crate::diagnostic::{Diagnostic, project};

/// What is wanted of a workspace.
#[derive(Debug, Clone, Copy)]
pub enum Goal<'g> {
    /// All of it, to be run somewhere.
    Release,
    /// One package, soon.
    Package(&'g str),
}

/// Builds the workspace and says where the executables are, in order.
pub fn compile(
    folder: &Path,
    shown: &str,
    goal: Goal<'_>,
    output: &mut Output,
) -> Result<Vec<String>, Diagnostic> {
    output.progress("Compiling", shown);
    let total = if output.has_bar() { packages(folder) } else { None };
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    match goal {
        Goal::Release => cargo.arg("--release"),
        Goal::Package(name) => cargo.args(["--package", name]),
    };
    cargo.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child =
        cargo.spawn().map_err(|error| project::cargo(&format!("cannot be run: {}", error.kind())))?;
    let mut done = HashSet::new();
    let mut executables = Vec::new();
    let messages = child.stdout.take().map(BufReader::new);
    for line in messages.into_iter().flat_map(BufRead::lines) {
        let Ok(line) = line else { break };
        let Some(artifact) = artifact(&line) else { continue };
        executables.extend(artifact.executable);
        if done.insert(artifact.package)
            && let Some(total) = total
        {
            output.bar("Compiling", done.len(), total, &artifact.name);
        }
    }
    output.end_bar();
    let status = child.wait().map_err(|error| project::cargo(&format!("was lost: {}", error.kind())))?;
    if !status.success() {
        return Err(project::cargo("could not build the workspace"));
    }
    executables.sort();
    Ok(executables)
}

struct Artifact {
    package: String,
    name: String,
    executable: Option<String>,
}

/// One line of what cargo says about what it has built.
fn artifact(line: &str) -> Option<Artifact> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message.get("reason")?.as_str()? != "compiler-artifact" {
        return None;
    }
    Some(Artifact {
        package: message.get("package_id")?.as_str()?.to_owned(),
        name: message.get("target")?.get("name")?.as_str()?.to_owned(),
        executable: message.get("executable").and_then(Value::as_str).map(str::to_owned),
    })
}

/// How many packages there are to build on this machine.
fn packages(folder: &Path) -> Option<usize> {
    let rustc = Command::new("rustc").arg("-vV").output().ok()?;
    let about = String::from_utf8(rustc.stdout).ok()?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "))?;
    let metadata = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--filter-platform", host])
        .current_dir(folder)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let metadata: Value = serde_json::from_slice(&metadata.stdout).ok()?;
    metadata.get("resolve")?.get("nodes")?.as_array().map(Vec::len)
}

/// A path as seen from the working directory, if it is below that.
pub fn from_here(path: &str) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Path::new(path).strip_prefix(here).ok().map(Path::to_path_buf));
    below.map_or_else(|| path.to_owned(), |below| below.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_cargo_are_read() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///x#orders@1.0.0",
            "target":{"name":"orders"},"executable":"/x/target/release/orders","fresh":false}"#;
        let artifact = artifact(&line.replace('\n', "")).expect("an artifact");
        assert_eq!((artifact.name.as_str(), artifact.executable.is_some()), ("orders", true));
        for other in ["", "{}", "{\"reason\":\"build-finished\"}", "not json"] {
            assert!(super::artifact(other).is_none());
        }
    }
}
