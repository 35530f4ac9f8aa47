//! `if`, `match`, and what conditions say about optional values and unions: below `x != none`, `x` is there.

use std::sync::Arc;

use indexmap::IndexSet;
use smol_str::SmolStr;

use super::body::{Body, bind};
use super::bound::{self, Held};
use super::context::Context;
use super::expression::{checked, infer, plain};
use super::fit;
use super::member::path_of;
use super::ty::{EnumType, Member, Scalar, Type, UnionType};
use super::typed::{Expr, ExprKind, MatchArm, Pattern};
use crate::diagnostic::{nearest, types};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOperator, PatternKind, UnaryOperator};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    True,
    False,
}

impl Outcome {
    fn other(self) -> Outcome {
        match self {
            Outcome::True => Outcome::False,
            Outcome::False => Outcome::True,
        }
    }
}

type Branches<'e> = (&'e ast::Expr, &'e ast::Expr, &'e ast::Expr);

pub fn conditional(
    cx: &mut Context<'_>,
    body: &mut Body,
    (condition, then, otherwise): Branches<'_>,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let test = checked(cx, body, condition, &Type::BOOL, "a condition");
    let mark = body.mark();
    refine(cx, body, condition, Outcome::True);
    let then = infer(cx, body, then, want);
    body.leave(mark);
    refine(cx, body, condition, Outcome::False);
    let otherwise = infer(cx, body, otherwise, want);
    body.leave(mark);
    let ty = joined(cx, &then, &otherwise, want);
    let labels = test.labels.with(then.labels).with(otherwise.labels);
    let fails = test.fails || then.fails || otherwise.fails;
    let kind =
        ExprKind::If { condition: Box::new(test), then: Box::new(then), otherwise: Box::new(otherwise) };
    Expr { kind, ty, labels, fails, span }
}

/// The type of a branch. Where a type is wanted and both fit, it is that one.
fn joined(cx: &mut Context<'_>, first: &Expr, second: &Expr, want: Option<&Type>) -> Type {
    if let Some(joined) = fit::join(cx, &first.ty, &second.ty) {
        return joined;
    }
    if let Some(want) = want
        && fit::fits(cx, &first.ty, want).is_ok()
        && fit::fits(cx, &second.ty, want).is_ok()
    {
        return want.clone();
    }
    cx.report(types::branches_differ(second.span, &second.ty.to_string(), &first.ty.to_string()));
    Type::Unknown
}

/// What a condition says when it is true, or false.
pub fn refine(cx: &mut Context<'_>, body: &mut Body, condition: &ast::Expr, outcome: Outcome) {
    match &condition.kind {
        ast::ExprKind::Paren(inner) => refine(cx, body, inner, outcome),
        ast::ExprKind::Unary { operator, of } if operator.node == UnaryOperator::Not => {
            refine(cx, body, of, outcome.other());
        }
        ast::ExprKind::Chain { first, rest } => {
            let wanted = match outcome {
                Outcome::True => BinaryOperator::And,
                Outcome::False => BinaryOperator::Or,
            };
            if rest.iter().all(|(operator, _)| operator.node == wanted) {
                refine(cx, body, first, outcome);
                for (_, operand) in rest {
                    refine(cx, body, operand, outcome);
                }
            }
        }
        ast::ExprKind::Binary { operator, left, right } => {
            let equal = match operator.node {
                BinaryOperator::Equal => outcome == Outcome::True,
                BinaryOperator::NotEqual => outcome == Outcome::False,
                _ => return,
            };
            let (subject, present) = match (&left.kind, &right.kind) {
                (_, ast::ExprKind::None) => (left, !equal),
                (ast::ExprKind::None, _) => (right, !equal),
                // Equal to a value that is there: then it is there itself.
                (_, ast::ExprKind::Text(_) | ast::ExprKind::Int(_) | ast::ExprKind::Bool(_)) if equal => {
                    (left, true)
                }
                _ => return,
            };
            refine_subject(cx, body, subject, present);
        }
        _ => {}
    }
}

