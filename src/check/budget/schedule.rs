//! When each step of an operation begins and ends. Reads that do not need each other overlap, as they will when the
//! program runs; everything else waits. The services that are called count with all that they do.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::effect::Effects;
use super::super::step::always_ends;
use super::super::typed::{Call, LocalId, OperationId, Program, Step, StepKind, Target, Value};
use super::super::walk;
use super::DEEPEST;
use super::fan_out::rounds;
use super::policy;
use super::time::{Cost, Moment, Ways};

/// What is known so far of the times of a program.
pub struct Schedule<'p> {
    program: &'p Program,
    effects: &'p Effects,
    ways: Ways,
    known: FxHashMap<OperationId, Moment>,
    /// Operations that are being added up: a circle has been reported, and counts once.
    open: FxHashSet<OperationId>,
}

/// A step with its times.
#[derive(Debug)]
pub struct Timed<'p> {
    pub step: &'p Step,
    pub start: Moment,
    pub end: Moment,
    /// The number of its call in [`Ways`], if it makes one.
    pub cost: Option<usize>,
    /// The names above that it reads.
    pub needs: Vec<LocalId>,
    /// Of a branch: `then` and `else`; of `together`: its members.
    pub inner: Vec<Vec<Timed<'p>>>,
}

/// Where the time stands while the steps are gone through.
#[derive(Debug, Clone, Default)]
struct Clock {
    /// Nothing below starts before this.
    barrier: Moment,
    /// When everything so far is done.
    all: Moment,
    /// When the last of the ways that have ended above is done.
    ended: Moment,
    ready: FxHashMap<LocalId, Moment>,
}

impl Clock {
    fn wait(&mut self) {
        self.barrier = self.all;
    }

    fn end(&self) -> Moment {
        self.all.later(self.ended)
    }

    /// Goes on with those of two ways that have not ended.
    fn join(&mut self, ended: bool, other: Clock, other_ended: bool) {
        self.ended = self.ended.later(other.ended);
        match (ended, other_ended) {
            (true, _) => {
                self.ended = self.ended.later(self.all);
                self.all = other.all;
            }
            (false, true) => self.ended = self.ended.later(other.all),
            (false, false) => self.all = self.all.later(other.all),
        }
        self.wait();
    }
}

