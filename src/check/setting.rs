//! Settings: values of the record types that std declares, with a few literals and words that only they have.

use smol_str::SmolStr;

use super::body::{Body, Kind};
use super::context::Context;
use super::declare;
use super::exact::Exact;
use super::expression::{broken, checked, fitted, infer, literal_text, plain};
use super::label::Labels;
use super::schema;
use super::ty::{Field, Scalar, Type, Variant, VariantsType};
use super::typed::{Expr, ExprKind, Setting, Settings};
use crate::diagnostic::{labels as label_findings, nearest, settings as findings, types};
use crate::resolve::{Declared, UnitId};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::secrets::secret_in;

/// The settings of a block against a record of std. The body has what conditions may name.
pub fn settings(
    cx: &mut Context<'_>,
    body: &mut Body,
    written: &[ast::Setting],
    record_name: &str,
    block: (&str, Span),
) -> Settings {
    let mut settings = Settings::default();
    let Some(Type::Record(record)) = std_type(cx, record_name) else { return settings };
    let content = schema::content(cx, &record);
    let config = std::mem::replace(&mut body.config, true);
    for setting in written {
        let name = &setting.name;
        let Some(field) = content.fields.get(&name.text) else {
            if matches!(setting.value.kind, ast::ExprKind::Broken) {
                continue;
            }
            let near = nearest(&name.text, content.fields.keys().map(SmolStr::as_str));
            let known: Vec<&str> = content.fields.keys().map(SmolStr::as_str).collect();
            cx.report(findings::unknown_setting(name, block.0, near, &known));
            continue;
        };
        if let Some(first) = settings.values.get(&name.text) {
            let first: &Setting = first;
            cx.report(findings::setting_twice(name, first.span));
            continue;
        }
        let value = setting_value(cx, body, setting, field);
        settings.values.insert(name.text.clone(), Setting { value, span: setting.span });
    }
    body.config = config;
    for (name, field) in &content.fields {
        if field.is_required()
            && !settings.values.contains_key(name)
            && !written.iter().any(|one| one.name.text == *name)
        {
            cx.report(findings::missing_setting(block.1, block.0, name, field.doc.as_deref()));
        }
    }
    settings
}

fn setting_value(cx: &mut Context<'_>, body: &mut Body, setting: &ast::Setting, field: &Field) -> Expr {
    secret_literal(cx, body, &setting.value, field);
    // `none` turns off what an outer block says.
    let want = if field.has_default { field.ty.clone().optional() } else { field.ty.clone() };
    let wanted_none = matches!(setting.value.kind, ast::ExprKind::None) && !field.ty.is_optional();
    let want = if wanted_none { field.ty.clone() } else { want };
    let typed = infer(cx, body, &setting.value, Some(&want));
    let value = fitted(cx, typed, &want, &format!("the setting `{}`", setting.name.text), None);
    let lost = value.labels.declared().without(field.labels).without(Labels::PERSONAL);
    if lost.contains(Labels::SECRET) && !takes_secret(&field.ty) {
        cx.report(findings::secret_setting(value.span, &setting.name.text));
    }
    value
}

/// Headers, tokens and the like may come from `secret` even where only a part of them is labelled.
fn takes_secret(ty: &Type) -> bool {
    matches!(
        ty.present(),
        Type::Variants(_)
            | Type::Record(_)
            | Type::Dict(_)
            | Type::Union(_)
            | Type::String(_)
            | Type::List(_)
    )
}

/// A literal where a secret belongs.
pub fn secret_literal(cx: &mut Context<'_>, body: &Body, value: &ast::Expr, field: &Field) {
    // What looks like a secret wherever it stands has been reported.
    let plain = |text: &str| secret_in(text).is_none();
    let literal = match &value.kind {
        ast::ExprKind::Text(parts) => parts.iter().all(|part| match part {
            ast::TextPart::Chars(text, _) => plain(text),
            ast::TextPart::Expr(_) => false,
        }),
        ast::ExprKind::RawText(text) => plain(text),
        _ => false,
    };
    if literal && field.labels.contains(Labels::SECRET) && body.kind != Kind::Test {
        cx.report(label_findings::secret_literal(value.span, "a secret"));
    }
}

/// A type that std declares.
pub fn std_type(cx: &mut Context<'_>, name: &str) -> Option<Type> {
    match cx.names.capital(UnitId::STD, name) {
        Some((unit, Declared::Type(decl))) => Some(declare::declared(cx, unit, decl).0),
        _ => None,
    }
}

// ---- literals -----------------------------------------------------------------------------------

/// The longest duration: a year in settings, a century elsewhere.
const LONGEST_SETTING: u64 = 365 * 86_400_000;
const LONGEST: u64 = 100 * LONGEST_SETTING;

