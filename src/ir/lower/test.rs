//! Tests. What a test does not reach may be what cannot be built yet; so may the settings of backends and services, which
//! no test asks: who may call, how a connection is made, how often something is tried.

use rustc_hash::FxHashMap;

use super::call::{backend_operation, call, parameter_type};
use super::coerce::coerce;
use super::expr::{Body, local_id, lower, member};
use super::{Input, Lowering, Purpose};
use crate::check::typed::{self, TestStepKind as Typed};
use crate::diagnostic::{Diagnostic, build as findings};
use crate::ir::model::{
    Answer, Argument, Changing, Expected, ExpectedParts, Expr, FailurePattern, NoAnswer, Program, Target,
    TestCase, TestStep, TestStepKind, Then, Times,
};
use crate::ir::reached;
use crate::ir::ty::{Type, TypeDef};
use crate::source::Span;

/// A program with its tests, and what of it cannot be tested yet.
#[derive(Debug)]
pub struct Tested {
    pub program: Program,
    /// Where each test stands, beside [`Program::tests`].
    pub spans: Vec<TestSpans>,
    /// What some tests need and cannot have yet.
    pub refused: Vec<Diagnostic>,
    /// Those tests: they are not among the tests of the program.
    pub waiting: Vec<Waiting>,
}

/// A test that cannot be run yet.
#[derive(Debug)]
pub struct Waiting {
    pub name: String,
    pub span: Span,
}

#[derive(Debug)]
pub struct TestSpans {
    pub whole: Span,
    pub steps: Vec<Span>,
}

/// Lowers a program with the tests that are asked for.
pub fn lower_tests(input: Input<'_, '_>, is_asked: &dyn Fn(&typed::Test) -> bool) -> Tested {
    let mut cx = Lowering::of(input, Purpose::Tests);
    cx.out.backends = (0..cx.program.backends.len()).map(|at| cx.aside(|cx| cx.backend(at))).collect();
    for at in 0..cx.program.services.len() {
        let service = cx.service(at);
        cx.out.services.push(service);
    }
    let program = cx.program;
    let mut lowered = Vec::new();
    for typed in program.tests.iter().filter(|test| is_asked(test)) {
        let test = test(&mut cx, typed);
        lowered.push((test, spans(typed), std::mem::take(&mut cx.faults)));
    }
    cx.finish_backends();
    let refused_operations = std::mem::take(&mut cx.refused);
    let mut tested = Tested { program: cx.out, spans: Vec::new(), refused: Vec::new(), waiting: Vec::new() };
    for (test, spans, mut faults) in lowered {
        let reached = reached(&tested.program, &test);
        faults
            .extend(reached.iter().flat_map(|id| refused_operations.get(id).into_iter().flatten().cloned()));
        if faults.is_empty() {
            tested.program.tests.push(test);
            tested.spans.push(spans);
        } else {
            tested.waiting.push(Waiting { name: test.name, span: spans.whole });
            faults.retain(|fault| !tested.refused.contains(fault));
            tested.refused.append(&mut faults);
        }
    }
    tested
}

/// What of each operation is refused, by its service and place.
pub type Refused = FxHashMap<(usize, usize), Vec<Diagnostic>>;

fn spans(typed: &typed::Test) -> TestSpans {
    TestSpans { whole: typed.span, steps: typed.steps.iter().map(|step| step.span).collect() }
}

// ---- steps --------------------------------------------------------------------------------------

/// What the last `when` called.
struct Called<'t> {
    service: usize,
    operation: usize,
    shape: &'t typed::OperationType,
}

fn test(cx: &mut Lowering<'_, '_>, typed: &typed::Test) -> TestCase {
    cx.hint = "test".to_owned();
    let mut body = Body::of(cx, &typed.locals);
    let mut called = None;
    let mut steps = Vec::new();
    for step in &typed.steps {
        // One that is refused is kept as what does nothing: steps have the numbers that they have in the text.
        let kind = self::step(cx, &mut body, &mut called, step);
        let kind = kind.unwrap_or_else(|| TestStepKind::Expect(super::expr::bool(true)));
        steps.push(TestStep { kind, place: cx.place(step.span) });
    }
    TestCase { name: typed.name.clone(), locals: body.locals, steps, place: cx.place(typed.span) }
}

