//! Operators: what is exact is the runtime's; comparisons are those of the values.

use std::cmp::Ordering;

use flow_std::order::Ordered;
use flow_std::{Duration, Fault, date, datetime, decimal, duration, int};

use super::Value;
use crate::ir::{Comparison, Operator};

pub fn negated(value: Value) -> Result<Value, Fault> {
    match value {
        Value::Int(value) => int::neg(value).map(Value::Int),
        Value::Duration(value) => duration::neg(value).map(Value::Duration),
        Value::Decimal(value) => Ok(Value::Decimal(decimal::neg(value))),
        Value::Float(value) => Ok(Value::Float(-value)),
        _ => Err(unfit()),
    }
}

pub fn arithmetic(operator: Operator, left: Value, right: Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Int(one), Value::Int(other)) => ints(operator)(one, other).map(Value::Int),
        (Value::Decimal(one), Value::Decimal(other)) => {
            let of = match operator {
                Operator::Add => decimal::add,
                Operator::Subtract => decimal::sub,
                Operator::Multiply => decimal::mul,
                Operator::Divide => decimal::div,
                Operator::Remainder => decimal::rem,
            };
            of(one, other).map(Value::Decimal)
        }
        (Value::Float(one), Value::Float(other)) => Ok(Value::Float(floats(operator, one, other))),
        (Value::DateTime(one), Value::DateTime(other)) => datetime::between(one, other).map(Value::Duration),
        (Value::DateTime(one), Value::Duration(other)) => match operator {
            Operator::Subtract => datetime::minus(one, other).map(Value::DateTime),
            _ => datetime::plus(one, other).map(Value::DateTime),
        },
        (Value::Date(one), Value::Duration(other)) => match operator {
            Operator::Subtract => date::minus(one, other).map(Value::Date),
            _ => date::plus(one, other).map(Value::Date),
        },
        (Value::Duration(one), other) => durations(operator, one, other),
        _ => Err(unfit()),
    }
}

fn ints(operator: Operator) -> fn(i64, i64) -> Result<i64, Fault> {
    match operator {
        Operator::Add => int::add,
        Operator::Subtract => int::sub,
        Operator::Multiply => int::mul,
        Operator::Divide => int::div,
        Operator::Remainder => int::rem,
    }
}

fn floats(operator: Operator, one: f64, other: f64) -> f64 {
    match operator {
        Operator::Add => one + other,
        Operator::Subtract => one - other,
        Operator::Multiply => one * other,
        Operator::Divide => one / other,
        Operator::Remainder => one % other,
    }
}

fn durations(operator: Operator, one: Duration, other: Value) -> Result<Value, Fault> {
    let made = match (operator, other) {
        (Operator::Add, Value::Duration(other)) => duration::add(one, other),
        (Operator::Subtract, Value::Duration(other)) => duration::sub(one, other),
        (Operator::Multiply, Value::Int(factor)) => duration::mul(one, factor),
        (Operator::Divide, Value::Int(divisor)) => duration::div(one, divisor),
        _ => return Err(unfit()),
    };
    made.map(Value::Duration)
}

/// The program is typed: it asks for nothing else.
fn unfit() -> Fault {
    Fault::new("values that do not fit together")
}

pub fn compare(operator: Comparison, one: &Value, other: &Value) -> bool {
    // Some floats are neither less nor greater, and their order for sorting is not the one of `<`.
    if let (Value::Float(one), Value::Float(other)) = (one, other) {
        return is(operator, one == other, one.partial_cmp(other));
    }
    match operator {
        Comparison::Equal => one == other,
        Comparison::NotEqual => one != other,
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            is(operator, false, Some(one.compare(other)))
        }
    }
}

fn is(operator: Comparison, same: bool, order: Option<Ordering>) -> bool {
    match operator {
        Comparison::Equal => same,
        Comparison::NotEqual => !same,
        Comparison::Less => order.is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparison::Greater => order.is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}
