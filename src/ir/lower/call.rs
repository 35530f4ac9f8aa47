//! Calls, what happens when they fail, and problems.

use super::Lowering;
use super::coerce::coerce;
use super::expr::{Body, local_id, lower};
use crate::check::is_key;
use crate::check::typed::{self, FailurePattern as TypedPattern};
use crate::contract::model;
use crate::ir::model::{
    Argument, Arm, ArmBody, BackendOperation, CacheBy, Call, Expr, ExprKind, Fail, FailurePattern, MediaKind,
    PathPart, ProblemId, Spot, Status, Style, Target, WireAnswer, WireBody, WireParam, WirePlace,
};
use crate::ir::ty::Type;

pub fn call(cx: &mut Lowering<'_, '_>, body: &mut Body, typed: &typed::Call) -> Call {
    let reads = cx.effects.is_read(typed);
    let (target, owner, params) = match typed.target {
        typed::Target::Backend(id) => backend_target(cx, id.0, typed, reads),
        typed::Target::Service(id) => {
            let owner = cx.program.services.get(id.service.0).map(|service| service.name.to_string());
            let params = typed.shape.params.iter().map(|param| parameter_type(cx, param)).collect();
            let target = Target::Service { service: id.service.0, operation: id.at };
            (target, owner.unwrap_or_default(), params)
        }
    };
    let mut args: Vec<Argument> = Vec::new();
    for argument in &typed.args {
        let want = params.get(argument.param).cloned();
        let labelled = !argument.value.labels.declared().is_empty();
        let value = lower(cx, body, &argument.value, want.as_ref());
        args.push(Argument { param: argument.param, value, labelled });
    }
    args.sort_by_key(|argument| argument.param);
    let gives = cx.ty(&typed.shape.success);
    let gives = match target {
        Target::Backend { backend, operation } => result_of(cx, backend, operation).unwrap_or(gives),
        Target::Service { .. } => gives,
    };
    let ty = match cx.ty(&typed.ty) {
        ty if ty.looks_like(&gives) => gives.clone(),
        ty => ty,
    };
    let arms = typed.otherwise.iter().flat_map(|otherwise| &otherwise.arms);
    let arms = arms.map(|arm| failure_arm(cx, body, typed, arm, &ty)).collect();
    let unsaid = who_shares(cx, &typed.shape.success);
    let settings = cx.aside(|cx| super::setting::of_call(cx, body, &typed.settings, unsaid));
    let undo = typed.undo.as_ref().map(|undo| Box::new(call(cx, body, undo)));
    Call {
        target,
        name: format!("{owner}.{}", typed.shape.name),
        args,
        settings,
        arms,
        undo,
        reads,
        gives,
        ty,
        place: cx.place(typed.span),
    }
}

pub fn result_of(cx: &Lowering<'_, '_>, backend: usize, operation: usize) -> Option<Type> {
    Some(cx.backend_calls.get(backend)?.get(operation)?.result.clone())
}

/// Answers with labels are for the one who they were made for, unless somebody says otherwise.
pub fn who_shares(cx: &mut Lowering<'_, '_>, answer: &crate::check::ty::Type) -> CacheBy {
    if cx.explorer.labels(answer).is_empty() { CacheBy::All } else { CacheBy::Caller }
}

/// What a parameter of one of our own operations takes; without a default it may be left out.
pub fn parameter_type(cx: &mut Lowering<'_, '_>, param: &typed::OperationParam) -> Type {
    let ty = cx.ty(&param.ty);
    if param.required { ty } else { ty.optional() }
}

fn backend_target(
    cx: &mut Lowering<'_, '_>,
    backend: usize,
    typed: &typed::Call,
    reads: bool,
) -> (Target, String, Vec<Type>) {
    let owner = cx.program.backends.get(backend).map(|one| one.name.to_string()).unwrap_or_default();
    let operation = backend_operation(cx, backend, &typed.shape, reads);
    let params = backend_parameters(cx, backend, operation);
    (Target::Backend { backend, operation }, owner, params)
}

/// What the parameters take, and the body behind them.
pub fn backend_parameters(cx: &Lowering<'_, '_>, backend: usize, operation: usize) -> Vec<Type> {
    let calls = cx.backend_calls.get(backend);
    let Some(operation) = calls.and_then(|calls| calls.get(operation)) else { return Vec::new() };
    let optional = |ty: &Type, required: bool| if required { ty.clone() } else { ty.clone().optional() };
    let params = operation.params.iter().map(|param| optional(&param.ty, param.required));
    params.chain(operation.body.iter().map(|body| optional(&body.ty, body.required))).collect()
}

