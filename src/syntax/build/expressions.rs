//! Values: literals, names, members, calls, branches, loops, records; and the clauses behind a value.

use super::super::ast::{
    Arg, ArmBody, Entry, Expr, ExprKind, Fail, FailureArm, FailureKind, FailurePattern, For, Handled,
    ListItem, MatchArm, Name, Otherwise, Pattern, PatternKind, Undo,
};
use super::super::grammar::{Pair, Rule};
use super::operators::{self, Row};
use super::{Builder, foreign, literals, name, needless, path, settings, text, types};
use crate::diagnostic::syntax;
use crate::source::Span;

/// How many members and calls may follow each other: each is a level of the tree.
const LINKS: usize = 256;

/// A value with the clauses behind it: `with`, `else`, `undo`, `final`.
pub(in super::super) fn handled(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    let mut parts = pair.into_inner();
    let Some(first) = parts.next() else { return broken(span) };
    let value = expr(b, first);
    let mut clauses = parts.peekable();
    if clauses.peek().is_none() {
        return value;
    }
    let mut handled = Handled { value, with: None, otherwise: None, undo: None, finally: None };
    let mut seen: Vec<(Rule, Span)> = Vec::new();
    for clause in clauses {
        let rule = clause.as_rule();
        let clause_span = b.span(&clause);
        match seen.iter().find(|(earlier, _)| *earlier == rule) {
            Some((_, first)) => {
                let (word, _) = split_word(clause.as_str());
                b.report(syntax::repeated_clause(clause_span, *first, word));
            }
            None => seen.push((rule, clause_span)),
        }
        match rule {
            Rule::with_clause => handled.with = with_record(b, clause),
            Rule::else_clause => handled.otherwise = otherwise(b, clause),
            Rule::undo_clause => handled.undo = undo(b, clause),
            _ => handled.finally = Some(clause_span),
        }
    }
    Expr { kind: ExprKind::Handled(Box::new(handled)), span }
}

fn split_word(clause: &str) -> (&str, &str) {
    clause.split_at(clause.bytes().take_while(u8::is_ascii_lowercase).count())
}

fn with_record(b: &mut Builder, pair: Pair) -> Option<Expr> {
    pair.into_inner().last().map(|record| settings::record(b, record))
}

fn otherwise(b: &mut Builder, pair: Pair) -> Option<Otherwise> {
    let span = b.span(&pair);
    let inner = pair.into_inner().last()?;
    Some(match inner.as_rule() {
        Rule::failure_arms => Otherwise::Arms { arms: failure_arms(b, inner), span },
        _ => Otherwise::Any { body: arm_body(b, inner), span },
    })
}

fn arm_body(b: &mut Builder, pair: Pair) -> ArmBody {
    match pair.as_rule() {
        Rule::fail => ArmBody::Fail(fail(b, pair)),
        Rule::handled => ArmBody::Value(handled(b, pair)),
        _ => ArmBody::Value(expr(b, pair)),
    }
}

fn undo(b: &mut Builder, pair: Pair) -> Option<Undo> {
    let span = b.span(&pair);
    let mut undo = None;
    let mut with = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => undo = Some(expr(b, part)),
            Rule::with_clause => with = with_record(b, part),
            _ => {}
        }
    }
    undo.map(|call| Undo { call, with, span })
}

pub(super) fn fail(b: &mut Builder, pair: Pair) -> Fail {
    let span = b.span(&pair);
    let mut problem = None;
    let mut members = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::path => problem = Some(path(b, part)),
            Rule::record => members = Some(record(b, part)),
            _ => {}
        }
    }
    let problem = problem.expect("the grammar reads a name behind `fail`");
    Fail { problem, members, span }
}

fn failure_arms(b: &mut Builder, pair: Pair) -> Vec<FailureArm> {
    let mut arms = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::failure_arm => arms.extend(failure_arm(b, part)),
            Rule::semicolon => needless(b, &part),
            Rule::broken_arm => {
                b.broken(&part, Rule::failure_arm);
            }
            _ => {}
        }
    }
    arms
}

