//! What of a program its tests have seen: the fields of maps, the arms of `match`, and what is made of the failures of calls.
//! Only what has run is known; whether a test would notice a change of it is another question.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

use super::Code;
use crate::ir::{
    Arm, ArmBody, Expr, ExprKind, FailurePattern, MatchArm, Pattern, Place, Program, Step, Type, TypeDef,
    visit,
};

/// The parts that have run, by where they stand in memory: a program that runs does not move.
#[derive(Debug, Default)]
pub struct Seen {
    parts: Mutex<FxHashSet<usize>>,
}

/// A part of a program that no test has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    pub place: Place,
    /// `map customer: the field name`
    pub what: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub seen: usize,
    pub unseen: Vec<Unseen>,
}

impl Seen {
    pub fn expr(&self, expr: &Expr) {
        self.note(std::ptr::from_ref(expr) as usize);
    }

    pub fn arm(&self, arm: &Arm) {
        self.note(std::ptr::from_ref(arm) as usize);
    }

    fn note(&self, part: usize) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(part);
    }

    fn has(&self, part: usize) -> bool {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).contains(&part)
    }
}

/// What has been seen of a program that looks on.
pub fn coverage(code: &Code) -> Coverage {
    let mut all = Coverage::default();
    let Some(seen) = &code.seen else { return all };
    let program = &code.program;
    for function in &program.functions {
        let of = Part { program, seen, place: &function.place, whole: &function.name };
        of.fields(&function.body, &function.result, &mut all);
        of.matches(&function.body, &mut all);
    }
    for service in &program.services {
        for operation in &service.operations {
            let name = format!("{}.{}", service.name, operation.name);
            for step in &operation.steps {
                steps(program, seen, &name, step, &mut all);
            }
        }
    }
    all
}

fn steps(program: &Program, seen: &Seen, whole: &str, step: &Step, all: &mut Coverage) {
    let of = Part { program, seen, place: &step.place, whole };
    visit::step_parts(step, &mut |expr| of.matches(expr, all));
    visit::calls(std::slice::from_ref(step), &mut |call| {
        let of = Part { place: &call.place, ..of };
        for arm in &call.arms {
            let patterns: Vec<String> = arm.patterns.iter().map(|one| failure(program, one)).collect();
            let does = match arm.body {
                ArmBody::Value(_) => "a fallback",
                ArmBody::Fail(_) => "a failure",
            };
            let what = format!("{} else {}, {does}", call.name, patterns.join(" | "));
            of.part(std::ptr::from_ref(arm) as usize, &what, all);
        }
    });
}

/// What is looked at: a function, or a step of an operation.
#[derive(Clone, Copy)]
struct Part<'p> {
    program: &'p Program,
    seen: &'p Seen,
    place: &'p Place,
    whole: &'p str,
}

impl Part<'_> {
    fn part(&self, part: usize, what: &str, all: &mut Coverage) {
        match self.seen.has(part) {
            true => all.seen += 1,
            false => {
                let what = format!("{}: {what}", self.whole);
                all.unseen.push(Unseen { place: self.place.clone(), what });
            }
        }
    }

    /// The fields of the record that a map makes.
    fn fields(&self, body: &Expr, result: &Type, all: &mut Coverage) {
        match &body.kind {
            ExprKind::Bind { body, .. } => self.fields(body, result, all),
            ExprKind::Record { of, fields } if *result == Type::Named(*of) => {
                let Some(TypeDef::Record(record)) = self.program.types.get(of.0) else { return };
                for (field, value) in record.fields.iter().zip(fields) {
                    // What the author has left out is no part of the map.
                    if !matches!(value.kind, ExprKind::None) {
                        let what = format!("the field `{}`", field.name);
                        self.part(std::ptr::from_ref(value) as usize, &what, all);
                    }
                }
            }
            _ => {}
        }
    }

    fn matches(&self, expr: &Expr, all: &mut Coverage) {
        visit::every(expr, &mut |inner| {
            let ExprKind::Match { subject, arms } = &inner.kind else { return };
            for arm in arms {
                let what = format!("the arm {}", self.patterns(arm, &subject.ty));
                self.part(std::ptr::from_ref(&arm.body) as usize, &what, all);
            }
        });
    }

    fn patterns(&self, arm: &MatchArm, ty: &Type) -> String {
        let texts: Vec<String> = arm.patterns.iter().map(|pattern| self.pattern(pattern, ty)).collect();
        texts.join(" | ")
    }

    fn pattern(&self, pattern: &Pattern, ty: &Type) -> String {
        let def = match ty.present() {
            Type::Named(id) => self.program.types.get(id.0),
            _ => None,
        };
        match (pattern, def) {
            (Pattern::Text(text), _) => format!("\"{text}\""),
            (Pattern::Number(text), _) => text.clone(),
            (Pattern::Bool(value), _) => value.to_string(),
            (Pattern::None, _) => "none".to_owned(),
            (Pattern::Value(at), Some(TypeDef::Enum(of))) => {
                format!("\"{}\"", of.values.get(*at).map_or("", String::as_str))
            }
            (Pattern::Member(at), Some(TypeDef::Union(of))) => {
                of.members.get(*at).map_or("", |member| &member.name).to_owned()
            }
            (Pattern::Any | Pattern::Value(_) | Pattern::Member(_), _) => "_".to_owned(),
        }
    }
}

fn failure(program: &Program, pattern: &FailurePattern) -> String {
    match pattern {
        FailurePattern::Status(status) => status.to_string(),
        FailurePattern::Class(class) => format!("{class}xx"),
        FailurePattern::Timeout => "timeout".to_owned(),
        FailurePattern::Unreachable => "unreachable".to_owned(),
        FailurePattern::Rejected => "rejected".to_owned(),
        FailurePattern::Malformed => "malformed".to_owned(),
        FailurePattern::Problem(id) => {
            program.problems.get(id.0).map_or("_", |problem| &problem.name).to_owned()
        }
        FailurePattern::Any => "_".to_owned(),
    }
}