/// The operation of a backend, lowered when it is first called.
pub fn backend_operation(
    cx: &mut Lowering<'_, '_>,
    backend: usize,
    shape: &typed::OperationType,
    reads: bool,
) -> usize {
    let key = (backend, shape.name.clone());
    if let Some(known) = cx.backend_operations.get(&key) {
        return *known;
    }
    let Some(contract) = cx.program.backends.get(backend).and_then(|one| one.contract) else { return 0 };
    let Some(of) = cx.explorer.contract_at(contract) else { return 0 };
    let Some(operation) = of.operation(&shape.name) else { return 0 };
    let lowered = BackendOperation { reads, ..wire_operation(cx, contract, &operation, shape) };
    let Some(calls) = cx.backend_calls.get_mut(backend) else { return 0 };
    calls.push(lowered);
    let at = calls.len() - 1;
    cx.backend_operations.insert(key, at);
    at
}

fn wire_operation(
    cx: &mut Lowering<'_, '_>,
    contract: usize,
    operation: &model::Operation,
    shape: &typed::OperationType,
) -> BackendOperation {
    let mut params = Vec::new();
    for (param, typed) in operation.parameters.iter().zip(&shape.params) {
        let ty = cx.ty(&typed.ty.present());
        params.push(WireParam {
            name: param.name.to_string(),
            place: place(param.place),
            style: style(param.style),
            ty: cx.on_the_wire(ty, contract, param.schema),
            required: typed.required,
            is_key: is_key(typed),
        });
    }
    let typed_body = shape.params.get(operation.parameters.len());
    let body = operation.body.as_ref().zip(typed_body).and_then(|(body, typed)| {
        let media = body.content.first()?;
        Some(WireBody {
            media_type: media.media_type.to_string(),
            kind: media_kind(media.kind),
            ty: {
                let ty = cx.ty(&typed.ty.present());
                wire_type(cx, ty, contract, media)
            },
            required: typed.required,
        })
    });
    let answers = answers(cx, contract, operation, shape);
    let result = match answers.as_slice() {
        [one] => one.ty.clone(),
        _ => cx.ty(&shape.success),
    };
    BackendOperation {
        name: operation.name.to_string(),
        doc: operation.doc.clone(),
        method: operation.method.as_str().to_owned(),
        path: path_parts(&operation.path),
        params,
        body,
        answers,
        result,
        reads: shape.safe,
        labelled: who_shares(cx, &shape.success) == CacheBy::Caller,
        deprecated: operation.deprecated,
    }
}

fn wire_type(cx: &mut Lowering<'_, '_>, ty: Type, contract: usize, media: &model::Media) -> Type {
    match media.schema {
        Some(schema) => cx.on_the_wire(ty, contract, schema),
        None => ty,
    }
}

fn answers(
    cx: &mut Lowering<'_, '_>,
    contract: usize,
    operation: &model::Operation,
    shape: &typed::OperationType,
) -> Vec<WireAnswer> {
    let mut answers = Vec::new();
    for (status, ty) in &shape.successes {
        let response = operation.responses.iter().find(|response| response.status == *status);
        let media = response.and_then(|response| response.content.first());
        let ty = cx.ty(ty);
        let ty = match media {
            Some(media) => wire_type(cx, ty, contract, media),
            None => Type::Unit,
        };
        answers.push(WireAnswer {
            status: self::status(*status),
            kind: media.map(|media| media_kind(media.kind)),
            media_type: media.map(|media| media.media_type.to_string()).unwrap_or_default(),
            ty,
        });
    }
    in_order(answers)
}

/// One status before its class, and that before all others. Where a contract says nothing of good answers, all of
/// them are good, and hold nothing.
fn in_order(mut answers: Vec<WireAnswer>) -> Vec<WireAnswer> {
    answers.sort_by_key(|answer| match answer.status {
        Status::Exact(_) => 0,
        Status::Class(_) => 1,
        Status::Default => 2,
    });
    let is_class = |answer: &WireAnswer| answer.status == Status::Class(2);
    if answers.iter().any(is_class) {
        answers.retain(|answer| answer.status != Status::Default);
    }
    if answers.is_empty() {
        let nothing =
            WireAnswer { status: Status::Class(2), kind: None, media_type: String::new(), ty: Type::Unit };
        answers.push(nothing);
    }
    answers
}

pub fn status(status: model::Status) -> Status {
    match status {
        model::Status::Exact(code) => Status::Exact(code),
        model::Status::Class(class) => Status::Class(class),
        model::Status::Default => Status::Default,
    }
}

