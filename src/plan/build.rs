//! From the checked program to the plan: steps with their times, reads that overlap put together as the lowering does.

use rustc_hash::{FxHashMap, FxHashSet};

use super::undone::failures;
use super::{Call, Each, Place, Plan, Step, StepKind, Total};
use crate::check::budget::{self, Schedule, Sum, Timed, Ways};
use crate::check::typed::{
    ArmBody, BackendId, Call as TypedCall, Expr, Fail, FailureArm, FailurePattern, LocalId, Operation,
    OperationId, Program, ServiceId, StepKind as Typed, Target, Value,
};
use crate::check::{Effects, walk};
use crate::source::{Sources, Span};

/// A program without errors, and its texts.
#[derive(Clone, Copy)]
pub struct Input<'i> {
    pub program: &'i Program,
    pub effects: &'i Effects,
    pub sources: &'i Sources,
}

pub fn plan(input: Input<'_>, id: OperationId) -> Option<Plan> {
    let (service, operation) = (input.program.services.get(id.service.0)?, input.program.operation(id)?);
    let mut schedule = Schedule::new(input.program, input.effects);
    let (timed, end) = schedule.timed(id);
    let ways = schedule.ways();
    let critical = ways.path(end.worst).into_iter().collect();
    let builder = Builder { input, operation, ways, critical };
    let version = service.version.as_ref().map(|version| format!("/{version}")).unwrap_or_default();
    Some(Plan {
        operation: format!("{}.{}", service.name, operation.name),
        request: format!("{} {version}{}", operation.shape.method, operation.shape.path),
        place: Place {
            file: input.sources.get(operation.name_span.source).name.clone(),
            line: input.line(operation.name_span),
        },
        deadline: budget::deadline(service, operation).0,
        first: total(ways, end.first, budget::Cost::first_terms),
        worst: total(ways, end.worst, budget::Cost::worst_terms),
        steps: builder.steps(&timed),
        failures: failures(input, operation),
    })
}

fn total(ways: &Ways, sum: Sum, terms: fn(&budget::Cost) -> String) -> Total {
    Total { time: sum.total, terms: ways.terms(sum, terms) }
}

impl Input<'_> {
    /// `Customers.getCustomer`
    pub fn name(self, call: &TypedCall) -> String {
        let owner = match call.target {
            Target::Backend(BackendId(at)) => self.program.backends.get(at).map(|one| &one.name),
            Target::Service(OperationId { service: ServiceId(at), .. }) => {
                self.program.services.get(at).map(|one| &one.name)
            }
        };
        format!("{}.{}", owner.map(|name| name.as_str()).unwrap_or_default(), call.shape.name)
    }

    pub fn line(self, span: Span) -> usize {
        self.sources.get(span.source).position(span.start as usize).line
    }

    /// As it is written, on one line.
    pub fn written(self, expr: &Expr) -> String {
        self.sources.text(expr.span).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

pub fn problem(fail: &Fail) -> String {
    fail.problem.as_ref().map(|problem| problem.name.to_string()).unwrap_or_default()
}

struct Builder<'b> {
    input: Input<'b>,
    operation: &'b Operation,
    ways: &'b Ways,
    /// The calls on the longest way.
    critical: FxHashSet<usize>,
}

