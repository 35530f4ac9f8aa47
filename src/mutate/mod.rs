//! Whether the tests of a program would notice a change of it: the program is changed in one place at a time, as somebody
//! could have got it wrong, and the tests that come to that place are run. A change that none of them notices is a hole in
//! the tests. Changes are found in the intermediate form, and told where the flow has them.

mod access;
mod calls;
mod conditions;
mod expressions;
mod find;
mod other;
mod trial;

pub use trial::{Trial, Verdict, trial};

use find::Finder;

use crate::interp::testing::{Change, Part};
use crate::ir::{Comparison, Expr, ExprKind, Literal, Operator, Program, Spot, Type, slice};
use crate::source::Span;

/// What can be changed in a program, and where.
#[derive(Debug, Default)]
pub struct Mutants<'p> {
    pub owners: Vec<Owner<'p>>,
    pub sites: Vec<Site>,
    pub all: Vec<Mutant<'p>>,
}

/// What a change belongs to: a map or function, a service, or an operation.
#[derive(Debug, Clone)]
pub struct Owner<'p> {
    /// `customer`, `Orders.place`
    pub name: String,
    pub file: &'p str,
}

/// A place of a program that a test comes to or not.
#[derive(Debug, Clone)]
pub struct Site {
    pub part: Part,
    pub span: Span,
    /// Its number among the owners.
    pub owner: usize,
    pub kind: SiteKind,
    /// The site that a test comes to before it can come to this one.
    pub within: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// A map, function or operation as a whole.
    Owner,
    /// A part that may be done or not: an arm, a branch, a step.
    Part,
    /// Who may call, and the condition of those who do: asked where a test says who that is.
    Auth,
    Allow,
    /// The same, and that it is not done is told by a change of what stands around it: a problem behind `require`, a default.
    Told,
}

#[derive(Debug, Clone)]
pub struct Mutant<'p> {
    /// What is changed, by its number among the sites.
    pub site: usize,
    pub kind: Kind,
    pub span: Span,
    pub says: Says,
    /// All of what is given for a field or an argument: where nobody misses it, nobody sees what is changed inside of it.
    pub is_whole: bool,
    becomes: Becomes<'p>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Field,
    Literal,
    Comparison,
    Condition,
    Arithmetic,
    Default,
    Match,
    Require,
    Failure,
    Call,
    Undo,
    Access,
}

/// A change in words, beside the text that it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Plain(String),
    /// The text that stands there counts instead.
    Instead(Span),
}

/// What stands in the place of a part.
#[derive(Debug, Clone)]
enum Becomes<'p> {
    Nothing,
    Absent(&'p Type),
    Other(&'p Expr),
    Literal(Literal, &'p Type),
    EmptyList(&'p Type),
    Not(&'p Expr),
    Present(&'p Expr, &'p Type),
    /// The same expression with something about it turned.
    Turned(&'p Expr, Turn),
}

#[derive(Debug, Clone, Copy)]
enum Turn {
    Compare(Comparison),
    Arithmetic(Operator),
    /// All parts where any was enough, and the other way round.
    Joined,
    /// The field beside it, by its place.
    Field(usize),
}

/// Every change of a program that its tests should notice: of what its services do, or, where it has none, of its maps and
/// functions. What only tests use is theirs.
pub fn mutants(program: &Program) -> Mutants<'_> {
    let services: Vec<usize> = (0..program.services.len()).collect();
    let slice = slice(program, &services);
    let mut finder = Finder::new(program, &slice);
    for (at, function) in program.functions.iter().enumerate() {
        let is_used = slice.functions.iter().any(|id| id.0 == at);
        // Data of tests takes nothing.
        if is_used || (program.services.is_empty() && !function.params.is_empty()) {
            finder.function(function);
        }
    }
    for (at, service) in program.services.iter().enumerate() {
        finder.service(at, service);
        for (number, operation) in service.operations.iter().enumerate() {
            finder.operation((at, number), service, operation);
        }
    }
    finder.found
}

impl Mutants<'_> {
    /// Leaves the changes of what has this in its name, or in that of its file.
    pub fn retain(&mut self, filter: &str) {
        let (sites, owners) = (&self.sites, &self.owners);
        self.all.retain(|mutant| {
            let owner = sites.get(mutant.site).and_then(|site| owners.get(site.owner));
            owner.is_some_and(|owner| owner.name.contains(filter) || owner.file.contains(filter))
        });
    }

    /// What a site belongs to, in words.
    pub fn owner(&self, site: usize) -> &str {
        let owner = self.sites.get(site).and_then(|site| self.owners.get(site.owner));
        owner.map_or("", |owner| &owner.name)
    }
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Field,
        Kind::Literal,
        Kind::Comparison,
        Kind::Condition,
        Kind::Arithmetic,
        Kind::Default,
        Kind::Match,
        Kind::Require,
        Kind::Failure,
        Kind::Call,
        Kind::Undo,
        Kind::Access,
    ];

    /// As the summary calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Field => "fields and arguments",
            Kind::Literal => "literals",
            Kind::Comparison => "comparisons",
            Kind::Condition => "conditions",
            Kind::Arithmetic => "arithmetic",
            Kind::Default => "defaults",
            Kind::Match => "arms of `match`",
            Kind::Require => "`require`",
            Kind::Failure => "arms of `else`",
            Kind::Call => "calls",
            Kind::Undo => "`undo`",
            Kind::Access => "`auth` and `allow`",
        }
    }
}

impl Mutant<'_> {
    /// What the interpreter is to do differently.
    pub fn change(&self, of: &Mutants<'_>) -> Option<Change> {
        let part = of.sites.get(self.site)?.part;
        Some(Change { part, instead: self.becomes.expr() })
    }
}

impl Becomes<'_> {
    fn expr(&self) -> Option<Expr> {
        Some(match self {
            Becomes::Nothing => return None,
            Becomes::Absent(ty) => made(ExprKind::None, ty),
            Becomes::Other(other) => (*other).clone(),
            Becomes::Literal(literal, ty) => made(ExprKind::Literal(literal.clone()), ty),
            Becomes::EmptyList(ty) => made(ExprKind::List(Vec::new()), ty),
            Becomes::Not(of) => made(ExprKind::Not(Box::new((*of).clone())), &Type::Bool),
            Becomes::Present(of, ty) => {
                let whole = made(ExprKind::Present(Box::new((*of).clone())), ty);
                Expr { from_answer: of.from_answer, ..whole }
            }
            Becomes::Turned(of, turn) => Expr { kind: turned(&of.kind, *turn), ..(*of).clone() },
        })
    }
}

fn turned(kind: &ExprKind, turn: Turn) -> ExprKind {
    let mut kind = kind.clone();
    match (&mut kind, turn) {
        (ExprKind::Compare { operator, .. }, Turn::Compare(other)) => *operator = other,
        (ExprKind::Arithmetic { operator, .. }, Turn::Arithmetic(other)) => *operator = other,
        (ExprKind::Field { field, .. }, Turn::Field(other)) => *field = other,
        (ExprKind::All(parts), Turn::Joined) => kind = ExprKind::AnyOf(std::mem::take(parts)),
        (ExprKind::AnyOf(parts), Turn::Joined) => kind = ExprKind::All(std::mem::take(parts)),
        _ => {}
    }
    kind
}

fn made(kind: ExprKind, ty: &Type) -> Expr {
    Expr { kind, ty: ty.clone(), fallible: false, from_answer: false, spot: Spot::default() }
}
