//! What is in scope in one body (a map, a function, an operation, a test): the names that are bound, what is
//! known of them at this point, and which of them have been used.

use std::sync::Arc;

use smol_str::SmolStr;

use super::context::Context;
use super::label::Labels;
use super::ty::Type;
use super::typed::{Local, LocalId, OperationType};
use crate::diagnostic::{names, types};
use crate::resolve::UnitId;
use crate::syntax::ast;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pure: a map, a function, a setting.
    Pure,
    /// The steps of an operation or handler.
    Steps,
    /// A test.
    Test,
}

#[derive(Debug)]
pub struct Body {
    pub unit: UnitId,
    pub kind: Kind,
    pub locals: Vec<Local>,
    visible: Vec<LocalId>,
    refined: Vec<(Vec<SmolStr>, Type)>,
    /// `env` and `secret` may be read here.
    pub config: bool,
    /// `caller` would be in scope, if somebody had to say who they are.
    pub no_caller: bool,
    /// Bound by the steps of a `together` that is not complete: nobody may wait for them.
    pub apart: Vec<LocalId>,
    /// Names that both arms of a `when` bind.
    pub joined: Vec<SmolStr>,
    /// A step could not be read, so that any name may be what it binds.
    pub unread: bool,
    /// The labels of what the function at hand is called on: its lambdas are given parts of that.
    pub given: Labels,
    /// How the operation may end.
    pub answers: Option<Arc<OperationType>>,
}

/// A point to go back to when a block ends.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    visible: usize,
    refined: usize,
}

impl Body {
    pub fn new(unit: UnitId, kind: Kind) -> Body {
        let (locals, visible, refined) = (Vec::new(), Vec::new(), Vec::new());
        Body {
            unit,
            kind,
            locals,
            visible,
            refined,
            config: false,
            no_caller: false,
            apart: Vec::new(),
            joined: Vec::new(),
            unread: false,
            given: Labels::NONE,
            answers: None,
        }
    }

    pub fn mark(&self) -> Mark {
        Mark { visible: self.visible.len(), refined: self.refined.len() }
    }

    /// Ends a block: what it bound is no longer visible. Gives what it bound.
    pub fn leave(&mut self, mark: Mark) -> Vec<LocalId> {
        self.refined.truncate(mark.refined);
        self.visible.split_off(mark.visible.min(self.visible.len()))
    }

    /// Makes a name visible that was bound before.
    pub fn show(&mut self, local: LocalId) {
        self.visible.push(local);
    }

    pub fn local(&self, id: LocalId) -> &Local {
        &self.locals[id.0]
    }

    pub fn find(&self, name: &str) -> Option<LocalId> {
        self.visible.iter().rev().copied().find(|id| self.locals[id.0].name == name)
    }

    pub fn visible_names(&self) -> impl Iterator<Item = &str> {
        self.visible.iter().map(|id| self.locals[id.0].name.as_str())
    }

    /// What has been found out about `a.b` by a condition above.
    pub fn refined(&self, path: &[SmolStr]) -> Option<&Type> {
        self.refined.iter().rev().find(|(known, _)| known == path).map(|(_, ty)| ty)
    }

    pub fn refine(&mut self, path: Vec<SmolStr>, ty: Type) {
        self.refined.push((path, ty));
    }
}

/// Binds a name. A name means one thing: binding a visible one again is a finding.
pub fn bind(cx: &mut Context<'_>, body: &mut Body, name: &ast::Name, ty: Type, labels: Labels) -> LocalId {
    if let Some(first) = body.find(&name.text) {
        cx.report(names::taken(name, body.local(first).span));
        body.locals[first.0].used = true; // which of the two the uses mean is not known
    }
    bind_named(body, name.text.clone(), name.span, ty, labels)
}

/// Binds a name that the language itself gives.
pub fn bind_named(
    body: &mut Body,
    name: SmolStr,
    span: crate::source::Span,
    ty: Type,
    labels: Labels,
) -> LocalId {
    let id = LocalId(body.locals.len());
    body.locals.push(Local { name, ty, labels, span, used: false });
    body.visible.push(id);
    id
}

/// Names of a pure body that nobody reads: parameters of functions and maps, bindings of `for` and lambdas.
/// A name that begins with `_` says that this is meant. Errors found since `before` may stand where it is used.
pub fn report_unused(cx: &mut Context<'_>, body: &Body, before: usize) {
    if cx.has_errors_since(before) {
        return;
    }
    for local in &body.locals {
        if !local.used && !local.name.starts_with('_') && !local.ty.is_unknown() {
            cx.report(types::unused_name(&local.name, local.span));
        }
    }
}
