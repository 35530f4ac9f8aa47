//! Who may call: each way by itself, with what it needs.

use super::known::{self, bare, field, is_none};
use super::{KeyPlace, key_place, text};
use crate::check::typed::{self, Expr as TypedExpr, ExprKind as Typed};
use crate::ir::lower::Lowering;
use crate::ir::model::{Expr, InboundAuth, Jwt, JwtAlgorithm, Known};

/// How far clocks may differ, where nothing is said.
const LEEWAY_MS: u64 = 30_000;

pub fn inbound(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Vec<InboundAuth> {
    match &bare(expr).kind {
        Typed::List(items) => items
            .iter()
            .flat_map(|item| match item {
                typed::ListItem::Value(value) | typed::ListItem::Spread(value) => inbound(cx, value),
            })
            .collect(),
        Typed::Variant { name, payload } => match (name.as_str(), payload.as_deref()) {
            ("public", _) => vec![InboundAuth::Public],
            ("service", _) => vec![InboundAuth::Service],
            ("api_key", Some(payload)) => api_key(cx, payload).into_iter().collect(),
            ("mtls", Some(payload)) => match field(payload, "ca") {
                Some(ca) => vec![InboundAuth::Mtls { ca: text(cx, ca) }],
                None => Vec::new(),
            },
            ("jwt", Some(payload)) => jwt(cx, payload).into_iter().collect(),
            (other, _) => {
                cx.refuse(expr.span, &format!("`auth: {other}`"));
                Vec::new()
            }
        },
        _ => Vec::new(),
    }
}

fn api_key(cx: &mut Lowering<'_, '_>, payload: &TypedExpr) -> Option<InboundAuth> {
    let keys = text(cx, field(payload, "keys")?);
    let place: KeyPlace = key_place(cx, field(payload, "place"));
    Some(InboundAuth::ApiKey { keys, place })
}

fn jwt(cx: &mut Lowering<'_, '_>, payload: &TypedExpr) -> Option<InboundAuth> {
    let (issuer, audience) = (field(payload, "issuer")?, field(payload, "audience")?);
    let issuer = text(cx, issuer);
    let audiences = texts(cx, audience);
    let keys = field(payload, "keys").filter(|keys| !is_none(keys)).map(|keys| text(cx, keys));
    let algorithms = match field(payload, "algorithms") {
        Some(named) => algorithms(cx, named),
        None => JwtAlgorithm::USUAL.to_vec(),
    };
    let scopes = match field(payload, "scopes") {
        Some(scopes) => known::written(cx, scopes, "the name of the claim with the scopes")?,
        None => "scope".to_owned(),
    };
    let leeway_ms = match field(payload, "leeway") {
        Some(leeway) => known::duration(cx, leeway, "leeway")?,
        None => Known::Written(LEEWAY_MS),
    };
    Some(InboundAuth::Jwt(Box::new(Jwt { issuer, audiences, keys, algorithms, scopes, leeway_ms })))
}

/// One text, or a list of them.
fn texts(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Vec<Expr> {
    let Typed::List(items) = &bare(expr).kind else { return vec![text(cx, bare(expr))] };
    let mut all = Vec::new();
    for item in items {
        match item {
            typed::ListItem::Value(value) => all.push(text(cx, bare(value))),
            typed::ListItem::Spread(value) => cx.refuse(value.span, "an `audience` that is not written out"),
        }
    }
    all
}

fn algorithms(cx: &mut Lowering<'_, '_>, expr: &TypedExpr) -> Vec<JwtAlgorithm> {
    let items = match &bare(expr).kind {
        Typed::List(items) => items.as_slice(),
        _ => &[],
    };
    let named = |item: &typed::ListItem| match item {
        typed::ListItem::Value(value) => match &bare(value).kind {
            Typed::Variant { name, .. } => JwtAlgorithm::named(name),
            _ => None,
        },
        typed::ListItem::Spread(_) => None,
    };
    match items.iter().map(named).collect() {
        Some(all) if !items.is_empty() => all,
        _ => {
            cx.refuse(expr.span, "`algorithms` that are not written out");
            Vec::new()
        }
    }
}
