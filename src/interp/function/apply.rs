//! Calls of the runtime's functions with so many arguments each: what each parameter takes, and what becomes of the
//! result, is known from the function's types.

use flow_std::fault::Fault;

use super::given::Given;
use super::taken::Taken;
use super::{Arg, Value};

pub fn none<R: Given>(args: &[Arg<'_>], f: impl FnOnce() -> R) -> Result<Value, Fault> {
    match args {
        [] => f().given(),
        _ => Err(wrong_number()),
    }
}

pub fn one<'a, A, R>(args: &'a mut [Arg<'_>], f: impl FnOnce(A) -> R) -> Result<Value, Fault>
where
    A: Taken<'a>,
    R: Given,
{
    match args {
        [a] => f(taken(a)?).given(),
        _ => Err(wrong_number()),
    }
}

pub fn two<'a, A, B, R>(args: &'a mut [Arg<'_>], f: impl FnOnce(A, B) -> R) -> Result<Value, Fault>
where
    A: Taken<'a>,
    B: Taken<'a>,
    R: Given,
{
    match args {
        [a, b] => f(taken(a)?, taken(b)?).given(),
        _ => Err(wrong_number()),
    }
}

pub fn three<'a, A, B, C, R>(args: &'a mut [Arg<'_>], f: impl FnOnce(A, B, C) -> R) -> Result<Value, Fault>
where
    A: Taken<'a>,
    B: Taken<'a>,
    C: Taken<'a>,
    R: Given,
{
    match args {
        [a, b, c] => f(taken(a)?, taken(b)?, taken(c)?).given(),
        _ => Err(wrong_number()),
    }
}

pub fn four<'a, A, B, C, D, R>(
    args: &'a mut [Arg<'_>],
    f: impl FnOnce(A, B, C, D) -> R,
) -> Result<Value, Fault>
where
    A: Taken<'a>,
    B: Taken<'a>,
    C: Taken<'a>,
    D: Taken<'a>,
    R: Given,
{
    match args {
        [a, b, c, d] => f(taken(a)?, taken(b)?, taken(c)?, taken(d)?).given(),
        _ => Err(wrong_number()),
    }
}

fn taken<'a, T: Taken<'a>>(arg: &'a mut Arg<'_>) -> Result<T, Fault> {
    T::taken(arg).ok_or_else(|| Fault::new("an argument of the wrong type"))
}

fn wrong_number() -> Fault {
    Fault::new("a wrong number of arguments")
}
