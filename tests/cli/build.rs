//! `flowc build`: what is written, what is left alone, and what is said about it.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::{MANIFEST, Ran, folder, run, write};

const FLOW: (&str, &str) = (
    "main.flow",
    "system Orders v1 {\n  auth: public\n\n  ping: GET /ping -> string {\n    return \"pong\"\n  }\n}\n",
);

fn project() -> TempDir {
    folder(&[MANIFEST, FLOW])
}

fn build(folder: &TempDir, arguments: &[&str]) -> Ran {
    run(folder.path(), &[&["build"], arguments].concat())
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_default()
}

fn exists(folder: &TempDir, path: &str) -> bool {
    folder.path().join(path).symlink_metadata().is_ok()
}

/// All files below a folder with their bytes and times.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>, SystemTime)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let time = path.metadata().and_then(|about| about.modified()).expect("a time");
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                all.push((name, fs::read(&path).expect("readable"), time));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn a_workspace_is_written_once() {
    let folder = project();
    let first = build(&folder, &[]);
    assert_eq!((first.code, first.out.as_str()), (0, ""), "{}", first.err);
    assert!(first.err.starts_with("    Checking shop (1 file, 0 contracts)\n"), "{}", first.err);
    assert!(first.err.contains("  Generating dist ("), "{}", first.err);
    for path in
        ["Cargo.toml", "runtime/src/lib.rs", "services/orders/src/main.rs", "services/orders/openapi.yaml"]
    {
        assert!(exists(&folder, &format!("dist/{path}")), "{path}");
    }
    let before = snapshot(&folder.path().join("dist"));
    let second = build(&folder, &[]);
    assert!(second.err.ends_with(", none changed)\n"), "{}", second.err);
    assert!(snapshot(&folder.path().join("dist")) == before, "bytes and times stay");
}

/// Quiet leaves what went wrong: a warning that is denied is that, and another one is not.
#[test]
fn quiet_leaves_out_what_ends_nothing() {
    let warned = format!("// flowc: allow(W0622) because \"there is none\"\n{}", FLOW.1);
    let folder = folder(&[MANIFEST, (FLOW.0, &warned)]);
    assert!(build(&folder, &[]).out.contains("warning[W0020"));
    let quiet = build(&folder, &["--quiet"]);
    assert_eq!((quiet.code, quiet.out + &quiet.err), (0, String::new()));
    let denied = build(&folder, &["--quiet", "--deny", "warnings"]);
    assert!(denied.code == 1 && denied.out.contains("warning[W0020"), "{denied:?}");
    write(folder.path(), FLOW.0, b"system {");
    let broken = build(&folder, &["--quiet"]);
    assert!(broken.code == 1 && broken.out.contains("error[F"), "{broken:?}");
}

/// The same sources give the same bytes, wherever they are.
#[test]
fn two_folders_get_the_same_bytes() {
    let bytes = |folder: &TempDir| {
        assert_eq!(build(folder, &[]).code, 0);
        let files = snapshot(&folder.path().join("dist"));
        files.into_iter().map(|(path, bytes, _)| (path, bytes)).collect::<Vec<_>>()
    };
    let (one, other) = (project(), project());
    assert!(bytes(&one) == bytes(&other));
    let place = one.path().to_string_lossy().into_owned();
    let names = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(&place);
    assert!(!snapshot(&one.path().join("dist")).iter().any(|(_, bytes, _)| names(bytes)));
}

#[test]
fn an_error_leaves_the_folder_as_it_was() {
    let folder = project();
    build(&folder, &[]);
    let before = snapshot(&folder.path().join("dist"));
    write(folder.path(), "main.flow", b"system Orders v1 {\n");
    let broken = build(&folder, &["--format", "json"]);
    assert_eq!(broken.code, 1);
    assert!(broken.out.starts_with("{\"version\":1,"), "{}", broken.out);
    assert!(snapshot(&folder.path().join("dist")) == before);
    assert_eq!(run(folder.path(), &["build", "nowhere"]).code, 2);
}

