//! The table of all functions of flow: what the compiler needs to know of each.
