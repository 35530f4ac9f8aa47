//! The workspace that a simulation runs from: what `flowc build` writes for the shop, as it is, with one more crate
//! that holds the simulated world.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::plants::PLANTS;

/// What the runtime of a workspace is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    AsItIs,
    /// With all the faults of [`PLANTS`] in it, each of which sleeps until the variable `PLANT` names it.
    Planted,
}

/// The crates that are simulated, as their folders are called.
const SIMULATED: &[&str] = &[
    "bundles/shop",
    "services/compliance",
    "services/contacts",
    "services/customers",
    "services/mail",
    "services/mobile-shop",
    "services/onboarding",
    "services/orders",
    "services/payments",
    "services/profiles",
    "services/sales",
    "services/stock",
    "services/web-shop",
];

const PROFILE: &str = "
# Built in little time, and fast enough for thousands of runs.
[profile.simulation]
inherits = \"dev\"
opt-level = 1
debug = false
";

/// The executable that simulates.
pub fn build(runtime: Runtime) -> Result<PathBuf, String> {
    let folder = write(runtime)?;
    let target = root().join("target/shop/target");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--package", "simulation", "--profile", "simulation", "--quiet", "--target-dir"])
        .arg(&target)
        .current_dir(&folder)
        .output()
        .map_err(|fault| format!("cargo cannot be started: {fault}"))?;
    if !built.status.success() {
        let said = String::from_utf8_lossy(&built.stderr);
        return Err(format!("{} does not build:\n{said}", folder.display()));
    }
    // The other workspace builds one of the same name.
    let made = target.join("simulation").join(format!("simulation{}", std::env::consts::EXE_SUFFIX));
    let kept = folder.join(format!("run{}", std::env::consts::EXE_SUFFIX));
    fs::copy(&made, &kept).map_err(|fault| format!("{}: {fault}", made.display()))?;
    Ok(kept)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Writes the workspace; its folder.
pub fn write(runtime: Runtime) -> Result<PathBuf, String> {
    let name = match runtime {
        Runtime::AsItIs => "world",
        Runtime::Planted => "planted",
    };
    let folder = root().join("target/simulation").join(name);
    let emitted = root().join("target/simulation/emitted").join(name);
    flowc::cli::build_workspace(&root().join("examples/shop"), &emitted)?;
    let mut texts = texts(&emitted, Path::new(""))?;
    if runtime == Runtime::Planted {
        plant(&mut texts)?;
    }
    for (path, text) in &mut texts {
        if path == Path::new("Cargo.toml") {
            *text = text.replacen("members = [", "members = [\n    \"simulation\",", 1) + PROFILE;
        }
    }
    texts.push((PathBuf::from("simulation/Cargo.toml"), manifest()));
    texts.extend(self::texts(&root().join("tests/simulation/world"), Path::new("simulation/src"))?);
    for (path, text) in texts {
        let to = folder.join(path);
        // What has not changed is not built again.
        if fs::read_to_string(&to).is_ok_and(|there| there == text) {
            continue;
        }
        let written = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&to, text));
        written.map_err(|fault| format!("{}: {fault}", to.display()))?;
    }
    Ok(folder)
}

/// The texts of all files below a folder, with their paths from there, below `to`.
fn texts(from: &Path, to: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let in_words = |path: &Path, fault: io::Error| format!("{}: {fault}", path.display());
    let one = |path: &PathBuf| {
        let text = fs::read_to_string(path).map_err(|fault| in_words(path, fault))?;
        let relative = path.strip_prefix(from).map_err(|fault| fault.to_string())?;
        Ok((to.join(relative), text))
    };
    files(from).map_err(|fault| in_words(from, fault))?.iter().map(one).collect()
}

/// A fault whose place is not found exactly as often as it should be would be none, and prove nothing.
fn plant(texts: &mut [(PathBuf, String)]) -> Result<(), String> {
    for plant in PLANTS {
        for change in plant.changes {
            let file = texts.iter_mut().find(|(path, _)| path == Path::new(change.file));
            let Some((_, text)) = file else { return Err(format!("{}: no {}", plant.name, change.file)) };
            let found = text.matches(change.from).count();
            if found != 1 {
                return Err(format!("{}: {found} times in {}:\n{}", plant.name, change.file, change.from));
            }
            let is_planted =
                format!("std::env::var_os(\"PLANT\").is_some_and(|name| name == {:?})", plant.name);
            *text = text.replace(change.from, &change.to.replace("PLANTED", &is_planted));
        }
    }
    Ok(())
}

fn manifest() -> String {
    let crates = SIMULATED.iter().map(|folder| {
        let name = folder.rsplit('/').next().unwrap_or_default();
        format!("{name} = {{ path = \"../{folder}\" }}\n")
    });
    let crates: String = crates.collect();
    format!(
        "[package]\nname = \"simulation\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\nflow-std = {{ path = \"../runtime\", features = [\"simulation\", \"store\"] }}\n\
         tokio = {{ version = \"1\", features = [\"io-util\", \"rt\", \"sync\", \"time\"] }}\nturmoil = \"0.7\"\n{crates}"
    )
}

/// All files below a folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
