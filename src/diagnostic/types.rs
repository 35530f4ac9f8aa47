//! Family 04: types and expressions.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
