//! Family 06: steps, calls and their failures.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
