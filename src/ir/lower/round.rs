//! What functions that call themselves hand on. They end, because each call is given a part of what the one before was
//! given; but what they put together on the way can be put into something else once for each call, or once more for
//! each in which it is made: `f(x.next, { next: made })`, `f(x.next, g(made, made))`. So it is looked at before it is
//! handed on. What was only given, or lies in that, is no deeper than it was.

use rustc_hash::FxHashSet;

use super::Lowering;
use super::expr::{Body, failing};
use crate::check::CHOOSING;
use crate::check::typed::Signature;
use crate::ir::model::{Expr, ExprKind, FunctionId};

/// Functions of which what they give may be as deep as all that they were given together.
#[derive(Debug, Default)]
pub struct Rounds {
    /// They call themselves.
    own: FxHashSet<FunctionId>,
    /// They do, or call one that does.
    reached: FxHashSet<FunctionId>,
}

/// The arguments of a call, each that a function which calls itself has made bounded, where it goes to one that does,
/// or leads there.
pub fn bounded(
    cx: &mut Lowering<'_, '_>,
    body: &Body,
    function: FunctionId,
    signature: &Signature,
    args: Vec<Expr>,
) -> Vec<Expr> {
    let Some(caller) = cx.lowering.last().copied() else { return args };
    if cx.lowering.contains(&function) {
        cx.rounds.own.insert(function);
        cx.rounds.reached.insert(function);
    }
    if !cx.rounds.reached.contains(&function) {
        return args;
    }
    cx.rounds.reached.insert(caller);
    if !cx.rounds.own.contains(&caller) {
        return args;
    }
    let each = args.into_iter().zip(&signature.params).map(|(arg, param)| {
        if body.is_given(&arg) || !cx.explorer.nests(&param.ty) {
            return arg;
        }
        let ty = arg.ty.clone();
        failing(ExprKind::Bounded(Box::new(arg)), ty)
    });
    each.collect()
}

impl Body {
    /// Whether a value is one that was given, or lies in one: nothing is put together for it.
    pub fn is_given(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Literal(_) | ExprKind::None | ExprKind::Config(_) => true,
            ExprKind::Local(local) => !self.made.contains(local),
            ExprKind::Field { of, .. } | ExprKind::Common { of, .. } | ExprKind::Key { of, .. } => {
                self.is_given(of)
            }
            ExprKind::Present(inner) | ExprKind::Convert(inner) | ExprKind::Bounded(inner) => {
                self.is_given(inner)
            }
            ExprKind::Coalesce { value, fallback } => self.is_given(value) && self.is_given(fallback),
            ExprKind::IfPresent { value, body, .. } => self.is_given(value) && self.is_given(body),
            ExprKind::List(items) => items.is_empty(),
            ExprKind::Std { name, args } => {
                let chooses = name.strip_prefix("list.").is_some_and(|name| CHOOSING.contains(&name));
                chooses && args.first().is_some_and(|list| self.is_given(list))
            }
            _ => false,
        }
    }
}
