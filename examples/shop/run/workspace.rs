//! The workspace that `flowc` writes, and cargo's build of it.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes the project's services to `target` and builds them there.
pub fn build(project: &Path, target: &Path) -> Result<(), String> {
    eprintln!("Generating target/shop from examples/shop");
    flowc::cli::build_workspace(project, target)?;
    let crates = crates(target).map_or_else(String::new, |count| format!(" ({count} crates)"));
    eprintln!("Building target/shop{crates}: minutes the first time, seconds from then on");
    // With the terminal as its output, cargo draws its own progress bar. The development profile builds in a fraction
    // of the time of the release profile, and is fast enough to be looked at.
    let build = Command::new(env!("CARGO"))
        .arg("build")
        .current_dir(target)
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .map_err(|fault| format!("cargo cannot be started: {fault}"))?;
    if build.success() { Ok(()) } else { Err("what was generated does not build".to_owned()) }
}

/// How many crates there are to build, where that is known already: those of the lock file.
fn crates(target: &Path) -> Option<usize> {
    let lock = target.join("Cargo.lock");
    if !lock.exists() {
        Command::new(env!("CARGO"))
            .args(["generate-lockfile", "--quiet"])
            .current_dir(target)
            .status()
            .ok()?;
    }
    let text = fs::read_to_string(lock).ok()?;
    Some(text.lines().filter(|line| *line == "[[package]]").count())
}