fn refine_subject(cx: &mut Context<'_>, body: &mut Body, subject: &ast::Expr, present: bool) {
    let Some(path) = path_of(subject) else { return };
    // Typed a second time only to know the type; its findings have been reported.
    let reported = cx.diagnostics.len();
    let known = infer(cx, body, subject, None);
    cx.diagnostics.truncate(reported);
    if !known.ty.is_optional() {
        return;
    }
    let ty = if present { known.ty.present() } else { Type::None };
    refine_owners(cx, body, subject, present);
    body.refine(path, ty);
}

/// Where `a?.b` is there, `a` is there too.
fn refine_owners(cx: &mut Context<'_>, body: &mut Body, subject: &ast::Expr, present: bool) {
    if let ast::ExprKind::Member { of, optional, .. } = &subject.kind
        && *optional
        && present
    {
        refine_subject(cx, body, of, true);
    }
}

// ---- match --------------------------------------------------------------------------------------

pub fn matching(
    cx: &mut Context<'_>,
    body: &mut Body,
    subject: &ast::Expr,
    arms: &[ast::MatchArm],
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let path = path_of(subject);
    let value = infer(cx, body, subject, None);
    let mut seen = Seen::default();
    let mut whole = plain(ExprKind::Broken, Type::Never, span);
    (whole.labels, whole.fails) = (value.labels, value.fails);
    let mut typed = Vec::new();
    for arm in arms {
        let patterns: Vec<Pattern> = arm
            .patterns
            .iter()
            .filter_map(|pattern| self::pattern(cx, pattern, &value.ty, &mut seen))
            .collect();
        let mark = body.mark();
        let understood = patterns.len() == arm.patterns.len();
        seen.unclear |= !understood;
        let narrowed = if understood { narrowed(&value.ty, &patterns, &seen) } else { Type::Unknown };
        let binding = arm.binding.as_ref().map(|name| bind(cx, body, name, narrowed.clone(), value.labels));
        if let Some(path) = &path {
            body.refine(path.clone(), narrowed);
        }
        let result = infer(cx, body, &arm.body, want);
        body.leave(mark);
        whole.labels = whole.labels.with(result.labels);
        whole.fails |= result.fails;
        let so_far = plain(ExprKind::Broken, whole.ty.clone(), span);
        whole.ty = joined(cx, &so_far, &result, want);
        typed.push(MatchArm { patterns, binding, body: result });
    }
    if arms.is_empty() {
        whole.ty = Type::Unknown;
    }
    exhaustive(cx, &value, &seen, span);
    whole.kind = ExprKind::Match { subject: Box::new(value), arms: typed };
    whole
}

/// What the arms so far have taken.
#[derive(Debug, Default)]
struct Seen {
    values: IndexSet<String>,
    wildcard: bool,
    none: bool,
    /// A pattern could not be understood.
    unclear: bool,
}

fn pattern(cx: &mut Context<'_>, pattern: &ast::Pattern, subject: &Type, seen: &mut Seen) -> Option<Pattern> {
    if seen.wildcard {
        cx.report(types::arm_never_taken(pattern.span, "an arm above takes everything"));
        return None;
    }
    let (typed, key) = match &pattern.kind {
        PatternKind::Broken => {
            seen.wildcard = true;
            return None;
        }
        PatternKind::Wildcard => {
            seen.wildcard = true;
            let all = matches!(missing(subject, seen), Missing::Values(left) if left.is_empty());
            if all && !is_open(subject) && !matches!(subject, Type::Never) {
                cx.report(types::arm_never_taken(pattern.span, "the arms above take everything"));
            }
            return Some(Pattern::Any);
        }
        PatternKind::None => {
            if !subject.is_optional() && !subject.is_unknown() {
                cx.report(types::arm_never_taken(
                    pattern.span,
                    &format!("a value of `{subject}` is always there"),
                ));
            }
            let twice = std::mem::replace(&mut seen.none, true);
            if twice {
                again(cx, pattern.span, "none");
            }
            return Some(Pattern::None);
        }
        PatternKind::Text(text) => text_pattern(cx, text, subject)?,
        PatternKind::Number(number) => number_pattern(cx, number, subject)?,
        PatternKind::Bool(value) => {
            kind_agrees(cx, pattern.span, subject, &value.to_string(), |ty| {
                matches!(ty, Type::Scalar(Scalar::Bool))
            })?;
            (Pattern::Bool(*value), value.to_string())
        }
        PatternKind::Type(path) => member_pattern(cx, path, subject)?,
    };
    if !seen.values.insert(key.clone()) {
        again(cx, pattern.span, &key);
    }
    Some(typed)
}

