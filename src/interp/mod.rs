//! The program, run in process: the same intermediate form that services are emitted from, on the same runtime. What an
//! expression, a conversion or a policy means is in `flow-std`; here it is only called, so that nothing can mean anything
//! else than in an emitted service.

pub mod testing;
mod value;

pub use value::{Record, Value};
