//! The shell of a service, over real connections: what callers may do to it, and what it does when it ends. The rows of
//! the list of bad things that each test stands for are named (`S026`).

// Not by `required-features`: the manifest travels with emitted services, and the tests do not.
#![cfg(feature = "server")]

mod audit;
mod callers;
mod child;
mod client;
mod floods;
mod frames;
mod freshness;
mod http2;
mod malformed;
mod mtls;
mod observe;
mod operations;
mod pages;
mod problems;
mod process;
mod server;
mod shop;
mod tls;
