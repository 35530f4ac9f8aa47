//! Bodies of maps and functions. They are typed callees first, so that a caller knows what can fail; a circle
//! among them is refused unless each round takes a part of what it was given, because no mapping may loop.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::body::{self, Body, Kind, bind};
use super::context::Context;
use super::expression::{checked, fitted};
use super::interface::Subject;
use super::kept::{Found, Texts, Unsettled};
use super::label::Labels;
use super::member::path_of;
use super::typed::{Expr, ExprKind, Function, LocalId};
use super::{declare, function, record, visit, walk};
use crate::diagnostic::{labels as label_findings, mapping, names, types};
use crate::resolve::{Callable, UnitId};
use crate::source::{SourceId, Span};
use crate::syntax::ast;

/// What is known of maps and functions beside their signatures, by their number: the place among all of them.
#[derive(Debug, Default)]
pub struct Known {
    names: Vec<Named>,
    calls: Graph,
    gives: Vec<Gives>,
}

type Named = (UnitId, SmolStr);

/// What the body of one says to its callers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gives {
    fails: bool,
    labels: Option<Labels>,
}

/// The signatures of all of some texts, whether or not anything calls them.
pub fn signatures(cx: &mut Context<'_>, is_asked: &dyn Fn(SourceId) -> bool) {
    for (unit, callable) in all(cx) {
        if is_asked(callable.span().source) {
            let _ = function::signature(cx, unit, callable);
        }
    }
}

/// Types all maps and functions of authors.
pub fn functions(cx: &mut Context<'_>, found: &mut Found) -> (Vec<Function>, Known) {
    let all = all(cx);
    let numbers = numbers(&all);
    let calls = all.iter().map(|(unit, callable)| calls(cx, &numbers, *unit, *callable)).collect();
    let order = callees_first(cx, &all, &calls);
    let mut typed: Vec<Option<Function>> = all.iter().map(|_| None).collect();
    for at in order {
        let (unit, callable) = all[at];
        typed[at] = Some(typed_function(cx, unit, callable));
        found.in_body(cx, callable.span());
    }
    let gives = all.iter().map(|(_, callable)| gives(cx, *callable)).collect();
    (typed.into_iter().flatten().collect(), Known { names: named(&all), calls, gives })
}

/// Types those of some texts again. Where what their bodies say to callers changed, the callers have to be looked at, too;
/// where there is a circle, all.
pub fn functions_of(
    cx: &mut Context<'_>,
    texts: &Texts,
    known: &mut Known,
    found: &mut Found,
) -> Result<(), Unsettled> {
    let all = all(cx);
    let numbers = numbers(&all);
    known.renumber(&all, texts)?;
    for (((unit, callable), calls), gives) in all.iter().zip(&mut known.calls).zip(&known.gives) {
        if texts.contain(callable.span().source) {
            *calls = self::calls(cx, &numbers, *unit, *callable);
            continue;
        }
        if gives.fails {
            cx.failing.insert(callable.span());
        }
        if let Some(labels) = gives.labels {
            cx.function_labels.insert(callable.span(), labels);
        }
    }
    let order = callees_first(cx, &all, &known.calls);
    let mut others = Vec::new();
    for at in order {
        let (unit, callable) = all[at];
        if texts.contain(callable.span().source) {
            let _ = typed_function(cx, unit, callable);
            found.in_body(cx, callable.span());
            let before = std::mem::replace(&mut known.gives[at], gives(cx, callable));
            if known.gives[at] != before {
                others.push(Subject { name: callable.name().text.clone(), of: None });
            }
        }
    }
    others.retain(|subject| !texts.declared.contains(subject));
    if others.is_empty() { Ok(()) } else { Err(Unsettled::Functions(others)) }
}

