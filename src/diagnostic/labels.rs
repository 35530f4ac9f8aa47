//! Family 09: labels, secrets and who may call.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
