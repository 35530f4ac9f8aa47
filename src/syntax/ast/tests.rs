//! Tests.

use super::{Arg, Expr, FailurePattern, Name, Number, Path, Text};
use crate::source::Span;

/// `test "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub name: Text,
    pub steps: Vec<TestStep>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestStep {
    pub kind: TestStepKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TestStepKind {
    Let {
        name: Name,
        value: Expr,
    },
    Expect(Expr),
    /// `given Erp.getCustomer(id: "C1") -> 200 { … }`
    Given {
        target: Path,
        args: Option<Vec<Arg>>,
        answer: Answer,
    },
    /// `when Orders.place(body: …)`
    When(Expr),
    Then(Then),
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// `-> 200 { … }`, `-> 402`
    Status(Number, Option<Expr>),
    /// `-> timeout`, `-> unreachable`
    Failure(Name),
    /// `-> "2026-01-01T00:00:00Z"` for `now`, `uuid`
    Value(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// `then fails Declined { … }`, `then fails 502`
    Fails { failure: FailurePattern, members: Option<Expr> },
    /// `then returns 201 { … }`
    Returns { status: Option<Number>, value: Option<Expr> },
    /// `then Stock.release(id: "1") called once`, `called 3 times`, `called never`, `called before X.y`
    Called { target: Path, args: Option<Vec<Arg>>, times: Times },
    /// `then emits OrderPlaced { … }`
    Emits { event: Path, record: Option<Expr> },
    /// `then logs info "text"`
    Logs { level: Name, message: Option<Expr> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Times {
    Once,
    Never,
    Exactly(Number),
    Before(Path),
}
