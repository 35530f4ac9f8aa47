//! How what an operation has done is taken back: what is kept of it, and how a process that comes later does it.

use std::sync::Arc;

use flow_std::codec::{Reader, Side, from_json};
use flow_std::failure::CallFailure;
use flow_std::http::Context;
use flow_std::undo::Undoing;
use flow_std::{Dict, Json};

use super::app::App;
use super::scope::Scope;
use super::step::Run;
use super::stop::Stop;
use super::{Value, call, codec, watch};
use crate::ir::{Argument, Call, Operation, visit};

const NAME: &str = "undo";

/// What is kept of an undo: its name, and its arguments by their numbers.
pub fn record(app: &App, scope: &mut Scope<'_>, undo: &Call) -> Result<Json, Stop> {
    let mut kept = Dict::from_iter([(NAME.to_owned(), Json::Text(undo.name.clone()))]);
    for argument in &undo.args {
        let value = call::argument(app, scope, undo.target, argument)?;
        let value = codec::to_json(&app.code.types, &argument.value.ty, &value);
        kept.insert(argument.param.to_string(), value);
    }
    Ok(Json::Object(kept))
}

/// Undoes what an operation has left; none where it has nothing to undo.
pub fn undoing(app: &Arc<App>, id: (usize, usize)) -> Option<Undoing> {
    app.code.has_undos(id).then(|| {
        let app = Arc::clone(app);
        Undoing::new(app.name(id), move |kept: Json, cx| {
            let app = Arc::clone(&app);
            async move { undo(&app, id, &kept, &cx).await }
        })
    })
}

async fn undo(app: &Arc<App>, id: (usize, usize), kept: &Json, cx: &Context) -> Result<(), CallFailure> {
    let Some(operation) = app.operation(id) else { return Err(unreadable()) };
    let Some(undo) = of_name(operation, kept) else { return Err(unreadable()) };
    let args = arguments(app, undo, kept)?;
    let run = Run { app, operation, cx, undos: None, unread: app.code.types.unread(id.0, id.1) };
    let mut nothing = Scope::of(app, 0);
    let own = call::context(run, &mut nothing, undo, cx).map_err(|_| unreadable())?;
    let cx = own.unwrap_or_else(|| cx.clone());
    let step = watch::undo(app, &cx, undo, &args);
    let ended = call::perform(app, &watch::inside(&step, cx), undo.target, args).await;
    watch::returned(app, undo, step, &ended);
    ended.map(drop)
}

fn unreadable() -> CallFailure {
    CallFailure::malformed("what was kept of an undo cannot be read")
}

/// The undo that a record is of: one that has its name and the same arguments.
fn of_name<'o>(operation: &'o Operation, kept: &Json) -> Option<&'o Call> {
    let Json::Object(fields) = kept else { return None };
    let mut found = None;
    visit::calls(&operation.steps, &mut |call| {
        let is_it = |undo: &&Call| {
            fields.get(NAME) == Some(&Json::Text(undo.name.clone()))
                && undo.args.len() + 1 == fields.len()
                && undo.args.iter().all(|one| fields.contains_key(&one.param.to_string()))
        };
        found = found.or(call.undo.as_deref().filter(is_it));
    });
    found
}

fn arguments(app: &App, undo: &Call, kept: &Json) -> Result<Vec<Value>, CallFailure> {
    let Json::Object(fields) = kept else { return Err(unreadable()) };
    let value = |one: &Argument| {
        let text = fields.get(&one.param.to_string())?.to_string();
        let decode = |from: &mut Reader<'_>| codec::decode(&app.code.types, &one.value.ty, from);
        from_json(text.as_bytes(), Side::Caller, NAME, decode).ok()
    };
    let mut args = call::no_arguments(app, undo.target);
    for one in &undo.args {
        let value = value(one).ok_or_else(unreadable)?;
        if let Some(place) = args.get_mut(one.param) {
            *place = value;
        }
    }
    Ok(args)
}
