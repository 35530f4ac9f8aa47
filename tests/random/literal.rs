//! Values that are written out.

use super::input::TEXTS;
use super::types::{Ty, pick};
use crate::order::world::Dice;

/// A value of a simple type, where it is clear what is wanted.
pub fn literal(dice: &mut Dice, ty: &Ty) -> String {
    let of: &[&str] = match ty {
        Ty::Bool => &["true", "false"],
        Ty::Int => {
            &["0", "1", "-1", "2", "10", "9223372036854775807", "-9223372036854775807", "4611686018427387904"]
        }
        Ty::Small => &["0", "-5", "50", "7"],
        Ty::Float => &["0.5", "-2.5", "0.1", "3.0", "1000000.25"],
        Ty::Decimal => &["0.0", "1.50", "-2.345", "0.1", "99999999999999999999999999.99", "2.5", "-0.005"],
        Ty::Money => &["0.0", "1.5", "999.99", "1000"],
        Ty::Code => &["\"AB12\"", "\"ZZ99\""],
        Ty::Short => &["\"a\"", "\"żółć\"", "\"1234\""],
        Ty::Date => &["\"2024-02-29\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"2023-12-31\""],
        Ty::Time => &["\"00:00:00\"", "\"23:59:59.999\"", "\"16:30:00\""],
        Ty::DateTime => {
            &["\"2024-03-31T01:30:00Z\"", "\"2024-01-31T23:30:00-01:00\"", "\"9999-12-31T23:59:59Z\""]
        }
        Ty::Duration => &["0s", "90m", "1500ms", "1d", "365d"],
        Ty::Uuid => &["\"c9b1b1ee-3f5c-4a9e-8f3e-0a4a52f4a3b1\"", "\"00000000-0000-0000-0000-000000000000\""],
        Ty::Email => &["\"ada@example.com\"", "\"x@y.zz\""],
        Ty::Uri => &["\"https://example.com:8080/a?b=c#d\"", "\"urn:x:y\""],
        Ty::Bytes => &["\"abc\".bytes()", "\"\".bytes()", "\"żó\".bytes()"],
        _ => return text(pick::<&str>(dice, &TEXTS)),
    };
    (*pick(dice, of)).to_owned()
}

fn text(of: &str) -> String {
    let mut out = "\"".to_owned();
    for sign in of.chars() {
        match sign {
            '"' | '\\' | '{' | '}' => out.extend(['\\', sign]),
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            sign => out.push(sign),
        }
    }
    out + "\""
}
