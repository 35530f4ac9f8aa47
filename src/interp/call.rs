//! Calls of backends and of other services.

use std::sync::Arc;

use flow_std::client::Client;
use flow_std::codec::param_text;
use flow_std::failure::{Answer, CallFailure, Failure};
use flow_std::http::{Context, Parameters, Repeat, Response, want_within};
use flow_std::local::{self, LocalEndpoint, With};
use flow_std::policy;

use super::app::{App, Backends};
use super::code::Named;
use super::codec::{self, Written};
use super::expr::eval;
use super::scope::Scope;
use super::step::{Pending, Run};
use super::stop::Stop;
use super::testing::World;
use super::{Value, operation};
use crate::ir::{
    self, Argument, BackendOperation, Call, FailurePattern, Operation, Own, Param, ParamPlace, RequestKey,
    Target,
};

/// The values that a call hands over: of each parameter, in their order.
pub type Args = Vec<Value>;

pub fn arguments(app: &App, scope: &mut Scope<'_>, call: &Call) -> Result<Args, Stop> {
    let mut args = no_arguments(app, call.target);
    for one in &call.args {
        let value = argument(app, scope, call.target, one)?;
        if let Some(place) = args.get_mut(one.param) {
            *place = value;
        }
    }
    Ok(args)
}

/// The value of an argument, which has the name of its parameter as its place.
pub fn argument(app: &App, scope: &mut Scope<'_>, target: Target, of: &Argument) -> Result<Value, Stop> {
    eval(scope, &of.value).map_err(|stop| match app.code.program.parameter(target, of.param) {
        Some(name) => stop.part(name),
        None => stop,
    })
}

/// None for each parameter; the body of a backend's operation has the number behind them.
pub fn no_arguments(app: &App, target: Target) -> Args {
    let program = &app.code.program;
    let count = match target {
        Target::Backend { backend, operation } => {
            let of = program.backends.get(backend).and_then(|of| of.operations.get(operation));
            of.map_or(0, |of| of.params.len() + 1)
        }
        Target::Service { service, operation } => {
            app.operation((service, operation)).map_or(0, |of| of.params.len())
        }
    };
    vec![Value::None; count]
}

/// The context with what a call has for itself, if it has anything.
pub fn context(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    call: &Call,
    around: &Context,
) -> Result<Option<Context>, Stop> {
    let (config, settings) = (&run.app.config, &call.settings);
    let mut own: Option<Context> = None;
    let mut add = |make: &dyn Fn(&Context) -> Context| {
        let made = make(own.as_ref().unwrap_or(around));
        own = Some(made);
    };
    if !run.unread.is_empty() && matches!(call.target, Target::Backend { .. }) {
        add(&|cx| cx.skipping(run.unread));
    }
    if let Some(timeout) = settings.timeout_ms {
        add(&|cx| cx.with_timeout(config.duration(timeout)));
    }
    if let Some(retry) = overridden(&settings.retry, |retry| super::policy::retry(config, retry)) {
        add(&|cx| cx.with_retry(retry.clone()));
    }
    if let Some(hedge) = overridden(&settings.hedge, |hedge| super::policy::hedge(config, hedge)) {
        add(&|cx| cx.with_hedge(hedge));
    }
    if let Some(cache) = overridden(&settings.cache, |cache| super::policy::cache(config, cache)) {
        let key = match settings.cache.this().and_then(|cache| cache.key.as_ref()) {
            Some(key) => text_of(eval(scope, key)?),
            None => None,
        };
        add(&|cx| cx.with_cache(cache, key.clone()));
    }
    Ok(own)
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// What stands in place of the backend's own policy, if anything does.
fn overridden<T, U>(own: &Own<T>, made: impl FnOnce(&T) -> U) -> Option<Option<U>> {
    match own {
        Own::Outer => None,
        Own::Off => Some(None),
        Own::This(value) => Some(Some(made(value))),
    }
}

/// Makes a call with these arguments.
pub fn perform<'c>(
    app: &'c Arc<App>,
    cx: &'c Context,
    target: Target,
    args: Args,
) -> Pending<'c, Result<Value, CallFailure>> {
    Box::pin(async move {
        let clients = match &app.backends {
            Backends::Real(clients) => clients,
            Backends::Given(world) => return given(app, world, cx, target, args).await,
            Backends::Played(player) => {
                return match target {
                    Target::Backend { .. } => player(target, &args),
                    Target::Service { service, operation } => {
                        local(app, cx, (service, operation), args).await
                    }
                };
            }
        };
        match target {
            Target::Backend { backend, operation } => match clients.get(backend) {
                Some(Some(client)) => remote(app, client, cx, (backend, operation), &args).await,
                Some(None) | None => Err(not_there()),
            },
            Target::Service { service, operation } => match app.elsewhere.get(service) {
                Some(Some(client)) => elsewhere(app, client, cx, (service, operation), &args).await,
                Some(None) | None => local(app, cx, (service, operation), args).await,
            },
        }
    })
}