fn step<'t>(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    called: &mut Option<Called<'t>>,
    step: &'t typed::TestStep,
) -> Option<TestStepKind> {
    Some(match &step.kind {
        Typed::Let { local, value } => {
            let local = local_id(*local);
            let value = lower(cx, body, value, None);
            if let Some(known) = body.locals.get_mut(local.0)
                && !matches!(value.ty, Type::Unit | Type::Never)
            {
                known.ty = value.ty.clone();
            }
            TestStepKind::Let { local, value }
        }
        Typed::Expect(condition) => TestStepKind::Expect(lower(cx, body, condition, Some(&Type::Bool))),
        Typed::Given { target: typed::TestTarget::Operation(target, shape), args, answer } => {
            let target = self::target(cx, *target, shape);
            let args = arguments(cx, body, target, shape, args.as_deref());
            TestStepKind::Given { target, args, answer: self::answer(cx, body, target, shape, answer)? }
        }
        Typed::Given { target: typed::TestTarget::Function(signature), answer, .. } => {
            let typed::Answer::Value(value) = answer else { return None };
            given_value(cx, body, signature, value)?
        }
        Typed::GivenCaller(typed::GivenCaller { ty, value }) => {
            let want = cx.ty(ty);
            // One that may be absent is one who shows nothing where it is.
            let whole = value.as_ref().map(|value| match &value.kind {
                typed::ExprKind::Record { .. } => expected(cx, body, value, &want),
                _ => expected(cx, body, value, &want.clone().optional()),
            });
            TestStepKind::GivenCaller(whole)
        }
        Typed::When { call: typed } => {
            let call = call(cx, body, typed);
            let Target::Service { service, operation } = call.target else {
                cx.faults.push(findings::not_yet_tested(step.span, "a `when` that calls a backend"));
                return None;
            };
            *called = Some(Called { service, operation, shape: &typed.shape });
            TestStepKind::When { service, operation, args: call.args }
        }
        Typed::Then(then) => TestStepKind::Then(self::then(cx, body, called.as_ref()?, then, step.span)?),
    })
}

fn given_value(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    signature: &typed::Signature,
    value: &typed::Expr,
) -> Option<TestStepKind> {
    let function = match signature.name.as_str() {
        "now" => Changing::Now,
        "today" => Changing::Today,
        "uuid" => Changing::Uuid,
        _ => return None,
    };
    let want = cx.ty(&signature.result);
    Some(TestStepKind::GivenValue { function, value: lower(cx, body, value, Some(&want)) })
}

fn target(cx: &mut Lowering<'_, '_>, target: typed::Target, shape: &typed::OperationType) -> Target {
    match target {
        // Whoever calls it has said whether it reads; where nobody does, that makes no difference.
        typed::Target::Backend(id) => {
            Target::Backend { backend: id.0, operation: backend_operation(cx, id.0, shape, shape.safe) }
        }
        typed::Target::Service(id) => Target::Service { service: id.service.0, operation: id.at },
    }
}

/// Those that are named, as the calls have them.
fn arguments(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    target: Target,
    shape: &typed::OperationType,
    args: Option<&[typed::Argument]>,
) -> Vec<Argument> {
    let params: Vec<Type> = match target {
        Target::Backend { backend, operation } => super::call::backend_parameters(cx, backend, operation),
        Target::Service { .. } => shape.params.iter().map(|param| parameter_type(cx, param)).collect(),
    };
    let argument = |argument: &typed::Argument| {
        let want = params.get(argument.param);
        let labelled = !argument.value.labels.declared().is_empty();
        Argument { param: argument.param, value: lower(cx, body, &argument.value, want), labelled }
    };
    args.unwrap_or_default().iter().map(argument).collect()
}

// ---- answers ------------------------------------------------------------------------------------

