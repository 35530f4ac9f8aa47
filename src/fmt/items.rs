//! Declarations: one function for each kind that is no service and no test.

use crate::source::Span;
use crate::syntax::ast::{
    Doc as Documentation, EventDecl, FnDecl, Item, MapDecl, Name, ProblemDecl, Setting, TypeBody, TypeDecl,
};

use super::comments::Context;
use super::expressions::{entries, expression, name, path};
use super::layout::{Doc, concat};
use super::lists::{Spread, braces, guarded, place, rows};
use super::services::service;
use super::steps::setting;
use super::test_blocks::test;
use super::types::{FieldSpread, documentation, fields, labels, parameters, type_expression, with_doc};

pub fn item<'a>(context: &mut Context<'a>, item: &'a Item) -> Doc<'a> {
    guarded(context, item_span(item), |context| match item {
        Item::Backend(one) => {
            settings_block(context, "backend ", &one.doc, &one.name, &one.settings, one.span)
        }
        Item::Broker(one) => settings_block(context, "broker ", &one.doc, &one.name, &one.settings, one.span),
        Item::Type(one) => type_declaration(context, one),
        Item::Map(one) => map_declaration(context, one),
        Item::Fn(one) => fn_declaration(context, one),
        Item::Problem(one) => problem(context, one),
        Item::Event(one) => event(context, one),
        Item::Service(one) => service(context, one),
        Item::Test(one) => test(context, one),
        Item::Broken(_) => {
            context.broken = true;
            Doc::NOTHING
        }
    })
}

/// The place of an item together with its documentation.
pub fn item_span(item: &Item) -> Span {
    match item {
        Item::Backend(one) => with_doc(one.span, &one.doc),
        Item::Broker(one) => with_doc(one.span, &one.doc),
        Item::Type(one) => with_doc(one.span, &one.doc),
        Item::Map(one) => with_doc(one.span, &one.doc),
        Item::Fn(one) => with_doc(one.span, &one.doc),
        Item::Problem(one) => with_doc(one.span, &one.doc),
        Item::Event(one) => with_doc(one.span, &one.doc),
        Item::Service(one) => with_doc(one.span, &one.doc),
        Item::Test(one) => one.span,
        Item::Broken(broken) => broken.span,
    }
}

fn settings_block<'a>(
    context: &mut Context<'a>,
    word: &'static str,
    doc: &Option<Documentation>,
    title: &'a Name,
    settings: &'a [Setting],
    span: Span,
) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let head = [documentation(context, doc), Doc::Text(word), name(context, title), Doc::Text(" ")];
    let placed = place(context, settings, |setting| setting.span, close, setting);
    let body = braces(context, rows(placed), Spread::Always, close);
    concat(head.into_iter().chain([body]))
}

fn type_declaration<'a>(context: &mut Context<'a>, one: &'a TypeDecl) -> Doc<'a> {
    let head = [documentation(context, &one.doc), Doc::Text("type "), name(context, &one.name)];
    let labels = labels(context, &one.labels);
    let body = match &one.body {
        TypeBody::Builtin => Doc::NOTHING,
        TypeBody::Alias(ty) => concat([Doc::Text(" = "), type_expression(context, ty)]),
        TypeBody::Record(members) => {
            concat([Doc::Text(" "), fields(context, members, one.span, FieldSpread::Never)])
        }
    };
    concat(head.into_iter().chain([labels, body]))
}

fn map_declaration<'a>(context: &mut Context<'a>, one: &'a MapDecl) -> Doc<'a> {
    let head = [documentation(context, &one.doc), Doc::Text("map "), name(context, &one.name)];
    let params = parameters(context, &one.params, one.result.span.start);
    let result = [Doc::Text(" -> "), type_expression(context, &one.result), Doc::Text(" ")];
    let body = entries(context, &one.entries, one.span, Some(Spread::Always));
    concat(head.into_iter().chain([params]).chain(result).chain([body]))
}

fn fn_declaration<'a>(context: &mut Context<'a>, one: &'a FnDecl) -> Doc<'a> {
    let mut parts = vec![documentation(context, &one.doc), Doc::Text("fn "), name(context, &one.name)];
    for (number, variable) in one.variables.iter().enumerate() {
        parts.extend([Doc::Text(if number == 0 { "<" } else { ", " }), name(context, variable)]);
    }
    parts.push(if one.variables.is_empty() { Doc::NOTHING } else { Doc::Text(">") });
    parts.push(parameters(context, &one.params, one.result.span.start));
    parts.extend([Doc::Text(" -> "), type_expression(context, &one.result)]);
    if one.fails.is_some() {
        parts.push(Doc::Text(" fails"));
    }
    if let Some(body) = &one.body {
        parts.extend([Doc::Text(" = "), expression(context, body)]);
    }
    concat(parts)
}

fn problem<'a>(context: &mut Context<'a>, one: &'a ProblemDecl) -> Doc<'a> {
    let mut parts = vec![documentation(context, &one.doc), Doc::Text("problem "), name(context, &one.name)];
    parts.extend([
        Doc::Text(" "),
        Doc::Text(&one.status.text),
        Doc::Text(" "),
        context.literal(one.title.span),
    ]);
    if !one.members.is_empty() {
        parts.extend([Doc::Text(" "), fields(context, &one.members, one.span, FieldSpread::AsWritten)]);
    }
    concat(parts)
}

fn event<'a>(context: &mut Context<'a>, one: &'a EventDecl) -> Doc<'a> {
    let mut parts = vec![documentation(context, &one.doc), Doc::Text("event "), name(context, &one.name)];
    if let Some(version) = &one.version {
        parts.extend([Doc::Text(" "), name(context, version)]);
    }
    parts.extend([
        Doc::Text(" on "),
        path(context, &one.broker),
        Doc::Text(" "),
        context.literal(one.topic.span),
    ]);
    if let Some(key) = &one.key {
        parts.extend([Doc::Text(" key "), name(context, key)]);
    }
    parts.extend([Doc::Text(" "), fields(context, &one.fields, one.span, FieldSpread::Never)]);
    concat(parts)
}
