//! Which uses of a name may take its value away instead of copying it: the last one on every way, outside of loops
//! and closures that the name stands around.
//!
//! A use is a path (`r.addr`) at a place. Places are lists of turns from the outermost expression inwards; where two
//! places part tells whether one of them comes before the other, excludes it, or may be evaluated beside it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{
    Arm, ArmBody, Call, Condition, Expr, ExprKind, Fail, FunctionId, ListItem, LocalId, Step, StepKind, Test,
    TextPart, Type, TypeDef, Value,
};

/// Expressions (by address) whose value may be moved.
pub type Moves = FxHashSet<usize>;

/// The address that stands for an expression.
pub fn key(expr: &Expr) -> usize {
    std::ptr::from_ref(expr) as usize
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// One after the other, each complete before the next.
    Sequence(usize),
    /// Only one of them.
    Branch(usize),
    /// Nothing is known.
    Beside(usize),
    /// More than once, or later.
    Repeated,
}

struct Use<'w> {
    local: LocalId,
    fields: Vec<usize>,
    place: Vec<Turn>,
    expr: usize,
    ty: &'w Type,
    /// The outermost use of a path: what is inside of it is no use of its own.
    takes: bool,
}

struct Walk<'w> {
    takes: &'w Takes<'w>,
    place: Vec<Turn>,
    uses: Vec<Use<'w>>,
    /// How deep in repetitions each name was bound.
    bound: FxHashMap<LocalId, usize>,
    /// A name is wanted whole, even where only a field of it is read: what runs later holds on to all of it.
    whole: bool,
}

/// Whether a function takes the value of a parameter, or only looks at it.
pub type Takes<'t> = dyn Fn(FunctionId, usize) -> bool + 't;

/// For the body of a function.
pub fn of_expr(params: &[LocalId], body: &Expr, takes: &Takes<'_>) -> Moves {
    walked(params, body, takes).found().map(|one| one.expr).collect()
}

/// The parameters of a function whose value, or a part of it, is taken away.
pub fn consumed(params: &[LocalId], body: &Expr, takes: &Takes<'_>, types: &[TypeDef]) -> FxHashSet<LocalId> {
    let walk = walked(params, body, takes);
    walk.found().filter(|one| !one.ty.is_copy(types)).map(|one| one.local).collect()
}

fn walked<'w>(params: &[LocalId], body: &'w Expr, takes: &'w Takes<'w>) -> Walk<'w> {
    let mut walk = Walk::new(takes);
    params.iter().for_each(|local| walk.bind(*local));
    walk.expr(body, true);
    walk
}

/// For the steps of an operation.
pub fn of_steps(params: &[LocalId], allow: Option<&Expr>, steps: &[Step], takes: &Takes<'_>) -> Moves {
    let mut walk = Walk::new(takes);
    params.iter().for_each(|local| walk.bind(*local));
    walk.within(Turn::Sequence(0), |walk| {
        if let Some(allow) = allow {
            walk.expr(allow, true);
        }
    });
    walk.within(Turn::Sequence(1), |walk| walk.steps(steps));
    walk.found().map(|one| one.expr).collect()
}

