//! JSON in and out, and the other forms in which values travel. It is our own because of three things that a service
//! needs and the common readers do not give together: strictness towards callers with tolerance towards backends, all
//! faults of a document at once with their places, and little code in what is emitted.

mod escape;
pub mod form;
mod keys;
pub mod multipart;
mod narrow;
mod out;
mod param;
pub mod percent;
mod pieces;
mod place;
pub mod query;
mod reader;
mod rules;
mod scalars;
mod scan;
#[cfg(test)]
mod seams;
mod slot;
pub mod style;
#[cfg(test)]
mod tests;
mod text;
mod union;
mod values;
mod writer;

pub use narrow::narrow;
pub use param::{ParamValue, fields_json};
pub use pieces::{Next, Pieces};
pub use reader::{Kind, Reader, from_json, from_texts};
#[cfg(feature = "decimal")]
pub use rules::DecimalRule;
pub use rules::{FloatRule, IntRule, TextRule, count_outside, count_range};
pub use slot::Slot;
pub use style::{Style, param_text};
pub use text::{AsText, FromText};
#[cfg(feature = "decimal")]
pub use values::DecimalText;
pub use writer::{ObjectWriter, Writer, to_json};

/// Who is at the other end of what is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Our caller. What it sends is checked in full: unknown fields and repeated keys are faults.
    Caller,
    /// A backend. What it answers is read with tolerance: unknown fields are skipped, the last of repeated keys counts.
    Backend,
}

/// On which way a field travels at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Both,
    /// Only in answers (`readOnly` in a contract).
    ReadOnly,
    /// Only in requests (`writeOnly` in a contract).
    WriteOnly,
}

/// One thing that does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultAt {
    /// `body.items[0].sku`
    pub at: String,
    /// `must have 1 to 80 characters`
    pub message: String,
}

impl FaultAt {
    pub fn new(at: impl Into<String>, message: impl Into<String>) -> FaultAt {
        FaultAt { at: at.into(), message: message.into() }
    }
}

/// What can be read from JSON. None: a fault has been recorded.
pub trait Decode: Sized {
    fn decode(from: &mut Reader<'_>) -> Option<Self>;
}

/// What can be written as JSON.
pub trait Encode {
    fn encode(&self, to: &mut Writer);
}
