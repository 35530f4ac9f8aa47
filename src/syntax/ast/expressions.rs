//! Expressions, with the clauses that may stand behind a value.

use smol_str::SmolStr;

use super::{Name, Number, Path, Text, TypeExpr};
use crate::source::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

impl Expr {
    /// The text, where it is one in which nothing is computed.
    pub fn plain_text(&self) -> Option<String> {
        match &self.kind {
            ExprKind::RawText(text) => Some(text.clone()),
            ExprKind::Text(parts) => parts
                .iter()
                .map(|part| match part {
                    TextPart::Chars(text, _) => Some(text.as_str()),
                    TextPart::Expr(_) => None,
                })
                .collect(),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Int(Number),
    Decimal(Number),
    /// `500ms`, `3s`, `5m`, `24h`, `7d`
    Duration(Number, Unit),
    /// `50%`, in settings
    Percent(Number),
    /// `100/min`, in settings; the text of the unit is checked later
    Rate(Number, Name),
    /// `2MB`, in settings
    Size(Number, Unit),
    Bool(bool),
    /// `none`
    None,
    /// `"text {expr}"`
    Text(Vec<TextPart>),
    /// `'text'`: nothing is computed in it
    RawText(String),
    Name(Name),
    /// `a.b`, `a?.b`
    Member {
        of: Box<Expr>,
        name: Name,
        optional: bool,
    },
    /// `f(x, y: 1)`
    Call {
        callee: Box<Expr>,
        args: Vec<Arg>,
    },
    Unary {
        operator: Spanned<UnaryOperator>,
        of: Box<Expr>,
    },
    /// A comparison, `a < b`. Comparisons do not chain.
    Binary {
        operator: Spanned<BinaryOperator>,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a + b - c`: a run of operators of one precedence (`+ -`, `* / %`, `and`, `or`, `??`), meant from left
    /// to right. Flat, so that a sum of 100,000 terms is no deeper than one of two. `rest` is never empty.
    Chain {
        first: Box<Expr>,
        rest: Vec<(Spanned<BinaryOperator>, Expr)>,
    },
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Match {
        subject: Box<Expr>,
        arms: Vec<MatchArm>,
    },
    For(Box<For>),
    List(Vec<ListItem>),
    Record(Vec<Entry>),
    As {
        value: Box<Expr>,
        ty: TypeExpr,
    },
    Lambda {
        params: Vec<Name>,
        body: Box<Expr>,
    },
    /// A value with the clauses that may stand behind it: `with`, `else`, `undo`, `final`.
    Handled(Box<Handled>),
    /// `50ms..200ms`, in settings
    Range(Box<Expr>, Box<Expr>),
    /// `oauth2 { … }`, `header "X-A"`, `after p95`, in settings
    Tagged {
        name: Name,
        payload: Box<Expr>,
    },
    /// `300ms at p99`, in settings
    At(Box<Expr>, Box<Expr>),
    /// `env.PORT as int = 8080`, in settings: the part before `=` and the default
    Defaulted(Box<Expr>, Box<Expr>),
    /// `( e )`: kept, so that the formatter can keep it
    Paren(Box<Expr>),
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    pub node: T,
    pub span: Span,
}

/// The letters behind the number of a duration or size, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub text: SmolStr,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TextPart {
    /// Escapes are undone.
    Chars(String, Span),
    Expr(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ListItem {
    Value(Expr),
    /// `..more`
    Spread(Expr, Span),
}

/// What stands between the braces of a map or a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Field {
        name: Name,
        value: Expr,
        span: Span,
    },
    /// `..a`
    Spread {
        value: Expr,
        span: Span,
    },
    Broken(Span),
}

/// `for x in xs where c (at most 8 at once) yield e`
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub binding: Name,
    pub list: Expr,
    pub condition: Option<Expr>,
    pub at_most: Option<Expr>,
    pub body: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MatchArm {
    /// `"a" | "b"`: at least one
    pub patterns: Vec<Pattern>,
    /// `as name`
    pub binding: Option<Name>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    Text(Text),
    Number(Number),
    Bool(bool),
    None,
    /// The name of a member of a union.
    Type(Path),
    /// `_`
    Wildcard,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    Not,
    Negate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    /// `??`
    Coalesce,
}

/// At least one clause is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Handled {
    pub value: Expr,
    /// `with { timeout: 200ms }`: the record
    pub with: Option<Expr>,
    pub otherwise: Option<Otherwise>,
    pub undo: Option<Undo>,
    /// The word `final`
    pub finally: Option<Span>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Otherwise {
    /// `else value`: any failure
    Any { body: ArmBody, span: Span },
    /// `else { 404 => …, timeout => … }`
    Arms { arms: Vec<FailureArm>, span: Span },
}

#[derive(Debug, Clone, PartialEq)]
pub struct FailureArm {
    /// At least one
    pub patterns: Vec<FailurePattern>,
    /// `as name`: the body of the failure
    pub binding: Option<Name>,
    pub body: ArmBody,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FailurePattern {
    pub kind: FailureKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FailureKind {
    /// `404`
    Status(Number),
    /// `4xx`: the first digit
    StatusClass(u8),
    /// `timeout`, `unreachable`, `rejected`, `malformed`, or the name of a problem
    Named(Path),
    /// `_`
    Wildcard,
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ArmBody {
    Value(Expr),
    Fail(Fail),
}

/// `undo Stock.release(hold.id) with { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    pub call: Expr,
    pub with: Option<Expr>,
    pub span: Span,
}

/// `fail Problem { members }`
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    pub problem: Path,
    /// An [`ExprKind::Record`]
    pub members: Option<Expr>,
    pub span: Span,
}
