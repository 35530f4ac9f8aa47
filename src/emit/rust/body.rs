//! What is known while a body is written: the Rust names of its locals, which of them are references, which uses may
//! move, and what a failure becomes at the place at hand.

use std::cell::{Cell, RefCell};

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use rustc_hash::{FxHashMap, FxHashSet};

use super::file::FileCx;
use super::krate::ident;
use super::moves::{self, Moves};
use crate::emit::name;
use crate::ir::{Expr, Local, LocalId, Type};

/// What `?` does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// The fault goes to the caller: in functions and closures.
    On,
    /// It becomes a problem: in operations.
    AsProblem,
}

pub struct BodyCx<'f, 'k, 'p> {
    pub file: &'f FileCx<'k, 'p>,
    locals: &'p [Local],
    names: RefCell<FxHashMap<LocalId, String>>,
    taken: RefCell<FxHashMap<String, usize>>,
    references: RefCell<FxHashSet<LocalId>>,
    moves: Moves,
    /// The names that anything reads.
    read: FxHashSet<LocalId>,
    /// Nothing is moved in here: it may run again.
    pub holds: Cell<bool>,
    pub fails: Cell<Fails>,
    /// How configuration is reached.
    pub config: TokenStream,
}

impl<'f, 'k, 'p> BodyCx<'f, 'k, 'p> {
    pub fn new(
        file: &'f FileCx<'k, 'p>,
        locals: &'p [Local],
        moves: Moves,
        fails: Fails,
        reserved: &[&str],
    ) -> BodyCx<'f, 'k, 'p> {
        let taken = reserved.iter().map(|name| ((*name).to_owned(), 1)).collect();
        BodyCx {
            file,
            locals,
            names: RefCell::default(),
            taken: RefCell::new(taken),
            references: RefCell::default(),
            moves,
            read: FxHashSet::default(),
            holds: Cell::new(false),
            fails: Cell::new(fails),
            config: quote! { app.config },
        }
    }

    /// With the names that are read at all: what nobody reads needs no name.
    pub fn reading(mut self, read: FxHashSet<LocalId>) -> Self {
        self.read = read;
        self
    }

    pub fn is_read(&self, local: LocalId) -> bool {
        self.read.contains(&local)
    }

    pub fn local_type(&self, local: LocalId) -> Type {
        self.locals.get(local.0).map_or(Type::Json, |local| local.ty.clone())
    }

    /// Gives a local its name, the same wherever it is read.
    pub fn bind(&self, local: LocalId) -> Ident {
        if let Some(known) = self.names.borrow().get(&local) {
            return ident(known);
        }
        let wanted = self.locals.get(local.0).map_or("value", |local| local.name.as_str());
        let mut wanted = name::snake(wanted);
        if wanted.ends_with('_') && wanted.len() > 1 {
            wanted.push_str("value");
        }
        let mut taken = self.taken.borrow_mut();
        let mut name = wanted.clone();
        while taken.contains_key(&name) {
            let count = taken.entry(wanted.clone()).or_insert(1);
            *count += 1;
            name = format!("{wanted}_{count}");
        }
        taken.insert(name.clone(), 1);
        self.names.borrow_mut().insert(local, name.clone());
        ident(&name)
    }

    /// A name that holds a reference.
    pub fn bind_reference(&self, local: LocalId) -> Ident {
        if !self.file.krate.is_copy(&self.local_type(local)) {
            self.references.borrow_mut().insert(local);
        }
        self.bind(local)
    }

    pub fn is_reference(&self, local: LocalId) -> bool {
        self.references.borrow().contains(&local)
    }

    pub fn forget_reference(&self, local: LocalId) {
        self.references.borrow_mut().remove(&local);
    }

    pub fn mark_reference(&self, local: LocalId) {
        self.references.borrow_mut().insert(local);
    }

    pub fn may_move(&self, expr: &Expr) -> bool {
        let Some((local, _)) = moves::path_of(expr) else { return false };
        !self.holds.get() && !self.is_reference(local) && self.moves.contains(&moves::key(expr))
    }

    pub fn is_copy(&self, ty: &Type) -> bool {
        self.file.krate.is_copy(ty)
    }

    /// What stands behind a value of type `Result<_, Fault>`.
    pub fn question(&self, from_answer: bool) -> TokenStream {
        match self.fails.get() {
            Fails::On => quote! { ? },
            Fails::AsProblem => {
                self.file.from("flow_std::failure", "InPlace");
                match from_answer {
                    true => quote! { .or_bad_gateway()? },
                    false => quote! { .or_bad_request()? },
                }
            }
        }
    }

    /// Writes something inside of a closure that gives a `Result<_, Fault>`.
    pub fn in_closure<T>(&self, write: impl FnOnce() -> T) -> T {
        let outside = self.fails.replace(Fails::On);
        let written = write();
        self.fails.set(outside);
        written
    }
}
