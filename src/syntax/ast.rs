//! The tree that the parser gives: what the author wrote, form by form, with a place for everything.
//! Nothing is resolved or defaulted here. A region that could not be read is a `Broken` node whose
//! finding has been reported, so later stages pass over it in silence.

use smol_str::SmolStr;

use crate::diagnostic::At;
use crate::source::{SourceId, Span};

#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub source: SourceId,
    pub items: Vec<Item>,
    /// `//` comments in order. Documentation (`///`) stands on its declaration instead.
    pub comments: Vec<Comment>,
}

/// The text of a comment without the slashes and without the space behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub text: String,
    pub span: Span,
}

/// A name as it is meant: without the quotes of `r."first-name"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub text: SmolStr,
    pub quoted: bool,
    pub span: Span,
}

impl<'a> From<&'a Name> for At<'a> {
    fn from(name: &'a Name) -> At<'a> {
        At { text: &name.text, span: name.span }
    }
}

impl<'a> From<&'a Text> for At<'a> {
    fn from(text: &'a Text) -> At<'a> {
        At { text: &text.value, span: text.span }
    }
}

impl<'a> From<&'a Number> for At<'a> {
    fn from(number: &'a Number) -> At<'a> {
        At { text: &number.text, span: number.span }
    }
}

/// `Erp.CustomerRecord`, `crm.Customers.get`: names joined by dots; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub names: Vec<Name>,
    pub span: Span,
}

/// The lines of a `///` block without the slashes, joined by LF.
#[derive(Debug, Clone, PartialEq)]
pub struct Doc {
    pub text: String,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Backend(Backend),
    Type(TypeDecl),
    Map(MapDecl),
    Fn(FnDecl),
    Problem(ProblemDecl),
    Service(Service),
    Broker(Broker),
    Event(EventDecl),
    Test(Test),
    Broken(Broken),
}

impl Item {
    pub fn span(&self) -> Span {
        match self {
            Item::Backend(item) => item.span,
            Item::Type(item) => item.span,
            Item::Map(item) => item.span,
            Item::Fn(item) => item.span,
            Item::Problem(item) => item.span,
            Item::Service(item) => item.span,
            Item::Broker(item) => item.span,
            Item::Event(item) => item.span,
            Item::Test(item) => item.span,
            Item::Broken(item) => item.span,
        }
    }
}

/// A declaration or a member that could not be read; its finding has been reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub span: Span,
    pub declares: Declares,
}

/// What a broken region would have declared.
#[derive(Debug, Clone, PartialEq)]
pub enum Declares {
    Name(Name),
    /// Nothing that could be named elsewhere.
    Nothing,
    Unknown,
}

// ---- declarations -------------------------------------------------------------------------------

/// `backend Erp { contract: "…" … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    pub doc: Option<Doc>,
    pub name: Name,
    pub settings: Vec<Setting>,
    pub span: Span,
}

/// `broker Bus { url: env.BUS_URL = "embedded:" }`
#[derive(Debug, Clone, PartialEq)]
pub struct Broker {
    pub doc: Option<Doc>,
    pub name: Name,
    pub settings: Vec<Setting>,
    pub span: Span,
}

/// `key: value` at the top of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub name: Name,
    pub value: Expr,
    pub span: Span,
}

/// `type Name @label = …` or `type Name @label { fields }`
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDecl {
    pub doc: Option<Doc>,
    pub name: Name,
    pub labels: Vec<Label>,
    pub body: TypeBody,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TypeBody {
    Record(Vec<Field>),
    Alias(TypeExpr),
    /// `type Name` alone: a type that the compiler knows by heart. Only std may write it.
    Builtin,
}

/// `name: T = default @label`; a field of a type, a problem or an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub doc: Option<Doc>,
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Expr>,
    pub labels: Vec<Label>,
    pub span: Span,
}

/// `@personal`; the name is without the `@`, the span with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub name: Name,
    pub span: Span,
}

