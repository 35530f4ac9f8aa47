//! Hostile and broken contracts, end to end: a project whose flow uses one operation of the contract, checked by
//! the program itself with little memory. The rows are numbered as in the list of bad inputs that the compiler
//! is held to; what each contract becomes inside is tested beside the reader.

mod corners;
mod documents;
mod outside;
mod references;
mod schemas;
mod surroundings;
mod texts;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The text of a contract up to its paths.
const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

/// The responses of an operation without anything odd.
const OK: &str = "      responses: {'200': {description: ok}}\n";

/// What the flow does with operation `op`.
#[derive(Debug, Clone, Copy)]
enum Uses {
    /// Gives its answer to the caller.
    Answer,
    /// Calls it, with these arguments.
    Call(&'static str),
    /// Calls operation `other` instead.
    Nothing,
}

/// What a run ended with.
#[derive(Debug)]
struct Found {
    code: i32,
    /// `error contract/limit` and the like.
    contract: Vec<String>,
    /// Errors that are not about the contract.
    others: Vec<String>,
    /// What the first finding says, at `line:column`.
    first: String,
    out: String,
}

/// In KiB, unless a row allows more.
const MEMORY: u64 = 256 << 10;

/// A hang ends here. No row takes seconds, also where many tests run at once.
const WATCHDOG: Duration = Duration::from_secs(300);

fn flow(contract: &str, uses: Uses) -> String {
    let (result, steps) = match uses {
        Uses::Answer => ("Api.op.Response", "return Api.op()".to_owned()),
        Uses::Call(arguments) => ("204", format!("Api.op({arguments})\n    return 204")),
        Uses::Nothing => ("204", "Api.other()\n    return 204".to_owned()),
    };
    format!(
        "backend Api {{\n  contract: \"{contract}\"\n  url:      env.API_URL\n}}\n\nsystem Front v1 {{\n  auth: public\n\n  \
         read: GET /read -> {result} {{\n    {steps}\n  }}\n}}\n"
    )
}

/// A project of one contract, in a folder `project` of a folder of its own.
fn project(contract: &str, bytes: &[u8], uses: Uses) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "project/flow.toml", b"[project]\nname = \"bad\"\n");
    write(folder.path(), "project/src/main.flow", flow(contract, uses).as_bytes());
    write(folder.path(), &format!("project/{contract}"), bytes);
    folder
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

/// Runs flowc in the project, with so much memory (in kB) beside the program itself, which is large where it is not
/// optimised.
fn flowc(folder: &Path, memory: u64, arguments: &[&str]) -> Output {
    let program = fs::metadata(env!("CARGO_BIN_EXE_flowc")).expect("the program").len() / 1024;
    let memory = memory + program;
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -v \"$0\"; exec \"$@\"", &memory.to_string(), env!("CARGO_BIN_EXE_flowc")])
        .args(arguments)
        .current_dir(folder.join("project"))
        .stdin(Stdio::null());
    watched(&mut command)
}

/// Runs a command to its end, or ends it where it hangs.
fn watched(command: &mut Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let number = child.id().to_string();
    let (send, receive) = mpsc::channel();
    thread::spawn(move || send.send(child.wait_with_output()));
    match receive.recv_timeout(WATCHDOG) {
        Ok(done) => done.expect("it ends"),
        Err(_) => {
            Command::new("kill").args(["-9", &number]).status().expect("kill runs");
            panic!("it hangs: {command:?}");
        }
    }
}

/// Checks a project, and what holds for every run.
fn check_folder(folder: &Path, memory: u64, row: &str) -> Found {
    let done = flowc(folder, memory, &["check", "--format", "json"]);
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let code = done.status.code().unwrap_or_else(|| panic!("{row}: ended by a signal: {err}"));
    let document: Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{row}: {error}: {out}{err}"));
    let mut found =
        Found { code, contract: Vec::new(), others: Vec::new(), first: String::new(), out: out.into_owned() };
    for finding in document["diagnostics"].as_array().expect("a list") {
        let text = |key: &str| finding[key].as_str().unwrap_or_else(|| panic!("{row}: no {key}: {finding}"));
        let place = &finding["labels"][0];
        let start = &place["start"];
        assert!(start["line"].as_u64() >= Some(1) && start["column"].as_u64() >= Some(1), "{row}: {finding}");
        assert!(!place["file"].as_str().expect("a file").is_empty() && !text("help").is_empty(), "{row}");
        if found.first.is_empty() {
            found.first = format!("{}:{} {}", start["line"], start["column"], text("message"));
        }
        let short = format!("{} {}", text("severity"), text("name"));
        match text("name").starts_with("contract/") {
            true => found.contract.push(short),
            false if text("severity") == "error" => found.others.push(short),
            false => {}
        }
    }
    let has_error = document["summary"]["errors"].as_u64() > Some(0);
    assert_eq!(found.code, i32::from(has_error), "{row}: {}", found.out);
    found
}

fn check(row: &str, contract: &[u8], uses: Uses) -> Found {
    let path = if contract.first() == Some(&b'{') { "contracts/api.json" } else { "contracts/api.yaml" };
    check_folder(project(path, contract, uses).path(), MEMORY, row)
}

/// The flow's operation gives exactly these findings about the contract, and no error that follows from them.
fn expect(row: &str, contract: &[u8], uses: Uses, wanted: &[&str]) -> Found {
    let found = check(row, contract, uses);
    assert_eq!(found.contract, wanted, "{row}: {}", found.out);
    assert!(found.others.is_empty(), "{row}: {}", found.out);
    found
}

/// A contract with `op` as the only operation of a path.
fn operation(path: &str, method: &str, content: &str) -> String {
    format!("{HEAD}paths:\n  '{path}':\n    {method}:\n      operationId: op\n{content}{OTHER}")
}

/// An operation that is in order, for what concerns corners that no flow uses.
const OTHER: &str =
    "  /other:\n    get:\n      operationId: other\n      responses: {'200': {description: ok}}\n";

/// A contract whose `op` answers with schema `A` of these (each line indented by four).
fn answering(version: &str, schemas: &str) -> String {
    format!(
        "openapi: {version}\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      operationId: op\n      \
         responses:\n        '200':\n          description: ok\n          content: {{application/json: {{schema: {{$ref: \
         '#/components/schemas/A'}}}}}}\n{OTHER}components:\n  schemas:\n{schemas}"
    )
}

/// A contract that is in order, with this behind it.
fn with_tail(tail: &str) -> Vec<u8> {
    format!("{}{tail}\n", operation("/a", "get", OK)).into_bytes()
}