/// A call in a test.
async fn given(
    app: &Arc<App>,
    world: &World,
    cx: &Context,
    target: Target,
    args: Args,
) -> Result<Value, CallFailure> {
    let operation = match target {
        Target::Service { service, operation } => app.operation((service, operation)),
        Target::Backend { .. } => None,
    };
    let args = match operation {
        Some(of) => input(app, of, args).map_err(|stop| CallFailure::malformed(stop.message()))?,
        None => args,
    };
    match (world.answer(&app.code.program, target, &args), target) {
        (Some(answer), _) => answer.ended(&app.code, target),
        (None, Target::Service { service, operation }) => local(app, cx, (service, operation), args).await,
        (None, Target::Backend { .. }) => Err(not_there()),
    }
}

fn not_there() -> CallFailure {
    CallFailure::malformed("is not there")
}

/// Calls a backend, as its contract says.
async fn remote(
    app: &Arc<App>,
    client: &Client,
    cx: &Context,
    id: (usize, usize),
    args: &[Value],
) -> Result<Value, CallFailure> {
    let (of, outgoing) = (operation_of(app, id), app.code.outgoing(id));
    let (Some(of), Some(outgoing)) = (of, outgoing) else { return Err(not_there()) };
    let Named { name, method } = app.code.backend_named(id);
    let mut call = if of.reads { client.read(name, method) } else { client.write(name, method) };
    outgoing.fill(&app.code.types, args, &mut call);
    // A kept answer is read again by whoever comes later.
    let app = Arc::clone(app);
    let read = move |answer: Answer| match operation_of(&app, id) {
        Some(of) => codec::of_backend(&app.code.types, of, answer),
        None => Err(not_there()),
    };
    call.answer(cx, read).await
}

pub fn operation_of(app: &App, id: (usize, usize)) -> Option<&BackendOperation> {
    app.code.program.backends.get(id.0)?.operations.get(id.1)
}

// ---- services -----------------------------------------------------------------------------------

/// Calls another service over HTTP.
async fn elsewhere(
    app: &Arc<App>,
    client: &Client,
    cx: &Context,
    id: (usize, usize),
    args: &[Value],
) -> Result<Value, CallFailure> {
    let (Some(of), Some(outgoing)) = (app.operation(id), app.code.to_service(id)) else {
        return Err(not_there());
    };
    let Named { name, method } = app.code.named(id);
    let mut call = if of.writes { client.write(name, method) } else { client.read(name, method) };
    match of.settings.idempotent.as_ref().map(|of| &of.key) {
        None => {}
        Some(RequestKey::Text(_)) => {
            call.repeatable();
        }
        Some(RequestKey::Header(header)) => {
            let is_given = |param: &ir::Param| param.is_header(header) && !param.ty.is_optional();
            if !of.params.iter().any(is_given) {
                call.key(header, &cx.step_key(name));
            }
        }
    }
    outgoing.fill(&app.code.types, args, &mut call);
    let app = Arc::clone(app);
    let read = move |answer: Answer| match app.operation(id) {
        Some(of) => codec::of_service(&app.code.types, of, answer),
        None => Err(not_there()),
    };
    call.answer(cx, read).await
}

/// Calls another service in the same process: what can be seen of it is what could be seen if it were elsewhere.
async fn local(app: &Arc<App>, cx: &Context, id: (usize, usize), args: Args) -> Result<Value, CallFailure> {
    let Some(of) = app.operation(id) else { return Err(not_there()) };
    let input = input(app, of, args).map_err(|stop| CallFailure::malformed(stop.message()))?;
    let inside = local::inside(cx, app.name(id));
    let limit_key = operation::limit_key(app, of, &inside, &input);
    let to = LocalEndpoint {
        operation: app.name(id),
        writes: of.writes,
        repeat: if of.is_repeatable() { Repeat::Safe } else { Repeat::Unsafe },
        deadline: app.config.duration(of.settings.deadline_ms),
        limit: app.limiter(id, of),
        audit: of.is_audited().then(|| audited(app, of, &input)),
        limit_key: limit_key.map_err(|failure| local::refused(app.name(id), &failure))?,
    };
    let with = With::of(cx, is_keyed(of, &input), || parameters(app, of, &input));
    let Some(peer) = app.peers.get(id.0) else { return Err(not_there()) };
    if of.settings.idempotent.is_none() {
        let app = Arc::clone(app);
        let steps = move |cx| async move { Ok(operation::perform(app, id, cx, input).await?.1) };
        return local::call_with(cx, &to, peer, with, steps).await;
    }
    let key = header_key(app, of, &input, || cx.step_key(to.operation));
    let steps = {
        let app = Arc::clone(app);
        move |cx: Context| once(app, id, cx, key, input)
    };
    let answer = local::call_with(cx, &to, peer, with, steps).await?;
    codec::of_service(&app.code.types, of, answer)
}

