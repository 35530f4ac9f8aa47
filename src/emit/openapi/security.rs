//! How callers show who they are, as the document says it.

use serde_json::{Map, Value, json};

use crate::ir::{ExprKind, InboundAuth, Jwt, KeyPlace, Literal, Operation, Program, Service, scopes};

/// What the document calls the token of another service of the project.
pub const SERVICE: &str = "serviceToken";

/// The ways in which callers show who they are, by the names that the document gives them.
pub struct Security<'p> {
    program: &'p Program,
    has_token: bool,
    has_certificate: bool,
    keys: Vec<KeyPlace>,
    /// As documents describe them: two that differ in nothing that a caller sees are one.
    tokens: Vec<Value>,
}

impl<'p> Security<'p> {
    pub fn of(program: &'p Program, services: &[&Service]) -> Security<'p> {
        let mut security = Security {
            program,
            has_token: false,
            has_certificate: false,
            keys: Vec::new(),
            tokens: Vec::new(),
        };
        let operations = services.iter().flat_map(|service| &service.operations);
        for auth in operations.flat_map(|operation| &operation.settings.auth) {
            match auth {
                InboundAuth::Public => {}
                InboundAuth::Service => security.has_token = true,
                InboundAuth::ApiKey { place, .. } if !security.keys.contains(place) => {
                    security.keys.push(place.clone());
                }
                InboundAuth::ApiKey { .. } => {}
                InboundAuth::Mtls { .. } => security.has_certificate = true,
                InboundAuth::Jwt(jwt) => {
                    let scheme = scheme(jwt);
                    if !security.tokens.contains(&scheme) {
                        security.tokens.push(scheme);
                    }
                }
            }
        }
        security
    }

    /// What an operation asks for: any one of these.
    pub fn required(&self, operation: &Operation) -> Value {
        let scopes = || scopes::required(self.program, operation);
        let one = |auth: &InboundAuth| match auth {
            InboundAuth::Public => json!({}),
            // They are wanted of whom the service acts for.
            InboundAuth::Service => json!({ SERVICE: scopes() }),
            InboundAuth::ApiKey { place, .. } => json!({ self.key(place): [] }),
            InboundAuth::Mtls { .. } => json!({ "certificate": [] }),
            InboundAuth::Jwt(jwt) => {
                json!({ self.token(&scheme(jwt)): scopes() })
            }
        };
        match operation.settings.auth.as_slice() {
            [InboundAuth::Public] => json!([]),
            all => all.iter().map(one).collect(),
        }
    }

    fn key(&self, place: &KeyPlace) -> String {
        numbered("apiKey", self.keys.iter().position(|known| known == place))
    }

    fn token(&self, scheme: &Value) -> String {
        numbered("token", self.tokens.iter().position(|known| known == scheme))
    }

    pub fn schemes(&self) -> Map<String, Value> {
        let mut schemes = Map::new();
        if self.has_token {
            let about = "A token that another service of the project has made for this call";
            let scheme = json!({ "type": "http", "scheme": "bearer", "description": about });
            schemes.insert(SERVICE.to_owned(), scheme);
        }
        if self.has_certificate {
            let about = "A certificate that comes from the roots which this service trusts";
            let scheme = json!({ "type": "mutualTLS", "description": about });
            schemes.insert("certificate".to_owned(), scheme);
        }
        for place in &self.keys {
            let (of, name) = match place {
                KeyPlace::Header(name) => ("header", name),
                KeyPlace::Query(name) => ("query", name),
                KeyPlace::Cookie(name) => ("cookie", name),
            };
            schemes.insert(self.key(place), json!({ "type": "apiKey", "in": of, "name": name }));
        }
        for scheme in &self.tokens {
            schemes.insert(self.token(scheme), scheme.clone());
        }
        schemes
    }
}

fn numbered(name: &str, at: Option<usize>) -> String {
    match at {
        Some(0) | None => name.to_owned(),
        Some(at) => format!("{name}{}", at + 1),
    }
}

/// Where the issuer is known when the document is written, and describes itself, callers can find all about it.
fn scheme(jwt: &Jwt) -> Value {
    let audience = match jwt.audiences.as_slice() {
        [one] => written(&one.kind).map(|audience| format!(" for `{audience}`")).unwrap_or_default(),
        _ => String::new(),
    };
    match written(&jwt.issuer.kind).filter(|_| jwt.keys.is_none()) {
        Some(issuer) => json!({
            "type": "openIdConnect",
            "openIdConnectUrl": format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')),
            "description": format!("A token of the issuer{audience}"),
        }),
        None => json!({
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": format!("A token of the issuer{audience}"),
        }),
    }
}

fn written(kind: &ExprKind) -> Option<&str> {
    match kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text),
        _ => None,
    }
}
