//! Steps, in the order and side by side as the intermediate form says.

use std::pin::Pin;
use std::sync::Arc;

use flow_std::failure::{CallFailure, Failure};
use flow_std::http::{Context, Level};
use flow_std::steps::{Later, fan_out, fan_out_writes};
use flow_std::undo::{Undos, Write};
use rustc_hash::FxHashMap;

use super::app::App;
use super::call;
use super::codec::Written;
use super::expr::{condition, eval, items_of};
use super::fail;
use super::name::fixed;
use super::scope::Scope;
use super::stop::Stop;
use super::testing::{Line, Part};
use super::{Value, undo, watch};
use crate::ir::{self, ArmBody, Call, Condition, Expr, Fail, Fan, LocalId, Operation, Step, StepKind, visit};

/// One execution of an operation.
#[derive(Clone, Copy)]
pub struct Run<'r> {
    pub app: &'r Arc<App>,
    pub operation: &'r Operation,
    pub cx: &'r Context,
    /// How what is written is taken back, where anything is.
    pub undos: Option<&'r Undos>,
    /// Fields of answers that this operation does not read.
    pub unread: &'static [&'static str],
}

/// A future of its own size, for what may hold itself.
pub type Pending<'p, T> = Pin<Box<dyn Future<Output = T> + Send + 'p>>;

/// The status and the value that a `return` gives.
pub type Returned = (u16, Value);

/// None where the steps come to their end without a `return`.
pub fn all<'s, 'c: 's>(
    run: Run<'s>,
    scope: &'s mut Scope<'c>,
    steps: &'s [Step],
) -> Pending<'s, Result<Option<Returned>, Failure>> {
    Box::pin(async move {
        for step in steps {
            if let Some(returned) = one(run, scope, step).await? {
                return Ok(Some(returned));
            }
        }
        Ok(None)
    })
}

async fn one(run: Run<'_>, scope: &mut Scope<'_>, step: &Step) -> Result<Option<Returned>, Failure> {
    if run.app.leaves_out(Part::step(step)) {
        return Ok(None);
    }
    match &step.kind {
        StepKind::Let { local, value } => bound(run, scope, Some(*local), value).await?,
        StepKind::Do(value) => bound(run, scope, None, value).await?,
        StepKind::Overlap(steps) => overlap(run, scope, steps).await?,
        StepKind::Together(steps) => together(run, scope, steps).await?,
        StepKind::Require { condition, otherwise } => require(scope, condition, otherwise)?,
        StepKind::When { condition: tests, then, otherwise, joined } => {
            let holds = condition(scope, tests).map_err(Stop::failure)?;
            let steps = if holds { then } else { otherwise };
            if let Some(returned) = all(run, scope, steps).await? {
                return Ok(Some(returned));
            }
            for one in joined {
                let value = value_of(scope, if holds { &one.then } else { &one.otherwise })?;
                scope.set(one.local, value);
            }
        }
        StepKind::Log { level, message, fields } => log(run, scope, (level, message, fields))?,
        StepKind::Return { status, value } => {
            let value = match value {
                Some(value) => value_of(scope, value)?,
                None => Value::None,
            };
            return Ok(Some((*status, value)));
        }
        StepKind::Fail(fail) => return Err(problem(scope, fail)),
    }
    Ok(None)
}

/// A value in an operation: what cannot be computed is a problem here.
pub fn value_of(scope: &mut Scope<'_>, expr: &Expr) -> Result<Value, Failure> {
    eval(scope, expr).map_err(Stop::failure)
}

fn problem(scope: &mut Scope<'_>, fail: &Fail) -> Failure {
    fail::problem(scope, fail).unwrap_or_else(Stop::failure)
}

fn require(scope: &mut Scope<'_>, tests: &Condition, otherwise: &Fail) -> Result<(), Failure> {
    match condition(scope, tests).map_err(Stop::failure)? {
        true => Ok(()),
        false => Err(problem(scope, otherwise)),
    }
}

