//! Types, as they are written.

use smol_str::SmolStr;

use super::{Field, Name, Path};
use crate::source::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct TypeExpr {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// `string`, `Customer`, `Erp.CustomerRecord`, `Erp.getCustomer.Response`
    Named(Path),
    List(Box<TypeExpr>),
    /// `{string: T}`
    Dict(Box<TypeExpr>),
    /// `T?`
    Optional(Box<TypeExpr>),
    /// `T matching "…" of 1..80 in 1..100 scale 2 unit "EUR"`: at least one constraint.
    Constrained(Box<TypeExpr>, Vec<Constraint>),
    /// `A | B by kind`: at least two members, or one with `by`.
    Union {
        members: Vec<TypeExpr>,
        by: Option<Name>,
    },
    /// `"gold"`
    Literal(Text),
    /// `name` or `name { … }` or `name T` as a member of a union of settings. Only std may write it.
    Variant {
        name: Name,
        payload: Option<Box<TypeExpr>>,
    },
    /// `{ a: T }` as the payload of a variant. Only std may write it.
    Record(Vec<Field>),
    /// `(A, B) => C`. Only std may write it.
    Function {
        params: Vec<TypeExpr>,
        result: Box<TypeExpr>,
    },
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Constraint {
    pub kind: ConstraintKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ConstraintKind {
    /// `matching "[A-Z]+"`
    Matching(Text),
    /// `of 1..80`, the length of a string or list
    Of(Bounds),
    /// `in 1..100`
    In(Bounds),
    /// `scale 2`, decimal places
    Scale(Number),
    /// `unit "EUR"`
    Unit(Text),
}

/// `1..80`, `1..`, `..80`; a missing side is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub from: Option<Number>,
    pub to: Option<Number>,
    pub span: Span,
}

/// A number exactly as written (sign, digits, `_`, fraction, exponent), so that no value is lost before
/// its range is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    pub text: SmolStr,
    pub span: Span,
}

/// A text in which nothing is computed: what it means (escapes undone), and where it stands with its quotes.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub value: String,
    pub span: Span,
}