#[test]
fn check_lists_what_differs_and_writes_nothing() {
    let folder = project();
    let missing = build(&folder, &["--check"]);
    assert_eq!(missing.code, 3);
    assert!(missing.out.contains("dist/services/orders/src/main.rs: is missing\n"), "{}", missing.out);
    assert!(!exists(&folder, "dist"));
    build(&folder, &[]);
    assert_eq!((build(&folder, &["--check"]).code, build(&folder, &["--check"]).out), (0, String::new()));
    write(folder.path(), "dist/README.md", b"mine");
    let manifest = "[project]\nname = \"shop\"\nversion = \"2.0.0\"\n";
    write(folder.path(), "flow.toml", manifest.as_bytes());
    let differs = build(&folder, &["--check"]);
    assert_eq!(differs.code, 3);
    assert!(differs.out.contains("dist/Cargo.toml: differs\n"), "{}", differs.out);
    assert!(differs.out.contains("dist/README.md: differs\n"), "{}", differs.out);
    assert_eq!(read(&folder, "dist/README.md"), "mine");
}

#[test]
fn a_file_that_was_changed_by_hand_is_told_before_it_is_overwritten() {
    let folder = project();
    build(&folder, &[]);
    let main = "dist/services/orders/src/main.rs";
    let ours = read(&folder, main);
    write(folder.path(), main, b"// by hand\n");
    let refused = build(&folder, &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("error[F0027 build/edited]"), "{}", refused.out);
    assert!(refused.out.contains(main), "{}", refused.out);
    assert_eq!(read(&folder, main), "// by hand\n");
    assert_eq!(build(&folder, &["--force"]).code, 0);
    assert_eq!(read(&folder, main), ours);
    assert_eq!(build(&folder, &["--check"]).code, 0);
}

#[test]
fn what_is_not_emitted_any_more_is_removed_and_nothing_else() {
    let folder = project();
    build(&folder, &[]);
    write(folder.path(), "dist/services/orders/notes.md", b"mine");
    write(folder.path(), "dist/target/x", b"cargo's");
    write(folder.path(), "main.flow", FLOW.1.replace("Orders", "Sales").as_bytes());
    let renamed = build(&folder, &[]);
    assert_eq!(renamed.code, 0, "{}", renamed.out);
    assert!(renamed.err.contains(" removed)"), "{}", renamed.err);
    assert!(exists(&folder, "dist/services/sales/Cargo.toml"));
    assert!(!exists(&folder, "dist/services/orders/src"), "empty folders go, too");
    assert!(!exists(&folder, "dist/services/orders/Cargo.toml"));
    assert_eq!(read(&folder, "dist/services/orders/notes.md"), "mine");
    assert_eq!(read(&folder, "dist/target/x"), "cargo's");
}

/// A removed service whose code somebody changed.
#[test]
fn what_was_changed_by_hand_is_not_removed_either() {
    let folder = project();
    build(&folder, &[]);
    write(folder.path(), "dist/services/orders/Dockerfile", b"mine");
    write(folder.path(), "main.flow", FLOW.1.replace("Orders", "Sales").as_bytes());
    let refused = build(&folder, &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("dist/services/orders/Dockerfile"), "{}", refused.out);
    assert!(!exists(&folder, "dist/services/sales"), "nothing was written");
    assert_eq!(build(&folder, &["--force"]).code, 0);
    assert!(!exists(&folder, "dist/services/orders"));
}

#[test]
fn files_of_others_are_in_the_way() {
    let folder = project();
    write(folder.path(), "dist/README.md", b"mine");
    write(folder.path(), "dist/deploy/compose.yaml/x", b"mine");
    let refused = build(&folder, &["--force", "--format", "short"]);
    assert_eq!(refused.code, 1);
    assert_eq!(refused.out.matches("[F0028]").count(), 2, "{}", refused.out);
    assert!(!exists(&folder, "dist/Cargo.toml"), "nothing was written");
    assert_eq!(read(&folder, "dist/README.md"), "mine");
    assert_eq!(build(&folder, &["-o", "out/here"]).code, 0);
    assert!(exists(&folder, "out/here/Cargo.toml"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = project();
    let outside = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("dist")).expect("made");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("dist/services")).expect("linked");
    std::os::unix::fs::symlink(outside.path().join("x"), folder.path().join("dist/README.md"))
        .expect("linked");
    let refused = build(&folder, &["--force"]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.contains("error[F0028 build/in-the-way]"), "{}", refused.out);
    assert_eq!(fs::read_dir(outside.path()).expect("readable").count(), 0);
}

