//! Flows from seeds: programs that compile, with as much in flight and as many ways to fail as a few lines can hold.

use super::flow::{After, Arm, ArmBody, Call, Condition, Fail, Fan, Flow, List, Name, Number, Pattern, Step};
use super::world::Dice;

pub fn flow(seed: u64) -> Flow {
    let mut maker = Maker { dice: Dice::new(seed ^ 0x0F10_00F1), names: 0, known: Vec::new() };
    let count = 3 + maker.dice.below(7);
    let mut steps = maker.block(count, 2);
    if !ends(&steps) {
        steps.push(maker.answer());
    }
    Flow { seed, steps }
}

fn ends(steps: &[Step]) -> bool {
    match steps.last() {
        Some(Step::Return { .. } | Step::Fail(_)) => true,
        Some(Step::When { then, otherwise, .. }) => ends(then) && ends(otherwise),
        _ => false,
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Thing,
    /// A thing with a hint.
    Hinted,
    /// A thing without one: what asks for it again is not worth a type.
    Bare,
    Maybe,
    Things,
}

struct Maker {
    dice: Dice,
    names: Name,
    known: Vec<(Name, Kind)>,
}

const READS: [&str; 4] = ["read0", "read1", "read2", "search"];
const MAKES: [&str; 3] = ["make0", "make1", "make2"];
const UNDOS: [&str; 3] = ["undo0", "undo1", "undo2"];
const NOTE: &str = "note";

impl Maker {
    fn name(&mut self) -> Name {
        self.names += 1;
        self.names - 1
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = self.dice.below(u64::try_from(from.len()).unwrap_or(0));
        from.get(usize::try_from(at).unwrap_or(0)).copied()
    }

    /// A name of this kind; the later ones more often.
    fn known(&mut self, kinds: &[Kind]) -> Option<Name> {
        let fitting = self.known.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(name, _)| *name);
        let fitting: Vec<Name> = fitting.collect();
        let late = fitting.get(fitting.len().saturating_sub(3)..).unwrap_or_default().to_vec();
        if self.dice.once_in(3) { self.pick(&fitting) } else { self.pick(&late) }
    }

    fn block(&mut self, count: u64, depth: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..count {
            let step = self.step(depth);
            steps.extend(step);
            if ends(&steps) {
                break;
            }
        }
        steps
    }

    fn step(&mut self, depth: u32) -> Option<Step> {
        Some(match self.dice.below(24) {
            0..8 => self.read(),
            8..12 => self.write(),
            12..14 => self.plain(),
            14..16 => self.fan_of_reads(),
            16..18 => self.fan_of_writes(),
            18..19 => self.together(),
            19..21 => self.require(),
            21 => Step::Log(self.number()),
            _ if depth > 0 => self.when(depth - 1),
            _ => self.read(),
        })
    }

    // ---- calls ------------------------------------------------------------------------------

    fn read(&mut self) -> Step {
        let operation = self.pick(&READS).unwrap_or("read0");
        let call =
            Call { operation, args: self.args(), after: After::Nothing, arms: self.arms(Gives::Thing) };
        if self.dice.once_in(8) {
            return Step::Call(None, call);
        }
        self.bound(call)
    }

    /// A call whose value has a name from now on.
    fn bound(&mut self, call: Call) -> Step {
        let name = self.name();
        let can_be_none = call.arms.iter().any(|arm| matches!(arm.body, ArmBody::None));
        self.known.push((name, if can_be_none { Kind::Maybe } else { Kind::Thing }));
        Step::Call(Some(name), call)
    }

    fn write(&mut self) -> Step {
        if self.dice.once_in(4) {
            return self.note();
        }
        let operation = self.pick(&MAKES).unwrap_or("make0");
        let args = self.args();
        let arms = self.arms(Gives::Thing);
        let can_be_none = arms.iter().any(|arm| matches!(arm.body, ArmBody::None));
        let own = self.names;
        let after = match self.dice.below(4) {
            0 => After::Nothing,
            1 => After::Final,
            _ if can_be_none => self.undo(Number::MaybeValue(own, 7)),
            _ => self.undo(Number::Value(own)),
        };
        self.bound(Call { operation, args, after, arms })
    }

    fn undo(&mut self, own: Number) -> After {
        let argument = match self.dice.below(6) {
            0 => Number::Parameter,
            1 => Number::Literal(self.dice.small(9)),
            _ => own,
        };
        After::Undo(self.pick(&UNDOS).unwrap_or("undo0"), argument)
    }

    fn note(&mut self) -> Step {
        let args = vec![self.argument()];
        let after = match self.dice.below(3) {
            0 => After::Nothing,
            1 => After::Final,
            _ => self.undo(Number::Literal(3)),
        };
        Step::Call(None, Call { operation: NOTE, args, after, arms: self.arms(Gives::Nothing) })
    }

    fn fan_of_reads(&mut self) -> Step {
        let operation = self.pick(&READS).unwrap_or("read0");
        self.fan(operation)
    }

    fn fan_of_writes(&mut self) -> Step {
        let operation = if self.dice.once_in(4) { NOTE } else { self.pick(&MAKES).unwrap_or("make0") };
        self.fan(operation)
    }

    fn fan(&mut self, operation: &'static str) -> Step {
        let list = match self.known(&[Kind::Thing, Kind::Hinted, Kind::Bare]) {
            Some(name) if !self.dice.once_in(4) => List::More(name),
            _ => List::Of((0..2 + self.dice.below(3)).map(|_| self.number()).collect()),
        };
        let before = self.known.clone();
        let item = self.name();
        self.known.push((item, Kind::Number));
        let keep = self.dice.once_in(3).then(|| match self.dice.once_in(2) {
            true => Condition::Even(Number::Name(item)),
            false => Condition::Above(Number::Name(item), self.dice.small(12)),
        });
        let at_most = [None, Some(1), Some(2), Some(3)];
        let at_most = self.pick(&at_most).flatten();
        let mut args = if operation == NOTE { vec![self.argument()] } else { self.args() };
        if let Some(first) = args.first_mut() {
            *first = Number::Name(item);
        }
        let after = match super::world::kind(operation) {
            super::world::Kind::Write if self.dice.once_in(2) => self.undo(Number::Name(item)),
            super::world::Kind::Write if self.dice.once_in(2) => After::Final,
            _ => After::Nothing,
        };
        let gives = if operation == NOTE { Gives::Nothing } else { Gives::OnlyThing };
        let arms = self.arms(gives);
        let call = Call { operation, args, after, arms };
        self.known = before;
        let name = (operation != NOTE && !self.dice.once_in(6)).then(|| self.name());
        self.known.extend(name.map(|name| (name, Kind::Things)));
        Step::Fan(name, Fan { item, list, keep, at_most, call })
    }

    fn together(&mut self) -> Step {
        let (before, mut bound) = (self.known.clone(), Vec::new());
        let mut members = Vec::new();
        for _ in 0..2 + self.dice.below(5) {
            members.push(if self.dice.once_in(4) { self.fan_of_writes() } else { self.write() });
            // Arms do not see each other.
            bound.extend(self.known.drain(before.len()..));
        }
        self.known.extend(bound);
        Step::Together(members)
    }

    fn args(&mut self) -> Vec<Number> {
        vec![self.argument(), self.argument()]
    }

    fn argument(&mut self) -> Number {
        if self.dice.once_in(14) { self.quotient() } else { self.number() }
    }

    fn arms(&mut self, gives: Gives) -> Vec<Arm> {
        if self.dice.once_in(2) {
            return Vec::new();
        }
        if self.dice.once_in(4) {
            return vec![Arm { patterns: vec![Pattern::Any], body: self.arm_body(gives) }];
        }
        let mut left = vec![
            Pattern::Status(404),
            Pattern::Status(409),
            Pattern::Status(503),
            Pattern::Class(5),
            Pattern::Timeout,
            Pattern::Unreachable,
            Pattern::Malformed,
            Pattern::Any,
        ];
        left.retain(|_| self.dice.once_in(3));
        let mut arms: Vec<Arm> = Vec::new();
        for pattern in left {
            match arms.last_mut() {
                Some(arm) if pattern != Pattern::Any && self.dice.once_in(3) => arm.patterns.push(pattern),
                _ => arms.push(Arm { patterns: vec![pattern], body: self.arm_body(gives) }),
            }
        }
        arms
    }

    fn arm_body(&mut self, gives: Gives) -> ArmBody {
        match (gives, self.dice.below(5)) {
            (Gives::Nothing, _) | (_, 0..2) => ArmBody::Fail(self.fail("arm")),
            (Gives::Thing, 2) => ArmBody::None,
            _ => ArmBody::Thing {
                value: self.number(),
                hint: self.dice.once_in(2).then(|| self.number()),
                more: (0..self.dice.below(3)).map(|_| self.dice.small(20)).collect(),
            },
        }
    }

    // ---- everything else --------------------------------------------------------------------

    fn plain(&mut self) -> Step {
        let number = if self.dice.once_in(3) { self.quotient() } else { self.number() };
        let name = self.name();
        self.known.push((name, Kind::Number));
        Step::Let(name, number)
    }

    fn require(&mut self) -> Step {
        let condition = self.condition();
        let fail = self.fail("guard");
        self.learn(&condition, Outcome::Holds);
        Step::Require(condition, fail)
    }

    /// What a condition tells of a hint is known from here on.
    fn learn(&mut self, condition: &Condition, outcome: Outcome) {
        let (Condition::HasHint(name) | Condition::LacksHint(name)) = condition else { return };
        let is_there = matches!(condition, Condition::HasHint(_)) == (outcome == Outcome::Holds);
        if let Some((_, kind)) = self.known.iter_mut().find(|(known, _)| known == name) {
            *kind = if is_there { Kind::Hinted } else { Kind::Bare };
        }
    }

    fn when(&mut self, depth: u32) -> Step {
        let condition = self.condition();
        let before = self.known.clone();
        self.learn(&condition, Outcome::Holds);
        let mut then = self.arm(depth);
        let bound_then = self.known.split_off(before.len());
        self.known.clone_from(&before);
        self.learn(&condition, Outcome::Fails);
        let mut otherwise = if self.dice.once_in(3) { Vec::new() } else { self.arm(depth) };
        let bound_otherwise = self.known.split_off(before.len());
        self.known = before;
        match (ends(&then), ends(&otherwise)) {
            (true, false) => {
                self.learn(&condition, Outcome::Fails);
                self.known.extend(bound_otherwise.into_iter().map(unlearned));
            }
            (false, true) => {
                self.learn(&condition, Outcome::Holds);
                self.known.extend(bound_then.into_iter().map(unlearned));
            }
            (false, false) if !otherwise.is_empty() => self.join(&mut then, &mut otherwise),
            _ => {}
        }
        Step::When { condition, then, otherwise }
    }

    fn arm(&mut self, depth: u32) -> Vec<Step> {
        let count = 1 + self.dice.below(3);
        let mut steps = self.block(count, depth);
        if !ends(&steps) && self.dice.once_in(5) {
            steps.push(match self.dice.once_in(2) {
                true => self.answer(),
                false => Step::Fail(self.fail("end")),
            });
        }
        steps
    }

    /// Both arms bind the same name, with what each calls last.
    fn join(&mut self, then: &mut Vec<Step>, otherwise: &mut Vec<Step>) {
        if self.dice.once_in(3) {
            return;
        }
        let name = self.name();
        for arm in [then, otherwise] {
            let operation = match self.dice.once_in(3) {
                true => self.pick(&MAKES).unwrap_or("make0"),
                false => self.pick(&READS).unwrap_or("read0"),
            };
            let call = Call {
                operation,
                args: self.args(),
                after: After::Nothing,
                arms: self.arms(Gives::OnlyThing),
            };
            arm.push(Step::Call(Some(name), call));
        }
        self.known.push((name, Kind::Thing));
    }

    fn condition(&mut self) -> Condition {
        let hinted = self.known(&[Kind::Thing]);
        match (self.dice.below(8), hinted) {
            (0..2, Some(name)) => Condition::HasHint(name),
            (2, Some(name)) => Condition::LacksHint(name),
            (3, _) => Condition::And(Box::new(self.test()), Box::new(self.test())),
            (4, _) => Condition::Or(Box::new(self.test()), Box::new(self.test())),
            _ => self.test(),
        }
    }

    fn test(&mut self) -> Condition {
        let number = self.changing();
        match self.dice.once_in(2) {
            true => Condition::Even(number),
            false => Condition::Above(number, self.dice.small(60)),
        }
    }

    fn fail(&mut self, detail: &str) -> Fail {
        let status = if self.dice.once_in(2) { 409 } else { 422 };
        Fail { status, detail: format!("{detail} {}", self.dice.below(100)), shown: self.number() }
    }

    fn answer(&mut self) -> Step {
        let status = if self.dice.once_in(2) { 200 } else { 201 };
        Step::Return { status, values: (0..1 + self.dice.below(6)).map(|_| self.number()).collect() }
    }

    fn number(&mut self) -> Number {
        match self.dice.below(7) {
            0 => Number::Literal(self.dice.small(10)),
            1 => Number::Sum(Box::new(self.changing()), Box::new(self.changing())),
            _ => self.changing(),
        }
    }

    fn quotient(&mut self) -> Number {
        Number::Quotient(Box::new(self.changing()), Box::new(self.changing()))
    }

    /// A number that the compiler does not know.
    fn changing(&mut self) -> Number {
        let all = [Kind::Number, Kind::Thing, Kind::Hinted, Kind::Bare, Kind::Maybe, Kind::Things];
        let Some(name) = self.known(&all) else { return Number::Parameter };
        let kind = self.known.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let usual = self.dice.small(9);
        match (kind, self.dice.below(6)) {
            (None, _) | (_, 0) => Number::Parameter,
            (Some(Kind::Number), _) => Number::Name(name),
            (Some(Kind::Thing), 1) => Number::Hint(name, usual),
            (Some(Kind::Hinted), 1..4) => Number::KnownHint(name),
            (Some(Kind::Thing | Kind::Hinted | Kind::Bare), _) => Number::Value(name),
            (Some(Kind::Maybe), _) => Number::MaybeValue(name, usual),
            (Some(Kind::Things), 1..3) => Number::First(name, usual),
            (Some(Kind::Things), 3) => Number::Length(name),
            (Some(Kind::Things), _) => Number::Last(name, usual),
        }
    }
}

/// Behind a branch nothing is left of what was told of a name that is bound in one of its arms.
fn unlearned((name, kind): (Name, Kind)) -> (Name, Kind) {
    let kind = if matches!(kind, Kind::Hinted | Kind::Bare) { Kind::Thing } else { kind };
    (name, kind)
}

/// What may stand in for the value of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Nothing,
    Thing,
    /// Not `none`: it could not be told from a list of things.
    OnlyThing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Holds,
    Fails,
}
