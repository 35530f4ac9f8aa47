//! Tests: what is given and expected is checked against the same contracts and types as the program, so that a
//! test cannot drift from them.

use std::sync::Arc;

use super::body::{self, Body, Kind, bind};
use super::context::Context;
use super::expression::{checked, infer};
use super::failure::WORDS;
use super::label::Labels;
use super::operation;
use super::ty::Type;
use super::typed::{
    Answer, Argument, Failure, FailurePattern, OperationType, Test, TestStep, TestStepKind, TestTarget, Then,
    Times,
};
use super::{call, caller, function, key, record, service};
use crate::contract::model::Status;
use crate::diagnostic::{names, nearest, steps as step_findings, testing as findings};
use crate::resolve::{Declared, UnitId};
use crate::source::Span;
use crate::syntax::ast;

pub fn check(cx: &mut Context<'_>, unit: UnitId, decl: &ast::Test) -> Test {
    let mut body = Body::new(unit, Kind::Test);
    let before = cx.diagnostics.len();
    let mut run = Run { called: None, is_understood: true };
    let mut steps = Vec::new();
    for step in &decl.steps {
        if let Some(kind) = self::step(cx, &mut body, &mut run, step) {
            steps.push(TestStep { kind, span: step.span });
        }
    }
    let proves = decl.steps.iter().any(|step| {
        matches!(
            step.kind,
            ast::TestStepKind::Expect(_) | ast::TestStepKind::Then(_) | ast::TestStepKind::Broken
        )
    });
    body::report_unused(cx, &body, before);
    if !proves {
        cx.report(findings::proves_nothing(decl.name.span));
    }
    Test { name: decl.name.value.clone(), locals: body.locals, steps, span: decl.span }
}

/// What the test has called so far.
struct Run {
    called: Option<Arc<OperationType>>,
    /// What a `when` calls could be told.
    is_understood: bool,
}

fn step(cx: &mut Context<'_>, body: &mut Body, run: &mut Run, step: &ast::TestStep) -> Option<TestStepKind> {
    match &step.kind {
        ast::TestStepKind::Let { name, value } => {
            let value = infer(cx, body, value, None);
            let local = bind(cx, body, name, value.ty.clone(), value.labels);
            Some(TestStepKind::Let { local, value })
        }
        ast::TestStepKind::Expect(condition) => {
            Some(TestStepKind::Expect(checked(cx, body, condition, &Type::BOOL, "what is expected")))
        }
        ast::TestStepKind::Given { target, args, answer } if caller::is_meant(target) => {
            Some(TestStepKind::GivenCaller(caller::given(cx, body, target, args.as_deref(), answer)?))
        }
        ast::TestStepKind::Given { target, args, answer } => given(cx, body, target, args.as_deref(), answer),
        ast::TestStepKind::When(expr) => when(cx, body, run, expr),
        ast::TestStepKind::Then(then) => {
            Some(TestStepKind::Then(self::then(cx, body, run, then, step.span)?))
        }
        ast::TestStepKind::Broken => {
            body.unread = true;
            None
        }
    }
}

/// An operation, or one of std's functions that give something new each time.
fn target(cx: &mut Context<'_>, body: &Body, path: &ast::Path) -> Option<TestTarget> {
    if let [name] = path.names.as_slice() {
        let found = cx
            .names
            .callables(body.unit, &name.text)
            .find(|(_, one)| one.params().is_empty() || !one.is_method());
        if let Some((unit, callable)) = found {
            if !key::CHANGING.contains(&name.text.as_str()) {
                cx.report(findings::function_given(name.span, &name.text));
                return None;
            }
            return Some(TestTarget::Function(function::signature(cx, unit, callable)));
        }
    }
    match cx.names.path(body.unit, &path.names) {
        Some((_, used)) if used < path.names.len() => {
            let (target, shape) = call::target(cx, body, &path.names)?;
            Some(TestTarget::Operation(target, shape))
        }
        Some(((_, declared), _)) => {
            let last = path.names.last()?;
            cx.report(names::wrong_kind(last, declared.kind(), "operation", Some(declared.name().span)));
            None
        }
        None => {
            let first = path.names.first()?;
            let near = cx.names.nearest_capital(body.unit, &first.text);
            cx.report_unknown(body.unit, &path.names, names::unknown_name(first, near.as_deref()));
            None
        }
    }
}

/// Arguments that narrow a `given` or a `called`: any of the parameters, none is required.
fn some_args(
    cx: &mut Context<'_>,
    body: &mut Body,
    path: &ast::Path,
    target: &TestTarget,
    args: Option<&[ast::Arg]>,
) -> Option<Vec<Argument>> {
    let args = args?;
    let TestTarget::Operation(called, shape) = target else {
        for arg in args {
            cx.report(findings::arguments_of_function(arg.span));
        }
        return None;
    };
    let relaxed =
        OperationType { params: shape.params.iter().map(not_required).collect(), ..(**shape).clone() };
    let name = path.names.last()?;
    Some(call::arguments(cx, body, name, *called, &Arc::new(relaxed), args))
}

