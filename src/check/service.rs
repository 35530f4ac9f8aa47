//! Services: their settings, the shapes of their operations (first, so that they can call each other), then
//! their steps and handlers.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::body::{Body, Kind, bind, bind_named};
use super::context::{Context, OperationInfo, ServiceInfo};
use super::expression::checked;
use super::label::Labels;
use super::ty::{Origin, RecordContent, RecordType, Type};
use super::typed::{
    Expr, ExprKind, Handler, LocalId, Operation, OperationId, OperationType, Problem, Service, ServiceId,
    Settings, Step, Trigger,
};
use super::{declare, implements, operation, pure, route, schema, setting, step, usage};
use crate::diagnostic::{names, services as findings, steps as step_findings};
use crate::resolve::{Declared, UnitId};
use crate::source::{SourceId, Span};
use crate::syntax::ast;

/// All services of all units with the shapes of their operations.
pub fn declare(cx: &mut Context<'_>) {
    let declared: Vec<(UnitId, &ast::Service)> = (1..cx.names.units.len())
        .map(UnitId)
        .flat_map(|unit| {
            cx.names.scope(unit).capitals.values().filter_map(move |declared| match declared {
                Declared::Service(service) => Some((unit, *service)),
                _ => None,
            })
        })
        .collect();
    for (unit, decl) in declared {
        let contract = decl
            .implements
            .as_ref()
            .and_then(|path| cx.contracts.by_path.get(&(unit.0, path.value.clone())).copied());
        let mut operations: Vec<OperationInfo<'_>> = Vec::new();
        let mut first_places: FxHashMap<&str, Span> = FxHashMap::default();
        for member in &decl.members {
            let ast::Member::Operation(operation) = member else { continue };
            if let Some(first) = first_places.insert(&operation.name.text, operation.name.span) {
                first_places.insert(&operation.name.text, first);
                cx.apart(decl.span.source, |cx| cx.report(findings::operation_twice(&operation.name, first)));
                continue;
            }
            operations.push(OperationInfo { decl: operation, shape: OnceCell::new() });
        }
        cx.services_by_span.insert(decl.span, cx.services.len());
        cx.services.push(ServiceInfo { unit, decl, contract, operations });
    }
}

/// The shapes of all operations of texts, whether or not anything calls them.
pub fn shapes(cx: &mut Context<'_>, is_asked: &dyn Fn(SourceId) -> bool) {
    for service in 0..cx.services.len() {
        if !is_asked(cx.services[service].decl.span.source) {
            continue;
        }
        for at in 0..cx.services[service].operations.len() {
            let _ = shape(cx, OperationId { service: ServiceId(service), at });
        }
    }
}

/// How an operation is called, worked out once.
pub fn shape(cx: &mut Context<'_>, id: OperationId) -> Option<Arc<OperationType>> {
    let service = &cx.services[id.service.0];
    let (unit, decl, contract) = (service.unit, service.decl, service.contract);
    let operation = service.operations[id.at].decl;
    if let Some(known) = service.operations[id.at].shape.get() {
        return known.clone();
    }
    let shape = cx.apart(decl.span.source, |cx| match &operation.signature {
        Some(_) => operation::of_signature(cx, unit, operation),
        None => implements::shape(cx, decl, contract, operation),
    });
    let shape = shape.map(Arc::new);
    let _ = cx.services[id.service.0].operations[id.at].shape.set(shape.clone());
    shape
}

