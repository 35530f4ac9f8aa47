//! A batch as emitted services: one workspace, built once, and a program in it that asks them all.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::project::Batch;
use crate::order::compiled::{Files, read, replaced, target, write};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/random")
}

/// Builds the batch; what the compiler of Rust says where it does not like it.
pub fn build(batch: &Batch) -> Result<(), String> {
    let (project, dist) = (root().join("project"), root().join("dist"));
    let _ = fs::remove_dir_all(&dist);
    flowc::cli::build_workspace(&project, &dist)?;
    let mut files = read(&dist);
    let services: Vec<String> = batch.chunks().map(|(name, _)| name).collect();
    harness(&mut files, &services);
    let workspace = root().join("workspace");
    write(&workspace, &files);
    let built = Command::new(env!("CARGO"))
        .args(["build", "--package", "random-harness", "--quiet", "--keep-going", "--target-dir"])
        .arg(target())
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .current_dir(workspace)
        .output()
        .expect("cargo can be started");
    match built.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&built.stderr).into_owned()),
    }
}

/// Asks the services; one line for each of the input.
pub fn ask(lines: &[String], backend: &str) -> Vec<String> {
    let (input, output) = (root().join("asked"), root().join("seen"));
    fs::write(&input, lines.join("\n")).expect("written");
    let program = target().join("debug/random-harness").with_extension(std::env::consts::EXE_EXTENSION);
    let ran = Command::new(program)
        .args([&input, &output])
        .env("BACK_URL", backend)
        .output()
        .expect("the harness can be started");
    assert!(ran.status.success(), "the harness: {}", String::from_utf8_lossy(&ran.stderr));
    let text = fs::read_to_string(&output).expect("its output");
    text.lines().map(str::to_owned).collect()
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
    let digits: String = function.1.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn harness(files: &mut Files, services: &[String]) {
    for (path, text) in files.iter_mut() {
        if path == Path::new("Cargo.toml") {
            *text = replaced(text, "members = [", "members = [\n    \"harness\",");
        }
    }
    let depends: String =
        services.iter().map(|name| format!("{name} = {{ path = \"../services/{name}\" }}\n")).collect();
    let arms: String =
        services.iter().map(|name| format!("        \"{name}\" => {name}::router(env, shell),\n")).collect();
    let more = [
        ("harness/Cargo.toml", format!("{MANIFEST}{depends}")),
        ("harness/src/main.rs", include_str!("harness.rs").to_owned()),
        (
            "harness/src/services.rs",
            format!("{ROUTER}    match name {{\n{arms}        _ => None,\n    }}\n}}\n"),
        ),
    ];
    files.extend(more.map(|(path, text)| (PathBuf::from(path), text)));
}

const MANIFEST: &str = r#"[package]
name = "random-harness"
version.workspace = true
edition.workspace = true
publish.workspace = true

[dependencies]
axum.workspace = true
flow-std = { workspace = true, features = ["client", "server"] }
tokio = { version = "1", features = ["net", "rt", "time"] }
tower-service = "0.3"
"#;

const ROUTER: &str = "//! The services by their names.\n\nuse axum::Router;\nuse flow_std::http::{Environment, Shell};\n\n\
    pub fn router(name: &str, env: &mut Environment, shell: Shell) -> Option<Router> {\n";
