//! The types of a contract, one by one, as flows see them: for whoever writes a flow about them.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::context::{Context, Contracts, Input};
use super::effect::{self, Effects};
use super::label::{self, Labels};
use super::ty::{Origin, RecordContent, RecordType, Type};
use super::typed::{Expr, FailureBody, OperationType, Program};
use super::{nested, operation, schema};
use crate::contract::Contract;
use crate::resolve::{Callable, Declared, Names, UnitId};
use crate::source::Span;
use crate::syntax::ast;

/// One contract, and what has been worked out of its types.
pub struct Explorer<'a> {
    cx: Context<'a>,
}

impl<'a> Explorer<'a> {
    pub fn new(names: &'a Names<'a>, contract: Contract) -> Explorer<'a> {
        let contracts = Contracts { all: vec![contract], ..Contracts::default() };
        Explorer { cx: Context::new(Input { names, contracts, thin_reads: false }) }
    }

    /// What was worked out while checking, for whoever asks further.
    pub(super) fn over(cx: Context<'a>) -> Explorer<'a> {
        Explorer { cx }
    }

    pub fn contracts(&self) -> &[Contract] {
        &self.cx.contracts.all
    }

    pub fn contract_at(&mut self, at: usize) -> Option<&mut Contract> {
        self.cx.contracts.all.get_mut(at)
    }

    /// The shape of a backend's operation, by the number of the contract.
    pub fn operation_at(&mut self, contract: usize, name: &SmolStr) -> Option<Arc<OperationType>> {
        operation::of_contract(&mut self.cx, contract, name)
    }

    /// The type of the body of a failure.
    pub fn failure_type(&mut self, body: Option<&FailureBody>) -> Type {
        operation::failure_type(&mut self.cx, body)
    }

    /// The default of a field, by the place of its name.
    pub fn field_default(&self, field: Span) -> Option<Arc<Expr>> {
        self.cx.field_defaults.get(&field).cloned()
    }

    /// The labels of all that lies inside of a type.
    pub fn labels(&mut self, ty: &Type) -> Labels {
        label::deep(&mut self.cx, ty)
    }

    /// Whether values of this type can be put into each other again and again.
    pub fn nests(&mut self, ty: &Type) -> bool {
        nested::nests(&mut self.cx, ty)
    }

    /// Which calls only read.
    pub fn effects(&self, program: &Program) -> Effects {
        effect::effects(&self.cx, program)
    }

    /// The documentation of everything that is declared, by the place of its name.
    pub fn docs(&self) -> FxHashMap<Span, String> {
        let mut docs = FxHashMap::default();
        for unit in (0..self.cx.names.units.len()).map(UnitId) {
            let scope = self.cx.names.scope(unit);
            scope.capitals.values().for_each(|declared| declared_docs(*declared, &mut docs));
            for callable in scope.callables.values().flatten() {
                let doc = match callable {
                    Callable::Map(decl) => &decl.doc,
                    Callable::Fn(decl) => &decl.doc,
                };
                keep(&mut docs, callable.name(), doc.as_ref());
            }
        }
        docs
    }

    pub fn contract(&mut self) -> &mut Contract {
        &mut self.cx.contracts.all[0]
    }

    pub fn operation(&mut self, name: &SmolStr) -> Option<Arc<OperationType>> {
        operation::of_contract(&mut self.cx, 0, name)
    }

    /// The type that a flow means by the name of a schema.
    pub fn schema(&mut self, name: &str) -> Option<Type> {
        let id = self.contract().schema_named(name)?;
        Some(schema::schema_type(&mut self.cx, 0, id, name))
    }

    pub fn content<'r>(&mut self, record: &'r RecordType) -> &'r RecordContent {
        schema::content(&mut self.cx, record)
    }

    /// The name of the schema that a record or union was made from, where a flow can reach it by that name.
    pub fn name(&mut self, origin: Origin) -> Option<SmolStr> {
        let Origin::Contract(_, id) = origin else { return None };
        let name = self.contract().schema(id).name.clone()?;
        (self.contract().schema_named(&name) == Some(id)).then_some(name)
    }
}

fn keep(docs: &mut FxHashMap<Span, String>, name: &ast::Name, doc: Option<&ast::Doc>) {
    if let Some(doc) = doc {
        docs.insert(name.span, doc.text.to_string());
    }
}

fn declared_docs(declared: Declared<'_>, docs: &mut FxHashMap<Span, String>) {
    match declared {
        Declared::Type(decl) => keep(docs, &decl.name, decl.doc.as_ref()),
        Declared::Problem(decl) => keep(docs, &decl.name, decl.doc.as_ref()),
        Declared::Event(decl) => keep(docs, &decl.name, decl.doc.as_ref()),
        Declared::Broker(decl) => keep(docs, &decl.name, decl.doc.as_ref()),
        Declared::Backend(decl) => keep(docs, &decl.name, decl.doc.as_ref()),
        Declared::Service(decl) => {
            keep(docs, &decl.name, decl.doc.as_ref());
            for member in &decl.members {
                if let ast::Member::Operation(operation) = member {
                    keep(docs, &operation.name, operation.doc.as_ref());
                    let params = operation.signature.iter().flat_map(|signature| &signature.params);
                    params.for_each(|param| keep(docs, &param.name, param.doc.as_ref()));
                }
            }
        }
    }
}
