//! Where something is written, for those who show it to its author. It is no part of what something is: whether two calls
//! are the same does not depend on where they stand.

use std::fmt;

use crate::source::Span;

/// Nothing where the compiler has made it.
#[derive(Clone, Copy, Default)]
pub struct Spot(Option<Span>);

impl Spot {
    pub fn at(span: Span) -> Spot {
        Spot(Some(span))
    }

    pub fn span(self) -> Option<Span> {
        self.0
    }

    /// This one, or the other where it is none.
    #[must_use]
    pub fn or(self, other: Spot) -> Spot {
        Spot(self.0.or(other.0))
    }
}

impl fmt::Debug for Spot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("_")
    }
}

impl PartialEq for Spot {
    fn eq(&self, _: &Spot) -> bool {
        true
    }
}

impl Eq for Spot {}
