//! Steps, from top to bottom: what each binds, what it may call, and how the operation ends.

use std::sync::Arc;

use super::body::{Body, bind};
use super::context::Context;
use super::expression::{condition, fitted, infer, item_type};
use super::label::{Labels, deep};
use super::ty::Type;
use super::typed::{Call, Expr, ExprKind, Fan, Joined, LocalId, Step, StepKind, Value};
use super::{branch, call, failure, fit, function, operation, precise, record, setting};
use crate::diagnostic::{labels as label_findings, names, steps as findings, types};
use crate::resolve::Declared;
use crate::source::Span;
use crate::syntax::ast;

/// Types a block of steps. What it binds stays visible; the caller ends the block.
pub fn steps(cx: &mut Context<'_>, body: &mut Body, written: &[ast::Step]) -> Vec<Step> {
    let mut typed: Vec<Step> = Vec::new();
    let mut ended: Option<Span> = None;
    for step in written {
        let read = !matches!(step.kind, ast::StepKind::Broken);
        if let Some(end) = ended.take().filter(|_| read) {
            cx.report(findings::never_reached(step.span, end));
        }
        if let Some(step) = self::step(cx, body, step) {
            if always_ends(&step) {
                ended = Some(step.span);
            }
            typed.push(step);
        }
    }
    typed
}

/// Whether nothing below a step is ever reached.
pub fn always_ends(step: &Step) -> bool {
    match &step.kind {
        StepKind::Return { .. } | StepKind::Fail(_) => true,
        StepKind::When { then, otherwise, .. } => {
            then.last().is_some_and(always_ends) && otherwise.last().is_some_and(always_ends)
        }
        StepKind::Let { .. }
        | StepKind::Do(_)
        | StepKind::Require { .. }
        | StepKind::Together(_)
        | StepKind::Emit { .. }
        | StepKind::Log { .. } => false,
    }
}

fn step(cx: &mut Context<'_>, body: &mut Body, step: &ast::Step) -> Option<Step> {
    let span = step.span;
    let kind = match &step.kind {
        ast::StepKind::Let { name, value } => let_step(cx, body, name, value),
        ast::StepKind::Do(value) => do_step(cx, body, value)?,
        ast::StepKind::Require { condition, otherwise } => require(cx, body, condition, otherwise),
        ast::StepKind::When(when) => self::when(cx, body, when),
        ast::StepKind::Together(steps) => together(cx, body, steps, span),
        ast::StepKind::Emit { event, record } => emit(cx, body, event, record)?,
        ast::StepKind::Log { level, message, fields } => log(cx, body, level, message, fields.as_ref()),
        ast::StepKind::Return { status, value } => returns(cx, body, status.as_ref(), value.as_ref(), span),
        ast::StepKind::Fail(fail) => StepKind::Fail(failure::fail(cx, body, fail)),
        ast::StepKind::Broken => {
            body.unread = true;
            return None;
        }
    };
    Some(Step { kind, span })
}

// ---- values -------------------------------------------------------------------------------------

/// A call with its clauses as they were written.
struct Written<'e> {
    value: &'e ast::Expr,
    handled: Option<&'e ast::Handled>,
}

impl<'e> Written<'e> {
    fn of(expr: &'e ast::Expr) -> Written<'e> {
        match &expr.kind {
            ast::ExprKind::Handled(handled) => {
                let inner = Written::of(&handled.value);
                let value = if inner.handled.is_some() { &handled.value } else { inner.value };
                Written { value, handled: Some(handled) }
            }
            ast::ExprKind::Paren(inner) => Written::of(inner),
            _ => Written { value: expr, handled: None },
        }
    }

    fn undo(&self) -> Option<&'e ast::Undo> {
        self.handled.and_then(|handled| handled.undo.as_ref())
    }
}

/// Types what a step computes: a call, a fan-out of calls, or a plain expression.
fn value(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr, want: Option<&Type>) -> Value {
    let written = Written::of(expr);
    match &written.value.kind {
        ast::ExprKind::Call { callee, args } if function::is_operation(cx, body, callee) => {
            match one_call(cx, body, &written, callee, args) {
                Some(call) => Value::Call(Box::new(call)),
                None => Value::Plain(super::expression::broken(expr.span)),
            }
        }
        ast::ExprKind::For(repeat) if yields_call(cx, body, &repeat.body) => {
            fan(cx, body, repeat, expr, &written)
        }
        _ => Value::Plain(infer(cx, body, expr, want)),
    }
}

fn one_call(
    cx: &mut Context<'_>,
    body: &mut Body,
    written: &Written<'_>,
    callee: &ast::Expr,
    args: &[ast::Arg],
) -> Option<Call> {
    let call = call::operation_call(cx, body, callee, args, written.value.span)?;
    Some(match written.handled {
        Some(handled) => call::with_clauses(cx, body, call, handled),
        None => call,
    })
}

