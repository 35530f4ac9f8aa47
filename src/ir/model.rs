//! What a program consists of, once all is decided.

use super::ty::{Type, TypeDef, TypeId};

#[derive(Debug, Clone, Default)]
pub struct Program {
    pub project: String,
    pub version: String,
    pub description: Option<String>,
    pub types: Vec<TypeDef>,
    pub problems: Vec<Problem>,
    pub backends: Vec<Backend>,
    pub services: Vec<Service>,
    pub functions: Vec<Function>,
    pub config: Vec<ConfigItem>,
    pub bundles: Vec<Bundle>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProblemId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub usize);

/// A place in a source, as a comment names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// Services in one executable. Their names are numbers in [`Program::services`].
#[derive(Debug, Clone)]
pub struct Bundle {
    pub name: String,
    pub services: Vec<usize>,
}

/// `env.NAME` or `secret.NAME`, read once at start.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigItem {
    pub name: String,
    pub secret: bool,
    pub ty: Type,
    pub default: Option<Literal>,
}

#[derive(Debug, Clone)]
pub struct Problem {
    pub name: String,
    pub doc: Option<String>,
    pub status: u16,
    pub title: String,
    /// The members as a record: its own, then `detail` and `instance`.
    pub members: TypeId,
}

// ---- backends -----------------------------------------------------------------------------------

#[derive(Debug, Clone)]
pub struct Backend {
    pub name: String,
    pub doc: Option<String>,
    /// The path of the contract, as the flow writes it.
    pub contract: String,
    /// Known at start.
    pub url: Expr,
    pub auth: OutboundAuth,
    pub timeout_ms: u64,
    pub connect_timeout_ms: u64,
    pub max_body: u64,
    pub headers: Vec<(String, Expr)>,
    /// Those that flows call.
    pub operations: Vec<BackendOperation>,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub enum OutboundAuth {
    None,
    Bearer { token: Expr },
    Basic { user: Expr, password: Expr },
    ApiKey { key: Expr, place: KeyPlace },
}

/// Where an API key stands. The name is a constant of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    Header(String),
    Query(String),
    Cookie(String),
}

#[derive(Debug, Clone)]
pub struct BackendOperation {
    pub name: String,
    pub doc: Option<String>,
    pub method: String,
    pub path: Vec<PathPart>,
    pub params: Vec<WireParam>,
    pub body: Option<WireBody>,
    pub answers: Vec<WireAnswer>,
    /// What a call gives when all goes well.
    pub result: Type,
    pub deprecated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart {
    Text(String),
    /// A parameter by its name on the wire.
    Param(String),
}

#[derive(Debug, Clone)]
pub struct WireParam {
    pub name: String,
    pub place: WirePlace,
    pub style: Style,
    pub ty: Type,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WirePlace {
    Path,
    Query,
    Header,
    Cookie,
}

/// How a list or record stands in a parameter, as OpenAPI calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Simple { explode: bool },
    Label { explode: bool },
    Matrix { explode: bool },
    Form { explode: bool },
    SpaceDelimited { explode: bool },
    PipeDelimited { explode: bool },
    TabDelimited,
    DeepObject,
    Json,
}

#[derive(Debug, Clone)]
pub struct WireBody {
    pub media_type: String,
    pub kind: MediaKind,
    pub ty: Type,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    Json,
    Form,
    Multipart,
    JsonLines,
    Events,
    Text,
    Binary,
}

/// A good answer of a backend.
#[derive(Debug, Clone)]
pub struct WireAnswer {
    pub status: Status,
    /// None where there is no body.
    pub kind: Option<MediaKind>,
    /// Empty where there is no body.
    pub media_type: String,
    pub ty: Type,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Exact(u16),
    Class(u8),
    Default,
}

// ---- services -----------------------------------------------------------------------------------

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    System,
    Process,
    Experience,
}

#[derive(Debug, Clone)]
pub struct Service {
    pub name: String,
    pub doc: Option<String>,
    pub layer: Layer,
    pub version: Option<String>,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    pub operations: Vec<Operation>,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Operation {
    pub name: String,
    pub doc: Option<String>,
    pub method: String,
    /// With the version of the service in front.
    pub path: Vec<PathPart>,
    pub params: Vec<Param>,
    /// Every good answer; the first one is what a `return` without a status means.
    pub outcomes: Vec<(u16, Type)>,
    /// What a caller gets: the type of all good answers.
    pub result: Type,
    pub problems: Vec<ProblemId>,
    pub settings: OperationSettings,
    pub writes: bool,
    pub locals: Vec<Local>,
    /// The locals of `caller` and `request`.
    pub caller: Option<LocalId>,
    pub request: Option<LocalId>,
    pub steps: Vec<Step>,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Param {
    /// In the flow.
    pub name: String,
    /// In a request.
    pub wire: String,
    pub place: ParamPlace,
    pub ty: Type,
    pub default: Option<Expr>,
    pub local: LocalId,
    pub labelled: bool,
    pub doc: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ParamPlace {
    Path,
    Query(Style),
    Header(Style),
    Cookie(Style),
    Body { media_type: String, kind: MediaKind },
}

#[derive(Debug, Clone)]
pub struct OperationSettings {
    pub deadline_ms: u64,
    pub max_body: u64,
    pub auth: Vec<InboundAuth>,
    pub allow: Option<Expr>,
    pub limit: Option<InboundLimit>,
    /// The header that names the fallbacks which were taken.
    pub degraded: Option<String>,
    pub deprecated: Option<Deprecation>,
}

#[derive(Debug, Clone)]
pub enum InboundAuth {
    Public,
    Service,
    ApiKey { keys: Expr, place: KeyPlace },
}

#[derive(Debug, Clone)]
pub struct InboundLimit {
    pub rate: Option<Rate>,
    pub burst: Option<u64>,
    pub by: LimitBy,
    pub at_once: Option<u64>,
    /// Of the operation alone, or shared by all of the service that say nothing else.
    pub own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub count: u64,
    pub per_seconds: u64,
}

#[derive(Debug, Clone)]
pub enum LimitBy {
    Caller,
    Address,
    All,
    /// Over the parameters, the caller and the request.
    Key(Expr),
}

#[derive(Debug, Clone)]
pub struct Deprecation {
    pub since: String,
    pub sunset: Option<String>,
    pub link: Option<String>,
}

// ---- functions ----------------------------------------------------------------------------------

/// A map or function of the author.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub doc: Option<String>,
    pub params: Vec<LocalId>,
    pub locals: Vec<Local>,
    pub result: Type,
    pub body: Expr,
    pub fallible: bool,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Local {
    pub name: String,
    pub ty: Type,
}

// ---- steps --------------------------------------------------------------------------------------

#[derive(Debug, Clone)]
pub struct Step {
    pub kind: StepKind,
    pub place: Place,
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
    pub at_most: Option<u32>,
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
    pub timeout_ms: Option<u64>,
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
}

#[derive(Debug, Clone)]
pub struct Arm {
    pub patterns: Vec<FailurePattern>,
    /// The body of the failure, and how it is called.
    pub binding: Option<LocalId>,
    pub body: ArmBody,
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

// ---- expressions --------------------------------------------------------------------------------

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Type,
    /// It can fail by itself.
    pub fallible: bool,
    /// Something that a backend or another service said is in it: its failure is not the caller's fault.
    pub from_answer: bool,
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
