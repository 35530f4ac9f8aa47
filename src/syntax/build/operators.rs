//! Precedence. The grammar reads `not a + b == c` as a flat row; here it becomes a tree. A run of operators
//! of one level stays flat ([`ExprKind::Chain`]), so a sum may be as long as it likes.

use super::super::ast::{BinaryOperator, Expr, ExprKind, Spanned, UnaryOperator};
use super::super::grammar::{Pair, Rule};
use super::{Builder, expressions, foreign};
use crate::diagnostic::syntax;
use crate::source::Span;

pub(super) type Row<'t> = std::iter::Peekable<super::Pairs<'t>>;

/// From loose to tight. `Not` and `Negate` are prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Or,
    And,
    Not,
    Comparison,
    Coalesce,
    Sum,
    Product,
}

pub(super) fn row(b: &mut Builder, mut row: Row, span: Span) -> Expr {
    let parsed = at_level(b, &mut row, Level::Or);
    parsed.unwrap_or(Expr { kind: ExprKind::Broken, span })
}

fn at_level(b: &mut Builder, row: &mut Row, level: Level) -> Option<Expr> {
    match level {
        Level::Or => chain(b, row, Level::Or, Level::And),
        Level::And => chain(b, row, Level::And, Level::Not),
        Level::Not => not(b, row),
        Level::Comparison => comparison(b, row),
        Level::Coalesce => chain(b, row, Level::Coalesce, Level::Sum),
        Level::Sum => chain(b, row, Level::Sum, Level::Product),
        Level::Product => product(b, row),
    }
}

fn chain(b: &mut Builder, row: &mut Row, level: Level, inner: Level) -> Option<Expr> {
    let first = at_level(b, row, inner)?;
    let mut rest = Vec::new();
    while let Some(operator) = next_operator(b, row, level) {
        rest.push((operator, at_level(b, row, inner)?));
    }
    Some(chained(first, rest))
}

fn product(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let first = prefixed(b, row)?;
    let mut rest = Vec::new();
    while let Some(operator) = next_operator(b, row, Level::Product) {
        rest.push((operator, prefixed(b, row)?));
    }
    Some(chained(first, rest))
}

fn chained(first: Expr, rest: Vec<(Spanned<BinaryOperator>, Expr)>) -> Expr {
    match rest.last() {
        Some((_, last)) => {
            let span = first.span.to(last.span);
            Expr { kind: ExprKind::Chain { first: Box::new(first), rest }, span }
        }
        None => first,
    }
}

/// Comparisons do not chain: the first of several is kept.
fn comparison(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let left = at_level(b, row, Level::Coalesce)?;
    let Some(operator) = next_operator(b, row, Level::Comparison) else { return Some(left) };
    let right = at_level(b, row, Level::Coalesce)?;
    let span = left.span.to(right.span);
    let mut reported = false;
    while let Some(next) = next_operator(b, row, Level::Comparison) {
        if !std::mem::replace(&mut reported, true) {
            b.report(syntax::comparison_chain(next.span, operator.span));
        }
        at_level(b, row, Level::Coalesce)?;
    }
    let kind = match reported {
        true => ExprKind::Broken,
        false => ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) },
    };
    Some(Expr { kind, span })
}

fn not(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let Some(prefix) = row.next_if(|next| next.as_rule() == Rule::not) else {
        return at_level(b, row, Level::Comparison);
    };
    let operator = Spanned { node: UnaryOperator::Not, span: b.span(&prefix) };
    let of = b.nested(operator.span, |b| not(b, row)).unwrap_or_else(|| skip_operand(b, row, operator.span));
    of.map(|of| unary(operator, of))
}

/// `-x`, and the prefixes that may stand in front of any operand.
fn prefixed(b: &mut Builder, row: &mut Row) -> Option<Expr> {
    let prefix = row.next_if(|next| matches!(next.as_rule(), Rule::negate | Rule::not | Rule::wrong_not));
    let Some(prefix) = prefix else { return expressions::operand(b, row) };
    let node = match prefix.as_rule() {
        Rule::negate => UnaryOperator::Negate,
        _ => UnaryOperator::Not,
    };
    let operator = Spanned { node, span: b.span(&prefix) };
    if prefix.as_rule() == Rule::wrong_not {
        b.report(syntax::foreign(operator.span, "!", "not "));
    }
    let of =
        b.nested(operator.span, |b| prefixed(b, row)).unwrap_or_else(|| skip_operand(b, row, operator.span));
    of.map(|of| unary(operator, of))
}

/// Too many prefixes: passes over the rest of them, which has been reported.
fn skip_operand(b: &mut Builder, row: &mut Row, span: Span) -> Option<Expr> {
    while row.next_if(|next| matches!(next.as_rule(), Rule::negate | Rule::not | Rule::wrong_not)).is_some() {
    }
    expressions::operand(b, row)?;
    Some(Expr { kind: ExprKind::Broken, span })
}

fn unary(operator: Spanned<UnaryOperator>, of: Expr) -> Expr {
    let span = operator.span.to(of.span);
    Expr { kind: ExprKind::Unary { operator, of: Box::new(of) }, span }
}

fn next_operator(b: &mut Builder, row: &mut Row, level: Level) -> Option<Spanned<BinaryOperator>> {
    let pair = row.next_if(|next| binary(next).is_some_and(|(found, _)| found == level))?;
    let (_, node) = binary(&pair)?;
    match pair.as_str() {
        "&&" => foreign(b, &pair, "and"),
        "||" => foreign(b, &pair, "or"),
        "===" => foreign(b, &pair, "=="),
        "!==" => foreign(b, &pair, "!="),
        _ => {}
    }
    Some(Spanned { node, span: b.span(&pair) })
}

fn binary(pair: &Pair) -> Option<(Level, BinaryOperator)> {
    let found = match pair.as_rule() {
        Rule::or => (Level::Or, BinaryOperator::Or),
        Rule::and => (Level::And, BinaryOperator::And),
        Rule::equal => (Level::Comparison, BinaryOperator::Equal),
        Rule::not_equal => (Level::Comparison, BinaryOperator::NotEqual),
        Rule::less => (Level::Comparison, BinaryOperator::Less),
        Rule::less_or_equal => (Level::Comparison, BinaryOperator::LessOrEqual),
        Rule::greater => (Level::Comparison, BinaryOperator::Greater),
        Rule::greater_or_equal => (Level::Comparison, BinaryOperator::GreaterOrEqual),
        Rule::coalesce => (Level::Coalesce, BinaryOperator::Coalesce),
        Rule::plus => (Level::Sum, BinaryOperator::Add),
        Rule::minus => (Level::Sum, BinaryOperator::Subtract),
        Rule::times => (Level::Product, BinaryOperator::Multiply),
        Rule::divide => (Level::Product, BinaryOperator::Divide),
        Rule::remainder => (Level::Product, BinaryOperator::Remainder),
        _ => return None,
    };
    Some(found)
}
