//! From names to declarations.
