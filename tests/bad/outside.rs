//! K016 and K034 to K037: nothing outside the project is opened, nothing is fetched, nothing is started. What must
//! not be opened is a pipe without a writer, so that opening it would hang; where `strace` is there and
//! allowed, it looks, too.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use super::*;

/// What the system was asked for, where that can be seen.
fn traced(folder: &Path) -> Option<String> {
    let trace = folder.join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=open,openat,execve,socket,connect", "-o"]).arg(&trace);
    command.args([env!("CARGO_BIN_EXE_flowc"), "check"]).current_dir(folder.join("project"));
    command.output().ok()?;
    let text = fs::read_to_string(trace).ok()?;
    text.contains("execve(").then_some(text)
}

/// Checks the project; the words must stand in nothing that the system was asked for.
fn quietly(folder: &Path, row: &str, wanted: &[&str], words: &[&str]) {
    let found = check_folder(folder, MEMORY, row);
    assert_eq!(found.contract, wanted, "{row}: {}", found.out);
    let Some(trace) = traced(folder) else { return };
    assert_eq!(trace.matches("execve(").count(), 1, "{row}: no other program: {trace}");
    for word in words.iter().chain(&["connect(", "socket("]) {
        assert!(!trace.contains(word), "{row}: {word}: {trace}");
    }
}

#[test]
fn tags_start_nothing() {
    let tagged = with_tail("x-a: !!python/object/apply:os.system [\"id\"]\nx-b: !<tag:x> 1");
    let folder = project("contracts/api.yaml", &tagged, Uses::Call(""));
    quietly(folder.path(), "K016", &[], &[]);
}

#[test]
fn files_by_address_are_not_opened() {
    let text = answering("3.0.3", "    A: {$ref: 'file:///etc/passwd'}\n");
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Answer);
    quietly(folder.path(), "K034", &["error contract/ref-external"], &["/etc/passwd"]);
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Nothing);
    quietly(folder.path(), "K034, unused", &["error contract/ref-external"], &["/etc/passwd"]);
}

#[cfg(unix)]
#[test]
fn files_outside_are_not_opened() {
    for way in ["../../canary.yaml", "../../../../../../../../etc/hostname", "..%2f..%2fcanary.yaml"] {
        let text = answering("3.0.3", &format!("    A: {{$ref: '{way}#/A'}}\n"));
        let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Answer);
        pipe(&folder.path().join("canary.yaml"));
        quietly(folder.path(), "K035", &["error contract/ref-escape"], &["canary", "etc/hostname"]);
    }
}

#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

#[test]
fn nothing_is_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("it can look without waiting");
    let port = listener.local_addr().expect("bound").port();
    let text = answering("3.0.3", &format!("    A: {{$ref: 'http://127.0.0.1:{port}/x.json#/X'}}\n"));
    for (uses, wanted) in
        [(Uses::Answer, "error contract/ref-external"), (Uses::Nothing, "warning contract/ref-external")]
    {
        let folder = project("contracts/api.yaml", text.as_bytes(), uses);
        quietly(folder.path(), "K036", &[wanted], &[]);
    }
    assert!(listener.accept().is_err(), "nobody has called");
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_not_opened() {
    let text = answering("3.0.3", "    A: {$ref: 'schemas.yaml#/A'}\n");
    for uses in [Uses::Answer, Uses::Nothing] {
        let folder = project("contracts/api.yaml", text.as_bytes(), uses);
        let canary = folder.path().join("canary.yaml");
        pipe(&canary);
        std::os::unix::fs::symlink(&canary, folder.path().join("project/contracts/schemas.yaml"))
            .expect("linked");
        quietly(folder.path(), "K037", &["error contract/ref-escape"], &["canary"]);
    }
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Answer);
    write(folder.path(), "canary.yaml", b"A: {type: CANARY-CONTENT}\n: [");
    std::os::unix::fs::symlink("../../canary.yaml", folder.path().join("project/contracts/schemas.yaml"))
        .expect("linked");
    let found = check_folder(folder.path(), MEMORY, "K037");
    assert_eq!(found.code, 1);
    assert!(!found.out.contains("CANARY"), "{}", found.out);
}
