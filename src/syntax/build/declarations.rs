//! Declarations other than services and tests.

use super::super::ast::{
    Backend, Broker, Entry, EventDecl, Expr, FnDecl, Item, Label, MapDecl, Name, Number, Param, ProblemDecl,
    Setting, Text, TypeBody, TypeDecl, TypeExpr,
};
use super::super::grammar::{Pair, Rule};
use super::{
    Builder, expressions, foreign, label, literals, name, needless, path, scenarios, services, settings,
    text, types,
};
use crate::source::Span;

/// `None` for what is no declaration: the end of the text, or a `;`.
pub(super) fn item(b: &mut Builder, pair: Pair) -> Option<Item> {
    match pair.as_rule() {
        Rule::backend => backend(b, pair),
        Rule::broker => broker(b, pair),
        Rule::type_declaration => type_declaration(b, pair),
        Rule::map_declaration => map_declaration(b, pair),
        Rule::fn_declaration => fn_declaration(b, pair),
        Rule::problem => problem(b, pair),
        Rule::event => event(b, pair),
        Rule::service => services::service(b, pair).map(Item::Service),
        Rule::test => scenarios::test(b, pair).map(Item::Test),
        Rule::broken_declaration => Some(Item::Broken(b.broken_declaration(&pair))),
        Rule::semicolon => {
            needless(b, &pair);
            None
        }
        _ => None,
    }
}

fn backend(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let (name, settings) = name_and_settings(b, pair);
    Some(Item::Backend(Backend { doc, name: name?, settings, span }))
}

fn broker(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let (name, settings) = name_and_settings(b, pair);
    Some(Item::Broker(Broker { doc, name: name?, settings, span }))
}

fn name_and_settings(b: &mut Builder, pair: Pair) -> (Option<Name>, Vec<Setting>) {
    let mut named = None;
    let mut set = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::setting_block => set = settings::block(b, part),
            _ => {}
        }
    }
    (named, set)
}

fn type_declaration(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut named: Option<Name> = None;
    let mut labels: Vec<Label> = Vec::new();
    let mut body = TypeBody::Builtin;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::label => labels.push(label(b, &part)),
            Rule::field_block => body = TypeBody::Record(types::fields(b, part)),
            Rule::type_expression => body = TypeBody::Alias(types::type_expression(b, part)),
            _ => {}
        }
    }
    Some(Item::Type(TypeDecl { doc, name: named?, labels, body, span }))
}

/// The parts of a map or function, of which each has some.
#[derive(Default)]
struct Signature {
    name: Option<Name>,
    variables: Vec<Name>,
    params: Vec<Param>,
    result: Option<TypeExpr>,
    fails: Option<Span>,
    entries: Vec<Entry>,
    body: Option<Expr>,
}

fn signature(b: &mut Builder, pair: Pair) -> Signature {
    let mut signature = Signature::default();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => signature.name = Some(name(b, &part)),
            Rule::variables => {
                signature.variables = part.into_inner().map(|part| name(b, &part)).collect();
            }
            Rule::parameters => signature.params = types::params(b, part),
            Rule::result => signature.result = result(b, part),
            Rule::fails => signature.fails = Some(b.span(&part)),
            Rule::entry_block => signature.entries = expressions::entries(b, part),
            Rule::handled => signature.body = Some(expressions::handled(b, part)),
            _ => {}
        }
    }
    signature
}

fn result(b: &mut Builder, pair: Pair) -> Option<TypeExpr> {
    let mut result = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::wrong_result => foreign(b, &part, "->"),
            _ => result = Some(types::type_expression(b, part)),
        }
    }
    result
}

fn map_declaration(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let Signature { name, params, result, entries, .. } = signature(b, pair);
    Some(Item::Map(MapDecl { doc, name: name?, params, result: result?, entries, span }))
}

fn fn_declaration(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let Signature { name, variables, params, result, fails, body, .. } = signature(b, pair);
    Some(Item::Fn(FnDecl { doc, name: name?, variables, params, result: result?, fails, body, span }))
}

fn problem(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut named: Option<Name> = None;
    let mut status: Option<Number> = None;
    let mut title: Option<Text> = None;
    let mut members = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::number => status = Some(literals::plain_number(b, &part)),
            Rule::text => title = Some(text(b, &part)),
            Rule::field_block => members = types::fields(b, part),
            _ => {}
        }
    }
    Some(Item::Problem(ProblemDecl { doc, name: named?, status: status?, title: title?, members, span }))
}

fn event(b: &mut Builder, pair: Pair) -> Option<Item> {
    let doc = b.doc(&pair);
    let span = b.span(&pair);
    let mut named = None;
    let mut version = None;
    let mut broker = None;
    let mut topic = None;
    let mut key = None;
    let mut fields = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::version => version = Some(name(b, &part)),
            Rule::path => broker = Some(path(b, part)),
            Rule::text => topic = Some(text(b, &part)),
            Rule::event_key => key = part.into_inner().last().map(|last| name(b, &last)),
            Rule::field_block => fields = types::fields(b, part),
            _ => {}
        }
    }
    let (name, broker, topic) = (named?, broker?, topic?);
    Some(Item::Event(EventDecl { doc, name, version, broker, topic, key, fields, span }))
}
