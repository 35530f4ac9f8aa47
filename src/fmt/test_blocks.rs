//! `test "…" { … }`. The words `given`, `when` and `then` take the same room, so that what they are about
//! stands in one column.

use crate::syntax::ast::{Answer, Arg, Path, Test, TestStep, TestStepKind, Then, Times};

use super::comments::Context;
use super::expressions::{arguments, expression, name, path};
use super::handled::failure_pattern;
use super::layout::{Doc, concat};
use super::lists::{block, guarded, lines, place};
use super::steps::assignment;

pub fn test<'a>(context: &mut Context<'a>, test: &'a Test) -> Doc<'a> {
    let close = test.span.end.saturating_sub(1);
    let head = [Doc::Text("test "), context.literal(test.name.span), Doc::Text(" ")];
    let placed = place(context, &test.steps, |step| step.span, close, step);
    let body = block(context, lines(placed), close);
    concat(head.into_iter().chain([body]))
}

fn step<'a>(context: &mut Context<'a>, step: &'a TestStep) -> Doc<'a> {
    guarded(context, step.span, |context| match &step.kind {
        TestStepKind::Let { name: word, value } => assignment(context, word, value),
        TestStepKind::Expect(value) => concat([Doc::Text("expect "), expression(context, value)]),
        TestStepKind::Given { target, args, answer } => {
            let call = call(context, target, args, span_end(answer).unwrap_or(step.span.end));
            concat([Doc::Text("given "), call, Doc::Text(" -> "), self::answer(context, answer)])
        }
        TestStepKind::When(value) => concat([Doc::Text("when  "), expression(context, value)]),
        TestStepKind::Then(one) => concat([Doc::Text("then  "), then(context, one, step.span.end)]),
        TestStepKind::Broken => {
            context.broken = true;
            Doc::NOTHING
        }
    })
}

fn call<'a>(context: &mut Context<'a>, target: &'a Path, args: &'a Option<Vec<Arg>>, limit: u32) -> Doc<'a> {
    let target_doc = path(context, target);
    let Some(args) = args else { return target_doc };
    let last = args.last().map_or(target.span.end, |arg| arg.span.end);
    let close = context.closing_parenthesis(last).min(limit);
    concat([target_doc, arguments(context, args, close)])
}

fn span_end(answer: &Answer) -> Option<u32> {
    match answer {
        Answer::Status(status, _) => Some(status.span.start),
        Answer::Failure(word) => Some(word.span.start),
        Answer::Value(value) => Some(value.span.start),
    }
}

fn answer<'a>(context: &mut Context<'a>, answer: &'a Answer) -> Doc<'a> {
    match answer {
        Answer::Status(status, None) => Doc::Text(&status.text),
        Answer::Status(status, Some(body)) => {
            concat([Doc::Text(&status.text), Doc::Text(" "), expression(context, body)])
        }
        Answer::Failure(word) => name(context, word),
        Answer::Value(value) => expression(context, value),
    }
}

fn then<'a>(context: &mut Context<'a>, then: &'a Then, end: u32) -> Doc<'a> {
    let spaced =
        |value: Option<Doc<'a>>| value.map(|value| concat([Doc::Text(" "), value])).unwrap_or(Doc::NOTHING);
    match then {
        Then::Fails { failure, members } => {
            let failure = failure_pattern(context, failure);
            let members = members.as_ref().map(|members| expression(context, members));
            concat([Doc::Text("fails "), failure, spaced(members)])
        }
        Then::Returns { status, value } => {
            let status = status.as_ref().map(|status| Doc::Text(&status.text));
            let value = value.as_ref().map(|value| expression(context, value));
            concat([Doc::Text("returns"), spaced(status), spaced(value)])
        }
        Then::Called { target, args, times } => {
            let call = call(context, target, args, end);
            concat([call, Doc::Text(" called "), self::times(context, times)])
        }
        Then::Emits { event, record } => {
            let record = record.as_ref().map(|record| expression(context, record));
            concat([Doc::Text("emits "), path(context, event), spaced(record)])
        }
        Then::Logs { level, message } => {
            let message = message.as_ref().map(|message| expression(context, message));
            concat([Doc::Text("logs "), name(context, level), spaced(message)])
        }
    }
}

fn times<'a>(context: &Context<'a>, times: &'a Times) -> Doc<'a> {
    match times {
        Times::Once => Doc::Text("once"),
        Times::Never => Doc::Text("never"),
        Times::Exactly(number) => concat([Doc::Text(&number.text), Doc::Text(" times")]),
        Times::Before(target) => concat([Doc::Text("before "), path(context, target)]),
    }
}