fn log(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    (name, message, fields): (&str, &Expr, &[(String, Expr)]),
) -> Result<(), Failure> {
    let level = Level::from_name(name).unwrap_or(Level::Info);
    let Value::Text(message) = value_of(scope, message)? else { return Ok(()) };
    if let Some(world) = run.app.world() {
        world.log(Line { level: level.as_str().to_owned(), message: message.to_string() });
    }
    let mut values = Vec::with_capacity(fields.len());
    for (name, field) in fields {
        values.push((fixed(name), value_of(scope, field)?, &field.ty));
    }
    watch::log(run.app, run.cx, (name, &message), &values);
    let types = &run.app.code.types;
    let written: Vec<_> =
        values.iter().map(|(name, value, ty)| (*name, Written::plain(types, ty, value))).collect();
    let fields: Vec<_> =
        written.iter().map(|(name, value)| (*name, value as &dyn flow_std::codec::Encode)).collect();
    run.cx.log(level, &message, &fields);
    Ok(())
}

// ---- values of steps ----------------------------------------------------------------------------

/// Computes what a step gives, binds it, and says how it is undone.
async fn bound(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    local: Option<LocalId>,
    value: &ir::Value,
) -> Result<(), Failure> {
    match value {
        ir::Value::Plain(expr) => {
            let name = local.and_then(|local| run.operation.locals.get(local.0)).map(|local| &local.name);
            let value = eval(scope, expr).map_err(|stop| match name {
                Some(name) => stop.part(name).failure(),
                None => stop.failure(),
            });
            set(scope, local, value?);
        }
        ir::Value::Call(of) => drop(made(run, scope, local, of).await?),
        ir::Value::Fan(fan) => {
            let value = self::fan(run, scope, fan).await?;
            set(scope, local, value);
        }
    }
    Ok(())
}

fn set(scope: &mut Scope<'_>, local: Option<LocalId>, value: Value) {
    if let Some(local) = local {
        scope.set(local, value);
    }
}

/// Makes a call. A write that has an undo is announced before, and noted with its undo when it is done.
async fn made(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    local: Option<LocalId>,
    call: &Call,
) -> Result<Value, Failure> {
    let undo = call.undo.as_deref().filter(|undo| !run.app.leaves_out(Part::undo(undo)));
    let (Some(undo), Some(undos)) = (undo, run.undos) else {
        let value = handled(run, scope, call, None).await?;
        set(scope, local, value.clone());
        return Ok(value);
    };
    let write = undos.begin(fixed(&call.name)).await?;
    let value = handled(run, scope, call, Some(&write)).await?;
    set(scope, local, value.clone());
    // Where a fallback stands in for what was not done, there is nothing to undo.
    let has_fallback = call.arms.iter().any(|arm| matches!(arm.body, ArmBody::Value(_)));
    if !has_fallback || write.is_done() {
        let undo = undo::record(run.app, scope, undo).map_err(Stop::failure)?;
        write.done(&undo).await?;
    }
    Ok(value)
}

/// The value of a call, with what its arms make of failures.
async fn handled(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    call: &Call,
    write: Option<&Write<'_>>,
) -> Result<Value, Failure> {
    let around = write.map_or(run.cx, Write::context);
    let own = call::context(run, scope, call, around).map_err(Stop::failure)?;
    let cx = own.as_ref().unwrap_or(around);
    let args = call::arguments(run.app, scope, call).map_err(Stop::failure)?;
    let step = watch::call(run.app, cx, call, &args);
    let watched = step.as_ref().map(|step| cx.watched(step.watch()));
    let performed = call::perform(run.app, watched.as_ref().unwrap_or(cx), call.target, args);
    let ended = match write {
        Some(write) => write.watch(performed).await,
        None => performed.await,
    };
    watch::returned(run.app, call, step, &ended);
    match ended {
        Ok(value) if call.arms.is_empty() => Ok(value),
        Ok(value) => Ok(super::codec::convert(&run.app.code.types, value, &call.gives, &call.ty)),
        Err(failure) => failed(run, scope, call, failure),
    }
}

