//! Runs a test: its steps in their order, each on what came before.

use std::sync::Arc;

use flow_std::failure::Failure as Problem;
use flow_std::http::{Context, arrived};

use super::caller::{self, Calling, Seen};
use super::lens::{Change, Lens, Part, Places};
use super::native::{Link, Native, Stopped};
use super::show::definition;
use super::verdict::{self, Ended, Fault, Wanted, WantedParts};
use super::world::{Answered, GivenAnswer, Line, Made, World, name};
use crate::interp::operation::Asked;
use crate::interp::{App, Code, Coverage, Scope, Stop, Value, call, codec, coverage, eval, operation};
use crate::ir::{
    Answer, Argument, Comparison, Expected, ExpectedParts, Expr, ExprKind, Operation, ProblemId, Program,
    TestCase, TestStepKind, Then, Type, TypeDef, unset,
};

/// The tests of a program, ready to run.
pub struct Suite {
    code: Arc<Code>,
}

/// How a test ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub failures: Vec<Failure>,
    /// What the last `when` called, where something about it was not as expected.
    pub calls: Vec<String>,
    /// Why it could not be run where it was to be run; then there are no failures.
    pub unable: Option<String>,
}

/// A step that was not as expected, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub step: usize,
    pub fault: Fault,
}

impl Suite {
    pub fn new(program: Program) -> Suite {
        Suite { code: Arc::new(Code::whole(program)) }
    }

    /// One that knows afterwards what its tests have seen.
    pub fn looked_at(program: Program) -> Suite {
        Suite { code: Arc::new(Code::whole(program).looked_at()) }
    }

    /// What the tests that were run have seen of the program.
    pub fn coverage(&self) -> Coverage {
        coverage(&self.code)
    }

    pub fn program(&self) -> &Program {
        &self.code.program
    }

    pub fn tests(&self) -> &[TestCase] {
        &self.code.program.tests
    }

    /// Goes on behind what is not as expected, and stops at what cannot be done.
    pub fn run(&self, test: &TestCase) -> Outcome {
        self.done(test, &self.app(Lens::None), By::Interpreter)
    }

    /// The same against emitted services. `number` is that of the test.
    pub fn run_native(&self, number: usize, native: &Native, link: &mut Link) -> Outcome {
        let program = &self.code.program;
        let Some(test) = program.tests.get(number) else { return Outcome::default() };
        if let Some(item) = unset(program, test) {
            let unable = format!("`{}` has no value, and no default", item.name);
            return Outcome { unable: Some(unable), ..Outcome::default() };
        }
        self.done(test, &self.app(Lens::None), By::Emitted { number, native, link })
    }

    /// The wanted parts that a test comes to, and how many expressions it computes.
    pub fn look(&self, test: &TestCase, wanted: &Arc<Places>) -> (Vec<usize>, u64) {
        let app = self.app(Lens::looking(Arc::clone(wanted)));
        self.done(test, &app, By::Interpreter);
        app.world().map(|world| world.lens.seen()).unwrap_or_default()
    }

    /// Whether a test that passes fails when the program is changed so, or computes more than `most`.
    pub fn notices(&self, test: &TestCase, change: Change, most: u64) -> bool {
        let app = self.app(Lens::changed(change, most));
        let outcome = self.done(test, &app, By::Interpreter);
        !outcome.failures.is_empty() || app.world().is_some_and(|world| world.lens.is_used_up())
    }

    fn app(&self, lens: Lens) -> Arc<App> {
        App::given(Arc::clone(&self.code), World::through(lens))
    }

    fn done(&self, test: &TestCase, app: &Arc<App>, by: By<'_>) -> Outcome {
        let scope = Scope::of(app, test.locals.len());
        let mut running = Running { app, by, scope, last: None, unable: None };
        let mut outcome = Outcome::default();
        for (number, step) in test.steps.iter().enumerate() {
            let ended = running.step(number, &step.kind);
            if let Some(unable) = running.unable.take() {
                return Outcome { unable: Some(unable), ..Outcome::default() };
            }
            let goes_on = ended.is_ok();
            let (Ok(Some(fault)) | Err(fault)) = ended else { continue };
            if let (TestStepKind::When { .. } | TestStepKind::Then(_), Some(last)) =
                (&step.kind, &running.last)
            {
                outcome.calls = last.calls.iter().map(|made| made.show(&self.code.program)).collect();
            }
            outcome.failures.push(Failure { step: number, fault });
            if !goes_on {
                break;
            }
        }
        outcome
    }
}

