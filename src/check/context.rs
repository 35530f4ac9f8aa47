//! What the functions of the checker share: the names, the contracts, and what has been found so far. Types,
//! signatures and shapes of operations are worked out when they are first asked for, and kept.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::declare::Unfinished;
use super::label::Labels;
use super::ty::{Type, UnionType};
use super::typed::{BackendId, Event, Expr, OperationType, Problem, ServiceId, Signature};
use crate::contract::Contract;
use crate::contract::model::SchemaId;
use crate::diagnostic::{Diagnostic, Severity};
use crate::resolve::{Names, UnitId};
use crate::source::{SourceId, Span};
use crate::syntax::ast;

/// What the checker is given.
pub struct Input<'a> {
    pub names: &'a Names<'a>,
    pub contracts: Contracts,
    /// `flow.toml` says that experiences may read from systems without a warning.
    pub thin_reads: bool,
}

/// The contracts of all units. One that could not be read is simply not there; that has been reported.
#[derive(Debug, Default)]
pub struct Contracts {
    pub all: Vec<Contract>,
    /// By unit and by the path as the flow writes it.
    pub by_path: HashMap<(usize, String), usize>,
}

pub struct Context<'a> {
    pub names: &'a Names<'a>,
    pub contracts: Contracts,
    pub thin_reads: bool,
    pub backends: Vec<BackendInfo<'a>>,
    pub services: Vec<ServiceInfo<'a>>,
    pub diagnostics: Vec<Diagnostic>,
    /// What is wrong with declarations, whoever asked for them first, by the text that they stand in.
    pub(super) declared: FxHashMap<SourceId, Vec<Diagnostic>>,
    /// Something was found that depends on what was asked for first, as where a circle is entered.
    pub(super) depends_on_order: bool,
    pub(super) searches: Searches,
    /// Types of declarations, by the declaration's place.
    pub(super) types: FxHashMap<Span, Declared>,
    /// How many declarations are being worked out, each because of the one before.
    pub(super) declaring: usize,
    pub(super) unfinished: Vec<Unfinished>,
    pub(super) schemas: FxHashMap<(usize, SchemaId), Type>,
    /// Unions of contracts that are being worked out.
    pub(super) unions: FxHashMap<(usize, SchemaId), Arc<UnionType>>,
    pub(super) signatures: FxHashMap<Span, Arc<Signature>>,
    pub(super) problems: FxHashMap<Span, Arc<Problem>>,
    pub(super) events: FxHashMap<Span, Arc<Event>>,
    pub(super) shapes: FxHashMap<(usize, SmolStr), Option<Arc<OperationType>>>,
    /// Maps and functions that can fail, and the labels of what functions give, by their declaration's place.
    pub(super) failing: FxHashSet<Span>,
    pub(super) function_labels: FxHashMap<Span, Labels>,
    pub(super) backends_by_span: FxHashMap<Span, usize>,
    pub(super) services_by_span: FxHashMap<Span, usize>,
    /// By the place of the field's name.
    pub(super) field_defaults: FxHashMap<Span, Arc<Expr>>,
    pub(super) patterns: FxHashMap<SmolStr, Option<regex::Regex>>,
}

/// A declaration's type, or the sign that it is being worked out.
#[derive(Clone)]
pub(super) enum Declared {
    InProgress,
    Done(Type, Labels),
}

pub struct BackendInfo<'a> {
    pub unit: UnitId,
    pub decl: &'a ast::Backend,
    pub contract: Option<usize>,
    /// Labels that it may be sent.
    pub accepts: Labels,
    /// Operations that only read, whatever their method.
    pub reads: Vec<SmolStr>,
}

pub struct ServiceInfo<'a> {
    pub unit: UnitId,
    pub decl: &'a ast::Service,
    /// The contract that it implements.
    pub contract: Option<usize>,
    pub operations: Vec<OperationInfo<'a>>,
}

pub struct OperationInfo<'a> {
    pub decl: &'a ast::Operation,
    /// Worked out when it is first asked for; nothing in it where the signature could not be understood, which has been
    /// reported.
    pub(super) shape: OnceCell<Option<Arc<OperationType>>>,
}

/// How often the nearest name was looked for, and in which texts: there is a bound for the whole program.
#[derive(Debug, Default)]
pub(super) struct Searches {
    pub by_text: FxHashMap<SourceId, usize>,
    /// Those that are known whose they are.
    counted: usize,
}

impl Searches {
    /// All that nobody has counted yet, of so many, were made for this text.
    pub fn count(&mut self, text: SourceId, made: usize) {
        if made > self.counted {
            *self.by_text.entry(text).or_default() += made - self.counted;
            self.counted = made;
        }
    }
}

impl<'a> Context<'a> {
    pub fn new(input: Input<'a>) -> Context<'a> {
        Context {
            names: input.names,
            contracts: input.contracts,
            thin_reads: input.thin_reads,
            backends: Vec::new(),
            services: Vec::new(),
            diagnostics: Vec::new(),
            declared: FxHashMap::default(),
            depends_on_order: false,
            searches: Searches::default(),
            types: FxHashMap::default(),
            declaring: 0,
            unfinished: Vec::new(),
            schemas: FxHashMap::default(),
            unions: FxHashMap::default(),
            signatures: FxHashMap::default(),
            problems: FxHashMap::default(),
            events: FxHashMap::default(),
            shapes: FxHashMap::default(),
            failing: FxHashSet::default(),
            function_labels: FxHashMap::default(),
            backends_by_span: FxHashMap::default(),
            services_by_span: FxHashMap::default(),
            field_defaults: FxHashMap::default(),
            patterns: FxHashMap::default(),
        }
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Works a declaration of a text out. What is found is the declaration's: it must not matter in whose body it was
    /// first named.
    pub(super) fn apart<T>(&mut self, text: SourceId, work: impl FnOnce(&mut Context<'a>) -> T) -> T {
        let outer = std::mem::take(&mut self.diagnostics);
        let not_ours = self.names.suggested() - self.searches.counted;
        let result = work(self);
        let found = std::mem::replace(&mut self.diagnostics, outer);
        if !found.is_empty() {
            self.declared.entry(text).or_default().extend(found);
        }
        self.searches.count(text, self.names.suggested() - not_ours);
        result
    }

    /// Whether errors were reported behind the first `before` findings.
    pub fn has_errors_since(&self, before: usize) -> bool {
        self.diagnostics.iter().skip(before).any(|finding| finding.severity == Severity::Error)
    }

    /// Reports that a path leads nowhere, unless what it names could not be read.
    pub fn report_unknown(&mut self, unit: UnitId, path: &[ast::Name], diagnostic: Diagnostic) {
        if !self.names.is_unread(unit, path) {
            self.report(diagnostic);
        }
    }

    pub fn backend_id(&self, decl: &ast::Backend) -> Option<BackendId> {
        self.backends_by_span.get(&decl.span).copied().map(BackendId)
    }

    pub fn service_id(&self, decl: &ast::Service) -> Option<ServiceId> {
        self.services_by_span.get(&decl.span).copied().map(ServiceId)
    }

    /// Whether a text matches a pattern; none where the pattern is one that cannot be tried.
    pub fn matches(&mut self, pattern: &SmolStr, text: &str) -> Option<bool> {
        let compiled = self.patterns.entry(pattern.clone()).or_insert_with(|| {
            regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build().ok()
        });
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}