fn not_required(param: &super::typed::OperationParam) -> super::typed::OperationParam {
    // A test says what it expects in the open: labels do not matter there.
    let labels = Labels::PERSONAL.with(Labels::SECRET);
    super::typed::OperationParam { required: false, labels, ..param.clone() }
}

fn given(
    cx: &mut Context<'_>,
    body: &mut Body,
    path: &ast::Path,
    args: Option<&[ast::Arg]>,
    answer: &ast::Answer,
) -> Option<TestStepKind> {
    let target = target(cx, body, path)?;
    let args = some_args(cx, body, path, &target, args);
    let answer = match (answer, &target) {
        (ast::Answer::Status(number, value), TestTarget::Operation(_, shape)) => {
            let status = operation::status_of(cx, number, 100..600)?;
            let want = answer_type(cx, shape, status, number.span);
            let value =
                value.as_ref().map(|value| checked(cx, body, value, &want, "the answer that is given"));
            Answer::Status(status, value)
        }
        (ast::Answer::Failure(word), TestTarget::Operation(_, shape)) => {
            Answer::Failure(failure(cx, shape, word)?)
        }
        (
            ast::Answer::Value(ast::Expr { kind: ast::ExprKind::Name(word), .. }),
            TestTarget::Operation(_, shape),
        ) if body.find(&word.text).is_none() => Answer::Failure(failure(cx, shape, word)?),
        (ast::Answer::Value(value), TestTarget::Operation(_, shape)) => {
            let shape = shape.clone();
            Answer::Value(checked(cx, body, value, &shape.success, "the answer that is given"))
        }
        (ast::Answer::Value(value), TestTarget::Function(signature)) => {
            let want = signature.result.clone();
            Answer::Value(checked(cx, body, value, &want, "the value that is given"))
        }
        (ast::Answer::Status(number, _), TestTarget::Function(_)) => {
            cx.report(findings::status_of_function(number.span));
            return None;
        }
        (ast::Answer::Failure(word), TestTarget::Function(_)) => {
            cx.report(findings::status_of_function(word.span));
            return None;
        }
    };
    Some(TestStepKind::Given { target, args, answer })
}

/// What the contract says of an answer with a status.
fn answer_type(cx: &mut Context<'_>, shape: &OperationType, status: u16, span: Span) -> Type {
    if (200..300).contains(&status) {
        return match operation::success_for(shape, status) {
            Some(ty) => ty.clone(),
            None => {
                cx.report(findings::undeclared_answer(span, status, &shape.name, shape.span));
                Type::Unknown
            }
        };
    }
    for failure in &shape.failures {
        match failure {
            Failure::Problem { problem, .. } if problem.status == status => {
                return service::problem_type(problem);
            }
            Failure::Status { status: declared, body, .. } if covers(*declared, status) => {
                return operation::failure_type(cx, body.as_ref());
            }
            Failure::Problem { .. } | Failure::Status { .. } => {}
        }
    }
    // What any server may answer, whatever its contract says.
    Type::Unknown
}

fn covers(declared: Status, status: u16) -> bool {
    match declared {
        Status::Exact(code) => code == status,
        Status::Class(class) => u16::from(class) == status / 100,
        Status::Default => true,
    }
}

fn failure(cx: &mut Context<'_>, shape: &OperationType, word: &ast::Name) -> Option<FailurePattern> {
    if let Some((_, failure)) = WORDS.iter().find(|(known, _)| *known == word.text) {
        return Some(failure.clone());
    }
    let problems: Vec<&str> = shape
        .failures
        .iter()
        .filter_map(|failure| match failure {
            Failure::Problem { problem, .. } => Some(problem.name.as_str()),
            Failure::Status { .. } => None,
        })
        .collect();
    if problems.contains(&word.text.as_str()) {
        return Some(FailurePattern::Problem(word.text.clone()));
    }
    let near = nearest(&word.text, WORDS.iter().map(|(known, _)| *known).chain(problems));
    cx.report(step_findings::unknown_failure(word, near));
    None
}

fn when(cx: &mut Context<'_>, body: &mut Body, run: &mut Run, expr: &ast::Expr) -> Option<TestStepKind> {
    let ast::ExprKind::Call { callee, args } = &expr.kind else {
        cx.report(findings::when_not_a_call(expr.span));
        return None;
    };
    run.is_understood = false;
    if function::is_unread(cx, body, callee) {
        return None;
    }
    if !function::is_operation(cx, body, callee) {
        cx.report(findings::when_not_a_call(expr.span));
        return None;
    }
    let call = call::operation_call(cx, body, callee, args, expr.span)?;
    *run = Run { called: Some(call.shape.clone()), is_understood: true };
    Some(TestStepKind::When { call })
}

