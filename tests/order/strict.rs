//! The strict run: one step after the other, as a reader of the flow would do it with a pencil. Nothing overlaps here and
//! nothing is clever; where the compiled form differs, one of the two is wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{After, Arm, ArmBody, Call, Condition, Fail, Fan, Flow, List, Name, Number, Pattern, Step};
use super::world::{self, Kind, Outcome, Thing};

/// What has to be seen of a flow in a world.
#[derive(Clone, Debug)]
pub struct Run {
    world: u64,
    parameter: i64,
    /// The sum of the weights of all writes so far.
    written: u64,
    pub answer: Stop,
    pub reads: Vec<String>,
    /// Reads that are in flight when one above them fails: they may have been asked for, too.
    pub spared: Vec<String>,
    pub groups: Vec<Group>,
    /// Calls for which a fallback was taken.
    pub fallbacks: BTreeSet<String>,
}

/// Writes that may run at the same time; one that stands alone is a group of its own.
#[derive(Clone, Debug)]
pub struct Group {
    pub lanes: Vec<Lane>,
}

/// Writes of one arm of `together`, or of a fan-out.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// One after the other.
    pub in_order: bool,
    /// So many of them are made in any case; of the others, which stand below a failure, as many as were in flight.
    pub must: usize,
    pub writes: Vec<Written>,
}

#[derive(Clone, Debug)]
pub struct Written {
    pub call: String,
    /// How it is taken back, if it was done.
    pub undo: Option<String>,
}

/// How an operation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    Answer {
        status: u16,
        values: Vec<i64>,
    },
    Problem {
        status: u16,
        detail: String,
    },
    Standard(u16),
    /// A value is asked for that a failed step did not give: only where reads below it are looked at.
    Missing,
}

#[derive(Clone, Debug)]
enum Value {
    Number { is: i64, from_answer: bool },
    Thing(Thing),
    Maybe(Option<Thing>),
    Things(Vec<Thing>),
    Nothing,
}

type Scope = BTreeMap<Name, Value>;

pub fn run(flow: &Flow, world: u64, parameter: i64) -> Run {
    let mut run = Run {
        world,
        parameter,
        written: 0,
        answer: Stop::Missing,
        reads: Vec::new(),
        spared: Vec::new(),
        groups: Vec::new(),
        fallbacks: BTreeSet::new(),
    };
    if let Err(stop) = run.steps(&mut Scope::new(), &flow.steps) {
        run.answer = stop;
    }
    run
}

impl Run {
    fn steps(&mut self, scope: &mut Scope, steps: &[Step]) -> Result<(), Stop> {
        for (at, step) in steps.iter().enumerate() {
            if let Err(stop) = self.step(scope, step) {
                if may_overlap(step) {
                    self.look_below(scope, steps.get(at + 1..).unwrap_or_default());
                }
                return Err(stop);
            }
        }
        Ok(())
    }

    /// The reads below a failed one, down to the next line that waits for all above it.
    fn look_below(&mut self, scope: &Scope, below: &[Step]) {
        let (mut other, mut scope) = (self.other(), scope.clone());
        for step in below.iter().take_while(|step| may_overlap(step)) {
            let _ = other.step(&mut scope, step); // it may need what is not there
        }
        self.spared.extend(other.reads.into_iter().chain(other.spared));
    }

    /// The same world, for a look at what could be going on.
    fn other(&self) -> Run {
        Run { reads: Vec::new(), spared: Vec::new(), groups: Vec::new(), ..self.clone() }
    }

