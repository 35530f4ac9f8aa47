//! Layers: systems call backends, processes call systems and processes, experiences call processes; nobody
//! calls an experience, and nobody calls in circles.

use rustc_hash::FxHashSet;

use super::context::Context;
use super::typed::{
    BackendId, Call, ExprKind, Layer, LocalId, OperationId, Program, Service, ServiceId, Step, StepKind,
    Target,
};
use super::{effect::Effects, walk};
use crate::diagnostic::services as findings;
use crate::source::Span;

pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    for service in &program.services {
        for flow in walk::flows(service) {
            walk::calls(flow.steps, &mut |call| allowed(cx, program, effects, service, call));
            if service.layer == Layer::System {
                business(cx, program, flow.steps, flow.span);
            }
        }
    }
    circles(cx, program);
}

fn allowed(cx: &mut Context<'_>, program: &Program, effects: &Effects, from: &Service, call: &Call) {
    let to = match call.target {
        Target::Backend(BackendId(at)) => {
            if from.layer != Layer::System {
                let name = &program.backends[at].name;
                cx.report(findings::calls_backend(
                    call.span,
                    word(from.layer),
                    &from.name,
                    name,
                    from.name_span,
                ));
            }
            return;
        }
        Target::Service(OperationId { service: ServiceId(at), .. }) => &program.services[at],
    };
    match (from.layer, to.layer) {
        (Layer::Process, Layer::System | Layer::Process) | (Layer::Experience, Layer::Process) => {}
        (Layer::Experience, Layer::System) => {
            let thin = cx.thin_reads && effects.is_read(call);
            if !thin {
                cx.report(findings::experience_calls_system(call.span, &from.name, &to.name, to.name_span));
            }
        }
        (_, Layer::Experience) | (Layer::System, Layer::System | Layer::Process) => {
            let (from_word, to_word) = (word(from.layer), word(to.layer));
            cx.report(findings::layer(call.span, (from_word, &from.name), (to_word, &to.name), to.name_span));
        }
    }
}

fn word(layer: Layer) -> &'static str {
    super::service::layer_word(layer)
}

/// A system gives stable access to one backend; deciding by business data belongs into a process.
fn business(cx: &mut Context<'_>, program: &Program, steps: &[Step], span: Span) {
    let mut backends: Vec<(BackendId, Span)> = Vec::new();
    walk::calls(steps, &mut |call| {
        if let Target::Backend(id) = call.target
            && !backends.iter().any(|(known, _)| *known == id)
        {
            backends.push((id, call.span));
        }
    });
    if let [(first, _), (second, place), ..] = backends.as_slice() {
        let names = (&program.backends[first.0].name, &program.backends[second.0].name);
        cx.report(findings::orchestration_in_system(*place, names.0, names.1, span));
    }
    let mut answers = FxHashSet::default();
    conditions(cx, steps, &mut answers);
}

/// Conditions that look at what a backend answered.
fn conditions(cx: &mut Context<'_>, steps: &[Step], answers: &mut FxHashSet<LocalId>) {
    for step in steps {
        match &step.kind {
            StepKind::Let { local, value } => {
                let mut from_answer = walk::call_of(value).is_some();
                walk::value_locals(value, &mut |read| from_answer |= answers.contains(&read));
                if from_answer {
                    answers.insert(*local);
                }
            }
            StepKind::When { condition, then, otherwise, .. } => {
                let mut on_answer = false;
                walk::locals(condition, &mut |read| on_answer |= answers.contains(&read));
                // Whether something is there at all is no business rule.
                if on_answer && !is_presence(&condition.kind) {
                    cx.report(findings::condition_in_system(condition.span));
                }
                conditions(cx, then, answers);
                conditions(cx, otherwise, answers);
            }
            StepKind::Together(steps) => conditions(cx, steps, answers),
            StepKind::Do(_)
            | StepKind::Require { .. }
            | StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { .. }
            | StepKind::Fail(_) => {}
        }
    }
}

fn is_presence(condition: &ExprKind) -> bool {
    match condition {
        ExprKind::Compare { left, right, .. } => {
            matches!(left.kind, ExprKind::None) || matches!(right.kind, ExprKind::None)
        }
        ExprKind::Widen(inner) => is_presence(&inner.kind),
        _ => false,
    }
}

/// Services that call each other in a circle, found without recursion.
fn circles(cx: &mut Context<'_>, program: &Program) {
    let edges: Vec<Vec<(usize, Span)>> = program.services.iter().map(callees).collect();
    let mut done = vec![false; edges.len()];
    for start in 0..edges.len() {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        let mut open = FxHashSet::from_iter([start]);
        while let Some((node, next)) = path.last().copied() {
            if done[node] {
                path.pop();
                continue;
            }
            let Some((callee, span)) = edges[node].get(next).copied() else {
                done[node] = true;
                open.remove(&node);
                path.pop();
                continue;
            };
            if let Some(last) = path.last_mut() {
                last.1 += 1;
            }
            if open.contains(&callee) {
                let from = path.iter().position(|(at, _)| *at == callee).unwrap_or(0);
                let names: Vec<&str> =
                    path[from..].iter().map(|(at, _)| program.services[*at].name.as_str()).collect();
                cx.report(findings::circle(span, &names, program.services[callee].name_span));
            } else if !done[callee] {
                open.insert(callee);
                path.push((callee, 0));
            }
        }
    }
}

/// The services that a service calls, each once, with the first place.
fn callees(service: &Service) -> Vec<(usize, Span)> {
    let mut callees: Vec<(usize, Span)> = Vec::new();
    for flow in walk::flows(service) {
        walk::calls(flow.steps, &mut |call| {
            if let Target::Service(OperationId { service: ServiceId(at), .. }) = call.target
                && !callees.iter().any(|(known, _)| *known == at)
            {
                callees.push((at, call.span));
            }
        });
    }
    callees
}
