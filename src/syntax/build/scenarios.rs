//! Tests: what is given, what happens, what must come of it.

use super::super::ast::{Answer, Arg, Expr, ExprKind, Path, Test, TestStep, TestStepKind, Text, Then, Times};
use super::super::grammar::{Pair, Rule};
use super::{Builder, expressions, literals, name, needless, path, steps, text};

pub(super) fn test(b: &mut Builder, pair: Pair) -> Option<Test> {
    let span = b.span(&pair);
    let mut name: Option<Text> = None;
    let mut steps = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::text => name = Some(text(b, &part)),
            Rule::test_step => steps.push(step(b, part)),
            Rule::broken_test_step => {
                let span = b.broken(&part, Rule::test_step);
                let value = Expr { kind: ExprKind::Broken, span };
                let kind = b.broken_binding(&part).map(|name| TestStepKind::Let { name, value });
                steps.push(TestStep { kind: kind.unwrap_or(TestStepKind::Broken), span });
            }
            Rule::semicolon | Rule::comma => needless(b, &part),
            _ => {}
        }
    }
    name.map(|name| Test { name, steps, span })
}

fn step(b: &mut Builder, pair: Pair) -> TestStep {
    let span = b.span(&pair);
    let kind = pair.into_inner().next().and_then(|inner| step_kind(b, inner));
    TestStep { kind: kind.unwrap_or(TestStepKind::Broken), span }
}

fn step_kind(b: &mut Builder, pair: Pair) -> Option<TestStepKind> {
    Some(match pair.as_rule() {
        Rule::let_step => {
            let (name, value) = steps::let_parts(b, pair)?;
            TestStepKind::Let { name, value }
        }
        Rule::expect => TestStepKind::Expect(expressions::inner_expr(b, pair)?),
        Rule::test_when => TestStepKind::When(expressions::inner_expr(b, pair)?),
        Rule::given => given(b, pair)?,
        _ => TestStepKind::Then(then(b, pair)?),
    })
}

fn given(b: &mut Builder, pair: Pair) -> Option<TestStepKind> {
    let mut target: Option<Path> = None;
    let mut args: Option<Vec<Arg>> = None;
    let mut given: Option<Answer> = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::path => target = Some(path(b, part)),
            Rule::call => args = Some(expressions::args(b, part)),
            Rule::answer => given = answer(b, part),
            _ => {}
        }
    }
    Some(TestStepKind::Given { target: target?, args, answer: given? })
}

fn answer(b: &mut Builder, pair: Pair) -> Option<Answer> {
    let failure = pair.clone().into_inner().find(|part| part.as_rule() == Rule::failure_word);
    if let Some(failure) = failure {
        return Some(Answer::Failure(name(b, &failure)));
    }
    match steps::status_and_value(b, pair) {
        (Some(status), value) => Some(Answer::Status(status, value)),
        (None, Some(value)) => Some(Answer::Value(value)),
        (None, None) => None,
    }
}

fn then(b: &mut Builder, pair: Pair) -> Option<Then> {
    let form = pair.into_inner().find(|part| part.as_rule() != Rule::then_word)?;
    match form.as_rule() {
        Rule::then_fails => {
            let mut parts = form.into_inner().skip_while(|part| part.as_rule() != Rule::failure_pattern);
            let failure = expressions::failure_pattern(b, parts.next()?);
            Some(Then::Fails {
                failure,
                members: parts.next().map(|members| expressions::record(b, members)),
            })
        }
        Rule::then_returns => {
            let (status, value) = steps::status_and_value(b, form);
            Some(Then::Returns { status, value })
        }
        Rule::then_emits => {
            let mut parts = form.into_inner().skip_while(|part| part.as_rule() != Rule::path);
            let event = path(b, parts.next()?);
            Some(Then::Emits { event, record: parts.next().map(|record| expressions::record(b, record)) })
        }
        Rule::then_logs => {
            let mut parts = form.into_inner().skip_while(|part| part.as_rule() != Rule::level);
            let level = name(b, &parts.next()?);
            Some(Then::Logs { level, message: parts.next().map(|message| expressions::expr(b, message)) })
        }
        _ => called(b, form),
    }
}

fn called(b: &mut Builder, pair: Pair) -> Option<Then> {
    let mut paths = Vec::new();
    let mut args = None;
    let mut times = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::path => paths.push(path(b, part)),
            Rule::call => args = Some(expressions::args(b, part)),
            Rule::once_word => times = Some(Times::Once),
            Rule::never_word => times = Some(Times::Never),
            Rule::number => times = Some(Times::Exactly(literals::plain_number(b, &part))),
            _ => {}
        }
    }
    let mut paths = paths.into_iter();
    let target = paths.next()?;
    let times = times.or_else(|| paths.next().map(Times::Before))?;
    Some(Then::Called { target, args, times })
}
