//! Numbers, truth, and limits.

use flow_std::{boolean, decimal, float, int, order};

use super::apply::{four, one, three};
use super::{Row, Value};

pub const ROWS: &[Row] = &[
    ("boolean.toString", |args| one(args, boolean::to_string)),
    ("decimal.abs", |args| one(args, decimal::abs)),
    ("decimal.ceil", |args| one(args, decimal::ceil)),
    ("decimal.floor", |args| one(args, decimal::floor)),
    ("decimal.format", |args| four(args, decimal::format)),
    ("decimal.round", |args| three(args, decimal::round)),
    ("decimal.toFloat", |args| one(args, decimal::to_float)),
    ("decimal.toInt", |args| one(args, decimal::to_int)),
    ("decimal.toString", |args| one(args, decimal::to_string)),
    ("float.abs", |args| one(args, float::abs)),
    ("float.ceil", |args| one(args, float::ceil)),
    ("float.floor", |args| one(args, float::floor)),
    ("float.round", |args| three(args, float::round)),
    ("float.toDecimal", |args| one(args, float::to_decimal)),
    ("float.toInt", |args| one(args, float::to_int)),
    ("float.toString", |args| one(args, float::to_string)),
    ("int.abs", |args| one(args, int::abs)),
    ("int.days", |args| one(args, int::days)),
    ("int.epochMillis", |args| one(args, int::epoch_millis)),
    ("int.epochSeconds", |args| one(args, int::epoch_seconds)),
    ("int.hours", |args| one(args, int::hours)),
    ("int.minutes", |args| one(args, int::minutes)),
    ("int.seconds", |args| one(args, int::seconds)),
    ("int.toDecimal", |args| one(args, int::to_decimal)),
    ("int.toFloat", |args| one(args, int::to_float)),
    ("int.toString", |args| one(args, int::to_string)),
    ("order.clamp", |args| three(args, order::clamp::<Value>)),
];

#[cfg(test)]
mod tests {
    use flow_std::fault::Fault;
    use flow_std::value::{Decimal, Rounding};

    use super::super::{Arg, call};
    use super::*;

    #[test]
    fn a_mode_is_a_place_in_its_enumeration() {
        let rounded = |place| {
            let args = [Value::Decimal(Decimal::literal("2.5")), Value::Int(0), Value::Choice(place)];
            call("decimal.round", args.map(Arg::Value).into_iter().collect())
        };
        let number = |text| Ok(Value::Decimal(Decimal::literal(text)));
        assert_eq!(rounded(Rounding::HalfUp as usize), number("3"));
        assert_eq!(rounded(Rounding::Down as usize), number("2"));
        assert_eq!(rounded(4), Err(Fault::new("an argument of the wrong type")));
    }

    #[test]
    fn every_type_with_an_order_has_limits() {
        let clamp = |args: [Value; 3]| call("order.clamp", args.map(Arg::Value).into_iter().collect());
        assert_eq!(clamp([120, 1, 100].map(Value::Int)), Ok(Value::Int(100)));
        assert_eq!(clamp(["a", "b", "c"].map(Value::text)), Ok(Value::text("b")));
        assert_eq!(clamp([0.5, f64::NEG_INFINITY, 0.25].map(Value::Float)), Ok(Value::Float(0.25)));
    }
}