fn failure_arm(b: &mut Builder, pair: Pair) -> Option<FailureArm> {
    let span = b.span(&pair);
    let mut patterns = Vec::new();
    let mut binding = None;
    let mut body = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::failure_pattern => patterns.push(failure_pattern(b, part)),
            Rule::name => binding = Some(name(b, &part)),
            Rule::wrong_arrow => foreign(b, &part, "=>"),
            Rule::fail | Rule::handled => body = Some(arm_body(b, part)),
            _ => {}
        }
    }
    body.map(|body| FailureArm { patterns, binding, body, span })
}

pub(super) fn failure_pattern(b: &mut Builder, pair: Pair) -> FailurePattern {
    let span = b.span(&pair);
    let Some(inner) = pair.into_inner().next() else {
        return FailurePattern { kind: FailureKind::Broken, span };
    };
    let kind = match (inner.as_rule(), inner.as_str().trim_end()) {
        (Rule::path, _) if is_wildcard(&inner) => FailureKind::Wildcard,
        (Rule::path, _) => FailureKind::Named(path(b, inner)),
        (_, class) if class.len() == 3 && class.ends_with("xx") => {
            FailureKind::StatusClass(class.bytes().next().map_or(0, |digit| digit.wrapping_sub(b'0')))
        }
        (_, _) => FailureKind::Status(literals::plain_number(b, &inner)),
    };
    FailurePattern { kind, span }
}

// ---- values -------------------------------------------------------------------------------------

pub(super) fn expr(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    let row: Row = pair.into_inner().peekable();
    b.nested(span, |b| operators::row(b, row, span)).unwrap_or(broken(span))
}

fn broken(span: Span) -> Expr {
    Expr { kind: ExprKind::Broken, span }
}

/// A primary value with the members, calls and conversions behind it.
pub(super) fn operand(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let mut value = primary(b, row)?;
    let mut links = 0;
    while let Some(link) =
        row.next_if(|next| matches!(next.as_rule(), Rule::member | Rule::call | Rule::cast | Rule::lambda))
    {
        links += 1;
        let span = b.span(&link);
        if links > LINKS {
            if links == LINKS + 1 {
                b.report(syntax::too_many_links(span, LINKS));
            }
            continue;
        }
        value = linked(b, value, link, span);
    }
    Some(if links > LINKS { broken(value.span) } else { value })
}

fn linked(b: &mut Builder, value: Expr, link: Pair, link_span: Span) -> Expr {
    let span = value.span.to(link_span);
    let kind = match link.as_rule() {
        Rule::call => match complete(b, &link, Rule::call) {
            true => ExprKind::Call { callee: Box::new(value), args: args(b, link) },
            false => ExprKind::Broken,
        },
        Rule::cast => match link.into_inner().last() {
            Some(ty) => ExprKind::As { value: Box::new(value), ty: types::type_one(b, ty) },
            None => ExprKind::Broken,
        },
        Rule::lambda => lambda(b, value, link),
        _ => member(b, value, link),
    };
    Expr { kind, span }
}

fn member(b: &mut Builder, value: Expr, link: Pair) -> ExprKind {
    let optional = link.as_str().starts_with('?');
    match link.into_inner().last() {
        Some(last) => ExprKind::Member { of: Box::new(value), name: name(b, &last), optional },
        None => ExprKind::Broken,
    }
}

/// Whether what stands in the brackets could be read to their end; if not, it has been reported.
pub(super) fn complete(b: &mut Builder, pair: &Pair, wanted: Rule) -> bool {
    let complete =
        pair.clone().into_inner().last().is_none_or(|last| last.as_rule() != Rule::broken_arguments);
    if !complete {
        b.broken(pair, wanted);
    }
    complete
}

pub(super) fn args(b: &mut Builder, pair: Pair) -> Vec<Arg> {
    pair.into_inner().filter_map(|part| arg(b, part)).collect()
}

fn arg(b: &mut Builder, pair: Pair) -> Option<Arg> {
    let span = b.span(&pair);
    let mut named = None;
    let mut value = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::wrong_equals => foreign(b, &part, ":"),
            Rule::handled => value = Some(handled(b, part)),
            _ => {}
        }
    }
    value.map(|value| Arg { name: named, value, span })
}

