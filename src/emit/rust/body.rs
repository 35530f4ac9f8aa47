//! What is known while a body is written: the Rust names of its locals, which of them are references, which uses may
//! move, and what a failure becomes at the place at hand.

use std::cell::{Cell, RefCell};

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::quote;
use rustc_hash::{FxHashMap, FxHashSet};

use super::file::FileCx;
use super::krate::ident;
use super::moves::{self, Moves};
use super::undo::Variant;
use crate::emit::name;
use crate::ir::{Expr, Local, LocalId, Type};

/// An expression where a statement could stand: a `match` or block that goes on behind its end would be read as two
/// statements, so that it gets parentheses.
pub fn standing(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let end = block_end(&trees, 0).unwrap_or(0);
    if end == 0 || end == trees.len() {
        return tokens;
    }
    let (block, rest) = trees.split_at(end);
    quote! { (#(#block)*) #(#rest)* }
}

/// Where the block-like expression ends that starts at a place.
fn block_end(trees: &[TokenTree], start: usize) -> Option<usize> {
    let is_block =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let is_word =
        |at: usize, word: &str| matches!(trees.get(at), Some(TokenTree::Ident(ident)) if ident == word);
    if trees.get(start).is_some_and(is_block) {
        return Some(start + 1);
    }
    if !is_word(start, "match") && !is_word(start, "if") {
        return None;
    }
    let mut at = start + 1;
    loop {
        match trees.get(at)? {
            tree if is_block(tree) => break,
            _ if is_word(at, "match") || is_word(at, "if") => at = block_end(trees, at)?,
            _ => at += 1,
        }
    }
    match is_word(start, "if") && is_word(at + 1, "else") {
        true => block_end(trees, at + 2),
        false => Some(at + 1),
    }
}

/// What `?` does at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// The fault goes to the caller: in functions and closures.
    On,
    /// It becomes a problem: in operations.
    AsProblem,
}

/// What a fault says of its place.
enum Part {
    /// A field, a parameter or a step.
    Field(String),
    /// An element of a list that is written out.
    Index(usize),
    /// An element, whose index has this name.
    Item(Ident),
}

pub struct BodyCx<'f, 'k, 'p> {
    pub file: &'f FileCx<'k, 'p>,
    locals: &'f [Local],
    names: RefCell<FxHashMap<LocalId, String>>,
    taken: RefCell<FxHashMap<String, usize>>,
    reserved: RefCell<FxHashSet<String>>,
    references: RefCell<FxHashSet<LocalId>>,
    /// References to texts and lists that have no owner of that type: `&str`, `&[T]`.
    views: RefCell<FxHashSet<LocalId>>,
    moves: Moves,
    /// How often each name is read.
    read: FxHashMap<LocalId, usize>,
    /// Nothing is moved in here: it may run again.
    pub holds: Cell<bool>,
    pub fails: Cell<Fails>,
    /// Of what something is a part that is written, from the outermost inwards.
    within: RefCell<Vec<Part>>,
    /// It may run once for each element of a list.
    loops: Cell<bool>,
    /// `app` and `cx` are references here.
    pub shared: Cell<bool>,
    /// Answers of backends have fields that these steps do not read.
    pub skips: Cell<bool>,
    /// How the operation undoes what it has done.
    pub undos: Vec<Variant>,
    /// How configuration is reached.
    pub config: TokenStream,
}

