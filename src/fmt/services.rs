//! Services with their operations and handlers.

use crate::source::Span;
use crate::syntax::ast::{
    Handler, Layer, Member, Operation, Outcome, Param, Route, Segment, SegmentPart, Service, Signature,
    Trigger,
};

use super::comments::Context;
use super::expressions::{expression, name, path};
use super::layout::{Doc, concat, group, indent};
use super::lists::{Gap, block, comma_list, guarded, place};
use super::steps::{mixed_block, setting, settings_and_steps};
use super::types::{documentation, parameter, parameters, type_expression, with_doc};

pub fn service<'a>(context: &mut Context<'a>, service: &'a Service) -> Doc<'a> {
    let close = service.span.end.saturating_sub(1);
    let layer = match service.layer {
        Layer::System => "system ",
        Layer::Process => "process ",
        Layer::Experience => "experience ",
    };
    let mut head = vec![documentation(context, &service.doc), Doc::Text(layer), name(context, &service.name)];
    if let Some(version) = &service.version {
        head.extend([Doc::Text(" "), name(context, version)]);
    }
    if let Some(contract) = &service.implements {
        head.extend([Doc::Text(" implements "), context.literal(contract.span)]);
    }
    let parts =
        mixed_block(context, &service.settings, &service.members, member_span, close, Gap::Always, member);
    head.extend([Doc::Text(" "), block(context, parts, close)]);
    concat(head)
}

fn member_span(member: &Member) -> Span {
    match member {
        Member::Operation(operation) => with_doc(operation.span, &operation.doc),
        Member::Handler(handler) => with_doc(handler.span, &handler.doc),
        Member::Broken(broken) => broken.span,
    }
}

fn member<'a>(context: &mut Context<'a>, member: &'a Member) -> Doc<'a> {
    guarded(context, member_span(member), |context| match member {
        Member::Operation(one) => operation(context, one),
        Member::Handler(one) => handler(context, one),
        Member::Broken(_) => {
            context.broken = true;
            Doc::NOTHING
        }
    })
}

fn operation<'a>(context: &mut Context<'a>, operation: &'a Operation) -> Doc<'a> {
    let doc = documentation(context, &operation.doc);
    let mut parts = vec![doc, name(context, &operation.name)];
    if let Some(one) = &operation.signature {
        parts.extend([Doc::Text(": "), signature(context, one)]);
    }
    parts.push(Doc::Text(" "));
    parts.push(settings_and_steps(context, &operation.settings, &operation.steps, operation.span));
    concat(parts)
}

fn signature<'a>(context: &mut Context<'a>, signature: &'a Signature) -> Doc<'a> {
    let mut parts = vec![name(context, &signature.method), Doc::Text(" "), route(context, &signature.path)];
    if !signature.params.is_empty() {
        let close = end_of_parameters(context, signature, &signature.params);
        parts.extend([Doc::Text(" "), parameters(context, &signature.params, close)]);
    }
    let verify_first = match (&signature.verify, signature.outcomes.first()) {
        (Some(verify), Some(outcome)) => verify.span.start < outcome.span.start,
        (Some(_), None) => true,
        (None, _) => false,
    };
    if verify_first {
        parts.push(verification(context, signature));
    }
    if !signature.outcomes.is_empty() {
        parts.extend([Doc::Text(" -> "), outcomes(context, &signature.outcomes)]);
    }
    if !verify_first {
        parts.push(verification(context, signature));
    }
    concat(parts)
}

/// A place that is behind all parameters and in front of what follows them.
fn end_of_parameters(context: &Context, signature: &Signature, params: &[Param]) -> u32 {
    let next = signature.outcomes.first().map(|outcome| outcome.span.start);
    let verify = signature.verify.as_ref().map(|verify| verify.span.start);
    let last = params.last().map_or(signature.span.start, |param| param.span.end);
    let next = next.into_iter().chain(verify).filter(|start| *start >= last).min();
    next.unwrap_or_else(|| context.closing_parenthesis(last))
}

fn verification<'a>(context: &mut Context<'a>, signature: &'a Signature) -> Doc<'a> {
    let Some(verify) = &signature.verify else { return Doc::NOTHING };
    concat([Doc::Text(" verify "), expression(context, verify)])
}

fn outcomes<'a>(context: &mut Context<'a>, outcomes: &'a [Outcome]) -> Doc<'a> {
    let mut parts = vec![];
    for (number, one) in outcomes.iter().enumerate() {
        if number > 0 {
            parts.extend([context.stray(one.span.start), Doc::Line, Doc::Text("| ")]);
        }
        parts.push(outcome(context, one));
    }
    group([indent(parts)])
}

fn outcome<'a>(context: &mut Context<'a>, outcome: &'a Outcome) -> Doc<'a> {
    let status = outcome.status.as_ref().map(|status| Doc::Text(&status.text));
    let ty = outcome.ty.as_ref().map(|ty| type_expression(context, ty));
    let space = if status.is_some() && ty.is_some() { Doc::Text(" ") } else { Doc::NOTHING };
    concat(status.into_iter().chain([space]).chain(ty))
}

fn route<'a>(context: &mut Context<'a>, route: &'a Route) -> Doc<'a> {
    if route.segments.is_empty() {
        return context.verbatim(route.span);
    }
    concat(route.segments.iter().map(|one| segment(context, one)).collect::<Vec<_>>())
}

fn segment<'a>(context: &mut Context<'a>, segment: &'a Segment) -> Doc<'a> {
    let mut parts = vec![Doc::Text("/")];
    for part in &segment.parts {
        match part {
            SegmentPart::Text(text, _) => parts.push(Doc::Text(text)),
            SegmentPart::Param(param) => {
                parts.extend([Doc::Text("{"), parameter(context, param), Doc::Text("}")]);
            }
        }
    }
    concat(parts)
}

fn handler<'a>(context: &mut Context<'a>, handler: &'a Handler) -> Doc<'a> {
    let doc = documentation(context, &handler.doc);
    let trigger = match &handler.trigger {
        Trigger::On { event, binding, options } => {
            let mut parts = vec![Doc::Text("on "), path(context, event)];
            if let Some(binding) = binding {
                parts.extend([Doc::Text(" as "), name(context, binding)]);
            }
            if let Some(last) = options.last() {
                let close = context.closing_parenthesis(last.span.end);
                let placed = place(
                    context,
                    options,
                    |option| option.span,
                    close,
                    |context, option| {
                        let row = setting(context, option);
                        concat([row.key, Doc::Text(" "), row.value])
                    },
                );
                parts.extend([Doc::Text(" "), comma_list(context, ["(", ")"], placed, close)]);
            }
            concat(parts)
        }
        Trigger::Every(period) => concat([Doc::Text("every "), expression(context, period)]),
        Trigger::Cron(times) => concat([Doc::Text("cron "), context.literal(times.span)]),
    };
    let steps = settings_and_steps(context, &handler.settings, &handler.steps, handler.span);
    concat([doc, trigger, Doc::Text(" "), steps])
}