fn answer(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    target: Target,
    shape: &typed::OperationType,
    answer: &typed::Answer,
) -> Option<Answer> {
    Some(match answer {
        typed::Answer::Status(status, value) if (200..300).contains(status) => {
            let value = value.as_ref().map(|value| good(cx, body, target, shape, Some(*status), value));
            Answer::Good { status: *status, value }
        }
        typed::Answer::Status(status, value) => {
            let problem = shape.failures.iter().find_map(|failure| match failure {
                typed::Failure::Problem { problem, .. } if problem.status == *status => Some(problem),
                typed::Failure::Problem { .. } | typed::Failure::Status { .. } => None,
            });
            match problem {
                Some(problem) => self::problem(cx, body, problem, value.as_ref()),
                None => {
                    let body = value.as_ref().map(|value| lower(cx, body, value, None));
                    Answer::Bad { status: *status, body }
                }
            }
        }
        typed::Answer::Value(value) => {
            let status = shape.success_status.unwrap_or(200);
            Answer::Good { status, value: Some(good(cx, body, target, shape, None, value)) }
        }
        typed::Answer::Failure(failure) => match failure {
            typed::FailurePattern::Timeout => Answer::None(NoAnswer::Timeout),
            typed::FailurePattern::Unreachable => Answer::None(NoAnswer::Unreachable),
            typed::FailurePattern::Rejected => Answer::None(NoAnswer::Rejected),
            typed::FailurePattern::Malformed => Answer::None(NoAnswer::Malformed),
            typed::FailurePattern::Problem(name) => self::problem(cx, body, declared(shape, name)?, None),
            // No word of an answer means these.
            typed::FailurePattern::Status(_)
            | typed::FailurePattern::Class(_)
            | typed::FailurePattern::Any => return None,
        },
    })
}

fn declared<'s>(shape: &'s typed::OperationType, name: &str) -> Option<&'s typed::Problem> {
    shape.failures.iter().find_map(|failure| match failure {
        typed::Failure::Problem { problem, .. } if problem.name == name => Some(&**problem),
        typed::Failure::Problem { .. } | typed::Failure::Status { .. } => None,
    })
}

fn problem(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    problem: &typed::Problem,
    members: Option<&typed::Expr>,
) -> Answer {
    let problem = cx.problem(problem);
    let want = members_of(cx, problem);
    let members = members.map(|members| lower(cx, body, members, want.as_ref()));
    Answer::Problem { problem, members }
}

fn members_of(cx: &Lowering<'_, '_>, problem: super::ProblemId) -> Option<Type> {
    cx.out.problems.get(problem.0).map(|problem| Type::Named(problem.members))
}

/// A good answer, as what the call gives.
fn good(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    target: Target,
    shape: &typed::OperationType,
    status: Option<u16>,
    value: &typed::Expr,
) -> Expr {
    let result = result(cx, target, shape);
    let of_status = status.and_then(|status| typed_answer(shape, status));
    let want = match of_status {
        Some(ty) if shape.successes.len() > 1 => cx.ty(ty),
        _ => result.clone(),
    };
    let value = lower(cx, body, value, Some(&want));
    coerce(cx, body, value, &result)
}

/// What a call of the operation gives.
fn result(cx: &mut Lowering<'_, '_>, target: Target, shape: &typed::OperationType) -> Type {
    match target {
        Target::Backend { backend, operation } => super::call::result_of(cx, backend, operation),
        Target::Service { .. } => None,
    }
    .unwrap_or_else(|| cx.ty(&shape.success))
}

fn typed_answer(shape: &typed::OperationType, status: u16) -> Option<&crate::check::ty::Type> {
    use crate::contract::model::Status;
    let declared = |wanted: Status| shape.successes.iter().find(|(status, _)| *status == wanted);
    let class = u8::try_from(status / 100).unwrap_or(u8::MAX);
    let found = declared(Status::Exact(status)).or_else(|| declared(Status::Class(class)));
    found.or_else(|| declared(Status::Default)).map(|(_, ty)| ty)
}

// ---- expectations -------------------------------------------------------------------------------

fn then(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    called: &Called<'_>,
    then: &typed::Then,
    span: Span,
) -> Option<Then> {
    Some(match then {
        typed::Then::Returns { status, value } => {
            let value = value.as_ref().map(|value| returned(cx, body, called, *status, value));
            Then::Returns { status: *status, value }
        }
        typed::Then::Fails { failure, members } => {
            fails(cx, body, called, (failure, members.as_ref()), span)?
        }
        typed::Then::Called { target: of, args, times } => {
            let typed::TestTarget::Operation(target, shape) = of else {
                cx.faults.push(findings::not_yet_tested(span, "`called` of a function"));
                return None;
            };
            let target = self::target(cx, *target, shape);
            let args = arguments(cx, body, target, shape, args.as_deref());
            Then::Called { target, args, times: self::times(cx, times, span)? }
        }
        typed::Then::Emits { .. } => {
            cx.faults.push(findings::not_yet_tested(span, "`emits`"));
            return None;
        }
        typed::Then::Logs { level, message } => Then::Logs {
            level: level.to_string(),
            message: message.as_ref().map(|message| lower(cx, body, message, Some(&Type::text()))),
        },
    })
}