    fn step(&mut self, scope: &mut Scope, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Let(name, number) => {
                let is = self.number(scope, number)?;
                scope.insert(*name, Value::Number { is, from_answer: from_answer(scope, number) });
            }
            Step::Call(..) | Step::Fan(..) => {
                let mut lane = Lane::default();
                let given = self.one(scope, step, &mut lane);
                self.keep(vec![lane]);
                bind(scope, step, given?);
            }
            Step::Together(steps) => self.together(scope, steps)?,
            Step::Require(condition, fail) => {
                if !self.condition(scope, condition)? {
                    return Err(self.fail(scope, fail));
                }
            }
            Step::When { condition, then, otherwise } => match self.condition(scope, condition)? {
                true => self.steps(scope, then)?,
                false => self.steps(scope, otherwise)?,
            },
            Step::Log(number) => drop(self.number(scope, number)?),
            Step::Return { status, values } => {
                let values = values.iter().map(|value| self.number(scope, value));
                let values = values.collect::<Result<_, _>>()?;
                return Err(Stop::Answer { status: *status, values });
            }
            Step::Fail(fail) => return Err(self.fail(scope, fail)),
        }
        Ok(())
    }

    fn keep(&mut self, lanes: Vec<Lane>) {
        let lanes: Vec<Lane> = lanes.into_iter().filter(|lane| !lane.writes.is_empty()).collect();
        if !lanes.is_empty() {
            self.groups.push(Group { lanes });
        }
    }

    /// All arms are run, whatever becomes of the others; the first that fails is what counts.
    fn together(&mut self, scope: &mut Scope, steps: &[Step]) -> Result<(), Stop> {
        let (mut lanes, mut ends) = (Vec::new(), Vec::new());
        for step in steps {
            let mut lane = Lane::default();
            ends.push(self.one(scope, step, &mut lane));
            lanes.push(lane);
        }
        self.keep(lanes);
        for (step, end) in steps.iter().zip(ends) {
            bind(scope, step, end?);
        }
        Ok(())
    }

    fn one(&mut self, scope: &Scope, step: &Step, lane: &mut Lane) -> Result<Value, Stop> {
        match step {
            Step::Call(name, call) => {
                lane.in_order = true;
                self.call(scope, *name, call, lane)
            }
            Step::Fan(_, fan) => self.fan(scope, fan, lane),
            _ => Ok(Value::Nothing),
        }
    }

    fn fan(&mut self, scope: &Scope, fan: &Fan, lane: &mut Lane) -> Result<Value, Stop> {
        let is_write = world::kind(fan.call.operation) == Kind::Write;
        lane.in_order = is_write && fan.at_most.unwrap_or(1) == 1;
        let items = self.items(scope, fan)?;
        let mut things = Vec::new();
        for (at, inner) in items.iter().enumerate() {
            match self.call(inner, None, &fan.call, lane) {
                Ok(Value::Thing(thing)) => things.push(thing),
                Ok(_) => {}
                Err(stop) => {
                    if !lane.in_order {
                        self.look_beside(items.get(at + 1..).unwrap_or_default(), &fan.call, lane);
                    }
                    return Err(stop);
                }
            }
        }
        Ok(Value::Things(things))
    }

    fn look_beside(&mut self, items: &[Scope], call: &Call, lane: &mut Lane) {
        let mut other = self.other();
        let mut more = Lane::default();
        for inner in items {
            let _ = other.call(inner, None, call, &mut more);
        }
        self.spared.extend(other.reads);
        lane.writes.extend(more.writes);
    }

    /// What is around the call of a fan-out, for each element that passes.
    fn items(&self, scope: &Scope, fan: &Fan) -> Result<Vec<Scope>, Stop> {
        let (list, from_answer) = match &fan.list {
            List::More(name) => (thing(scope, *name)?.more.clone(), true),
            List::Of(numbers) => (
                numbers.iter().map(|number| self.number(scope, number)).collect::<Result<_, _>>()?,
                numbers.iter().any(|number| from_answer(scope, number)),
            ),
        };
        let mut items = Vec::new();
        for is in list {
            let mut inner = scope.clone();
            inner.insert(fan.item, Value::Number { is, from_answer });
            let passes = fan.keep.as_ref().map(|keep| self.condition(&inner, keep));
            if passes.unwrap_or(Ok(true))? {
                items.push(inner);
            }
        }
        Ok(items)
    }

    fn call(
        &mut self,
        scope: &Scope,
        name: Option<Name>,
        call: &Call,
        lane: &mut Lane,
    ) -> Result<Value, Stop> {
        let mut text = format!("{}?", call.operation);
        for (letter, argument) in ["a", "b"].iter().zip(&call.args) {
            let value = self.number(scope, argument)?;
            text += &format!("{}{letter}={value}", if *letter == "a" { "" } else { "&" });
        }
        let outcome = world::outcome(self.world, &text, self.written, 0);
        let is_write = world::kind(&text) == Kind::Write;
        match is_write {
            true => self.written = self.written.wrapping_add(world::weight(&text)),
            false => self.reads.push(text.clone()),
        }
        let can_be_none = call.arms.iter().any(|arm| matches!(arm.body, ArmBody::None));
        let given = match outcome {
            Outcome::Thing(thing) if can_be_none => Ok(Value::Maybe(Some(thing))),
            Outcome::Thing(thing) => Ok(Value::Thing(thing)),
            Outcome::Done => Ok(Value::Nothing),
            failure => Err(failure),
        };
        let undo = match (&call.after, &given) {
            (After::Undo(undo, argument), Ok(given)) => {
                let mut inner = scope.clone();
                inner.extend(name.map(|name| (name, given.clone())));
                Some(format!("{undo}?a={}", self.number(&inner, argument)?))
            }
            _ => None,
        };
        if is_write {
            lane.writes.push(Written { call: text, undo });
            lane.must += 1;
        }
        given.or_else(|failure| self.handled(scope, call, &failure, can_be_none))
    }

    fn handled(
        &mut self,
        scope: &Scope,
        call: &Call,
        failure: &Outcome,
        can_be_none: bool,
    ) -> Result<Value, Stop> {
        let takes = |arm: &&Arm| arm.patterns.iter().any(|pattern| fits(*pattern, failure));
        match call.arms.iter().find(takes).map(|arm| &arm.body) {
            None => Err(Stop::Standard(match failure {
                Outcome::Never => 504,
                Outcome::HangUp => 502,
                _ => 502,
            })),
            Some(ArmBody::Fail(fail)) => Err(self.fail(scope, fail)),
            Some(ArmBody::None) => {
                self.fallbacks.insert(format!("Back.{}", call.operation));
                Ok(Value::Maybe(None))
            }
            Some(ArmBody::Thing { value, hint, more }) => {
                self.fallbacks.insert(format!("Back.{}", call.operation));
                let value = self.number(scope, value)?;
                let hint = hint.as_ref().map(|hint| self.number(scope, hint)).transpose()?;
                let thing = Thing { value, hint, more: more.clone() };
                Ok(if can_be_none { Value::Maybe(Some(thing)) } else { Value::Thing(thing) })
            }
        }
    }

    fn fail(&self, scope: &Scope, fail: &Fail) -> Stop {
        match self.number(scope, &fail.shown) {
            Ok(shown) => Stop::Problem { status: fail.status, detail: format!("{} {shown}", fail.detail) },
            Err(stop) => stop,
        }
    }

    fn condition(&self, scope: &Scope, condition: &Condition) -> Result<bool, Stop> {
        Ok(match condition {
            Condition::Above(number, bound) => self.number(scope, number)? > *bound,
            Condition::Even(number) => self.number(scope, number)? % 2 == 0,
            Condition::HasHint(name) => thing(scope, *name)?.hint.is_some(),
            Condition::LacksHint(name) => thing(scope, *name)?.hint.is_none(),
            Condition::And(a, b) => self.condition(scope, a)? && self.condition(scope, b)?,
            Condition::Or(a, b) => self.condition(scope, a)? || self.condition(scope, b)?,
        })
    }

    fn number(&self, scope: &Scope, number: &Number) -> Result<i64, Stop> {
        Ok(match number {
            Number::Literal(value) => *value,
            Number::Parameter => self.parameter,
            Number::Name(name) => match scope.get(name) {
                Some(Value::Number { is, .. }) => *is,
                _ => return Err(Stop::Missing),
            },
            Number::Value(name) => thing(scope, *name)?.value,
            Number::MaybeValue(name, usual) => match scope.get(name) {
                Some(Value::Maybe(thing)) => thing.as_ref().map_or(*usual, |thing| thing.value),
                _ => return Err(Stop::Missing),
            },
            Number::Hint(name, usual) => thing(scope, *name)?.hint.unwrap_or(*usual),
            Number::KnownHint(name) => thing(scope, *name)?.hint.ok_or(Stop::Missing)?,
            Number::First(name, usual) => things(scope, *name)?.first().map_or(*usual, |thing| thing.value),
            Number::Last(name, usual) => things(scope, *name)?.last().map_or(*usual, |thing| thing.value),
            Number::Length(name) => i64::try_from(things(scope, *name)?.len()).unwrap_or(0),
            Number::Sum(a, b) => self.number(scope, a)? + self.number(scope, b)?,
            Number::Quotient(a, b) => {
                let (a, b) = (self.number(scope, a)?, self.number(scope, b)? % 3);
                let standard = Stop::Standard(if from_answer(scope, number) { 502 } else { 400 });
                a.checked_div(b).ok_or(standard)?
            }
        })
    }
}

