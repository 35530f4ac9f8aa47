//! Family 07: services, layers, operations, routes.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
