//! A whole request: its parameters, its body, and whether it shows the credentials that the operation asks for.

use flow_std::codec::FaultAt;
use flow_std::value::Json;

use super::super::message::Request;
use super::super::settings::Credentials;
use super::{body, parameters};
use crate::contract::Contract;
use crate::contract::model::{Operation, Place, SecurityKind, SecurityNeed};
use crate::standin::has_word;

/// What a request says, as far as it can be read, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Checked {
    /// `query.limit` and its value.
    pub parameters: Vec<(String, Json)>,
    pub body: Option<Json>,
    pub faults: Vec<FaultAt>,
    /// The status that says best what is wrong.
    pub status: u16,
}

pub fn check(
    contract: &mut Contract,
    operation: &Operation,
    request: &Request,
    path: &[(&str, &str)],
    credentials: Credentials,
) -> Checked {
    let missing = match credentials {
        Credentials::Wanted => missing(contract, operation, request),
        Credentials::Ignored => None,
    };
    let (parameters, of_parameters) = parameters::read(contract, operation, request, path);
    let body = body::read(contract, operation.body.as_ref(), request);
    let status = match (&missing, body.is_of_another_type && of_parameters.is_empty()) {
        (Some(_), _) => 401,
        (None, true) => 415,
        (None, false) => 400,
    };
    let faults = missing.into_iter().chain(of_parameters).chain(body.faults).collect();
    Checked { parameters, body: body.value, faults, status }
}

impl Checked {
    /// Whether a name is the value of a parameter or a text within the body; one that is no plain word of a language
    /// (`error`) may also be a word in such a text.
    pub fn says(&self, name: &str) -> bool {
        let is_plain = name.chars().all(char::is_lowercase);
        let is_it = |text: &str| text == name || !is_plain && has_word(text, name);
        self.parameters.iter().map(|(_, value)| value).chain(&self.body).any(|value| has(value, &is_it))
    }

    pub fn parameter(&self, at: &str) -> Option<&Json> {
        self.parameters.iter().find(|(known, _)| known == at).map(|(_, value)| value)
    }
}

fn has(value: &Json, is_it: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Json::Text(text) | Json::Number(text) => is_it(text),
        Json::List(items) => items.iter().any(|item| has(item, is_it)),
        Json::Object(fields) => fields.values().any(|field| has(field, is_it)),
        Json::Null | Json::Bool(_) => false,
    }
}

/// What is missing of the credentials; whether they are good ones is not known here.
fn missing(contract: &Contract, operation: &Operation, request: &Request) -> Option<FaultAt> {
    let is_shown = |need: &SecurityNeed| {
        let scheme = contract.security_schemes().iter().find(|scheme| scheme.name == need.scheme);
        scheme.is_none_or(|scheme| shows(request, &scheme.kind))
    };
    let is_enough = |needs: &Vec<SecurityNeed>| needs.iter().all(is_shown);
    if operation.security.is_empty() || operation.security.iter().any(is_enough) {
        return None;
    }
    let needs = operation.security.first()?;
    let need = needs.iter().find(|need| !is_shown(need))?;
    let scheme = contract.security_schemes().iter().find(|scheme| scheme.name == need.scheme)?;
    Some(match &scheme.kind {
        SecurityKind::ApiKey { place: Place::Query, name } => {
            FaultAt::new(format!("query.{name}"), "is missing")
        }
        SecurityKind::ApiKey { place: Place::Cookie, name } => {
            FaultAt::new(format!("cookie.{name}"), "is missing")
        }
        SecurityKind::ApiKey { name, .. } => FaultAt::new(format!("header.{name}"), "is missing"),
        SecurityKind::Basic => {
            FaultAt::new("header.Authorization", "must be `Basic` with a name and a password")
        }
        _ => FaultAt::new("header.Authorization", "must be `Bearer` with a token"),
    })
}

fn shows(request: &Request, kind: &SecurityKind) -> bool {
    let has_scheme = |wanted: &str| {
        let shown = request.header("authorization").unwrap_or_default();
        let (scheme, rest) = shown.split_once(' ').unwrap_or((shown, ""));
        scheme.eq_ignore_ascii_case(wanted) && !rest.trim().is_empty()
    };
    match kind {
        SecurityKind::ApiKey { place: Place::Query, name } => {
            let pairs = flow_std::codec::query::pairs(&request.query).unwrap_or_default();
            pairs.iter().any(|pair| pair.name == *name)
        }
        SecurityKind::ApiKey { place: Place::Cookie, name } => {
            let cookies = flow_std::codec::query::cookies(request.header("cookie").unwrap_or_default());
            cookies.iter().any(|(known, _)| known == name)
        }
        SecurityKind::ApiKey { name, .. } => request.header(name).is_some(),
        SecurityKind::Basic => has_scheme("Basic"),
        SecurityKind::Bearer | SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect { .. } => {
            has_scheme("Bearer")
        }
        // What is not part of the request, or not known, is not asked for.
        SecurityKind::MutualTls | SecurityKind::Other(_) => true,
    }
}
