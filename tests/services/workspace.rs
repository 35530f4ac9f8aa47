//! The emitted workspaces, each built once for all tests; or the projects that they are of, which `flowc run` serves: with
//! `FLOW_TESTS_BY=run` the same tests ask the interpreter.
//! They share a folder for what cargo makes of them, also with the
//! example, because most of it is the crates of others.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What serves a project.
pub enum Built {
    /// The folder of its executables, one for each service.
    Emitted(PathBuf),
    /// The project itself.
    Interpreted(PathBuf),
}

impl Built {
    pub fn command(&self, name: &str) -> Command {
        match self {
            Built::Emitted(folder) => {
                Command::new(folder.join(name.to_owned() + std::env::consts::EXE_SUFFIX))
            }
            Built::Interpreted(project) => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
                command.arg("run").arg("--quiet").arg(project);
                // The bundle of a project has its name; all else is a service by itself.
                if !BUNDLES.contains(&name) {
                    command.arg("--only").arg(service(name));
                }
                command
            }
        }
    }
}

const BUNDLES: [&str; 3] = ["shop", "semantics", "partners"];

/// `mobile-shop` is `MobileShop`.
fn service(executable: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    executable.split('-').map(capital).collect()
}

/// What serves the shop.
pub fn shop() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| built("examples/shop", "shop"))
}

/// What serves `semantics/`.
pub fn semantics() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| built("tests/services/semantics", "semantics"))
}

/// What serves `partners/`.
pub fn partners() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(|| built("tests/services/partners", "partners"))
}

fn built(project: &str, name: &str) -> Built {
    match std::env::var_os("FLOW_TESTS_BY").is_some_and(|by| by == "run") {
        true => Built::Interpreted(Path::new(env!("CARGO_MANIFEST_DIR")).join(project)),
        false => Built::Emitted(build(project, name)),
    }
}

fn build(project: &str, name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (folder, target) = (root.join("target").join(name), root.join("target/shop/target"));
    flowc::cli::build_workspace(&root.join(project), &folder).unwrap_or_else(|reason| panic!("{reason}"));
    let built = Command::new(env!("CARGO"))
        .args(["build", "--workspace", "--quiet", "--target-dir"])
        .arg(&target)
        .current_dir(&folder)
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{name} does not build:\n{said}");
    assert!(!said.contains("warning"), "{name} builds with warnings:\n{said}");
    target.join("debug")
}