pub fn failed(
    run: Run<'_>,
    scope: &mut Scope<'_>,
    call: &Call,
    failure: CallFailure,
) -> Result<Value, Failure> {
    let fits = |arm: &&ir::Arm| {
        let is_meant = arm.patterns.iter().any(|one| call::fits(run.app, one, &failure));
        is_meant && !run.app.leaves_out(Part::arm(arm))
    };
    let Some(arm) = call.arms.iter().find(fits) else { return Err(failure.into()) };
    run.app.code.seen.iter().for_each(|seen| seen.arm(arm));
    if let Some(local) = arm.binding {
        let ty = run.operation.locals.get(local.0).map_or(&ir::Type::Json, |local| &local.ty);
        let body = failure.body(|from| super::codec::decode(&run.app.code.types, ty, from))?;
        scope.set(local, body);
    }
    match &arm.body {
        ArmBody::Value(value) => {
            run.cx.degraded(fixed(&call.name));
            watch::fallback(run.cx, call, &failure);
            match call.ty {
                ir::Type::Unit => Ok(Value::None),
                _ => value_of(scope, value),
            }
        }
        ArmBody::Fail(fail) => Err(problem(scope, fail)),
    }
}

async fn fan(run: Run<'_>, scope: &mut Scope<'_>, fan: &Fan) -> Result<Value, Failure> {
    let mut wanted = Vec::new();
    for item in items_of(value_of(scope, &fan.list)?) {
        scope.set(fan.binding, item.clone());
        let is_wanted = match &fan.condition {
            Some(tests) => condition(scope, tests).map_err(Stop::failure)?,
            None => true,
        };
        if is_wanted {
            wanted.push(item);
        }
    }
    let at_once = usize::try_from(fan.at_once).unwrap_or(usize::MAX);
    let around = &*scope;
    let each = |item| async move {
        let mut scope = around.clone();
        scope.set(fan.binding, item);
        made(run, &mut scope, None, &fan.call).await
    };
    let all = match fan.call.reads {
        true => fan_out(wanted, at_once, each).await?,
        false => fan_out_writes(wanted, at_once, each).await?,
    };
    Ok(Value::list(all))
}

// ---- side by side -------------------------------------------------------------------------------

/// Reads that overlap: each waits for just the values that it needs. The first that fails, in the order of the flow, is
/// the failure of all.
async fn overlap(run: Run<'_>, scope: &mut Scope<'_>, steps: &[Step]) -> Result<(), Failure> {
    let made: FxHashMap<LocalId, Later<Value>> =
        steps.iter().filter_map(Step::local).map(|local| (local, Later::new())).collect();
    let (around, awaited) = (&*scope, &made);
    fan_out(steps.iter().collect(), steps.len(), |step: &Step| async move {
        let mut scope = around.clone();
        for local in needs(step, awaited) {
            if let Some(later) = awaited.get(&local) {
                scope.set(local, later.get().await.clone());
            }
        }
        one(run, &mut scope, step).await?;
        if let Some((local, later)) = step.local().and_then(|local| Some((local, awaited.get(&local)?))) {
            later.set(scope.get(local));
        }
        Ok::<_, Failure>(())
    })
    .await?;
    for (local, later) in made {
        set(scope, Some(local), later.into_inner().unwrap_or(Value::None));
    }
    Ok(())
}

/// The values of other steps that a step reads.
fn needs(step: &Step, made: &FxHashMap<LocalId, Later<Value>>) -> Vec<LocalId> {
    let own = step.local();
    let mut needs = Vec::new();
    visit::step_parts(step, &mut |expr| {
        visit::locals(expr, &mut |local| {
            if Some(local) != own && made.contains_key(&local) && !needs.contains(&local) {
                needs.push(local);
            }
        });
    });
    needs
}

/// Writes at the same time: all are waited for, so that those that were done can be undone.
async fn together(run: Run<'_>, scope: &mut Scope<'_>, steps: &[Step]) -> Result<(), Failure> {
    let around = &*scope;
    let made = fan_out_writes(steps.iter().collect(), steps.len(), |step: &Step| async move {
        let mut scope = around.clone();
        one(run, &mut scope, step).await?;
        Ok::<_, Failure>(step.local().map(|local| (local, scope.get(local))))
    })
    .await?;
    for (local, value) in made.into_iter().flatten() {
        scope.set(local, value);
    }
    Ok(())
}