/// What a call tells the audit log of its parameters.
fn audited(app: &App, of: &Operation, input: &[Value]) -> Parameters {
    let is_shown = |param: &Param| param.is_in_path() && !param.labelled;
    let values = of.params.iter().zip(input).filter(|(param, _)| is_shown(param));
    let text = |(param, value): (&Param, &Value)| {
        let (types, ty) = (&app.code.types, param.ty.present());
        let text = match &param.place {
            ParamPlace::Path(style) if !codec::is_scalar(types, ty) => {
                param_text(codec::style(*style), &Written::plain(types, ty, value))
            }
            _ => codec::as_text(types, ty, value).into_owned(),
        };
        (param.wire.clone(), text)
    };
    values.map(text).collect()
}

/// What an operation gets: of each parameter the argument, or its default.
pub fn input(app: &App, of: &Operation, mut input: Args) -> Result<Args, Stop> {
    for (param, place) in of.params.iter().zip(&mut input) {
        if let (Some(default), Value::None) = (&param.default, &place) {
            *place = eval(&mut Scope::of(app, 0), default)?;
        }
    }
    Ok(input)
}

fn is_keyed(of: &Operation, input: &[Value]) -> bool {
    let mut keys = of.params.iter().zip(input).filter(|(param, _)| param.is_key);
    of.settings.idempotent.is_some() || keys.any(|(_, value)| !value.is_none())
}

/// What tells the answers of an operation apart.
pub fn parameters(app: &App, of: &Operation, input: &[Value]) -> String {
    let types = &app.code.types;
    let written: Vec<Written<'_>> =
        of.params.iter().zip(input).map(|(param, value)| Written::plain(types, &param.ty, value)).collect();
    let parts: Vec<&dyn flow_std::codec::Encode> = written.iter().map(|one| one as _).collect();
    policy::parameters(&parts)
}

/// The key that the flow gives in a header, if it gives one, and else that of the step which makes the call.
fn header_key(
    app: &App,
    of: &Operation,
    input: &[Value],
    of_step: impl FnOnce() -> String,
) -> Option<String> {
    let Some(RequestKey::Header(name)) = of.settings.idempotent.as_ref().map(|of| &of.key) else {
        return None;
    };
    let declared = of.params.iter().zip(input).find(|(param, _)| param.is_header(name));
    match declared.filter(|(_, value)| !value.is_none()) {
        Some((param, value)) => Some(codec::as_text(&app.code.types, param.ty.present(), value).into_owned()),
        None => Some(of_step()),
    }
}

/// An operation that is done once, called from within the process.
async fn once(
    app: Arc<App>,
    id: (usize, usize),
    cx: Context,
    key: Option<String>,
    input: Vec<Value>,
) -> Result<Answer, Failure> {
    let of = app.operation(id).ok_or_else(|| Failure::internal("no such operation"))?;
    let Some(settings) = &of.settings.idempotent else {
        return Err(Failure::internal("it is not done once"));
    };
    let key = match key {
        Some(key) => key,
        None => operation::text_key(&app, of, &cx, &input)?,
    };
    let want = want_within(key, &parameters(&app, of, &input), app.config.duration(settings.keep_ms));
    let runs = app.runs.clone();
    let steps = |cx| {
        let app = Arc::clone(&app);
        async move { operation::respond(&app, id, cx, input).await }
    };
    runs.once_within(&cx, want, steps).await
}

// ---- failures -----------------------------------------------------------------------------------

pub fn fits(app: &App, pattern: &FailurePattern, failure: &CallFailure) -> bool {
    match pattern {
        FailurePattern::Status(status) => failure.is_status(*status),
        FailurePattern::Class(class) => failure.is_class(*class),
        FailurePattern::Timeout => failure.is_timeout(),
        FailurePattern::Unreachable => failure.is_unreachable(),
        FailurePattern::Rejected => failure.is_rejected(),
        FailurePattern::Malformed => failure.is_malformed(),
        FailurePattern::Problem(id) => failure.is_problem(app.code.problem(*id)),
        FailurePattern::Any => true,
    }
}

/// What an operation answers, as the shell sends it.
pub fn response(app: &App, of: &Operation, (status, value): (u16, Value)) -> Response {
    let types = &app.code.types;
    if of.outcomes.len() > 1 {
        return match (&of.result, value) {
            (ir::Type::Unit, _) | (ir::Type::Optional(_), Value::None) => Response::empty(status),
            (ty, value) => Response::json(status, &Written::plain(types, ty.present(), &value)),
        };
    }
    match (of.outcomes.first().map(|(_, ty)| ty), value) {
        (None | Some(ir::Type::Unit), _) => Response::empty(status),
        (Some(ir::Type::Bytes), Value::Bytes(bytes)) => {
            Response::binary(status, "application/octet-stream", bytes)
        }
        (Some(_), value) => Response::json(status, &Written::plain(types, &of.result, &value)),
    }
}