fn primary(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let pair = row.next()?;
    let span = b.span(&pair);
    let kind = match pair.as_rule() {
        Rule::name_use => name_use(b, &pair),
        Rule::number => literals::number_value(b, &pair),
        Rule::string => ExprKind::Text(literals::string(b, pair)),
        Rule::raw => ExprKind::RawText(text(b, &pair).value),
        Rule::constant => match pair.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => ExprKind::None,
        },
        Rule::record => return Some(record(b, pair)),
        Rule::setting_list | Rule::setting_record => return Some(settings::form(b, pair)),
        Rule::list => match complete(b, &pair, Rule::list) {
            true => ExprKind::List(list(b, pair)),
            false => ExprKind::Broken,
        },
        Rule::parenthesised => parenthesised(b, pair, row),
        Rule::if_expression => if_expression(b, pair),
        Rule::match_expression => match_expression(b, pair),
        Rule::for_expression => for_expression(b, pair),
        _ => return None,
    };
    Some(Expr { kind, span })
}

fn name_use(b: &mut Builder, pair: &Pair) -> ExprKind {
    match pair.as_str() {
        "null" | "nil" | "undefined" => {
            foreign(b, pair, "none");
            ExprKind::None
        }
        _ => ExprKind::Name(name(b, pair)),
    }
}

/// `( e )`, or `(a, b)` in front of the `=>` of a lambda, which is then taken from the row.
fn parenthesised(b: &mut Builder, pair: Pair, row: &mut Row) -> ExprKind {
    let span = b.span(&pair);
    if !complete(b, &pair, Rule::parenthesised) {
        return ExprKind::Broken;
    }
    let mut values: Vec<Expr> = pair.into_inner().map(|part| handled(b, part)).collect();
    if let Some(link) = row.next_if(|next| next.as_rule() == Rule::lambda) {
        let params = values.into_iter().filter_map(|value| lambda_param(b, value)).collect();
        return match link.into_inner().next() {
            Some(body) => ExprKind::Lambda { params, body: Box::new(expr(b, body)) },
            None => ExprKind::Broken,
        };
    }
    match (values.pop(), values.is_empty()) {
        (Some(only), true) => ExprKind::Paren(Box::new(only)),
        (None, _) => {
            b.report(syntax::unexpected(span, "a value", "`()`", "write a value between the parentheses"));
            ExprKind::Broken
        }
        (Some(last), false) => {
            let help = "several values together are a list, `[a, b]`, or a record";
            b.report(syntax::unexpected(last.span, "one value", "several", help));
            ExprKind::Broken
        }
    }
}

fn lambda(b: &mut Builder, value: Expr, link: Pair) -> ExprKind {
    let Some(body) = link.into_inner().next() else { return ExprKind::Broken };
    let params = lambda_param(b, value).into_iter().collect();
    ExprKind::Lambda { params, body: Box::new(expr(b, body)) }
}

fn lambda_param(b: &mut Builder, value: Expr) -> Option<Name> {
    match value.kind {
        ExprKind::Name(name) => Some(name),
        _ => {
            let help = "a lambda looks like `x => x.name` or `(a, b) => a + b`";
            b.report(syntax::unexpected(value.span, "a name in front of `=>`", "another value", help));
            None
        }
    }
}

fn list(b: &mut Builder, pair: Pair) -> Vec<ListItem> {
    let item = |b: &mut Builder, part: Pair| match part.as_rule() {
        Rule::spread => spread(b, part).map(|(value, span)| ListItem::Spread(value, span)),
        _ => Some(ListItem::Value(handled(b, part))),
    };
    pair.into_inner().filter_map(|part| item(b, part)).collect()
}

fn spread(b: &mut Builder, pair: Pair) -> Option<(Expr, Span)> {
    let span = b.span(&pair);
    pair.into_inner().next().map(|value| (expr(b, value), span))
}

pub(super) fn record(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    Expr { kind: ExprKind::Record(entries(b, pair)), span }
}

/// What stands between the braces of a record or of a map.
pub(super) fn entries(b: &mut Builder, pair: Pair) -> Vec<Entry> {
    let mut entries = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::entry => entries.extend(entry(b, part)),
            Rule::semicolon => needless(b, &part),
            Rule::broken_entry => entries.push(Entry::Broken(b.broken(&part, Rule::entry))),
            _ => {}
        }
    }
    entries
}

