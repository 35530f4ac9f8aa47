//! The client against backends that misbehave, over real connections: each backend here is a socket with a script, so
//! that it can do what no library would let it do.

// Not by `required-features`: the manifest travels with emitted services, and the tests do not.
#![cfg(feature = "server")]

mod answers;
mod backend;
mod caches;
mod clocks;
mod connections;
mod elements;
#[path = "../fault/mod.rs"]
mod fault;
mod faults;
mod forward;
mod identities;
#[path = "../identity/mod.rs"]
mod identity;
mod memory;
mod mtls;
mod names;
mod outages;
mod requests;
mod services;
mod tls;
mod tokens;
