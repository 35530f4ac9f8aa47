//! `flowc contracts`: of each contract, whether a flow that passes all of its operations on checks, and one
//! that reads every field of every answer; and each deviation with its reason. The text holds nothing that
//! differs between two runs; how long it took goes to standard error.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::super::arguments::ReportArguments;
use super::super::output::Output;
use super::super::{Exit, session};
use super::import::{self, Failed};
use super::survey;
use super::trial::{Kind, Trial};
use crate::diagnostic::render::visible;
use crate::diagnostic::{Diagnostic, Severity, project};
use crate::scaffold::{LeftOut, Plan};

pub fn report(arguments: &ReportArguments, output: &mut Output) -> Exit {
    let mut documents = Vec::new();
    for path in &arguments.paths {
        match find(path) {
            Ok(found) => documents.extend(found),
            Err(refusal) => return output.refusal(&refusal),
        }
    }
    let mut rows = Vec::with_capacity(documents.len());
    for document in documents {
        let start = Instant::now();
        let row = look_at(&document);
        let seconds = start.elapsed().as_secs_f64();
        output.progress("Checked", &format!("{} {} in {seconds:.2} s", document.name, row.summary()));
        rows.push(row);
    }
    let text = page(&rows);
    let Some(target) = &arguments.write else {
        output.result(&text);
        return Exit::Clean;
    };
    if fs::read_to_string(target).is_ok_and(|known| known == text) {
        return Exit::Clean;
    }
    let shown = visible(&target.to_string_lossy()).into_owned();
    if arguments.check {
        output.complaint(&format!("{shown} would change"));
        return Exit::WouldChange;
    }
    match fs::write(target, text) {
        Ok(()) => Exit::Clean,
        Err(error) => output.refusal(&project::unwritable(&shown, &error.kind().to_string())),
    }
}

/// A contract to look at, and what to call it.
struct Document {
    name: String,
    path: PathBuf,
}

fn find(path: &Path) -> Result<Vec<Document>, Diagnostic> {
    let shown = visible(&path.to_string_lossy()).into_owned();
    let about = fs::metadata(path).map_err(|_| project::no_such_path(&shown))?;
    if !about.is_dir() {
        return Ok(vec![Document { name: file_name(path), path: path.to_path_buf() }]);
    }
    if let Ok(index) = fs::read_to_string(path.join("index.tsv")) {
        let row = |line: &str| {
            let (name, file) = line.split_once('\t')?;
            Some(Document { name: name.to_owned(), path: path.join(file) })
        };
        return Ok(index.lines().filter_map(row).collect());
    }
    let entries = fs::read_dir(path).map_err(|_| project::no_such_path(&shown))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        let extension = file.extension().map(|extension| extension.to_string_lossy().into_owned());
        file.is_file() && matches!(extension.as_deref(), Some("json" | "yaml" | "yml"))
    });
    files.sort();
    Ok(files.into_iter().map(|path| Document { name: file_name(&path), path }).collect())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What was found out about one contract.
#[derive(Default)]
struct Row {
    name: String,
    file: String,
    version: String,
    operations: usize,
    schemas: usize,
    /// Why nothing can be made of it as a whole.
    refused: Vec<String>,
    passed: Outcome,
    read: Outcome,
    /// Why schemas are no more than `json`, and how many for each reason.
    json: IndexMap<String, usize>,
}

/// How a flow about all operations fared.
#[derive(Default)]
struct Outcome {
    sound: usize,
    left_out: Vec<LeftOut>,
    beyond: Vec<LeftOut>,
    /// Errors that go back to no operation.
    errors: Vec<String>,
    warnings: IndexMap<&'static str, usize>,
}

impl Row {
    fn summary(&self) -> String {
        if !self.refused.is_empty() {
            return "refused".to_owned();
        }
        format!("{} of {} passed on, {} read", self.passed.sound, self.operations, self.read.sound)
    }
}

