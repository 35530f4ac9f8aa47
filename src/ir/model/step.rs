//! Steps: what an operation does, in order, and what it makes of failures.

use super::{CallSettings, Expr, LocalId, Place, ProblemId, Spot};
use crate::ir::ty::Type;

#[derive(Debug, Clone)]
pub struct Step {
    pub kind: StepKind,
    pub place: Place,
}

impl Step {
    /// The name that it binds, if it binds one.
    pub fn local(&self) -> Option<LocalId> {
        match &self.kind {
            StepKind::Let { local, .. } => Some(*local),
            StepKind::Do(_)
            | StepKind::Overlap(_)
            | StepKind::Require { .. }
            | StepKind::When { .. }
            | StepKind::Together(_)
            | StepKind::Log { .. }
            | StepKind::Return { .. }
            | StepKind::Fail(_) => None,
        }
    }
}

#[derive(Debug, Clone)]
pub enum StepKind {
    Let {
        local: LocalId,
        value: Value,
    },
    Do(Value),
    /// Reads, and what is made of them, that may be in flight together: each as soon as the names that it reads are
    /// there. Only `Let`, `Do` and `Log` stand in it.
    Overlap(Vec<Step>),
    Require {
        condition: Condition,
        otherwise: Fail,
    },
    When {
        condition: Condition,
        then: Vec<Step>,
        otherwise: Vec<Step>,
        joined: Vec<Joined>,
    },
    Together(Vec<Step>),
    Log {
        level: String,
        message: Expr,
        fields: Vec<(String, Expr)>,
    },
    Return {
        status: u16,
        value: Option<Expr>,
    },
    Fail(Fail),
}

/// Parts that all have to hold, from left to right.
pub type Condition = Vec<Test>;

#[derive(Debug, Clone)]
pub enum Test {
    Holds(Expr),
    /// The optional value is there, and is called so from here on.
    Present {
        value: Expr,
        local: LocalId,
    },
}

/// A value that is bound in both arms of a `when`, and visible below it.
#[derive(Debug, Clone)]
pub struct Joined {
    pub local: LocalId,
    pub then: Expr,
    pub otherwise: Expr,
}

#[derive(Debug, Clone)]
pub enum Value {
    Plain(Expr),
    Call(Box<Call>),
    Fan(Box<Fan>),
}

#[derive(Debug, Clone)]
pub struct Fan {
    pub binding: LocalId,
    pub list: Expr,
    pub condition: Option<Condition>,
    /// How many calls are in flight at the same time.
    pub at_once: u64,
    pub call: Call,
    /// Of the whole.
    pub ty: Type,
}

#[derive(Debug, Clone)]
pub struct Call {
    pub target: Target,
    /// `Erp.getCustomer`
    pub name: String,
    /// In the order of the parameters; what is not given is not sent, or has its default.
    pub args: Vec<Argument>,
    pub settings: CallSettings,
    pub arms: Vec<Arm>,
    pub undo: Option<Box<Call>>,
    pub reads: bool,
    /// What the call itself gives.
    pub gives: Type,
    /// With the arms taken into account.
    pub ty: Type,
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    Backend { backend: usize, operation: usize },
    Service { service: usize, operation: usize },
}

#[derive(Debug, Clone)]
pub struct Argument {
    /// The number of the parameter: of a backend's operation those of the wire, with the body behind them; of one
    /// of our own its parameters.
    pub param: usize,
    pub value: Expr,
    /// The value is about a person, or gives access.
    pub labelled: bool,
}

#[derive(Debug, Clone)]
pub struct Arm {
    pub patterns: Vec<FailurePattern>,
    /// The body of the failure, and how it is called.
    pub binding: Option<LocalId>,
    pub body: ArmBody,
    pub spot: Spot,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FailurePattern {
    Status(u16),
    Class(u8),
    Timeout,
    Unreachable,
    Rejected,
    Malformed,
    Problem(ProblemId),
    Any,
}

#[derive(Debug, Clone)]
pub enum ArmBody {
    Value(Expr),
    Fail(Fail),
}

#[derive(Debug, Clone)]
pub struct Fail {
    pub problem: ProblemId,
    pub detail: Option<Expr>,
    pub instance: Option<Expr>,
    pub members: Vec<(String, Expr)>,
}