impl<'f, 'k, 'p> BodyCx<'f, 'k, 'p> {
    pub fn new(
        file: &'f FileCx<'k, 'p>,
        locals: &'f [Local],
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
            reserved: RefCell::new(reserved.iter().map(|name| (*name).to_owned()).collect()),
            references: RefCell::default(),
            views: RefCell::default(),
            moves,
            read: FxHashMap::default(),
            holds: Cell::new(false),
            fails: Cell::new(fails),
            within: RefCell::default(),
            loops: Cell::new(false),
            shared: Cell::new(false),
            skips: Cell::new(false),
            undos: Vec::new(),
            config: quote! { app.config },
        }
    }

    /// With the names that are read at all: what nobody reads needs no name.
    pub fn reading(mut self, read: FxHashMap<LocalId, usize>) -> Self {
        self.read = read;
        self
    }

    pub fn is_read(&self, local: LocalId) -> bool {
        self.is_read_beyond(local, 0)
    }

    /// Whether a name is read anywhere but in the `inside` places that are known.
    pub fn is_read_beyond(&self, local: LocalId, inside: usize) -> bool {
        self.read.get(&local).is_some_and(|count| *count > inside)
    }

    /// A reference to what is around every operation.
    pub fn around(&self, name: &str) -> TokenStream {
        let name = ident(name);
        if self.shared.get() {
            quote! { #name }
        } else {
            quote! { & #name }
        }
    }

    pub fn local_type(&self, local: LocalId) -> Type {
        self.locals.get(local.0).map_or(Type::Json, |local| local.ty.clone())
    }

    /// What a local is called in the flow.
    pub fn written_name(&self, local: LocalId) -> &str {
        self.locals.get(local.0).map_or("", |local| &local.name)
    }

    /// What a local would be called.
    fn wanted(&self, local: LocalId) -> String {
        let wanted = self.locals.get(local.0).map_or("value", |local| local.name.as_str());
        let mut wanted = name::snake(wanted);
        if wanted.ends_with('_') && wanted.len() > 1 {
            wanted.push_str("value");
        }
        wanted
    }

    /// Gives a local its name, the same wherever it is read.
    pub fn bind(&self, local: LocalId) -> Ident {
        if let Some(known) = self.names.borrow().get(&local) {
            return ident(known);
        }
        let wanted = self.wanted(local);
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

    /// The name of another local, which nobody reads any more.
    pub fn bind_as(&self, local: LocalId, other: LocalId) {
        let name = self.bind(other).to_string();
        self.names.borrow_mut().entry(local).or_insert(name);
    }

    /// A name for a part of an expression: it may be one that is known outside, unless that is read inside.
    pub fn bind_within(&self, local: LocalId, scope: &[&Expr]) -> Ident {
        let wanted = self.wanted(local);
        let mut read = FxHashSet::default();
        for expr in scope {
            crate::ir::visit::locals(expr, &mut |local| {
                read.insert(local);
            });
        }
        let names = self.names.borrow();
        let hides =
            names.iter().any(|(other, name)| *other != local && *name == wanted && read.contains(other));
        let is_new = !names.contains_key(&local);
        drop(names);
        if is_new && !hides && !self.reserved.borrow().contains(&wanted) {
            self.names.borrow_mut().insert(local, wanted);
        }
        self.bind(local)
    }

    /// A name that holds a reference.
    pub fn bind_reference(&self, local: LocalId) -> Ident {
        if !self.file.krate.is_copy(&self.local_type(local)) {
            self.references.borrow_mut().insert(local);
        }
        self.bind(local)
    }

    /// A parameter that is only looked at.
    pub fn bind_view(&self, local: LocalId) -> Ident {
        if matches!(self.local_type(local), Type::Text(_) | Type::OpenEnum(_) | Type::List(_)) {
            self.views.borrow_mut().insert(local);
        }
        self.bind_reference(local)
    }

    pub fn is_view(&self, local: LocalId) -> bool {
        self.views.borrow().contains(&local)
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
        let place = self.place();
        match self.fails.get() {
            Fails::On => quote! { #place ? },
            Fails::AsProblem => {
                self.file.from("flow_std::failure", "InPlace");
                match from_answer {
                    true => quote! { #place.or_bad_gateway()? },
                    false => quote! { #place.or_bad_request()? },
                }
            }
        }
    }

    /// Says where something could not be computed, from the innermost part outwards.
    fn place(&self) -> TokenStream {
        let mut calls = TokenStream::new();
        for parts in self.within.borrow().chunk_by(|one, next| one.is_known() && next.is_known()).rev() {
            self.file.from("flow_std::fault", "Within");
            calls.extend(match parts {
                [Part::Item(index)] => quote! { .within_item(#index) },
                known => {
                    let path = path(known);
                    quote! { .within(#path) }
                }
            });
        }
        calls
    }

    /// Writes a part of something that has fields, parameters or steps.
    pub fn within<T>(&self, name: &str, write: impl FnOnce() -> T) -> T {
        self.within_part(Part::Field(name.to_owned()), write)
    }

    /// Writes an element of a list that is written out.
    pub fn within_index<T>(&self, at: usize, write: impl FnOnce() -> T) -> T {
        self.within_part(Part::Index(at), write)
    }

    fn within_part<T>(&self, part: Part, write: impl FnOnce() -> T) -> T {
        self.within.borrow_mut().push(part);
        let written = write();
        self.within.borrow_mut().pop();
        written
    }

    /// Writes what is made of an element of a list, with a name for its index that nothing in it has.
    pub fn within_item<T>(&self, write: impl FnOnce() -> T) -> (Ident, T) {
        let name = self.unused("at");
        self.taken.borrow_mut().insert(name.clone(), 1);
        self.reserved.borrow_mut().insert(name.clone());
        let index = ident(&name);
        let written = self.within_part(Part::Item(index.clone()), write);
        self.reserved.borrow_mut().remove(&name);
        self.taken.borrow_mut().remove(&name);
        (index, written)
    }

    fn unused(&self, wanted: &str) -> String {
        let (taken, reserved, names) = (self.taken.borrow(), self.reserved.borrow(), self.names.borrow());
        let is_used = |name: &String| {
            taken.contains_key(name) || reserved.contains(name) || names.values().any(|known| known == name)
        };
        let numbered = (2..).map(|count: usize| format!("{wanted}_{count}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        names.find(|name| !is_used(name)).unwrap_or_default()
    }

    /// Writes what is done for each element of a list.
    pub fn in_loop<T>(&self, write: impl FnOnce() -> T) -> T {
        let outside = self.loops.replace(true);
        let written = write();
        self.loops.set(outside);
        written
    }

    pub fn is_in_loop(&self) -> bool {
        self.loops.get()
    }

    /// Writes something inside of a closure that gives a `Result<_, Fault>`. Of what it is a part says whoever calls it.
    pub fn in_closure<T>(&self, write: impl FnOnce() -> T) -> T {
        let outside = (self.fails.replace(Fails::On), self.within.take());
        let written = write();
        self.fails.set(outside.0);
        self.within.replace(outside.1);
        written
    }
}

impl Part {
    /// It is the same whenever it is reached.
    fn is_known(&self) -> bool {
        !matches!(self, Part::Item(_))
    }
}

/// `addresses[0].zip`
fn path(parts: &[Part]) -> String {
    let mut path = String::new();
    for part in parts {
        match part {
            Part::Field(name) if path.is_empty() => path.push_str(name),
            Part::Field(name) => path = format!("{path}.{name}"),
            Part::Index(at) => path = format!("{path}[{at}]"),
            Part::Item(_) => {}
        }
    }
    path
}

/// `|x| f(x)` is `f`.
pub fn closure(params: &[TokenStream], body: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    if let [path @ .., TokenTree::Group(group)] = tokens.as_slice()
        && group.delimiter() == Delimiter::Parenthesis
        && group.stream().to_string() == quote! { #(#params),* }.to_string()
    {
        let path: TokenStream = path.iter().cloned().collect();
        // It takes anything that can be written, which only a call makes of a value.
        let is_any = path.to_string() == "json :: from";
        if !is_any && syn::parse2::<syn::Path>(path.clone()).is_ok() {
            return path;
        }
    }
    quote! { |#(#params),*| #body }
}

/// The value as a good result; of one that was questioned already only the question is taken away.
pub fn ok(tokens: TokenStream) -> TokenStream {
    let mut all: Vec<TokenTree> = tokens.into_iter().collect();
    let is_question = |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == '?');
    // What was waited for has another kind of failure.
    let is_await = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "await");
    let strips = match all.as_slice() {
        [.., before, last] => is_question(last) && !is_await(before) && !has_operator(&all),
        _ => false,
    };
    if strips {
        all.pop();
        return all.into_iter().collect();
    }
    let tokens: TokenStream = all.into_iter().collect();
    quote! { Ok(#tokens) }
}

/// Whether the question belongs to a part only.
fn has_operator(tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| match token {
        // `&a`, and not `a && b`
        TokenTree::Punct(sign) if sign.as_char() == '&' => sign.spacing() == Spacing::Joint,
        TokenTree::Punct(sign) => !matches!(sign.as_char(), '?' | '.' | ':'),
        TokenTree::Ident(word) => ["if", "match", "for", "else"].iter().any(|one| word == one),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    })
}