fn yields_call(cx: &Context<'_>, body: &Body, expr: &ast::Expr) -> bool {
    match &Written::of(expr).value.kind {
        ast::ExprKind::Call { callee, .. } => function::is_operation(cx, body, callee),
        _ => false,
    }
}

/// `for x in xs (at most 8 at once) yield call`
fn fan(
    cx: &mut Context<'_>,
    body: &mut Body,
    repeat: &ast::For,
    expr: &ast::Expr,
    outer: &Written<'_>,
) -> Value {
    let span = expr.span;
    if let Some(handled) = outer.handled {
        let place = handled.undo.as_ref().map(|undo| undo.span).or(handled.finally).unwrap_or(span);
        cx.report(findings::clause_outside_fan(place));
    }
    let list = infer(cx, body, &repeat.list, None);
    let item = item_type(cx, &list, "`for`");
    let at_most = repeat.at_most.as_ref().and_then(|bound| fan_bound(cx, body, bound));
    let mark = body.mark();
    let binding = bind(cx, body, &repeat.binding, item, list.labels);
    let condition = repeat.condition.as_ref().map(|condition| self::condition(cx, body, condition));
    let written = Written::of(&repeat.body);
    let call = match &written.value.kind {
        ast::ExprKind::Call { callee, args } => one_call(cx, body, &written, callee, args),
        _ => None,
    };
    let Some(mut call) = call else {
        body.leave(mark);
        return Value::Plain(super::expression::broken(span));
    };
    if let Some(undo) = written.undo() {
        call.undo = call::undo(cx, body, undo);
    }
    body.leave(mark);
    let length = if condition.is_some() { precise::Length::AtMost } else { precise::Length::Same };
    let ty = precise::sized_like(&list.ty, call.ty.clone(), length);
    Value::Fan(Box::new(Fan { binding, list, condition, at_most, call, ty, span }))
}

fn fan_bound(cx: &mut Context<'_>, body: &mut Body, bound: &ast::Expr) -> Option<u32> {
    let typed = infer(cx, body, bound, None);
    let count = match &typed.ty {
        Type::Int(rule) => rule.single().and_then(super::exact::Exact::to_int),
        _ => None,
    };
    let count = count.and_then(|count| u32::try_from(count).ok()).filter(|count| (1..=1_000).contains(count));
    if count.is_none() && !typed.ty.is_unknown() {
        cx.report(types::fan_bound(bound.span));
    }
    count
}

fn type_of(value: &Value) -> (Type, Labels, Span) {
    match value {
        Value::Plain(expr) => (expr.ty.clone(), expr.labels, expr.span),
        Value::Call(call) => (call.ty.clone(), call.labels, call.span),
        Value::Fan(fan) => (fan.ty.clone(), fan.call.labels.with(fan.list.labels), fan.span),
    }
}

// ---- binding ------------------------------------------------------------------------------------

fn let_step(cx: &mut Context<'_>, body: &mut Body, name: &ast::Name, expr: &ast::Expr) -> StepKind {
    let mut value = value(cx, body, expr, None);
    let (ty, labels, _) = type_of(&value);
    if matches!(ty, Type::None) && matches!(value, Value::Call(_)) {
        cx.report(findings::binds_nothing(name.span, &name.text));
    }
    let ty = if matches!(ty, Type::None | Type::Never) { Type::Unknown } else { ty };
    let local = bind(cx, body, name, ty, labels);
    add_undo(cx, body, &mut value, expr);
    StepKind::Let { local, value }
}

/// The `undo` of a call is typed when its value has its name. Naming it there is no use of the value.
fn add_undo(cx: &mut Context<'_>, body: &mut Body, value: &mut Value, expr: &ast::Expr) {
    if let (Value::Call(call), Some(undo)) = (value, Written::of(expr).undo()) {
        call.undo = call::undo(cx, body, undo);
    }
}

fn do_step(cx: &mut Context<'_>, body: &mut Body, expr: &ast::Expr) -> Option<StepKind> {
    let mut value = value(cx, body, expr, None);
    if let Value::Plain(plain) = &value {
        if !plain.ty.is_unknown() {
            cx.report(findings::value_unused(plain.span));
        }
        return None;
    }
    add_undo(cx, body, &mut value, expr);
    Some(StepKind::Do(value))
}

/// The problem is of the case that the condition does not hold; below it does.
fn require(cx: &mut Context<'_>, body: &mut Body, written: &ast::Expr, otherwise: &ast::Fail) -> StepKind {
    let condition = super::expression::checked(cx, body, written, &Type::BOOL, "a condition");
    let mark = body.mark();
    branch::refine(cx, body, written, branch::Outcome::False);
    let otherwise = failure::fail(cx, body, otherwise);
    body.leave(mark);
    branch::refine(cx, body, written, branch::Outcome::True);
    StepKind::Require { condition, otherwise }
}

