//! Systems of others: how they are reached, and the operations of them that flows call.

use super::{Breaker, Cache, Expr, Hedge, Known, OutboundLimit, Place, Retry, Tls};
use crate::ir::ty::Type;

#[derive(Debug, Clone)]
pub struct Backend {
    pub name: String,
    pub doc: Option<String>,
    /// The path of the contract, as the flow writes it.
    pub contract: String,
    /// Known at start.
    pub url: Expr,
    pub auth: OutboundAuth,
    pub timeout_ms: Known<u64>,
    pub connect_timeout_ms: Known<u64>,
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
    pub breaker: Option<Breaker>,
    pub limit: Option<OutboundLimit>,
    pub cache: Option<Cache>,
    pub max_body: Known<u64>,
    pub tls: Tls,
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
    OAuth2(Box<OAuth2>),
    Mtls { certificate: Expr, key: Expr },
    Forward,
}

/// Client credentials. All but where they stand is known at start.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    pub token: Expr,
    pub client: Expr,
    pub secret: Expr,
    pub scopes: Vec<Expr>,
    pub audience: Option<Expr>,
    pub credentials: CredentialsPlace,
}

/// Where client credentials stand in the request for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsPlace {
    InHeader,
    InBody,
}

impl OutboundAuth {
    /// What it is made of.
    pub fn values(&self) -> Vec<&Expr> {
        match self {
            OutboundAuth::None | OutboundAuth::Forward => Vec::new(),
            OutboundAuth::Bearer { token } => vec![token],
            OutboundAuth::Basic { user, password } => vec![user, password],
            OutboundAuth::ApiKey { key, .. } => vec![key],
            OutboundAuth::OAuth2(of) => {
                let all = [&of.token, &of.client, &of.secret].into_iter();
                all.chain(&of.scopes).chain(&of.audience).collect()
            }
            OutboundAuth::Mtls { certificate, key } => vec![certificate, key],
        }
    }
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
    /// It changes nothing, so it may be repeated.
    pub reads: bool,
    /// Its good answers hold what carries a label: they are kept for each caller by itself.
    pub labelled: bool,
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
    /// The other side knows a repeat by it.
    pub is_key: bool,
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

/// A path as far as routing goes: names of parameters do not count.
pub fn shape_of(path: &[PathPart]) -> String {
    let part = |part: &PathPart| match part {
        PathPart::Text(text) => text.clone(),
        PathPart::Param(_) => "{}".to_owned(),
    };
    path.iter().map(part).collect()
}

/// A path as it is written: `/v1/orders/{id}`.
pub fn template(path: &[PathPart]) -> String {
    let part = |part: &PathPart| match part {
        PathPart::Text(text) => text.clone(),
        PathPart::Param(name) => format!("{{{name}}}"),
    };
    path.iter().map(part).collect()
}
