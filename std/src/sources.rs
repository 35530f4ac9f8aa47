//! The sources of this crate, for the compiler to write beside what it emits.
