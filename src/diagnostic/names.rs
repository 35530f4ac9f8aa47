//! Family 03: names and what they stand for.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
