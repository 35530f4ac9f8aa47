//! The functions of the runtime on values of any type: one row for each, by its name in the runtime's table. What a
//! function means is in `flow-std`; a row only hands the arguments over, as the emitter does.

mod apply;
mod bytes;
mod dict;
#[cfg(test)]
mod examples;
mod given;
mod json;
mod list;
mod number;
mod taken;
#[cfg(test)]
mod tests;
mod text;
mod time;

use std::sync::LazyLock;

use flow_std::fault::Fault;
use rustc_hash::FxHashMap;

use super::Value;

/// An argument: a value, or what a lambda does with its parameters.
pub enum Arg<'a> {
    Value(Value),
    /// It is given all parameters that the function has for it, and ignores those that it does not name.
    Lambda(&'a dyn Fn(&[Value]) -> Result<Value, Fault>),
}

/// A function of the runtime. What it takes by value, it takes out of the arguments.
pub type Native = fn(&mut [Arg<'_>]) -> Result<Value, Fault>;

type Row = (&'static str, Native);

/// Calls a function of the runtime by its name in the table, such as `text.padLeft`.
pub fn call(name: &str, mut args: Vec<Arg<'_>>) -> Result<Value, Fault> {
    let native = find(name).ok_or_else(|| Fault::new(format!("no function `{name}` on values")))?;
    native(&mut args)
}

/// The function with this name. There is none for `json.toJson`, which needs the type of its argument.
pub fn find(name: &str) -> Option<Native> {
    ROWS.get(name).copied()
}

static ROWS: LazyLock<FxHashMap<&str, Native>> =
    LazyLock::new(|| FAMILIES.iter().copied().flatten().copied().collect());

const FAMILIES: [&[Row]; 7] =
    [bytes::ROWS, dict::ROWS, json::ROWS, list::ROWS, number::ROWS, text::ROWS, time::ROWS];