/// `map name(a: A) -> T { entries }`
#[derive(Debug, Clone, PartialEq)]
pub struct MapDecl {
    pub doc: Option<Doc>,
    pub name: Name,
    pub params: Vec<Param>,
    pub result: TypeExpr,
    pub entries: Vec<Entry>,
    pub span: Span,
}

/// `fn name<A>(a: A) -> T fails = expr`. Type variables, `fails` and a missing body are for std alone.
#[derive(Debug, Clone, PartialEq)]
pub struct FnDecl {
    pub doc: Option<Doc>,
    pub name: Name,
    pub variables: Vec<Name>,
    pub params: Vec<Param>,
    pub result: TypeExpr,
    pub fails: Option<Span>,
    pub body: Option<Expr>,
    pub span: Span,
}

/// A parameter of a map, a function or an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub doc: Option<Doc>,
    /// Where an operation reads it from; always `Plain` in maps and functions.
    pub place: ParamPlace,
    pub name: Name,
    pub ty: TypeExpr,
    pub default: Option<Expr>,
    pub labels: Vec<Label>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ParamPlace {
    /// No word before the name. In an operation: the body when it is called `body`, else the query.
    Plain,
    /// `header "X-A" a: T`
    Header(Text),
    /// `cookie "c" c: T`
    Cookie(Text),
}

/// `problem Name 404 "Title" { members }`
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemDecl {
    pub doc: Option<Doc>,
    pub name: Name,
    pub status: Number,
    pub title: Text,
    pub members: Vec<Field>,
    pub span: Span,
}

/// `event Name v1 on Broker "topic" key field { fields }`
#[derive(Debug, Clone, PartialEq)]
pub struct EventDecl {
    pub doc: Option<Doc>,
    pub name: Name,
    pub version: Option<Name>,
    pub broker: Path,
    pub topic: Text,
    pub key: Option<Name>,
    pub fields: Vec<Field>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    System,
    Process,
    Experience,
}

/// `system Name v1 implements "…" { settings, operations, handlers }`
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub doc: Option<Doc>,
    pub layer: Layer,
    pub name: Name,
    pub version: Option<Name>,
    pub implements: Option<Text>,
    pub settings: Vec<Setting>,
    pub members: Vec<Member>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    Operation(Operation),
    Handler(Handler),
    Broken(Broken),
}

/// `name: METHOD /path (params) -> outcomes { settings, steps }`, or `name { … }` where a contract
/// that the service implements has the signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub doc: Option<Doc>,
    pub name: Name,
    pub signature: Option<Signature>,
    pub settings: Vec<Setting>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    pub method: Name,
    pub path: Route,
    pub params: Vec<Param>,
    pub outcomes: Vec<Outcome>,
    /// `verify hmac { … }` of a webhook.
    pub verify: Option<Expr>,
    pub span: Span,
}

/// `/customers/{id: CustomerId}`
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    pub segments: Vec<Segment>,
    pub span: Span,
}

/// What stands between two slashes. More than one part (`{a}.json`) is parsed so that it can be refused
/// with a better message than a syntax error.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub parts: Vec<SegmentPart>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SegmentPart {
    Text(SmolStr, Span),
    Param(Box<Param>),
}

/// `Order`, `201 Order`, `204`, `NotFound`
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub status: Option<Number>,
    pub ty: Option<TypeExpr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Handler {
    pub doc: Option<Doc>,
    pub trigger: Trigger,
    pub settings: Vec<Setting>,
    pub steps: Vec<Step>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// `on Event as e (group: "stock")`
    On { event: Path, binding: Option<Name>, options: Vec<Setting> },
    /// `every 5m`
    Every(Expr),
    /// `cron "0 2 * * *"`
    Cron(Text),
}

// ---- types --------------------------------------------------------------------------------------

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

// ---- expressions --------------------------------------------------------------------------------

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
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

// ---- steps --------------------------------------------------------------------------------------

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

// ---- tests --------------------------------------------------------------------------------------

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
