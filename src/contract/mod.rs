//! From OpenAPI documents (3.x, Swagger 2.0; JSON, YAML) to our own [`model`]. Total: what is odd is repaired
//! or set aside with a finding; nothing outside this folder sees the form of a document.
//!
//! ```text
//!  bytes ──tree──▶ positioned tree ──load──▶ Contract: names only ──operation(), schema()──▶ model
//! ```
//!
//! Loading reads the text and lists the operations. Lowering happens on demand, so that a flow that calls one
//! operation of a contract of 20 MB pays for one operation, and so that an odd corner is an error only where
//! a flow comes by.

mod documents;
mod examples;
mod faults;
#[cfg(test)]
mod hostile;
mod lint;
mod load;
mod media;
pub mod model;
mod operations;
#[cfg(test)]
mod operations_tests;
mod parameters;
mod patterns;
#[cfg(test)]
mod real;
mod refs;
mod schema;
mod security;
#[cfg(test)]
mod testing;
mod tree;

pub use load::{Read, ReadFault, load};

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use documents::{Documents, Place};
use faults::{Faults, Stage, Telling, Weight};
use model::{ExampleId, Literal, Method, Operation, Schema, SchemaId, SecurityScheme, Server};
use refs::RefFault;

/// What a document says it is, as far as that makes a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::contract) enum Version {
    V2,
    V30,
    V31,
    V32,
}

impl Version {
    /// From 3.1 on, schemas are JSON Schema: `$ref` has siblings, `type` may be a list.
    fn is_json_schema(self) -> bool {
        self >= Version::V31
    }
}

/// A contract, as far as it was asked for.
#[derive(Debug)]
pub struct Contract {
    title: String,
    api_version: String,
    spec_version: String,
    version: Version,
    servers: Vec<Server>,
    security_schemes: Vec<SecurityScheme>,
    index: operations::Index,
    schemas: schema::Schemas,
    faults: Faults,
    /// Maps that lowering went through entry by entry: a key that is there twice is on its way.
    touched: BTreeSet<Place>,
    /// What is asked for, where somebody wants to know.
    asked: Option<FxHashSet<Asked>>,
    documents: Arc<Documents>,
}

/// Two numbers of any size, as they are written; None where one is none.
pub fn compare_numbers(one: &str, other: &str) -> Option<Ordering> {
    schema::bounds::compare(one, other)
}

/// Whether a number has no fraction, as it is written: `1.0` has none.
pub fn is_whole_number(text: &str) -> bool {
    schema::bounds::is_whole(text)
}

/// What flows ask a contract for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asked {
    Operation(SmolStr),
    Name(SmolStr),
    Schema(SchemaId),
}

/// An operation as a list shows it.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    pub name: &'a str,
    pub method: Method,
    pub path: &'a str,
}

impl Contract {
    /// The same documents, of which nothing has been asked yet: what is found depends on what is asked for.
    pub fn fresh(&self) -> Contract {
        load::unasked(Arc::clone(&self.documents), self.version)
    }

    /// How much of it is lowered by now: what is found depends on that.
    pub fn lowered(&self) -> usize {
        self.index.lowered() + self.schemas.lowered()
    }

    /// From now on, what is asked for is noted. Tells what was noted before.
    pub fn note(&mut self) -> FxHashSet<Asked> {
        self.asked.replace(FxHashSet::default()).unwrap_or_default()
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    /// Of the interface that is described.
    pub fn version(&self) -> &str {
        &self.api_version
    }

    /// Of OpenAPI, as written.
    pub fn spec_version(&self) -> &str {
        &self.spec_version
    }

    /// The file that the contract starts in.
    pub fn source(&self) -> SourceId {
        self.documents.source(self.documents.root())
    }

    /// A short place that stands for the document as a whole.
    pub fn span(&self) -> Span {
        self.documents.head_span()
    }

    /// Whether a text is one of the files that the contract was read from.
    pub fn owns(&self, source: SourceId) -> bool {
        self.documents.files.iter().any(|file| file.tree.source == source)
    }

    /// The texts that the contract was read from.
    pub fn texts(&self) -> impl Iterator<Item = SourceId> {
        self.documents.files.iter().map(|file| file.tree.source)
    }

    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    pub fn security_schemes(&self) -> &[SecurityScheme] {
        &self.security_schemes
    }

    /// In the order of the document.
    pub fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.index.names()
    }

