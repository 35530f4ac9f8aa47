//! The check of the whole document, for the corners that no flow came by.

use rustc_hash::FxHashMap;

use super::super::documents::{Documents, Entry, Place};
use super::super::faults::{Faults, Stage, Weight};
use super::super::refs::{self, RefFault};
use super::super::tree::Duplicate;
use super::super::{Contract, Version, security};
use super::{check_map, check_media_type, check_parameter, check_schema, operation, parts, uninhabited};
use crate::diagnostic::contract as say;

pub(in super::super) fn check(contract: &Contract, faults: &mut Faults) {
    check_duplicates(contract, faults);
    check_info(&contract.documents, faults);
    check_operations(contract, faults);
    check_routes(contract, faults);
    uninhabited::check(contract, faults);
    for file in 0..contract.documents.files.len() {
        let root = Place { file: file as u32, ..contract.documents.root() };
        Walk {
            documents: &contract.documents,
            version: contract.version,
            faults,
            steps: 0,
            known: FxHashMap::default(),
            ways: 0,
        }
        .any(root, "");
    }
}

/// A key that stands twice is an error where lowering came by: through its map, or into one of its values.
fn check_duplicates(contract: &Contract, faults: &mut Faults) {
    let documents = &contract.documents;
    for (number, file) in documents.files.iter().enumerate() {
        for Duplicate { map, first, second } in &file.tree.duplicates {
            let place = |node| Place { file: number as u32, node };
            let into = |key| {
                let value = super::super::tree::NodeId(file.tree.next(key).0);
                let (from, to) = (place(value), place(file.tree.next(value)));
                contract.touched.range(from..to).next().is_some()
            };
            let key = file.tree.scalar(*second).unwrap_or_default();
            let harmless = key.starts_with("x-")
                || matches!(&*key, "description" | "summary" | "title" | "example" | "examples" | "tags");
            let used = contract.touched.contains(&place(*map)) || into(*first) || into(*second);
            let before = faults.stage;
            if used && !harmless {
                faults.stage = Stage::Use;
            }
            let fault = say::duplicate_key(file.tree.span(*first), file.tree.span(*second), &key);
            faults.add(place(*second), Weight::WhenUsed, fault);
            faults.stage = before;
        }
    }
}

fn check_info(documents: &Documents, faults: &mut Faults) {
    let Some(version) = documents.at(documents.root(), &["info", "version"]) else { return };
    if documents.kind(version) == super::super::tree::Kind::Number {
        let text = documents.scalar(version).unwrap_or_default();
        faults.add(version, Weight::Repaired, say::version_is_a_number(documents.span(version), &text));
    }
}

fn check_operations(contract: &Contract, faults: &mut Faults) {
    let documents = &contract.documents;
    let whole = documents.get(documents.root(), "security");
    let own = contract.index.iter().filter_map(|indexed| documents.get(indexed.operation, "security"));
    for list in whole.into_iter().chain(own) {
        security::check_named(contract, faults, list);
    }
    for indexed in contract.index.iter() {
        let (key, path) = (indexed.path_key, &indexed.path);
        operation::check_operation(documents, faults, indexed.operation, key, path, indexed.method);
    }
    let Some(paths) = documents.get(documents.root(), "paths") else { return };
    for Entry { name: path, key, value } in documents.entries(paths) {
        if path.starts_with("x-") {
            continue;
        }
        operation::check_path(documents, faults, key, &path);
        match refs::follow(documents, value) {
            Err((at, fault)) => parts::report_ref(documents, faults, at, fault),
            Ok(item) => {
                if let Some(trace) = documents.key(item, "trace") {
                    faults.add(trace, Weight::WhenUsed, say::method_refused(documents.span(trace), "TRACE"));
                }
            }
        }
    }
}

