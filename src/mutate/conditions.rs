//! Conditions: each part that has to hold is left out or turned.

use super::find::Finder;
use super::{Becomes, Kind, Says};
use crate::ir::{Comparison, Condition, Expr, ExprKind, Literal, Test, Type};

/// Whether nothing behind a condition has a name of it, so that it can be left out.
pub fn binds_nothing(condition: &Condition) -> bool {
    condition.iter().all(|test| match test {
        Test::Holds(_) => true,
        Test::Present { .. } => false,
    })
}

impl<'p> Finder<'p, '_> {
    pub fn condition(&mut self, condition: &'p Condition) {
        let has_several = condition.len() > 1;
        for test in condition {
            match test {
                Test::Holds(expr) => {
                    if has_several && let Some(span) = turned(expr).spot.span() {
                        let becomes = Becomes::Literal(Literal::Bool(true), &Type::Bool);
                        self.change_at(expr, span, Kind::Condition, Says::plain("left out"), becomes);
                    }
                    self.holds(expr);
                }
                Test::Present { value, .. } => {
                    let says = Says::plain("taken as `none`");
                    self.change(value, Kind::Condition, says, Becomes::Absent(&value.ty));
                    self.expr(value);
                }
            }
        }
    }

    /// Something that is true or false where that decides.
    pub fn holds(&mut self, expr: &'p Expr) {
        let inner = turned(expr);
        match &inner.kind {
            ExprKind::Compare { .. }
            | ExprKind::All(_)
            | ExprKind::AnyOf(_)
            | ExprKind::Not(_)
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::Literal(_) => {}
            _ => self.change(inner, Kind::Condition, Says::plain("negated"), Becomes::Not(inner)),
        }
        self.expr(inner);
    }

    /// `<` becomes `<=` and `>=`.
    pub fn compare(&mut self, expr: &'p Expr, operator: Comparison) {
        for other in others(operator) {
            let says = Says::swapped(sign(*other), sign(operator));
            let becomes = Becomes::Turned(expr, super::Turn::Compare(*other));
            self.change(expr, Kind::Comparison, says, becomes);
        }
    }
}

/// A condition that the flow has the other way round was turned by the compiler.
fn turned(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Not(inner) if expr.spot.span().is_none() => turned(inner),
        _ => expr,
    }
}

/// What is one off, and what is the opposite.
fn others(operator: Comparison) -> &'static [Comparison] {
    match operator {
        Comparison::Equal => &[Comparison::NotEqual],
        Comparison::NotEqual => &[Comparison::Equal],
        Comparison::Less => &[Comparison::LessOrEqual, Comparison::GreaterOrEqual],
        Comparison::LessOrEqual => &[Comparison::Less, Comparison::Greater],
        Comparison::Greater => &[Comparison::GreaterOrEqual, Comparison::LessOrEqual],
        Comparison::GreaterOrEqual => &[Comparison::Greater, Comparison::Less],
    }
}

fn sign(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "==",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
