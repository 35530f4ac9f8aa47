//! The records that the language itself hands out: see `context.flow`.

#[cfg(feature = "time")]
use super::DateTime;
use super::{Dict, Json};

/// Who called, as `auth` found out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Caller {
    pub subject: String,
    pub scopes: Vec<String>,
    pub claims: Dict<Json>,
    /// The service of the project that calls, for whoever the rest says.
    pub service: Option<String>,
}

/// The request as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestInfo {
    pub id: String,
    #[cfg(feature = "time")]
    pub at: DateTime,
    pub address: String,
}
