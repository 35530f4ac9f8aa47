//! The parts of a file that a comment can stand above: declarations, members, settings, fields, entries and steps.

use crate::source::{Source, Span};
use crate::syntax::ast::{
    Branch, Entry, Field, File, Item, Member, Param, Setting, Signature, Step, StepKind, TypeBody, When,
};

/// Where a part begins (without its documentation) and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    pub start: usize,
    pub end: usize,
}

/// In the order of the text; of two that begin at the same place, the longer one first.
pub fn nodes(file: &File, source: &Source) -> Vec<Node> {
    let mut spans = Vec::new();
    for item in &file.items {
        spans.push(item.span());
        parts(item, &mut spans);
    }
    let mut nodes: Vec<Node> = spans.into_iter().map(|span| node(span, source)).collect();
    nodes.sort_unstable_by_key(|node| (node.start, std::cmp::Reverse(node.end)));
    nodes
}

/// Documentation and comments at the start of a span are passed over.
fn node(span: Span, source: &Source) -> Node {
    let end = span.end as usize;
    let mut start = span.start as usize;
    loop {
        let rest = source.text.get(start..end).unwrap_or("");
        let code = rest.trim_start();
        start += rest.len() - code.len();
        if !code.starts_with("//") {
            return Node { start, end };
        }
        start += code.find(['\n', '\r']).unwrap_or(code.len());
    }
}

fn parts(item: &Item, spans: &mut Vec<Span>) {
    match item {
        Item::Backend(item) => settings(&item.settings, spans),
        Item::Broker(item) => settings(&item.settings, spans),
        Item::Type(item) => match &item.body {
            TypeBody::Record(all) => fields(all, spans),
            TypeBody::Alias(_) | TypeBody::Builtin => {}
        },
        Item::Map(item) => {
            params(&item.params, spans);
            spans.extend(item.entries.iter().map(entry));
        }
        Item::Fn(item) => params(&item.params, spans),
        Item::Problem(item) => fields(&item.members, spans),
        Item::Event(item) => fields(&item.fields, spans),
        Item::Test(item) => spans.extend(item.steps.iter().map(|step| step.span)),
        Item::Service(item) => {
            settings(&item.settings, spans);
            item.members.iter().for_each(|part| member(part, spans));
        }
        Item::Broken(_) => {}
    }
}

fn member(member: &Member, spans: &mut Vec<Span>) {
    match member {
        Member::Operation(operation) => {
            spans.push(operation.span);
            if let Some(Signature { params: all, .. }) = &operation.signature {
                params(all, spans);
            }
            settings(&operation.settings, spans);
            steps(&operation.steps, spans);
        }
        Member::Handler(handler) => {
            spans.push(handler.span);
            settings(&handler.settings, spans);
            steps(&handler.steps, spans);
        }
        Member::Broken(broken) => spans.push(broken.span),
    }
}

fn steps(all: &[Step], spans: &mut Vec<Span>) {
    for step in all {
        spans.push(step.span);
        match &step.kind {
            StepKind::When(inner) => when(inner, spans),
            StepKind::Together(inner) => steps(inner, spans),
            StepKind::Let { .. } | StepKind::Do(_) | StepKind::Require { .. } | StepKind::Emit { .. } => {}
            StepKind::Log { .. } | StepKind::Return { .. } | StepKind::Fail(_) | StepKind::Broken => {}
        }
    }
}

fn when(first: &When, spans: &mut Vec<Span>) {
    let mut next = Some(first);
    while let Some(when) = next {
        steps(&when.then, spans);
        next = match &when.otherwise {
            Some(Branch::When(inner)) => Some(inner),
            Some(Branch::Steps(inner)) => {
                steps(inner, spans);
                None
            }
            None => None,
        };
    }
}

fn settings(all: &[Setting], spans: &mut Vec<Span>) {
    spans.extend(all.iter().map(|setting| setting.span));
}

fn fields(all: &[Field], spans: &mut Vec<Span>) {
    spans.extend(all.iter().map(|field| field.span));
}

fn params(all: &[Param], spans: &mut Vec<Span>) {
    spans.extend(all.iter().map(|param| param.span));
}

fn entry(entry: &Entry) -> Span {
    match entry {
        Entry::Field { span, .. } | Entry::Spread { span, .. } | Entry::Broken(span) => *span,
    }
}
