//! Expressions: values, and what is made of them.

use super::{ArmBody, Condition, ConfigId, FunctionId, LocalId, Spot};
use crate::ir::ty::{Type, TypeId};

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    /// It can fail by itself.
    pub fallible: bool,
    /// Something that a backend or another service said is in it: its failure is not the caller's fault.
    pub from_answer: bool,
    pub spot: Spot,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Bool(bool),
    Int(i64),
    /// As written.
    Float(String),
    Decimal(String),
    Text(String),
    /// In milliseconds.
    Duration(i64),
    /// A checked text of the type at hand: a date, an address, a zone, a regular expression.
    Of(String),
    /// A value of a closed enumeration, by its place.
    Value(usize),
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    Literal(Literal),
    None,
    /// A text with values in it.
    Text(Vec<TextPart>),
    Local(LocalId),
    Config(ConfigId),
    /// A field of a record, by its place.
    Field {
        of: Box<Expr>,
        field: usize,
    },
    /// A field that all members of a union have, by its name.
    Common {
        of: Box<Expr>,
        name: String,
    },
    /// A value of a dictionary, or of the keys of a record that have no name.
    Key {
        of: Box<Expr>,
        name: String,
    },
    Call {
        function: FunctionId,
        args: Vec<Expr>,
    },
    /// A function of the runtime by its name in the table: `text.padLeft`.
    Std {
        name: String,
        args: Vec<Expr>,
    },
    Lambda {
        params: Vec<LocalId>,
        body: Box<Expr>,
    },
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Arithmetic {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    All(Vec<Expr>),
    AnyOf(Vec<Expr>),
    Compare {
        operator: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `value ?? fallback`: the value is optional; so is the whole where the fallback is.
    Coalesce {
        value: Box<Expr>,
        fallback: Box<Expr>,
    },
    /// `value?.…`: what is made of a value that is there.
    IfPresent {
        value: Box<Expr>,
        local: LocalId,
        body: Box<Expr>,
    },
    If {
        condition: Condition,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Match {
        subject: Box<Expr>,
        arms: Vec<MatchArm>,
    },
    For {
        binding: LocalId,
        list: Box<Expr>,
        condition: Option<Condition>,
        body: Box<Expr>,
    },
    List(Vec<ListItem>),
    /// Every field of the record, in its order.
    Record {
        of: TypeId,
        fields: Vec<Expr>,
    },
    Dict {
        entries: Vec<(String, Expr)>,
        spreads: Vec<Expr>,
    },
    /// A name for a part of an expression.
    Bind {
        local: LocalId,
        value: Box<Expr>,
        body: Box<Expr>,
    },
    /// `x as T`: fails where the value is not one of the type.
    Narrow(Box<Expr>),
    /// The same value, if it is no deeper than what is read may be; fails where it is.
    Bounded(Box<Expr>),
    /// `value else fallback`
    Else {
        value: Box<Expr>,
        fallback: Box<ArmBody>,
    },
    /// The same value in the representation of the type at hand.
    Convert(Box<Expr>),
    /// An optional value that has been found to be there.
    Present(Box<Expr>),
}

#[derive(Debug, Clone)]
pub enum TextPart {
    Chars(String),
    Value(Expr),
}

#[derive(Debug, Clone)]
pub enum ListItem {
    Value(Expr),
    Spread(Expr),
}

#[derive(Debug, Clone)]
pub struct MatchArm {
    pub patterns: Vec<Pattern>,
    /// The subject, as what the patterns say that it is.
    pub binding: Option<LocalId>,
    pub body: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Text(String),
    /// A number as written.
    Number(String),
    Bool(bool),
    None,
    /// A value of a closed enumeration or a member of a union, by its place.
    Value(usize),
    Member(usize),
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