/// A record that somebody wrote leads to no file of others.
#[cfg(unix)]
#[test]
fn a_forged_record_removes_nothing() {
    let folder = project();
    build(&folder, &[]);
    write(folder.path(), "precious", b"");
    write(folder.path(), "dist/mine/kept", b"");
    let empty = "6c62272e07bb014262b821756295c58d";
    let place = folder.path().join("precious");
    let forged = format!("{empty} ../precious\n{empty} {}\n{empty} mine/../../precious\n", place.display());
    let record = read(&folder, "dist/.flowc/files") + &forged;
    write(folder.path(), "dist/.flowc/files", record.as_bytes());
    assert_eq!(build(&folder, &[]).code, 0);
    assert!(exists(&folder, "precious") && exists(&folder, "dist/mine/kept"));
}

/// Cargo trims its lock file and adds to it.
#[test]
fn the_lock_file_is_cargos() {
    let folder = project();
    build(&folder, &[]);
    write(folder.path(), "dist/Cargo.lock", b"# as cargo likes it\n");
    assert_eq!((build(&folder, &[]).code, build(&folder, &["--check"]).code), (0, 0));
    assert_eq!(read(&folder, "dist/Cargo.lock"), "# as cargo likes it\n");
    fs::remove_file(folder.path().join("dist/Cargo.lock")).expect("removed");
    build(&folder, &[]);
    assert!(read(&folder, "dist/Cargo.lock").contains("name = \"flow-std\""));
}

/// A build that was cut off accuses nobody, because the record knows of a file before it is written.
#[test]
fn what_was_half_written_is_ours() {
    let folder = project();
    build(&folder, &[]);
    let record = read(&folder, "dist/.flowc/files");
    write(folder.path(), "flow.toml", b"[project]\nname = \"shop\"\nversion = \"2.0.0\"\n");
    build(&folder, &[]);
    let both = format!("{record}{}", read(&folder, "dist/.flowc/files"));
    write(folder.path(), "flow.toml", MANIFEST.1.as_bytes());
    write(folder.path(), "dist/.flowc/files", both.as_bytes());
    assert_eq!(build(&folder, &[]).code, 0);
    assert_eq!(read(&folder, "dist/.flowc/files"), record);
}

#[test]
fn a_library_builds_without_the_command_line() {
    let folder = project();
    let out = folder.path().join("out");
    flowc::cli::build_workspace(folder.path(), &out).expect("built");
    let old = SystemTime::now() - Duration::from_secs(60);
    let manifest = fs::File::options().write(true).open(out.join("Cargo.toml")).expect("there");
    manifest.set_modified(old).expect("set");
    flowc::cli::build_workspace(folder.path(), &out).expect("built");
    let time = out.join("Cargo.toml").metadata().and_then(|about| about.modified()).expect("a time");
    assert!(time <= old + Duration::from_secs(1), "it was not written again");
    write(folder.path(), "main.flow", b"system {\n");
    let refused = flowc::cli::build_workspace(folder.path(), &out);
    assert!(refused.is_err_and(|text| text.contains("main.flow:")));
}

/// What `///` says of an operation, and of its parameters, is in the document.
#[test]
fn documentation_travels_into_the_document() {
    let flow = "/// Numbers.\nsystem Items v1 {\n  auth: public\n\n  /// Counts.\n  all: GET /items (\n    /// How many of them.\n    \
                count: int = 3\n  ) -> int {\n    return count\n  }\n}\n";
    let folder = folder(&[MANIFEST, ("main.flow", flow)]);
    assert_eq!(build(&folder, &[]).code, 0);
    let document = read(&folder, "dist/services/items/openapi.yaml");
    for said in ["Numbers.", "Counts.", "How many of them."] {
        assert!(document.contains(said), "{said} is not in\n{document}");
    }
}