/// Types a service. The shapes of all services are there.
pub fn check(cx: &mut Context<'_>, at: usize) -> Service {
    let (unit, decl) = (cx.services[at].unit, cx.services[at].decl);
    let block = match decl.layer {
        ast::Layer::System => "a system",
        ast::Layer::Process => "a process",
        ast::Layer::Experience => "an experience",
    };
    let block = (block, decl.name.span);
    let mut settings_body = Body::new(unit, Kind::Pure);
    let settings = setting::settings(cx, &mut settings_body, &decl.settings, "ServiceSettings", block);
    route::check(cx, decl);
    implements::complete(cx, at);
    let public = is_public(&settings);
    let written: Vec<&ast::Operation> = cx.services[at].operations.iter().map(|one| one.decl).collect();
    let mut operations = Vec::with_capacity(written.len());
    for (number, operation) in written.into_iter().enumerate() {
        if let Some(shape) = shape(cx, OperationId { service: ServiceId(at), at: number }) {
            operations.push(self::operation(cx, unit, operation, shape, public));
        }
    }
    let handlers = decl
        .members
        .iter()
        .filter_map(|member| match member {
            ast::Member::Handler(handler) => Some(self::handler(cx, unit, decl, handler)),
            ast::Member::Operation(_) | ast::Member::Broken(_) => None,
        })
        .collect();
    Service {
        name: decl.name.text.clone(),
        unit: cx.names.scope(unit).name.clone(),
        layer: decl.layer,
        version: decl.version.as_ref().map(|version| version.text.clone()),
        settings,
        operations,
        handlers,
        span: decl.span,
        name_span: decl.name.span,
    }
}

pub fn layer_word(layer: ast::Layer) -> &'static str {
    match layer {
        ast::Layer::System => "system",
        ast::Layer::Process => "process",
        ast::Layer::Experience => "experience",
    }
}