fn together(cx: &mut Context<'_>, body: &mut Body, written: &[ast::Step], span: Span) -> StepKind {
    let mut typed = Vec::new();
    let mut bound: Vec<LocalId> = Vec::new();
    if written.len() < 2 {
        cx.report(findings::together_of_one(span));
    }
    let outside = body.apart.len();
    for step in written {
        match &step.kind {
            ast::StepKind::Let { .. } | ast::StepKind::Do(_) | ast::StepKind::Broken => {}
            _ => {
                cx.report(findings::not_together(step.span));
                continue;
            }
        }
        let mark = body.mark();
        let member = self::step(cx, body, step);
        if let Some(Step { kind: StepKind::Let { value: Value::Plain(value), .. }, span }) = &member
            && !value.ty.is_unknown()
        {
            cx.report(findings::not_together(*span));
        }
        typed.extend(member);
        // A sibling must not see it: the two are in flight at the same time.
        for local in body.leave(mark) {
            body.apart.push(local);
            bound.push(local);
        }
    }
    body.apart.truncate(outside);
    bound.into_iter().for_each(|local| body.show(local));
    StepKind::Together(typed)
}

// ---- branches -----------------------------------------------------------------------------------

fn when(cx: &mut Context<'_>, body: &mut Body, when: &ast::When) -> StepKind {
    let condition = super::expression::checked(cx, body, &when.condition, &Type::BOOL, "a condition");
    let mark = body.mark();
    branch::refine(cx, body, &when.condition, branch::Outcome::True);
    let then = steps(cx, body, &when.then);
    let bound_then = body.leave(mark);
    branch::refine(cx, body, &when.condition, branch::Outcome::False);
    let otherwise = match &when.otherwise {
        None => Vec::new(),
        Some(ast::Branch::Steps(written)) => steps(cx, body, written),
        Some(ast::Branch::When(nested)) => {
            vec![Step { kind: self::when(cx, body, nested), span: nested.condition.span }]
        }
    };
    let bound_otherwise = body.leave(mark);
    // When one arm always ends, what the condition says of the other one holds below.
    let (then_ends, otherwise_ends) =
        (then.last().is_some_and(always_ends), otherwise.last().is_some_and(always_ends));
    let mut joined = Vec::new();
    match (then_ends, otherwise_ends) {
        (true, false) => {
            branch::refine(cx, body, &when.condition, branch::Outcome::False);
            bound_otherwise.iter().for_each(|local| body.show(*local));
        }
        (false, true) => {
            branch::refine(cx, body, &when.condition, branch::Outcome::True);
            bound_then.iter().for_each(|local| body.show(*local));
        }
        (false, false) | (true, true) => joined = join_bound(cx, body, &bound_then, &bound_otherwise),
    }
    StepKind::When { condition, then, otherwise, joined }
}

/// Names that both arms bind are visible below.
fn join_bound(cx: &mut Context<'_>, body: &mut Body, then: &[LocalId], otherwise: &[LocalId]) -> Vec<Joined> {
    let mut joined = Vec::new();
    for first in then {
        let a = body.local(*first).clone();
        let Some(second) = otherwise.iter().find(|id| body.local(**id).name == a.name) else { continue };
        let b = body.local(*second).clone();
        let ty = fit::join(cx, &a.ty, &b.ty).unwrap_or_else(|| {
            cx.report(types::branches_differ(b.span, &b.ty.to_string(), &a.ty.to_string()));
            Type::Unknown
        });
        let local = super::body::bind_named(body, a.name.clone(), a.span, ty, a.labels.with(b.labels));
        body.joined.push(a.name);
        joined.push(Joined { local, then: *first, otherwise: *second });
    }
    joined
}

// ---- what goes out ------------------------------------------------------------------------------

fn emit(cx: &mut Context<'_>, body: &mut Body, path: &ast::Path, written: &ast::Expr) -> Option<StepKind> {
    let last = path.names.last()?;
    let event = match cx.names.path(body.unit, &path.names) {
        Some(((unit, Declared::Event(decl)), used)) if used == path.names.len() => {
            operation::event(cx, unit, decl)
        }
        Some(((_, other), _)) => {
            cx.report(names::wrong_kind(last, other.kind(), "event", Some(other.name().span)));
            return None;
        }
        None => {
            let near = cx.names.nearest_capital(body.unit, &last.text);
            cx.report_unknown(body.unit, &path.names, findings::unknown_event(last, near.as_deref()));
            return None;
        }
    };
    let ast::ExprKind::Record(entries) = &written.kind else { return None };
    let record = record::literal(cx, body, entries, Some(&event.record), written.span);
    Some(StepKind::Emit { event, record })
}

