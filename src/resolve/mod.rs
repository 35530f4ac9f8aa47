//! From names to declarations. All files of a project share one namespace; other projects are reached by the
//! name that `flow.toml` gives them; std is under every project. Nothing is typed here: this stage knows who
//! is called what, and reports what is declared twice or against the custom of capitals.

mod declare;

use std::cell::Cell;
use std::collections::HashMap;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use smol_str::SmolStr;

pub use declare::resolve;

use crate::diagnostic::nearest;
use crate::source::Span;
use crate::syntax::ast;

type Table<T> = IndexMap<SmolStr, T, FxBuildHasher>;

/// One project as it was parsed.
pub struct Unit<'a> {
    /// For messages; std is called `std`.
    pub name: SmolStr,
    pub files: &'a [ast::File],
    /// The names of other projects and their places in the list of units.
    pub dependencies: HashMap<SmolStr, usize>,
}

/// The number of a unit in the list that was resolved. Std is always the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub usize);

impl UnitId {
    pub const STD: UnitId = UnitId(0);
}

/// What every name stands for.
#[derive(Debug, Default)]
pub struct Names<'a> {
    pub units: Vec<Scope<'a>>,
    suggested: Cell<usize>,
}

/// Looking for the nearest of thousands of names takes time; after so many suggestions the author has enough.
pub const MOST_SUGGESTIONS: usize = 200;

/// The names of one project.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    pub name: SmolStr,
    /// Everything with a capital: types, problems, events, brokers, backends, services.
    pub capitals: Table<Declared<'a>>,
    /// Maps and functions. Std gives one name to several functions with different receivers.
    pub callables: Table<Vec<Callable<'a>>>,
    pub tests: Vec<&'a ast::Test>,
    pub dependencies: HashMap<SmolStr, UnitId>,
    unread: Unread,
}

/// What declarations that could not be read would have declared.
#[derive(Debug, Default)]
struct Unread {
    names: FxHashSet<SmolStr>,
    /// The name of one of them could not be read either, so that any name may be its.
    nameless: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Declared<'a> {
    Type(&'a ast::TypeDecl),
    Problem(&'a ast::ProblemDecl),
    Event(&'a ast::EventDecl),
    Broker(&'a ast::Broker),
    Backend(&'a ast::Backend),
    Service(&'a ast::Service),
}

#[derive(Debug, Clone, Copy)]
pub enum Callable<'a> {
    Map(&'a ast::MapDecl),
    Fn(&'a ast::FnDecl),
}

impl<'a> Declared<'a> {
    pub fn name(self) -> &'a ast::Name {
        match self {
            Declared::Type(decl) => &decl.name,
            Declared::Problem(decl) => &decl.name,
            Declared::Event(decl) => &decl.name,
            Declared::Broker(decl) => &decl.name,
            Declared::Backend(decl) => &decl.name,
            Declared::Service(decl) => &decl.name,
        }
    }

    /// In the words of a message.
    pub fn kind(self) -> &'static str {
        match self {
            Declared::Type(_) => "type",
            Declared::Problem(_) => "problem",
            Declared::Event(_) => "event",
            Declared::Broker(_) => "broker",
            Declared::Backend(_) => "backend",
            Declared::Service(_) => "service",
        }
    }
}

impl<'a> Callable<'a> {
    pub fn name(self) -> &'a ast::Name {
        match self {
            Callable::Map(decl) => &decl.name,
            Callable::Fn(decl) => &decl.name,
        }
    }

    pub fn params(self) -> &'a [ast::Param] {
        match self {
            Callable::Map(decl) => &decl.params,
            Callable::Fn(decl) => &decl.params,
        }
    }

    pub fn span(self) -> Span {
        match self {
            Callable::Map(decl) => decl.span,
            Callable::Fn(decl) => decl.span,
        }
    }

    /// Called as `value.name(…)`.
    pub fn is_method(self) -> bool {
        self.params().first().is_some_and(|param| param.name.text == "self")
    }
}

/// A declaration, and the unit that it stands in.
pub type Found<'a> = (UnitId, Declared<'a>);

impl<'a> Names<'a> {
    pub fn scope(&self, unit: UnitId) -> &Scope<'a> {
        &self.units[unit.0]
    }

    /// Whether a path leads nowhere because what it names could not be read. That has been reported, so nobody calls
    /// the name unknown.
    pub fn is_unread(&self, unit: UnitId, names: &[ast::Name]) -> bool {
        let Some(first) = names.first() else { return false };
        let (unit, name) = match self.dependency(unit, &first.text) {
            Some(other) => (other, names.get(1).unwrap_or(first)),
            None => (unit, first),
        };
        let Unread { names, nameless } = &self.scope(unit).unread;
        *nameless || names.contains(&name.text)
    }

    /// The same of an operation of a service: `name` is none that it is known to have.
    pub fn is_unread_member(&self, unit: UnitId, service: &ast::Service, name: &ast::Name) -> bool {
        self.scope(unit).unread.nameless
            || service.members.iter().any(|member| match member {
                ast::Member::Operation(_) | ast::Member::Handler(_) => false,
                ast::Member::Broken(broken) => match &broken.declares {
                    ast::Declares::Name(unread) => unread.text == name.text,
                    ast::Declares::Nothing => false,
                    ast::Declares::Unknown => true,
                },
            })
    }

    /// `Customer`, seen from `unit`: its own name, or one of std.
    pub fn capital(&self, unit: UnitId, name: &str) -> Option<Found<'a>> {
        if self.scope(unit).unread.names.contains(name) {
            return self.scope(unit).capitals.get(name).map(|declared| (unit, *declared));
        }
        [unit, UnitId::STD]
            .into_iter()
            .find_map(|unit| self.scope(unit).capitals.get(name).map(|declared| (unit, *declared)))
    }

