//! The typed program: what the checker gives. Every name is bound, every expression has its type and labels,
//! every call knows the operation that it goes to. Only the checker makes these values.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::label::Labels;
use super::ty::{Fields, Type};
use crate::contract::model;
use crate::source::Span;
use crate::syntax::ast;

pub use ast::{BinaryOperator, Layer, UnaryOperator};

/// Everything of a project and of those that it depends on.
#[derive(Debug, Default)]
pub struct Program {
    pub backends: Vec<Backend>,
    pub brokers: Vec<Broker>,
    pub services: Vec<Service>,
    pub functions: Vec<Function>,
    pub problems: Vec<Arc<Problem>>,
    pub events: Vec<Arc<Event>>,
    pub types: IndexMap<SmolStr, Type>,
    pub tests: Vec<Test>,
}

impl Program {
    pub fn operation(&self, id: OperationId) -> Option<&Operation> {
        self.services.get(id.service.0)?.operations.get(id.at)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendId(pub usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub usize);

/// An operation of one of our own services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId {
    pub service: ServiceId,
    /// Its place among the operations of the service.
    pub at: usize,
}

#[derive(Debug)]
pub struct Backend {
    pub name: SmolStr,
    /// Of the unit: projects can have backends of the same name.
    pub unit: SmolStr,
    pub settings: Settings,
    /// Its number among the contracts, if that could be read.
    pub contract: Option<usize>,
    pub span: Span,
    pub name_span: Span,
}

#[derive(Debug)]
pub struct Broker {
    pub name: SmolStr,
    pub settings: Settings,
    pub span: Span,
}

/// Settings by name, as written; what is not written has the default of std.
#[derive(Debug, Default)]
pub struct Settings {
    pub values: IndexMap<SmolStr, Setting>,
}

#[derive(Debug)]
pub struct Setting {
    pub value: Expr,
    pub span: Span,
}

#[derive(Debug)]
pub struct Problem {
    pub name: SmolStr,
    pub status: u16,
    pub title: String,
    pub members: Fields,
    pub span: Span,
}

#[derive(Debug)]
pub struct Event {
    pub name: SmolStr,
    pub version: Option<SmolStr>,
    pub record: Type,
    pub topic: String,
    pub key: Option<SmolStr>,
    pub span: Span,
}

/// A map or a function of the author.
#[derive(Debug)]
pub struct Function {
    pub signature: Arc<Signature>,
    pub params: Vec<LocalId>,
    /// What a parameter is where it is not given, beside [`Function::params`].
    pub defaults: Vec<Option<Expr>>,
    pub locals: Vec<Local>,
    pub body: Expr,
    /// All of it, with its name and its result.
    pub span: Span,
}

/// How a map or function is called.
#[derive(Debug)]
pub struct Signature {
    pub name: SmolStr,
    pub params: Vec<SignatureParam>,
    pub result: Type,
    pub result_labels: Labels,
    /// Declared with `fails`; of authors' functions it is found from the body.
    pub fails: bool,
    pub variables: usize,
    pub method: bool,
    pub std: bool,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct SignatureParam {
    pub name: SmolStr,
    pub ty: Type,
    pub labels: Labels,
    pub optional: bool,
    /// Of std's functions: what it is where it is not given.
    pub default: Option<Arc<Expr>>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Service {
    pub name: SmolStr,
    pub unit: SmolStr,
    pub layer: Layer,
    pub version: Option<SmolStr>,
    pub settings: Settings,
    pub operations: Vec<Operation>,
    pub handlers: Vec<Handler>,
    pub span: Span,
    pub name_span: Span,
}

#[derive(Debug)]
pub struct Operation {
    pub name: SmolStr,
    pub name_span: Span,
    pub shape: Arc<OperationType>,
    pub settings: Settings,
    pub params: Vec<LocalId>,
    /// What a parameter is where it is not given, beside [`Operation::params`].
    pub defaults: Vec<Option<Expr>>,
    /// It is a webhook that has to show that it is genuine.
    pub verified: Option<Span>,
    pub locals: Vec<Local>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Handler {
    pub trigger: Trigger,
    pub settings: Settings,
    pub locals: Vec<Local>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Debug)]
pub enum Trigger {
    On(Option<Arc<Event>>, Option<LocalId>),
    Every(Expr),
    Cron(String),
}

/// How an operation is called, whether it is a backend's or one of our own.
#[derive(Debug, Clone)]
pub struct OperationType {
    pub name: SmolStr,
    pub method: SmolStr,
    pub path: SmolStr,
    pub params: Vec<OperationParam>,
    /// What a caller gets when all goes well, and the status for it.
    pub success: Type,
    pub success_status: Option<u16>,
    /// The same, by declared status; more than one where the operation has several good answers.
    pub successes: Vec<(model::Status, Type)>,
    /// Declared answers that are not successes.
    pub failures: Vec<Failure>,
    pub security: Vec<Vec<model::SecurityNeed>>,
    /// By its method alone.
    pub safe: bool,
    pub deprecated: bool,
    /// The operation id in the contract, or the name in the flow.
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct OperationParam {
    pub name: SmolStr,
    /// As it is called in a request.
    pub wire: SmolStr,
    pub place: ParamPlace,
    pub ty: Type,
    pub labels: Labels,
    pub required: bool,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamPlace {
    Path,
    Query,
    Header,
    Cookie,
    Body,
}

#[derive(Debug, Clone)]
pub enum Failure {
    /// Of a contract.
    Status { status: model::Status, body: Option<FailureBody>, span: Span },
    /// Of our own services.
    Problem { problem: Arc<Problem>, span: Span },
}

/// What a contract says of the body of a failure. It gets a type only when a flow looks into it: most never do,
/// and the bodies of failures are where contracts are at their oddest.
#[derive(Debug, Clone)]
pub struct FailureBody {
    pub contract: usize,
    pub media: model::Media,
    /// Names the type where the contract does not.
    pub hint: SmolStr,
}

// ---- steps --------------------------------------------------------------------------------------

#[derive(Debug)]
pub struct Step {
    pub kind: StepKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum StepKind {
    Let { local: LocalId, value: Value },
    Do(Value),
    Require { condition: Expr, otherwise: Fail },
    When { condition: Expr, then: Vec<Step>, otherwise: Vec<Step>, joined: Vec<Joined> },
    Together(Vec<Step>),
    Emit { event: Arc<Event>, record: Expr },
    Log { level: SmolStr, message: Expr, fields: Option<Expr> },
    Return { status: Option<u16>, value: Option<Value> },
    Fail(Fail),
}

/// A value that is bound in both arms of a `when`, and visible below it.
#[derive(Debug)]
pub struct Joined {
    pub local: LocalId,
    pub then: LocalId,
    pub otherwise: LocalId,
}

/// What a step computes.
#[derive(Debug)]
pub enum Value {
    Plain(Expr),
    Call(Box<Call>),
    /// `for x in xs (at most n at once) yield call`
    Fan(Box<Fan>),
}

#[derive(Debug)]
pub struct Fan {
    pub binding: LocalId,
    pub list: Expr,
    pub condition: Option<Expr>,
    pub at_most: Option<u32>,
    pub call: Call,
    pub ty: Type,
    pub span: Span,
}

#[derive(Debug)]
pub struct Call {
    pub target: Target,
    pub shape: Arc<OperationType>,
    pub args: Vec<Argument>,
    pub settings: Settings,
    pub otherwise: Option<Otherwise>,
    pub undo: Option<Box<Call>>,
    pub is_final: bool,
    /// With fallbacks taken into account.
    pub ty: Type,
    pub labels: Labels,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    Backend(BackendId),
    Service(OperationId),
}

#[derive(Debug)]
pub struct Argument {
    /// The place in [`OperationType::params`].
    pub param: usize,
    pub value: Expr,
    pub span: Span,
}

#[derive(Debug)]
pub struct Otherwise {
    pub arms: Vec<FailureArm>,
    pub span: Span,
}

#[derive(Debug)]
pub struct FailureArm {
    pub patterns: Vec<FailurePattern>,
    pub binding: Option<LocalId>,
    pub body: ArmBody,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FailurePattern {
    Status(u16),
    Class(u8),
    Timeout,
    Unreachable,
    Rejected,
    Malformed,
    Problem(SmolStr),
    Any,
}

#[derive(Debug)]
pub enum ArmBody {
    Value(Expr),
    Fail(Fail),
}

#[derive(Debug)]
pub struct Fail {
    pub problem: Option<Arc<Problem>>,
    pub members: Option<Expr>,
    pub span: Span,
}

// ---- expressions --------------------------------------------------------------------------------

/// The number of a name that is bound in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub usize);

#[derive(Debug, Clone)]
pub struct Local {
    pub name: SmolStr,
    pub ty: Type,
    pub labels: Labels,
    pub span: Span,
    pub used: bool,
}

#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    pub labels: Labels,
    /// It can fail by itself, as conversions can.
    pub fails: bool,
    pub span: Span,
}

#[derive(Debug)]
pub enum ExprKind {
    Int(i64),
    /// As written, without `_`.
    Decimal(SmolStr),
    /// In milliseconds.
    Duration(u64),
    /// As written.
    Percent(SmolStr),
    Rate {
        count: u64,
        per_seconds: u64,
    },
    /// In bytes.
    Size(u64),
    Bool(bool),
    None,
    Text(Vec<TextPart>),
    Local(LocalId),
    /// `env.NAME`, `secret.NAME`
    Config {
        secret: bool,
        name: SmolStr,
        default: Option<Box<Expr>>,
    },
    Field {
        of: Box<Expr>,
        name: SmolStr,
        optional: bool,
    },
    Call {
        function: Arc<Signature>,
        args: Vec<Option<Expr>>,
        optional: bool,
    },
    Unary {
        operator: UnaryOperator,
        of: Box<Expr>,
    },
    /// Operators of one precedence, from left to right.
    Chain {
        first: Box<Expr>,
        rest: Vec<(BinaryOperator, Expr)>,
    },
    Compare {
        operator: BinaryOperator,
        left: Box<Expr>,
        right: Box<Expr>,
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
    For {
        binding: LocalId,
        list: Box<Expr>,
        condition: Option<Box<Expr>>,
        body: Box<Expr>,
    },
    List(Vec<ListItem>),
    /// Every field that has a value, in the order of the target; then what is taken over from other records.
    Record {
        fields: Vec<(SmolStr, Expr)>,
        spreads: Vec<Spread>,
    },
    Dict {
        values: Vec<(SmolStr, Expr)>,
        spreads: Vec<Expr>,
    },
    /// `x as T`
    Narrow(Box<Expr>),
    /// The same value, if it is no deeper than what is read may be.
    Bounded(Box<Expr>),
    Lambda {
        params: Vec<LocalId>,
        body: Box<Expr>,
    },
    /// `value else fallback`
    Else {
        value: Box<Expr>,
        fallback: Box<ArmBody>,
    },
    Range(Box<Expr>, Box<Expr>),
    Variant {
        name: SmolStr,
        payload: Option<Box<Expr>>,
    },
    At(Box<Expr>, Box<Expr>),
    /// The same value where a wider type is wanted.
    Widen(Box<Expr>),
    Broken,
}

/// `..a` with the fields that it takes.
#[derive(Debug)]
pub struct Spread {
    pub from: Expr,
    pub fields: Vec<SmolStr>,
}

#[derive(Debug)]
pub enum TextPart {
    Chars(String),
    Expr(Expr),
}

#[derive(Debug)]
pub enum ListItem {
    Value(Expr),
    Spread(Expr),
}

#[derive(Debug)]
pub struct MatchArm {
    pub patterns: Vec<Pattern>,
    pub binding: Option<LocalId>,
    pub body: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    Text(String),
    Number(SmolStr),
    Bool(bool),
    None,
    Member(SmolStr),
    Any,
}

// ---- tests --------------------------------------------------------------------------------------

#[derive(Debug)]
pub struct Test {
    pub name: String,
    pub locals: Vec<Local>,
    pub steps: Vec<TestStep>,
    pub span: Span,
}

#[derive(Debug)]
pub struct TestStep {
    pub kind: TestStepKind,
    pub span: Span,
}

#[derive(Debug)]
pub enum TestStepKind {
    Let { local: LocalId, value: Expr },
    Expect(Expr),
    Given { target: TestTarget, args: Option<Vec<Argument>>, answer: Answer },
    GivenCaller(GivenCaller),
    When { call: Call },
    Then(Then),
}

/// Who calls from here on.
#[derive(Debug)]
pub struct GivenCaller {
    /// `Caller`, all of it.
    pub ty: Type,
    /// What is said of it; nothing where it is one who shows nothing.
    pub value: Option<Expr>,
}

#[derive(Debug)]
pub enum TestTarget {
    Operation(Target, Arc<OperationType>),
    Function(Arc<Signature>),
}

#[derive(Debug)]
pub enum Answer {
    Status(u16, Option<Expr>),
    Failure(FailurePattern),
    Value(Expr),
}

#[derive(Debug)]
pub enum Then {
    Fails { failure: FailurePattern, members: Option<Expr> },
    Returns { status: Option<u16>, value: Option<Expr> },
    Called { target: TestTarget, args: Option<Vec<Argument>>, times: Times },
    Emits { event: Arc<Event>, record: Option<Expr> },
    Logs { level: SmolStr, message: Option<Expr> },
}

#[derive(Debug)]
pub enum Times {
    Once,
    Never,
    Exactly(u64),
    Before(TestTarget),
}
