//! Operations: what stands around their steps, and how the shell of a service calls them.

use std::sync::Arc;
use std::time::Duration;

use flow_std::failure::Failure;
use flow_std::http::{Caching, Context, Deprecation, Endpoint, NextPage, Request, Response};
use flow_std::runs::Want;
use flow_std::undo::Undos;
use flow_std::{Dict, Json};

use super::app::App;
use super::expr::{eval, holds};
use super::name::{fixed, fixed_list};
use super::scope::Scope;
use super::step::{self, Returned, Run};
use super::stop::Stop;
use super::{Value, call, codec, streamed, undo, watch};
use crate::ir::{self, Expr, Field, LimitBy, LocalId, Operation, RequestKey, Target, Type, TypeDef};

/// Which operation it is: its service, and its place there.
pub type Id = (usize, usize);

// ---- the shell's side ---------------------------------------------------------------------------

/// What the shell of a service has to know of an operation.
pub fn endpoint(app: &Arc<App>, id: Id) -> Option<Endpoint> {
    let (of, inputs) = (app.operation(id)?, app.code.inputs(id)?);
    let inner = Arc::clone(app);
    Some(Endpoint {
        operation: app.name(id),
        method: fixed(&of.method),
        path: fixed(&crate::ir::template(&of.path)),
        writes: of.writes,
        deadline: app.config.duration(of.settings.deadline_ms),
        max_body: app.config.size(of.settings.max_body),
        body: inputs.body(),
        auth: app.auth(of),
        limit: app.limiter(id, of),
        cors: app.cors(id.0),
        caching: caching(of),
        degraded: of.settings.degraded.as_deref().map(fixed),
        deprecated: of.settings.deprecated.as_ref().map(|of| Deprecation {
            since: fixed(&of.since_header()),
            sunset: of.sunset_header().as_deref().map(fixed),
            link: of.link.as_deref().map(fixed),
        }),
        audit: of.is_audited().then(|| inputs.shown()),
        promised: of
            .settings
            .slo
            .as_ref()
            .and_then(|slo| slo.latency.as_ref())
            .map(|of| Duration::from_millis(of.millis)),
        handler: Box::new(move |request| Box::pin(answer(Arc::clone(&inner), id, request))),
    })
}

/// Who may keep the answers.
fn caching(of: &Operation) -> Caching {
    match of.caching() {
        ir::Caching::Never => Caching::Never,
        ir::Caching::Asked => Caching::Asked,
        ir::Caching::Own => Caching::Own,
        ir::Caching::All { vary } => Caching::All { vary: fixed_list(vary.iter().map(String::as_str)) },
    }
}

/// Takes a request, and gives its answer.
async fn answer(app: Arc<App>, id: Id, mut request: Request) -> Result<Response, Failure> {
    let of = app.operation(id).ok_or_else(missing)?;
    let input = app.code.inputs(id).and_then(|inputs| inputs.read(&app.code.types, &mut request));
    if let Some(input) = &input
        && let Some(key) = limit_key(&app, of, request.context(), input)?
    {
        request.limit_by(&key).await;
    }
    let want = match &of.settings.idempotent {
        None => None,
        Some(once) => {
            let keep = app.config.duration(once.keep_ms);
            match &once.key {
                RequestKey::Header(name) => request.once_by_header(fixed(name), keep),
                RequestKey::Text(_) => {
                    Some(Want { key: String::new(), fingerprint: request.fingerprint(), keep })
                }
            }
        }
    };
    let page = of.settings.pages.then(|| request.page());
    let cx = request.finish()?;
    let input = input.ok_or_else(|| Failure::internal("a parameter was refused without a fault"))?;
    match (&of.settings.idempotent, want) {
        (None, _) if streamed::goes_through(&app, id) => in_parts(&app, id, cx, input).await,
        (None, _) => match page {
            Some(page) => paged(&app, id, cx, input, &page).await,
            None => respond(&app, id, cx, input).await,
        },
        (Some(_), None) => Err(Failure::internal("a parameter was refused without a fault")),
        (Some(once), Some(mut want)) => {
            if let RequestKey::Text(_) = &once.key {
                want.key = text_key(&app, of, &cx, &input)?;
            }
            let steps = |cx| respond(&app, id, cx, input);
            app.runs.once(&cx, want, steps).await
        }
    }
}