    /// `crm.Customers`: the first name is a dependency of `unit`.
    pub fn dependency(&self, unit: UnitId, name: &str) -> Option<UnitId> {
        self.scope(unit).dependencies.get(name).copied()
    }

    /// The longest beginning of a path that is a declaration, and how many names it takes.
    pub fn path(&self, unit: UnitId, names: &[ast::Name]) -> Option<(Found<'a>, usize)> {
        let first = names.first()?;
        if let Some(other) = self.dependency(unit, &first.text) {
            let declared = self.scope(other).capitals.get(&names.get(1)?.text)?;
            return Some(((other, *declared), 2));
        }
        self.capital(unit, &first.text).map(|found| (found, 1))
    }

    /// Functions and maps of that name, those of the unit before those of std.
    pub fn callables(
        &self,
        unit: UnitId,
        name: &str,
    ) -> impl Iterator<Item = (UnitId, Callable<'a>)> + use<'a, '_> {
        let mine = self.scope(unit).callables.get(name).map(Vec::as_slice).unwrap_or_default();
        let std = self.scope(UnitId::STD).callables.get(name).map(Vec::as_slice).unwrap_or_default();
        let hidden = unit == UnitId::STD || self.scope(unit).unread.names.contains(name);
        let std = if hidden { &[] } else { std };
        let with = |unit: UnitId| move |callable: &Callable<'a>| (unit, *callable);
        mine.iter().map(with(unit)).chain(std.iter().map(with(UnitId::STD)))
    }

    /// How often the nearest name was looked for.
    pub fn suggested(&self) -> usize {
        self.suggested.get()
    }

    /// Counts a search for the nearest name, and says when there were enough of them.
    pub fn may_suggest(&self) -> bool {
        self.suggested.set(self.suggested.get() + 1);
        self.suggested.get() <= MOST_SUGGESTIONS
    }

    /// The name with a capital that is most like `wanted`.
    pub fn nearest_capital(&self, unit: UnitId, wanted: &str) -> Option<SmolStr> {
        if !self.may_suggest() {
            return None;
        }
        let known = [unit, UnitId::STD].into_iter().flat_map(|unit| self.scope(unit).capitals.keys());
        nearest(wanted, known.map(SmolStr::as_str)).map(SmolStr::from)
    }

    pub fn nearest_callable(&self, unit: UnitId, wanted: &str, methods: bool) -> Option<SmolStr> {
        if !self.may_suggest() {
            return None;
        }
        let known = [unit, UnitId::STD].into_iter().flat_map(|unit| self.scope(unit).callables.iter());
        let known = known.filter(|(_, callables)| callables.iter().any(|one| one.is_method() == methods));
        nearest(wanted, known.map(|(name, _)| name.as_str())).map(SmolStr::from)
    }
}
