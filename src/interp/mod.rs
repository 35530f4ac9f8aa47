//! The program, run in process: the same intermediate form that services are emitted from, on the same runtime. What an
//! expression, a conversion or a policy means is in `flow-std`; here it is only called, so that nothing can mean anything
//! else than in an emitted service.

mod app;
mod call;
pub mod callers;
mod code;
pub mod codec;
mod config;
mod coverage;
mod expr;
mod fail;
pub mod function;
pub mod name;
mod operation;
mod operator;
mod policy;
mod scope;
mod step;
mod stop;
mod streamed;
pub mod testing;
mod text;
mod undo;
mod value;
mod watch;

pub use app::{App, Backends};
pub use code::Code;
pub use coverage::{Coverage, Unseen, coverage};
pub use expr::eval;
pub use operation::{Id, endpoint, perform};
pub use scope::{STACK, Scope};
pub use stop::Stop;
pub use undo::undoing;
pub use value::{Record, Value};
