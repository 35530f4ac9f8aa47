//! A flow as plain data: what the generator makes, the printer writes as `.flow`, and the strict run takes step by step.

/// `v3`, in the order in which they are bound.
pub type Name = usize;

/// One operation, `f7: POST /f7 (p: int)`.
#[derive(Clone, Debug)]
pub struct Flow {
    pub seed: u64,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub enum Step {
    Let(Name, Number),
    Call(Option<Name>, Call),
    Fan(Option<Name>, Fan),
    /// Calls and fan-outs of writes.
    Together(Vec<Step>),
    Require(Condition, Fail),
    When {
        condition: Condition,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    Log(Number),
    Return {
        status: u16,
        values: Vec<Number>,
    },
    Fail(Fail),
}

/// `read0(a: …, b: …)`. What its name begins with says what it is: `read`, `search`, `make`, `note`.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: &'static str,
    pub args: Vec<Number>,
    pub after: After,
    pub arms: Vec<Arm>,
}

/// What stands behind a write.
#[derive(Clone, Debug)]
pub enum After {
    Nothing,
    Final,
    Undo(&'static str, Number),
}

#[derive(Clone, Debug)]
pub struct Fan {
    pub item: Name,
    pub list: List,
    pub keep: Option<Condition>,
    pub at_most: Option<usize>,
    pub call: Call,
}

#[derive(Clone, Debug)]
pub enum List {
    /// `v1.more`
    More(Name),
    Of(Vec<Number>),
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub patterns: Vec<Pattern>,
    pub body: ArmBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    Status(u16),
    Class(u16),
    Timeout,
    Unreachable,
    Malformed,
    Any,
}

#[derive(Clone, Debug)]
pub enum ArmBody {
    Thing { value: Number, hint: Option<Number>, more: Vec<i64> },
    None,
    Fail(Fail),
}

/// `fail P409 { detail: "g1 {…}" }`
#[derive(Clone, Debug)]
pub struct Fail {
    pub status: u16,
    pub detail: String,
    pub shown: Number,
}

#[derive(Clone, Debug)]
pub enum Number {
    Literal(i64),
    /// `p`
    Parameter,
    /// `v1`
    Name(Name),
    /// `v1.value`
    Value(Name),
    /// `v1?.value ?? 7`
    MaybeValue(Name, i64),
    /// `v1.hint ?? 7`
    Hint(Name, i64),
    /// `v1.hint`, where a condition has said that it is there.
    KnownHint(Name),
    /// `v1.first()?.value ?? 7`
    First(Name, i64),
    /// `v1.last()?.value ?? 7`
    Last(Name, i64),
    /// `v1.length()`, of things
    Length(Name),
    Sum(Box<Number>, Box<Number>),
    /// `a / (b % 3)`, which fails for a third of all `b`.
    Quotient(Box<Number>, Box<Number>),
}

#[derive(Clone, Debug)]
pub enum Condition {
    Above(Number, i64),
    Even(Number),
    /// `v1.hint != none`
    HasHint(Name),
    /// `v1.hint == none`
    LacksHint(Name),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}
