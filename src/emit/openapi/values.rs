//! Constants of a program as JSON: what a parameter or field is where it is not given.

use serde_json::{Map, Number, Value};

use crate::ir::{Expr, ExprKind, ListItem, Literal, Program, TextPart, Type, TypeDef};

/// The value of an expression; none where it is only known when the service runs.
pub fn constant(program: &Program, expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::None => Some(Value::Null),
        ExprKind::Literal(literal) => literal_value(program, literal, &expr.ty),
        ExprKind::Text(parts) => {
            let chars = |part: &TextPart| match part {
                TextPart::Chars(chars) => Some(chars.clone()),
                TextPart::Value(_) => None,
            };
            parts.iter().map(chars).collect::<Option<String>>().map(Value::from)
        }
        ExprKind::Convert(inner) | ExprKind::Present(inner) => converted(program, inner, &expr.ty),
        ExprKind::List(items) => {
            let item = |item: &ListItem| match item {
                ListItem::Value(value) => constant(program, value),
                ListItem::Spread(_) => None,
            };
            items.iter().map(item).collect::<Option<Vec<Value>>>().map(Value::from)
        }
        ExprKind::Record { of, fields } => record(program, of.0, fields),
        ExprKind::Dict { entries, spreads } if spreads.is_empty() => {
            let entry = |(key, value): &(String, Expr)| Some((key.clone(), constant(program, value)?));
            entries.iter().map(entry).collect::<Option<Map<String, Value>>>().map(Value::from)
        }
        _ => None,
    }
}

/// A literal is written as the type that it becomes.
fn converted(program: &Program, inner: &Expr, ty: &Type) -> Option<Value> {
    match &inner.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(Value::from(text.clone())),
        ExprKind::Literal(literal) => literal_value(program, literal, ty.present()),
        _ => constant(program, inner),
    }
}

fn record(program: &Program, of: usize, values: &[Expr]) -> Option<Value> {
    let Some(TypeDef::Record(record)) = program.types.get(of) else { return None };
    let mut fields = Map::new();
    for (field, value) in record.fields.iter().zip(values) {
        let value = constant(program, value)?;
        if !value.is_null() || field.nullable {
            fields.insert(field.name.clone(), value);
        }
    }
    Some(Value::from(fields))
}

fn literal_value(program: &Program, literal: &Literal, ty: &Type) -> Option<Value> {
    Some(match literal {
        Literal::Bool(value) => Value::from(*value),
        Literal::Int(value) => Value::from(*value),
        Literal::Decimal(text) if matches!(ty.present(), Type::Decimal(rule) if rule.as_text) => {
            Value::from(text.clone())
        }
        Literal::Float(text) | Literal::Decimal(text) => number(text)?,
        Literal::Text(text) | Literal::Of(text) => Value::from(text.clone()),
        Literal::Duration(millis) => Value::from(duration(*millis)),
        Literal::Value(at) => {
            let Type::Named(id) = ty.present() else { return None };
            let Some(TypeDef::Enum(of)) = program.types.get(id.0) else { return None };
            Value::from(of.values.get(*at)?.clone())
        }
    })
}

/// A number that is written in decimal digits.
pub fn number(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    let float = text.parse::<f64>().ok()?;
    Number::from_f64(float).map(Value::Number)
}

/// ISO 8601: `PT1H0.5S`.
pub fn duration(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    let mut text = format!("{sign}PT");
    for (count, unit) in [(hours, 'H'), (minutes, 'M')] {
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    match millis % 1000 {
        0 if seconds > 0 || millis == 0 => text.push_str(&format!("{seconds}S")),
        0 => {}
        rest => {
            text.push_str(format!("{seconds}.{rest:03}").trim_end_matches('0'));
            text.push('S');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_of_iso_8601() {
        let written = [0, 500, 1000, 90_000, 3_600_000, 5_400_250, -1_000].map(duration);
        assert_eq!(written, ["PT0S", "PT0.5S", "PT1S", "PT1M30S", "PT1H", "PT1H30M0.25S", "-PT1S"]);
    }

    #[test]
    fn numbers_keep_their_kind() {
        let read =
            ["1", "12.50", "-3", "1_000", "x", "1e999"].map(|text| number(text).map(|one| one.to_string()));
        assert_eq!(
            read,
            [Some("1"), Some("12.5"), Some("-3"), Some("1000"), None, None].map(|one| one.map(str::to_owned))
        );
    }
}
