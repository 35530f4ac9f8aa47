//! Services of our own, their operations, and what is settled about those.

use super::{
    Cache, Cors, Deprecation, Expr, KeyPlace, Known, Local, LocalId, MediaKind, PathPart, Place, ProblemId,
    Rate, Step, Style,
};
use crate::ir::ty::Type;
use crate::ir::visit;

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
    /// Without it, no page of another origin may call.
    pub cors: Option<Cors>,
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
    /// Something in it carries a label.
    pub labelled: bool,
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

impl Operation {
    /// Whether it takes back what it has done when a later step fails.
    pub fn has_undos(&self) -> bool {
        let mut found = false;
        visit::calls(&self.steps, &mut |call| found |= call.undo.is_some());
        found
    }

    /// Whether it can be called again without harm.
    pub fn is_repeatable(&self) -> bool {
        let has_key = self.params.iter().any(|param| param.is_key && !param.ty.is_optional());
        has_key || self.settings.idempotent.is_some()
    }
}

impl Param {
    /// Whether it is the header of this name.
    pub fn is_header(&self, name: &str) -> bool {
        matches!(self.place, ParamPlace::Header(_)) && self.wire.eq_ignore_ascii_case(name)
    }
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
    /// We know a repeat by it.
    pub is_key: bool,
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
    pub deadline_ms: Known<u64>,
    pub max_body: Known<u64>,
    pub auth: Vec<InboundAuth>,
    pub allow: Option<Expr>,
    pub limit: Option<InboundLimit>,
    pub cache: Option<Cache>,
    pub idempotent: Option<Idempotent>,
    /// The header that names the fallbacks which were taken.
    pub degraded: Option<String>,
    pub deprecated: Option<Deprecation>,
}

/// That a request which is sent again is done once.
#[derive(Debug, Clone)]
pub struct Idempotent {
    pub key: RequestKey,
    /// How long its answer is kept.
    pub keep_ms: Known<u64>,
}

/// What tells requests apart.
#[derive(Debug, Clone)]
pub enum RequestKey {
    Header(String),
    /// Over the parameters, the caller and the request.
    Text(Expr),
}

#[derive(Debug, Clone)]
pub enum InboundAuth {
    Public,
    Service,
    ApiKey {
        keys: Expr,
        place: KeyPlace,
    },
    /// The roots that certificates must come from, as PEM.
    Mtls {
        ca: Expr,
    },
}

#[derive(Debug, Clone)]
pub struct InboundLimit {
    pub rate: Option<Known<Rate>>,
    pub burst: Option<Known<u32>>,
    pub by: LimitBy,
    pub at_once: Option<Known<u32>>,
    /// Of the operation alone, or shared by all of the service that say nothing else.
    pub own: bool,
}

#[derive(Debug, Clone)]
pub enum LimitBy {
    Caller,
    Address,
    All,
    /// Over the parameters, the caller and the request.
    Key(Expr),
}
