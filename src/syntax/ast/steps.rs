//! The steps of operations and handlers.

use super::{Expr, Fail, Name, Number, Path};
use crate::source::Span;

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub kind: StepKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    Let {
        name: Name,
        value: Expr,
    },
    /// A call (or `for … yield call`) whose value nobody needs
    Do(Expr),
    Require {
        condition: Expr,
        otherwise: Fail,
    },
    When(When),
    Together(Vec<Step>),
    /// The record is an [`ExprKind::Record`]
    Emit {
        event: Path,
        record: Expr,
    },
    Log {
        level: Name,
        message: Expr,
        fields: Option<Expr>,
    },
    Return {
        status: Option<Number>,
        value: Option<Expr>,
    },
    Fail(Fail),
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub struct When {
    pub condition: Expr,
    pub then: Vec<Step>,
    pub otherwise: Option<Branch>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Branch {
    /// `else { … }`
    Steps(Vec<Step>),
    /// `else when c { … }`
    When(Box<When>),
}