impl Builder<'_> {
    fn steps(&self, timed: &[Timed<'_>]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut run: Vec<&Timed<'_>> = Vec::new();
        for one in timed {
            if self.may_overlap(one) {
                run.push(one);
                continue;
            }
            // A call that is returned overlaps with those above it, and then all are waited for.
            let returned = matches!(&one.step.kind, Typed::Return { value: Some(value), .. }
                if walk::call_of(value).is_some_and(|call| self.input.effects.is_read(call)));
            run.extend(returned.then_some(one));
            self.close(&mut run, &mut steps);
            if let Some(call) = self.call(one, Vec::new()).filter(|_| !returned) {
                steps.push(self.step(one, StepKind::Call(Box::new(call))));
            }
            steps.extend(self.other(one).map(|kind| self.step(one, kind)));
        }
        self.close(&mut run, &mut steps);
        steps
    }

    fn step(&self, timed: &Timed<'_>, kind: StepKind) -> Step {
        let (start, end) = (timed.start.worst.total, timed.end.worst.total);
        let start = if matches!(kind, StepKind::Return { .. }) { end } else { start };
        Step { line: self.input.line(timed.step.span), start, end, kind }
    }

    fn may_overlap(&self, timed: &Timed<'_>) -> bool {
        match &timed.step.kind {
            Typed::Let { value, .. } | Typed::Do(value) => {
                walk::call_of(value).is_none_or(|call| self.input.effects.is_read(call))
            }
            Typed::Log { .. } => true,
            Typed::Require { .. }
            | Typed::When { .. }
            | Typed::Together(_)
            | Typed::Emit { .. }
            | Typed::Return { .. }
            | Typed::Fail(_) => false,
        }
    }

    /// What a step is besides a call.
    fn other(&self, timed: &Timed<'_>) -> Option<StepKind> {
        let arm = |at: usize| timed.inner.get(at).map(|arm| self.steps(arm)).unwrap_or_default();
        match &timed.step.kind {
            Typed::Let { .. } | Typed::Do(_) | Typed::Log { .. } => None,
            Typed::Require { condition, otherwise } => Some(StepKind::Require {
                condition: self.input.written(condition),
                problem: problem(otherwise),
            }),
            Typed::When { condition, .. } => Some(StepKind::When {
                condition: self.input.written(condition),
                then: arm(0),
                otherwise: arm(1),
            }),
            Typed::Together(_) => Some(StepKind::Together(arm(0))),
            Typed::Emit { event, .. } => Some(StepKind::Emit { event: event.name.to_string() }),
            Typed::Return { status, .. } => Some(StepKind::Return { status: self.status(*status) }),
            Typed::Fail(fail) => Some(StepKind::Fail { problem: problem(fail) }),
        }
    }

    fn status(&self, written: Option<u16>) -> u16 {
        written.or(self.operation.shape.success_status).unwrap_or(200)
    }

    /// Reads that were put into one run: together, if not each waits for the one before it.
    fn close(&self, run: &mut Vec<&Timed<'_>>, steps: &mut Vec<Step>) {
        let needs = needs(run);
        let calls: Vec<usize> =
            (0..run.len()).filter(|at| run.get(*at).is_some_and(|one| one.cost.is_some())).collect();
        let is_chain = calls.windows(2).all(|pair| match pair {
            [before, after] => needs.get(*after).is_some_and(|needs| needs.contains(before)),
            _ => true,
        });
        let planned: Vec<Step> = calls
            .iter()
            .filter_map(|at| {
                let one = run.get(*at)?;
                let after =
                    needs.get(*at).into_iter().flatten().filter_map(|need| self.bound(run.get(*need)?));
                let call = self.call(one, if is_chain { Vec::new() } else { after.collect() })?;
                let (start, end) = (one.start.worst.total, one.end.worst.total);
                Some(Step {
                    line: self.input.line(one.step.span),
                    start,
                    end,
                    kind: StepKind::Call(Box::new(call)),
                })
            })
            .collect();
        run.clear();
        match (is_chain, planned.first().map(|step| (step.line, step.start))) {
            (false, Some((line, start))) => {
                let start = planned.iter().map(|step| step.start).min().unwrap_or(start);
                let end = planned.iter().map(|step| step.end).max().unwrap_or(start);
                steps.push(Step { line, start, end, kind: StepKind::Overlap(planned) });
            }
            (true, _) | (false, None) => steps.extend(planned),
        }
    }

    fn bound(&self, timed: &Timed<'_>) -> Option<String> {
        match &timed.step.kind {
            Typed::Let { local, .. } => {
                self.operation.locals.get(local.0).map(|local| local.name.to_string())
            }
            _ => None,
        }
    }

    fn call(&self, timed: &Timed<'_>, after: Vec<String>) -> Option<Call> {
        let (Typed::Let { value, .. } | Typed::Do(value) | Typed::Return { value: Some(value), .. }) =
            &timed.step.kind
        else {
            return None;
        };
        let call = walk::call_of(value)?;
        let at = timed.cost?;
        let cost = self.ways.cost(at)?;
        let arms = call.otherwise.iter().flat_map(|otherwise| &otherwise.arms);
        Some(Call {
            name: self.input.name(call),
            binds: self.bound(timed),
            effect: self.input.effects.of(call),
            each: self.each(value),
            after,
            terms: cost.worst_terms(),
            first: cost.first_in_all(),
            critical: self.critical.contains(&at),
            handled: arms.map(handled).collect(),
            undo: call.undo.as_ref().map(|undo| self.input.name(undo)),
            is_final: call.is_final,
        })
    }

    fn each(&self, value: &Value) -> Option<Each> {
        match value {
            Value::Fan(fan) => Some(Each {
                list: self.input.written(&fan.list),
                longest: budget::longest(fan),
                at_once: budget::at_once(self.input.effects, fan),
            }),
            Value::Plain(_) | Value::Call(_) => None,
        }
    }
}

/// Of each step of a run, the calls in it whose values it reads, also by way of what is made of them.
fn needs(run: &[&Timed<'_>]) -> Vec<Vec<usize>> {
    let mut calls: FxHashMap<LocalId, Vec<usize>> = FxHashMap::default();
    let mut all = Vec::new();
    for (at, one) in run.iter().enumerate() {
        let mut needs: Vec<usize> =
            one.needs.iter().filter_map(|local| calls.get(local)).flatten().copied().collect();
        needs.sort_unstable();
        needs.dedup();
        if let Typed::Let { local, .. } = &one.step.kind {
            calls.insert(*local, if one.cost.is_some() { vec![at] } else { needs.clone() });
        }
        all.push(needs);
    }
    all
}

/// `NotFound => fail NotFound`
fn handled(arm: &FailureArm) -> String {
    let patterns: Vec<String> = arm.patterns.iter().map(pattern).collect();
    let then = match &arm.body {
        ArmBody::Value(_) => "a fallback".to_owned(),
        ArmBody::Fail(fail) => format!("fail {}", problem(fail)),
    };
    format!("{} => {then}", patterns.join(" | "))
}

fn pattern(pattern: &FailurePattern) -> String {
    match pattern {
        FailurePattern::Status(status) => status.to_string(),
        FailurePattern::Class(class) => format!("{class}xx"),
        FailurePattern::Timeout => "timeout".to_owned(),
        FailurePattern::Unreachable => "unreachable".to_owned(),
        FailurePattern::Rejected => "rejected".to_owned(),
        FailurePattern::Malformed => "malformed".to_owned(),
        FailurePattern::Problem(name) => name.to_string(),
        FailurePattern::Any => "_".to_owned(),
    }
}