impl Known {
    /// To the places that they have now. A caller of one that is no more has to be one of those that are looked at.
    fn renumber(&mut self, all: &[(UnitId, Callable<'_>)], texts: &Texts) -> Result<(), Unsettled> {
        let is_same = |((unit, callable), known): (&(UnitId, Callable<'_>), &Named)| {
            *unit == known.0 && callable.name().text == known.1
        };
        if all.len() == self.names.len() && all.iter().zip(&self.names).all(is_same) {
            return Ok(());
        }
        let names = named(all);
        let places =
            |names: &[Named]| -> FxHashMap<Named, usize> { names.iter().cloned().zip(0..).collect() };
        let (before, now) = (places(&self.names), places(&names));
        let mut moved = Known { names, ..Known::default() };
        for ((_, callable), name) in all.iter().zip(&moved.names) {
            let at = before.get(name).copied();
            moved.gives.push(at.map_or_else(Gives::default, |at| self.gives[at]));
            let calls = at.map(|at| self.calls[at].as_slice()).unwrap_or_default();
            let place = |(callee, span): &(usize, Span)| Some((*now.get(&self.names[*callee])?, *span));
            match calls.iter().map(place).collect::<Option<Vec<_>>>() {
                Some(calls) => moved.calls.push(calls),
                None if texts.contain(callable.span().source) => moved.calls.push(Vec::new()),
                None => return Err(Unsettled::Everything),
            }
        }
        *self = moved;
        Ok(())
    }
}

fn all<'a>(cx: &Context<'a>) -> Vec<(UnitId, Callable<'a>)> {
    let names = cx.names;
    let of = |unit| names.scope(unit).callables.values().flatten().map(move |callable| (unit, *callable));
    (1..names.units.len()).map(UnitId).flat_map(of).collect()
}

fn named(all: &[(UnitId, Callable<'_>)]) -> Vec<Named> {
    all.iter().map(|(unit, callable)| (*unit, callable.name().text.clone())).collect()
}

fn numbers(all: &[(UnitId, Callable<'_>)]) -> FxHashMap<Span, usize> {
    all.iter().enumerate().map(|(at, (_, one))| (one.span(), at)).collect()
}

fn gives(cx: &Context<'_>, callable: Callable<'_>) -> Gives {
    let place = callable.span();
    Gives { fails: cx.failing.contains(&place), labels: cx.function_labels.get(&place).copied() }
}

fn typed_function(cx: &mut Context<'_>, unit: UnitId, callable: Callable<'_>) -> Function {
    let signature = function::signature(cx, unit, callable);
    let mut body = Body::new(unit, Kind::Pure);
    let before = cx.diagnostics.len();
    let mut params: Vec<LocalId> = Vec::new();
    let mut defaults = Vec::new();
    for (written, param) in callable.params().iter().zip(&signature.params) {
        defaults.push(default(cx, unit, written, &param.ty));
        let ty = declare::inside(written, &param.ty);
        params.push(bind(cx, &mut body, &written.name, ty, param.labels));
    }
    let (typed, span) = match callable {
        Callable::Map(decl) => (record::map_body(cx, &mut body, decl, &signature), decl.span),
        Callable::Fn(decl) => (function_body(cx, &mut body, decl, &signature), decl.span),
    };
    body::report_unused(cx, &body, before);
    if typed.fails {
        cx.failing.insert(callable.span());
    }
    Function { signature, params, defaults, locals: body.locals, body: typed, span }
}

fn function_body(
    cx: &mut Context<'_>,
    body: &mut Body,
    decl: &ast::FnDecl,
    signature: &super::typed::Signature,
) -> super::typed::Expr {
    if let Some(variable) = decl.variables.first() {
        cx.report(names::only_std(variable.span, "a function with type variables"));
    }
    if let Some(fails) = decl.fails {
        cx.report(names::only_std(fails, "`fails`"));
    }
    let Some(expr) = &decl.body else {
        cx.report(names::only_std(decl.span, "a function without a body"));
        return super::expression::broken(decl.span);
    };
    let typed = super::expression::infer(cx, body, expr, Some(&signature.result));
    let lost = typed.labels.declared().without(signature.result_labels);
    let what = format!("the result of `{}`", decl.name.text);
    let mut typed = fitted(cx, typed, &signature.result, &what, Some(decl.result.span));
    // A function passes labels on: its callers get what its body reads.
    typed.labels = lost.with(signature.result_labels);
    cx.function_labels.insert(decl.span, typed.labels);
    typed
}

/// Defaults of parameters are constants of the parameter's type.
pub fn default(cx: &mut Context<'_>, unit: UnitId, param: &ast::Param, ty: &super::ty::Type) -> Option<Expr> {
    let default = param.default.as_ref()?;
    let mut constants = Body::new(unit, Kind::Pure);
    let what = format!("the default of `{}`", param.name.text);
    let typed = checked(cx, &mut constants, default, ty, &what);
    if typed.fails {
        cx.report(types::default_fails(typed.span));
    }
    Some(typed)
}

/// Defaults of fields, wherever fields are declared.
pub fn field_defaults(cx: &mut Context<'_>, unit: UnitId, fields: &[ast::Field]) {
    for field in fields {
        let Some(default) = &field.default else { continue };
        let (ty, _) = declare::written(cx, declare::Place::of(unit), &field.ty);
        let mut constants = Body::new(unit, Kind::Pure);
        let what = format!("the default of `{}`", field.name.text);
        let typed = checked(cx, &mut constants, default, &ty, &what);
        if typed.fails {
            cx.report(types::default_fails(typed.span));
        }
        if typed.labels.contains(super::label::Labels::SECRET) {
            cx.report(label_findings::secret_default(typed.span));
        }
        cx.field_defaults.insert(field.name.span, Arc::new(typed));
    }
}

/// Whether the functions that defaults call can fail is known when those were looked at.
pub fn defaults_that_fail(cx: &mut Context<'_>) {
    let names = cx.failing.iter().filter_map(|place| Some(cx.signatures.get(place)?.span));
    let failing: FxHashSet<Span> = names.collect();
    let mut found = Vec::new();
    for default in cx.field_defaults.values() {
        walk::expressions(default, &mut |expr| match &expr.kind {
            ExprKind::Call { function, .. } if failing.contains(&function.span) => found.push(default.span),
            _ => {}
        });
    }
    found.sort_by_key(|span| (span.source, span.start));
    found.dedup();
    for span in found {
        cx.apart(span.source, |cx| cx.report(types::default_fails(span)));
    }
}

// ---- circles ------------------------------------------------------------------------------------

type Graph = Vec<Vec<(usize, Span)>>;

/// An order in which every callee comes before its callers; circles are reported.
fn callees_first(cx: &mut Context<'_>, all: &[(UnitId, Callable<'_>)], graph: &Graph) -> Vec<usize> {
    let mut order = Vec::with_capacity(all.len());
    let mut state = vec![State::New; all.len()];
    for start in 0..all.len() {
        depth_first(cx, all, graph, start, &mut state, &mut order);
    }
    order
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Without recursion, because chains of calls may be long.
fn depth_first(
    cx: &mut Context<'_>,
    all: &[(UnitId, Callable<'_>)],
    graph: &Graph,
    start: usize,
    state: &mut [State],
    order: &mut Vec<usize>,
) {
    if state[start] != State::New {
        return;
    }
    state[start] = State::Open;
    let mut path = vec![(start, 0)];
    while let Some((node, next)) = path.last().copied() {
        let Some((callee, span)) = graph[node].get(next).copied() else {
            state[node] = State::Done;
            order.push(node);
            path.pop();
            continue;
        };
        if let Some(last) = path.last_mut() {
            last.1 += 1;
        }
        match state[callee] {
            State::New => {
                state[callee] = State::Open;
                path.push((callee, 0));
            }
            State::Done => {}
            // What it puts together on the way may get too deep.
            State::Open if callee == node && takes_part(all[node].1, span) => {
                cx.failing.insert(all[node].1.span());
            }
            State::Open => {
                let from = path.iter().position(|(open, _)| *open == callee).unwrap_or(0);
                let circle: Vec<&str> =
                    path[from..].iter().map(|(at, _)| all[*at].1.name().text.as_str()).collect();
                let finding = mapping::circle(span, &circle, all[callee].1.name().span);
                cx.depends_on_order = true;
                cx.apart(span.source, |cx| cx.report(finding));
            }
        }
    }
}

/// The calls of others in a body, with their places.
fn calls(
    cx: &Context<'_>,
    numbers: &FxHashMap<Span, usize>,
    unit: UnitId,
    callable: Callable<'_>,
) -> Vec<(usize, Span)> {
    let mut calls = Vec::new();
    visit::callable(callable, &mut |expr| {
        let ast::ExprKind::Call { callee, .. } = &expr.kind else { return };
        let (name, called_on) = match &callee.kind {
            ast::ExprKind::Name(name) => (name, None),
            ast::ExprKind::Member { of, name, .. } => (name, Some(of)),
            _ => return,
        };
        let is_meant = |one: Callable<'_>| one.is_method() == called_on.is_some();
        let found = cx
            .names
            .callables(unit, &name.text)
            .filter(|(_, one)| is_meant(*one))
            .find_map(|(_, one)| numbers.get(&one.span()).copied());
        calls.extend(found.map(|callee| (callee, expr.span)));
    });
    calls
}

/// A call of itself ends when one argument is a part of the parameter in its place: `category(c.parent)`, or
/// `for x in c.children yield category(x)`. Data are finite, so that the parts run out.
fn takes_part(callable: Callable<'_>, call: Span) -> bool {
    let mut ends = false;
    visit::callable(callable, &mut |expr| {
        let ast::ExprKind::Call { callee, args } = &expr.kind else { return };
        if expr.span == call {
            let parts = parts(callable);
            let called_on = match &callee.kind {
                ast::ExprKind::Member { of, .. } if callable.is_method() => Some(&**of),
                _ => None,
            };
            let values = called_on.into_iter().chain(args.iter().map(|arg| &arg.value));
            let mut places = values.zip(callable.params());
            ends = places.any(|(value, param)| is_part(value, &param.name.text, &parts));
        }
    });
    ends
}

/// What a name stands for: a parameter, or something inside of it.
type Part = (SmolStr, Inside);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Part,
    Whole,
}

/// Names bound by `for`, `match` and lambdas to parameters and what lies inside of them. A name that is bound to
/// something else in another place is none of them.
fn parts(callable: Callable<'_>) -> FxHashMap<SmolStr, Part> {
    let params = callable.params().iter().map(|param| (param.name.text.clone(), Inside::Whole));
    let mut parts: FxHashMap<SmolStr, Part> =
        params.map(|(name, inside)| (name.clone(), (name, inside))).collect();
    let mut others: FxHashSet<SmolStr> = FxHashSet::default();
    visit::callable(callable, &mut |expr| {
        for (name, of) in bindings(expr) {
            // What comes out of a list or a dictionary is a part of it; a `match` gives the same value its type.
            let item = !matches!(expr.kind, ast::ExprKind::Match { .. });
            match of.and_then(|of| part_of(of, &parts)) {
                Some((owner, inside)) => {
                    let inside = if item { Inside::Part } else { inside };
                    let known = parts.insert(name.clone(), (owner.clone(), inside));
                    if known.is_some_and(|known| known != (owner, inside)) {
                        others.insert(name.clone());
                    }
                }
                None => drop(others.insert(name.clone())),
            }
        }
    });
    parts.retain(|name, _| !others.contains(name));
    parts
}

fn part_of(expr: &ast::Expr, parts: &FxHashMap<SmolStr, Part>) -> Option<Part> {
    let path = origin(expr)?;
    let (owner, inside) = parts.get(path.first()?)?.clone();
    Some((owner, if path.len() > 1 { Inside::Part } else { inside }))
}

/// The names that an expression binds, each with what it is a part of.
fn bindings<'e>(expr: &'e ast::Expr) -> Vec<(&'e SmolStr, Option<&'e ast::Expr>)> {
    match &expr.kind {
        ast::ExprKind::For(repeat) => vec![(&repeat.binding.text, Some(&repeat.list))],
        ast::ExprKind::Match { subject, arms } => {
            let bound = arms.iter().filter_map(|arm| arm.binding.as_ref());
            bound.map(|name| (&name.text, Some(&**subject))).collect()
        }
        ast::ExprKind::Call { callee, args } => {
            let ast::ExprKind::Member { of, name: method, .. } = &callee.kind else { return Vec::new() };
            let lambdas = args.iter().filter_map(|arg| match &arg.value.kind {
                ast::ExprKind::Lambda { params, .. } => Some(params.as_slice()),
                _ => None,
            });
            // With more than one name it is not known here which of them is a part, but with `fold`.
            let element = |params: &[ast::Name], at: usize| match params.len() {
                1 => true,
                2 => method.text == "fold" && at == 1,
                _ => false,
            };
            let bound = |params: &'e [ast::Name]| {
                let names = params.iter().enumerate();
                names.map(move |(at, name)| (&name.text, element(params, at).then_some(&**of)))
            };
            lambdas.flat_map(bound).collect()
        }
        _ => Vec::new(),
    }
}

/// Functions of std that give some of what they are called on, and nothing else.
pub const CHOOSING: [&str; 9] =
    ["filter", "take", "drop", "reverse", "distinct", "present", "slice", "first", "last"];

/// `c.children`, also as `c.children ?? []` or `c.children.filter(…)`.
fn origin(of: &ast::Expr) -> Option<Vec<SmolStr>> {
    match &of.kind {
        ast::ExprKind::Paren(inner) => origin(inner),
        ast::ExprKind::Chain { first, rest } => {
            let only_default = rest.iter().all(|(operator, default)| {
                operator.node == ast::BinaryOperator::Coalesce && is_empty_list(default)
            });
            if only_default { origin(first) } else { None }
        }
        ast::ExprKind::Call { callee, .. } => match &callee.kind {
            ast::ExprKind::Member { of, name, .. } if CHOOSING.contains(&name.text.as_str()) => origin(of),
            _ => None,
        },
        _ => path_of(of),
    }
}

fn is_empty_list(expr: &ast::Expr) -> bool {
    matches!(&expr.kind, ast::ExprKind::List(items) if items.is_empty())
}

fn is_part(arg: &ast::Expr, param: &str, parts: &FxHashMap<SmolStr, Part>) -> bool {
    part_of(arg, parts).is_some_and(|(owner, inside)| owner == param && inside == Inside::Part)
}