/// Whether a step waits only for the values that it needs.
pub fn may_overlap(step: &Step) -> bool {
    match step {
        Step::Let(..) | Step::Log(_) => true,
        Step::Call(_, call) | Step::Fan(_, Fan { call, .. }) => world::kind(call.operation) == Kind::Read,
        Step::Together(_) | Step::Require(..) | Step::When { .. } | Step::Return { .. } | Step::Fail(_) => {
            false
        }
    }
}

fn bind(scope: &mut Scope, step: &Step, value: Value) {
    if let Step::Call(Some(name), _) | Step::Fan(Some(name), _) = step {
        scope.insert(*name, value);
    }
}

fn fits(pattern: Pattern, failure: &Outcome) -> bool {
    match (pattern, failure) {
        (Pattern::Any, _) => true,
        (Pattern::Status(wanted), Outcome::Status(status)) => wanted == *status,
        (Pattern::Class(class), Outcome::Status(status)) => class == status / 100,
        (Pattern::Timeout, Outcome::Never) => true,
        (Pattern::Unreachable, Outcome::HangUp) => true,
        (Pattern::Malformed, Outcome::Malformed) => true,
        _ => false,
    }
}

fn thing(scope: &Scope, name: Name) -> Result<&Thing, Stop> {
    match scope.get(&name) {
        Some(Value::Thing(thing)) => Ok(thing),
        _ => Err(Stop::Missing),
    }
}

fn things(scope: &Scope, name: Name) -> Result<&[Thing], Stop> {
    match scope.get(&name) {
        Some(Value::Things(things)) => Ok(things),
        _ => Err(Stop::Missing),
    }
}

/// Whether what goes wrong with a number is the fault of a backend: then it is a 502, and otherwise a 400.
fn from_answer(scope: &Scope, number: &Number) -> bool {
    match number {
        Number::Literal(_) | Number::Parameter => false,
        Number::Name(name) => !matches!(scope.get(name), Some(Value::Number { from_answer: false, .. })),
        Number::Sum(a, b) | Number::Quotient(a, b) => from_answer(scope, a) || from_answer(scope, b),
        _ => true,
    }
}
