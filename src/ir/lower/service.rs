//! Services and their operations.

use super::expr::{Body, constant, local_id};
use super::step::Outcomes;
use super::{Lowering, Purpose};
use crate::check::budget::{Cost, Schedule, Sum};
use crate::check::known_as;
use crate::check::label::Labels;
use crate::check::typed::{self, OperationId, ServiceId};
use crate::contract::model;
use crate::ir::model::{
    CacheBy, Layer, LocalId, Longest, MediaKind, Operation, Param, ParamPlace, PathPart, Service, Style, Way,
};
use crate::ir::ty::{Type, TypeDef};

impl Lowering<'_, '_> {
    pub(super) fn service(&mut self, at: usize) -> Service {
        let program = self.program;
        let service = &program.services[at];
        let (owner, tags) = self.aside(|cx| of_service(cx, service));
        let slo = self.aside(|cx| super::setting::slo(cx, &service.settings));
        let cors = self.aside(|cx| super::setting::cors(cx, &service.settings));
        let mut operations = Vec::new();
        for (number, typed) in service.operations.iter().enumerate() {
            operations.push(operation(self, service, typed));
            if self.purpose == Purpose::Tests && !self.faults.is_empty() {
                self.refused.insert((at, number), std::mem::take(&mut self.faults));
            }
        }
        Service {
            name: known_as(&program.services, at),
            doc: self.doc(service.name_span),
            layer: match service.layer {
                typed::Layer::System => Layer::System,
                typed::Layer::Process => Layer::Process,
                typed::Layer::Experience => Layer::Experience,
            },
            version: service.version.as_ref().map(ToString::to_string),
            owner,
            tags,
            slo,
            cors,
            operations,
            place: self.place(service.name_span),
        }
    }
}

/// Whether `flow.toml` means it: `Orders`, or `Orders.v2` for one version of several.
pub fn is_called(service: &typed::Service, wanted: &str) -> bool {
    match wanted.split_once('.') {
        None => service.name == wanted,
        Some((name, version)) => {
            service.name == name && service.version.as_ref().is_some_and(|own| own == version)
        }
    }
}

/// Its owner and tags. What else there is beside operations is refused.
fn of_service(cx: &mut Lowering<'_, '_>, service: &typed::Service) -> (Option<String>, Vec<String>) {
    for handler in &service.handlers {
        let what = match &handler.trigger {
            typed::Trigger::On(..) => "`on`",
            typed::Trigger::Every(_) => "`every`",
            typed::Trigger::Cron(_) => "`cron`",
        };
        cx.refuse(handler.span, what);
    }
    super::setting::service_texts(cx, &service.settings)
}

fn operation(cx: &mut Lowering<'_, '_>, service: &typed::Service, typed: &typed::Operation) -> Operation {
    super::setting::refuse_async(cx, &typed.settings);
    cx.aside(|cx| typed.verified.into_iter().for_each(|span| cx.refuse(span, "`verify`")));
    cx.hint = format!("{} {}", service.name, typed.name);
    let mut body = Body::of(cx, &typed.locals);
    let shape = &typed.shape;
    let mut params = Vec::new();
    for (at, param) in shape.params.iter().enumerate() {
        let Some(local) = typed.params.get(at).map(|local| local_id(*local)) else { continue };
        let default = typed.defaults.get(at).and_then(Option::as_ref);
        params.push(self::param(cx, &body, param, local, default));
    }
    let outcomes: Vec<(u16, Type)> =
        shape.successes.iter().map(|(status, ty)| (exact(*status), cx.ty(ty))).collect();
    let problems = shape.failures.iter().filter_map(|failure| match failure {
        typed::Failure::Problem { problem, .. } => Some(problem.clone()),
        typed::Failure::Status { .. } => None,
    });
    let problems: Vec<_> = problems.collect();
    let problems = problems.iter().map(|problem| cx.problem(problem)).collect();
    let unsaid = super::call::who_shares(cx, &shape.success);
    let both = (&service.settings, &typed.settings);
    let settings = cx.aside(|cx| super::setting::operation(cx, &mut body, both, unsaid));
    let result = cx.ty(&shape.success);
    let steps =
        super::step::steps(cx, &mut body, &typed.steps, &Outcomes { all: &outcomes, result: result.clone() });
    // What is done once is seen through to its end, too.
    let mut writes = settings.idempotent.is_some();
    crate::ir::visit::calls(&steps, &mut |call| writes |= !call.reads);
    let named = |name: &str| {
        let is = |local: &&typed::Local| local.name == name && cx.is_std_record(&local.ty);
        typed.locals.iter().position(|local| is(&local)).map(LocalId)
    };
    let (caller, request) = (named("caller"), named("request"));
    Operation {
        name: typed.name.to_string(),
        doc: cx.doc(typed.name_span),
        method: shape.method.to_string(),
        path: versioned(service, &shape.path),
        params,
        outcomes,
        result,
        labelled: unsaid == CacheBy::Caller,
        problems,
        settings,
        writes,
        locals: body.locals,
        caller,
        request,
        steps,
        longest: Longest::default(),
        place: cx.place(typed.name_span),
    }
}

