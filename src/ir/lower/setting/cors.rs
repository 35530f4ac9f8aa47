//! Which web pages may call. Names of headers and whether cookies are sent are written out; the origins are known at
//! start, because each place where a service runs has its own pages.

use super::known::{self, bare, field, setting, written};
use crate::check::standard::PREFLIGHT_MS;
use crate::check::typed::{Expr as TypedExpr, ExprKind as Typed, ListItem, Settings};
use crate::ir::lower::Lowering;
use crate::ir::model::{Cors, Known};

pub fn cors(cx: &mut Lowering<'_, '_>, settings: &Settings) -> Option<Cors> {
    let expr = setting(settings, "cors")?;
    super::policy::record(cx, expr, "cors")?;
    let origins = items(cx, expr, "origins").into_iter().map(|origin| super::text(cx, origin)).collect();
    let credentials = field(expr, "credentials").is_some_and(|value| super::flag(cx, value, "credentials"));
    let max_age = field(expr, "max_age").and_then(|age| known::duration(cx, age, "max_age"));
    Some(Cors {
        origins,
        headers: headers(cx, expr, "headers"),
        exposes: headers(cx, expr, "exposes"),
        credentials,
        max_age_ms: max_age.unwrap_or(Known::Written(PREFLIGHT_MS)),
    })
}

fn headers(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Vec<String> {
    items(cx, expr, name).into_iter().filter_map(|item| written(cx, item, "the name of a header")).collect()
}

fn items<'e>(cx: &mut Lowering<'_, '_>, expr: &'e TypedExpr, name: &str) -> Vec<&'e TypedExpr> {
    let Some(list) = field(expr, name) else { return Vec::new() };
    let Typed::List(items) = &list.kind else {
        cx.refuse(list.span, &format!("`{name}` that are not written out"));
        return Vec::new();
    };
    let mut all = Vec::new();
    for item in items {
        match item {
            ListItem::Value(value) => all.push(bare(value)),
            ListItem::Spread(value) => cx.refuse(value.span, &format!("`{name}` that are not written out")),
        }
    }
    all
}
