//! The emitted workspaces, each built once for all tests. They share a folder for what cargo makes of them, also with the
//! example, because most of it is the crates of others.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The executables of the shop.
pub fn shop() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("examples/shop", "shop"))
}

/// The executables of `semantics/`.
pub fn semantics() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build("tests/services/semantics", "semantics"))
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
