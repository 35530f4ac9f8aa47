//! The intermediate form between the checked program and everything that is made of it: services, documents,
//! deployment. It has few forms, all explicit: defaults are written out, sugar is gone, values change their
//! representation only where a [`ExprKind::Convert`] says so, and reads that may overlap stand in one step.
//!
//! The model uses nothing of the other rooms; only [`lower`] knows the typed program.

pub mod lower;
mod model;
mod nested;
pub mod scopes;
mod slice;
pub mod streamed;
mod tested;
mod ty;
pub mod visit;

pub use model::*;
pub use nested::Flat;
pub use slice::{Slice, Use, settings, slice};
pub use tested::{Testable, reached, testable, unset};
pub use ty::*;
