//! What to say when a value does not fit: in the author's words, with the way out for each reason.

use flow_std::codec::count_range;
use smol_str::SmolStr;

use super::context::Context;
use super::fit::{Mismatch, Reason};
use super::pattern;
use super::ty::{Scalar, Type};
use super::typed::{Expr, ExprKind};
use super::{proposed, schema};
use crate::diagnostic::types::{self as findings, Clash};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;

/// `what` is the place that wants the value ("the field `tier`"), `declared` where that place is declared.
pub fn describe(
    cx: &mut Context<'_>,
    value: &Expr,
    what: &str,
    found: &Mismatch,
    declared: Option<Span>,
) -> Diagnostic {
    let (have, want) = (found.have.to_string(), found.want.to_string());
    let clash = Clash {
        span: value.span,
        what: &at(what, shown_path(found)),
        have: &have,
        want: &want,
        declared: if found.path.is_empty() {
            declared.or(found.want_span)
        } else {
            found.want_span.or(declared)
        },
        given: match found.path.is_empty() {
            true => declared_at(cx, value),
            false => found.have_span,
        },
    };
    match &found.reason {
        Reason::Kind => findings::mismatch(&clash, advice(&found.have, &found.want)),
        Reason::Optional => findings::optional(&clash),
        Reason::Open => findings::open_enum(&clash),
        Reason::Values(values) => values_diagnostic(value, &clash, values, &found.want),
        Reason::Scale if is_written_out(&found.have) => findings::number_out_of_range(&clash),
        Reason::Bounds if written_length(&found.have).is_some() => {
            findings::list_of_another_length(&clash, written_length(&found.have).unwrap_or_default())
        }
        Reason::Bounds if is_written_out(&found.have) => findings::number_out_of_range(&clash),
        Reason::Bounds => findings::out_of_bounds(&clash, bounds_advice(&found.have, &found.want)),
        Reason::Pattern => findings::pattern(&clash, proposed::checked_as(&found.want)),
        Reason::Scale => findings::scale(&clash),
        Reason::Unit => findings::unit(&clash),
        Reason::Missing => findings::lacks_field(&clash, found.path.last().map_or("", SmolStr::as_str)),
        Reason::Json => findings::json(&clash, &proposed::written(&found.want)),
        Reason::Member(member) => findings::union_member_unfit(&clash, member),
        Reason::Label(labels) => crate::diagnostic::labels::lost_inside(&clash, &labels.to_string()),
        Reason::Access => findings::only_written(&clash),
    }
}

/// Where the field that is read is declared: often a line of a contract.
pub fn declared_at(cx: &mut Context<'_>, value: &Expr) -> Option<Span> {
    let ExprKind::Field { of, name, .. } = &value.kind else { return None };
    let Type::Record(record) = of.ty.present() else { return None };
    schema::content(cx, &record).fields.get(name).map(|field| field.span)
}

/// A field that is missing is named by the message itself.
fn shown_path(found: &Mismatch) -> &[SmolStr] {
    match (&found.reason, found.path.split_last()) {
        (Reason::Missing, Some((_, owner))) => owner,
        _ => &found.path,
    }
}

/// How many items a list in the source has.
fn written_length(have: &Type) -> Option<u64> {
    match have {
        Type::List(list) => list.min.filter(|min| Some(*min) == list.max),
        _ => None,
    }
}

/// A number in the source, which is in range or never is.
fn is_written_out(have: &Type) -> bool {
    match have {
        Type::Int(rule) | Type::Decimal(rule) | Type::Float(rule) => {
            rule.single().is_some() && rule.name.is_none()
        }
        _ => false,
    }
}

/// `the field `order`, at `items[].sku``
fn at(what: &str, path: &[SmolStr]) -> String {
    if path.is_empty() {
        return what.to_owned();
    }
    const SHOWN: usize = 16;
    let mut shown = String::new();
    if path.len() > SHOWN {
        shown.push('…');
    }
    for part in &path[path.len().saturating_sub(SHOWN)..] {
        if !part.starts_with(['[', '{']) && !shown.is_empty() {
            shown.push('.');
        }
        shown.push_str(part);
    }
    format!("{what}, at `{shown}`,")
}

fn values_diagnostic(value: &Expr, clash: &Clash<'_>, values: &[SmolStr], want: &Type) -> Diagnostic {
    match want {
        Type::Enum(of) => {
            let near = match values {
                [one] => nearest(one, of.values.iter().map(SmolStr::as_str)),
                _ => None,
            };
            let diagnostic = findings::enum_value(clash, values, near, &of.values);
            // Only a text that is written out right here may be replaced: of a value, the others would be lost.
            match (near, &value.kind) {
                (Some(near), ExprKind::Text(_)) => {
                    diagnostic.fix(format!("write \"{near}\""), clash.span, format!("\"{near}\""))
                }
                _ => diagnostic,
            }
        }
        Type::Scalar(Scalar::Regex) => findings::not_of_format(clash, values, &of_regex(values)),
        Type::Scalar(scalar) => findings::not_of_format(clash, values, &example(*scalar)),
        Type::String(rule) => {
            let sized = count_range(rule.min, rule.max).map(|range| format!("it has {range} characters"));
            let patterned = rule.pattern.as_ref().map(|pattern| format!("it matches `{pattern}`"));
            let wanted: Vec<String> = patterned.into_iter().chain(sized).collect();
            findings::not_of_format(clash, values, &wanted.join(", and "))
        }
        _ => findings::not_of_format(clash, values, "write a value that the type allows"),
    }
}

