//! A flow that reads every field of every good answer of a contract: one function for each named schema and one for
//! each operation. It serves no user; it shows that every schema can be read.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::names::{Taken, camel};
use super::{Flow, Plan, formatted, texts};
use crate::check::Explorer;
use crate::check::ty::{Origin, RecordType, Type, UnionType};
use crate::contract::model::Access;

/// The flow of a plan.
pub fn reader(explorer: &mut Explorer<'_>, plan: &Plan) -> Flow {
    let mut reader = Reader {
        explorer,
        backend: &plan.backend,
        queue: VecDeque::new(),
        known: FxHashSet::default(),
        inline: FxHashSet::default(),
        flow: Flow::default(),
        names: Taken::default(),
    };
    let mut text = format!(
        "backend {} {{\ncontract: {}\nurl: env.URL\n}}\n\nfn asJson(value: json) -> json = value\n",
        plan.backend,
        texts::literal(&plan.contract)
    );
    for name in &plan.operations {
        text.push_str(&reader.answer(name).unwrap_or_default());
    }
    while let Some(name) = reader.queue.pop_front() {
        text.push_str(&reader.schema(&name).unwrap_or_default());
    }
    Flow { text: formatted(text), ..reader.flow }
}

struct Reader<'e, 'a> {
    explorer: &'e mut Explorer<'a>,
    backend: &'e str,
    queue: VecDeque<SmolStr>,
    /// Named schemas that have a function, or will have.
    known: FxHashSet<SmolStr>,
    /// Records without a name that are read somewhere.
    inline: FxHashSet<Origin>,
    flow: Flow,
    names: Taken,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct At<'t> {
    value: &'t str,
    optional: bool,
    depth: usize,
}

/// Schemas without names that lie deeper are not followed.
const DEEPEST: usize = 24;

impl Reader<'_, '_> {
    fn answer(&mut self, name: &SmolStr) -> Option<String> {
        let shape = self.explorer.operation(name)?;
        if matches!(shape.success, Type::None | Type::Unknown) {
            return None;
        }
        let path = texts::name(name);
        let body = self.read(&shape.success, At { value: "answer", optional: false, depth: 0 });
        let own = self.names.give(&camel(&format!("read {name}"), "read"));
        self.flow.operations.push((own.clone(), name.clone()));
        Some(format!("\nfn {own}(answer: {}.{path}.Response) -> json = {body}\n", self.backend))
    }

    fn schema(&mut self, name: &SmolStr) -> Option<String> {
        let path = texts::name(name);
        let at = At { value: "value", optional: false, depth: 0 };
        let body = match self.explorer.schema(name)? {
            Type::Record(record) => self.record(&record, at),
            Type::Union(union) => self.union(&union, at),
            Type::Optional(inner) => match &*inner {
                Type::Record(record) => self.record(record, At { optional: true, ..at }),
                Type::Union(union) => self.union(union, At { optional: true, ..at }),
                other => self.read(other, At { optional: true, ..at }),
            },
            other => self.read(&other, at),
        };
        let own = self.names.give(&camel(&format!("schema {name}"), "schema"));
        Some(format!("\nfn {own}(value: {}.{path}) -> json = {body}\n", self.backend))
    }

    /// An expression that reads all of a value.
    fn read(&mut self, ty: &Type, at: At<'_>) -> String {
        match ty {
            Type::Optional(inner) => self.read(inner, At { optional: true, ..at }),
            Type::Record(record) => match self.explorer.name(record.origin) {
                Some(name) => self.later(name, at),
                None if !self.inline.insert(record.origin) || at.depth > DEEPEST => at.value.to_owned(),
                None => self.record(record, at),
            },
            Type::Union(union) => match self.explorer.name(union.origin) {
                Some(name) => self.later(name, at),
                None if at.depth > DEEPEST => at.value.to_owned(),
                None => self.union(union, at),
            },
            Type::List(list) => self.each(&list.item, at.value.to_owned(), at),
            Type::Dict(values) => {
                let dot = if at.optional { "?." } else { "." };
                self.each(values, format!("{}{dot}values()", at.value), at)
            }
            _ => at.value.to_owned(),
        }
    }

    fn later(&mut self, name: SmolStr, at: At<'_>) -> String {
        if self.known.insert(name.clone()) {
            self.queue.push_back(name);
        }
        at.value.to_owned()
    }

    fn each(&mut self, item: &Type, list: String, at: At<'_>) -> String {
        let binding = format!("x{}", at.depth);
        let body = self.read(item, At { value: &binding, optional: false, depth: at.depth + 1 });
        if body == binding {
            return at.value.to_owned();
        }
        let list = if at.optional { format!("({list} ?? [])") } else { list };
        format!("for {binding} in {list} yield {body}")
    }

    fn record(&mut self, record: &RecordType, at: At<'_>) -> String {
        let fields: Vec<(SmolStr, Type)> = self
            .explorer
            .content(record)
            .fields
            .iter()
            .filter(|(_, field)| field.access != Access::WriteOnly)
            .map(|(name, field)| (name.clone(), field.ty.clone()))
            .collect();
        let dot = if at.optional { "?." } else { "." };
        let mut parts = Vec::new();
        for (name, ty) in fields {
            let written = texts::name(&name);
            let value = format!("{}{dot}{written}", at.value);
            let optional = at.optional || ty.is_optional();
            let read = self.read(&ty, At { value: &value, optional, depth: at.depth + 1 });
            parts.push(format!("{written}: {read}"));
        }
        if parts.is_empty() { at.value.to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
    }

    fn union(&mut self, union: &UnionType, at: At<'_>) -> String {
        let Some(content) = union.content.get() else { return at.value.to_owned() };
        let binding = format!("m{}", at.depth);
        let mut arms = Vec::new();
        for member in &content.members {
            let read = self.read(&member.ty, At { value: &binding, optional: false, depth: at.depth + 1 });
            let name = texts::name(&member.name);
            arms.push(format!("{}.{name} as {binding} => asJson({read})", self.backend));
        }
        if at.optional {
            arms.push("none => none".to_owned());
        }
        format!("match {} {{ {} }}", at.value, arms.join(", "))
    }
}