    /// What there is to call, in the order of the document.
    pub fn operations(&self) -> impl Iterator<Item = Listed<'_>> {
        self.index.iter().map(|operation| Listed {
            name: &operation.name,
            method: operation.method,
            path: &operation.path,
        })
    }

    /// The method of an operation that the document has and no flow may call: TRACE sends requests back with
    /// their credentials.
    pub fn refused_operation(&self, name: &str) -> Option<(&'static str, Span)> {
        self.index.trace(name).map(|span| ("TRACE", span))
    }

    /// Lowered when first asked for; from then on its faults are errors.
    pub fn operation(&mut self, name: &str) -> Option<Arc<Operation>> {
        self.is_asked_for(Asked::Operation(name.into()));
        operations::operation(self, name)
    }

    /// The names under `components/schemas` or `definitions`, in the order of the document.
    pub fn schema_names(&self) -> impl Iterator<Item = &str> {
        schema::names(self)
    }

    pub fn schema_named(&mut self, name: &str) -> Option<SchemaId> {
        self.is_asked_for(Asked::Name(name.into()));
        schema::named(self, name)
    }

    /// Lowered when first asked for; from then on its faults are errors.
    pub fn schema(&mut self, id: SchemaId) -> Arc<Schema> {
        self.is_asked_for(Asked::Schema(id));
        schema::schema(self, id)
    }

    /// The value that an example gives, as it stands there.
    pub fn example(&self, example: ExampleId) -> Literal {
        schema::literal(&self.documents, example.0)
    }

    /// What is odd: errors where it was used; elsewhere warnings, or only a count where they are many. Asked for
    /// once all is lowered that flows use.
    pub fn findings(&self) -> Vec<Diagnostic> {
        self.told(Telling::Few)
    }

    /// The same where there are no flows that could use the contract.
    pub fn findings_of_itself(&self) -> Vec<Diagnostic> {
        self.told(Telling::Alone)
    }

    /// Everything that is odd, one by one.
    pub fn all_findings(&self) -> Vec<Diagnostic> {
        self.told(Telling::All)
    }

    fn told(&self, telling: Telling) -> Vec<Diagnostic> {
        let mut faults = self.faults.clone();
        faults.stage = Stage::Lint;
        faults.telling = telling;
        lint::check(self, &mut faults);
        faults.report(&self.documents)
    }
}

/// What lowering does all the time.
impl Contract {
    fn is_asked_for(&mut self, what: Asked) {
        if let Some(asked) = &mut self.asked {
            asked.insert(what);
        }
    }

    /// Remembers that lowering came by.
    fn touch(&mut self, place: Place) {
        self.touched.insert(place);
    }

    /// Through references to something that is a map; None, with a fault, where they do not lead to one.
    fn follow(&mut self, place: Place, wanted: &str) -> Option<Place> {
        let documents = Arc::clone(&self.documents);
        match refs::follow(&documents, place) {
            Ok(found) if documents.is_map(found) => Some(found),
            Ok(found) => {
                let from = refs::reference(&documents, place).unwrap_or(place);
                self.report_kind(from, found, wanted);
                None
            }
            Err((at, fault)) => {
                self.report_ref(at, fault);
                None
            }
        }
    }

    /// A map or list that is there as a whole by reference, as some multi-file contracts have it.
    fn through(&mut self, place: Place) -> Option<Place> {
        match refs::reference(&self.documents, place) {
            None => Some(place),
            Some(_) => match refs::follow(&self.documents, place) {
                Ok(found) => Some(found),
                Err((at, fault)) => {
                    self.report_ref(at, fault);
                    None
                }
            },
        }
    }

    /// A reference, or a value in place, of the wrong kind.
    fn report_kind(&mut self, from: Place, found: Place, wanted: &str) {
        let documents = Arc::clone(&self.documents);
        let fault = lint::wrong_kind(&documents, from, found, wanted);
        self.faults.add(from, Weight::WhenUsed, fault);
    }

    /// A reference that leads nowhere.
    fn report_ref(&mut self, target: Place, fault: RefFault) {
        let documents = Arc::clone(&self.documents);
        lint::report_ref(&documents, &mut self.faults, target, fault);
    }
}
