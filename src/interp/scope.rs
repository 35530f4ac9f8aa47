//! What an expression sees: the values of its names, and the program around it.

use super::{Code, Value};
use crate::ir::LocalId;

/// How deep functions may call each other. A document that was read is never as deep, so that only what would never end
/// gets here.
const DEEPEST: u32 = 400;

#[derive(Clone)]
pub struct Scope<'c> {
    pub code: &'c Code,
    /// Of all names of the body, by their numbers; what is not bound yet is `None`.
    locals: Vec<Value>,
    /// Of the variables of the environment, by their numbers.
    pub config: &'c [Value],
    depth: u32,
}

impl<'c> Scope<'c> {
    pub fn new(code: &'c Code, config: &'c [Value], locals: usize) -> Scope<'c> {
        Scope { code, config, locals: vec![Value::None; locals], depth: 0 }
    }

    /// That of a function which is called from here; none where that goes on for ever.
    pub fn inner(&self, locals: usize) -> Option<Scope<'c>> {
        let depth = self.depth + 1;
        let inner = Scope::new(self.code, self.config, locals);
        (depth <= DEEPEST).then_some(Scope { depth, ..inner })
    }

    pub fn get(&self, local: LocalId) -> Value {
        self.locals.get(local.0).cloned().unwrap_or(Value::None)
    }

    pub fn set(&mut self, local: LocalId, value: Value) {
        if let Some(place) = self.locals.get_mut(local.0) {
            *place = value;
        }
    }
}
