//! What all parts of the printer share while one item is printed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use quote::ToTokens;
use rustc_hash::FxHashMap;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Macro, Token};

use super::shape::Shape;

/// Whether an expression is a statement of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Statement,
    Inside,
}

type Key = (usize, Shape, Place, [bool; 3]);

#[derive(Default)]
pub struct Cx<'t> {
    /// The comments, by the number of their marker.
    pub comments: &'t [String],
    /// Chains of methods must not be broken here.
    pub one_line_chain: Cell<bool>,
    /// Within a macro no comma and no block is added or taken away.
    pub in_macro: Cell<bool>,
    /// There is syntax that this printer does not know: the item is printed otherwise.
    pub is_strange: Cell<bool>,
    /// What fits nowhere is printed all the same: rustfmt leaves such a statement as it is.
    pub is_lenient: Cell<bool>,
    known: RefCell<FxHashMap<Key, Option<String>>>,
    commented: RefCell<FxHashMap<usize, bool>>,
    /// The arguments of macros, kept for as long as the item is printed.
    arguments: RefCell<FxHashMap<usize, Option<Rc<Vec<Expr>>>>>,
}

impl<'t> Cx<'t> {
    pub fn new(comments: &'t [String]) -> Cx<'t> {
        Cx { comments, ..Cx::default() }
    }

    /// Says that something is not known here.
    pub fn strange(&self) -> Option<String> {
        self.is_strange.set(true);
        None
    }

    /// The same expression is tried in the same room again and again, the deeper the more often.
    pub fn cached(
        &self,
        of: &Expr,
        shape: Shape,
        place: Place,
        make: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        let at = std::ptr::from_ref(of).addr();
        let flags = [self.one_line_chain.get(), self.in_macro.get(), self.is_lenient.get()];
        let key = (at, shape, place, flags);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let made = make();
        self.known.borrow_mut().insert(key, made.clone());
        made
    }

    /// Whether there is a comment anywhere in a block.
    pub fn has_comment(&self, block: &Block) -> bool {
        if self.comments.is_empty() {
            return false;
        }
        let at = std::ptr::from_ref(block).addr();
        if let Some(known) = self.commented.borrow().get(&at) {
            return *known;
        }
        let found = super::has_marker(block.to_token_stream());
        self.commented.borrow_mut().insert(at, found);
        found
    }

    /// The arguments of a macro, if they are expressions.
    pub fn arguments(&self, of: &Macro) -> Option<Rc<Vec<Expr>>> {
        let at = std::ptr::from_ref(of).addr();
        if let Some(known) = self.arguments.borrow().get(&at) {
            return known.clone();
        }
        let parsed = of.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let parsed = parsed.ok().map(|list| Rc::new(list.into_iter().collect()));
        self.arguments.borrow_mut().insert(at, parsed.clone());
        parsed
    }
}
