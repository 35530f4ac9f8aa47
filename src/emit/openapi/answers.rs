//! What an operation can answer: its good answers, its problems, and what every service can answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schema::{Schemas, Side, set};
use crate::emit::{name, names};
use crate::ir::{InboundAuth, Operation, ParamPlace, ProblemId, Program, Type, TypeDef, scopes};

/// A problem that any service can answer, in the standard words.
struct Standard {
    status: u16,
    name: &'static str,
    title: &'static str,
    description: &'static str,
    /// A header that may say more.
    header: Option<(&'static str, &'static str)>,
}

const fn standard(
    status: u16,
    name: &'static str,
    title: &'static str,
    description: &'static str,
) -> Standard {
    Standard { status, name, title, description, header: None }
}

const RETRY: Option<(&str, &str)> = Some(("Retry-After", "Seconds after which another try is worth it"));

const FORBIDDEN: Standard = standard(403, "Forbidden", "Forbidden", "The caller may not do this");

/// The same of an operation that names the scopes it wants to whoever shows a token without them.
const SCARCE: Standard = Standard {
    header: Some(("WWW-Authenticate", "To a caller whose token lacks scopes: those that are wanted")),
    ..FORBIDDEN
};

const STANDARD: &[Standard] = &[
    standard(400, "BadRequest", "Bad request", "The request does not fit; every fault is listed"),
    Standard {
        header: Some(("WWW-Authenticate", "How a caller shows who it is")),
        ..standard(401, "Unauthorized", "Unauthorized", "The caller does not show who it is")
    },
    FORBIDDEN,
    standard(408, "RequestTimeout", "Request timeout", "The request did not come in as a whole in time"),
    Standard { header: RETRY, ..standard(409, "Conflict", "Conflict", "The same request is under way") },
    standard(413, "ContentTooLarge", "Content too large", "The body is larger than the operation takes"),
    standard(414, "UriTooLong", "URI too long", "The URL is longer than the service takes"),
    standard(415, "UnsupportedMediaType", "Unsupported media type", "The body is of another media type"),
    standard(
        422,
        "UnprocessableContent",
        "Unprocessable content",
        "The idempotency key was used for another request",
    ),
    Standard {
        header: RETRY,
        ..standard(429, "TooManyRequests", "Too many requests", "The limit is used up")
    },
    standard(
        431,
        "RequestHeaderFieldsTooLarge",
        "Request header fields too large",
        "The headers are larger than the service takes",
    ),
    standard(500, "InternalError", "Internal error", "Something went wrong in the service"),
    standard(502, "BadGateway", "Bad gateway", "A system behind the service answered something unexpected"),
    Standard {
        header: RETRY,
        ..standard(
            503,
            "ServiceUnavailable",
            "Service unavailable",
            "The service or one behind it is not there",
        )
    },
    standard(504, "GatewayTimeout", "Gateway timeout", "There was no answer in time"),
];

/// As the runtime does: services need the same scopes, but whoever acts for somebody cannot ask for more.
fn names_scopes(program: &Program, operation: &Operation) -> bool {
    let shows_token = operation.settings.auth.iter().any(|auth| matches!(auth, InboundAuth::Jwt(_)));
    shows_token && !scopes::required(program, operation).is_empty()
}

/// The standard answers of some operations, for the components.
pub fn components<'o>(
    schemas: &mut Schemas<'_>,
    operations: impl Iterator<Item = &'o Operation>,
) -> Map<String, Value> {
    let used: BTreeSet<u16> = operations.flat_map(standard_statuses).collect();
    let one = |standard: &Standard| {
        let schema = schemas.component(format!("{}Problem", standard.name), standard_schema(standard));
        (standard.name.to_owned(), response(standard.description, standard.header, schema))
    };
    STANDARD.iter().filter(|one| used.contains(&one.status)).map(one).collect()
}