fn again(cx: &mut Context<'_>, span: Span, what: &str) {
    cx.report(types::arm_never_taken(span, &format!("an arm above takes `{what}`")));
}

fn kind_agrees(
    cx: &mut Context<'_>,
    span: Span,
    subject: &Type,
    shown: &str,
    is: fn(&Type) -> bool,
) -> Option<()> {
    let present = subject.present();
    if is(&present) || present.is_unknown() {
        return Some(());
    }
    cx.report(types::pattern_kind(span, shown, &subject.to_string()));
    None
}

fn text_pattern(cx: &mut Context<'_>, text: &ast::Text, subject: &Type) -> Option<(Pattern, String)> {
    let pattern = (Pattern::Text(text.value.clone()), text.value.clone());
    match subject.present() {
        Type::Enum(of) => {
            if of.values.iter().any(|value| *value == text.value) {
                return Some(pattern);
            }
            let near = nearest(&text.value, of.values.iter().map(SmolStr::as_str));
            cx.report(types::not_in_enum(
                text.span,
                &text.value,
                &subject.to_string(),
                of.span,
                near,
                &of.values,
            ));
            None
        }
        _ => {
            kind_agrees(cx, text.span, subject, &format!("\"{}\"", text.value), |ty| {
                matches!(ty, Type::String(_))
            })?;
            Some(pattern)
        }
    }
}

fn number_pattern(cx: &mut Context<'_>, number: &ast::Number, subject: &Type) -> Option<(Pattern, String)> {
    kind_agrees(cx, number.span, subject, &number.text, |ty| {
        matches!(ty, Type::Int(_) | Type::Decimal(_) | Type::Float(_))
    })?;
    let held = bound::held(&subject.present()).unwrap_or(Held::Decimal);
    let value = super::constraint::exact(cx, number, held)?.to_string();
    Some((Pattern::Number(value.as_str().into()), value))
}

fn member_pattern(cx: &mut Context<'_>, path: &ast::Path, subject: &Type) -> Option<(Pattern, String)> {
    let last = path.names.last()?;
    let Type::Union(union) = subject.present() else {
        if !subject.is_unknown() {
            cx.report(types::pattern_kind(path.span, &last.text, &subject.to_string()));
        }
        return None;
    };
    let members = union.content.get().map(|content| content.members.as_slice()).unwrap_or_default();
    // `Erp.Cat` names the same member as `Cat` does.
    if members.iter().any(|member| member.name == last.text) {
        return Some((Pattern::Member(last.text.clone()), last.text.to_string()));
    }
    let names: Vec<SmolStr> = members.iter().map(|member| member.name.clone()).collect();
    let near = nearest(&last.text, names.iter().map(SmolStr::as_str));
    cx.report(types::not_in_enum(path.span, &last.text, &subject.to_string(), union.span, near, &names));
    None
}