fn entry(b: &mut Builder, pair: Pair) -> Option<Entry> {
    let span = b.span(&pair);
    let mut named = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => named = Some(name(b, &part)),
            Rule::wrong_equals => foreign(b, &part, ":"),
            Rule::spread => return spread(b, part).map(|(value, span)| Entry::Spread { value, span }),
            _ => return Some(Entry::Field { name: named?, value: handled(b, part), span }),
        }
    }
    None
}

// ---- branches and loops -------------------------------------------------------------------------

fn if_expression(b: &mut Builder, pair: Pair) -> ExprKind {
    let mut parts = pair.into_inner().filter(|part| part.as_rule() == Rule::expr);
    let mut next = || parts.next().map(|part| Box::new(expr(b, part)));
    match (next(), next(), next()) {
        (Some(condition), Some(then), Some(otherwise)) => ExprKind::If { condition, then, otherwise },
        _ => ExprKind::Broken,
    }
}

fn match_expression(b: &mut Builder, pair: Pair) -> ExprKind {
    let mut subject = None;
    let mut arms = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => subject = Some(Box::new(expr(b, part))),
            Rule::match_arm => arms.extend(match_arm(b, part)),
            Rule::semicolon => needless(b, &part),
            Rule::broken_arm => {
                let span = b.broken(&part, Rule::match_arm);
                // Keeps the match from being called incomplete.
                let patterns = vec![Pattern { kind: PatternKind::Broken, span }];
                arms.push(MatchArm { patterns, binding: None, body: broken(span), span });
            }
            _ => {}
        }
    }
    subject.map_or(ExprKind::Broken, |subject| ExprKind::Match { subject, arms })
}

fn match_arm(b: &mut Builder, pair: Pair) -> Option<MatchArm> {
    let span = b.span(&pair);
    let mut patterns = Vec::new();
    let mut binding = None;
    let mut body = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::pattern => patterns.push(pattern(b, part)),
            Rule::name => binding = Some(name(b, &part)),
            Rule::wrong_arrow => foreign(b, &part, "=>"),
            Rule::handled => body = Some(handled(b, part)),
            _ => {}
        }
    }
    body.map(|body| MatchArm { patterns, binding, body, span })
}

fn pattern(b: &mut Builder, pair: Pair) -> Pattern {
    let span = b.span(&pair);
    let Some(inner) = pair.into_inner().next() else {
        return Pattern { kind: PatternKind::Broken, span };
    };
    let kind = match (inner.as_rule(), inner.as_str().trim_end()) {
        (Rule::text, _) => PatternKind::Text(text(b, &inner)),
        (Rule::signed, _) => PatternKind::Number(literals::plain_number(b, &inner)),
        (Rule::constant, "true") => PatternKind::Bool(true),
        (Rule::constant, "false") => PatternKind::Bool(false),
        (Rule::constant, _) => PatternKind::None,
        (_, _) if is_wildcard(&inner) => PatternKind::Wildcard,
        (_, _) => PatternKind::Type(path(b, inner)),
    };
    Pattern { kind, span }
}

/// Whether a path is `_` alone; the text of its pair may reach over a comment behind it.
fn is_wildcard(path: &Pair) -> bool {
    let mut names = path.clone().into_inner().map(|name| name.as_str());
    names.next() == Some("_") && names.next().is_none()
}

fn for_expression(b: &mut Builder, pair: Pair) -> ExprKind {
    let mut binding = None;
    let mut list = None;
    let mut condition = None;
    let mut at_most = None;
    let mut body = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => binding = Some(name(b, &part)),
            Rule::expr => list = Some(expr(b, part)),
            Rule::where_clause => condition = inner_expr(b, part),
            Rule::at_most => at_most = inner_expr(b, part),
            Rule::handled => body = Some(handled(b, part)),
            _ => {}
        }
    }
    match (binding, list, body) {
        (Some(binding), Some(list), Some(body)) => {
            ExprKind::For(Box::new(For { binding, list, condition, at_most, body }))
        }
        _ => ExprKind::Broken,
    }
}

/// The one value among the words of a clause.
pub(super) fn inner_expr(b: &mut Builder, pair: Pair) -> Option<Expr> {
    pair.into_inner().find(|part| part.as_rule() == Rule::expr).map(|part| expr(b, part))
}
