//! Steps of operations and handlers, and the blocks that they stand in.

use crate::source::Span;
use crate::syntax::ast::{Branch, Expr, Fail, Setting, Step, StepKind, When};

use super::comments::Context;
use super::expressions::{expression, name, path};
use super::handled::fail;
use super::layout::{Doc, concat, group, indent, table};
use super::lists::{Gap, KeyValue, Placed, block, guarded, lines, more_lines, place, rows};

/// `{ settings, steps }`; the span ends with the closing brace.
pub fn settings_and_steps<'a>(
    context: &mut Context<'a>,
    settings: &'a [Setting],
    steps: &'a [Step],
    span: Span,
) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let parts = mixed_block(context, settings, steps, |step| step.span, close, Gap::AsWritten, step);
    block(context, parts, close)
}

/// The lines of a block in which settings stand among other things. They stay where they are.
pub fn mixed_block<'a, T>(
    context: &mut Context<'a>,
    mut settings: &'a [Setting],
    mut others: &'a [T],
    span: impl Fn(&T) -> Span + Copy,
    close: u32,
    gap: Gap,
    build: impl Fn(&mut Context<'a>, &'a T) -> Doc<'a> + Copy,
) -> Vec<Doc<'a>> {
    let mut parts = vec![];
    loop {
        let next_other = others.first().map_or(close, |other| span(other).start);
        let run = settings.partition_point(|setting| setting.span.start < next_other);
        let (now, later) = settings.split_at(run);
        settings = later;
        parts.extend(setting_lines(context, now, next_other, gap, parts.is_empty()));
        let next_setting = settings.first().map_or(close, |setting| setting.span.start);
        let run = others.partition_point(|other| span(other).start < next_setting);
        if run == 0 && now.is_empty() {
            return parts;
        }
        let (now, later) = others.split_at(run);
        others = later;
        let mut placed: Vec<Placed<'a, Doc<'a>>> = place(context, now, span, next_setting, build);
        let is_first = parts.is_empty();
        for (number, one) in placed.iter_mut().enumerate() {
            one.blank = (one.blank || gap == Gap::Always) && !(is_first && number == 0);
        }
        parts.extend(more_lines(placed));
    }
}

fn setting_lines<'a>(
    context: &mut Context<'a>,
    settings: &'a [Setting],
    limit: u32,
    gap: Gap,
    is_first: bool,
) -> Vec<Doc<'a>> {
    let placed = place(context, settings, |setting| setting.span, limit, setting);
    let Some(first) = placed.first() else { return vec![] };
    let blank = (first.blank || gap == Gap::Always) && !is_first;
    let line = if blank { Doc::EmptyLine } else { Doc::HardLine };
    vec![line, table(rows(placed))]
}

/// `key: value`
pub fn setting<'a>(context: &mut Context<'a>, setting: &'a Setting) -> KeyValue<'a> {
    let key = concat([name(context, &setting.name), Doc::Text(":")]);
    KeyValue { doc: Doc::NOTHING, key, value: expression(context, &setting.value) }
}

/// `{ steps }`; `after` is a place in front of its closing brace with nothing but this block between.
fn step_block<'a>(context: &mut Context<'a>, steps: &'a [Step], after: u32) -> Doc<'a> {
    let last = steps.last().map_or(after, |step| step.span.end);
    let close = context.closing_brace(last);
    let placed = place(context, steps, |step| step.span, close, step);
    block(context, lines(placed), close)
}

fn step<'a>(context: &mut Context<'a>, step: &'a Step) -> Doc<'a> {
    guarded(context, step.span, |context| unguarded_step(context, step))
}

fn unguarded_step<'a>(context: &mut Context<'a>, step: &'a Step) -> Doc<'a> {
    match &step.kind {
        StepKind::Let { name: word, value } => assignment(context, word, value),
        StepKind::Do(value) => expression(context, value),
        StepKind::Require { condition, otherwise } => require(context, condition, otherwise),
        StepKind::When(when) => self::when(context, when),
        StepKind::Together(steps) => {
            let block = step_block(context, steps, step.span.start);
            concat([Doc::Text("together "), block])
        }
        StepKind::Emit { event, record } => {
            concat([Doc::Text("emit "), path(context, event), Doc::Text(" "), expression(context, record)])
        }
        StepKind::Log { level, message, fields } => {
            let head =
                [Doc::Text("log "), name(context, level), Doc::Text(" "), expression(context, message)];
            let fields = fields.as_ref().map(|fields| [Doc::Text(" "), expression(context, fields)]);
            concat(head.into_iter().chain(fields.into_iter().flatten()))
        }
        StepKind::Return { status, value } => {
            let status = status.as_ref().map(|status| [Doc::Text(" "), Doc::Text(&status.text)]);
            let value = value.as_ref().map(|value| [Doc::Text(" "), expression(context, value)]);
            let rest = status.into_iter().chain(value).flatten();
            concat(std::iter::once(Doc::Text("return")).chain(rest))
        }
        StepKind::Fail(failure) => fail(context, failure),
        StepKind::Broken => {
            context.broken = true;
            Doc::NOTHING
        }
    }
}

/// `let x = value`
pub fn assignment<'a>(
    context: &mut Context<'a>,
    word: &'a crate::syntax::ast::Name,
    value: &'a Expr,
) -> Doc<'a> {
    concat([Doc::Text("let "), name(context, word), Doc::Text(" = "), expression(context, value)])
}

fn require<'a>(context: &mut Context<'a>, condition: &'a Expr, otherwise: &'a Fail) -> Doc<'a> {
    let condition = expression(context, condition);
    let lead = context.stray(otherwise.span.start);
    let otherwise = [lead, Doc::Line, Doc::Text("else "), fail(context, otherwise)];
    group([Doc::Text("require "), condition, indent(otherwise)])
}

/// `when c { … } else when d { … } else { … }`
fn when<'a>(context: &mut Context<'a>, when: &'a When) -> Doc<'a> {
    let mut parts = vec![];
    let mut at = when;
    loop {
        let condition = expression(context, &at.condition);
        let then = step_block(context, &at.then, at.condition.span.end);
        parts.extend([Doc::Text("when "), condition, Doc::Text(" "), then]);
        match &at.otherwise {
            None => break,
            Some(Branch::When(next)) => {
                parts.push(Doc::Text(" else "));
                at = next;
            }
            Some(Branch::Steps(steps)) => {
                let then_end = at.then.last().map_or(at.condition.span.end, |step| step.span.end);
                let after = context.closing_brace(then_end) + 1;
                parts.extend([Doc::Text(" else "), step_block(context, steps, after)]);
                break;
            }
        }
    }
    concat(parts)
}
