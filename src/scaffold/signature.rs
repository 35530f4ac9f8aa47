//! The parameters of an operation of our own, after those of the contract: each has a name that is an identifier,
//! a type that fits, and goes on as the argument that it came from.

use smol_str::SmolStr;

use crate::contract::Contract;
use crate::contract::model::{
    Body, MediaKind, Method, Operation, Parameter, Place, SchemaId, SecurityKind, SecurityScheme, Shape,
};

use super::names::{Taken, camel};
use super::paths::{Route, Segment};
use super::texts::{self, LINE};
use super::types::{self, Way};

/// What stands in the line of the operation, and what the call is given.
#[derive(Debug, Clone, Default)]
pub struct Signature {
    pub method: &'static str,
    /// `/pets/{id: int}`
    pub path: String,
    /// `limit: int?`, `body: Erp.Pet`
    pub parameters: Vec<String>,
    /// `id`, `limit: limit`
    pub arguments: Vec<String>,
    /// What could not be taken over.
    pub remarks: Vec<String>,
}

/// An operation of the contract as flows write it: `Erp.getPet`.
#[derive(Debug, Clone)]
pub struct Called<'a> {
    pub backend: &'a str,
    /// With the backend: `Erp."get-pet"`.
    pub path: String,
}

impl<'a> Called<'a> {
    pub fn new(backend: &'a str, name: &str) -> Called<'a> {
        Called { backend, path: format!("{backend}.{}", texts::name(name)) }
    }
}

/// The method of our own operation: a body wants one that may have it.
pub fn method(operation: &Operation) -> &'static str {
    let body_is_needed = operation.body.as_ref().is_some_and(|body| body.required);
    match operation.method {
        Method::Query => "POST",
        Method::Get | Method::Head if body_is_needed => "POST",
        Method::Get
        | Method::Head
        | Method::Options
        | Method::Put
        | Method::Post
        | Method::Delete
        | Method::Patch => operation.method.as_str(),
    }
}

/// The reason, where a parameter that has to be given cannot be.
pub fn signature(
    contract: &mut Contract,
    called: &Called<'_>,
    operation: &Operation,
    route: &Route,
) -> Result<Signature, String> {
    let mut signature = Signature { method: method(operation), ..Signature::default() };
    let mut taken = Taken::default();
    taken.reserve("answer"); // what the steps may bind
    if operation.body.is_some() {
        taken.reserve("body");
    }
    let mut renamed: Vec<String> = Vec::new();
    let mut in_path: Vec<(SmolStr, String)> = Vec::new();
    for (at, parameter) in operation.parameters.iter().enumerate() {
        if !parameter.required && is_key(contract, operation, parameter) {
            continue; // `auth` of the backend sends it
        }
        let own = taken.give(&own_name(&parameter.name));
        let first = operation.parameters.iter().position(|other| other.name == parameter.name) == Some(at);
        if parameter.place == Place::Path {
            let ty = path_type(contract, called, parameter, first)?;
            in_path.push((parameter.name.clone(), format!("{{{own}: {ty}}}")));
            signature.arguments.push(own);
            continue;
        }
        match one(contract, called, parameter, &own, first) {
            Ok((declared, argument)) => {
                if parameter.place == Place::Query && own != parameter.name {
                    renamed.push(format!("`{own}` is `{}`", texts::remark(&parameter.name)));
                }
                signature.parameters.push(declared);
                signature.arguments.push(argument);
            }
            Err(why) if parameter.required => return Err(why),
            Err(why) => signature.remarks.push(format!("Left out: {why}.")),
        }
    }
    signature.remarks.extend(in_the_contract(&renamed));
    signature.path = path(route, &in_path);
    if let Some(body) = &operation.body {
        add_body(contract, called, body, &mut signature);
    }
    Ok(signature)
}

/// Which query parameters callers of the contract call otherwise, in lines of a comment.
fn in_the_contract(renamed: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, one) in renamed.iter().enumerate() {
        let end = if at + 1 == renamed.len() { "." } else { "," };
        match lines.last_mut() {
            Some(line) if line.chars().count() + one.chars().count() < LINE => {
                line.push_str(&format!(" {one}{end}"));
            }
            Some(_) => lines.push(format!("{one}{end}")),
            None => lines.push(format!("In the contract, {one}{end}")),
        }
    }
    lines
}

/// Some contracts list the key of a security scheme among the parameters as well.
fn is_key(contract: &Contract, operation: &Operation, parameter: &Parameter) -> bool {
    let needed =
        |scheme: &SecurityScheme| operation.security.iter().flatten().any(|need| need.scheme == scheme.name);
    contract.security_schemes().iter().filter(|scheme| needed(scheme)).any(|scheme| match &scheme.kind {
        SecurityKind::ApiKey { place, name } => {
            *place == parameter.place && name.eq_ignore_ascii_case(&parameter.name)
        }
        SecurityKind::Basic
        | SecurityKind::Bearer
        | SecurityKind::OAuth2 { .. }
        | SecurityKind::OpenIdConnect { .. }
        | SecurityKind::MutualTls
        | SecurityKind::Other(_) => false,
    })
}