struct Running<'r> {
    app: &'r Arc<App>,
    by: By<'r>,
    scope: Scope<'r>,
    last: Option<Last>,
    unable: Option<String>,
}

/// Who does what is tested.
enum By<'r> {
    Interpreter,
    Emitted { number: usize, native: &'r Native, link: &'r mut Link },
}

/// What came of the last `when`.
struct Last {
    result: Type,
    ended: Ended,
    calls: Vec<Made>,
    lines: Vec<Line>,
}

/// What is not as expected; as an error where nothing can go on behind it.
type Checked = Result<Option<Fault>, Fault>;

impl Running<'_> {
    fn step(&mut self, number: usize, step: &TestStepKind) -> Checked {
        match step {
            TestStepKind::Let { local, value } => {
                let value = self.value(value)?;
                self.scope.set(*local, value);
            }
            TestStepKind::Expect(condition) => {
                return self.expect(number, condition);
            }
            TestStepKind::Given { target, args, answer } => {
                let (args, answer) = (self.named(args)?, self.answer(answer)?);
                self.world()?.give(*target, args, answer);
            }
            TestStepKind::GivenValue { function, value } => {
                let value = self.value(value)?;
                self.world()?.give_value(*function, value);
            }
            TestStepKind::GivenCaller(caller) => {
                let calling = self.caller(caller.as_ref())?;
                self.world()?.give_caller(calling);
            }
            TestStepKind::When { service, operation, args } => {
                return self.when((*service, *operation), args);
            }
            TestStepKind::Then(then) => return self.then(then),
        }
        Ok(None)
    }

    fn world(&self) -> Result<&World, Fault> {
        self.app.world().ok_or_else(|| Fault::new("nothing can be given"))
    }

    fn value(&mut self, expr: &Expr) -> Result<Value, Fault> {
        eval(&mut self.scope, expr).map_err(uncomputed)
    }

    fn named(&mut self, args: &[Argument]) -> Result<Vec<(usize, Value)>, Fault> {
        args.iter().map(|one| Ok((one.param, self.value(&one.value)?))).collect()
    }

    fn optional(&mut self, expr: Option<&Expr>) -> Result<Option<Value>, Fault> {
        expr.map(|expr| self.value(expr)).transpose()
    }

    fn answer(&mut self, answer: &Answer) -> Result<GivenAnswer, Fault> {
        Ok(match answer {
            Answer::Good { status, value } => {
                GivenAnswer::Good { status: *status, value: self.optional(value.as_ref())? }
            }
            Answer::Bad { status, body } => {
                let value = self.optional(body.as_ref())?;
                let body = value.zip(body.as_ref().map(|body| body.ty.clone()));
                GivenAnswer::Bad { status: *status, body }
            }
            Answer::Problem { problem, members } => {
                GivenAnswer::Problem { problem: *problem, members: self.optional(members.as_ref())? }
            }
            Answer::None(why) => GivenAnswer::None(*why),
        })
    }

    fn caller(&mut self, said: Option<&Expected>) -> Result<Calling, Fault> {
        let Some(Wanted { ty, parts }) = self.wanted(said)? else { return Ok(Calling::Nobody) };
        let fields = match parts {
            WantedParts::Fields(fields) => fields,
            WantedParts::Whole(value) => named_fields(&self.app.code.program, &ty, value),
        };
        Ok(caller::caller(fields.iter().map(|(name, value)| (name.as_str(), value))))
    }

    fn expect(&mut self, step: usize, condition: &Expr) -> Checked {
        let By::Emitted { number, native, link } = &mut self.by else {
            let holds = self.value(condition)? == Value::Bool(true);
            return Ok((!holds).then(|| self.explained(condition)));
        };
        let emitted = native.holds(self.app, link, (*number, step));
        let here = self.value(condition);
        let emitted = match emitted {
            Ok(emitted) => emitted,
            Err(stopped) => match here {
                Err(fault) => return Err(fault),
                Ok(_) => return Err(self.stopped(stopped)),
            },
        };
        Ok(match (emitted, here == Ok(Value::Bool(true))) {
            (true, true) => None,
            (false, false) => Some(self.explained(condition)),
            (false, true) => {
                Some(Fault::new("this does not hold as it is emitted, though it does in process"))
            }
            (true, false) => Some(Fault::new("this holds as it is emitted, though it does not in process")),
        })
    }

    fn stopped(&mut self, stopped: Stopped) -> Fault {
        match stopped {
            Stopped::Fault(fault) => fault,
            Stopped::Unable(why) => {
                self.unable = Some(why);
                Fault::new("it cannot be run there")
            }
        }
    }

    fn when(&mut self, id: operation::Id, args: &[Argument]) -> Checked {
        let args = self.named(args)?;
        let of = self.app.operation(id).ok_or_else(|| Fault::new("there is no such operation"))?;
        let mut input = vec![Value::None; of.params.len()];
        for (param, value) in args {
            if let Some(place) = input.get_mut(param) {
                *place = value;
            }
        }
        let input = call::input(self.app, of, input).map_err(uncomputed)?;
        let ended = match (self.seen(id, of)?, &mut self.by) {
            (None, _) => Ok(Ended::Failed { status: 401, detail: String::new() }),
            (Some(seen), By::Interpreter) => Ok(ended(self.app, performed(self.app, id, seen, input)?)),
            (Some(seen), By::Emitted { native, link, .. }) => {
                native.when(self.app, link, id, (&seen, &input))
            }
        };
        let ended = ended.map_err(|stopped| self.stopped(stopped))?;
        let (calls, lines) = self.world()?.take();
        let missing = calls.iter().find(|made| made.answered == Answered::NotGiven);
        let program = &self.app.code.program;
        let missing = missing.map(|made| format!("nothing is given for `{}`", name(program, made.target)));
        self.last = Some(Last { result: of.result.clone(), ended, calls, lines });
        match missing {
            Some(missing) => Err(Fault::new(missing)),
            None => Ok(None),
        }
    }

    /// Whom the operation sees; nothing where whoever calls is turned away at the door.
    fn seen(&self, id: operation::Id, of: &Operation) -> Result<Option<Seen>, Fault> {
        let world = self.world()?;
        let calling = world.calling();
        let is_open = calling != Calling::WhoMay && world.lens.leaves_out(Part::auth(id, of));
        let seen = caller::seen(&of.settings.auth, &calling);
        Ok(seen.or_else(|| is_open.then(|| Seen::Caller(Arc::default()))))
    }

    fn then(&mut self, then: &Then) -> Checked {
        // The check has made sure that there is a `when` above.
        let Some(last) = self.last.take() else { return Err(Fault::new("nothing has been called yet")) };
        let fault = self.about(then, &last);
        self.last = Some(last);
        fault
    }

    fn about(&mut self, then: &Then, last: &Last) -> Checked {
        let app = self.app;
        let program = &app.code.program;
        Ok(match then {
            Then::Returns { status, value } => {
                let wanted = self.wanted(value.as_ref())?;
                verdict::returns(program, (*status, wanted.as_ref()), &last.ended, &last.result)
            }
            Then::Fails { failure, members } => {
                let wanted = self.wanted(members.as_ref())?;
                verdict::fails(program, (failure, wanted.as_ref()), &last.ended, &last.result)
            }
            Then::Called { target, args, times } => {
                verdict::called(program, (*target, &self.named(args)?), times, &last.calls)
            }
            Then::Logs { level, message } => {
                let message = self.optional(message.as_ref())?;
                let message = match &message {
                    Some(Value::Text(text)) => Some(&**text),
                    _ => None,
                };
                verdict::logs(level, message, &last.lines)
            }
        })
    }

    fn wanted(&mut self, expected: Option<&Expected>) -> Result<Option<Wanted>, Fault> {
        let Some(expected) = expected else { return Ok(None) };
        let parts = match &expected.parts {
            ExpectedParts::Whole(value) => WantedParts::Whole(self.value(value)?),
            ExpectedParts::Fields(fields) => {
                let field = |(name, value): &(String, Expr)| Ok((name.clone(), self.value(value)?));
                WantedParts::Fields(fields.iter().map(field).collect::<Result<_, Fault>>()?)
            }
        };
        Ok(Some(Wanted { ty: expected.ty.clone(), parts }))
    }

    // ---- why a condition does not hold ----------------------------------------------------------

    /// Expressions change nothing, so that parts can be computed again.
    fn explained(&mut self, condition: &Expr) -> Fault {
        let app = self.app;
        let program = &app.code.program;
        let unknown = || Fault::new("this does not hold");
        match &condition.kind {
            ExprKind::Compare { operator, left, right } => {
                let (Ok(one), Ok(other)) = (self.value(left), self.value(right)) else { return unknown() };
                let (one, other) = ((&one, &left.ty), (&other, &right.ty));
                match operator {
                    Comparison::Equal => verdict::not_equal(program, one, other),
                    Comparison::NotEqual
                    | Comparison::Less
                    | Comparison::LessOrEqual
                    | Comparison::Greater
                    | Comparison::GreaterOrEqual => verdict::not_so(program, one, other),
                }
            }
            ExprKind::All(parts) => {
                let failing = parts.iter().find(|part| self.value(part) != Ok(Value::Bool(true)));
                failing.map_or_else(unknown, |part| self.explained(part))
            }
            ExprKind::Not(inner) | ExprKind::Convert(inner) => {
                self.about_value(inner).unwrap_or_else(unknown)
            }
            _ => self.about_value(condition).unwrap_or_else(unknown),
        }
    }

    /// What a condition is about: `record` of `record.active`, `list` of `list.isEmpty()`.
    fn about_value(&mut self, condition: &Expr) -> Option<Fault> {
        let about = match &condition.kind {
            ExprKind::Std { args, .. } | ExprKind::Call { args, .. } => args.first()?,
            ExprKind::Field { of, .. } => of,
            ExprKind::Compare { left, .. } => left,
            _ => return None,
        };
        let value = self.value(about).ok()?;
        Some(verdict::not_true(&self.app.code.program, &value, &about.ty))
    }
}

