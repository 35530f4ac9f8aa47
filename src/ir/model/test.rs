//! Tests: what is given, what is called, and what has to come out of it. Only those who run tests read them; nothing is
//! emitted of them.

use super::{Argument, Expr, FailurePattern, Local, LocalId, Place, ProblemId, Target};
use crate::ir::ty::Type;

#[derive(Debug, Clone)]
pub struct TestCase {
    pub name: String,
    pub locals: Vec<Local>,
    pub steps: Vec<TestStep>,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct TestStep {
    pub kind: TestStepKind,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum TestStepKind {
    Let {
        local: LocalId,
        value: Expr,
    },
    Expect(Expr),
    /// From here on, calls whose arguments are these end so. Arguments that are not named may be anything.
    Given {
        target: Target,
        args: Vec<Argument>,
        answer: Answer,
    },
    /// From here on, the function gives this.
    GivenValue {
        function: Changing,
        value: Expr,
    },
    /// From here on, this one calls; nothing where it is one who shows nothing. It is a `Caller`, or what is said of one.
    GivenCaller(Option<Expected>),
    When {
        service: usize,
        operation: usize,
        args: Vec<Argument>,
    },
    Then(Then),
}

/// Functions that give something else each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Changing {
    Now,
    Today,
    Uuid,
}

/// How a call ends.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Well: with what the call gives. Without a value there was no body, whatever the contract says of it.
    Good {
        status: u16,
        value: Option<Expr>,
    },
    /// With a status that is none, and a body of the type of the expression.
    Bad {
        status: u16,
        body: Option<Expr>,
    },
    /// With a problem of one of our own services: its members as a record.
    Problem {
        problem: ProblemId,
        members: Option<Expr>,
    },
    None(NoAnswer),
}

/// Why there is no answer, or none that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoAnswer {
    Timeout,
    Unreachable,
    Rejected,
    Malformed,
}

/// About the last `when`.
#[derive(Debug, Clone)]
pub enum Then {
    Returns {
        status: Option<u16>,
        value: Option<Expected>,
    },
    /// The pattern is a status, a class, a problem or anything.
    Fails {
        failure: FailurePattern,
        members: Option<Expected>,
    },
    Called {
        target: Target,
        args: Vec<Argument>,
        times: Times,
    },
    Logs {
        level: String,
        message: Option<Expr>,
    },
}

#[derive(Debug, Clone)]
pub enum Times {
    Exactly(u64),
    /// At least once, and never after the first call of that one.
    Before(Target),
}

/// What a value has to be, as one of the type: all of it, or the fields of a record that are named.
#[derive(Debug, Clone)]
pub struct Expected {
    pub ty: Type,
    pub parts: ExpectedParts,
}

#[derive(Debug, Clone)]
pub enum ExpectedParts {
    Whole(Expr),
    Fields(Vec<(String, Expr)>),
}
