//! The runtime that emitted services stand on. `flowc build` writes it beside them, so that they need nothing but
//! crates.io. The meaning of every expression, conversion and policy is a plain function here, and nowhere else.
//!
//! Without features there is only what the compiler needs: the table of functions and the sources.

pub mod functions;
pub mod metrics;
pub mod sources;

#[cfg(feature = "server")]
mod allocator;
#[cfg(feature = "server")]
mod always;
#[cfg(feature = "server")]
pub mod auth;
#[cfg(feature = "value")]
pub mod boolean;
#[cfg(feature = "value")]
pub mod bytes;
pub mod client;
#[cfg(feature = "time")]
pub mod clock;
#[cfg(feature = "value")]
pub mod codec;
#[cfg(feature = "time")]
pub mod date;
#[cfg(feature = "time")]
pub mod datetime;
#[cfg(feature = "decimal")]
pub mod decimal;
#[cfg(feature = "value")]
pub mod dict;
#[cfg(feature = "digest")]
mod digest;
#[cfg(feature = "value")]
pub mod duration;
#[cfg(feature = "value")]
pub mod email;
#[cfg(feature = "value")]
pub mod excess;
#[cfg(feature = "value")]
pub mod failure;
#[cfg(feature = "value")]
pub mod fault;
#[cfg(feature = "value")]
pub mod float;
#[cfg(feature = "given")]
pub mod given;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "value")]
pub mod int;
#[cfg(feature = "value")]
pub mod json;
#[cfg(feature = "value")]
pub mod list;
#[cfg(feature = "server")]
pub mod local;
#[cfg(feature = "value")]
pub mod nested;
#[cfg(feature = "value")]
pub mod order;
#[cfg(feature = "value")]
pub mod outside;
#[cfg(feature = "server")]
pub mod policy;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "store")]
pub mod runs;
#[cfg(feature = "server")]
pub mod steps;
#[cfg(feature = "store")]
pub mod store;
#[cfg(feature = "value")]
pub mod text;
#[cfg(feature = "time")]
pub mod time;
#[cfg(feature = "server")]
mod tls;
#[cfg(feature = "server")]
pub mod trace;
#[cfg(feature = "store")]
pub mod undo;
#[cfg(feature = "value")]
pub mod uri;
#[cfg(feature = "value")]
pub mod uuid;
#[cfg(feature = "value")]
pub mod value;

#[cfg(feature = "server")]
pub use allocator::Allocator;
#[cfg(feature = "value")]
pub use fault::Fault;
#[cfg(feature = "value")]
pub use value::*;
