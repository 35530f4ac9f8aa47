//! From names bound to a typed program. One file per question: what a type is ([`declare`], [`schema`]), what
//! fits ([`fit`]), what an expression is ([`expression`] and its neighbours), what steps do ([`step`], [`call`],
//! [`failure`]), and then, over the typed program, whether it keeps its promises (layers, effects, budgets).

mod backend;
mod body;
mod branch;
pub mod budget;
mod calculate;
mod call;
mod constraint;
mod context;
mod declare;
mod effect;
pub mod exact;
mod explore;
mod expression;
mod failure;
mod fit;
mod function;
mod implements;
pub mod label;
mod layer;
mod member;
mod mismatch;
mod operation;
mod pattern;
mod precise;
mod pure;
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
pub use effect::{Effect, Effects, can_fail, is_key};
pub use explore::Explorer;
pub use pattern::of_contract as pattern_of_contract;
pub use step::always_ends;

use context::Context;
use typed::Program;

use crate::diagnostic::Diagnostic;
use crate::resolve::{Declared, UnitId};
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
    let mut program = Program::default();
    backend::declare(&mut cx);
    declarations(&mut cx, &mut program);
    service::declare(&mut cx);
    program.functions = pure::functions(&mut cx);
    program.backends = (0..cx.backends.len()).map(|at| backend::check(&mut cx, at)).collect();
    program.services = (0..cx.services.len()).map(|at| service::check(&mut cx, at)).collect();
    for unit in (1..cx.names.units.len()).map(UnitId) {
        for test in &cx.names.scope(unit).tests {
            let test = testing::check(&mut cx, unit, test);
            program.tests.push(test);
        }
    }
    promises(&mut cx, &program);
    let mut diagnostics = std::mem::take(&mut cx.diagnostics);
    for contract in &cx.contracts.all {
        diagnostics.extend(contract.findings());
    }
    Output { program, diagnostics, explorer: Explorer::over(cx) }
}

/// What holds for the program as a whole.
fn promises(cx: &mut Context<'_>, program: &Program) {
    let effects = effect::effects(cx, program);
    effect::check(cx, program, &effects);
    layer::check(cx, program, &effects);
    security::check(cx, program);
    budget::check(cx, program, &effects);
}

/// Types, problems, events and brokers of all units, whether or not anything names them.
fn declarations(cx: &mut Context<'_>, program: &mut Program) {
    for unit in (1..cx.names.units.len()).map(UnitId) {
        let names = cx.names;
        for declared in names.scope(unit).capitals.values() {
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
    }
}
