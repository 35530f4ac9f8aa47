//! From names bound to a typed program. One file per question: what a type is ([`declare`], [`schema`]), what
//! fits ([`fit`]), what an expression is ([`expression`] and its neighbours), what steps do ([`step`], [`call`],
//! [`failure`]), and then, over the typed program, whether it keeps its promises (layers, effects, budgets).

mod acting;
mod address;
mod allow;
mod backend;
mod body;
mod bound;
mod branch;
mod browser;
pub mod budget;
mod calculate;
mod call;
mod caller;
mod constraint;
mod context;
mod dashed;
mod declare;
mod effect;
pub mod exact;
mod explore;
mod expression;
mod failure;
mod fit;
mod function;
mod implements;
mod interface;
mod kept;
mod key;
pub mod label;
mod layer;
mod limit;
mod member;
mod mismatch;
mod nested;
mod nobody;
mod operation;
mod paged;
mod pattern;
mod precise;
mod promised;
mod proposed;
mod pure;
mod reach;
mod record;
mod route;
mod schema;
mod security;
mod service;
mod setting;
pub mod standard;
mod step;
mod testing;
mod text;
pub mod ty;
pub mod typed;
mod usage;
mod visit;
pub mod walk;

pub use backend::server_fault;
pub use context::{Contracts, Input};
pub use effect::{Effect, Effects, can_fail};
pub use explore::Explorer;
pub use interface::{Change, Difference, Subject, difference};
pub use kept::{Kept, Text, Texts, Unsettled};
pub use key::is_key;
pub use pattern::of_contract as pattern_of_contract;
pub use pure::CHOOSING;
pub use reach::{Words, reached};
pub use service::known_as;
pub use step::always_ends;

use context::Context;
use kept::Found;
use typed::Program;

use crate::contract::Contract;
use crate::diagnostic::Diagnostic;
use crate::resolve::{Declared, UnitId};
use crate::source::SourceId;
use crate::syntax::ast;

/// What the checker gives: the typed program, all findings, and what can still be asked of types and contracts.
pub struct Output<'a> {
    pub program: Program,
    pub diagnostics: Vec<Diagnostic>,
    pub explorer: Explorer<'a>,
}

/// Checks everything that was resolved.
pub fn check(input: Input<'_>) -> Output<'_> {
    let mut cx = Context::new(input);
    let (program, found, _) = whole(&mut cx);
    Output { program, diagnostics: found.into_all(), explorer: Explorer::over(cx) }
}

/// First what declarations say, then the bodies one by one, then what holds for all of them together.
fn whole(cx: &mut Context<'_>) -> (Program, Found, pure::Known) {
    let (mut program, mut found) = (Program::default(), Found::default());
    declare_texts(cx, &mut program, &|_| true);
    let (functions, known) = pure::functions(cx, &mut found);
    pure::defaults_that_fail(cx);
    program.functions = functions;
    for at in 0..cx.backends.len() {
        program.backends.push(backend::check(cx, at));
        found.in_body(cx, cx.backends[at].decl.span);
    }
    for at in 0..cx.services.len() {
        program.services.push(service::check(cx, at));
        found.in_body(cx, cx.services[at].decl.span);
    }
    for (unit, test) in tests(cx) {
        program.tests.push(testing::check(cx, unit, test));
        found.in_body(cx, test.span);
    }
    found.in_declarations(cx);
    promises(cx, &program);
    found.promises = std::mem::take(&mut cx.diagnostics);
    found.contracts = cx.contracts.all.iter().flat_map(Contract::findings).collect();
    (program, found, known)
}

/// What the declarations of texts say, whether or not anything names them. Those of others are worked out when they are
/// asked for.
fn declare_texts(cx: &mut Context<'_>, program: &mut Program, is_asked: &dyn Fn(SourceId) -> bool) {
    backend::declare(cx);
    declarations(cx, program, is_asked);
    service::declare(cx);
    service::shapes(cx, is_asked);
    pure::signatures(cx, is_asked);
}

fn tests<'a>(cx: &Context<'a>) -> Vec<(UnitId, &'a ast::Test)> {
    let names = cx.names;
    let of = |unit| names.scope(unit).tests.iter().map(move |test| (unit, *test));
    (1..names.units.len()).map(UnitId).flat_map(of).collect()
}

/// What holds for the program as a whole.
fn promises(cx: &mut Context<'_>, program: &Program) {
    let effects = effect::effects(cx, program);
    effect::check(cx, program, &effects);
    key::check(cx, program, &effects);
    layer::check(cx, program, &effects);
    security::check(cx, program);
    browser::check(cx, program);
    allow::check(cx, program);
    caller::check(cx, program);
    nobody::check(cx, program);
    limit::check(cx, program);
    promised::check(cx, program);
    paged::check(cx, program);
    address::check(cx, program);
    budget::check(cx, program, &effects);
}

/// Types, problems, events and brokers.
fn declarations(cx: &mut Context<'_>, program: &mut Program, is_asked: &dyn Fn(SourceId) -> bool) {
    for unit in (1..cx.names.units.len()).map(UnitId) {
        let names = cx.names;
        for declared in names.scope(unit).capitals.values() {
            let text = declared.name().span.source;
            if is_asked(text) {
                cx.apart(text, |cx| declaration(cx, program, unit, *declared));
            }
        }
    }
}

fn declaration(cx: &mut Context<'_>, program: &mut Program, unit: UnitId, declared: Declared<'_>) {
    match declared {
        Declared::Type(decl) => {
            let (ty, _) = declare::declared(cx, unit, decl);
            if let ast::TypeBody::Record(fields) = &decl.body {
                pure::field_defaults(cx, unit, fields);
            }
            program.types.insert(decl.name.text.clone(), ty);
        }
        Declared::Problem(decl) => {
            program.problems.push(operation::problem(cx, unit, decl));
            pure::field_defaults(cx, unit, &decl.members);
        }
        Declared::Event(decl) => {
            program.events.push(operation::event(cx, unit, decl));
            pure::field_defaults(cx, unit, &decl.fields);
            operation::check_event(cx, unit, decl);
        }
        Declared::Broker(decl) => {
            let broker = backend::broker(cx, unit, decl);
            program.brokers.push(broker);
        }
        Declared::Backend(_) | Declared::Service(_) => {}
    }
}
