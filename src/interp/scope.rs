//! What an expression sees: the values of its names, and the program around it.

use super::config::Told;
use super::testing::World;
use super::{App, Code, Value};
use crate::ir::LocalId;

/// How deep functions may call each other, so that the stack holds them. A function calls itself on a part of what it was
/// given only, and a document that was read is 128 levels deep at most, as is what a flow puts together in turns: three
/// functions that go all the way down, the next one called by the last call of the one before, are not there yet. What is
/// emitted has no such bound but its stack.
const DEEPEST: u32 = 400;

/// The stack of a thread that runs programs, so that functions can call each other as deep as that: expressions inside of
/// expressions take more of it than what is emitted for them.
pub const STACK: usize = 16 << 20;

#[derive(Clone)]
pub struct Scope<'c> {
    pub code: &'c Code,
    /// Of all names of the body, by their numbers; what is not bound yet is `None`.
    locals: Vec<Value>,
    /// Of the variables of the environment, by their numbers.
    pub config: &'c [Told],
    /// What is given, in a test.
    pub world: Option<&'c World>,
    depth: u32,
}

impl<'c> Scope<'c> {
    pub fn new(code: &'c Code, config: &'c [Told], locals: usize) -> Scope<'c> {
        Scope { code, config, locals: vec![Value::None; locals], world: None, depth: 0 }
    }

    /// With what an operation sees beside its names.
    pub fn of(app: &'c App, locals: usize) -> Scope<'c> {
        Scope { world: app.world(), ..Scope::new(&app.code, &app.config.values, locals) }
    }

    /// That of a function which is called from here; none where that goes on for ever.
    pub fn inner(&self, locals: usize) -> Option<Scope<'c>> {
        let depth = self.depth + 1;
        let inner = Scope::new(self.code, self.config, locals);
        (depth <= DEEPEST).then_some(Scope { depth, world: self.world, ..inner })
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
