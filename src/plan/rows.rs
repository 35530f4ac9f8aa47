//! The steps of a plan as rows, one below the other, as the forms for readers show them.

use super::{Call, Plan, Step, StepKind};

pub struct Row<'p> {
    pub depth: usize,
    pub start: u64,
    pub end: u64,
    pub kind: RowKind<'p>,
}

pub enum RowKind<'p> {
    Call(&'p Call),
    /// What the rows below, one step further in, have in common.
    Title(String),
    /// Everything above is waited for; then it goes on, or ends.
    Gate(String),
    End(String),
}

pub fn rows(plan: &Plan) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    add(&mut rows, &plan.steps, 0);
    rows
}

fn add<'p>(rows: &mut Vec<Row<'p>>, steps: &'p [Step], depth: usize) {
    for step in steps {
        let row = |kind| Row { depth, start: step.start, end: step.end, kind };
        match &step.kind {
            StepKind::Call(call) => rows.push(row(RowKind::Call(call))),
            StepKind::Overlap(calls) => {
                rows.push(row(RowKind::Title("at the same time".to_owned())));
                add(rows, calls, depth + 1);
            }
            StepKind::Together(calls) => {
                rows.push(row(RowKind::Title("together".to_owned())));
                add(rows, calls, depth + 1);
            }
            StepKind::When { condition, then, otherwise } => {
                rows.push(row(RowKind::Title(format!("when {condition}"))));
                add(rows, then, depth + 1);
                if !otherwise.is_empty() {
                    rows.push(row(RowKind::Title("else".to_owned())));
                    add(rows, otherwise, depth + 1);
                }
            }
            StepKind::Require { condition, problem } => {
                rows.push(row(RowKind::Gate(format!("require {condition} else fail {problem}"))));
            }
            StepKind::Emit { event } => rows.push(row(RowKind::Gate(format!("emit {event}")))),
            StepKind::Return { status } => rows.push(row(RowKind::End(format!("return {status}")))),
            StepKind::Fail { problem } => rows.push(row(RowKind::End(format!("fail {problem}")))),
        }
    }
}
