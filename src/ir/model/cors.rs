//! Which web pages of other origins may call a service.

use super::{Expr, InboundAuth, KeyPlace, Known, ParamPlace, RequestKey, Service};

#[derive(Debug, Clone)]
pub struct Cors {
    /// Known at start; each may be several with spaces between them.
    pub origins: Vec<Expr>,
    /// Request headers beyond those that the operations take.
    pub headers: Vec<String>,
    pub exposes: Vec<String>,
    pub credentials: bool,
    pub max_age_ms: Known<u64>,
}

impl Service {
    /// The request headers that a page may send: those that are said, and all that the operations take.
    pub fn headers_of_pages(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut add = |name: &str| {
            if !all.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                all.push(name.to_owned());
            }
        };
        for operation in &self.operations {
            for param in &operation.params {
                match param.place {
                    ParamPlace::Body { .. } => add("Content-Type"),
                    ParamPlace::Header(_) => add(&param.wire),
                    ParamPlace::Path(_) | ParamPlace::Query(_) | ParamPlace::Cookie(_) => {}
                }
            }
            if let Some(RequestKey::Header(name)) =
                operation.settings.idempotent.as_ref().map(|once| &once.key)
            {
                add(name);
            }
            operation.settings.auth.iter().filter_map(header_of_caller).for_each(&mut add);
        }
        self.cors.iter().flat_map(|cors| &cors.headers).for_each(|name| add(name));
        all
    }

    /// The answer headers that a page may read: those that are said, and the one that says where a list goes on.
    pub fn headers_for_pages(&self) -> Vec<String> {
        let mut all: Vec<String> = self.cors.iter().flat_map(|cors| cors.exposes.iter().cloned()).collect();
        let links = self.operations.iter().any(|operation| operation.settings.pages);
        if links && !all.iter().any(|known| known.eq_ignore_ascii_case("Link")) {
            all.push("Link".to_owned());
        }
        all
    }
}

/// What a fault in the origins is about.
pub fn label_of_pages(service: &Service) -> String {
    format!("the origins of {}", service.name)
}

/// Where a caller shows who it is.
fn header_of_caller(auth: &InboundAuth) -> Option<&str> {
    match auth {
        InboundAuth::Public => None,
        InboundAuth::Service | InboundAuth::Jwt(_) => Some("Authorization"),
        InboundAuth::ApiKey { place: KeyPlace::Header(name), .. } => Some(name),
        InboundAuth::ApiKey { place: KeyPlace::Query(_) | KeyPlace::Cookie(_), .. } => None,
        InboundAuth::Mtls { .. } => None,
    }
}
