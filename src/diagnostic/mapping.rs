//! Family 05: maps and records.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
