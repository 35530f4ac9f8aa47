//! Lists in pages: an operation that says so has the one form of all, and where some do, another way is worth a word.

use super::context::Context;
use super::exact::Exact;
use super::security::bare;
use super::ty::{NumberRule, Type};
use super::typed::{ExprKind, Operation, OperationParam, ParamPlace, Program, Setting};
use super::{fit, schema};
use crate::diagnostic::settings as findings;
use crate::source::Span;

/// What is wrong at a place, as it is said there.
type Fault = (Span, String);

/// Parameters that say where a list goes on, or that it comes in pages, in small letters: each has been the way of many
/// systems. (`limit` alone is none: a list of the first ten ends there.)
const OTHER_WAYS: &[&str] = &[
    "after",
    "continuation",
    "continuationtoken",
    "cursor",
    "marker",
    "nexttoken",
    "offset",
    "page",
    "pageindex",
    "pageno",
    "pagenumber",
    "pagesize",
    "pagetoken",
    "perpage",
    "skip",
    "start",
    "startafter",
    "startat",
    "startindex",
    "startingafter",
];

pub fn check(cx: &mut Context<'_>, program: &Program) {
    let mut first = None;
    for (at, service) in program.services.iter().enumerate() {
        let contract = cx.services[at].decl.implements.as_ref().map(|contract| contract.span);
        for operation in &service.operations {
            let Some(setting) = paged(operation) else { continue };
            match contract {
                Some(contract) => {
                    cx.report(findings::pages_of_contract(setting.span, &operation.name, contract));
                }
                None if has_form(cx, operation, setting) => {
                    first.get_or_insert((setting.span, &operation.name));
                }
                None => {}
            }
        }
    }
    let Some((known, of)) = first else { return };
    for (at, service) in program.services.iter().enumerate() {
        if cx.services[at].decl.implements.is_some() {
            continue;
        }
        for operation in service.operations.iter().filter(|operation| paged(operation).is_none()) {
            if let Some(param) = other_way(cx, operation) {
                let is_form = faults(cx, operation).is_empty();
                let name = (operation.name.as_str(), is_form);
                cx.report(findings::pages_another_way(param, name, (known, of)));
            }
        }
    }
}

/// The setting that says it.
fn paged(operation: &Operation) -> Option<&Setting> {
    let setting = operation.settings.values.get("pages")?;
    matches!(bare(&setting.value).kind, ExprKind::Bool(true)).then_some(setting)
}

/// Whether it has the form that it says; reported if not.
fn has_form(cx: &mut Context<'_>, operation: &Operation, setting: &Setting) -> bool {
    let faults = faults(cx, operation);
    if faults.is_empty() {
        return true;
    }
    let item = match &operation.shape.success {
        Type::List(list) if matches!(list.item, Type::Record(_)) => Some(list.item.to_string()),
        _ => None,
    };
    cx.report(findings::pages_form(setting.span, &operation.name, item.as_deref(), faults));
    false
}

/// What keeps an operation from giving its list in pages.
fn faults(cx: &mut Context<'_>, operation: &Operation) -> Vec<Fault> {
    let shape = &operation.shape;
    let mut faults = Vec::new();
    if shape.method != "GET" {
        faults.push((operation.name_span, "only a GET does".to_owned()));
    }
    let missing: Vec<&str> =
        ["limit", "cursor"].into_iter().filter(|name| param(operation, name).is_none()).collect();
    if !missing.is_empty() {
        let names = missing.join("` and no `");
        faults.push((operation.name_span, format!("it has no `{names}` in its query")));
    }
    if let Some((at, limit)) = param(operation, "limit") {
        let has_default = operation.defaults.get(at).is_some_and(Option::is_some);
        if !(has_default && is_length(&limit.ty)) {
            faults.push((
                limit.span,
                "has to be an `int` with both bounds, from 1 on, and a default".to_owned(),
            ));
        }
    }
    let cursor = param(operation, "cursor").map(|(_, cursor)| cursor);
    if let Some(cursor) = cursor.filter(|cursor| !is_optional_text(&cursor.ty)) {
        faults.push((cursor.span, "has to be an optional `string`: the first page has no cursor".to_owned()));
    }
    answer(cx, operation, cursor, &mut faults);
    faults
}

