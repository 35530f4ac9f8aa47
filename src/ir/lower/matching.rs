//! `match`: which of its arms can be reached, and what the subject is known to be in each.

use super::Lowering;
use super::expr::{Body, local_id, lower, made};
use crate::check::typed;
use crate::ir::model::{Expr, ExprKind, LocalId, MatchArm, Pattern};
use crate::ir::ty::{Type, TypeDef};
use crate::ir::visit;

pub fn matching(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    subject: &typed::Expr,
    arms: &[typed::MatchArm],
    want: &Type,
) -> Expr {
    let path = super::condition::path_of(subject);
    let value = lower(cx, body, subject, None);
    if value.ty == Type::Unit
        && let Some(arm) = arms.iter().find(|arm| arm.patterns.iter().any(takes_none))
    {
        return lower(cx, body, &arm.body, Some(want));
    }
    let mut lowered: Vec<MatchArm> = Vec::with_capacity(arms.len());
    for arm in arms {
        let patterns = arm.patterns.iter().map(|pattern| self::pattern(cx, pattern, value.ty.present()));
        let patterns: Vec<Pattern> = patterns.filter(|pattern| may_fit(&value.ty, pattern)).collect();
        if patterns.is_empty() {
            continue;
        }
        let narrowed = narrowed(cx, &value.ty, &patterns, &lowered);
        let mark = body.known.len();
        let mut binding = arm.binding.map(local_id);
        if let Some(local) = binding {
            body.inherits(local, &value);
        }
        if let (Some(path), true) = (&path, narrowed != value.ty) {
            let name = path.last_name(body);
            let local = binding.unwrap_or_else(|| body.new_local(&name, narrowed.clone()));
            body.inherits(local, &value);
            body.known.push((path.clone(), local));
            binding = Some(local);
        }
        let result = lower(cx, body, &arm.body, Some(want));
        body.known.truncate(mark);
        let used = binding.filter(|local| reads(&result, *local));
        lowered.push(MatchArm { patterns, binding: used, body: result });
    }
    made(ExprKind::Match { subject: Box::new(value), arms: lowered }, want.clone())
}

fn takes_none(pattern: &typed::Pattern) -> bool {
    matches!(pattern, typed::Pattern::None | typed::Pattern::Any)
}

/// What is always there is never `none`.
fn may_fit(subject: &Type, pattern: &Pattern) -> bool {
    *pattern != Pattern::None || subject.is_optional() || *subject == Type::Json
}

fn reads(expr: &Expr, wanted: LocalId) -> bool {
    let mut found = false;
    visit::locals(expr, &mut |local| found |= local == wanted);
    found
}

fn pattern(cx: &Lowering<'_, '_>, pattern: &typed::Pattern, subject: &Type) -> Pattern {
    let def = match subject {
        Type::Named(id) => cx.out.types.get(id.0),
        _ => None,
    };
    match (pattern, def) {
        (typed::Pattern::Text(text), Some(TypeDef::Enum(of))) => {
            of.values.iter().position(|value| value == text).map_or(Pattern::Any, Pattern::Value)
        }
        (typed::Pattern::Text(text), _) => Pattern::Text(text.clone()),
        (typed::Pattern::Number(text), _) => Pattern::Number(text.to_string()),
        (typed::Pattern::Bool(value), _) => Pattern::Bool(*value),
        (typed::Pattern::None, _) => Pattern::None,
        (typed::Pattern::Member(name), Some(TypeDef::Union(union))) => union
            .members
            .iter()
            .position(|member| member.name == name.as_str())
            .map_or(Pattern::Any, Pattern::Member),
        (typed::Pattern::Member(_) | typed::Pattern::Any, _) => Pattern::Any,
    }
}

/// What the subject is behind the patterns: a member of the union, a value that is there.
fn narrowed(cx: &Lowering<'_, '_>, subject: &Type, patterns: &[Pattern], before: &[MatchArm]) -> Type {
    let taken = |wanted: &Pattern| before.iter().any(|arm| arm.patterns.contains(wanted));
    match patterns {
        [Pattern::None] => Type::Unit,
        [Pattern::Member(at)] => member_type(cx, subject, *at),
        [Pattern::Any] => {
            let present = if taken(&Pattern::None) { subject.present() } else { subject };
            match left_over(cx, present, before) {
                Some(at) => member_type(cx, subject, at),
                None => present.clone(),
            }
        }
        patterns if patterns.contains(&Pattern::None) => subject.clone(),
        _ => subject.present().clone(),
    }
}

fn union_of<'c>(cx: &'c Lowering<'_, '_>, ty: &Type) -> Option<&'c crate::ir::ty::Union> {
    let Type::Named(id) = ty else { return None };
    match cx.out.types.get(id.0) {
        Some(TypeDef::Union(union)) => Some(union),
        _ => None,
    }
}

fn member_type(cx: &Lowering<'_, '_>, subject: &Type, at: usize) -> Type {
    let member = union_of(cx, subject.present()).and_then(|union| union.members.get(at));
    member.map_or(subject.clone(), |member| member.ty.clone())
}

/// The only member of a union that no arm has taken.
fn left_over(cx: &Lowering<'_, '_>, subject: &Type, before: &[MatchArm]) -> Option<usize> {
    let union = union_of(cx, subject)?;
    let taken = |at: usize| before.iter().any(|arm| arm.patterns.contains(&Pattern::Member(at)));
    let mut left = (0..union.members.len()).filter(|at| !taken(*at));
    left.next().filter(|_| left.next().is_none())
}
