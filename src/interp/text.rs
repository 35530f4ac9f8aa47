//! Texts with values in them.

use super::scope::Scope;
use super::stop::Stop;
use super::{Value, expr};
use crate::ir::{TextPart, Type, TypeDef};

pub fn text(scope: &mut Scope<'_>, parts: &[TextPart]) -> Result<Value, Stop> {
    let mut text = String::new();
    for part in parts {
        match part {
            TextPart::Chars(chars) => text.push_str(chars),
            TextPart::Value(value) => {
                let shown = expr::eval(scope, value)?;
                text.push_str(&self::shown(scope, &shown, &value.ty));
            }
        }
    }
    Ok(Value::text(text))
}

/// A value as it stands in a text: as the runtime writes it.
fn shown(scope: &Scope<'_>, value: &Value, ty: &Type) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Decimal(value) => value.to_string(),
        Value::Text(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
        Value::DateTime(value) => value.to_string(),
        Value::Duration(value) => value.to_string(),
        Value::Uuid(value) => value.to_string(),
        Value::Email(value) => value.to_string(),
        Value::Uri(value) => value.to_string(),
        Value::Json(value) => value.to_string(),
        Value::Zone(value) => value.to_string(),
        Value::Choice(at) => choice(scope, *at, ty).unwrap_or_default(),
        // The checker lets nothing else into a text.
        Value::None
        | Value::Bytes(_)
        | Value::Regex(_)
        | Value::Pattern(_)
        | Value::List(_)
        | Value::Dict(_)
        | Value::Record(_)
        | Value::Member(..) => String::new(),
    }
}

fn choice(scope: &Scope<'_>, at: usize, ty: &Type) -> Option<String> {
    let Type::Named(id) = ty.present() else { return None };
    match scope.code.types.def(*id)? {
        TypeDef::Enum(of) => of.values.get(at).cloned(),
        TypeDef::Record(_) | TypeDef::Union(_) => None,
    }
}
