//! How long `flowc check` takes, and how much memory: on projects of several sizes, and on a flow with one operation
//! over the largest contracts that we know of, beside merely reading the same document with serde.
//!
//! Each case is a process of its own (this program starts itself), so that its peak memory is its own, and what is
//! timed is all that a user waits for. The cases take turns; shown are the median and the range of the rounds.
//!
//! `FLOWC_CONTRACTS` is a folder with `index.tsv` (name, tab, path) and the contracts; without it only the projects are
//! measured. `FLOWC_ROUNDS` is the number of rounds.

mod generate;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// What a child is to do; its arguments are those of the command line.
const TASK: &str = "FLOWC_BENCH_TASK";

fn main() -> ExitCode {
    match std::env::var(TASK).as_deref() {
        Ok("check") => {
            let exit = flowc::cli::main();
            report_memory();
            exit
        }
        Ok(task) => {
            read(task, &std::env::args().nth(1).expect("a file"));
            report_memory();
            ExitCode::SUCCESS
        }
        Err(_) => {
            measure();
            ExitCode::SUCCESS
        }
    }
}

// ---- what a child does --------------------------------------------------------------------------

fn read(task: &str, path: &str) {
    let bytes = fs::read(path).expect("the file can be read");
    let read = match task {
        "json" => {
            serde_json::from_slice::<serde_json::Value>(&bytes).map(drop).map_err(|error| error.to_string())
        }
        "json-openapiv3" => {
            serde_json::from_slice::<openapiv3::OpenAPI>(&bytes).map(drop).map_err(|error| error.to_string())
        }
        "yaml" => serde_yaml_ng::from_slice::<serde_yaml_ng::Value>(&bytes)
            .map(drop)
            .map_err(|error| error.to_string()),
        _ => serde_yaml_ng::from_slice::<openapiv3::OpenAPI>(&bytes)
            .map(drop)
            .map_err(|error| error.to_string()),
    };
    if let Err(error) = read {
        eprintln!("refused: {error}");
    }
}

/// The last line on standard error.
fn report_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    eprintln!("peak {}", peak.map_or("unknown", |peak| peak.trim().trim_end_matches(" kB")));
}

// ---- the cases ----------------------------------------------------------------------------------

struct Case {
    name: String,
    size: String,
    task: &'static str,
    arguments: Vec<String>,
    runs: Vec<Run>,
}

struct Run {
    time: Duration,
    peak: f64,
    remark: String,
}

fn measure() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut cases = projects(folder.path());
    cases.extend(contracts(folder.path()));
    let rounds = std::env::var("FLOWC_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(7);
    for _ in 0..rounds {
        for case in &mut cases {
            let run = run(case);
            case.runs.push(run);
        }
    }
    print(&cases);
}

fn check(name: &str, size: String, folder: &Path) -> Case {
    let arguments = ["check", "--format", "short"].iter().map(|word| (*word).to_owned());
    let arguments = arguments.chain([folder.display().to_string()]).collect();
    Case { name: format!("`flowc check`, {name}"), size, task: "check", arguments, runs: Vec::new() }
}

fn projects(folder: &Path) -> Vec<Case> {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let mut cases = Vec::new();
    if shop.join("flow.toml").exists() {
        cases.push(check("the shop", "examples/shop".to_owned(), &shop));
    } else {
        let new = folder.join("new-project");
        let made = Command::new(env!("CARGO_BIN_EXE_flowc")).arg("new").arg(&new).output();
        made.expect("flowc runs");
        cases.push(check("a new project", "`flowc new`".to_owned(), &new));
    }
    for thousands in [10, 30, 100] {
        let project = folder.join(format!("generated{thousands}k"));
        let lines = generate::project(&project, thousands * 1_000);
        cases.push(check("a generated project", format!("{lines} lines"), &project));
    }
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
    let Some(known) = std::env::var_os("FLOWC_CONTRACTS").map(PathBuf::from) else {
        eprintln!("FLOWC_CONTRACTS is not set: no contracts");
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
    let baseline = |(reader, task): (&str, &'static str)| Case {
        name: format!("{reader}, {name}"),
        size: size.clone(),
        task,
        arguments: vec![path.display().to_string()],
        runs: Vec::new(),
    };
    let mut cases = vec![check(&format!("one operation of {name}"), size.clone(), &project)];
    cases.extend(tasks.map(baseline));
    cases
}

// ---- runs ---------------------------------------------------------------------------------------

fn run(case: &Case) -> Run {
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(program);
    command.args(&case.arguments).env(TASK, case.task).stdout(Stdio::piped());
    let start = Instant::now();
    let output = command.output().expect("this program starts");
    let time = start.elapsed();
    let error = String::from_utf8_lossy(&output.stderr);
    let peak = error.lines().rev().find_map(|line| line.strip_prefix("peak "));
    let peak = peak.and_then(|peak| peak.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0;
    Run { time, peak, remark: remark(case, &output.stdout, &error) }
}

fn remark(case: &Case, out: &[u8], error: &str) -> String {
    if case.task != "check" {
        let refused = error.lines().find(|line| line.starts_with("refused: "));
        return refused.map_or(String::new(), |line| line.chars().take(60).collect());
    }
    let findings = String::from_utf8_lossy(out).lines().count();
    if findings == 0 { "no findings".to_owned() } else { format!("{findings} findings") }
}

fn print(cases: &[Case]) {
    println!("| case | size | median, ms | range, ms | peak, MiB | |");
    println!("| --- | --- | ---: | ---: | ---: | --- |");
    for case in cases {
        let mut times: Vec<f64> = case.runs.iter().map(|run| run.time.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        let (Some(first), Some(last), Some(run)) = (times.first(), times.last(), case.runs.first()) else {
            continue;
        };
        let peak = case.runs.iter().map(|run| run.peak).fold(0.0, f64::max);
        println!(
            "| {} | {} | {:.0} | {first:.0} to {last:.0} | {peak:.0} | {} |",
            case.name,
            case.size,
            times[times.len() / 2],
            run.remark,
        );
    }
}
