//! How operations are called: the shape of a backend's operation from its contract, and that of one of our
//! own from its signature. Both become one [`OperationType`], so that calls are checked in one way.

use std::sync::Arc;

use smol_str::SmolStr;

use super::context::Context;
use super::declare::{self, Place};
use super::exact::Exact;
use super::label::Labels;
use super::schema;
use super::ty::{Origin, Type, UnionContent, UnionType};
use super::typed::{Event, Failure, FailureBody, OperationParam, OperationType, ParamPlace, Problem};
use crate::contract::model::{self, Media, MediaKind, Status};
use crate::diagnostic::{labels as label_findings, names, nearest, services, testing};
use crate::resolve::{Declared, UnitId};
use crate::syntax::ast;

/// The shape of `Backend.name(…)`; reported if there is no such operation.
pub fn of_backend(cx: &mut Context<'_>, backend: usize, name: &ast::Name) -> Option<Arc<OperationType>> {
    let contract = cx.backends[backend].contract?;
    if let Some(shape) = of_contract(cx, contract, &name.text) {
        return Some(shape);
    }
    let owner = &cx.backends[backend].decl.name.text;
    let of_backend = &cx.contracts.all[contract];
    let finding = match of_backend.refused_operation(&name.text) {
        Some((method, place)) => names::refused_operation(owner, name, method, place),
        None => {
            let near = cx.names.may_suggest().then(|| nearest(&name.text, of_backend.operation_names()));
            names::unknown_operation(owner, name, Some(of_backend.span()), near.flatten())
        }
    };
    cx.report(finding);
    None
}

/// The shape of an operation of a contract.
pub fn of_contract(cx: &mut Context<'_>, contract: usize, name: &SmolStr) -> Option<Arc<OperationType>> {
    if let Some(known) = cx.shapes.get(&(contract, name.clone())) {
        return known.clone();
    }
    let operation = cx.contracts.all[contract].operation(name);
    let shape = operation.map(|operation| Arc::new(contract_shape(cx, contract, &operation)));
    cx.shapes.insert((contract, name.clone()), shape.clone());
    shape
}

fn contract_shape(cx: &mut Context<'_>, contract: usize, operation: &model::Operation) -> OperationType {
    let mut params: Vec<OperationParam> = operation
        .parameters
        .iter()
        .map(|parameter| contract_param(cx, contract, operation, parameter))
        .collect();
    if let Some(body) = &operation.body {
        let media = body.content.first();
        let ty = media
            .map_or(Type::JSON, |media| media_type(cx, contract, media, &format!("{}.Body", operation.name)));
        let ty = if body.required { ty } else { ty.optional() };
        let required = body.required;
        let (name, labels) = (SmolStr::new_static("body"), Labels::NONE);
        params.push(OperationParam {
            wire: name.clone(),
            name,
            place: ParamPlace::Body,
            ty,
            labels,
            required,
            span: body.span,
        });
    }
    let (successes, failures) = answers(cx, contract, operation);
    let success = success_type(&successes, &format!("{}.Response", operation.name));
    OperationType {
        name: operation.name.clone(),
        method: operation.method.as_str().into(),
        path: operation.path.clone(),
        params,
        success,
        success_status: successes.iter().find_map(|(status, _)| exact_status(*status)),
        successes,
        failures,
        security: operation.security.clone(),
        safe: operation.method.is_safe(),
        deprecated: operation.deprecated,
        span: operation.span,
    }
}

fn contract_param(
    cx: &mut Context<'_>,
    contract: usize,
    operation: &model::Operation,
    parameter: &model::Parameter,
) -> OperationParam {
    let ty = schema::schema_type(
        cx,
        contract,
        parameter.schema,
        &format!("{}.{}", operation.name, parameter.name),
    );
    let place = match parameter.place {
        model::Place::Path => ParamPlace::Path,
        model::Place::Query => ParamPlace::Query,
        model::Place::Header => ParamPlace::Header,
        model::Place::Cookie => ParamPlace::Cookie,
    };
    let ty = if parameter.required { ty } else { ty.optional() };
    let (labels, required) = (Labels::NONE, parameter.required);
    let (name, wire) = (parameter.name.clone(), parameter.name.clone());
    OperationParam { name, wire, place, ty, labels, required, span: parameter.span }
}

fn media_type(cx: &mut Context<'_>, contract: usize, media: &Media, hint: &str) -> Type {
    match (media.kind, media.schema) {
        (MediaKind::Binary, _) => Type::Scalar(super::ty::Scalar::Bytes),
        (MediaKind::Text | MediaKind::Events, _) => Type::string(),
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, Some(schema)) => {
            schema::schema_type(cx, contract, schema, hint)
        }
        (MediaKind::JsonLines, Some(schema)) => match schema::schema_type(cx, contract, schema, hint) {
            list @ Type::List(_) => list,
            item => Type::list(item),
        },
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, None) => Type::JSON,
        (MediaKind::JsonLines, None) => Type::list(Type::JSON),
    }
}