fn param<'o>(operation: &'o Operation, name: &str) -> Option<(usize, &'o OperationParam)> {
    let is_it =
        |(_, param): &(usize, &OperationParam)| param.place == ParamPlace::Query && param.wire == name;
    operation.shape.params.iter().enumerate().find(is_it)
}

/// How many a page has at most. One of none would go on for ever.
fn is_length(ty: &Type) -> bool {
    let has_both = |rule: &NumberRule| rule.max.is_some() && rule.min.is_some_and(|min| min >= Exact::int(1));
    match ty {
        Type::Int(rule) => has_both(rule),
        ty => ty.is_unknown(),
    }
}

fn is_optional_text(ty: &Type) -> bool {
    match ty {
        Type::Optional(inner) => matches!(**inner, Type::String(_) | Type::Unknown),
        ty => ty.is_unknown(),
    }
}

fn answer(
    cx: &mut Context<'_>,
    operation: &Operation,
    cursor: Option<&OperationParam>,
    faults: &mut Vec<Fault>,
) {
    let ([(_, success)], place) = (operation.shape.successes.as_slice(), operation.name_span) else {
        faults.push((operation.name_span, "it has to have one good answer".to_owned()));
        return;
    };
    let record = match success {
        Type::Record(record) => record,
        ty if ty.is_unknown() => return,
        _ => {
            faults.push((place, "it answers with no record of `items` and `next`".to_owned()));
            return;
        }
    };
    let fields = schema::content(cx, record).fields.clone();
    let (items, next) = (fields.get("items"), fields.get("next"));
    for (name, field) in [("items", items), ("next", next)] {
        if field.is_none() {
            faults.push((record.span, format!("`{}` has no `{name}`", record.name)));
        }
    }
    if let Some(items) = items.filter(|items| !matches!(items.ty, Type::List(_) | Type::Unknown)) {
        faults.push((items.span, "has to be a list, and always there".to_owned()));
    }
    let Some(next) = next else { return };
    if !is_optional_text(&next.ty) {
        faults.push((next.span, "has to be an optional `string`: the last page has none".to_owned()));
    } else if !next.labels.is_empty() {
        faults.push((next.span, "carries a label, and goes into addresses".to_owned()));
    } else if let Some(cursor) = cursor.filter(|cursor| is_optional_text(&cursor.ty))
        && fit::fits(cx, &next.ty, &cursor.ty).is_err()
    {
        faults.push((next.span, format!("has to be `{}`, as `cursor` is", cursor.ty)));
    }
}

/// The parameter by which an operation without the setting gives its list in pages, if it seems to.
fn other_way(cx: &mut Context<'_>, operation: &Operation) -> Option<Span> {
    let shape = &operation.shape;
    if shape.method != "GET" || !holds_list(cx, &shape.success) {
        return None;
    }
    let is_one = |param: &&OperationParam| {
        let is_plain = matches!(param.ty.present(), Type::Int(_) | Type::String(_));
        param.place == ParamPlace::Query && is_plain && OTHER_WAYS.contains(&plain(&param.wire).as_str())
    };
    shape.params.iter().find(is_one).map(|param| param.span)
}

/// `page_size`, `pageSize` and `page-size` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).collect::<String>().to_ascii_lowercase()
}

/// A list, or a record with one.
fn holds_list(cx: &mut Context<'_>, ty: &Type) -> bool {
    match ty.present() {
        Type::List(_) => true,
        Type::Record(record) => schema::content(cx, &record)
            .fields
            .values()
            .any(|field| matches!(field.ty.present(), Type::List(_))),
        _ => false,
    }
}
