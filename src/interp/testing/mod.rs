//! What tests add to running a program: the world that is given to it, and what is said where something else came out than
//! what was expected.

mod answer;
mod caller;
mod difference;
mod lens;
mod native;
mod run;
mod show;
mod verdict;
mod wire;
mod world;

pub use difference::{Difference, Side};
pub use lens::{Change, Lens, Part, Places};
pub use native::{Link, Native};
pub use run::{Failure, Outcome, Suite};
pub use verdict::{Ended, Fault, Wanted, WantedParts};
pub use world::{GivenAnswer, Line, World};

#[cfg(test)]
mod fixture;