/// The type of the body of a failure, where somebody looks into it.
pub fn failure_type(cx: &mut Context<'_>, body: Option<&FailureBody>) -> Type {
    body.map_or(Type::None, |body| media_type(cx, body.contract, &body.media, &body.hint))
}

type Answers = (Vec<(Status, Type)>, Vec<Failure>);

fn answers(cx: &mut Context<'_>, contract: usize, operation: &model::Operation) -> Answers {
    // A contract that declares nothing but `default` means the good answer by it.
    let has_success = operation.responses.iter().any(|response| is_success(response.status));
    let (mut successes, mut failures) = (Vec::new(), Vec::new());
    let hint = SmolStr::from(format!("{}.Response", operation.name));
    for response in &operation.responses {
        let media = response.content.first();
        if is_success(response.status) || (!has_success && response.status == Status::Default) {
            let body = media.map_or(Type::None, |media| media_type(cx, contract, media, &hint));
            successes.push((response.status, body));
        } else {
            let body = media.map(|media| FailureBody { contract, media: media.clone(), hint: hint.clone() });
            failures.push(Failure::Status { status: response.status, body, span: response.span });
        }
    }
    (successes, failures)
}

fn is_success(status: Status) -> bool {
    match status {
        Status::Exact(code) => (200..300).contains(&code),
        Status::Class(class) => class == 2,
        Status::Default => false,
    }
}

fn exact_status(status: Status) -> Option<u16> {
    match status {
        Status::Exact(code) => Some(code),
        Status::Class(_) | Status::Default => None,
    }
}

/// The value of a call: one type if the good answers agree; optional if some have no body.
fn success_type(successes: &[(Status, Type)], hint: &str) -> Type {
    let mut bodies: Vec<Type> = Vec::new();
    for (_, body) in successes {
        if !matches!(body, Type::None) && !bodies.contains(body) {
            bodies.push(body.clone());
        }
    }
    let some_empty = successes.iter().any(|(_, body)| matches!(body, Type::None));
    let ty = match bodies.as_slice() {
        [] => return Type::None,
        [one] => one.clone(),
        _ if bodies.iter().any(Type::is_unknown) => return Type::Unknown,
        _ if bodies.iter().any(|body| matches!(body, Type::Scalar(super::ty::Scalar::Json))) => Type::JSON,
        _ => union_of(bodies, hint),
    };
    if some_empty { ty.optional() } else { ty }
}

/// A union of good answers.
fn union_of(bodies: Vec<Type>, hint: &str) -> Type {
    let mut members: Vec<super::ty::Member> = Vec::new();
    for (at, ty) in bodies.into_iter().enumerate() {
        let name = match &ty {
            Type::Record(record) => record.name.clone(),
            other => other.to_string().into(),
        };
        let taken = members.iter().any(|member| member.name == name);
        let name = if taken { format!("{name} {}", at + 1).into() } else { name };
        members.push(super::ty::Member { name, ty, tags: Vec::new() });
    }
    let content = std::sync::OnceLock::from(UnionContent { members, by: None });
    Type::Union(Arc::new(UnionType { name: Some(hint.into()), span: None, origin: Origin::Literal, content }))
}

/// `Erp.getCustomer.Response`, `Erp.getCustomer.Body`, `Erp.getCustomer.id`: an answer, a body, a parameter
pub fn part_type(
    cx: &mut Context<'_>,
    backend: &ast::Backend,
    operation: &ast::Name,
    part: &ast::Name,
) -> Type {
    let Some(id) = cx.backend_id(backend) else { return Type::Unknown };
    let Some(shape) = of_backend(cx, id.0, operation) else { return Type::Unknown };
    match part.text.as_str() {
        "Response" => shape.success.clone(),
        "Body" => match shape.params.iter().find(|param| param.place == ParamPlace::Body) {
            Some(body) => body.ty.present(),
            None => {
                cx.report(services::no_body(part, &operation.text, shape.span));
                Type::Unknown
            }
        },
        name => match shape.params.iter().find(|param| param.place != ParamPlace::Body && param.name == name)
        {
            Some(param) => param.ty.present(),
            None => {
                let known = shape.params.iter().map(|param| param.name.as_str());
                let near = nearest(name, ["Response", "Body"].into_iter().chain(known));
                cx.report(names::unknown_type(part, near));
                Type::Unknown
            }
        },
    }
}

// ---- our own ------------------------------------------------------------------------------------