pub fn path_parts(path: &str) -> Vec<PathPart> {
    let mut parts = Vec::new();
    let mut rest = path;
    while let Some((text, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        if !text.is_empty() {
            parts.push(PathPart::Text(text.to_owned()));
        }
        parts.push(PathPart::Param(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(PathPart::Text(rest.to_owned()));
    }
    parts
}

fn place(place: model::Place) -> WirePlace {
    match place {
        model::Place::Path => WirePlace::Path,
        model::Place::Query => WirePlace::Query,
        model::Place::Header => WirePlace::Header,
        model::Place::Cookie => WirePlace::Cookie,
    }
}

pub fn style(style: model::Style) -> Style {
    match style {
        model::Style::Simple { explode } => Style::Simple { explode },
        model::Style::Label { explode } => Style::Label { explode },
        model::Style::Matrix { explode } => Style::Matrix { explode },
        model::Style::Form { explode } => Style::Form { explode },
        model::Style::SpaceDelimited { explode } => Style::SpaceDelimited { explode },
        model::Style::PipeDelimited { explode } => Style::PipeDelimited { explode },
        model::Style::TabDelimited => Style::TabDelimited,
        model::Style::DeepObject => Style::DeepObject,
        model::Style::Json => Style::Json,
    }
}

pub fn media_kind(kind: model::MediaKind) -> MediaKind {
    match kind {
        model::MediaKind::Json => MediaKind::Json,
        model::MediaKind::Form => MediaKind::Form,
        model::MediaKind::Multipart => MediaKind::Multipart,
        model::MediaKind::JsonLines => MediaKind::JsonLines,
        model::MediaKind::Events => MediaKind::Events,
        model::MediaKind::Text => MediaKind::Text,
        model::MediaKind::Binary => MediaKind::Binary,
    }
}

// ---- failures -----------------------------------------------------------------------------------

fn failure_arm(
    cx: &mut Lowering<'_, '_>,
    body: &mut Body,
    call: &typed::Call,
    arm: &typed::FailureArm,
    want: &Type,
) -> Arm {
    let patterns = arm.patterns.iter().map(|pattern| self::pattern(cx, call, pattern)).collect();
    let binding = arm.binding.map(local_id);
    if let Some(local) = binding {
        body.answers.insert(local);
    }
    let lowered = match &arm.body {
        typed::ArmBody::Value(value) => ArmBody::Value(lower(cx, body, value, Some(want))),
        typed::ArmBody::Fail(fail) => ArmBody::Fail(self::fail(cx, body, fail)),
    };
    Arm { patterns, binding, body: lowered, spot: Spot::at(arm.span) }
}

fn pattern(cx: &mut Lowering<'_, '_>, call: &typed::Call, pattern: &TypedPattern) -> FailurePattern {
    match pattern {
        TypedPattern::Status(status) => FailurePattern::Status(*status),
        TypedPattern::Class(class) => FailurePattern::Class(*class),
        TypedPattern::Timeout => FailurePattern::Timeout,
        TypedPattern::Unreachable => FailurePattern::Unreachable,
        TypedPattern::Rejected => FailurePattern::Rejected,
        TypedPattern::Malformed => FailurePattern::Malformed,
        TypedPattern::Any => FailurePattern::Any,
        TypedPattern::Problem(name) => {
            let problem = call.shape.failures.iter().find_map(|failure| match failure {
                typed::Failure::Problem { problem, .. } if problem.name == *name => Some(problem.clone()),
                _ => None,
            });
            match problem {
                Some(problem) => FailurePattern::Problem(cx.problem(&problem)),
                None => FailurePattern::Any,
            }
        }
    }
}

pub fn fail(cx: &mut Lowering<'_, '_>, body: &mut Body, fail: &typed::Fail) -> Fail {
    let Some(problem) = &fail.problem else {
        return Fail { problem: ProblemId(0), detail: None, instance: None, members: Vec::new() };
    };
    let id = cx.problem(problem);
    let record = cx.out.problems.get(id.0).map(|problem| problem.members);
    let mut lowered = Fail { problem: id, detail: None, instance: None, members: Vec::new() };
    let (Some(record), Some(members)) = (record, &fail.members) else { return lowered };
    let ty = Type::Named(record);
    let value = super::record::literal(cx, body, members, &ty);
    let (Some(names), ExprKind::Record { fields, .. }) = (field_names(cx, &ty), value.kind) else {
        return lowered;
    };
    for (name, value) in names.into_iter().zip(fields) {
        let is_absent = matches!(value.kind, ExprKind::None);
        match name.as_str() {
            _ if is_absent => {}
            "detail" => lowered.detail = Some(text_of(cx, body, value)),
            "instance" => lowered.instance = Some(text_of(cx, body, value)),
            _ => lowered.members.push((name, value)),
        }
    }
    lowered
}

/// A detail that is there is a text, not one that may be absent.
fn text_of(cx: &Lowering<'_, '_>, body: &mut Body, value: Expr) -> Expr {
    match value.kind {
        ExprKind::Convert(inner) if !inner.ty.is_optional() => coerce(cx, body, *inner, &Type::text()),
        kind => Expr { kind, ..value },
    }
}

fn field_names(cx: &Lowering<'_, '_>, ty: &Type) -> Option<Vec<String>> {
    let Type::Named(id) = ty else { return None };
    match cx.out.types.get(id.0) {
        Some(crate::ir::ty::TypeDef::Record(record)) => {
            Some(record.fields.iter().map(|field| field.name.clone()).collect())
        }
        _ => None,
    }
}