fn then(cx: &mut Context<'_>, body: &mut Body, run: &Run, then: &ast::Then, span: Span) -> Option<Then> {
    let Some(called) = run.called.clone() else {
        if run.is_understood {
            cx.report(findings::then_without_when(span));
        }
        return None;
    };
    Some(match then {
        ast::Then::Fails { failure, members } => fails(cx, body, &called, failure, members.as_ref())?,
        ast::Then::Returns { status, value } => {
            let code = status.as_ref().and_then(|status| operation::status_of(cx, status, 200..300));
            let want = match (code, status) {
                (Some(code), Some(number)) => answer_type(cx, &called, code, number.span),
                _ => called.success.clone(),
            };
            let value = value.as_ref().map(|value| part(cx, body, value, &want));
            Then::Returns { status: code, value }
        }
        ast::Then::Called { target: path, args, times } => {
            let target = target(cx, body, path)?;
            let args = some_args(cx, body, path, &target, args.as_deref());
            Then::Called { args, times: self::times(cx, body, times)?, target }
        }
        ast::Then::Emits { event, record } => emits(cx, body, event, record.as_ref())?,
        ast::Then::Logs { level, message } => {
            let message =
                message.as_ref().map(|message| checked(cx, body, message, &Type::string(), "the line"));
            super::step::known_level(cx, level);
            Then::Logs { level: level.text.clone(), message }
        }
    })
}

/// An expected record may name some of the fields only: those are compared.
pub(super) fn part(
    cx: &mut Context<'_>,
    body: &mut Body,
    value: &ast::Expr,
    want: &Type,
) -> super::typed::Expr {
    match (&value.kind, want.present()) {
        (ast::ExprKind::Record(entries), Type::Record(known)) => {
            let partial = record::partial(cx, &known);
            record::literal(cx, body, entries, Some(&Type::Record(partial)), value.span)
        }
        _ => checked(cx, body, value, want, "what is expected"),
    }
}

fn fails(
    cx: &mut Context<'_>,
    body: &mut Body,
    called: &OperationType,
    failure: &ast::FailurePattern,
    members: Option<&ast::Expr>,
) -> Option<Then> {
    let (pattern, want) = match &failure.kind {
        ast::FailureKind::Status(number) => {
            (FailurePattern::Status(operation::status_of(cx, number, 400..600)?), Type::Unknown)
        }
        ast::FailureKind::Named(path) => {
            let last = path.names.last()?;
            let problem = called.failures.iter().find_map(|failure| match failure {
                Failure::Problem { problem, .. } if problem.name == last.text => Some(problem.clone()),
                Failure::Problem { .. } | Failure::Status { .. } => None,
            });
            let Some(problem) = problem else {
                match cx.names.path(body.unit, &path.names) {
                    Some(((_, Declared::Problem(_)), _)) => {
                        let (name, place) = (&called.name, called.span);
                        cx.report(step_findings::problem_not_answered(path.span, &last.text, name, place));
                    }
                    _ => {
                        let near = cx.names.nearest_capital(body.unit, &last.text);
                        cx.report_unknown(
                            body.unit,
                            &path.names,
                            step_findings::unknown_problem(last, near.as_deref()),
                        );
                    }
                }
                return None;
            };
            (FailurePattern::Problem(problem.name.clone()), service::problem_type(&problem))
        }
        ast::FailureKind::StatusClass(class) => (FailurePattern::Class(*class), Type::Unknown),
        ast::FailureKind::Wildcard => (FailurePattern::Any, Type::Unknown),
        ast::FailureKind::Broken => return None,
    };
    let members = members.map(|members| part(cx, body, members, &want));
    Some(Then::Fails { failure: pattern, members })
}

fn times(cx: &mut Context<'_>, body: &Body, times: &ast::Times) -> Option<Times> {
    Some(match times {
        ast::Times::Once => Times::Once,
        ast::Times::Never => Times::Never,
        ast::Times::Exactly(number) => {
            let count = super::constraint::exact(cx, number, super::bound::Held::Int)?
                .to_int()
                .and_then(|count| u64::try_from(count).ok());
            match count {
                Some(count) => Times::Exactly(count),
                None => {
                    cx.report(crate::diagnostic::types::number_range(number.span, "a whole number of times"));
                    return None;
                }
            }
        }
        ast::Times::Before(path) => Times::Before(target(cx, body, path)?),
    })
}

fn emits(cx: &mut Context<'_>, body: &mut Body, path: &ast::Path, value: Option<&ast::Expr>) -> Option<Then> {
    let last = path.names.last()?;
    let Some(((unit, Declared::Event(decl)), _)) = cx.names.path(body.unit, &path.names) else {
        let near = cx.names.nearest_capital(body.unit, &last.text);
        cx.report_unknown(body.unit, &path.names, step_findings::unknown_event(last, near.as_deref()));
        return None;
    };
    let event = operation::event(cx, unit, decl);
    let record = value.map(|value| part(cx, body, value, &event.record));
    Some(Then::Emits { event, record })
}
