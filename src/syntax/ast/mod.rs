//! The tree that the parser gives: what the author wrote, form by form, with a place for everything.
//! Nothing is resolved or defaulted here. A region that could not be read is a `Broken` node whose
//! finding has been reported, so later stages pass over it in silence.

mod declarations;
mod expressions;
mod steps;
mod tests;
mod types;

pub use declarations::*;
pub use expressions::*;
pub use steps::*;
pub use tests::*;
pub use types::*;

use smol_str::SmolStr;

use crate::diagnostic::At;
use crate::source::{SourceId, Span};

#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub source: SourceId,
    pub items: Vec<Item>,
    /// `//` comments in order. Documentation (`///`) stands on its declaration instead.
    pub comments: Vec<Comment>,
}

/// The text of a comment without the slashes and without the space behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub text: String,
    pub span: Span,
}

/// A name as it is meant: without the quotes of `r."first-name"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub text: SmolStr,
    pub quoted: bool,
    pub span: Span,
}

impl<'a> From<&'a Name> for At<'a> {
    fn from(name: &'a Name) -> At<'a> {
        At { text: &name.text, span: name.span }
    }
}

impl<'a> From<&'a Text> for At<'a> {
    fn from(text: &'a Text) -> At<'a> {
        At { text: &text.value, span: text.span }
    }
}

impl<'a> From<&'a Number> for At<'a> {
    fn from(number: &'a Number) -> At<'a> {
        At { text: &number.text, span: number.span }
    }
}

/// `Erp.CustomerRecord`, `crm.Customers.get`: names joined by dots; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub names: Vec<Name>,
    pub span: Span,
}

/// The lines of a `///` block without the slashes, joined by LF.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Backend(Backend),
    Type(TypeDecl),
    Map(MapDecl),
    Fn(FnDecl),
    Problem(ProblemDecl),
    Service(Service),
    Broker(Broker),
    Event(EventDecl),
    Test(Test),
    Broken(Broken),
}

impl Item {
    pub fn span(&self) -> Span {
        match self {
            Item::Backend(item) => item.span,
            Item::Type(item) => item.span,
            Item::Map(item) => item.span,
            Item::Fn(item) => item.span,
            Item::Problem(item) => item.span,
            Item::Service(item) => item.span,
            Item::Broker(item) => item.span,
            Item::Event(item) => item.span,
            Item::Test(item) => item.span,
            Item::Broken(item) => item.span,
        }
    }
}

/// A declaration or a member that could not be read; its finding has been reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub span: Span,
    pub declares: Declares,
}

/// What a broken region would have declared.
#[derive(Debug, Clone, PartialEq)]
pub enum Declares {
    Name(Name),
    /// Nothing that could be named elsewhere.
    Nothing,
    Unknown,
}
