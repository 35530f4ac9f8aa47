//! A batch as emitted services: one workspace, built once, and a program in it that asks them all.

use std::fs;
use std::path::{Path, PathBuf};

use super::project::{Batch, number_of};
use crate::emitted::{Harness, read, write};

fn harness() -> Harness {
    Harness {
        package: "random-harness",
        needs: "tokio = { version = \"1\", features = [\"net\", \"rt\", \"time\"] }\n",
        sources: vec![("src/main.rs", include_str!("harness.rs"))],
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/random")
}

/// Builds the batch; what the compiler of Rust says where it does not like it.
pub fn build(batch: &Batch) -> Result<(), String> {
    let (project, dist) = (root().join("project"), root().join("dist"));
    let _ = fs::remove_dir_all(&dist);
    flowc::cli::build_workspace(&project, &dist)?;
    let mut files = read(&dist);
    harness().add(&mut files, &batch.services());
    let workspace = root().join("workspace");
    write(&workspace, &files);
    harness().build(&workspace)
}

/// Asks the services; one line for each of the input.
pub fn ask(lines: &[String], backend: &str) -> Vec<String> {
    harness().ask(&root(), lines, &[("BACK_URL", backend), ("FLOW_STORE", "memory:")])
}

/// The case whose function a line of an error points into.
pub fn blamed(line: &str) -> Option<usize> {
    let (_, place) = line.split_once("--> ")?;
    let mut parts = place.trim().rsplitn(3, ':');
    let (_, row, path) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
    let text = fs::read_to_string(root().join("workspace").join(path)).ok()?;
    let above: Vec<&str> = text.lines().take(row).collect();
    let function =
        above.iter().rev().find_map(|line| line.split_once("fn case_").or(line.split_once("fn case")))?;
    number_of(function.1)
}

/// The program whose operation a line of an error points into.
pub fn blamed_program(line: &str) -> Option<usize> {
    let (_, place) = line.split_once("--> ")?;
    number_of(place.split_once("/program")?.1)
}