impl<'w> Walk<'w> {
    fn new(takes: &'w Takes<'w>) -> Walk<'w> {
        Walk { takes, place: Vec::new(), uses: Vec::new(), bound: FxHashMap::default(), whole: false }
    }

    fn depth(&self) -> usize {
        self.place.iter().filter(|turn| **turn == Turn::Repeated).count()
    }

    fn bind(&mut self, local: LocalId) {
        let depth = self.depth();
        self.bound.insert(local, depth);
    }

    fn within(&mut self, turn: Turn, walk: impl FnOnce(&mut Walk<'w>)) {
        self.place.push(turn);
        walk(self);
        self.place.pop();
    }

    /// The uses that may take.
    fn found(&self) -> impl Iterator<Item = &Use<'w>> {
        self.uses
            .iter()
            .enumerate()
            .filter(|(at, one)| one.takes && self.may_take(*at, one))
            .map(|(_, one)| one)
    }

    fn may_take(&self, at: usize, one: &Use<'w>) -> bool {
        let depth = one.place.iter().filter(|turn| **turn == Turn::Repeated).count();
        let is_bound_here = self.bound.get(&one.local).is_some_and(|bound| *bound == depth);
        is_bound_here
            && self.uses.iter().enumerate().all(|(other_at, other)| {
                other_at == at || !overlaps(one, other) || is_before_or_apart(&other.place, &one.place)
            })
    }

    fn path(&mut self, expr: &'w Expr, takes: bool) -> bool {
        let Some((local, fields)) = path_of(expr) else { return false };
        let fields = if self.whole { Vec::new() } else { fields };
        let place = self.place.clone();
        self.uses.push(Use { local, fields, place, expr: key(expr), ty: &expr.ty, takes });
        true
    }

    /// `takes`: the value as a whole is wanted, not only a look at it.
    fn expr(&mut self, expr: &'w Expr, takes: bool) {
        if self.path(expr, takes) {
            return;
        }
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::None | ExprKind::Config(_) | ExprKind::Local(_) => {}
            ExprKind::Field { of, .. } | ExprKind::Key { of, .. } | ExprKind::Common { of, .. } => {
                self.expr(of, false);
            }
            ExprKind::Record { fields, .. } => self.in_sequence(fields.iter()),
            ExprKind::Bind { local, value, body } => {
                self.within(Turn::Sequence(0), |walk| walk.expr(value, true));
                self.bind(*local);
                self.within(Turn::Sequence(1), |walk| walk.expr(body, true));
            }
            ExprKind::If { condition, then, otherwise } => {
                self.within(Turn::Sequence(0), |walk| walk.condition(condition));
                self.within(Turn::Sequence(1), |walk| {
                    walk.within(Turn::Branch(0), |walk| walk.expr(then, true));
                    walk.within(Turn::Branch(1), |walk| walk.expr(otherwise, true));
                });
            }
            ExprKind::Match { subject, arms } => {
                self.within(Turn::Beside(0), |walk| walk.expr(subject, false));
                self.within(Turn::Beside(1), |walk| {
                    for (at, arm) in arms.iter().enumerate() {
                        walk.within(Turn::Branch(at), |walk| walk.expr(&arm.body, true));
                    }
                });
            }
            ExprKind::IfPresent { value, local, body } => {
                self.within(Turn::Beside(0), |walk| walk.expr(value, true));
                self.bind(*local);
                self.within(Turn::Beside(1), |walk| walk.closure(body));
            }
            ExprKind::Coalesce { value, fallback } => {
                self.within(Turn::Beside(0), |walk| walk.expr(value, true));
                self.within(Turn::Beside(1), |walk| walk.closure(fallback));
            }
            ExprKind::For { list, condition, body, binding } => {
                self.within(Turn::Beside(0), |walk| walk.expr(list, true));
                self.within(Turn::Beside(1), |walk| {
                    walk.within(Turn::Repeated, |walk| {
                        walk.bind(*binding);
                        if let Some(condition) = condition {
                            walk.within(Turn::Sequence(0), |walk| walk.condition(condition));
                        }
                        walk.within(Turn::Sequence(1), |walk| walk.expr(body, true));
                    });
                });
            }
            ExprKind::Lambda { params, body } => self.within(Turn::Repeated, |walk| {
                params.iter().for_each(|local| walk.bind(*local));
                walk.expr(body, true);
            }),
            ExprKind::Else { value, fallback } => {
                self.within(Turn::Beside(0), |walk| walk.closure(value));
                self.within(Turn::Beside(1), |walk| walk.arm_body(fallback));
            }
            ExprKind::Compare { left, right, .. } => self.beside([&**left, &**right].into_iter(), false),
            ExprKind::Text(parts) => {
                let values = parts.iter().filter_map(|part| match part {
                    TextPart::Chars(_) => None,
                    TextPart::Value(value) => Some(value),
                });
                self.beside(values, false);
            }
            ExprKind::Narrow(inner) => self.expr(inner, false),
            ExprKind::Not(inner)
            | ExprKind::Negate(inner)
            | ExprKind::Convert(inner)
            | ExprKind::Bounded(inner)
            | ExprKind::Present(inner) => {
                self.expr(inner, true);
            }
            ExprKind::Arithmetic { left, right, .. } => self.beside([&**left, &**right].into_iter(), true),
            ExprKind::All(parts) | ExprKind::AnyOf(parts) => self.beside(parts.iter(), true),
            ExprKind::Call { function, args } => {
                for (at, arg) in args.iter().enumerate() {
                    let takes = (self.takes)(*function, at);
                    self.within(Turn::Beside(at), |walk| walk.expr(arg, takes));
                }
            }
            ExprKind::Std { name, args } => self.std(name, args),
            ExprKind::List(items) => {
                let values = items.iter().map(|item| match item {
                    ListItem::Value(value) | ListItem::Spread(value) => value,
                });
                self.beside(values, true);
            }
            ExprKind::Dict { entries, spreads } => {
                self.beside(entries.iter().map(|(_, value)| value).chain(spreads), true);
            }
        }
    }

    /// A closure runs once, but what it takes is gone for what stands beside it.
    fn closure(&mut self, body: &'w Expr) {
        self.expr(body, true);
    }

    fn std(&mut self, name: &str, args: &'w [Expr]) {
        let takes = flow_std::functions::find(name).map(|function| function.takes).unwrap_or_default();
        for (at, arg) in args.iter().enumerate() {
            let owned = takes.get(at).is_none_or(|pass| matches!(pass, flow_std::functions::Pass::Own));
            self.within(Turn::Beside(at), |walk| walk.expr(arg, owned));
        }
    }

    fn in_sequence(&mut self, parts: impl Iterator<Item = &'w Expr>) {
        for (at, part) in parts.enumerate() {
            self.within(Turn::Sequence(at), |walk| walk.expr(part, true));
        }
    }

    fn beside(&mut self, parts: impl Iterator<Item = &'w Expr>, takes: bool) {
        for (at, part) in parts.enumerate() {
            self.within(Turn::Beside(at), |walk| walk.expr(part, takes));
        }
    }

    fn condition(&mut self, condition: &'w Condition) {
        for (at, test) in condition.iter().enumerate() {
            self.within(Turn::Sequence(at), |walk| match test {
                Test::Holds(expr) => walk.expr(expr, true),
                Test::Present { value, local } => {
                    walk.expr(value, false);
                    walk.bind(*local);
                }
            });
        }
    }

    fn arm_body(&mut self, body: &'w ArmBody) {
        match body {
            ArmBody::Value(value) => self.expr(value, true),
            ArmBody::Fail(fail) => self.fail(fail),
        }
    }

    fn fail(&mut self, fail: &'w Fail) {
        let parts = fail.detail.iter().chain(&fail.instance);
        self.beside(parts.chain(fail.members.iter().map(|(_, value)| value)), false);
    }

    fn steps(&mut self, steps: &'w [Step]) {
        for (at, step) in steps.iter().enumerate() {
            self.within(Turn::Sequence(at), |walk| walk.step(step));
        }
    }

    fn step(&mut self, step: &'w Step) {
        match &step.kind {
            StepKind::Let { local, value } => {
                self.value(value);
                self.bind(*local);
                // The undo of a call reads what the call has given.
                self.undo(value);
            }
            StepKind::Do(value) => {
                self.value(value);
                self.undo(value);
            }
            StepKind::Overlap(steps) | StepKind::Together(steps) => {
                for (at, step) in steps.iter().enumerate() {
                    self.within(Turn::Beside(at), |walk| walk.within(Turn::Repeated, |walk| walk.step(step)));
                }
                // What they bind is there behind all of them.
                for step in steps {
                    if let StepKind::Let { local, .. } = &step.kind {
                        self.bind(*local);
                    }
                }
            }
            StepKind::Require { condition, otherwise } => {
                self.within(Turn::Sequence(0), |walk| walk.condition(condition));
                self.within(Turn::Sequence(1), |walk| walk.fail(otherwise));
            }
            StepKind::When { condition, then, otherwise, joined } => {
                self.within(Turn::Sequence(0), |walk| walk.condition(condition));
                self.within(Turn::Sequence(1), |walk| {
                    walk.within(Turn::Branch(0), |walk| {
                        walk.within(Turn::Sequence(0), |walk| walk.steps(then));
                        walk.within(Turn::Sequence(1), |walk| {
                            walk.beside(joined.iter().map(|one| &one.then), true);
                        });
                    });
                    walk.within(Turn::Branch(1), |walk| {
                        walk.within(Turn::Sequence(0), |walk| walk.steps(otherwise));
                        walk.within(Turn::Sequence(1), |walk| {
                            walk.beside(joined.iter().map(|one| &one.otherwise), true);
                        });
                    });
                });
                joined.iter().for_each(|one| self.bind(one.local));
            }
            StepKind::Log { message, fields, .. } => {
                self.beside(std::iter::once(message).chain(fields.iter().map(|(_, value)| value)), false);
            }
            StepKind::Return { value, .. } => {
                if let Some(value) = value {
                    self.expr(value, true);
                }
            }
            StepKind::Fail(fail) => self.fail(fail),
        }
    }

    fn value(&mut self, value: &'w Value) {
        match value {
            Value::Plain(expr) => self.expr(expr, true),
            Value::Call(call) => self.call(call),
            Value::Fan(fan) => {
                self.within(Turn::Beside(0), |walk| walk.expr(&fan.list, true));
                self.within(Turn::Beside(1), |walk| {
                    walk.within(Turn::Repeated, |walk| {
                        walk.bind(fan.binding);
                        if let Some(condition) = &fan.condition {
                            walk.condition(condition);
                        }
                        walk.within(Turn::Repeated, |walk| walk.later(&fan.call));
                    });
                });
            }
        }
    }

    /// Arguments are looked at; what an arm gives may be taken.
    fn call(&mut self, call: &'w Call) {
        self.within(Turn::Beside(0), |walk| {
            let key = call.settings.cache.this().and_then(|cache| cache.key.as_ref());
            walk.beside(call.args.iter().map(|argument| &argument.value).chain(key), false);
        });
        self.within(Turn::Beside(1), |walk| {
            for (at, Arm { body, binding, .. }) in call.arms.iter().enumerate() {
                if let Some(local) = binding {
                    walk.bind(*local);
                }
                walk.within(Turn::Branch(at), |walk| walk.arm_body(body));
            }
        });
    }

    /// A call in a future of its own.
    fn later(&mut self, call: &'w Call) {
        let outside = std::mem::replace(&mut self.whole, true);
        self.call(call);
        self.whole = outside;
    }

    /// Undos run later, and may run more than once.
    fn undo(&mut self, value: &'w Value) {
        let undo = match value {
            Value::Plain(_) => None,
            Value::Call(call) => call.undo.as_ref(),
            Value::Fan(fan) => fan.call.undo.as_ref(),
        };
        if let Some(undo) = undo {
            self.within(Turn::Repeated, |walk| walk.later(undo));
        }
    }
}

/// The name and fields of `r.addr.city`.
pub fn path_of(expr: &Expr) -> Option<(LocalId, Vec<usize>)> {
    match &expr.kind {
        ExprKind::Local(local) => Some((*local, Vec::new())),
        ExprKind::Field { of, field } => {
            let (local, mut fields) = path_of(of)?;
            fields.push(*field);
            Some((local, fields))
        }
        _ => None,
    }
}

fn overlaps(one: &Use<'_>, other: &Use<'_>) -> bool {
    let common = one.fields.len().min(other.fields.len());
    one.local == other.local && one.fields.get(..common) == other.fields.get(..common)
}

/// Whether what happens at `other` is over when `this` begins, or never happens with it.
fn is_before_or_apart(other: &[Turn], this: &[Turn]) -> bool {
    for (a, b) in other.iter().zip(this) {
        match (a, b) {
            (Turn::Sequence(a), Turn::Sequence(b)) if a != b => return a < b,
            (Turn::Branch(a), Turn::Branch(b)) if a != b => return true,
            (a, b) if a != b => return false,
            _ => {}
        }
    }
    false
}
