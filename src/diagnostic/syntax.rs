//! Family 01: the text of a `.flow` file: characters, tokens, forms, nesting.

use super::Code;

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[];
