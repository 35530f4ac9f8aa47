//! Why an expression could not be computed: overflow, division by zero, a conversion that the value did not survive.

use std::fmt;

/// What went wrong, in words that are safe to log and to answer: the kind of thing, never the value itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault {
    pub message: String,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault { message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// A value that can fail in parts, as one result.
pub fn attempt<T>(value: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    value()
}
