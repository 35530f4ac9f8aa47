//! Plans of operations: their forms, what they say of the emitted code, and that no text of others can break out.
//!
//! `FLOWC_BLESS=1 cargo test plan` writes the picture of the book anew.

mod compiled;
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use compiled::with_program;
use flowc::plan::{Plan, Step, StepKind};

use crate::cli::{MANIFEST, folder};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn explain(project: &str, words: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_flowc"));
    run.arg("explain").args(words).arg("--project").arg(root().join(project)).env("NO_COLOR", "1");
    run.output().expect("flowc runs")
}

fn shown(project: &str, flow: &str, format: &str) -> String {
    let run = explain(project, &["flow", flow, "--format", format]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

#[test]
fn the_forms_of_some_flows() {
    for (project, flow) in [
        ("examples/shop", "Orders.place"),
        ("tests/plan/project", "Screens.screen"),
        ("tests/plan/project", "Screens.move"),
        ("tests/plan/retries", "Sales.names"),
    ] {
        for format in ["text", "mermaid", "svg"] {
            insta::assert_snapshot!(format!("{flow}.{format}"), shown(project, flow, format));
        }
    }
}

#[test]
fn the_picture_of_the_book_is_that_of_the_shop() {
    let path = root().join("docs/plans/orders-place.svg");
    let picture = shown("examples/shop", "Orders.place", "svg");
    if std::env::var_os("FLOWC_BLESS").is_some() {
        fs::write(&path, &picture).expect("written");
    }
    assert!(fs::read_to_string(&path).ok() == Some(picture), "{} is not what flowc draws", path.display());
    let page = fs::read_to_string(root().join("docs/plan.md")).expect("the page");
    let text = format!("```text\n{}```", shown("examples/shop", "Orders.place", "text"));
    assert!(page.contains(&text), "docs/plan.md does not show\n{text}");
}

#[test]
fn a_flow_that_is_not_there_has_a_near_one() {
    let near = explain("examples/shop", &["flow", "Orders.plase"]);
    assert_eq!(near.status.code(), Some(2));
    let said = String::from_utf8_lossy(&near.stderr);
    assert!(said.contains("the project has no operation `Orders.plase`"), "{said}");
    assert!(said.contains("did you mean `Orders.place`?"), "{said}");
    let far = explain("examples/shop", &["flow", "xyzxyzxyz"]);
    assert!(String::from_utf8_lossy(&far.stderr).contains("by its service"));
}

#[test]
fn a_project_with_errors_has_no_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"odd\"\n").expect("written");
    let flow = "system A v1 {\n  auth: public\n\n  a: GET /a -> int {\n    return b\n  }\n}\n";
    fs::write(folder.path().join("main.flow"), flow).expect("written");
    let run = explain(&folder.path().display().to_string(), &["flow", "A.a"]);
    assert_eq!((run.status.code(), run.stdout.is_empty()), (Some(2), true));
    assert!(String::from_utf8_lossy(&run.stderr).contains("the project has errors"));
}

/// What is calculated has no row, so that its name alone would say nothing.
#[test]
fn a_calculation_that_can_fail_is_shown_as_it_is_written() {
    let flow = "backend Erp {\n  contract: \"erp.yaml\"\n  url:      env.ERP_URL\n}\n\nsystem Orders v1 {\n  auth: service\n\n  \
                place: POST /orders (count: int) -> 201 int {\n    Erp.place() undo Erp.cancel()\n    \
                let total = count *\n      2 * 3 * 4 * 5 * 6 * 7 * 8 * 9 * 10 * 11 * 12\n    Erp.pay() undo Erp.cancel()\n    \
                return 201 total + 1\n  }\n}\n";
    let of = |method: &str, id: &str| {
        format!("{method}: {{ operationId: {id}, responses: {{ \"204\": {{ description: Done }} }} }}")
    };
    let contract = format!(
        "openapi: 3.0.3\ninfo: {{ title: Erp, version: \"1\" }}\npaths:\n  /a:\n    {}\n    {}\n    {}\n",
        of("post", "place"),
        of("delete", "cancel"),
        of("patch", "pay")
    );
    let project = folder(&[MANIFEST, ("main.flow", flow), ("erp.yaml", &contract)]);
    let plan = shown(&project.path().display().to_string(), "Orders.place", "text");
    let fails: Vec<&str> = plan.lines().skip_while(|line| !line.starts_with("when a step")).skip(1).collect();
    let names: Vec<&str> = fails.iter().filter_map(|line| Some(line.trim().split_once("  ")?.0)).collect();
    assert_eq!(names, ["total = count * 2 * 3 * 4 * 5 * 6 * 7 * 8 * 9 *…", "Erp.pay", "return"], "{plan}");
}

/// The plan is made of the checked program and the code of the intermediate form: both have to put the same calls
/// together.
#[test]
fn what_the_plan_puts_together_the_emitted_code_does() {
    let mut count = 0;
    for project in [
        "examples/shop",
        "examples/museum",
        "examples/tictactoe",
        "tests/plan/project",
        "tests/plan/retries",
        "tests/services/semantics",
    ] {
        with_program(&root().join(project), |program| {
            for (name, plan, emitted) in program.operations() {
                let planned = groups(&plan);
                assert_eq!(planned, emitted, "{project}: {name}");
                count += planned.len();
            }
        });
    }
    assert!(count >= 8, "there are {count} groups only");
}

/// The lines of the calls that are in flight together.
fn groups(plan: &Plan) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    add(&plan.steps, &mut groups);
    groups.sort();
    groups
}

fn add(steps: &[Step], groups: &mut Vec<Vec<usize>>) {
    for step in steps {
        match &step.kind {
            StepKind::Overlap(calls) | StepKind::Together(calls) => {
                groups.push(calls.iter().map(|call| call.line).collect());
            }
            StepKind::When { then, otherwise, .. } => {
                add(then, groups);
                add(otherwise, groups);
            }
            StepKind::Call(_)
            | StepKind::Require { .. }
            | StepKind::Emit { .. }
            | StepKind::Return { .. }
            | StepKind::Fail { .. } => {}
        }
    }
}

#[test]
fn the_page_of_the_book_is_in_its_table_of_contents() {
    let summary =
        fs::read_to_string(Path::new(&root()).join("docs/SUMMARY.md")).expect("the table of contents");
    assert!(summary.contains("(plan.md)"));
}
