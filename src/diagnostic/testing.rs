//! Family 10: tests and events.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
