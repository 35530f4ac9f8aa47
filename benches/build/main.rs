//! What building costs: crates in the tree of a minimal service, cold and warm builds of the shop's bundle, a change of
//! a mapping until the new executable is there, lines for each operation, and a service of 60 operations beside the same service in the
//! straightforward form (axum's extractors, derived types of serde, a client of hyper).
//!
//! Wall time is what somebody waits for, processor time what a change of ours can make better or worse, whatever else the machine does.
//! The two forms take turns. `FLOWC_ROUNDS` is the number of rounds (3). It needs cargo, crates.io, and a quarter of an hour.

mod baseline;
mod measure;
mod service;

use std::fs;
use std::path::{Path, PathBuf};

use measure::{Cost, Spread, cargo, cargo_text};

const OPERATIONS: usize = 60;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-build");
    let _ = fs::remove_dir_all(&folder);
    println!("load: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    crates(&folder.join("ping"));
    shop(&folder.join("shop"));
    large(&folder);
    println!("load: {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
}

fn rounds() -> usize {
    std::env::var("FLOWC_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

fn emit(project: &Path, out: &Path) {
    flowc::cli::build_workspace(project, out).expect("the project is built");
}

/// A folder with a project in it.
fn project(folder: &Path, files: &[(&str, String)]) -> PathBuf {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder.to_path_buf()
}

/// What cargo has to build for a service that calls nobody, and for one that calls somebody over TLS.
fn crates(folder: &Path) {
    let manifest = ("flow.toml", "[project]\nname = \"ping\"\n".to_owned());
    let ping =
        "system Ping v1 {\n  auth: public\n\n  ping: GET /ping -> string {\n    return \"pong\"\n  }\n}\n";
    let ping = project(&folder.join("project"), &[manifest, ("ping.flow", ping.to_owned())]);
    emit(&ping, &folder.join("dist"));
    println!("crates of a minimal service: {}", tree(&folder.join("dist"), "ping"));
    let calls = project(&folder.join("calls"), &service::files(1));
    emit(&calls, &folder.join("calls/dist"));
    println!("crates of a service that calls a backend: {}", tree(&folder.join("calls/dist"), "large"));
}

fn tree(workspace: &Path, package: &str) -> usize {
    let arguments =
        ["tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--no-dedupe"];
    let text = cargo_text(workspace, &arguments);
    let crates: std::collections::BTreeSet<&str> =
        text.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty()).collect();
    crates.len()
}

fn shop(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (project, dist) = (folder.join("project"), folder.join("dist"));
    copy(&root.join("examples/shop"), &project);
    emit(&project, &dist);
    println!(
        "lines of the shop's bundle: {} for each of its operations",
        lines(&dist.join("bundles/shop/src"))
    );
    let build = ["build", "--quiet", "--package", "shop"];
    cargo(&dist, &["fetch", "--quiet"]);
    println!("cold build of the bundle: {}", cargo(&dist, &build));
    let warm = (0..rounds()).map(|_| {
        clean(&dist, "shop", "dev");
        cargo(&dist, &build)
    });
    println!("its own crate again: {}", Spread::of(warm));
    let edits = (0..rounds()).map(|round| {
        change_mapping(&project.join("src"), round);
        Cost::of(|| {
            emit(&project, &dist);
            cargo(&dist, &build);
        })
    });
    println!("a mapping changed, until the executable is there: {}", Spread::of(edits));
}

/// All lines of Rust, over all files of operations but those that only name them.
fn lines(folder: &Path) -> usize {
    let (mut lines, mut operations) = (0, 0);
    walk(folder, &mut |path| {
        let is_module = path.file_name().is_some_and(|name| name == "mod.rs");
        operations +=
            usize::from(path.components().any(|part| part.as_os_str() == "operations") && !is_module);
        lines += fs::read_to_string(path).unwrap_or_default().lines().count();
    });
    lines / operations.max(1)
}

fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, each) } else { each(&path) }
    }
}

fn copy(from: &Path, to: &Path) {
    walk(from, &mut |path| {
        let below = path.strip_prefix(from).expect("it is below");
        if below.starts_with("dist") {
            return;
        }
        let target = to.join(below);
        fs::create_dir_all(target.parent().expect("a folder")).expect("made");
        fs::copy(path, target).expect("copied");
    });
}

/// The map of a customer's name gets another text, as an edit would.
fn change_mapping(folder: &Path, round: usize) {
    let path = folder.join("customers.flow");
    let text = fs::read_to_string(&path).expect("the flow of customers");
    let at = text.find(".trim()").expect("a mapping that trims");
    let edited = format!("{}.replace(\"#{round}\", \"\"){}", &text[..at], &text[at..]);
    fs::write(path, edited).expect("written");
}

/// What was made of a crate goes, also what rustc keeps for the next time.
fn clean(workspace: &Path, package: &str, profile: &str) {
    cargo(workspace, &["clean", "--quiet", "--package", package, "--profile", profile]);
}

/// The same 60 operations in both forms; the crates of others are there.
fn large(folder: &Path) {
    let flow = project(&folder.join("large"), &service::files(OPERATIONS));
    let emitted = flow.join("dist");
    emit(&flow, &emitted);
    let plain = project(&folder.join("baseline"), &baseline::files(OPERATIONS));
    println!("lines of each of 60 operations: {}", lines(&emitted.join("services/large/src")));
    println!("lines of each in the straightforward form: {}", baseline::lines(OPERATIONS));
    for profile in ["dev", "release"] {
        let build = ["build", "--quiet", "--package", "large", "--profile", profile];
        cargo(&emitted, &build);
        cargo(&plain, &build);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds() {
            clean(&emitted, "large", profile);
            ours.push(cargo(&emitted, &build));
            clean(&plain, "large", profile);
            theirs.push(cargo(&plain, &build));
        }
        let (ours, theirs) = (Spread::of(ours), Spread::of(theirs));
        println!("60 operations, {profile}: {ours}");
        println!("the straightforward form, {profile}: {theirs}");
        println!("ratio of processor time, {profile}: {}", ours.ratio(&theirs));
    }
}