pub fn duration(
    cx: &mut Context<'_>,
    body: &Body,
    number: &ast::Number,
    unit: &ast::Unit,
    span: Span,
) -> Expr {
    let milliseconds = match unit.text.as_str() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => {
            cx.report(types::unknown_unit(unit.span, &unit.text, "`ms`, `s`, `m`, `h` and `d`"));
            return broken(span);
        }
    };
    if number.text.contains('.') {
        cx.report(types::broken_duration(span));
        return broken(span);
    }
    let range = if body.config { 1..=LONGEST_SETTING } else { 0..=LONGEST };
    let total = whole(number).and_then(|count| count.checked_mul(milliseconds));
    match total.filter(|total| range.contains(total)) {
        Some(total) => plain(ExprKind::Duration(total), Type::DURATION, span),
        None => {
            let wanted =
                if body.config { "a duration from `1ms` to `365d`" } else { "a duration of up to `36500d`" };
            cx.report(types::number_range(span, wanted));
            broken(span)
        }
    }
}

fn whole(number: &ast::Number) -> Option<u64> {
    Exact::parse(&number.text).and_then(Exact::to_int).and_then(|value| u64::try_from(value).ok())
}

pub fn percent(cx: &mut Context<'_>, number: &ast::Number, span: Span) -> Expr {
    let value =
        Exact::parse(&number.text).filter(|value| *value >= Exact::int(0) && *value <= Exact::int(100));
    match value {
        Some(value) => {
            plain(ExprKind::Percent(value.to_string().into()), Type::Scalar(Scalar::Percent), span)
        }
        None => {
            cx.report(types::number_range(span, "a percentage from `0%` to `100%`"));
            broken(span)
        }
    }
}

pub fn rate(cx: &mut Context<'_>, number: &ast::Number, unit: &ast::Name, span: Span) -> Expr {
    let per_seconds = match unit.text.as_str() {
        "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" | "day" => 86_400,
        _ => {
            cx.report(types::unknown_unit(unit.span, &unit.text, "`/s`, `/min`, `/h` and `/day`"));
            return broken(span);
        }
    };
    match whole(number).filter(|count| (1..=1_000_000_000).contains(count)) {
        Some(count) => plain(ExprKind::Rate { count, per_seconds }, Type::Scalar(Scalar::Rate), span),
        None => {
            cx.report(types::number_range(span, "a rate from 1 to 1000000000, such as `100/s`"));
            broken(span)
        }
    }
}

pub fn size(cx: &mut Context<'_>, number: &ast::Number, unit: &ast::Unit, span: Span) -> Expr {
    let bytes = match unit.text.as_str() {
        "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => {
            cx.report(types::unknown_unit(unit.span, &unit.text, "`B`, `KB`, `MB` and `GB`"));
            return broken(span);
        }
    };
    let total = whole(number).and_then(|count| count.checked_mul(bytes));
    match total.filter(|total| (1..=16_000_000_000).contains(total)) {
        Some(total) => plain(ExprKind::Size(total), Type::Scalar(Scalar::Size), span),
        None => {
            cx.report(types::number_range(span, "a size from `1B` to `16GB`"));
            broken(span)
        }
    }
}

// ---- forms --------------------------------------------------------------------------------------

pub fn none(want: Option<&Type>, span: Span) -> Expr {
    if let Some(Type::Variants(variants)) = want
        && variants.variants.iter().any(|variant| variant.name == "none")
    {
        let kind = ExprKind::Variant { name: SmolStr::new_static("none"), payload: None };
        return plain(kind, Type::Variants(variants.clone()), span);
    }
    plain(ExprKind::None, Type::None, span)
}

/// `50ms..200ms`
pub fn range(cx: &mut Context<'_>, body: &mut Body, from: &ast::Expr, to: &ast::Expr, span: Span) -> Expr {
    let low = checked(cx, body, from, &Type::DURATION, "the beginning of a range");
    let high = checked(cx, body, to, &Type::DURATION, "the end of a range");
    if let (ExprKind::Duration(a), ExprKind::Duration(b)) = (&low.kind, &high.kind)
        && a > b
    {
        cx.report(types::bad_bounds(span, "the smaller bound comes first"));
    }
    plain(ExprKind::Range(Box::new(low), Box::new(high)), Type::Scalar(Scalar::Durations), span)
}

/// `300ms at p99`
pub fn at(cx: &mut Context<'_>, body: &mut Body, value: &ast::Expr, part: &ast::Expr, span: Span) -> Expr {
    let value = checked(cx, body, value, &Type::DURATION, "the time of a latency");
    let percentile = std_type(cx, "Percentile").unwrap_or(Type::Unknown);
    let part = checked(cx, body, part, &percentile, "the part of a latency");
    plain(ExprKind::At(Box::new(value), Box::new(part)), Type::Scalar(Scalar::Latency), span)
}

/// `env.PORT as int = 8080`
pub fn defaulted(
    cx: &mut Context<'_>,
    body: &mut Body,
    value: &ast::Expr,
    default: &ast::Expr,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let mut value = infer(cx, body, value, want);
    if !is_config(&value) && !value.ty.is_unknown() {
        cx.report(findings::default_without_env(span));
        return broken(span);
    }
    let default = checked(cx, body, default, &value.ty.clone(), "the default");
    let inner = match &mut value.kind {
        ExprKind::Narrow(inner) => &mut inner.kind,
        other => other,
    };
    if let ExprKind::Config { default: slot, secret, .. } = inner {
        let written = match &default.kind {
            ExprKind::Widen(written) => &written.kind,
            kind => kind,
        };
        if *secret && matches!(written, ExprKind::Text(_)) {
            cx.report(label_findings::secret_literal(default.span, "the default of a secret"));
        }
        *slot = Some(Box::new(default));
    }
    Expr { fails: false, span, ..value }
}