/// The answer of an operation whose list goes through.
async fn in_parts(app: &Arc<App>, id: Id, cx: Context, input: Vec<Value>) -> Result<Response, Failure> {
    let step = watch::operation(app, id, &cx, &input);
    let inner = watch::inside(&step, cx.clone());
    match (streamed::respond(app, id, &inner, &input).await, step) {
        (None, _) => respond(app, id, cx, input).await,
        (Some(answer), Some(step)) => {
            match &answer {
                Ok(_) => step.end(None),
                Err(failure) => watch::failed(step, failure),
            }
            answer
        }
        (Some(answer), None) => answer,
    }
}

fn missing() -> Failure {
    Failure::internal("no such operation")
}

/// What a request is counted by, where the limit is by a text over the parameters, the caller and the request.
pub fn limit_key(
    app: &App,
    of: &Operation,
    cx: &Context,
    input: &[Value],
) -> Result<Option<String>, Failure> {
    let Some(LimitBy::Key(key)) = of.settings.limit.as_ref().map(|limit| &limit.by) else { return Ok(None) };
    match eval(&mut scope(app, of, cx, input), key).map_err(Stop::failure)? {
        Value::Text(key) => Ok(Some(key.to_string())),
        _ => Err(Failure::internal("what a limit is counted by is no text")),
    }
}

pub fn bind(scope: &mut Scope<'_>, of: &Operation, input: &[Value]) {
    of.params.iter().zip(input).for_each(|(param, value)| scope.set(param.local, value.clone()));
}

/// What a request that is done once is known by, where the flow says it.
pub fn text_key(app: &App, of: &Operation, cx: &Context, input: &[Value]) -> Result<String, Failure> {
    let Some(RequestKey::Text(key)) = of.settings.idempotent.as_ref().map(|of| &of.key) else {
        return Err(Failure::internal("it has no such key"));
    };
    let mut scope = scope(app, of, cx, input);
    match eval(&mut scope, key).map_err(Stop::failure)? {
        Value::Text(key) => Ok(key.to_string()),
        _ => Ok(String::new()),
    }
}

/// Does the steps, and makes a response of what they give.
pub async fn respond(app: &Arc<App>, id: Id, cx: Context, input: Vec<Value>) -> Result<Response, Failure> {
    let returned = perform(Arc::clone(app), id, cx, input).await?;
    let of = app.operation(id).ok_or_else(missing)?;
    Ok(call::response(app, of, returned))
}

/// The same, with a header that says where the list goes on.
async fn paged(
    app: &Arc<App>,
    id: Id,
    cx: Context,
    input: Vec<Value>,
    page: &NextPage,
) -> Result<Response, Failure> {
    let returned = perform(Arc::clone(app), id, cx, input).await?;
    let of = app.operation(id).ok_or_else(missing)?;
    let next = next(app, &of.result, &returned.1);
    Ok(page.link(call::response(app, of, returned), next.as_deref()))
}

/// Where a list goes on, as its part says it.
fn next(app: &App, ty: &Type, part: &Value) -> Option<Arc<str>> {
    let (Type::Named(id), Value::Record(record)) = (ty, part) else { return None };
    match record.fields.get(app.code.types.def(*id)?.position("next")?)? {
        Value::Text(next) => Some(Arc::clone(next)),
        _ => None,
    }
}

// ---- the steps ----------------------------------------------------------------------------------

/// The status and the value that an operation gives: of its steps, or of an answer that is kept.
pub async fn perform(app: Arc<App>, id: Id, cx: Context, input: Vec<Value>) -> Result<Returned, Failure> {
    let of = app.operation(id).ok_or_else(missing)?;
    let step = watch::operation(&app, id, &cx, &input);
    let ended = kept(Arc::clone(&app), id, watch::inside(&step, cx), input).await;
    watch::answered(&app, of, step, &ended);
    if let (Err(failure), Some(world)) = (&ended, app.world())
        && !failure.log_text().is_empty()
    {
        let target = Target::Service { service: id.0, operation: id.1 };
        world.failed(target, failure.status(), failure.log_text());
    }
    ended
}

async fn kept(app: Arc<App>, id: Id, cx: Context, input: Vec<Value>) -> Result<Returned, Failure> {
    let of = app.operation(id).ok_or_else(missing)?;
    let (Some(settings), Some(kept)) = (&of.settings.cache, app.cache(id)) else {
        return run(&app, id, cx, input, Asked::Here).await;
    };
    // Whoever may not have the answer does not get a kept one either.
    let mut scope = scope(&app, of, &cx, &input);
    allow(&mut scope, of)?;
    let mut key = call::parameters(&app, of, &input);
    if let Some(own) = &settings.key {
        let value = eval(&mut scope, own).map_err(Stop::failure)?;
        key += &codec::to_json(&app.code.types, &own.ty, &value).to_string();
    }
    let inner = Arc::clone(&app);
    cx.watch().inspect(|watch| watch.note(KEPT, "by the cache of the operation"));
    let steps = move |cx: Context| async move {
        cx.watch().inspect(|watch| watch.forget(KEPT));
        run(&inner, id, cx, input, Asked::Before).await
    };
    kept.get(&cx, &key, steps).await
}

