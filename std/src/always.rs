//! What is always on. Only who measures what it costs has it off, by `--cfg flow_without="…"`: it is no feature of the
//! crate, since those only add.

/// A name for each request, which goes along to whoever is called.
pub const IDENTIFIERS: bool = cfg!(not(flow_without = "identifiers"));
/// The trace that a request belongs to.
pub const TRACES: bool = cfg!(not(flow_without = "traces"));
/// What is counted.
pub const NUMBERS: bool = cfg!(not(flow_without = "numbers"));
/// How long each call took.
pub const STEPS: bool = cfg!(not(flow_without = "steps"));
/// The line of each request in the log.
pub const LINES: bool = cfg!(not(flow_without = "lines"));