fn times(cx: &mut Lowering<'_, '_>, times: &typed::Times, span: Span) -> Option<Times> {
    Some(match times {
        typed::Times::Once => Times::Exactly(1),
        typed::Times::Never => Times::Exactly(0),
        typed::Times::Exactly(count) => Times::Exactly(*count),
        typed::Times::Before(typed::TestTarget::Operation(target, shape)) => {
            Times::Before(self::target(cx, *target, shape))
        }
        typed::Times::Before(typed::TestTarget::Function(_)) => {
            cx.faults.push(findings::not_yet_tested(span, "`called before` a function"));
            return None;
        }
    })
}

/// What is returned has the type of all good answers; what is expected is one of them.
fn returned(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    called: &Called<'_>,
    status: Option<u16>,
    value: &typed::Expr,
) -> Expected {
    let target = Target::Service { service: called.service, operation: called.operation };
    let result = result(cx, target, called.shape);
    let want = match status.and_then(|status| typed_answer(called.shape, status)) {
        Some(ty) => cx.ty(ty),
        None => result.clone(),
    };
    let expected = expected(cx, body, value, &want);
    match expected.parts {
        ExpectedParts::Whole(value) => {
            let value = coerce(cx, body, value, &result);
            Expected { ty: result, parts: ExpectedParts::Whole(value) }
        }
        ExpectedParts::Fields(_) => expected,
    }
}

fn fails(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    called: &Called<'_>,
    (failure, members): (&typed::FailurePattern, Option<&typed::Expr>),
    span: Span,
) -> Option<Then> {
    let failure = match failure {
        typed::FailurePattern::Status(status) => FailurePattern::Status(*status),
        typed::FailurePattern::Class(class) => FailurePattern::Class(*class),
        typed::FailurePattern::Problem(name) => {
            FailurePattern::Problem(cx.problem(declared(called.shape, name)?))
        }
        typed::FailurePattern::Any => FailurePattern::Any,
        typed::FailurePattern::Timeout
        | typed::FailurePattern::Unreachable
        | typed::FailurePattern::Rejected
        | typed::FailurePattern::Malformed => return None,
    };
    let members = match (members, &failure) {
        (Some(members), FailurePattern::Problem(problem)) => {
            let want = members_of(cx, *problem)?;
            Some(expected(cx, body, members, &want))
        }
        (Some(_), _) => {
            cx.faults.push(findings::not_yet_tested(span, "`fails` of a status with members"));
            return None;
        }
        (None, _) => None,
    };
    Some(Then::Fails { failure, members })
}

/// A record that is written out names the fields that count.
fn expected(cx: &mut Lowering<'_, '_>, body: &mut Body, typed: &typed::Expr, want: &Type) -> Expected {
    let def = match want.present() {
        Type::Named(id) => cx.out.types.get(id.0).cloned(),
        _ => None,
    };
    let (typed::ExprKind::Record { fields, spreads }, Some(TypeDef::Record(def))) = (&typed.kind, def) else {
        let value = lower(cx, body, typed, Some(want));
        return Expected { ty: want.clone(), parts: ExpectedParts::Whole(value) };
    };
    let field_type = |name: &str| {
        let field = def.fields.iter().find(|field| field.name == name);
        let rest = || def.additional.clone().unwrap_or(Type::Json).optional();
        field.map_or_else(rest, |field| field.ty.clone())
    };
    let mut parts = Vec::new();
    for (name, value) in fields {
        parts.push((name.to_string(), lower(cx, body, value, Some(&field_type(name)))));
    }
    for spread in spreads {
        for name in &spread.fields {
            let ty = field_type(name);
            let from = lower(cx, body, &spread.from, None);
            let value = member(cx, from, name, &ty);
            parts.push((name.to_string(), coerce(cx, body, value, &ty)));
        }
    }
    Expected { ty: want.present().clone(), parts: ExpectedParts::Fields(parts) }
}