/// The shape of an operation from its signature; what cannot be understood has been reported.
pub fn of_signature(cx: &mut Context<'_>, unit: UnitId, decl: &ast::Operation) -> Option<OperationType> {
    let signature = decl.signature.as_ref()?;
    let mut params = Vec::new();
    for part in signature.path.segments.iter().flat_map(|segment| &segment.parts) {
        if let ast::SegmentPart::Param(param) = part {
            params.push(own_param(cx, unit, param, ParamPlace::Path));
        }
    }
    for param in &signature.params {
        let place = match &param.place {
            ast::ParamPlace::Plain if param.name.text == "body" => ParamPlace::Body,
            ast::ParamPlace::Plain => ParamPlace::Query,
            ast::ParamPlace::Header(_) => ParamPlace::Header,
            ast::ParamPlace::Cookie(_) => ParamPlace::Cookie,
        };
        params.push(own_param(cx, unit, param, place));
    }
    let (successes, failures) = outcomes(cx, unit, signature);
    let success = success_type(&successes, &format!("{}.Response", decl.name.text));
    let text =
        signature.path.segments.iter().map(segment_text).fold(String::new(), |path, part| path + "/" + &part);
    Some(OperationType {
        name: decl.name.text.clone(),
        method: signature.method.text.clone(),
        path: text.into(),
        params,
        success,
        success_status: successes.first().and_then(|(status, _)| exact_status(*status)),
        successes,
        failures,
        security: Vec::new(),
        safe: matches!(signature.method.text.as_str(), "GET" | "HEAD" | "OPTIONS"),
        deprecated: false,
        span: decl.name.span,
    })
}

fn segment_text(segment: &ast::Segment) -> String {
    let parts = segment.parts.iter().map(|part| match part {
        ast::SegmentPart::Text(text, _) => text.to_string(),
        ast::SegmentPart::Param(param) => format!("{{{}}}", param.name.text),
    });
    parts.collect()
}

fn own_param(cx: &mut Context<'_>, unit: UnitId, param: &ast::Param, place: ParamPlace) -> OperationParam {
    let (ty, inner) = declare::written(cx, Place::of(unit), &param.ty);
    let labels = declare::labels_of(cx, &param.labels).with(inner);
    let required = param.default.is_none() && !ty.is_optional() && !ty.is_unknown();
    if matches!(place, ParamPlace::Path | ParamPlace::Query) && !labels.is_empty() {
        cx.report(label_findings::declared_in_url(param.span, labels, &param.name.text));
    }
    let name = param.name.text.clone();
    let wire = match &param.place {
        ast::ParamPlace::Plain => name.clone(),
        ast::ParamPlace::Header(text) | ast::ParamPlace::Cookie(text) => SmolStr::from(&text.value),
    };
    OperationParam { name, wire, place, ty, labels, required, span: param.name.span }
}

fn outcomes(cx: &mut Context<'_>, unit: UnitId, signature: &ast::Signature) -> Answers {
    let (mut successes, mut failures) = (Vec::new(), Vec::new());
    let unread = signature.outcomes.iter().any(|outcome| is_unread(cx, unit, outcome));
    for outcome in &signature.outcomes {
        let members = match outcome.ty.as_ref().map(|ty| &ty.kind) {
            Some(ast::TypeKind::Union { members, by: None }) => members.as_slice(),
            _ => outcome.ty.as_slice(),
        };
        if let Some(problem) = problem_outcomes(cx, unit, members) {
            failures.extend(problem);
            continue;
        }
        let status = outcome.status.as_ref().and_then(|status| status_of(cx, status, 200..300));
        let ty = match &outcome.ty {
            Some(ty) => match declare::written(cx, Place::of(unit), ty).0 {
                // What could not be read may be one more good answer.
                _ if unread => Type::Unknown,
                ty => ty,
            },
            None => Type::None,
        };
        let default = if outcome.ty.is_none() { 204 } else { 200 };
        successes.push((Status::Exact(status.unwrap_or(default)), ty));
    }
    if successes.is_empty() && failures.is_empty() {
        successes.push((Status::Exact(204), Type::None));
    }
    (successes, failures)
}

/// Whether an outcome is a type or a problem cannot be told.
fn is_unread(cx: &Context<'_>, unit: UnitId, outcome: &ast::Outcome) -> bool {
    match outcome.ty.as_ref().map(|ty| &ty.kind) {
        Some(ast::TypeKind::Named(path)) => {
            cx.names.path(unit, &path.names).is_none() && cx.names.is_unread(unit, &path.names)
        }
        _ => false,
    }
}