/// What is known of the subject inside an arm.
fn narrowed(subject: &Type, patterns: &[Pattern], seen: &Seen) -> Type {
    match (patterns, subject.present()) {
        ([Pattern::Member(name)], Type::Union(union)) => {
            member_of(&union, |member| member.name == *name).unwrap_or(Type::Unknown)
        }
        ([Pattern::None], _) => Type::None,
        ([Pattern::Any] | [], present) => {
            let left = rest(&present, seen);
            if seen.none || !subject.is_optional() { left } else { left.optional() }
        }
        (_, Type::Enum(of)) => {
            let texts = patterns.iter().filter_map(|pattern| match pattern {
                Pattern::Text(text) => Some(SmolStr::from(text)),
                _ => None,
            });
            let values = values_of(&of, texts.collect());
            if patterns.contains(&Pattern::None) { values.optional() } else { values }
        }
        (_, present) if patterns.contains(&Pattern::None) => present.optional(),
        (_, present) => present,
    }
}

/// What the arms so far have left over.
fn rest(present: &Type, seen: &Seen) -> Type {
    match present {
        Type::Enum(of) if !of.open => {
            let left = of.values.iter().filter(|value| !seen.values.contains(value.as_str()));
            values_of(of, left.cloned().collect())
        }
        Type::Union(union) => {
            let members = union.content.get().map_or(0, |content| content.members.len());
            let left = |member: &Member| !seen.values.contains(member.name.as_str());
            let last = (members == seen.values.len() + 1).then(|| member_of(union, left)).flatten();
            last.unwrap_or_else(|| present.clone())
        }
        other => other.clone(),
    }
}

/// Some of the values of an enumeration; all of them are the enumeration itself.
fn values_of(of: &Arc<EnumType>, values: Vec<SmolStr>) -> Type {
    if values.is_empty() || (values.len() == of.values.len() && !of.open) {
        return Type::Enum(of.clone());
    }
    Type::Enum(Arc::new(EnumType { name: None, values, open: false, span: of.span }))
}

fn member_of(union: &UnionType, wanted: impl Fn(&Member) -> bool) -> Option<Type> {
    let members = &union.content.get()?.members;
    members.iter().find(|member| wanted(member)).map(|member| member.ty.clone())
}

/// Every value of the subject has its arm.
fn exhaustive(cx: &mut Context<'_>, value: &Expr, seen: &Seen, span: Span) {
    // A pattern that was not understood may be the one that is missing.
    if seen.wildcard || seen.unclear || value.ty.is_unknown() {
        return;
    }
    let declared = fit::place(&value.ty);
    let shown = value.ty.to_string();
    match missing(&value.ty, seen) {
        Missing::Values(missing) if !missing.is_empty() => {
            cx.report(types::not_exhaustive(span, value.span, &shown, &missing, declared));
        }
        Missing::Values(_) if is_open(&value.ty) => {
            cx.report(types::open_match(span, value.span, &shown, declared));
        }
        Missing::Values(_) => {}
        Missing::Others => cx.report(types::match_without_rest(span, value.span, &shown)),
    }
}

enum Missing {
    Values(Vec<String>),
    /// There are too many values to name them.
    Others,
}

fn missing(subject: &Type, seen: &Seen) -> Missing {
    let left = |value: &&str| !seen.values.contains(*value);
    let none = (subject.is_optional() && !seen.none).then(|| "none".to_owned());
    let mut missing: Vec<String> = none.into_iter().collect();
    match subject.present() {
        Type::Enum(of) => {
            let texts = of.values.iter().map(SmolStr::as_str).filter(left);
            missing.extend(texts.map(|value| format!("\"{value}\"")));
        }
        Type::Scalar(Scalar::Bool) => {
            missing.extend(["true", "false"].into_iter().filter(left).map(String::from));
        }
        Type::Union(union) => {
            let members = union.content.get().map(|content| content.members.as_slice()).unwrap_or_default();
            let names = members.iter().map(|member| member.name.as_str()).filter(left);
            missing.extend(names.map(String::from));
        }
        Type::Never => {}
        _ => return Missing::Others,
    }
    Missing::Values(missing)
}

/// It may have values that nobody knows yet.
fn is_open(subject: &Type) -> bool {
    matches!(subject.present(), Type::Enum(of) if of.open)
}
