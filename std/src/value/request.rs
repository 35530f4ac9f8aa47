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

impl Caller {
    /// For people who read a log: the subject, or the service where it acts for nobody.
    pub fn shown(&self) -> &str {
        match &self.service {
            Some(service) if self.subject.is_empty() => service,
            _ => &self.subject,
        }
    }

    /// What tells callers apart whose requests are counted or kept: the subject, or the service where it acts for nobody. Empty
    /// where nobody is known.
    pub fn identity(&self) -> String {
        match (&self.service, self.subject.as_str()) {
            // No subject begins so.
            (Some(service), "") => format!("\0{service}"),
            (_, subject) => subject.to_owned(),
        }
    }
}

/// The request as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestInfo {
    pub id: String,
    #[cfg(feature = "time")]
    pub at: DateTime,
    pub address: String,
}
