//! What a service counts, for Prometheus. The numbers are our own atomics, found without a lock and without hashing, and
//! written by a hundred lines: a crate for it would hold every series in a map of labels, behind a lock, and this knows
//! all of them from what the service declares.

#[cfg(feature = "server")]
mod chain;
#[cfg(feature = "server")]
mod histogram;
pub mod names;
#[cfg(feature = "server")]
mod page;
#[cfg(feature = "server")]
mod read;
#[cfg(feature = "server")]
mod tally;

#[cfg(feature = "server")]
pub use page::MEDIA_TYPE;
#[cfg(all(test, feature = "server"))]
pub(crate) use read::number;
#[cfg(feature = "server")]
pub use read::{Beside, text};
#[cfg(feature = "server")]
pub use tally::{
    CallTally, Found, OperationTally, Undone, add_one, cache, call, deprecated, no_operation, operation,
    refused_by_limit, spans_dropped, undo,
};
