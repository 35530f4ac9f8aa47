//! Expressions, form by form: what of each can be changed, and which parts of it are not always worked out.

use super::find::Finder;
use super::{Becomes, Kind, Says, SiteKind, Turn};
use crate::interp::testing::Part;
use crate::ir::{ArmBody, Expr, ExprKind, ListItem, MatchArm, Operator, Pattern, TextPart, Type};

impl<'p> Finder<'p, '_> {
    pub fn expr(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::None | ExprKind::Local(_) | ExprKind::Config(_) => {}
            ExprKind::Literal(literal) => self.literal(expr, literal),
            ExprKind::Text(parts) => self.text(expr, parts),
            ExprKind::Field { of, field } => self.field(expr, of, *field),
            ExprKind::Common { of, .. } | ExprKind::Key { of, .. } => self.expr(of),
            ExprKind::Call { args, .. } | ExprKind::Std { args, .. } => {
                args.iter().for_each(|arg| self.expr(arg))
            }
            ExprKind::Lambda { body, .. } => self.branch(body, SiteKind::Part),
            ExprKind::Not(inner) => {
                self.change(expr, Kind::Condition, Says::plain("without `not`"), Becomes::Other(inner));
                self.expr(inner);
            }
            ExprKind::Negate(inner) => {
                self.change(expr, Kind::Arithmetic, Says::plain("without `-`"), Becomes::Other(inner));
                self.expr(inner);
            }
            ExprKind::Narrow(inner)
            | ExprKind::Bounded(inner)
            | ExprKind::Convert(inner)
            | ExprKind::Present(inner) => self.expr(inner),
            ExprKind::Arithmetic { operator, left, right } => self.arithmetic(expr, *operator, (left, right)),
            ExprKind::All(parts) => self.joined(expr, parts, Says::swapped("or", "and")),
            ExprKind::AnyOf(parts) => self.joined(expr, parts, Says::swapped("and", "or")),
            ExprKind::Compare { operator, left, right } => {
                self.compare(expr, *operator);
                [left, right].into_iter().for_each(|side| self.compared(side));
            }
            ExprKind::Coalesce { value, fallback } => self.coalesce(expr, value, fallback),
            ExprKind::IfPresent { value, body, .. } => {
                self.expr(value);
                self.branch(body, SiteKind::Part);
            }
            ExprKind::If { condition, then, otherwise } => {
                self.condition(condition);
                self.branch(then, SiteKind::Part);
                self.branch(otherwise, SiteKind::Part);
            }
            ExprKind::Match { subject, arms } => self.matching(subject, arms),
            ExprKind::For { list, condition, body, .. } => {
                self.expr(list);
                condition.iter().for_each(|condition| self.condition(condition));
                self.branch(body, SiteKind::Part);
            }
            ExprKind::List(items) => items.iter().for_each(|item| match item {
                ListItem::Value(value) | ListItem::Spread(value) => self.expr(value),
            }),
            ExprKind::Record { fields, .. } => self.record(expr, fields),
            ExprKind::Dict { entries, spreads } => {
                entries.iter().for_each(|(_, value)| self.given(value));
                spreads.iter().for_each(|spread| self.expr(spread));
            }
            ExprKind::Bind { value, body, .. } => {
                self.expr(value);
                self.expr(body);
            }
            ExprKind::Else { value, fallback } => self.otherwise(expr, value, fallback),
        }
    }

    /// Those that the author has written: what a spread takes over has their names, and cannot be the wrong one.
    fn record(&mut self, record: &'p Expr, fields: &'p [Expr]) {
        for (at, value) in fields.iter().enumerate() {
            if self.is_read(&record.ty, at) {
                self.given(value);
            }
        }
    }

    fn text(&mut self, expr: &'p Expr, parts: &'p [TextPart]) {
        self.emptied(expr);
        for part in parts {
            if let TextPart::Value(value) = part {
                self.expr(value);
            }
        }
    }

    /// What the condition of a comparison says is one value: that it is another one says the comparison turned.
    fn compared(&mut self, side: &'p Expr) {
        match &side.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Convert(inner) => self.compared(inner),
            _ => self.expr(side),
        }
    }

    fn joined(&mut self, expr: &'p Expr, parts: &'p [Expr], says: Says) {
        self.change(expr, Kind::Condition, says, Becomes::Turned(expr, Turn::Joined));
        if let Some((first, rest)) = parts.split_first() {
            self.holds(first);
            for part in rest {
                let span = part.spot.span();
                self.part(Part::expr(part), span, SiteKind::Part, |inner| inner.holds(part));
            }
        }
    }

    fn arithmetic(&mut self, expr: &'p Expr, operator: Operator, (left, right): (&'p Expr, &'p Expr)) {
        let other = match operator {
            // There is no sum of two dates.
            Operator::Subtract if right.ty == Type::DateTime => None,
            Operator::Add => Some(Operator::Subtract),
            Operator::Subtract => Some(Operator::Add),
            Operator::Multiply => Some(Operator::Divide),
            Operator::Divide | Operator::Remainder => Some(Operator::Multiply),
        };
        if let Some(other) = other {
            let says = Says::swapped(sign(other), sign(operator));
            self.change(expr, Kind::Arithmetic, says, Becomes::Turned(expr, Turn::Arithmetic(other)));
        }
        self.expr(left);
        self.expr(right);
    }

    /// Without its default a value has to be there; and with nothing but its default it is never looked at.
    fn coalesce(&mut self, expr: &'p Expr, value: &'p Expr, fallback: &'p Expr) {
        let required = match expr.ty.is_optional() {
            true => Becomes::Other(value),
            false => Becomes::Present(value, &expr.ty),
        };
        self.change(expr, Kind::Default, Says::plain("without the default"), required);
        self.change(expr, Kind::Default, Says::plain("always the default"), Becomes::Other(fallback));
        self.expr(value);
        self.branch(fallback, SiteKind::Told);
    }

    fn otherwise(&mut self, expr: &'p Expr, value: &'p Expr, fallback: &'p ArmBody) {
        self.change(expr, Kind::Default, Says::plain("without the `else`"), Becomes::Other(value));
        self.expr(value);
        match fallback {
            ArmBody::Value(other) => self.branch(other, SiteKind::Told),
            ArmBody::Fail(fail) => self.fail(fail, SiteKind::Told),
        }
    }

    // ---- match ----------------------------------------------------------------------------------

    fn matching(&mut self, subject: &'p Expr, arms: &'p [MatchArm]) {
        self.expr(subject);
        let rest = arms.iter().find(|arm| arm.patterns.contains(&Pattern::Any));
        for (at, arm) in arms.iter().enumerate() {
            let kind = SiteKind::Part;
            self.part(Part::expr(&arm.body), arm.body.spot.span(), kind, |inner| {
                let is_rest = arm.patterns.contains(&Pattern::Any);
                let next = arms.get(at + 1).or(arms.first());
                let other = match rest.filter(|rest| !is_rest && can_stand(rest, arm)) {
                    Some(rest) => Some((rest, Says::plain("without this arm"))),
                    None => next
                        .filter(|next| can_stand(next, arm))
                        .and_then(|next| Some((next, Says::Instead(next.body.spot.span()?)))),
                };
                let is_swapped = other.is_some();
                if let Some((other, says)) = other {
                    inner.change(&arm.body, Kind::Match, says, Becomes::Other(&other.body));
                }
                if !(is_swapped && is_literal(&arm.body)) {
                    inner.given(&arm.body);
                }
            });
        }
    }
}

/// Whether the result of one arm can stand for that of another one, and is another one.
fn can_stand(one: &MatchArm, other: &MatchArm) -> bool {
    one.binding.is_none() && !same(&one.body, &other.body)
}

/// As far as it is told cheaply.
fn same(one: &Expr, other: &Expr) -> bool {
    match (&one.kind, &other.kind) {
        (ExprKind::Literal(one), ExprKind::Literal(other)) => one == other,
        (ExprKind::None, ExprKind::None) => true,
        (ExprKind::Local(one), ExprKind::Local(other)) => one == other,
        (ExprKind::Convert(one), ExprKind::Convert(other)) => same(one, other),
        (ExprKind::Field { of, field }, ExprKind::Field { of: owner, field: place }) => {
            field == place && same(of, owner)
        }
        _ => std::ptr::eq(one, other),
    }
}

fn is_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Convert(inner) => is_literal(inner),
        _ => false,
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Remainder => "%",
    }
}