/// What a service is called where it runs: the first version has its name, and a further one the version behind it
/// (`OrdersV2`). Logs, variables, executables, `caller.service` and what is kept in the store tell them apart.
pub fn known_as(services: &[Service], at: usize) -> String {
    let Some(service) = services.get(at) else { return String::new() };
    let is_other = |one: &Service| one.name == service.name && one.unit == service.unit;
    let version = service.version.as_ref().filter(|_| services.iter().take(at).any(is_other));
    let Some(version) = version else { return service.name.to_string() };
    let mut name = format!("{}{}", service.name, capital(version));
    while services.iter().any(|one| one.name == name.as_str()) {
        name.push('_');
    }
    name
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// `auth: public`, alone or in a list.
fn is_public(settings: &Settings) -> bool {
    settings.values.get("auth").is_some_and(|auth| names_public(&auth.value))
}

fn names_public(auth: &super::typed::Expr) -> bool {
    match &auth.kind {
        ExprKind::Variant { name, .. } => name == "public",
        ExprKind::List(items) => items.iter().any(|item| match item {
            super::typed::ListItem::Value(value) | super::typed::ListItem::Spread(value) => {
                names_public(value)
            }
        }),
        ExprKind::Widen(inner) => names_public(inner),
        _ => false,
    }
}

fn operation(
    cx: &mut Context<'_>,
    unit: UnitId,
    decl: &ast::Operation,
    shape: Arc<OperationType>,
    public: bool,
) -> Operation {
    let mut body = Body::new(unit, Kind::Steps);
    let own_auth = decl.settings.iter().find(|setting| setting.name.text == "auth");
    let public = match own_auth {
        Some(auth) => matches!(&auth.value.kind, ast::ExprKind::Name(name) if name.text == "public"),
        None => public,
    };
    in_scope(cx, &mut body, "OperationScope", decl.name.span, public);
    let before = cx.diagnostics.len();
    let (params, defaults) = bind_params(cx, &mut body, decl, &shape);
    body.answers = Some(shape.clone());
    let settings = setting::settings(
        cx,
        &mut body,
        &decl.settings,
        "OperationSettings",
        ("an operation", decl.name.span),
    );
    let verify = decl.signature.as_ref().and_then(|signature| signature.verify.as_ref());
    if let Some(verify) = verify {
        verification(cx, unit, verify);
    }
    let steps = step::steps(cx, &mut body, &decl.steps);
    ends(cx, decl, &shape, &steps);
    usage::report_params(cx, &body, &decl.steps, &params, before);
    usage::report(cx, &body, &decl.steps, &steps);
    let name = decl.name.text.clone();
    Operation {
        name,
        name_span: decl.name.span,
        shape,
        settings,
        params,
        defaults,
        verified: verify.map(|verify| verify.span),
        locals: body.locals,
        steps,
        span: decl.span,
    }
}

/// What std says is in scope without being declared; `caller` only where somebody has to say who they are.
fn in_scope(cx: &mut Context<'_>, body: &mut Body, record: &str, span: Span, public: bool) {
    let Some(Type::Record(record)) = setting::std_type(cx, record) else { return };
    for (name, field) in &schema::content(cx, &record).fields {
        if name == "caller" && public {
            body.no_caller = true;
            continue;
        }
        let labels = if name == "caller" { Labels::CALLER } else { field.labels };
        let local = bind_named(body, name.clone(), span, field.ty.clone(), labels);
        body.locals[local.0].used = true;
    }
}

fn bind_params(
    cx: &mut Context<'_>,
    body: &mut Body,
    decl: &ast::Operation,
    shape: &OperationType,
) -> (Vec<LocalId>, Vec<Option<Expr>>) {
    let Some(signature) = &decl.signature else {
        let bound = shape.params.iter().map(|param| {
            let name = ast::Name { text: param.name.clone(), quoted: false, span: param.span };
            bind(cx, body, &name, param.ty.clone(), param.labels)
        });
        return (bound.collect(), shape.params.iter().map(|_| None).collect());
    };
    let in_path =
        signature.path.segments.iter().flat_map(|segment| &segment.parts).filter_map(|part| match part {
            ast::SegmentPart::Param(param) => Some(&**param),
            ast::SegmentPart::Text(..) => None,
        });
    let written: Vec<&ast::Param> = in_path.chain(&signature.params).collect();
    let (mut bound, mut defaults) = (Vec::new(), Vec::new());
    for (written, param) in written.into_iter().zip(&shape.params) {
        defaults.push(pure::default(cx, body.unit, written, &param.ty));
        let ty = declare::inside(written, &param.ty);
        bound.push(match body.find(&written.name.text) {
            // Reported with the route.
            Some(first) => {
                body.locals[first.0].used = true;
                bind_named(body, written.name.text.clone(), written.name.span, ty, param.labels)
            }
            None => bind(cx, body, &written.name, ty, param.labels),
        });
    }
    (bound, defaults)
}

fn verification(cx: &mut Context<'_>, unit: UnitId, verify: &ast::Expr) {
    let mut body = Body::new(unit, Kind::Pure);
    body.config = true;
    let want = setting::std_type(cx, "WebhookVerification").unwrap_or(Type::Unknown);
    let _ = checked(cx, &mut body, verify, &want, "the verification");
}

/// An operation that answers with a value has to return one on every way.
fn ends(cx: &mut Context<'_>, decl: &ast::Operation, shape: &OperationType, steps: &[Step]) {
    let needs_value =
        shape.successes.first().is_some_and(|(_, ty)| !matches!(ty, Type::None | Type::Unknown));
    let only_fails = shape.successes.is_empty();
    let broken = decl.steps.iter().any(|step| matches!(step.kind, ast::StepKind::Broken));
    // What stands behind an end is never reached, which has been reported.
    if (needs_value || only_fails) && !steps.iter().any(step::always_ends) && !broken {
        let place = decl.steps.last().map_or(decl.name.span, |step| step.span);
        cx.report(step_findings::ends_without_return(
            place,
            &decl.name.text,
            &shape.success.to_string(),
            decl.name.span,
        ));
    }
}

fn handler(cx: &mut Context<'_>, unit: UnitId, service: &ast::Service, decl: &ast::Handler) -> Handler {
    if service.layer == ast::Layer::Experience {
        cx.report(findings::handler_in_experience(decl.span, service.name.span));
    }
    let mut body = Body::new(unit, Kind::Steps);
    let trigger = match &decl.trigger {
        ast::Trigger::On { event, binding, options } => {
            in_scope(cx, &mut body, "EventScope", decl.span, false);
            on_event(cx, &mut body, unit, event, binding.as_ref(), options)
        }
        ast::Trigger::Every(every) => {
            let mut constants = Body::new(unit, Kind::Pure);
            constants.config = true;
            Trigger::Every(checked(cx, &mut constants, every, &Type::DURATION, "the time between two runs"))
        }
        ast::Trigger::Cron(text) => {
            if let Some(fault) = cron_fault(&text.value) {
                cx.report(findings::bad_cron(text.span, &fault));
            }
            Trigger::Cron(text.value.clone())
        }
    };
    let block = ("a handler", decl.span);
    let settings = setting::settings(cx, &mut body, &decl.settings, "HandlerSettings", block);
    let steps = step::steps(cx, &mut body, &decl.steps);
    usage::report(cx, &body, &decl.steps, &steps);
    Handler { trigger, settings, locals: body.locals, steps, span: decl.span }
}

fn on_event(
    cx: &mut Context<'_>,
    body: &mut Body,
    unit: UnitId,
    path: &ast::Path,
    binding: Option<&ast::Name>,
    options: &[ast::Setting],
) -> Trigger {
    let last = path.names.last();
    let event = match cx.names.path(unit, &path.names) {
        Some(((unit, Declared::Event(decl)), used)) if used == path.names.len() => {
            Some(operation::event(cx, unit, decl))
        }
        Some(((_, other), _)) => {
            if let Some(last) = last {
                cx.report(names::wrong_kind(last, other.kind(), "event", Some(other.name().span)));
            }
            None
        }
        None => {
            if let Some(last) = last {
                let near = cx.names.nearest_capital(unit, &last.text);
                cx.report_unknown(unit, &path.names, step_findings::unknown_event(last, near.as_deref()));
            }
            None
        }
    };
    let ty = event.as_ref().map_or(Type::Unknown, |event| event.record.clone());
    let local = binding.map(|name| bind(cx, body, name, ty, Labels::NONE));
    let mut constants = Body::new(unit, Kind::Pure);
    let _ = setting::settings(cx, &mut constants, options, "EventHandlerSettings", ("`on`", path.span));
    Trigger::On(event, local)
}

/// Five fields: minute, hour, day, month, weekday.
fn cron_fault(text: &str) -> Option<String> {
    let ranges = [("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7)];
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != ranges.len() {
        return Some(format!("it has {} fields", fields.len()));
    }
    let unfit = fields.iter().zip(ranges).find(|(field, (_, low, high))| !cron_field(field, *low, *high));
    unfit.map(|(field, (name, low, high))| format!("the {name} `{field}` is not within {low}..{high}"))
}

fn cron_field(field: &str, low: u32, high: u32) -> bool {
    let within = |text: &str| text.parse::<u32>().is_ok_and(|value| (low..=high).contains(&value));
    field.split(',').all(|part| {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let range_fits = match range.split_once('-') {
            Some((from, to)) => within(from) && within(to),
            None => range == "*" || within(range),
        };
        range_fits && step.parse::<u32>().is_ok_and(|step| step > 0)
    })
}

/// The members of a problem as a record: its own and those that every problem has.
pub fn problem_type(problem: &Arc<Problem>) -> Type {
    let mut fields = problem.members.clone();
    for name in ["detail", "instance"] {
        fields.entry(SmolStr::new_static(name)).or_insert_with(|| super::ty::Field {
            ty: Type::string().optional(),
            labels: Labels::NONE,
            has_default: false,
            access: crate::contract::model::Access::Both,
            span: problem.span,
            doc: None,
        });
    }
    Type::Record(Arc::new(RecordType {
        name: problem.name.clone(),
        origin: Origin::Flow,
        span: problem.span,
        content: OnceLock::from(RecordContent { fields, additional: None }),
    }))
}
