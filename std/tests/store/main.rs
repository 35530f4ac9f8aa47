//! The store: the same cases over each engine, and what only one of them can suffer. PostgreSQL and Redis are real
//! servers that the tests start; where they are not installed, these tests say so and pass, unless `FLOW_NEED_SERVERS`
//! is set.

// Not by `required-features`: the manifest travels with emitted services, and the tests do not.
#![cfg(all(feature = "store-postgres", feature = "store-redis"))]

mod cases;
mod child;
mod engines;
mod file;
mod folder;
mod limits;
mod servers;
mod tls;
