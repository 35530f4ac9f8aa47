//! Declarations: what stands at the top of a file, and what stands in a service.

use smol_str::SmolStr;

use super::{Broken, Doc, Entry, Expr, Name, Number, Path, Step, Text, TypeExpr};
use crate::source::Span;

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
