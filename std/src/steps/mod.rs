//! How the steps of an operation run together: what may overlap, and what waits for what. Nothing here starts a task:
//! what overlaps is polled together, so that dropping one drops all.
//!
//! Reads that overlap are joined by `try_join`: at a failure those below it are dropped. Writes that overlap are
//! joined by `join`: a write must not be left half done, so each is waited for before the first failure counts.

mod fan_out;
mod later;
mod try_join;

pub use fan_out::{fan_out, fan_out_writes};
pub use futures_util::future::{join, join3, join4, join5};
pub use later::Later;
pub use try_join::{try_join, try_join3, try_join4, try_join5};
