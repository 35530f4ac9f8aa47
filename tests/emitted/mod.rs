//! What was emitted, as a program of the tests: the workspace with one crate more, which has all of its services in it,
//! built once and asked line by line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The files of a workspace, by their paths in it.
pub type Files = Vec<(PathBuf, String)>;

/// The program that asks the services: the crate beside them.
pub struct Harness {
    /// Its package, and so its executable.
    pub package: &'static str,
    /// What it needs beside the services, as lines of its manifest.
    pub needs: &'static str,
    /// Its sources but `services.rs`, which knows the services by their names.
    pub sources: Vec<(&'static str, &'static str)>,
}

/// All files of a folder.
pub fn read(folder: &Path) -> Files {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false => {
                    let text = fs::read_to_string(&path).expect("a text");
                    files.push((path.strip_prefix(folder).expect("it is in it").to_owned(), text));
                }
            }
        }
    }
    files
}

/// What does not change keeps its time, so that cargo need not compile it again.
pub fn write(folder: &Path, files: &Files) {
    if folder.is_dir() {
        let wanted: BTreeSet<&PathBuf> = files.iter().map(|(path, _)| path).collect();
        for (path, _) in read(folder).iter().filter(|(path, _)| !wanted.contains(path)) {
            if !path.ends_with("Cargo.lock") {
                fs::remove_file(folder.join(path)).expect("it goes");
            }
        }
    }
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read_to_string(&path).is_ok_and(|known| known == *text) {
            continue;
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
}

pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` stands once in what is emitted");
    text.replace(from, to)
}

/// The folder that all emitted workspaces share: most of them is the crates of others.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/shop/target")
}

impl Harness {
    /// Adds it to what was emitted.
    pub fn add(&self, files: &mut Files, services: &[String]) {
        for (_, text) in files.iter_mut().filter(|(path, _)| path == Path::new("Cargo.toml")) {
            *text = replaced(text, "members = [", "members = [\n    \"harness\",");
        }
        let depend = |name: &String| format!("{name} = {{ path = \"../services/{name}\" }}\n");
        let depends: String = services.iter().map(depend).collect();
        let arm = |name: &String| format!("        \"{name}\" => {name}::router(env, shell),\n");
        let arms: String = services.iter().map(arm).collect();
        let name = self.package;
        let manifest = format!("[package]\nname = \"{name}\"\n{MANIFEST}{}{depends}", self.needs);
        let router = format!("{ROUTER}    match name {{\n{arms}        _ => None,\n    }}\n}}\n");
        let made = [("Cargo.toml", manifest), ("src/services.rs", router)];
        let sources = self.sources.iter().map(|(path, text)| (*path, (*text).to_owned()));
        let all = made.into_iter().chain(sources);
        files.extend(all.map(|(path, text)| (Path::new("harness").join(path), text)));
    }

    /// Builds it in the folder of the workspace; what the compiler of Rust says where it does not like something.
    pub fn build(&self, workspace: &Path) -> Result<(), String> {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--package", self.package, "--quiet", "--keep-going", "--target-dir"])
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

    /// Asks the services; one line for each of the input. What is asked and answered stands in the folder.
    pub fn ask(&self, folder: &Path, lines: &[String], environment: &[(&str, &str)]) -> Vec<String> {
        let (input, output) = (folder.join("asked"), folder.join("seen"));
        fs::write(&input, lines.join("\n")).expect("written");
        let program = target().join("debug").join(self.package);
        let Output { status, stderr, .. } =
            Command::new(program.with_extension(std::env::consts::EXE_EXTENSION))
                .args([&input, &output])
                .envs(environment.iter().copied())
                .output()
                .expect("the harness can be started");
        assert!(status.success(), "the harness: {}", String::from_utf8_lossy(&stderr));
        let text = fs::read_to_string(&output).expect("its output");
        text.lines().map(str::to_owned).collect()
    }
}

const MANIFEST: &str = "version.workspace = true\nedition.workspace = true\npublish.workspace = true\n\n[dependencies]\n\
    axum.workspace = true\nflow-std = { workspace = true, features = [\"server\"] }\ntower-service = \"0.3\"\n";

const ROUTER: &str = "//! The services by their names.\n\nuse axum::Router;\nuse flow_std::http::{Environment, Shell};\n\n\
    pub fn router(name: &str, env: &mut Environment, shell: Shell) -> Option<Router> {\n";
