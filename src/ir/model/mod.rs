//! What a program consists of, once all is decided.

mod backend;
mod caching;
mod cors;
mod deprecation;
mod expr;
mod service;
mod setting;
mod slo;
mod spot;
mod step;
mod test;

use std::collections::BTreeSet;

pub use backend::*;
pub use caching::*;
pub use cors::*;
pub use deprecation::*;
pub use expr::*;
pub use service::*;
pub use setting::*;
pub use slo::*;
pub use spot::Spot;
pub use step::*;
pub use test::*;

use super::ty::{Type, TypeDef, TypeId};
use super::visit;

#[derive(Debug, Clone, Default)]
pub struct Program {
    pub project: String,
    pub version: String,
    pub description: Option<String>,
    pub types: Vec<TypeDef>,
    /// Fields by their types and places that carry no label although labelled values go in or come out there: the contract
    /// of their backend says nothing of it.
    pub exposed: BTreeSet<(TypeId, usize)>,
    pub problems: Vec<Problem>,
    pub backends: Vec<Backend>,
    pub services: Vec<Service>,
    pub functions: Vec<Function>,
    pub config: Vec<ConfigItem>,
    pub bundles: Vec<Bundle>,
    /// Only of a program that was lowered to be tested.
    pub tests: Vec<TestCase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProblemId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigId(pub usize);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalId(pub usize);

/// A place in a source, as a comment names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub spot: Spot,
}

/// Services in one executable. Their names are numbers in [`Program::services`].
#[derive(Debug, Clone)]
pub struct Bundle {
    pub name: String,
    pub services: Vec<usize>,
}

/// `env.NAME` or `secret.NAME`, read once at start.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigItem {
    pub name: String,
    pub secret: bool,
    pub kind: ConfigKind,
    pub default: Option<Literal>,
}

/// What a variable is read as. One that is both has a number for each.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigKind {
    Value(Type),
    /// It stands in a setting, and its default is written as settings write it: `500ms`, `200/s`.
    Setting(SettingType),
}

impl Program {
    /// Whether a secret is in what an expression gives.
    pub fn has_secret(&self, expr: &Expr) -> bool {
        let mut found = false;
        visit::every(expr, &mut |inner| {
            if let ExprKind::Config(id) = &inner.kind {
                found |= self.config.get(id.0).is_some_and(|item| item.secret);
            }
        });
        found
    }

    /// What the parameter of an argument is called; that of a backend's body has no name.
    pub fn parameter(&self, target: Target, at: usize) -> Option<&str> {
        match target {
            Target::Backend { backend, operation } => {
                let of = self.backends.get(backend)?.operations.get(operation)?;
                of.params.get(at).map(|param| param.name.as_str())
            }
            Target::Service { service, operation } => {
                let of = self.services.get(service)?.operations.get(operation)?;
                of.params.get(at).map(|param| param.name.as_str())
            }
        }
    }

    /// Whether the token of a caller goes along to any system.
    pub fn forwards(&self) -> bool {
        self.backends.iter().any(|backend| matches!(backend.auth, OutboundAuth::Forward))
    }
}

impl ConfigItem {
    /// It may be missing although it has no default.
    pub fn is_optional(&self) -> bool {
        match &self.kind {
            ConfigKind::Value(ty) => ty.is_optional(),
            ConfigKind::Setting(_) => false,
        }
    }

    /// Its default, as the variable would say it.
    pub fn default_text(&self) -> Option<String> {
        Some(match self.default.as_ref()? {
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) => value.to_string(),
            Literal::Float(text) | Literal::Decimal(text) | Literal::Text(text) | Literal::Of(text) => {
                text.clone()
            }
            Literal::Duration(millis) => format!("PT{}.{:03}S", millis / 1000, millis % 1000),
            Literal::Value(at) => at.to_string(),
        })
    }
}

#[derive(Debug, Clone)]
pub struct Problem {
    pub name: String,
    pub doc: Option<String>,
    pub status: u16,
    pub title: String,
    /// The members as a record: its own, then `detail` and `instance`.
    pub members: TypeId,
}

/// A map or function of the author.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub doc: Option<String>,
    pub params: Vec<LocalId>,
    pub locals: Vec<Local>,
    pub result: Type,
    pub body: Expr,
    pub fallible: bool,
    pub place: Place,
    /// All of it.
    pub extent: Spot,
}

#[derive(Debug, Clone)]
pub struct Local {
    pub name: String,
    pub ty: Type,
}
