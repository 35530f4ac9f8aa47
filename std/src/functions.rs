//! The table of all functions of flow: what the compiler needs to know of each to write a call.
//!
//! A function with a lambda has a twin whose name begins with `try_`, for lambdas that may fail; it is always fallible.
//! `list::distinct` and `list::distinct_by` have twins `distinct_hashed` and `distinct_hashed_by`, for elements and
//! keys that have a hash: they do not take the square of the length.

mod table;

pub use table::FUNCTIONS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// The module of what it is called on, and its name in flow: `text.padLeft`. The sums of lists have the type of the
    /// elements behind their name: `list.sum_int`. What is called on nothing, or on anything, is in the module of what
    /// it gives or asks for: `clock.now`, `uuid.uuid`, `json.toJson`, `order.clamp`.
    pub name: &'static str,
    /// In this crate: `text::pad_left`.
    pub path: &'static str,
    /// Each parameter, also those that have a default in flow: the compiler writes it out.
    pub takes: &'static [Pass],
    /// Whether it gives a `Result<_, Fault>`.
    pub fallible: bool,
    /// The feature that it needs besides `value`.
    pub feature: Option<&'static str>,
}

/// How an argument is handed over. Values of types that are `Copy` in Rust are always handed over by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// `&str` for a text, `&[A]` for a list, `Option<&A>` for what may be none.
    Ref,
    Own,
    /// A closure, and how it takes each of its parameters.
    Lambda(&'static [Mode]),
}

/// How a lambda takes a parameter. Unlike `Pass::Ref`, `Ref` is a reference for types that are `Copy`, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Ref,
    Own,
}

/// The row with this name.
pub fn find(name: &str) -> Option<&'static Function> {
    let at = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    FUNCTIONS.get(at)
}

const fn function(name: &'static str, path: &'static str, takes: &'static [Pass]) -> Function {
    Function { name, path, takes, fallible: false, feature: None }
}

impl Function {
    const fn fallible(mut self) -> Function {
        self.fallible = true;
        self
    }

    const fn with(mut self, feature: &'static str) -> Function {
        self.feature = Some(feature);
        self
    }
}

#[cfg(test)]
mod tests;