fn standard_schema(standard: &Standard) -> Value {
    let mut properties = json!({
        "type": { "type": "string", "const": "about:blank" },
        "title": { "type": "string", "const": standard.title },
        "status": { "type": "integer", "const": standard.status },
        "detail": { "type": "string" },
        "instance": { "type": "string" },
    });
    if standard.status == 400 {
        let fault = json!({
            "type": "object",
            "properties": {
                "at": { "type": "string", "description": "Where: `body.items[0].sku`" },
                "message": { "type": "string" },
            },
            "required": ["at", "message"],
            "additionalProperties": false,
        });
        set(&mut properties, "faults", Some(json!({ "type": "array", "items": fault })));
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": ["type", "title", "status"],
        "additionalProperties": false,
    })
}

fn response(description: &str, header: Option<(&str, &str)>, schema: Value) -> Value {
    let mut response = json!({ "description": description });
    let headers =
        header.map(|(name, text)| json!({ name: { "description": text, "schema": { "type": "string" } } }));
    set(&mut response, "headers", headers);
    set(&mut response, "content", Some(json!({ "application/problem+json": { "schema": schema } })));
    response
}

/// The answers of an operation, by status.
pub fn responses(schemas: &mut Schemas<'_>, operation: &Operation) -> Value {
    let mut all: BTreeMap<u16, Value> = BTreeMap::new();
    let mut statuses: Vec<u16> = operation.outcomes.iter().map(|(status, _)| *status).collect();
    statuses.dedup();
    for status in statuses {
        let types: Vec<&Type> =
            operation.outcomes.iter().filter(|(of, _)| *of == status).map(|(_, ty)| ty).collect();
        all.insert(status, good(schemas, operation, status, &types));
    }
    if operation.has_tag() {
        all.insert(304, json!({ "description": "The caller has the answer already", "headers": tag() }));
    }
    let standard = standard_statuses(operation);
    let mut problems: BTreeMap<u16, Vec<ProblemId>> = BTreeMap::new();
    for id in &operation.problems {
        if let Some(problem) = schemas.program().problems.get(id.0) {
            problems.entry(problem.status).or_default().push(*id);
        }
    }
    let names_scopes = names_scopes(schemas.program(), operation);
    for of in STANDARD.iter().filter(|of| standard.contains(&of.status)) {
        let is_scarce = names_scopes && of.status == FORBIDDEN.status;
        let of = if is_scarce { &SCARCE } else { of };
        let ids = problems.remove(&of.status).unwrap_or_default();
        let answer = match ids.is_empty() && !is_scarce {
            true => json!({ "$ref": format!("#/components/responses/{}", of.name) }),
            false => failures(schemas, &ids, Some(of)),
        };
        all.insert(of.status, answer);
    }
    for (status, ids) in problems {
        all.insert(status, failures(schemas, &ids, None));
    }
    let is_bodiless = operation.method.eq_ignore_ascii_case("head");
    let each = |(status, mut response): (u16, Value)| {
        if is_bodiless {
            response.as_object_mut().map(|fields| fields.remove("content"));
        }
        (status.to_string(), response)
    };
    all.into_iter().map(each).collect::<Map<String, Value>>().into()
}

fn good(schemas: &mut Schemas<'_>, operation: &Operation, status: u16, types: &[&Type]) -> Value {
    let mut response = json!({ "description": reason(status) });
    let mut headers = if operation.has_tag() && status == 200 { tag() } else { json!({}) };
    if let Some(header) = &operation.settings.degraded {
        let about = "The fallbacks that were taken, if there were any";
        let value = json!({ "description": about, "schema": { "type": "string" } });
        set(&mut headers, header, Some(value));
    }
    if operation.settings.pages {
        let about = "Where the list goes on, if it does, with `rel=\"next\"`: the same question with another `cursor`";
        set(&mut headers, "Link", Some(json!({ "description": about, "schema": { "type": "string" } })));
    }
    if headers != json!({}) {
        set(&mut response, "headers", Some(headers));
    }
    let bodies: Vec<&&Type> = types.iter().filter(|ty| !matches!(ty, Type::Unit | Type::Never)).collect();
    let content = match bodies.as_slice() {
        [] => return response,
        [Type::Bytes] => {
            json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } })
        }
        [one] => json!({ "application/json": { "schema": schemas.schema(one, Side::Answer) } }),
        many => {
            let any: Vec<Value> = many.iter().map(|ty| schemas.schema(ty, Side::Answer)).collect();
            json!({ "application/json": { "schema": { "anyOf": any } } })
        }
    };
    set(&mut response, "content", Some(content));
    response
}

