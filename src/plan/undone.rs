//! What is undone when which step fails: the writes above it, the last one first.

use super::build::{Input, problem};
use super::{Failure, Undone, When};
use crate::check::typed::{ArmBody, Call, Expr, Local, Operation, Step, StepKind, Value};
use crate::check::{always_ends, can_fail, walk};
use crate::source::Span;

/// So much of an expression is shown.
const LONGEST: usize = 40;

/// A write that may have been done.
#[derive(Debug, Clone)]
struct Done {
    write: String,
    undo: Option<String>,
    when: When,
}

/// Of each step that can fail with something done above it.
pub fn failures(input: Input<'_>, operation: &Operation) -> Vec<Failure> {
    let mut walk = Walk { input, locals: &operation.locals, failures: Vec::new() };
    walk.steps(&operation.steps, &mut Vec::new());
    walk.failures
}

struct Walk<'w> {
    input: Input<'w>,
    locals: &'w [Local],
    failures: Vec<Failure>,
}

impl Walk<'_> {
    fn steps(&mut self, steps: &[Step], done: &mut Vec<Done>) {
        for step in steps {
            self.step(step, done);
        }
    }

    fn step(&mut self, step: &Step, done: &mut Vec<Done>) {
        match &step.kind {
            StepKind::Let { local, value } => {
                let name = self.locals.get(local.0).map(|local| local.name.as_str()).unwrap_or_default();
                self.value(value, step.span, &format!("{name} = "), done);
            }
            StepKind::Do(value) => self.value(value, step.span, "", done),
            StepKind::Return { value: Some(value), .. } => self.value(value, step.span, "return ", done),
            StepKind::Require { condition, otherwise } => {
                let name = format!("require {} (fail {})", self.input.written(condition), problem(otherwise));
                self.note(name, step.span, done);
            }
            StepKind::Fail(fail) => self.note(format!("fail {}", problem(fail)), step.span, done),
            StepKind::When { condition, then, otherwise, .. } => {
                self.expression(condition, "when", done);
                let (mut first, mut second) = (done.clone(), done.clone());
                self.steps(then, &mut first);
                self.steps(otherwise, &mut second);
                let above = done.len();
                for (arm, ended) in [(first, ends(then)), (second, ends(otherwise))] {
                    done.extend(arm.into_iter().skip(above).filter(|_| !ended).map(perhaps));
                }
            }
            StepKind::Together(members) => self.together(members, done),
            StepKind::Emit { record, .. } => self.expression(record, "emit", done),
            StepKind::Log { message, fields, .. } => {
                self.expression(message, "log", done);
                fields.iter().for_each(|fields| self.expression(fields, "log", done));
            }
            StepKind::Return { value: None, .. } => {}
        }
    }

    /// `what` stands before the value in the flow: `order = `.
    fn value(&mut self, value: &Value, span: Span, what: &str, done: &mut Vec<Done>) {
        let (call, is_list) = match value {
            Value::Plain(expr) if what == "return " => return self.expression(expr, "return", done),
            // Any other has no row: what is calculated takes no time.
            Value::Plain(expr) => return self.expression(expr, &format!("{what}{}", self.short(expr)), done),
            Value::Call(call) => (&**call, false),
            Value::Fan(fan) => (&fan.call, true),
        };
        let own = self.done(call, is_list);
        if can_fail(value) {
            // Of a list, some may have been done when one fails.
            let all: Vec<Done> = done.iter().cloned().chain(own.clone().filter(|_| is_list)).collect();
            self.note(format!("{what}{}", self.input.name(call)), span, &all);
        }
        done.extend(own);
    }

    fn together(&mut self, members: &[Step], done: &mut Vec<Done>) {
        let mut after: Vec<Done> = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let siblings = members.iter().enumerate().filter(|(other, _)| *other != at);
            let siblings = siblings.filter_map(|(_, sibling)| self.written(sibling)).map(perhaps);
            let mut known: Vec<Done> = done.iter().cloned().chain(siblings).collect();
            self.step(member, &mut known);
            after.extend(self.written(member));
        }
        done.extend(after);
    }

    /// What a member of `together` has done when it is done.
    fn written(&self, step: &Step) -> Option<Done> {
        match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => {
                self.done(walk::call_of(value)?, matches!(value, Value::Fan(_)))
            }
            _ => None,
        }
    }

    fn done(&self, call: &Call, is_list: bool) -> Option<Done> {
        if self.input.effects.is_read(call) {
            return None;
        }
        let goes_on = |body: &ArmBody| matches!(body, ArmBody::Value(_));
        let has_fallback =
            call.otherwise.iter().flat_map(|otherwise| &otherwise.arms).any(|arm| goes_on(&arm.body));
        let when = match (is_list, has_fallback) {
            (true, _) => When::EachDone,
            (false, true) => When::IfDone,
            (false, false) => When::Always,
        };
        let undo = call.undo.as_ref().map(|undo| self.input.name(undo));
        Some(Done { write: self.input.name(call), undo, when })
    }

    /// A conversion can fail, for one.
    fn expression(&mut self, expr: &Expr, name: &str, done: &[Done]) {
        if expr.fails {
            self.note(name.to_owned(), expr.span, done);
        }
    }

    /// The beginning of what is written.
    fn short(&self, expr: &Expr) -> String {
        let written = self.input.written(expr);
        match written.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", written.get(..end).unwrap_or_default().trim_end()),
            None => written,
        }
    }

    fn note(&mut self, step: String, span: Span, done: &[Done]) {
        if done.is_empty() {
            return;
        }
        let undone =
            done.iter().rev().filter_map(|one| Some(Undone { call: one.undo.clone()?, when: one.when }));
        let stays = done.iter().filter(|one| one.undo.is_none()).map(|one| one.write.clone());
        self.failures.push(Failure {
            step,
            line: self.input.line(span),
            undone: undone.collect(),
            stays: stays.collect(),
        });
    }
}

fn ends(steps: &[Step]) -> bool {
    steps.last().is_some_and(always_ends)
}

fn perhaps(done: Done) -> Done {
    let when = match done.when {
        When::Always | When::IfDone => When::IfDone,
        When::EachDone => When::EachDone,
    };
    Done { when, ..done }
}
