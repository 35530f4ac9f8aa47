//! Family 08: settings, policies, budgets.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
