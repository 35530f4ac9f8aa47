//! The types of a contract, one by one, as flows see them: for whoever writes a flow about them.

use std::sync::Arc;

use smol_str::SmolStr;

use super::context::{Context, Contracts, Input};
use super::ty::{Origin, RecordContent, RecordType, Type};
use super::typed::OperationType;
use super::{operation, schema};
use crate::contract::Contract;
use crate::resolve::Names;

/// One contract, and what has been worked out of its types.
pub struct Explorer<'a> {
    cx: Context<'a>,
}

impl<'a> Explorer<'a> {
    pub fn new(names: &'a Names<'a>, contract: Contract) -> Explorer<'a> {
        let contracts = Contracts { all: vec![contract], ..Contracts::default() };
        Explorer { cx: Context::new(Input { names, contracts, thin_reads: false }) }
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