/// Why the first of these is no regular expression, and what one looks like.
fn of_regex(values: &[SmolStr]) -> String {
    let fault = values.iter().find_map(|value| regex_syntax::parse(value).err());
    let why = fault.map(|fault| format!("{}: ", pattern::reason(&fault))).unwrap_or_default();
    format!("{why}write a regular expression without look-around and back-references: \"[A-Z]{{3}}\"")
}

/// What a text of a format looks like.
fn example(scalar: Scalar) -> String {
    let like = match scalar {
        Scalar::Date => "2024-01-31",
        Scalar::Time => "16:30:00",
        Scalar::DateTime => "2024-01-31T16:30:00Z",
        Scalar::Uuid => "c9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1",
        Scalar::Email => "ada@example.com",
        Scalar::Uri => "https://example.com/a",
        Scalar::Zone => "Europe/Lisbon",
        Scalar::Pattern => "dd.MM.yyyy HH:mm",
        _ => return "write a value that the type allows".to_owned(),
    };
    format!("it looks like \"{like}\"")
}

fn bounds_advice(have: &Type, want: &Type) -> String {
    let otherwise = proposed::checked_as(want);
    match (have, want) {
        (Type::String(_) | Type::Enum(_), Type::String(rule)) => match (rule.min.unwrap_or(0), rule.max) {
            (0, Some(max)) => format!(
                "cut it, `.truncate({max})`, or give the type of the value a length: `string of ..{max}`"
            ),
            (min, Some(max)) => format!("give the type of the value a length: `string of {min}..{max}`"),
            (min, None) => format!("give the type of the value a length: `string of {min}..`"),
        },
        (Type::List(_), Type::List(list)) => match (list.min.unwrap_or(0), list.max) {
            (0, Some(max)) => format!(
                "take what fits, `.take({max})`, or bound the list that it comes from: `[T] of ..{max}`"
            ),
            _ => "bound the list that it comes from: `[T] of 1..50`".to_owned(),
        },
        (Type::Int(_) | Type::Decimal(_) | Type::Float(_), _) => {
            let (Type::Int(wanted) | Type::Decimal(wanted) | Type::Float(wanted)) = want else {
                return otherwise;
            };
            let inside = proposed::closed(wanted);
            match (inside.min, inside.max) {
                (Some(min), Some(max)) => {
                    format!("bring it into the range: `.clamp({min}, {max})`, or loosen the type")
                }
                _ => otherwise,
            }
        }
        _ => otherwise,
    }
}

fn advice(have: &Type, want: &Type) -> String {
    conversion(have, want).unwrap_or_else(|| "give a value of the type that is wanted, or map it".to_owned())
}

/// How one type becomes the other, where there is a way.
pub fn conversion(have: &Type, want: &Type) -> Option<String> {
    if let (Type::Int(_), Type::Scalar(Scalar::Duration)) = (have, want) {
        return Some(
            "write a unit: `2s`, `500ms`, `24h`; of a number that is not written out, `.seconds()`"
                .to_owned(),
        );
    }
    let method = match (have, want) {
        (Type::String(_) | Type::Enum(_), Type::Int(_)) => "`.toInt()`",
        (Type::String(_) | Type::Enum(_), Type::Decimal(_)) => "`.toDecimal()`",
        (Type::String(_) | Type::Enum(_), Type::Float(_)) => "`.toFloat()`",
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Bool)) => "`.toBool()`",
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Date)) => {
            "`.date(\"MM/dd/yyyy\")`, with the pattern that it has"
        }
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::DateTime)) => {
            "`.datetime(\"…\")`, with the pattern that it has"
        }
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Time)) => {
            "`.time(\"…\")`, with the pattern that it has"
        }
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Uuid)) => "`.uuid()`",
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Email)) => "`.email()`",
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Uri)) => "`.uri()`",
        (Type::String(_) | Type::Enum(_), Type::Scalar(Scalar::Bytes)) => "`.bytes()`",
        (Type::Scalar(Scalar::Date | Scalar::Time | Scalar::DateTime), Type::String(_)) => {
            "`.format(\"…\")` or `.toString()`"
        }
        (Type::Int(_) | Type::Decimal(_) | Type::Float(_) | Type::Scalar(Scalar::Bool), Type::String(_)) => {
            "`.toString()`"
        }
        (Type::Decimal(_) | Type::Float(_), Type::Int(_)) => {
            "`.toInt()`, after `.round()` where what is behind the point counts"
        }
        (Type::Decimal(_), Type::Float(_)) => "`.toFloat()`, where losing digits is meant",
        (Type::Float(_), Type::Decimal(_)) => "`.toDecimal()`",
        (Type::Scalar(Scalar::DateTime), Type::Scalar(Scalar::Date)) => "`.date()`",
        (Type::Scalar(Scalar::Date), Type::Scalar(Scalar::DateTime)) => "`.datetime()`",
        (Type::Scalar(Scalar::Duration), Type::Int(_)) => "`.toMillis()`",
        (Type::List(_), other) if !matches!(other, Type::List(_)) => {
            "`.first()`, or go through it with `for`"
        }
        (_, Type::List(_)) => "a list of it is `[…]`",
        (Type::String(_), Type::Enum(_)) => "`match`, or `as` with an `else`",
        _ => return None,
    };
    Some(format!("convert it: {method}"))
}