/// Names that are identifiers stay as they are.
fn own_name(name: &str) -> String {
    let is_own = texts::is_word(name) && name.starts_with(|first: char| first.is_ascii_lowercase());
    if is_own && name.len() <= 40 && name.contains('_') { name.to_owned() } else { camel(name, "value") }
}

fn path(route: &Route, in_path: &[(SmolStr, String)]) -> String {
    let mut path = String::new();
    for segment in &route.segments {
        path.push('/');
        match segment {
            Segment::Text(text) => path.push_str(text),
            Segment::Parameter(name) => {
                let declared = in_path.iter().find(|(known, _)| known == name).map(|(_, declared)| declared);
                path.push_str(declared.map_or("value", |declared| declared));
            }
        }
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

fn path_type(
    contract: &mut Contract,
    called: &Called<'_>,
    parameter: &Parameter,
    first: bool,
) -> Result<String, String> {
    match types::written(contract, called.backend, parameter.schema, Way::Sent) {
        // Nothing is no part of a path.
        Some(written) => Ok(written.text.strip_suffix('?').unwrap_or(&written.text).to_owned()),
        None => through(called, parameter, first),
    }
}

/// `Erp.findPets.status`
fn through(called: &Called<'_>, parameter: &Parameter, first: bool) -> Result<String, String> {
    if first && !matches!(parameter.name.as_str(), "Response" | "Body") {
        return Ok(format!("{}.{}", called.path, texts::name(&parameter.name)));
    }
    Err(format!("the type of the parameter `{}` has no name in a flow", texts::remark(&parameter.name)))
}

/// The parameter as it is declared, and as it is given on.
fn one(
    contract: &mut Contract,
    called: &Called<'_>,
    parameter: &Parameter,
    own: &str,
    first: bool,
) -> Result<(String, String), String> {
    let shown = texts::remark(&parameter.name);
    let name = texts::name(&parameter.name);
    let place = match parameter.place {
        Place::Header if !is_header(&parameter.name) => {
            return Err(format!("the header `{shown}` is none that an operation may ask for"));
        }
        Place::Header => format!("header {} ", texts::literal(&parameter.name)),
        Place::Cookie => format!("cookie {} ", texts::literal(&parameter.name)),
        Place::Query | Place::Path => String::new(),
    };
    let known = types::written(contract, called.backend, parameter.schema, Way::Sent);
    let ty = match (known, parameter.required) {
        (Some(written), true) => written.text,
        (Some(written), false) => match written.or_absent() {
            Some(text) => text,
            None => through(called, parameter, first)? + "?",
        },
        (None, required) => through(called, parameter, first)? + if required { "" } else { "?" },
    };
    Ok((format!("{place}{own}: {ty}"), format!("{name}: {own}")))
}

/// A header that belongs to the request and not to the connection.
fn is_header(name: &str) -> bool {
    let framing = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
    ];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token) && !framing.contains(&name.to_ascii_lowercase().as_str())
}

fn add_body(contract: &mut Contract, called: &Called<'_>, body: &Body, signature: &mut Signature) {
    if matches!(signature.method, "GET" | "HEAD") {
        let remark =
            format!("Left out: the body, which is optional and has no place in a {}.", signature.method);
        signature.remarks.push(remark);
        return;
    }
    let ty = body_type(contract, called, body);
    let absent = if body.required { "" } else { "?" };
    signature.parameters.push(format!("body: {ty}{absent}"));
    signature.arguments.push("body: body".to_owned());
}

fn body_type(contract: &mut Contract, called: &Called<'_>, body: &Body) -> String {
    let through = || format!("{}.Body", called.path);
    let Some(media) = body.content.first() else { return "json".to_owned() };
    match (media.kind, media.schema) {
        (MediaKind::Binary, _) => "bytes".to_owned(),
        (MediaKind::Text | MediaKind::Events, _) => "string".to_owned(),
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, None) => "json".to_owned(),
        (MediaKind::JsonLines, _) => through(),
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, Some(schema)) => {
            named(contract, called.backend, schema).unwrap_or_else(through)
        }
    }
}

/// A body is called by the name of its schema, or is a list of what has a name; one that may be null has none here.
fn named(contract: &mut Contract, backend: &str, id: SchemaId) -> Option<String> {
    let schema = contract.schema(id);
    if schema.nullable {
        return None;
    }
    match &schema.shape {
        Shape::List { .. } | Shape::Dict { .. } | Shape::Any { .. } => {
            types::written(contract, backend, id, Way::Sent).map(|written| written.text)
        }
        _ => Some(format!("{backend}.{}", types::name_of(contract, id, &schema)?)),
    }
}
