//! Settings: `key: value`, and the forms that only their values have: `50%`, `200/s`, `50ms..200ms`,
//! `oauth2 { … }`, `300ms at p99`, `env.PORT as int = 8080`.

use super::super::ast::{Entry, Expr, ExprKind, ListItem, Name, Number, Setting, Spanned, UnaryOperator};
use super::super::grammar::{Pair, Rule};
use super::{Builder, expressions, foreign, literals, name, needless, text};
use crate::source::Span;

pub(super) fn block(b: &mut Builder, pair: Pair) -> Vec<Setting> {
    let mut settings = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::setting => settings.extend(setting(b, part)),
            Rule::semicolon => needless(b, &part),
            Rule::broken_setting => settings.extend(broken(b, &part)),
            _ => {}
        }
    }
    settings
}

/// It is known to be there, so that nobody calls it missing.
fn broken(b: &mut Builder, pair: &Pair) -> Option<Setting> {
    let span = b.broken(pair, Rule::setting);
    let name = b.broken_name(pair)?;
    Some(Setting { name, value: Expr { kind: ExprKind::Broken, span }, span })
}

pub(super) fn setting(b: &mut Builder, pair: Pair) -> Option<Setting> {
    let span = b.span(&pair);
    let mut named = None;
    let mut set = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::wrong_equals => foreign(b, &part, ":"),
            _ => set = Some(value(b, part)),
        }
    }
    Some(Setting { name: named?, value: set?, span })
}

pub(super) fn default(b: &mut Builder, pair: Pair) -> Option<Expr> {
    pair.into_inner().next().map(|inner| value(b, inner))
}

/// A value with the default behind it, if there is one.
pub(super) fn value(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    b.nested(span, |b| value_and_default(b, pair, span)).unwrap_or(Expr { kind: ExprKind::Broken, span })
}

fn value_and_default(b: &mut Builder, pair: Pair, span: Span) -> Expr {
    let mut parts = pair.into_inner();
    let Some(first) = parts.next() else { return Expr { kind: ExprKind::Broken, span } };
    let set = form(b, first);
    match parts.next().and_then(|part| default(b, part)) {
        Some(default) => Expr { kind: ExprKind::Defaulted(Box::new(set), Box::new(default)), span },
        None => set,
    }
}

/// A list or record, or what is made of it: `["a", "b"].has(caller.subject)`.
fn collection(b: &mut Builder, pair: Pair) -> Expr {
    let mut parts = pair.clone().into_inner();
    match (parts.next(), parts.next()) {
        (Some(only), None) => form(b, only),
        _ => expressions::expr(b, pair),
    }
}

pub(super) fn form(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    let kind = match pair.as_rule() {
        Rule::collection => return collection(b, pair),
        Rule::setting_list => match expressions::complete(b, &pair, Rule::setting_list) {
            true => ExprKind::List(list(b, pair)),
            false => ExprKind::Broken,
        },
        Rule::setting_record => return record(b, pair),
        Rule::range => two(b, pair, ExprKind::Range),
        Rule::at => two(b, pair, ExprKind::At),
        Rule::percent => match pair.into_inner().next() {
            Some(number) => ExprKind::Percent(literals::plain_number(b, &number)),
            None => ExprKind::Broken,
        },
        Rule::rate => rate(b, pair),
        Rule::tagged => tagged(b, pair),
        _ => return expressions::handled(b, pair),
    };
    Expr { kind, span }
}

fn list(b: &mut Builder, pair: Pair) -> Vec<ListItem> {
    let item = |b: &mut Builder, part: Pair| match part.as_rule() {
        Rule::setting_spread => spread(b, part).map(|(value, span)| ListItem::Spread(value, span)),
        _ => Some(ListItem::Value(value(b, part))),
    };
    pair.into_inner().filter_map(|part| item(b, part)).collect()
}

fn spread(b: &mut Builder, pair: Pair) -> Option<(Expr, Span)> {
    let span = b.span(&pair);
    pair.into_inner().next().map(|inner| (value(b, inner), span))
}

pub(super) fn record(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    let mut entries = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::setting => entries.extend(setting(b, part).map(|setting| {
                let Setting { name, value, span } = setting;
                Entry::Field { name, value, span }
            })),
            Rule::setting_spread => {
                entries.extend(spread(b, part).map(|(value, span)| Entry::Spread { value, span }));
            }
            Rule::semicolon => needless(b, &part),
            Rule::broken_entry => entries.push(Entry::Broken(b.broken(&part, Rule::setting))),
            _ => {}
        }
    }
    Expr { kind: ExprKind::Record(entries), span }
}

/// `50ms..200ms`, `300ms at p99`
fn two(b: &mut Builder, pair: Pair, form: impl Fn(Box<Expr>, Box<Expr>) -> ExprKind) -> ExprKind {
    let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::at_word);
    let mut next = || {
        parts.next().map(|part| match part.as_rule() {
            Rule::signed => signed(b, &part),
            _ => expressions::expr(b, part),
        })
    };
    match (next(), next()) {
        (Some(left), Some(right)) => form(Box::new(left), Box::new(right)),
        _ => ExprKind::Broken,
    }
}

/// A number of any kind with its sign.
fn signed(b: &mut Builder, pair: &Pair) -> Expr {
    let span = b.span(pair);
    let Some(number) = pair.as_str().strip_prefix('-') else {
        return Expr { kind: literals::number_value(b, pair), span };
    };
    let start = pair.as_span().end() - number.len();
    let of = Expr { kind: literals::number_of(b, number, start), span: b.form(start, pair.as_span().end()) };
    let operator = Spanned { node: UnaryOperator::Negate, span: Span { end: of.span.start, ..span } };
    Expr { kind: ExprKind::Unary { operator, of: Box::new(of) }, span }
}

fn rate(b: &mut Builder, pair: Pair) -> ExprKind {
    let mut amount: Option<Number> = None;
    let mut unit: Option<Name> = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::signed => amount = Some(literals::plain_number(b, &part)),
            _ => unit = Some(name(b, &part)),
        }
    }
    match (amount, unit) {
        (Some(amount), Some(unit)) => ExprKind::Rate(amount, unit),
        _ => ExprKind::Broken,
    }
}

fn tagged(b: &mut Builder, pair: Pair) -> ExprKind {
    let mut parts = pair.into_inner();
    let tag = parts.next().map(|word| name(b, &word));
    let inner = parts.next().and_then(|payload| payload.into_inner().next());
    let (Some(tag), Some(inner)) = (tag, inner) else { return ExprKind::Broken };
    let span = b.span(&inner);
    let payload = match inner.as_rule() {
        Rule::setting_record => record(b, inner),
        Rule::string => Expr { kind: ExprKind::Text(literals::string(b, inner)), span },
        Rule::raw => Expr { kind: ExprKind::RawText(text(b, &inner).value), span },
        Rule::signed => signed(b, &inner),
        _ => Expr { kind: ExprKind::Name(name(b, &inner)), span },
    };
    ExprKind::Tagged { name: tag, payload: Box::new(payload) }
}