fn look_at(document: &Document) -> Row {
    let mut session = session::with_std();
    let mut row = Row { name: document.name.clone(), file: file_name(&document.path), ..Row::default() };
    let imported = match import::import(&document.path, &mut session) {
        Ok(imported) => imported,
        Err(Failed::Refused(refusal)) => {
            row.refused.push(refusal.message);
            return row;
        }
        Err(Failed::Faulty(faults)) => {
            row.refused =
                faults.iter().map(|fault| format!("{}: {}", fault.code.name, fault.message)).collect();
            return row;
        }
    };
    let contract = &imported.contract;
    row.version = contract.spec_version().to_owned();
    row.schemas = contract.schema_names().count();
    let operations: Vec<SmolStr> = contract.operation_names().map(SmolStr::from).collect();
    row.operations = operations.len();
    row.json = survey::json_reasons(&mut contract.fresh());
    let plan = Plan {
        backend: "System".to_owned(),
        service: "Passing".to_owned(),
        owner: "report".to_owned(),
        contract: imported.root.clone(),
        operations,
        left_out: Vec::new(),
    };
    let mut trial = Trial::new(session, imported.contract, &imported.root, imported.above, "");
    row.passed = outcome(&mut trial, plan.clone(), Kind::PassThrough);
    row.read = outcome(&mut trial, plan, Kind::Reader);
    row
}

fn outcome(trial: &mut Trial, plan: Plan, kind: Kind) -> Outcome {
    let mut outcome = Outcome::default();
    match trial.sound(plan, kind) {
        Ok(sound) => {
            outcome.sound =
                sound.plan.operations.len() - sound.tried.flow.beyond.len().min(sound.plan.operations.len());
            outcome.left_out = sound.plan.left_out;
            outcome.beyond = sound.tried.flow.beyond;
            for found in &sound.tried.diagnostics {
                if found.severity == Severity::Warning {
                    *outcome.warnings.entry(found.code.name).or_default() += 1;
                }
            }
            outcome.warnings.sort_unstable_keys();
        }
        Err(errors) => {
            outcome.errors = errors
                .iter()
                .take(MOST_ERRORS)
                .map(|error| format!("{} {}", error.code.id, trial.describe(error)))
                .collect();
        }
    }
    outcome
}

const MOST_ERRORS: usize = 20;

// ---- the page -----------------------------------------------------------------------------------

const HEAD: &str = "# Published contracts

Real contracts, as their owners publish them, each with two flows that are written for all of its operations: one passes
every operation on, as `flowc new --contract` writes it; the other reads every field of every answer. A document is
well when both check without an error.

This page is written by `.ci/contracts-report`.

| | document | OpenAPI | operations | schemas | passed on | read | `json` |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
";

fn page(rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    for row in rows {
        let (passed, read) = if row.refused.is_empty() {
            (row.passed.sound.to_string(), row.read.sound.to_string())
        } else {
            ("refused".to_owned(), String::new())
        };
        let json: usize = row.json.values().sum();
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {} | {passed} | {read} | {json} |",
            cell(&row.name),
            cell(&row.file),
            cell(&row.version),
            row.operations,
            row.schemas,
        );
    }
    text.push_str("\n## Deviations\n\nWhat is left out, with the place in the document and the reason; schemas that are no more than `json`, with how many\nfor each reason; and the warnings that a check of the first flow gives.\n");
    for row in rows {
        let lines = deviations(row);
        if !lines.is_empty() {
            let _ = write!(text, "\n### {} `{}`\n\n", cell(&row.name), cell(&row.file));
            for line in lines {
                let _ = writeln!(text, "- {line}");
            }
        }
    }
    text
}

fn deviations(row: &Row) -> Vec<String> {
    let mut lines: Vec<String> = row.refused.iter().map(|why| format!("refused: {}", cell(why))).collect();
    for (what, outcome) in [("not passed on", &row.passed), ("not read", &row.read)] {
        lines.extend(outcome.errors.iter().map(|why| format!("{what}: {}", cell(why))));
        for left in outcome.left_out.iter().chain(&outcome.beyond) {
            lines.push(format!("{what}: `{}`: {}", cell(&left.name), cell(&left.why)));
        }
    }
    for (reason, count) in &row.json {
        lines.push(format!("`json` × {count}: {}", cell(reason)));
    }
    if !row.passed.warnings.is_empty() {
        let shown: Vec<String> =
            row.passed.warnings.iter().map(|(code, count)| format!("{code} × {count}")).collect();
        lines.push(format!("warnings: {}", shown.join(", ")));
    }
    lines
}

/// A text of a contract within a table or a list.
fn cell(text: &str) -> String {
    let shown: String = text.chars().take(LONGEST_CELL).collect();
    visible(&shown).replace('|', "\\|").replace(['\n', '\r'], " ")
}

const LONGEST_CELL: usize = 300;
