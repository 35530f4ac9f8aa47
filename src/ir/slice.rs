//! What of a program goes into one crate: the services that it has, and everything that they reach.

use super::model::Program;

/// The part of a program that one crate is made of. Numbers are those of the program.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    pub services: Vec<usize>,
}

/// The slice of some services.
pub fn slice(_program: &Program, services: &[usize]) -> Slice {
    Slice { services: services.to_vec() }
}