/// All of them are problems.
fn problem_outcomes(cx: &mut Context<'_>, unit: UnitId, members: &[ast::TypeExpr]) -> Option<Vec<Failure>> {
    let problems: Option<Vec<_>> = members
        .iter()
        .map(|member| match &member.kind {
            ast::TypeKind::Named(path) => match cx.names.path(unit, &path.names) {
                Some(((unit, Declared::Problem(decl)), used)) if used == path.names.len() => {
                    Some((unit, decl, member.span))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    let problems = problems.filter(|problems| !problems.is_empty())?;
    let typed = problems
        .into_iter()
        .map(|(unit, decl, span)| Failure::Problem { problem: problem(cx, unit, decl), span });
    Some(typed.collect())
}

/// A status as a number of the right range.
pub fn status_of(cx: &mut Context<'_>, number: &ast::Number, range: std::ops::Range<u16>) -> Option<u16> {
    let status =
        Exact::parse(&number.text).and_then(Exact::to_int).and_then(|value| u16::try_from(value).ok());
    let status = status.filter(|status| range.contains(status));
    if status.is_none() {
        cx.report(services::status_range(number, range));
    }
    status
}

/// A problem with its members, worked out once.
pub fn problem(cx: &mut Context<'_>, unit: UnitId, decl: &ast::ProblemDecl) -> Arc<Problem> {
    if let Some(known) = cx.problems.get(&decl.span) {
        return known.clone();
    }
    let problem = Arc::new(cx.apart(decl.span.source, |cx| worked_out(cx, unit, decl)));
    cx.problems.insert(decl.span, problem.clone());
    problem
}

fn worked_out(cx: &mut Context<'_>, unit: UnitId, decl: &ast::ProblemDecl) -> Problem {
    let status = status_of(cx, &decl.status, 400..600).unwrap_or(500);
    let members = declare::fields(cx, unit, &decl.members);
    declare::refuse_labels(cx, &members, "a problem's text");
    for (name, field) in &members {
        if ["type", "title", "status", "detail", "instance"].contains(&name.as_str()) && name != "detail" {
            cx.report(services::standard_member(name, field.span));
        }
    }
    Problem {
        name: decl.name.text.clone(),
        status,
        title: decl.title.value.clone(),
        members,
        span: decl.name.span,
    }
}

/// An event with its record, worked out once.
pub fn event(cx: &mut Context<'_>, unit: UnitId, decl: &ast::EventDecl) -> Arc<Event> {
    if let Some(known) = cx.events.get(&decl.span) {
        return known.clone();
    }
    let record = cx.apart(decl.span.source, |cx| declare::record_of(cx, unit, &decl.name, &decl.fields));
    let event = Arc::new(Event {
        name: decl.name.text.clone(),
        version: decl.version.as_ref().map(|version| version.text.clone()),
        record,
        topic: decl.topic.value.clone(),
        key: decl.key.as_ref().map(|key| key.text.clone()),
        span: decl.name.span,
    });
    cx.events.insert(decl.span, event.clone());
    event
}

/// Used by services that implement a contract: the answer for a status.
pub fn success_for(shape: &OperationType, status: u16) -> Option<&Type> {
    let exact = shape.successes.iter().find(|(declared, _)| *declared == Status::Exact(status));
    let class =
        || shape.successes.iter().find(|(declared, _)| *declared == Status::Class((status / 100) as u8));
    let any = || shape.successes.iter().find(|(declared, _)| *declared == Status::Default);
    exact.or_else(class).or_else(any).map(|(_, ty)| ty)
}

/// The broker is one, and the key is a field that orders events.
pub fn check_event(cx: &mut Context<'_>, unit: UnitId, decl: &ast::EventDecl) {
    let event = event(cx, unit, decl);
    if let (Some(key), Type::Record(record)) = (&decl.key, &event.record) {
        let fields = &schema::content(cx, record).fields;
        match fields.get(&key.text) {
            None => {
                let near = nearest(&key.text, fields.keys().map(SmolStr::as_str)).map(SmolStr::from);
                cx.report(testing::unknown_key(key, &decl.name.text, near.as_deref()));
            }
            Some(field) if field.ty.is_optional() => cx.report(testing::optional_key(key, field.span)),
            Some(_) => {}
        }
    }
    let Some(last) = decl.broker.names.last() else { return };
    match cx.names.path(unit, &decl.broker.names) {
        Some(((_, Declared::Broker(_)), used)) if used == decl.broker.names.len() => {}
        Some(((_, other), _)) => {
            cx.report(names::wrong_kind(last, other.kind(), "broker", Some(other.name().span)));
        }
        None => {
            let near = cx.names.nearest_capital(unit, &last.text);
            cx.report_unknown(unit, &decl.broker.names, names::unknown_name(last, near.as_deref()));
        }
    }
}