/// Paths that differ only in the names of their parameters, with the same method.
fn check_routes(contract: &Contract, faults: &mut Faults) {
    let mut known: FxHashMap<(String, super::super::model::Method), Place> = FxHashMap::default();
    for indexed in contract.index.iter() {
        let shape = shape_of(&indexed.path);
        let first = *known.entry((shape, indexed.method)).or_insert(indexed.path_key);
        if first != indexed.path_key {
            let documents = &contract.documents;
            let spans = (documents.span(indexed.path_key), documents.span(first));
            let fault = say::same_route(spans.0, spans.1, indexed.method.as_str());
            faults.add(indexed.path_key, Weight::Repaired, fault);
        }
    }
}

fn shape_of(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '{' => inside = true,
            '}' => {
                inside = false;
                shape.push_str("{}");
            }
            other if !inside => shape.push(other),
            _ => {}
        }
    }
    shape
}

/// Goes down wherever schemas, parameters and media types can stand. Aliases are seen through, so the number
/// of steps has a bound of its own.
struct Walk<'a> {
    documents: &'a Documents,
    version: Version,
    faults: &'a mut Faults,
    steps: usize,
    /// References that were gone along, and on which way.
    known: FxHashMap<Place, usize>,
    ways: usize,
}

const MAX_STEPS: usize = 32 << 20;

impl Walk<'_> {
    /// A place that is no schema, reached by a key.
    fn any(&mut self, place: Place, reached_by: &str) {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return;
        }
        for item in self.documents.items(place) {
            if reached_by == "parameters" {
                check_parameter(self.documents, self.faults, item);
            }
            self.any(item, "");
        }
        let documents = self.documents;
        for entry in documents.entries(place) {
            match &*entry.name {
                name if name.starts_with("x-") => {}
                "example" | "examples" | "default" | "enum" | "const" | "info" | "tags" => {}
                "schema" | "itemSchema" => self.schema(entry.value),
                "schemas" if reached_by == "components" => self.all_schemas(entry.value),
                "definitions" if reached_by.is_empty() => self.all_schemas(entry.value),
                "$ref" => self.reference(entry.value),
                name => {
                    if reached_by == "content" {
                        check_media_type(documents, self.faults, entry.key);
                    }
                    if reached_by == "parameters" || reached_by == "headers" {
                        check_parameter(documents, self.faults, entry.value);
                    }
                    if name == "content" && reached_by != "parameters" {
                        check_map(documents, self.faults, entry.value, name);
                    }
                    self.any(entry.value, name);
                }
            }
        }
    }

    fn all_schemas(&mut self, map: Place) {
        let documents = self.documents;
        for entry in documents.entries(map) {
            self.schema(entry.value);
        }
    }

    fn schema(&mut self, schema: Place) {
        self.steps += 1;
        if self.steps > MAX_STEPS || !self.documents.is_map(schema) {
            return;
        }
        check_schema(self.documents, self.faults, self.version, schema);
        let documents = self.documents;
        for entry in documents.entries(schema) {
            match &*entry.name {
                "properties" | "patternProperties" | "$defs" | "definitions" => self.all_schemas(entry.value),
                "items" | "additionalProperties" | "not" => self.schema(entry.value),
                "allOf" | "oneOf" | "anyOf" | "prefixItems" => {
                    for member in documents.items(entry.value) {
                        self.schema(member);
                    }
                }
                "$ref" => self.reference(entry.value),
                _ => {}
            }
        }
    }

    fn reference(&mut self, target: Place) {
        if self.documents.text(target).is_none() {
            return;
        }
        match refs::resolve(self.documents, target) {
            Err(fault) => parts::report_ref(self.documents, self.faults, target, fault),
            Ok(found) => self.circle(found),
        }
    }

    /// References that lead round. Each is gone along once, whatever else leads to it.
    fn circle(&mut self, start: Place) {
        self.ways += 1;
        let mut here = start;
        while let Some(target) = refs::reference(self.documents, here) {
            match self.known.insert(here, self.ways) {
                Some(way) if way == self.ways => break,
                Some(_) => return,
                None => {}
            }
            match refs::resolve(self.documents, target) {
                Ok(next) => here = next,
                Err(_) => return, // told where it stands
            }
        }
        if let Err((at, fault @ RefFault::Cycle(_))) = refs::follow(self.documents, start) {
            parts::report_ref(self.documents, self.faults, at, fault);
        }
    }
}
