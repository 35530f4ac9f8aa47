//! Other values of the same type: for what is written out, for a field, and for whatever a field or argument is given.

use super::find::Finder;
use super::{Becomes, Kind, Says, Turn};
use crate::ir::{Expr, ExprKind, Literal, Type, TypeDef};

impl<'p> Finder<'p, '_> {
    /// What a field or a parameter is given: also as a whole.
    pub fn given(&mut self, value: &'p Expr) {
        let before = self.found.all.len();
        match &value.kind {
            ExprKind::None => return,
            _ if value.ty.is_optional() => {
                self.change(value, Kind::Field, Says::plain("left out"), Becomes::Absent(&value.ty));
            }
            ExprKind::Literal(_) => {}
            _ => self.emptied(value),
        }
        self.found.all.iter_mut().skip(before).for_each(|whole| whole.is_whole = true);
        self.expr(value);
    }

    /// The plainest value of the type.
    pub fn emptied(&mut self, value: &'p Expr) {
        let ty = &value.ty;
        let literal = match ty {
            Type::Text(_) | Type::OpenEnum(_) => Literal::Text(String::new()),
            Type::Int(_) => Literal::Int(0),
            Type::Decimal(_) => Literal::Decimal("0".to_owned()),
            Type::Float(_) => Literal::Float("0".to_owned()),
            Type::Bool => {
                return self.change(value, Kind::Field, Says::plain("negated"), Becomes::Not(value));
            }
            Type::List(_) if is_empty(value) => return,
            Type::List(_) => {
                let says = Says::plain("`[]` instead");
                return self.change(value, Kind::Field, says, Becomes::EmptyList(ty));
            }
            _ => return,
        };
        if !matches!(&value.kind, ExprKind::Literal(own) if *own == literal) {
            let says = Says::Plain(format!("`{}` instead", self.shown(&literal, ty)));
            self.change(value, Kind::Field, says, Becomes::Literal(literal, ty));
        }
    }

    /// The field beside it that could have been meant.
    pub fn field(&mut self, expr: &'p Expr, of: &'p Expr, field: usize) {
        if let Some(TypeDef::Record(record)) = self.def(&of.ty)
            && let Some(own) = record.fields.get(field)
        {
            let behind = (field + 1..record.fields.len()).chain(0..field);
            let mut named = behind.filter_map(|at| Some((at, record.fields.get(at)?)));
            if let Some((at, other)) = named.find(|(_, other)| other.ty.looks_like(&own.ty)) {
                let says = Says::swapped(&other.name, &own.name);
                self.change(expr, Kind::Field, says, Becomes::Turned(expr, Turn::Field(at)));
            }
        }
        if !matches!(of.kind, ExprKind::Field { .. }) {
            self.expr(of);
        }
    }

    pub fn literal(&mut self, expr: &'p Expr, literal: &Literal) {
        let Some(other) = self.other(literal, &expr.ty) else { return };
        let says = Says::Plain(format!("`{}` instead", self.shown(&other, &expr.ty)));
        self.change(expr, Kind::Literal, says, Becomes::Literal(other, &expr.ty));
    }

    /// A literal that somebody could have written instead.
    fn other(&self, literal: &Literal, ty: &Type) -> Option<Literal> {
        Some(match literal {
            Literal::Bool(value) => Literal::Bool(!value),
            Literal::Int(value) => Literal::Int(value.checked_add(1)?),
            Literal::Decimal(text) => Literal::Decimal(one_more(text)?),
            Literal::Float(text) => Literal::Float(one_more(text)?),
            Literal::Text(text) if text.is_empty() => Literal::Text("x".to_owned()),
            Literal::Text(_) => Literal::Text(String::new()),
            Literal::Duration(0) => Literal::Duration(1_000),
            Literal::Duration(millis) => Literal::Duration(millis.checked_mul(2)?),
            // Of a date, a zone or a pattern no other one is as likely.
            Literal::Of(_) => return None,
            Literal::Value(at) => {
                let Some(TypeDef::Enum(of)) = self.def(ty) else { return None };
                Literal::Value((1..of.values.len()).next().map(|_| (at + 1) % of.values.len())?)
            }
        })
    }

    fn shown(&self, literal: &Literal, ty: &Type) -> String {
        match literal {
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) => value.to_string(),
            Literal::Float(text) | Literal::Decimal(text) => text.clone(),
            Literal::Text(text) | Literal::Of(text) => format!("\"{text}\""),
            Literal::Duration(millis) => format!("{millis}ms"),
            Literal::Value(at) => match self.def(ty) {
                Some(TypeDef::Enum(of)) => format!("\"{}\"", of.values.get(*at).map_or("", String::as_str)),
                _ => String::new(),
            },
        }
    }
}

fn is_empty(list: &Expr) -> bool {
    match &list.kind {
        ExprKind::List(items) => items.is_empty(),
        ExprKind::Convert(inner) => is_empty(inner),
        _ => false,
    }
}

/// `12.50` becomes `13.50`.
fn one_more(text: &str) -> Option<String> {
    let text = text.replace('_', "");
    let (whole, part) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let more = digits.parse::<u64>().ok()?.checked_add(1)?;
    Some(match part {
        Some(part) => format!("{sign}{more}.{part}"),
        None => format!("{sign}{more}"),
    })
}

#[cfg(test)]
mod tests {
    use super::one_more;

    #[test]
    fn a_number_keeps_its_form() {
        let more = |text| one_more(text).unwrap_or_default();
        assert_eq!(["0", "9", "1_000", "12.50", "-0.5"].map(more), ["1", "10", "1001", "13.50", "-1.5"]);
        assert_eq!(one_more("99999999999999999999"), None);
    }
}
