//! Forgetting the places in steps, of operations and of tests.

use crate::syntax::ast::{Answer, Branch, Step, StepKind, TestStep, TestStepKind, Then, Times, When};

use super::expressions::{argument, expression, fail, failure_pattern};
use super::{forget, forget_name, forget_path, number};

pub fn forget_step(Step { kind, span }: &mut Step) {
    match kind {
        StepKind::Let { name, value } => {
            forget_name(name);
            expression(value);
        }
        StepKind::Do(value) => expression(value),
        StepKind::Require { condition, otherwise } => {
            expression(condition);
            fail(otherwise);
        }
        StepKind::When(branches) => when(branches),
        StepKind::Together(steps) => steps.iter_mut().for_each(forget_step),
        StepKind::Emit { event, record } => {
            forget_path(event);
            expression(record);
        }
        StepKind::Log { level, message, fields } => {
            forget_name(level);
            expression(message);
            fields.iter_mut().for_each(expression);
        }
        StepKind::Return { status, value } => {
            status.iter_mut().for_each(number);
            value.iter_mut().for_each(expression);
        }
        StepKind::Fail(failure) => fail(failure),
        StepKind::Broken => {}
    }
    forget(span);
}

fn when(When { condition, then, otherwise }: &mut When) {
    expression(condition);
    then.iter_mut().for_each(forget_step);
    match otherwise {
        None => {}
        Some(Branch::Steps(steps)) => steps.iter_mut().for_each(forget_step),
        Some(Branch::When(next)) => when(next),
    }
}

pub fn forget_test_step(TestStep { kind, span }: &mut TestStep) {
    match kind {
        TestStepKind::Let { name, value } => {
            forget_name(name);
            expression(value);
        }
        TestStepKind::Expect(value) | TestStepKind::When(value) => expression(value),
        TestStepKind::Given { target, args, answer: reply } => {
            forget_path(target);
            args.iter_mut().flatten().for_each(argument);
            answer(reply);
        }
        TestStepKind::Then(outcome) => then(outcome),
        TestStepKind::Broken => {}
    }
    forget(span);
}

fn answer(answer: &mut Answer) {
    match answer {
        Answer::Status(status, body) => {
            number(status);
            body.iter_mut().for_each(expression);
        }
        Answer::Failure(name) => forget_name(name),
        Answer::Value(value) => expression(value),
    }
}

fn then(then: &mut Then) {
    match then {
        Then::Fails { failure, members } => {
            failure_pattern(failure);
            members.iter_mut().for_each(expression);
        }
        Then::Returns { status, value } => {
            status.iter_mut().for_each(number);
            value.iter_mut().for_each(expression);
        }
        Then::Called { target, args, times } => {
            forget_path(target);
            args.iter_mut().flatten().for_each(argument);
            match times {
                Times::Once | Times::Never => {}
                Times::Exactly(count) => number(count),
                Times::Before(other) => forget_path(other),
            }
        }
        Then::Emits { event, record } => {
            forget_path(event);
            record.iter_mut().for_each(expression);
        }
        Then::Logs { level, message } => {
            forget_name(level);
            message.iter_mut().for_each(expression);
        }
    }
}