impl Lowering<'_, '_> {
    /// How long the calls of each operation take, as the check of budgets counts.
    pub(super) fn longest(&mut self) {
        let mut schedule = Schedule::new(self.program, &self.effects);
        for (service, of) in self.out.services.iter_mut().enumerate() {
            for (at, operation) in of.operations.iter_mut().enumerate() {
                let end = schedule.end(OperationId { service: ServiceId(service), at });
                let ways = schedule.ways();
                let way = |sum: Sum, terms| Way { millis: sum.total, terms: ways.terms(sum, terms) };
                operation.longest = Longest {
                    first: way(end.first, Cost::first_terms),
                    worst: way(end.worst, Cost::worst_terms),
                };
            }
        }
    }

    fn is_std_record(&self, ty: &crate::check::ty::Type) -> bool {
        match ty {
            crate::check::ty::Type::Record(record) => self.is_std(record.span),
            _ => false,
        }
    }
}

fn exact(status: model::Status) -> u16 {
    match status {
        model::Status::Exact(code) => code,
        model::Status::Class(class) => u16::from(class) * 100,
        model::Status::Default => 200,
    }
}

/// `/v1/customers/{id}`
fn versioned(service: &typed::Service, path: &str) -> Vec<PathPart> {
    let prefix = service.version.as_ref().map(|version| format!("/{version}")).unwrap_or_default();
    super::call::path_parts(&format!("{prefix}{path}"))
}

fn param(
    cx: &mut Lowering<'_, '_>,
    body: &Body,
    param: &typed::OperationParam,
    local: LocalId,
    default: Option<&typed::Expr>,
) -> Param {
    let ty = body.ty(local);
    let default = default.filter(|_| !ty.is_optional()).map(|default| constant(cx, default, &ty));
    let place = match param.place {
        typed::ParamPlace::Path => ParamPlace::Path(path_style(cx, &ty)),
        typed::ParamPlace::Query => ParamPlace::Query(style(cx, &ty)),
        typed::ParamPlace::Header => ParamPlace::Header(simple_style(cx, &ty)),
        typed::ParamPlace::Cookie => ParamPlace::Cookie(cookie_style(cx, &ty)),
        typed::ParamPlace::Body => body_place(&ty),
    };
    Param {
        name: param.name.to_string(),
        wire: param.wire.to_string(),
        place,
        ty,
        default,
        local,
        is_key: crate::check::is_key(param),
        labelled: !param.labels.without(Labels::CALLER).is_empty(),
        doc: cx.doc(param.span),
    }
}

fn body_place(ty: &Type) -> ParamPlace {
    match ty.present() {
        Type::Bytes => {
            ParamPlace::Body { media_type: "application/octet-stream".to_owned(), kind: MediaKind::Binary }
        }
        _ => ParamPlace::Body { media_type: "application/json".to_owned(), kind: MediaKind::Json },
    }
}

/// How a value stands in a query: texts as they are, lists by repeating the name, flat records as `filter[a]=b`,
/// everything else as JSON.
fn style(cx: &Lowering<'_, '_>, ty: &Type) -> Style {
    match ty.present() {
        Type::List(list) if is_text(cx, &list.item) => Style::Form { explode: true },
        Type::Named(id) => match cx.out.types.get(id.0) {
            Some(TypeDef::Enum(_)) => Style::Form { explode: true },
            Some(TypeDef::Record(record))
                if record.additional.is_none()
                    && record.fields.iter().all(|field| is_text(cx, field.ty.present())) =>
            {
                Style::DeepObject
            }
            _ => Style::Json,
        },
        ty if is_text(cx, ty) => Style::Form { explode: true },
        _ => Style::Json,
    }
}

/// One value is as it is in a path, bytes too.
fn path_style(cx: &Lowering<'_, '_>, ty: &Type) -> Style {
    match ty.present() {
        Type::Bytes => Style::Simple { explode: false },
        ty => simple_style(cx, ty),
    }
}

/// The same as `simple_style`, by the only name that OpenAPI has for it in cookies.
fn cookie_style(cx: &Lowering<'_, '_>, ty: &Type) -> Style {
    match simple_style(cx, ty) {
        Style::Simple { explode } => Style::Form { explode },
        other => other,
    }
}

/// In headers and paths: texts as they are, lists with commas, everything else as JSON.
fn simple_style(cx: &Lowering<'_, '_>, ty: &Type) -> Style {
    match ty.present() {
        Type::List(list) if is_text(cx, &list.item) => Style::Simple { explode: false },
        ty if is_text(cx, ty) => Style::Simple { explode: false },
        _ => Style::Json,
    }
}

/// Whether a value has one form as text.
fn is_text(cx: &Lowering<'_, '_>, ty: &Type) -> bool {
    *ty != Type::Bytes && ty.is_scalar(&cx.out.types)
}
