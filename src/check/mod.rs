//! From names bound to a typed program.
