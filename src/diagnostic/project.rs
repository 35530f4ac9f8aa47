//! Family 00: the project, its files, `flow.toml` and suppressions.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
