//! What one process of the bench does. Each writes what it measured to standard error, a line for each figure: a word, a
//! name and a number.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use flowc::check::{self, Contracts, Input};
use flowc::cli::Live;
use flowc::resolve::{Unit, resolve};
use flowc::source::Sources;
use flowc::syntax::ast::{File, Item};
use flowc::{contract, emit, ir, syntax};

use crate::generate::{self, BODY, SIGNATURE};

/// Does the task; the arguments are those of the command line.
pub fn run(task: &str) -> ExitCode {
    let path = || PathBuf::from(std::env::args().nth(1).expect("a path"));
    let exit = match task {
        "flowc" => flowc::cli::main(),
        "stages" => on_large_stack(|| stages(&path())),
        "edits" => on_large_stack(|| edits(&path())),
        _ => read(task, &path()),
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<f64>().ok());
    figure("peak", "memory", peak.unwrap_or(f64::NAN) / 1024.0);
    exit
}

fn figure(word: &str, name: &str, value: f64) {
    eprintln!("figure\t{word}\t{name}\t{value}");
}

/// As the command line has it.
fn on_large_stack(work: impl FnOnce() + Send) -> ExitCode {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work);
        worker.expect("a thread").join().expect("no panic");
    });
    ExitCode::SUCCESS
}

// ---- stage by stage -----------------------------------------------------------------------------

/// The stages one after the other, on one core but for what emits, as milliseconds.
fn stages(folder: &Path) {
    let mut sources = Sources::default();
    let std = time("parse of std", || {
        let texts = flow_std::sources::FLOW_FILES.iter();
        texts.map(|(name, text)| parsed(&mut sources, name, text)).collect::<Vec<File>>()
    });
    let texts = time("read", || texts(folder));
    let files = time("parse", || {
        texts.iter().map(|(name, text)| parsed(&mut sources, name, text)).collect::<Vec<File>>()
    });
    let contracts = time("contracts", || contracts(folder, &files, &mut sources));
    let units = [("std", &std), ("generated", &files)].map(|(name, files)| Unit {
        name: name.into(),
        files,
        dependencies: Default::default(),
    });
    let (names, _) = time("resolve", || resolve(&units));
    let mut checked = time("check", || check::check(Input { names: &names, contracts, thin_reads: false }));
    let lowered = time("lower", || {
        let std = std.iter().map(|file| file.source).collect();
        let project =
            ir::lower::Project { name: "generated".into(), version: "0.1.0".into(), ..Default::default() };
        let (program, explorer) = (&checked.program, &mut checked.explorer);
        ir::lower::lower(ir::lower::Input { program, explorer, sources: &sources, std, project })
    });
    let program = lowered.unwrap_or_else(|faults| panic!("{faults:?}"));
    let files = time("emit and print", || emit::files(&program).expect("it can be emitted"));
    figure("size", "files", files.len() as f64);
    drop((files, program));
    write(folder);
}

/// What a build takes longer when it has something to write.
fn write(folder: &Path) {
    let out = tempfile::tempdir().expect("a folder");
    let build = || {
        let start = Instant::now();
        flowc::cli::build_workspace(folder, &out.path().join("dist")).expect("it is built");
        start.elapsed().as_secs_f64() * 1e3
    };
    let (first, second) = (build(), build());
    figure("stage", "write", first - second);
}

fn time<T>(stage: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    figure("stage", stage, start.elapsed().as_secs_f64() * 1e3);
    result
}

fn parsed(sources: &mut Sources, name: &str, text: &str) -> File {
    let id = sources.add(name, text);
    syntax::parse(id, text).file
}

fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false => paths.extend(path.extension().is_some_and(|is| is == "flow").then_some(path)),
            }
        }
    }
    paths.sort();
    let text = |path: PathBuf| (path.display().to_string(), fs::read_to_string(&path).expect("a text"));
    paths.into_iter().map(text).collect()
}

fn contracts(folder: &Path, files: &[File], sources: &mut Sources) -> Contracts {
    let mut contracts = Contracts::default();
    for item in files.iter().flat_map(|file| &file.items) {
        let Item::Backend(backend) = item else { continue };
        let named = backend.settings.iter().find(|setting| setting.name.text == "contract");
        let path = named.and_then(|setting| setting.value.plain_text()).expect("a contract");
        let read = &mut |path: &str| Ok(fs::read(folder.join(path)).expect("a contract"));
        let loaded = contract::load(sources, &path, read).expect("a good contract");
        contracts.by_path.insert((1, path), contracts.all.len());
        contracts.all.push(loaded);
    }
    contracts
}

// ---- edits --------------------------------------------------------------------------------------

const EDITS: usize = 40;

/// Opens a project, and edits one file again and again: in a body, and what others see.
fn edits(folder: &Path) {
    let folder = folder.canonicalize().expect("a folder");
    let path = folder.join(generate::EDITED);
    let original = fs::read_to_string(&path).expect("a text");
    let start = Instant::now();
    let mut live = Live::open(&folder).expect("a project");
    figure("stage", "open", start.elapsed().as_secs_f64() * 1e3);
    for (name, (from, to)) in [("body", BODY), ("signature", SIGNATURE)] {
        let edited = original.replacen(from, to, 1);
        assert_ne!(edited, original, "{name}");
        for turn in 0..EDITS {
            let text = if turn % 2 == 0 { &edited } else { &original };
            let (start, busy) = (Instant::now(), busy());
            black_box(live.edit(&path, text));
            figure("edit", name, start.elapsed().as_secs_f64() * 1e3);
            figure("edit-busy", name, self::busy() - busy);
        }
    }
}

/// Milliseconds of a processor that this thread has had so far.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

// ---- what others do -----------------------------------------------------------------------------

/// Merely reads a document.
fn read(task: &str, path: &Path) -> ExitCode {
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
    ExitCode::SUCCESS
}
