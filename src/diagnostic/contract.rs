//! Family 02: OpenAPI contracts.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