impl<'p> Schedule<'p> {
    pub fn new(program: &'p Program, effects: &'p Effects) -> Schedule<'p> {
        let (known, open) = (FxHashMap::default(), FxHashSet::default());
        Schedule { program, effects, ways: Ways::default(), known, open }
    }

    pub fn ways(&self) -> &Ways {
        &self.ways
    }

    /// The steps of an operation with their times, and when the last of them is done.
    pub fn timed(&mut self, id: OperationId) -> (Vec<Timed<'p>>, Moment) {
        let Some(operation) = self.program.operation(id) else { return (Vec::new(), Moment::default()) };
        let mut clock = Clock::default();
        self.open.insert(id);
        let timed = self.steps(&operation.steps, &mut clock, 0);
        self.open.remove(&id);
        (timed, clock.end())
    }

    /// When an operation is done.
    pub fn end(&mut self, id: OperationId) -> Moment {
        self.end_below(id, 0)
    }

    fn end_below(&mut self, id: OperationId, depth: usize) -> Moment {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let Some(operation) = self.program.operation(id) else { return Moment::default() };
        if depth > DEEPEST || !self.open.insert(id) {
            return Moment::default();
        }
        let mut clock = Clock::default();
        self.steps(&operation.steps, &mut clock, depth);
        self.open.remove(&id);
        self.known.insert(id, clock.end());
        clock.end()
    }

    fn steps(&mut self, steps: &'p [Step], clock: &mut Clock, depth: usize) -> Vec<Timed<'p>> {
        steps.iter().map(|step| self.step(step, clock, depth)).collect()
    }

    fn step(&mut self, step: &'p Step, clock: &mut Clock, depth: usize) -> Timed<'p> {
        match &step.kind {
            StepKind::Let { local, value } => self.value(step, value, Some(*local), clock, depth),
            StepKind::Do(value) | StepKind::Return { value: Some(value), .. } => {
                self.value(step, value, None, clock, depth)
            }
            StepKind::When { then, otherwise, .. } => self.branch(step, (then, otherwise), clock, depth),
            StepKind::Together(members) => self.together(step, members, clock, depth),
            StepKind::Require { .. } => {
                clock.wait();
                at_once(step, clock.all)
            }
            StepKind::Emit { .. }
            | StepKind::Log { .. }
            | StepKind::Return { value: None, .. }
            | StepKind::Fail(_) => at_once(step, clock.all),
        }
    }

    fn branch(
        &mut self,
        step: &'p Step,
        (then, otherwise): (&'p [Step], &'p [Step]),
        clock: &mut Clock,
        depth: usize,
    ) -> Timed<'p> {
        clock.wait();
        let start = clock.all;
        let mut other = clock.clone();
        let ends = |arm: &[Step]| arm.last().is_some_and(always_ends);
        let inner = vec![self.steps(then, clock, depth), self.steps(otherwise, &mut other, depth)];
        clock.join(ends(then), other, ends(otherwise));
        Timed { start, end: clock.all, inner, ..at_once(step, start) }
    }

    fn together(
        &mut self,
        step: &'p Step,
        members: &'p [Step],
        clock: &mut Clock,
        depth: usize,
    ) -> Timed<'p> {
        clock.wait();
        let start = clock.clone();
        let mut inner = Vec::new();
        for member in members {
            let mut own = start.clone();
            inner.push(self.step(member, &mut own, depth));
            clock.all = clock.all.later(own.all);
            clock.ready.extend(own.ready);
        }
        clock.wait();
        Timed { end: clock.all, inner: vec![inner], ..at_once(step, start.all) }
    }

    fn value(
        &mut self,
        step: &'p Step,
        value: &'p Value,
        local: Option<LocalId>,
        clock: &mut Clock,
        depth: usize,
    ) -> Timed<'p> {
        let mut needs = Vec::new();
        let mut start = clock.barrier;
        walk::value_locals(value, &mut |read| {
            if let Some(ready) = clock.ready.get(&read) {
                start = start.later(*ready);
                needs.push(read);
            }
        });
        needs.sort_unstable();
        needs.dedup();
        let Some(call) = walk::call_of(value) else {
            clock.ready.extend(local.map(|local| (local, start)));
            return Timed { needs, ..at_once(step, start) };
        };
        let reads = self.effects.is_read(call);
        let cost = Cost { rounds: rounds(self.effects, value), ..self.cost(call, depth) };
        let start = if reads { start } else { clock.all };
        let (end, cost) = self.ways.then(start, cost);
        clock.all = clock.all.later(end);
        if !reads {
            clock.wait();
        }
        clock.ready.extend(local.map(|local| (local, end)));
        Timed { end, cost: Some(cost), needs, ..at_once(step, start) }
    }

    /// What one call costs.
    fn cost(&mut self, call: &Call, depth: usize) -> Cost {
        let program = self.program;
        let (owner, first, worst, chosen) = match call.target {
            Target::Backend(backend) => {
                let (timeout, chosen) = policy::timeout(program, call);
                (program.backends.get(backend.0).map(|one| &one.name), timeout, timeout, chosen)
            }
            Target::Service(id) => {
                let end = self.end_below(id, depth + 1);
                let service = program.services.get(id.service.0);
                let limit = service
                    .zip(program.operation(id))
                    .map(|(of, operation)| policy::deadline(of, operation).0);
                let own = policy::own_timeout(call);
                let limit = limit.into_iter().chain(own).min().unwrap_or(u64::MAX);
                let chosen = end.first.chosen || end.worst.chosen || own.is_some();
                let (first, worst) = (end.first.total.min(limit), end.worst.total.min(limit));
                (service.map(|one| &one.name), first, worst, chosen)
            }
        };
        let tries = policy::tries(program, self.effects, call);
        let waits = policy::wait(program, call);
        let owner = owner.map(|name| name.as_str()).unwrap_or_default();
        Cost {
            name: format!("{owner}.{}", call.shape.name).into(),
            rounds: 1,
            first,
            worst: worst.saturating_add(waits).saturating_mul(tries.count).saturating_add(tries.pauses),
            tries: tries.count,
            pauses: tries.pauses,
            waits,
            chosen,
        }
    }
}

/// A step that takes no time.
fn at_once(step: &Step, at: Moment) -> Timed<'_> {
    Timed { step, start: at, end: at, cost: None, needs: Vec::new(), inner: Vec::new() }
}
