//! Services: their settings, operations with routes and outcomes, handlers with triggers.

use smol_str::SmolStr;

use super::super::ast::{
    Handler, Layer, Member, Name, Operation, Outcome, Route, Segment, SegmentPart, Service, Setting,
    Signature, Text, Trigger,
};
use super::super::grammar::{Pair, Rule};
use super::{Builder, foreign, literals, name, needless, path, settings, steps, text, types};

pub(super) fn service(b: &mut Builder, pair: Pair) -> Option<Service> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut layer = Layer::System;
    let mut named: Option<Name> = None;
    let mut version: Option<Name> = None;
    let mut implements: Option<Text> = None;
    let mut settings: Vec<Setting> = Vec::new();
    let mut members = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::layer => layer = layer_of(&part),
            Rule::name => named = Some(name(b, &part)),
            Rule::version => version = Some(name(b, &part)),
            Rule::implements => implements = part.into_inner().last().map(|last| text(b, &last)),
            Rule::setting => settings.extend(settings::setting(b, part)),
            _ => members.extend(member(b, part)),
        }
    }
    Some(Service { doc, layer, name: named?, version, implements, settings, members, span })
}

fn layer_of(pair: &Pair) -> Layer {
    match pair.as_str() {
        "system" => Layer::System,
        "process" => Layer::Process,
        _ => Layer::Experience,
    }
}

fn member(b: &mut Builder, pair: Pair) -> Option<Member> {
    match pair.as_rule() {
        Rule::operation | Rule::bare_operation => operation(b, pair).map(Member::Operation),
        Rule::handler => handler(b, pair).map(Member::Handler),
        Rule::broken_member => Some(Member::Broken(b.broken_member(&pair))),
        _ => {
            needless(b, &pair);
            None
        }
    }
}

fn operation(b: &mut Builder, pair: Pair) -> Option<Operation> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut named: Option<Name> = None;
    let mut signature: Option<Signature> = None;
    let (mut settings, mut steps) = (Vec::new(), Vec::new());
    for part in pair.into_inner() {
        let part_span = b.span(&part);
        match (part.as_rule(), &mut signature) {
            (Rule::name, _) => named = Some(name(b, &part)),
            (Rule::method_and_route, _) => signature = method_and_route(b, part),
            (Rule::block, _) => (settings, steps) = steps::block(b, part),
            (rule, Some(signature)) => {
                signature.span = signature.span.to(part_span);
                match rule {
                    Rule::parameters => signature.params = types::params(b, part),
                    Rule::outcomes => signature.outcomes = outcomes(b, part),
                    Rule::verify => {
                        signature.verify = part.into_inner().last().map(|last| settings::value(b, last));
                    }
                    _ => {}
                }
            }
            (_, None) => {}
        }
    }
    Some(Operation { doc, name: named?, signature, settings, steps, span })
}

fn method_and_route(b: &mut Builder, pair: Pair) -> Option<Signature> {
    let span = b.span(&pair);
    let mut parts = pair.into_inner();
    let method = name(b, &parts.next()?);
    let path = route(b, parts.next()?);
    Some(Signature { method, path, params: Vec::new(), outcomes: Vec::new(), verify: None, span })
}

fn route(b: &mut Builder, pair: Pair) -> Route {
    let span = b.span(&pair);
    let segments = pair.into_inner().map(|part| segment(b, part)).collect();
    Route { segments, span }
}

fn segment(b: &mut Builder, pair: Pair) -> Segment {
    let span = b.span(&pair);
    let mut parts = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::route_text => parts.push(SegmentPart::Text(SmolStr::new(part.as_str()), b.span(&part))),
            _ => parts.extend(types::param(b, part).map(|param| SegmentPart::Param(Box::new(param)))),
        }
    }
    Segment { parts, span }
}

fn outcomes(b: &mut Builder, pair: Pair) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::outcome => outcomes.push(outcome(b, part)),
            _ => foreign(b, &part, "->"),
        }
    }
    outcomes
}

fn outcome(b: &mut Builder, pair: Pair) -> Outcome {
    let span = b.span(&pair);
    let mut outcome = Outcome { status: None, ty: None, span };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::status => outcome.status = Some(literals::plain_number(b, &part)),
            Rule::type_one => outcome.ty = Some(types::type_one(b, part)),
            _ => {}
        }
    }
    outcome
}

fn handler(b: &mut Builder, pair: Pair) -> Option<Handler> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut parts = pair.into_inner();
    let trigger = trigger(b, parts.next()?)?;
    let (settings, steps) = steps::block(b, parts.next()?);
    Some(Handler { doc, trigger, settings, steps, span })
}

fn trigger(b: &mut Builder, pair: Pair) -> Option<Trigger> {
    match pair.as_rule() {
        Rule::every_trigger => super::expressions::inner_expr(b, pair).map(Trigger::Every),
        Rule::cron_trigger => pair.into_inner().last().map(|last| Trigger::Cron(text(b, &last))),
        _ => on_trigger(b, pair),
    }
}

fn on_trigger(b: &mut Builder, pair: Pair) -> Option<Trigger> {
    let mut event = None;
    let mut binding = None;
    let mut options = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::path => event = Some(path(b, part)),
            Rule::name => binding = Some(name(b, &part)),
            Rule::options => {
                options = part.into_inner().filter_map(|part| settings::setting(b, part)).collect();
            }
            _ => {}
        }
    }
    event.map(|event| Trigger::On { event, binding, options })
}
