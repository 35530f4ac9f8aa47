//! Taking back what was done, when a later step fails: the last write first. An undo has a time of its own, because it is
//! needed most when the operation's is over, and the caller sees the failure that led to it, never its own.
//!
//! It survives the process. Before a write is sent, the store holds that it is going to be; when it is done, the store
//! holds how it is undone, before the next step begins; when the operation ends well, all of it goes in one commit. What
//! a process leaves behind is undone by the next one, and what cannot be undone is kept for an operator.

mod attempt;
mod attend;
mod kept;
mod operator;
mod record;
mod rewind;
mod run;
#[cfg(test)]
mod tests;
mod work;

pub use attempt::Undoing;
pub use attend::attend;
pub(crate) use kept::is_stuck;
pub use kept::{Left, undos_stuck};
pub use operator::{Desk, Refusal};
pub use record::State;
pub use run::{Undos, Write};
pub(crate) use work::Work;