fn tag() -> Value {
    let about = "Names the answer: whoever sends it back in `If-None-Match` gets the answer only if it is another one";
    json!({ "ETag": { "description": about, "schema": { "type": "string" } } })
}

/// Problems with one status, beside the standard one if that can come, too.
fn failures(schemas: &mut Schemas<'_>, ids: &[ProblemId], standard: Option<&Standard>) -> Value {
    let mut titles = Vec::new();
    let mut all = Vec::new();
    for id in ids {
        let program = schemas.program();
        if let Some(problem) = program.problems.get(id.0) {
            titles.push(problem.title.clone());
        }
        all.push(problem(schemas, *id));
    }
    if let Some(of) = standard {
        titles.push(of.description.to_owned());
        all.push(super::schema::reference(&format!("{}Problem", of.name)));
    }
    let schema = if all.len() == 1 { all.remove(0) } else { json!({ "anyOf": all }) };
    response(&titles.join("; or: "), standard.and_then(|of| of.header), schema)
}

/// The schema of a problem: the standard members, and its own.
fn problem(schemas: &mut Schemas<'_>, id: ProblemId) -> Value {
    let program = schemas.program();
    let Some(problem) = program.problems.get(id.0) else { return json!({}) };
    let component = format!("{}Problem", name::camel(&problem.name));
    let mut properties = json!({
        "type": { "type": "string", "const": names::problem_uri(program, id) },
        "title": { "type": "string", "const": problem.title },
        "status": { "type": "integer", "const": problem.status },
    });
    let mut required = vec!["type".to_owned(), "title".to_owned(), "status".to_owned()];
    if let Some(TypeDef::Record(members)) = program.types.get(problem.members.0) {
        for field in &members.fields {
            if !field.ty.is_optional() {
                required.push(field.name.clone());
            }
            let mut schema = schemas.schema(field.ty.present(), Side::Answer);
            set(&mut schema, "description", field.doc.clone().map(Value::from));
            set(&mut properties, &field.name, Some(schema));
        }
    }
    let mut schema = json!({ "type": "object" });
    set(&mut schema, "description", problem.doc.clone().map(Value::from));
    set(&mut schema, "properties", Some(properties));
    set(&mut schema, "required", Some(required.into()));
    set(&mut schema, "additionalProperties", Some(false.into()));
    schemas.named_component(component, id, schema)
}

fn standard_statuses(operation: &Operation) -> Vec<u16> {
    let mut all = vec![400, 408, 414, 431, 500, 503];
    let settings = &operation.settings;
    let is_public = settings.auth.iter().any(|auth| matches!(auth, InboundAuth::Public));
    if !is_public {
        all.push(401);
    }
    if !is_public || settings.allow.is_some() {
        all.push(403);
    }
    if operation.params.iter().any(|param| matches!(param.place, ParamPlace::Body { .. })) {
        all.extend([413, 415]);
    }
    if settings.limit.is_some() {
        all.push(429);
    }
    if settings.idempotent.is_some() {
        all.extend([409, 422]);
    }
    let mut calls = false;
    crate::ir::visit::calls(&operation.steps, &mut |_| calls = true);
    if calls {
        all.extend([502, 504]);
    }
    all
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-authoritative information",
        204 => "No content",
        205 => "Reset content",
        206 => "Partial content",
        _ => "Done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document says of the standard problems what the runtime answers, and calls them as its log does.
    #[test]
    fn standard_problems_are_those_of_the_runtime() {
        for one in STANDARD {
            let answered = flow_std::failure::standard(one.status);
            let known = (answered.status, answered.name, answered.title, answered.uri);
            assert_eq!(known, (one.status, one.name, one.title, "about:blank"));
        }
    }
}
