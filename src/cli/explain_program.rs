//! `flowc explain flow NAME`, `map NAME` and `reveals`: what the typed program knows and the text does not say.

use std::path::Path;

use super::arguments::PlanFormat;
use super::output::Output;
use super::session::{self, Session};
use super::{Exit, files, stages};
use crate::check::Effects;
use crate::check::typed::{Expr, ExprKind, Function, OperationId, Program, ServiceId};
use crate::check::walk;
use crate::diagnostic::{Severity, nearest, project};
use crate::plan;
use crate::source::Span;

/// The plan of an operation.
pub fn flow(name: &str, format: PlanFormat, path: &Path, output: &mut Output) -> Exit {
    with_session(path, output, |session, output| {
        let found = stages::run(session);
        let faults = session.diagnostics.iter().chain(&found.diagnostics);
        if faults.filter(|one| one.severity == Severity::Error).count() > 0 {
            return output.refusal(&project::has_errors());
        }
        match planned(session, &found.program, &found.effects, name) {
            Ok(plan) => {
                output.result(&match format {
                    PlanFormat::Text => plan::text(&plan),
                    PlanFormat::Mermaid => plan::mermaid(&plan),
                    PlanFormat::Svg => plan::svg(&plan),
                });
                Exit::Clean
            }
            Err(names) => output.refusal(&project::no_such_flow(name, &names)),
        }
    })
}

/// The plan of an operation, or the names of all that there are.
fn planned(
    session: &Session,
    program: &Program,
    effects: &Effects,
    name: &str,
) -> Result<plan::Plan, Vec<String>> {
    let mut names = Vec::new();
    for (service, of) in program.services.iter().enumerate() {
        for (at, operation) in of.operations.iter().enumerate() {
            let full = format!("{}.{}", of.name, operation.name);
            let input = plan::Input { program, effects, sources: &session.sources };
            let id = OperationId { service: ServiceId(service), at };
            if full == name
                && let Some(plan) = plan::plan(input, id)
            {
                return Ok(plan);
            }
            names.push(full);
        }
    }
    Err(names)
}

/// Each field of a map with where its value comes from, also those that `..a` takes.
pub fn map(name: &str, path: &Path, output: &mut Output) -> Exit {
    with_program(path, output, |session, program, output| {
        let Some(function) = program.functions.iter().find(|function| function.signature.name == name) else {
            let known = program.functions.iter().map(|function| function.signature.name.as_str());
            return output.refusal(&project::no_such_map(name, nearest(name, known)));
        };
        output.result(&explained(session, function));
        Exit::Clean
    })
}

/// Every place where `reveal` takes a label off, with its reason.
pub fn reveals(path: &Path, output: &mut Output) -> Exit {
    with_program(path, output, |session, program, output| {
        let mut places: Vec<(Span, Span)> = Vec::new();
        let mut note = |expr: &Expr| {
            if let ExprKind::Call { function, args, .. } = &expr.kind
                && function.std
                && function.name == "reveal"
                && let Some(Some(reason)) = args.get(1)
            {
                places.push((expr.span, reason.span));
            }
        };
        program.functions.iter().for_each(|function| walk::expressions(&function.body, &mut note));
        for flow in program.services.iter().flat_map(walk::flows) {
            walk::step_expressions(flow.steps, &mut note);
        }
        places.sort_by_key(|(place, _)| (place.source, place.start));
        places.dedup();
        for (place, reason) in places {
            output.result(&format!("{}  {}\n", position(session, place), session.sources.text(reason)));
        }
        Exit::Clean
    })
}

fn with_program(
    path: &Path,
    output: &mut Output,
    explain: impl FnOnce(&Session, &Program, &mut Output) -> Exit,
) -> Exit {
    with_session(path, output, |session, output| {
        let found = stages::run(session);
        explain(session, &found.program, output)
    })
}

fn with_session(
    path: &Path,
    output: &mut Output,
    explain: impl FnOnce(&mut Session, &mut Output) -> Exit,
) -> Exit {
    match files::locate(path) {
        Ok(root) => explain(&mut session::open(root), output),
        Err(refusal) => output.refusal(&refusal),
    }
}

fn position(session: &Session, place: Span) -> String {
    let source = session.sources.get(place.source);
    let at = source.position(place.start as usize);
    format!("{}:{}:{}", source.name, at.line, at.column)
}

fn explained(session: &Session, function: &Function) -> String {
    let signature = &function.signature;
    let params: Vec<String> =
        signature.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
    let place = position(session, signature.span);
    let head = format!("{}({}) -> {}   {place}\n", signature.name, params.join(", "), signature.result);
    let rows = rows(session, &function.body);
    let widest = rows.iter().map(|(field, _)| field.chars().count()).max().unwrap_or(0);
    let shown = rows.into_iter().map(|(field, from)| format!("  {field:widest$}  {from}\n"));
    head + &shown.collect::<String>()
}

fn rows(session: &Session, body: &Expr) -> Vec<(String, String)> {
    match &body.kind {
        ExprKind::Widen(inner) => rows(session, inner),
        ExprKind::Record { fields, spreads } => {
            let written = fields.iter().map(|(name, value)| (name.to_string(), line(session, value.span)));
            let taken = spreads.iter().flat_map(|spread| {
                let from = line(session, spread.from.span);
                spread
                    .fields
                    .iter()
                    .map(move |name| (name.to_string(), format!("{from}.{name}   taken by `..{from}`")))
            });
            written.chain(taken).collect()
        }
        _ => vec![("=".to_owned(), line(session, body.span))],
    }
}

/// A text on one line.
fn line(session: &Session, span: Span) -> String {
    session.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ")
}
