//! Which steps of an operation can end in a status of 500 and above.

use super::{known, place};
use crate::emit::names::Names;
use crate::emit::text::markdown::{code, text};
use crate::ir::{ArmBody, Call, FailurePattern, Known, Operation, Own, Program, Service, Target, visit};

/// A table of the calls of an operation; nothing where none of them can lead to one.
pub fn failures((program, names): (&Program, &Names), service: &Service, operation: &Operation) -> String {
    let mut rows = Vec::new();
    let mut is_undo = false;
    visit::calls(&operation.steps, &mut |call| {
        // What becomes of an undo does not change the answer; it comes right behind its call.
        if std::mem::replace(&mut is_undo, call.undo.is_some()) {
            is_undo = false;
            return;
        }
        let ends = ends(program, call);
        if !ends.is_empty() {
            let line = format!(
                "| {} | {} | {} | {} | {} |\n",
                linked(names, call),
                code(&place(&call.place)),
                one_try(program, call),
                again(program, call),
                ends.join("; ")
            );
            rows.push(line);
        }
    });
    let name = code(&format!("{}.{}", service.name, operation.name));
    let head = format!("\n### {name}\n\n{}, {}\n", code(&operation.method), code(&place(&operation.place)));
    match rows.is_empty() {
        true => format!("{head}\nNo call of it can.\n"),
        false => format!(
            "{head}\n| call | where | one try | tried again | what the caller gets |\n\
             | --- | --- | --- | --- | --- |\n{}",
            rows.concat()
        ),
    }
}

/// One of our own services has a page, too.
fn linked(names: &Names, call: &Call) -> String {
    let page = match call.target {
        Target::Backend { .. } => None,
        Target::Service { service, .. } => names.services.get(service),
    };
    match page {
        None => code(&call.name),
        Some(page) => {
            let anchor: String = call.name.chars().filter(|letter| letter.is_alphanumeric()).collect();
            format!("[{}]({page}.md#{})", code(&call.name), anchor.to_lowercase())
        }
    }
}

/// The kinds of failures of a call, and what the caller gets when nothing is said of them.
const KINDS: [(&FailurePattern, &str, u16); 4] = [
    (&FailurePattern::Timeout, "timeout", 504),
    (&FailurePattern::Unreachable, "unreachable", 503),
    (&FailurePattern::Rejected, "rejected", 503),
    (&FailurePattern::Malformed, "malformed", 502),
];

/// `timeout → 504`, of those that lead to 500 and above.
fn ends(program: &Program, call: &Call) -> Vec<String> {
    let mut all = Vec::new();
    let mut has_rest = true;
    for arm in &call.arms {
        for pattern in &arm.patterns {
            let what = match pattern {
                FailurePattern::Status(status) => status.to_string(),
                FailurePattern::Class(class) => format!("{class}xx"),
                FailurePattern::Problem(id) => {
                    program.problems.get(id.0).map(|problem| text(&problem.name)).unwrap_or_default()
                }
                FailurePattern::Any => "anything else".to_owned(),
                FailurePattern::Timeout => "timeout".to_owned(),
                FailurePattern::Unreachable => "unreachable".to_owned(),
                FailurePattern::Rejected => "rejected".to_owned(),
                FailurePattern::Malformed => "malformed".to_owned(),
            };
            has_rest &= *pattern != FailurePattern::Any;
            all.extend(answered(program, &arm.body).map(|answer| format!("{what} → {answer}")));
        }
    }
    if has_rest {
        let said = |kind: &FailurePattern| call.arms.iter().any(|arm| arm.patterns.contains(kind));
        all.push(format!(
            "{} → 502",
            if call.arms.is_empty() { "a bad status" } else { "another bad status" }
        ));
        let rest = KINDS.iter().filter(|(kind, _, _)| !said(kind));
        all.extend(rest.map(|(_, word, status)| format!("{word} → {status}")));
    }
    all
}

/// What an arm answers, if that is a failure of ours: `503 (Slow)`.
fn answered(program: &Program, body: &ArmBody) -> Option<String> {
    match body {
        ArmBody::Value(_) => None,
        ArmBody::Fail(fail) => {
            let problem = program.problems.get(fail.problem.0).filter(|problem| problem.status >= 500)?;
            Some(format!("{} ({})", problem.status, text(&problem.name)))
        }
    }
}

fn one_try(program: &Program, call: &Call) -> String {
    match (call.settings.timeout_ms, call.target) {
        (Some(own), _) => known(program, own),
        (None, Target::Backend { backend, .. }) => {
            program.backends.get(backend).map(|one| known(program, one.timeout_ms)).unwrap_or_default()
        }
        (None, Target::Service { service, operation }) => {
            let of = program.services.get(service).and_then(|service| service.operations.get(operation));
            of.map(|of| format!("its deadline, {}", known(program, of.settings.deadline_ms)))
                .unwrap_or_default()
        }
    }
}

/// How often at most.
fn again(program: &Program, call: &Call) -> String {
    let of_backend = match call.target {
        Target::Backend { backend, .. } => program.backends.get(backend).and_then(|one| one.retry.as_ref()),
        Target::Service { .. } => None,
    };
    let retry = match &call.settings.retry {
        Own::This(retry) => Some(retry),
        Own::Outer => of_backend,
        Own::Off => None,
    };
    match retry.filter(|_| call.reads || is_keyed(program, call)).map(|retry| retry.times) {
        None => "no".to_owned(),
        Some(Known::Written(times)) => format!("{times} ×"),
        Some(Known::Config(id)) => {
            let item = program.config.get(id.0);
            item.map(|item| code(&crate::emit::names::variable(&item.name))).unwrap_or_default()
        }
    }
}

/// Whether the other side knows a repeat.
fn is_keyed(program: &Program, call: &Call) -> bool {
    match call.target {
        Target::Backend { backend, operation } => {
            let of = program.backends.get(backend).and_then(|one| one.operations.get(operation));
            let is_key = |at: usize| of.and_then(|of| of.params.get(at)).is_some_and(|param| param.is_key);
            call.args.iter().any(|argument| is_key(argument.param))
        }
        Target::Service { service, operation } => {
            let of = program.services.get(service).and_then(|one| one.operations.get(operation));
            of.is_some_and(Operation::is_repeatable)
        }
    }
}