fn uncomputed(stop: Stop) -> Fault {
    Fault::new(format!("it cannot be computed: {}", stop.message()))
}

/// The fields of a record, with their names.
fn named_fields(program: &Program, ty: &Type, value: Value) -> Vec<(String, Value)> {
    let (Some(TypeDef::Record(def)), Value::Record(record)) = (definition(program, ty), value) else {
        return Vec::new();
    };
    def.fields.iter().map(|field| field.name.clone()).zip(record.fields.iter().cloned()).collect()
}

/// Calls an operation. Whatever waits is woken at once, since nothing else is done meanwhile.
fn performed(
    app: &Arc<App>,
    id: operation::Id,
    seen: Seen,
    input: Vec<Value>,
) -> Result<Result<(u16, Value), Problem>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| Fault::new(format!("there is no thread to run it on: {error}")))?;
    let of = app.operation(id).ok_or_else(|| Fault::new("there is no such operation"))?;
    Ok(runtime.block_on(async {
        let budget = app.config.duration(of.settings.deadline_ms);
        let mut request = arrived("test", "");
        if let Some(Value::DateTime(now)) = app.world().and_then(|world| world.function("clock.now", &[])) {
            request.at = now;
        }
        let (caller, asked) = match seen {
            Seen::WhoMay => (Arc::default(), Asked::Before),
            Seen::Caller(caller) => (caller, Asked::Here),
        };
        let cx = Context::new(app.name(id), caller, request, budget);
        operation::perform_tested(app, id, cx, (input, asked)).await
    }))
}

fn ended(app: &App, ended: Result<(u16, Value), Problem>) -> Ended {
    let failure = match ended {
        Ok((status, value)) => return Ended::Returned { status, value },
        Err(failure) => failure,
    };
    let problems = &app.code.program.problems;
    let own = (0..problems.len()).map(ProblemId).find(|id| app.code.problem(*id) == failure.kind());
    let members = own.and_then(|id| {
        let ty = Type::Named(problems.get(id.0)?.members);
        let answer = failure.answer().fail();
        let members = answer.body(|from| codec::decode(&app.code.types, &ty, from)).ok()?;
        Some((id, members))
    });
    match members {
        Some((problem, members)) => Ended::Problem { problem, members },
        None => {
            let detail = failure.detail_text().unwrap_or(failure.log_text()).to_owned();
            Ended::Failed { status: failure.status(), detail }
        }
    }
}
