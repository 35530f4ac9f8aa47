//! From an argument to what a parameter of the runtime takes: a reference into it, or the value out of it.

use std::mem;
use std::slice;
use std::sync::Arc;

use flow_std::fault::Fault;
use flow_std::value::{
    Bytes, Date, DateTime, Decimal, Dict, Duration, Email, HashAlgorithm, Json, Pattern, Regex, Rounding,
    Time, Uri, Uuid, Zone,
};

use super::{Arg, Value};

pub trait Taken<'a>: Sized {
    /// None where the argument is of another type.
    fn taken(arg: &'a mut Arg<'_>) -> Option<Self>;
}

/// A lambda among the arguments.
#[derive(Clone, Copy)]
pub struct Lambda<'a>(&'a dyn Fn(&[Value]) -> Result<Value, Fault>);

impl Lambda<'_> {
    pub fn call<T: for<'b> Taken<'b>>(self, params: &[Value]) -> Result<T, Fault> {
        let value = (self.0)(params)?;
        let taken = T::taken(&mut Arg::Value(value));
        taken.ok_or_else(|| Fault::new("a lambda that gives a value of the wrong type"))
    }

    /// With the one parameter that is only looked at.
    pub fn of<T: for<'b> Taken<'b>>(self, param: &Value) -> Result<T, Fault> {
        self.call(slice::from_ref(param))
    }
}

impl<'a> Taken<'a> for Lambda<'a> {
    fn taken(arg: &'a mut Arg<'_>) -> Option<Lambda<'a>> {
        match arg {
            Arg::Lambda(lambda) => Some(Lambda(*lambda)),
            Arg::Value(_) => None,
        }
    }
}

impl<'a> Taken<'a> for Value {
    fn taken(arg: &'a mut Arg<'_>) -> Option<Value> {
        match arg {
            Arg::Value(value) => Some(mem::replace(value, Value::None)),
            Arg::Lambda(_) => None,
        }
    }
}

impl<'a, T: Taken<'a>> Taken<'a> for Option<T> {
    fn taken(arg: &'a mut Arg<'_>) -> Option<Option<T>> {
        match arg {
            Arg::Value(Value::None) => Some(None),
            arg => T::taken(arg).map(Some),
        }
    }
}

/// Nothing is copied where nobody else has the list.
impl<'a, T: for<'b> Taken<'b>> Taken<'a> for Vec<T> {
    fn taken(arg: &'a mut Arg<'_>) -> Option<Vec<T>> {
        let Some(Value::List(items)) = Value::taken(arg) else { return None };
        Arc::unwrap_or_clone(items).into_iter().map(|item| T::taken(&mut Arg::Value(item))).collect()
    }
}

impl<'a> Taken<'a> for String {
    fn taken(arg: &'a mut Arg<'_>) -> Option<String> {
        <&str>::taken(arg).map(str::to_owned)
    }
}

/// The places of the values are those in std, where they are declared in the same order.
impl<'a> Taken<'a> for HashAlgorithm {
    fn taken(arg: &'a mut Arg<'_>) -> Option<HashAlgorithm> {
        HashAlgorithm::ALL.get(place(arg)?).copied()
    }
}

impl<'a> Taken<'a> for Rounding {
    fn taken(arg: &'a mut Arg<'_>) -> Option<Rounding> {
        Rounding::ALL.get(place(arg)?).copied()
    }
}

fn place(arg: &Arg<'_>) -> Option<usize> {
    match arg {
        Arg::Value(Value::Choice(place)) => Some(*place),
        _ => None,
    }
}

/// For types that are copied, and the kind of value that they are.
macro_rules! copied {
    ($($type:ty: $kind:ident),*) => {$(
        impl<'a> Taken<'a> for $type {
            fn taken(arg: &'a mut Arg<'_>) -> Option<$type> {
                match arg {
                    Arg::Value(Value::$kind(value)) => Some(*value),
                    _ => None,
                }
            }
        }
    )*};
}

/// For types that are looked at where they are.
macro_rules! borrowed {
    ($($type:ty: $kind:ident),*) => {$(
        impl<'a> Taken<'a> for &'a $type {
            fn taken(arg: &'a mut Arg<'_>) -> Option<&'a $type> {
                match arg {
                    Arg::Value(Value::$kind(value)) => {
                        let value: &$type = value;
                        Some(value)
                    }
                    _ => None,
                }
            }
        }
    )*};
}

copied!(
    bool: Bool, i64: Int, f64: Float, Decimal: Decimal, Date: Date, Time: Time, DateTime: DateTime,
    Duration: Duration, Uuid: Uuid
);
borrowed!(
    str: Text, [Value]: List, Dict<Value>: Dict, Bytes: Bytes, Json: Json, Email: Email, Uri: Uri, Zone: Zone,
    Regex: Regex, Pattern: Pattern
);
