//! From what a function of the runtime gives to a value.

use std::sync::Arc;

use flow_std::fault::Fault;
use flow_std::value::{
    Bytes, Date, DateTime, Decimal, Dict, Duration, Email, Json, Time, Uri, Uuid, Weekday, Zone,
};

use super::Value;

pub trait Given {
    fn given(self) -> Result<Value, Fault>;
}

impl<T: Given> Given for Result<T, Fault> {
    fn given(self) -> Result<Value, Fault> {
        self?.given()
    }
}

impl<T: Given> Given for Option<T> {
    fn given(self) -> Result<Value, Fault> {
        self.map_or(Ok(Value::None), T::given)
    }
}

impl<T: Given> Given for Vec<T> {
    fn given(self) -> Result<Value, Fault> {
        let items: Result<Vec<Value>, Fault> = self.into_iter().map(T::given).collect();
        items.map(Value::list)
    }
}

impl<T: Given> Given for Dict<T> {
    fn given(self) -> Result<Value, Fault> {
        let entries: Result<Dict<Value>, Fault> =
            self.into_iter().map(|(key, value)| Ok((key, value.given()?))).collect();
        entries.map(Value::dict)
    }
}

impl Given for Value {
    fn given(self) -> Result<Value, Fault> {
        Ok(self)
    }
}

impl Given for String {
    fn given(self) -> Result<Value, Fault> {
        Ok(Value::text(self))
    }
}

/// Its place in std, where the days are declared in the same order.
impl Given for Weekday {
    fn given(self) -> Result<Value, Fault> {
        Ok(Value::Choice(self as usize))
    }
}

/// For types that a value holds as they are.
macro_rules! plain {
    ($($type:ty: $kind:ident),*) => {$(
        impl Given for $type {
            fn given(self) -> Result<Value, Fault> {
                Ok(Value::$kind(self))
            }
        }
    )*};
}

/// For types that values share.
macro_rules! shared {
    ($($type:ty: $kind:ident),*) => {$(
        impl Given for $type {
            fn given(self) -> Result<Value, Fault> {
                Ok(Value::$kind(Arc::new(self)))
            }
        }
    )*};
}

plain!(
    bool: Bool, i64: Int, f64: Float, Decimal: Decimal, Date: Date, Time: Time, DateTime: DateTime,
    Duration: Duration, Uuid: Uuid, Bytes: Bytes
);
shared!(Json: Json, Email: Email, Uri: Uri, Zone: Zone);