/// The same for a test, which nothing is kept for, and nobody looks on.
pub async fn perform_tested(
    app: &Arc<App>,
    id: Id,
    cx: Context,
    (input, asked): (Vec<Value>, Asked),
) -> Result<Returned, Failure> {
    run(app, id, cx, input, asked).await
}
/// That the steps were not done, because there was an answer already.
const KEPT: &str = "kept";

/// Whether it has been asked already who may have the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Before,
    Here,
}

async fn run(
    app: &Arc<App>,
    id: Id,
    cx: Context,
    input: Vec<Value>,
    asked: Asked,
) -> Result<Returned, Failure> {
    let of = app.operation(id).ok_or_else(missing)?;
    match undo::undoing(app, id) {
        Some(undoing) => {
            let undos = Undos::new(&app.runs, undoing, &cx);
            let ended = inner(app, id, of, (undos.context(), Some(&undos)), (input, asked)).await;
            undos.end(ended).await
        }
        None => inner(app, id, of, (cx, None), (input, asked)).await,
    }
}

async fn inner(
    app: &Arc<App>,
    id: Id,
    operation: &Operation,
    (cx, undos): (Context, Option<&Undos>),
    (input, asked): (Vec<Value>, Asked),
) -> Result<Returned, Failure> {
    let mut scope = scope(app, operation, &cx, &input);
    drop(input);
    if asked == Asked::Here {
        allow(&mut scope, operation)?;
    }
    let run = Run { app, operation, cx: &cx, undos, unread: app.code.types.unread(id.0, id.1) };
    let returned = step::all(run, &mut scope, &operation.steps).await?;
    let status = operation.outcomes.first().map_or(204, |(status, _)| *status);
    Ok(returned.unwrap_or((status, Value::None)))
}

/// What an operation sees at its start.
pub fn scope<'a>(app: &'a App, of: &Operation, cx: &Context, input: &[Value]) -> Scope<'a> {
    let mut scope = Scope::of(app, of.locals.len());
    bind(&mut scope, of, input);
    for (local, value) in [(of.caller, caller as fn(&Context, &str) -> Value), (of.request, request)] {
        if let Some(local) = local {
            let fields = fields(app, of, local).iter().map(|field| value(cx, &field.name));
            scope.set(local, Value::record(fields.collect()));
        }
    }
    scope
}

/// The fields of a record that the language itself hands out.
fn fields<'a>(app: &'a App, of: &Operation, local: LocalId) -> &'a [Field] {
    let Some(Type::Named(id)) = of.locals.get(local.0).map(|local| &local.ty) else { return &[] };
    match app.code.types.def(*id) {
        Some(TypeDef::Record(record)) => &record.fields,
        _ => &[],
    }
}

fn caller(cx: &Context, field: &str) -> Value {
    let caller = cx.caller();
    let claims = |claims: &Dict<Json>| {
        claims.iter().map(|(name, value)| (name.clone(), Value::Json(Arc::new(value.clone())))).collect()
    };
    match field {
        "subject" => Value::text(caller.subject.as_str()),
        "scopes" => Value::list(caller.scopes.iter().map(|scope| Value::text(scope.as_str())).collect()),
        "claims" => Value::dict(claims(&caller.claims)),
        "service" => caller.service.as_deref().map_or(Value::None, Value::text),
        _ => Value::None,
    }
}

fn request(cx: &Context, field: &str) -> Value {
    let request = cx.request();
    match field {
        "id" => Value::text(request.id.as_str()),
        "at" => Value::DateTime(request.at),
        "address" => Value::text(request.address.as_str()),
        _ => Value::None,
    }
}

/// Turns a caller away who may not have the answer.
pub fn allow(scope: &mut Scope<'_>, of: &Operation) -> Result<(), Failure> {
    let Some(allow): Option<&Expr> = of.settings.allow.as_ref() else { return Ok(()) };
    match holds(scope, allow).map_err(Stop::failure)? {
        true => Ok(()),
        false => Err(Failure::forbidden()),
    }
}
