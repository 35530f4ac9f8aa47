//! Lists that go through element by element: each is read, made into something else, written and forgotten.

use std::sync::Arc;

use flow_std::client::Elements;
use flow_std::codec::{Encode, Reader, Writer};
use flow_std::failure::{CallFailure, Failure};
use flow_std::http::{Context, Response};

use super::app::{App, Backends};
use super::code::Named;
use super::codec::{Written, convert, decode};
use super::expr::{condition, eval};
use super::operation::{self, Id};
use super::scope::Scope;
use super::step::{self, Run};
use super::stop::Stop;
use super::{Value, call, watch};
use crate::ir::streamed::{Streamed, list_answer, list_item, streamed};
use crate::ir::{self, Call, Condition, Expr, LocalId, Operation, Target, Type};

/// What is done with each element, for as long as the program runs.
pub enum Stage {
    Keep { binding: LocalId, tests: Condition },
    Make { binding: LocalId, body: Expr },
    Convert { have: Type, want: Type },
}

impl Stage {
    pub fn of(stage: ir::streamed::Stage<'_>) -> Stage {
        match stage {
            ir::streamed::Stage::Keep { binding, tests } => Stage::Keep { binding, tests: tests.clone() },
            ir::streamed::Stage::Make { binding, body } => Stage::Make { binding, body: body.clone() },
            ir::streamed::Stage::Convert { have, want } => {
                Stage::Convert { have: have.clone(), want: want.clone() }
            }
        }
    }
}

/// An element that knows how it is written.
struct Element {
    app: Arc<App>,
    ty: Arc<Type>,
    value: Value,
}

impl Encode for Element {
    fn encode(&self, to: &mut Writer) {
        Written::plain(&self.app.code.types, &self.ty, &self.value).encode(to);
    }
}

/// Whether the list of an operation goes through. What is given in a test is there in whole.
pub fn goes_through(app: &App, id: Id) -> bool {
    app.code.stages(id).is_some() && matches!(app.backends, Backends::Real(_))
}

/// The answer of an operation whose list goes through; none where it does not.
pub async fn respond(
    app: &Arc<App>,
    id: Id,
    cx: &Context,
    input: &[Value],
) -> Option<Result<Response, Failure>> {
    let stages = app.code.stages(id).filter(|_| goes_through(app, id))?;
    let of = streamed(&app.code.program, &app.code.slice, id)?;
    let operation = app.operation(id)?;
    Some(in_parts(app, id, (operation, of, stages), cx, input).await)
}

async fn in_parts(
    app: &Arc<App>,
    id: Id,
    (operation, of, stages): (&Operation, Streamed<'_>, &Arc<[Stage]>),
    cx: &Context,
    input: &[Value],
) -> Result<Response, Failure> {
    let mut scope = operation::scope(app, operation, cx, input);
    operation::allow(&mut scope, operation)?;
    let unread = app.code.types.unread(id.0, id.1);
    let run = Run { app, operation, cx, undos: None, unread };
    step::all(run, &mut scope, of.before).await?;
    let elements = elements(run, &mut scope, of.call.1).await?;
    let ty = Arc::new(list_item(&operation.result).cloned().unwrap_or(Type::Json));
    let made = made(app, id, (Arc::clone(stages), input.to_vec()), elements)?;
    let app = Arc::clone(app);
    let shown = made.map(move |value| Element { app: Arc::clone(&app), ty: Arc::clone(&ty), value });
    Ok(Response::elements(operation.outcomes.first().map_or(200, |one| one.0), shown))
}

/// The elements of the list that a call gives.
async fn elements(run: Run<'_>, scope: &mut Scope<'_>, call: &Call) -> Result<Elements<Value>, Failure> {
    let (app, Target::Backend { backend, operation }) = (run.app, call.target) else { return Err(missing()) };
    let Backends::Real(clients) = &app.backends else { return Err(missing()) };
    let id = (backend, operation);
    let (Some(Some(client)), Some(of), Some(outgoing)) =
        (clients.get(backend), call::operation_of(app, id), app.code.outgoing(id))
    else {
        return Err(missing());
    };
    let (status, item) = list_answer(of).ok_or_else(missing)?;
    let own = call::context(run, scope, call, run.cx).map_err(Stop::failure)?;
    let args = call::arguments(app, scope, call).map_err(Stop::failure)?;
    let step = watch::call(app, own.as_ref().unwrap_or(run.cx), call, &args);
    let cx = watch::inside(&step, own.unwrap_or_else(|| run.cx.clone()));
    let Named { name, method } = app.code.backend_named(id);
    let mut made = client.read(name, method);
    outgoing.fill(&app.code.types, &args, &mut made);
    let (inner, item) = (Arc::clone(app), item.clone());
    let read = move |from: &mut Reader<'_>| decode(&inner.code.types, &item, from);
    let ended: Result<_, CallFailure> = made.elements(&cx, status, read).await;
    if let Some(step) = step {
        step.end(ended.as_ref().err().map(ToString::to_string));
    }
    match ended {
        Ok(elements) => Ok(elements),
        // An arm of such a call only fails.
        Err(failure) => {
            step::failed(run, scope, call, failure)?;
            Err(missing())
        }
    }
}

fn missing() -> Failure {
    Failure::internal("a list that does not go through")
}

/// What is done with each element, of nothing but it and the parameters.
fn made(
    app: &Arc<App>,
    id: Id,
    (stages, input): (Arc<[Stage]>, Vec<Value>),
    mut elements: Elements<Value>,
) -> Result<Elements<Value>, Failure> {
    for at in 0..stages.len() {
        let one = One { app: Arc::clone(app), id, stages: Arc::clone(&stages), at, input: input.clone() };
        elements = match stages.get(at) {
            Some(Stage::Keep { .. }) => elements.filter(move |value| one.keeps(value)),
            Some(Stage::Make { .. } | Stage::Convert { .. }) => {
                elements.try_map(move |value| one.make(value))?
            }
            None => elements,
        };
    }
    Ok(elements)
}

/// One stage of one request.
struct One {
    app: Arc<App>,
    id: Id,
    stages: Arc<[Stage]>,
    at: usize,
    input: Vec<Value>,
}

impl One {
    fn scope(&self) -> Scope<'_> {
        let locals = self.app.operation(self.id).map_or(0, |of| of.locals.len());
        let mut scope = Scope::new(&self.app.code, &self.app.config.values, locals);
        if let Some(of) = self.app.operation(self.id) {
            operation::bind(&mut scope, of, &self.input);
        }
        scope
    }

    fn keeps(&self, value: &Value) -> bool {
        let Some(Stage::Keep { binding, tests }) = self.stages.get(self.at) else { return true };
        let mut scope = self.scope();
        scope.set(*binding, value.clone());
        condition(&mut scope, tests).unwrap_or(false)
    }

    fn make(&self, value: Value) -> Result<Value, Failure> {
        match self.stages.get(self.at) {
            Some(Stage::Make { binding, body }) => {
                let mut scope = self.scope();
                scope.set(*binding, value);
                eval(&mut scope, body).map_err(Stop::failure)
            }
            Some(Stage::Convert { have, want }) => Ok(convert(&self.app.code.types, value, have, want)),
            Some(Stage::Keep { .. }) | None => Ok(value),
        }
    }
}
