//! How long the compiler takes, and how much memory: `flowc check` and `flowc build` on projects of several sizes, stage
//! by stage, and the check of one file that is edited in a large project; and a flow with one operation over the largest
//! contracts that we know of, beside merely reading the same document with serde.
//!
//! Each run is a process of its own (this program starts itself), so that its peak memory is its own, and what is
//! timed is all that a user waits for. The cases take turns; shown are the median and the range of the rounds.
//!
//! A folder on the command line (or `FLOWC_CONTRACTS`) is one with contracts and an `index.tsv` (name, tab, path); without
//! it only the projects are measured. `FLOWC_ROUNDS` is the number of rounds.

mod child;
mod generate;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What a child is to do; its arguments are those of the command line.
const TASK: &str = "FLOWC_BENCH_TASK";

fn main() -> ExitCode {
    match std::env::var(TASK) {
        Ok(task) => child::run(&task),
        Err(_) => {
            measure();
            ExitCode::SUCCESS
        }
    }
}

// ---- the cases ----------------------------------------------------------------------------------

pub struct Case {
    name: String,
    size: String,
    /// Of flows, where it is a project that was generated.
    lines: Option<usize>,
    task: &'static str,
    arguments: Vec<String>,
    runs: Vec<Run>,
}

pub struct Run {
    time: Duration,
    /// What the child measured: a word, a name and the value.
    figures: Vec<(String, String, f64)>,
    remark: String,
}

fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cases = projects(folder.path());
    cases.extend(contracts(folder.path()));
    let rounds = std::env::var("FLOWC_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(7);
    for round in 0..rounds {
        for (at, case) in cases.iter_mut().enumerate() {
            // They are removed at the end: a file system is slow where it has just removed thousands of files.
            let out = folder.path().join(format!("dist-{round}-{at}"));
            let run = run(case, &out);
            case.runs.push(run);
        }
    }
    table::print(&cases);
}

fn flowc(name: &str, size: &str, lines: Option<usize>, arguments: &[&str]) -> Case {
    let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
    Case { name: name.to_owned(), size: size.to_owned(), lines, task: "flowc", arguments, runs: Vec::new() }
}

fn projects(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut both = |name: &str, size: &str, lines: Option<usize>, project: &Path| {
        let project = project.display().to_string();
        let (check, build) = (format!("`flowc check`, {name}"), format!("`flowc build`, {name}"));
        cases.push(flowc(&check, size, lines, &["check", "--format", "short", &project]));
        cases.push(flowc(&build, size, lines, &["build", "--format", "short", &project]));
    };
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    both("the shop", "5 contracts", None, &shop);
    let mut inside = Vec::new();
    for thousands in [10, 30, 100] {
        let project = folder.join(format!("generated{thousands}k"));
        let lines = generate::project(&project, thousands * 1_000);
        let size = format!("{lines} lines");
        both("a generated project", &size, Some(lines), &project);
        for (task, name) in [("stages", "stage by stage"), ("edits", "one file edited")] {
            let case = flowc(name, &size, Some(lines), &[&project.display().to_string()]);
            inside.push(Case { task, ..case });
        }
    }
    cases.extend(inside);
    cases
}

/// The contract, what it is called, and an operation without required parameters.
const CONTRACTS: [(&str, &str, &str); 4] = [
    ("G01", "GitHub", "meta/root"),
    ("G02", "Microsoft Graph", "admin.GetServiceAnnouncement"),
    ("G03", "Stripe", "GetBalance"),
    ("G07", "Datadog", "ListUsers"),
];

fn contracts(folder: &Path) -> Vec<Case> {
    let named = std::env::args().skip(1).find(|word| !word.starts_with('-')).map(PathBuf::from);
    let Some(known) = named.or_else(|| std::env::var_os("FLOWC_CONTRACTS").map(PathBuf::from)) else {
        eprintln!("no folder is named, and FLOWC_CONTRACTS is not set: no contracts");
        return Vec::new();
    };
    let index = fs::read_to_string(known.join("index.tsv")).expect("index.tsv can be read");
    let path = |name: &str| {
        let line = index.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        line.map(|path| known.join(path)).filter(|path| path.exists())
    };
    let found = CONTRACTS.iter().filter_map(|(id, name, operation)| Some((path(id)?, *name, *operation)));
    found.flat_map(|(path, name, operation)| contract(folder, &path, name, operation)).collect()
}

fn contract(folder: &Path, path: &Path, name: &str, operation: &str) -> Vec<Case> {
    let project = folder.join(name.replace(' ', "-"));
    generate::one_operation(&project, path, operation);
    let bytes = fs::metadata(path).map_or(0, |about| about.len());
    let size = format!("{:.1} MB", bytes as f64 / 1e6);
    let json = path.extension().is_some_and(|ending| ending == "json");
    let tasks: [(&str, &'static str); 2] = match json {
        true => [("`serde_json::Value`", "json"), ("`openapiv3` by serde_json", "json-openapiv3")],
        false => [("`serde_yaml_ng::Value`", "yaml"), ("`openapiv3` by serde_yaml_ng", "yaml-openapiv3")],
    };
    let project = project.display().to_string();
    let of = format!("one operation of {name}");
    let mut cases = vec![
        flowc(&format!("`flowc check`, {of}"), &size, None, &["check", "--format", "short", &project]),
        flowc(&format!("`flowc build`, {of}"), &size, None, &["build", "--format", "short", &project]),
    ];
    let document = path.display().to_string();
    cases.extend(tasks.map(|(reader, task)| Case {
        task,
        ..flowc(&format!("{reader}, {name}"), &size, None, &[&document])
    }));
    cases
}

// ---- runs ---------------------------------------------------------------------------------------

fn run(case: &Case, out: &Path) -> Run {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(&case.arguments).env(TASK, case.task).stdout(Stdio::piped());
    if case.arguments.first().is_some_and(|word| word == "build") {
        command.arg("-o").arg(out);
    }
    let start = Instant::now();
    let output = command.output().expect("this program starts");
    let time = start.elapsed();
    let error = String::from_utf8_lossy(&output.stderr);
    let figure = |line: &str| {
        let mut parts = line.strip_prefix("figure\t")?.split('\t').map(str::to_owned);
        Some((parts.next()?, parts.next()?, parts.next()?.parse().ok()?))
    };
    let figures = error.lines().filter_map(figure).collect();
    Run { time, figures, remark: remark(case, &output.stdout, &error) }
}

fn remark(case: &Case, out: &[u8], error: &str) -> String {
    if case.task != "flowc" {
        let refused = error.lines().find(|line| line.starts_with("refused: "));
        return refused.map_or(String::new(), |line| line.chars().take(60).collect());
    }
    match String::from_utf8_lossy(out).lines().count() {
        0 => String::new(),
        findings => format!("{findings} findings"),
    }
}
