//! Services of our own, their operations, and what is settled about those.

use super::{
    Cache, Cors, Deprecation, Expr, KeyPlace, Known, Local, LocalId, Longest, MediaKind, PathPart, Place,
    ProblemId, Rate, Slo, Spot, Step, Style,
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
    /// What it promises for all of its operations that say nothing else.
    pub slo: Option<Slo>,
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
    /// How long its calls take at most, one after the other.
    pub longest: Longest,
    pub place: Place,
}

impl Operation {
    /// Whether it takes back what it has done when a later step fails.
    pub fn has_undos(&self) -> bool {
        let mut found = false;
        visit::calls(&self.steps, &mut |call| found |= call.undo.is_some());
        found
    }

    /// Whether a request leaves a line in the audit log.
    pub fn is_audited(&self) -> bool {
        match self.settings.audit {
            Audit::Off => false,
            Audit::Writes => self.writes,
            Audit::Everything => true,
        }
    }

    /// The parameters of the path, as they are called there.
    pub fn path_params(&self) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(|param| param.is_in_path())
    }

    /// Whether it can be called again without harm.
    pub fn is_repeatable(&self) -> bool {
        let has_key = self.params.iter().any(|param| param.is_key && !param.ty.is_optional());
        has_key || self.settings.idempotent.is_some()
    }
}

impl Param {
    pub fn is_in_path(&self) -> bool {
        matches!(self.place, ParamPlace::Path(_))
    }

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
    Path(Style),
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
    pub auth_place: AuthPlace,
    pub allow: Option<Expr>,
    pub limit: Option<InboundLimit>,
    pub cache: Option<Cache>,
    pub idempotent: Option<Idempotent>,
    /// The header that names the fallbacks which were taken.
    pub degraded: Option<String>,
    /// It gives a part of a list: its answer has an optional text `next`, which is linked to.
    pub pages: bool,
    pub deprecated: Option<Deprecation>,
    pub audit: Audit,
    pub slo: Option<Slo>,
}

/// Where it is said who may call an operation.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuthPlace {
    pub spot: Spot,
    /// For this operation, and not for all of the service.
    pub own: bool,
}

/// Which requests leave a line in the audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Audit {
    #[default]
    Off,
    /// Those to operations that write.
    Writes,
    Everything,
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
    Jwt(Box<Jwt>),
    /// The roots that certificates must come from, as PEM.
    Mtls {
        ca: Expr,
    },
}

/// Which tokens of issuers are accepted.
#[derive(Debug, Clone)]
pub struct Jwt {
    pub issuer: Expr,
    /// Any of these.
    pub audiences: Vec<Expr>,
    /// Where the keys are; without it, where the issuer says.
    pub keys: Option<Expr>,
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim with the scopes.
    pub scopes: String,
    pub leeway_ms: Known<u64>,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtAlgorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Eddsa,
}

impl JwtAlgorithm {
    /// What std says where nobody says anything else.
    pub const USUAL: [JwtAlgorithm; 4] =
        [JwtAlgorithm::Rs256, JwtAlgorithm::Ps256, JwtAlgorithm::Es256, JwtAlgorithm::Eddsa];

    /// By its word in a setting.
    pub fn named(word: &str) -> Option<JwtAlgorithm> {
        Some(match word {
            "rs256" => JwtAlgorithm::Rs256,
            "rs384" => JwtAlgorithm::Rs384,
            "rs512" => JwtAlgorithm::Rs512,
            "ps256" => JwtAlgorithm::Ps256,
            "ps384" => JwtAlgorithm::Ps384,
            "ps512" => JwtAlgorithm::Ps512,
            "es256" => JwtAlgorithm::Es256,
            "es384" => JwtAlgorithm::Es384,
            "eddsa" => JwtAlgorithm::Eddsa,
            _ => return None,
        })
    }
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
