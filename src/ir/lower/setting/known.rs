//! Values of settings that are known at start: written out, or read from `env`. What is neither is refused by name.

use crate::check::typed::{self, Expr as TypedExpr, ExprKind as Typed, Settings};
use crate::ir::lower::Lowering;
use crate::ir::model::{ConfigId, ConfigItem, ConfigKind, Known, Literal, Rate, SettingType};
use crate::ir::ty::Type;

/// The value without what the checker put around it.
pub fn bare(expr: &TypedExpr) -> &TypedExpr {
    match &expr.kind {
        Typed::Widen(inner) => bare(inner),
        _ => expr,
    }
}

pub fn is_none(expr: &TypedExpr) -> bool {
    matches!(bare(expr).kind, Typed::None)
}

/// Fields of a record setting, by name.
pub fn field<'e>(record: &'e TypedExpr, wanted: &str) -> Option<&'e TypedExpr> {
    match &bare(record).kind {
        Typed::Record { fields, .. } => {
            fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| bare(value))
        }
        _ => None,
    }
    .filter(|value| !is_none(value))
}

/// The value of a setting that says something.
pub fn setting<'s>(settings: &'s Settings, name: &str) -> Option<&'s TypedExpr> {
    settings.values.get(name).map(|setting| bare(&setting.value)).filter(|value| !is_none(value))
}

pub fn plain_text(expr: &TypedExpr) -> Option<String> {
    match &bare(expr).kind {
        Typed::Text(parts) => parts
            .iter()
            .map(|part| match part {
                typed::TextPart::Chars(chars) => Some(chars.as_str()),
                typed::TextPart::Expr(_) => None,
            })
            .collect(),
        _ => None,
    }
}

/// A text that has to be known when the service is built.
pub fn written(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, what: &str) -> Option<String> {
    let text = plain_text(expr);
    if text.is_none() && !is_none(expr) {
        cx.refuse(expr.span, &format!("{what} that is not written out"));
    }
    text
}

/// In milliseconds.
pub fn duration(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Option<Known<u64>> {
    known(cx, expr, name, SettingType::Duration, |kind| match kind {
        Typed::Duration(millis) => Some(*millis),
        _ => None,
    })
}

/// In bytes.
pub fn size(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Option<Known<u64>> {
    known(cx, expr, name, SettingType::Size, |kind| match kind {
        Typed::Size(bytes) => Some(*bytes),
        _ => None,
    })
}

pub fn rate(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Option<Known<Rate>> {
    known(cx, expr, name, SettingType::Rate, |kind| match kind {
        Typed::Rate { count, per_seconds } => Some(Rate { count: *count, per_seconds: *per_seconds }),
        _ => None,
    })
}

/// From 0 to 1.
pub fn part(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, name: &str) -> Option<Known<f64>> {
    known(cx, expr, name, SettingType::Percent, |kind| match kind {
        // The digits stay exact: 99.9 / 100 would not be 0.999.
        Typed::Percent(text) => format!("{text}e-2").parse().ok(),
        _ => None,
    })
}

/// A whole number between the bounds that std declares, or narrower ones of a variable: `env.N as int in 1..4`.
pub fn count(
    cx: &mut Lowering<'_, '_>,
    expr: &TypedExpr,
    name: &str,
    (min, max): (u32, u32),
) -> Option<Known<u32>> {
    let (min, max) = match cx.ty(&bare(expr).ty) {
        Type::Int(rule) => (bound(rule.min, min).max(min), bound(rule.max, max).min(max)),
        _ => (min, max),
    };
    known(cx, expr, name, SettingType::Count { min, max }, |kind| match kind {
        Typed::Int(count) => u32::try_from(*count).ok(),
        _ => None,
    })
}

fn bound(declared: Option<i64>, usual: u32) -> u32 {
    declared.and_then(|bound| u32::try_from(bound).ok()).unwrap_or(usual)
}

fn known<T>(
    cx: &mut Lowering<'_, '_>,
    expr: &TypedExpr,
    name: &str,
    ty: SettingType,
    read: impl FnOnce(&Typed) -> Option<T>,
) -> Option<Known<T>> {
    let expr = bare(expr);
    if let Some(value) = read(&expr.kind) {
        return Some(Known::Written(value));
    }
    let id = config(cx, expr, ty);
    if id.is_none() {
        cx.refuse(expr.span, &format!("a `{name}` that is neither written out nor read from `env`"));
    }
    id.map(Known::Config)
}

/// `env.NAME as T`, `env.NAME as T = default`
fn config(cx: &mut Lowering<'_, '_>, expr: &TypedExpr, ty: SettingType) -> Option<ConfigId> {
    let Typed::Narrow(inner) = &expr.kind else { return None };
    let Typed::Config { secret: false, name, default } = &inner.kind else { return None };
    if expr.ty.is_optional() {
        return None;
    }
    let default = match default {
        Some(default) => Some(Literal::Of(as_written(&bare(default).kind)?)),
        None => None,
    };
    let item = ConfigItem { name: name.to_string(), secret: false, kind: ConfigKind::Setting(ty), default };
    Some(cx.config_item(item))
}

/// A literal as a variable holds it.
fn as_written(kind: &Typed) -> Option<String> {
    let largest = |value: u64, units: &[(u64, &str)]| {
        let fits = units.iter().find(|(unit, _)| value >= *unit && value.is_multiple_of(*unit));
        fits.map(|(unit, name)| format!("{}{name}", value / unit))
    };
    match kind {
        Typed::Duration(millis) => {
            largest(*millis, &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")])
        }
        Typed::Size(bytes) => {
            largest(*bytes, &[(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B")])
        }
        Typed::Rate { count, per_seconds } => {
            let unit = match per_seconds {
                1 => "s",
                60 => "min",
                3_600 => "h",
                _ => "day",
            };
            Some(format!("{count}/{unit}"))
        }
        Typed::Percent(text) => Some(format!("{text}%")),
        Typed::Int(count) => Some(count.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same texts are read by `quantity` of the runtime.
    #[test]
    fn the_default_of_a_variable_is_written_as_in_a_flow() {
        let rate = |per_seconds| Typed::Rate { count: 7, per_seconds };
        for (value, text) in [
            (Typed::Duration(1), "1ms"),
            (Typed::Duration(1_500), "1500ms"),
            (Typed::Duration(2_000), "2s"),
            (Typed::Duration(300_000), "5m"),
            (Typed::Duration(86_400_000), "1d"),
            (Typed::Duration(90_000_000), "25h"),
            (Typed::Size(999), "999B"),
            (Typed::Size(64_000), "64kB"),
            (Typed::Size(2_000_000), "2MB"),
            (Typed::Size(3_000_000_000), "3GB"),
            (rate(1), "7/s"),
            (rate(60), "7/min"),
            (rate(3_600), "7/h"),
            (rate(86_400), "7/day"),
            (Typed::Percent("99.9".into()), "99.9%"),
            (Typed::Int(12), "12"),
        ] {
            assert_eq!(as_written(&value).as_deref(), Some(text));
        }
        assert_eq!(as_written(&Typed::None), None);
    }
}