fn log(
    cx: &mut Context<'_>,
    body: &mut Body,
    level: &ast::Name,
    message: &ast::Expr,
    fields: Option<&ast::Expr>,
) -> StepKind {
    known_level(cx, level);
    let message = super::expression::checked(cx, body, message, &Type::string(), "the text of a log line");
    let fields = fields.map(|fields| infer(cx, body, fields, None));
    refuse_leak(cx, &message);
    if let Some(fields) = &fields {
        refuse_leak(cx, fields);
    }
    StepKind::Log { level: level.text.clone(), message, fields }
}

/// The level of a line is one of those that std declares.
pub fn known_level(cx: &mut Context<'_>, level: &ast::Name) {
    if let Some(Type::Variants(levels)) = setting::std_type(cx, "LogLevel")
        && !levels.variants.iter().any(|known| known.name == level.text)
    {
        let known: Vec<&str> = levels.variants.iter().map(|known| known.name.as_str()).collect();
        cx.report(findings::unknown_level(level, &known));
    }
}

/// Labelled data do not go into a log.
fn refuse_leak(cx: &mut Context<'_>, value: &Expr) {
    if let ExprKind::Record { fields, spreads } = &value.kind {
        fields.iter().for_each(|(_, value)| refuse_leak(cx, value));
        spreads.iter().for_each(|spread| refuse_leak(cx, &spread.from));
        return;
    }
    let leaked = value.labels.declared().with(deep(cx, &value.ty));
    if !leaked.is_empty() {
        cx.report(label_findings::into_log(value.span, leaked));
    }
}

// ---- the end ------------------------------------------------------------------------------------

fn returns(
    cx: &mut Context<'_>,
    body: &mut Body,
    status: Option<&ast::Number>,
    expr: Option<&ast::Expr>,
    span: Span,
) -> StepKind {
    let code = status.and_then(|status| operation::status_of(cx, status, 200..300));
    let Some(shape) = body.answers.clone() else {
        let value = expr.map(|expr| self::value(cx, body, expr, None));
        cx.report(findings::return_without_outcome(span));
        return StepKind::Return { status: code, value };
    };
    let want = match code {
        Some(code) => match operation::success_for(&shape, code) {
            Some(ty) => ty.clone(),
            None => {
                let place = status.map_or(span, |status| status.span);
                cx.report(findings::undeclared_success(place, code, &shape.name, shape.span));
                Type::Unknown
            }
        },
        None => default_success(&shape),
    };
    let value = match expr {
        Some(expr) => {
            let value = self::value(cx, body, expr, Some(&want));
            Some(returned(cx, value, &want, &shape))
        }
        None => {
            if !matches!(want, Type::None | Type::Unknown) && !want.is_optional() {
                cx.report(findings::return_without_value(span, &want.to_string(), shape.span));
            }
            None
        }
    };
    StepKind::Return { status: code, value }
}

/// Without a status the first declared one is meant.
fn default_success(shape: &Arc<super::typed::OperationType>) -> Type {
    shape.successes.first().map_or(Type::Unknown, |(_, ty)| ty.clone())
}

fn returned(cx: &mut Context<'_>, value: Value, want: &Type, shape: &super::typed::OperationType) -> Value {
    let (ty, labels, span) = type_of(&value);
    if matches!(want, Type::None) && !matches!(ty, Type::None | Type::Unknown) {
        cx.report(findings::value_for_nothing(span, &ty.to_string(), shape.span));
        return value;
    }
    let lost = labels.declared();
    if !lost.is_empty() && !schema_labels(want) {
        cx.report(label_findings::into_answer(span, lost, shape.span));
    }
    let what = "what is returned";
    match value {
        Value::Plain(expr) => Value::Plain(fitted(cx, expr, want, what, Some(shape.span))),
        Value::Call(_) | Value::Fan(_) => {
            if let Err(found) = fit::fits(cx, &ty, want) {
                let shown = super::expression::plain(super::typed::ExprKind::Broken, ty, span);
                let diagnostic = super::mismatch::describe(cx, &shown, what, &found, Some(shape.span));
                cx.report(diagnostic);
            }
            value
        }
    }
}

/// The fields of a record carry their labels themselves; only a bare labelled value has nowhere to carry them.
fn schema_labels(want: &Type) -> bool {
    match want.present() {
        Type::Record(_) | Type::Union(_) | Type::Unknown => true,
        Type::List(list) => schema_labels(&list.item),
        Type::Dict(values) => schema_labels(&values),
        _ => false,
    }
}
