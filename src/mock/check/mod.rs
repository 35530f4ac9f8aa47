//! Whether a request is what the contract says, and whether a value is: every fault with its place.

mod body;
mod number;
mod parameters;
mod request;
mod text;
mod value;

#[cfg(test)]
pub use parameters::style;
pub use request::{Checked, check};
pub use value::{faults, fits};
