//! Numbers with and without a unit, and the insides of texts.

use smol_str::SmolStr;

use super::super::ast::{Expr, ExprKind, Number, TextPart, Unit};
use super::super::grammar::{Pair, Rule};
use super::{Builder, expressions};
use crate::diagnostic::syntax;

/// Greedily read: `5`, `0.5`, `1e6`, `500ms`, `2MB`, and what is none of these.
pub(super) fn number_value(b: &mut Builder, pair: &Pair) -> ExprKind {
    number_of(b, pair.as_str(), pair.as_span().start())
}

/// `start` is where the number stands in the mended text.
pub(super) fn number_of(b: &mut Builder, written: &str, start: usize) -> ExprKind {
    let end = start + written.len();
    let number = Number { text: SmolStr::new(written), span: b.range(start, end) };
    let digits = number_length(&number.text);
    let (value, unit) = number.text.split_at(digits);
    if !is_well_formed(value) || unit.starts_with(['_', '.']) {
        b.report(syntax::malformed_number(number.span, &number.text));
        return ExprKind::Broken;
    }
    if unit.is_empty() {
        return match value.contains(['.', 'e', 'E']) {
            true => ExprKind::Decimal(number),
            false => ExprKind::Int(number),
        };
    }
    let value = Number { text: SmolStr::new(value), span: b.range(start, start + digits) };
    let unit = Unit { text: SmolStr::new(unit), span: b.range(start + digits, end) };
    match unit.text.as_str() {
        "ms" | "s" | "m" | "min" | "h" | "d" => ExprKind::Duration(value, unit),
        "B" | "KB" | "MB" | "GB" | "KiB" | "MiB" | "GiB" => ExprKind::Size(value, unit),
        _ => {
            b.report(match value.text.as_str() {
                "0" => syntax::malformed_number(number.span, &number.text),
                _ => syntax::unknown_unit(unit.span, &unit.text),
            });
            ExprKind::Broken
        }
    }
}

/// A number where nothing else can stand: a status, a bound, a pattern.
pub(super) fn plain_number(b: &mut Builder, pair: &Pair) -> Number {
    let number = Number { text: SmolStr::new(pair.as_str()), span: b.span(pair) };
    let digits = number.text.strip_prefix('-').unwrap_or(&number.text);
    if !is_well_formed(digits) {
        b.report(syntax::malformed_number(number.span, &number.text));
    }
    number
}

/// How much of a number is its value: digits, `_`, a fraction and an exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or(&[]);
        from + rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    end
}

fn is_well_formed(value: &str) -> bool {
    let (value, exponent) = value.split_once(['e', 'E']).unwrap_or((value, "0"));
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    whole.split('_').all(all_digits)
        && all_digits(fraction)
        && all_digits(exponent.trim_start_matches(['+', '-']))
}

pub(super) fn string(b: &mut Builder, pair: Pair) -> Vec<TextPart> {
    let mut parts = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::characters => {
                let place = part.as_span();
                let span = b.range(place.start(), place.end());
                let value = unescape(b, part.as_str(), part.as_span().start());
                b.refuse_secret(&value, span);
                parts.push(TextPart::Chars(value, span));
            }
            _ => parts.push(TextPart::Expr(interpolation(b, part))),
        }
    }
    parts
}

fn interpolation(b: &mut Builder, pair: Pair) -> Expr {
    let span = b.span(&pair);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::interpolated => {
                if let Some(inner) = part.into_inner().next() {
                    return expressions::expr(b, inner);
                }
            }
            _ => {
                b.broken(&part, Rule::interpolated);
            }
        }
    }
    Expr { kind: ExprKind::Broken, span }
}

/// `start` is where the text stands in the file, for the place of a bad escape.
pub(super) fn unescape(b: &mut Builder, written: &str, start: usize) -> String {
    if !written.contains('\\') {
        return written.to_owned();
    }
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        value.push_str(before);
        let place = start + (written.len() - escaped.len());
        let (meant, length) = escape(b, escaped, place);
        value.extend(meant);
        rest = escaped.get(length..).unwrap_or("");
    }
    value.push_str(rest);
    value
}

/// What the escape at the start of `escaped` means, and its length.
fn escape(b: &mut Builder, escaped: &str, place: usize) -> (Option<char>, usize) {
    let Some(letter) = escaped.chars().nth(1) else {
        b.report(syntax::unknown_escape(b.range(place, place + escaped.len()), escaped));
        return (None, escaped.len());
    };
    let length = 1 + letter.len_utf8();
    let meant = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' | '\\' | '{' | '}' => letter,
        'u' if escaped.starts_with("\\u{") => return code_point(b, escaped, place),
        _ => {
            let written = escaped.get(..length).unwrap_or(escaped);
            b.report(syntax::unknown_escape(b.range(place, place + length), written));
            return (None, length);
        }
    };
    (Some(meant), length)
}

fn code_point(b: &mut Builder, escaped: &str, place: usize) -> (Option<char>, usize) {
    let inside = escaped.get(3..).unwrap_or("");
    let digits = inside.bytes().take_while(u8::is_ascii_hexdigit).count();
    let closed = inside.as_bytes().get(digits) == Some(&b'}');
    let length = 3 + digits + usize::from(closed);
    let number = inside.get(..digits).filter(|_| closed && digits <= 6);
    let meant = number.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    if meant.is_none() {
        b.report(syntax::bad_code_point(b.range(place, place + length)));
    }
    (meant, length)
}