/// `env.NAME`, `env.NAME as T`
pub fn is_config(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Config { .. } => true,
        ExprKind::Narrow(inner) => matches!(inner.kind, ExprKind::Config { .. }),
        _ => false,
    }
}

/// Whether the wanted type has this very word, which then goes before a value of the same name: `by: caller`.
pub fn is_variant(name: &ast::Name, want: Option<&Type>) -> bool {
    match want.map(Type::present) {
        Some(Type::Variants(variants)) => variants.variants.iter().any(|variant| variant.name == name.text),
        _ => false,
    }
}

/// A word on its own where the type has it: `public`, `caller`, `timeout`.
pub fn bare_variant(cx: &mut Context<'_>, name: &ast::Name, want: Option<&Type>) -> Option<Expr> {
    match want?.present() {
        Type::Variants(variants) => Some(word(cx, name, &variants)),
        Type::Scalar(Scalar::Operation) => {
            let text = literal_text(name.text.to_string(), name.span);
            Some(Expr { ty: Type::Scalar(Scalar::Operation), ..text })
        }
        _ => None,
    }
}

fn word(cx: &mut Context<'_>, name: &ast::Name, variants: &std::sync::Arc<VariantsType>) -> Expr {
    let ty = Type::Variants(variants.clone());
    match variants.variants.iter().find(|variant| variant.name == name.text) {
        Some(variant) if variant.payload.as_ref().is_none_or(has_all_defaults) => {
            plain(ExprKind::Variant { name: name.text.clone(), payload: None }, ty, name.span)
        }
        Some(variant) => {
            let payload = variant.payload.as_ref().map(Type::to_string).unwrap_or_default();
            cx.report(findings::variant_needs_payload(name, &payload));
            broken(name.span)
        }
        None => {
            unknown_variant(cx, name, variants);
            broken(name.span)
        }
    }
}

fn has_all_defaults(payload: &Type) -> bool {
    match payload {
        Type::Record(record) => {
            record.content.get().is_some_and(|content| !content.fields.values().any(Field::is_required))
        }
        _ => false,
    }
}

fn unknown_variant(cx: &mut Context<'_>, name: &ast::Name, variants: &std::sync::Arc<VariantsType>) {
    let known: Vec<&str> = variants.variants.iter().map(|variant| variant.name.as_str()).collect();
    let near = nearest(&name.text, known.iter().copied());
    let shown = Type::Variants(variants.clone()).to_string();
    cx.report(findings::unknown_variant(name, &shown, near, &known));
}

/// `oauth2 { … }`, `header "X-A"`, `after p95`
pub fn tagged(
    cx: &mut Context<'_>,
    body: &mut Body,
    name: &ast::Name,
    payload: &ast::Expr,
    want: Option<&Type>,
    span: Span,
) -> Expr {
    let wanted = want.map(Type::present);
    let variants = match &wanted {
        Some(Type::Variants(variants)) => variants,
        Some(Type::Unknown) => return broken(span),
        _ => {
            let wants = wanted.map_or_else(|| "a plain value".to_owned(), |ty| format!("`{ty}`"));
            cx.report(findings::no_variants_here(name, &wants));
            return broken(span);
        }
    };
    let mut candidates: Vec<Variant> =
        variants.variants.iter().filter(|variant| variant.name == name.text).cloned().collect();
    // What a word stands for is explained by those that take words.
    let is_word = matches!(payload.kind, ast::ExprKind::Name(_));
    candidates.sort_by_key(|variant| matches!(variant.payload, Some(Type::Variants(_))) == is_word);
    let Some(last) = candidates.last() else {
        unknown_variant(cx, name, variants);
        let _ = infer(cx, body, payload, None);
        return broken(span);
    };
    if last.payload.is_none() {
        cx.report(findings::variant_without_payload(name));
        return broken(span);
    }
    let payload = candidate_payload(cx, body, name, payload, &candidates);
    let labels = payload.labels;
    let kind = ExprKind::Variant { name: name.text.clone(), payload: Some(Box::new(payload)) };
    Expr { labels, ..plain(kind, Type::Variants(variants.clone()), span) }
}

/// A word may stand for several forms (`after p95`, `after 200ms`): the first that fits, else the last explains.
fn candidate_payload(
    cx: &mut Context<'_>,
    body: &mut Body,
    name: &ast::Name,
    payload: &ast::Expr,
    candidates: &[Variant],
) -> Expr {
    let what = format!("what stands behind `{}`", name.text);
    let reported = cx.diagnostics.len();
    let mut typed = broken(payload.span);
    for candidate in candidates {
        cx.diagnostics.truncate(reported);
        let want = candidate.payload.clone().unwrap_or(Type::Unknown);
        typed = checked(cx, body, payload, &want, &what);
        if cx.diagnostics.len() == reported {
            break;
        }
    }
    typed
}
