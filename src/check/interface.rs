//! What others can see of the declarations of a file: all but bodies, settings and tests. An edit that leaves it as it is
//! can be wrong in its own text only, or break a promise of the program as a whole. Of any other, this says which
//! declarations are not what they were.

use std::ops::Range;

use smol_str::SmolStr;

use crate::source::{SourceId, Span};
use crate::syntax::ast::{Backend, Broken, Declares, File, Item, Member, Name, Operation, Service};

/// From one text of a file to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub change: Change,
    /// What others see otherwise now, what is new and what is no more.
    pub declared: Vec<Subject>,
    /// Some of it is new, or no more: names can mean something else now.
    pub renames: bool,
}

/// What can be named elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    pub name: SmolStr,
    /// The service that an operation is one of.
    pub of: Option<SmolStr>,
}

/// The parts of a text that were edited, in order. All else has only moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    before: Range<u32>,
    now: Range<u32>,
}

/// How two texts differ; nothing where that reaches everywhere.
pub fn difference(before: (&File, &str), now: (&File, &str)) -> Option<Difference> {
    let (parts_before, parts_now) = (seen(before.0), seen(now.0));
    let is_same = |(one, other): &(&Seen, &Seen)| one.kind == other.kind && one.subject == other.subject;
    let first = parts_before.iter().zip(&parts_now).take_while(is_same).count();
    let rest = parts_before.iter().skip(first).rev().zip(parts_now.iter().skip(first).rev());
    let last = rest.take_while(is_same).count();
    let between = |of: &[Seen]| of.get(first..of.len() - last).unwrap_or_default().to_vec();
    let others = [between(&parts_before), between(&parts_now)].concat();
    if !others.iter().all(|part| part.kind.may_come_and_go()) {
        return None;
    }
    let behind = parts_now.iter().skip(parts_now.len() - last);
    let mut declared = renumbered(&others, behind);
    let renames = !others.is_empty();
    declared.extend(others.into_iter().map(|part| part.subject));
    let mut edits = Vec::new();
    let (mut left, mut right) = (0, 0);
    let pairs = parts_before.iter().zip(&parts_now).take(first);
    let behind = parts_before.iter().skip(parts_before.len() - last);
    for (one, other) in pairs.chain(behind.zip(parts_now.iter().skip(parts_now.len() - last))) {
        let (one_at, other_at) = (one.span.range(), other.span.range());
        // What lies between the parts that others see.
        edits.extend(edit((before.1, left..one_at.start), (now.1, right..other_at.start))?);
        (left, right) = (one_at.end, other_at.end);
        if let Some(edit) = edit((before.1, one_at), (now.1, other_at))? {
            if !one.kind.may_change() {
                return None;
            }
            edits.push(edit);
            declared.push(one.subject.clone());
        }
    }
    edits.extend(edit((before.1, left..before.1.len()), (now.1, right..now.1.len()))?);
    Some(Difference { change: Change { edits }, declared, renames })
}

/// Operations are known by their place in the service: those behind one that is new or no more have another.
fn renumbered<'s>(others: &[Seen], behind: impl Iterator<Item = &'s Seen>) -> Vec<Subject> {
    let is_operation = |part: &&Seen| part.kind == Kind::Operation;
    let services: Vec<&Option<SmolStr>> =
        others.iter().filter(is_operation).map(|part| &part.subject.of).collect();
    let moved = behind.filter(is_operation).filter(|part| services.contains(&&part.subject.of));
    moved.map(|part| part.subject.clone()).collect()
}

impl Change {
    /// Where a place is now. What was edited has none: it is said to be where the edit starts.
    pub fn place(&self, before: Span, source: SourceId) -> Span {
        let start =
            self.at(before.start, self.edits.partition_point(|edit| edit.before.start <= before.start));
        // What ends where something was inserted still ends there.
        let end = self.at(before.end, self.edits.partition_point(|edit| edit.before.start < before.end));
        Span { source, start, end: end.max(start) }
    }

    /// `passed` edits start before it.
    fn at(&self, place: u32, passed: usize) -> u32 {
        let Some(edit) = passed.checked_sub(1).and_then(|last| self.edits.get(last)) else { return place };
        match place >= edit.before.end {
            true => place - edit.before.end + edit.now.end,
            false => edit.now.start,
        }
    }
}

/// The smallest part of a range such that all before and behind it is the same; nothing where there is none, and no
/// answer where the range is none.
fn edit(before: (&str, Range<usize>), now: (&str, Range<usize>)) -> Option<Option<Edit>> {
    let (left, right) = (before.0.as_bytes().get(before.1.clone())?, now.0.as_bytes().get(now.1.clone())?);
    if left == right {
        return Some(None);
    }
    let start = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    let rest = left.iter().skip(start).rev().zip(right.iter().skip(start).rev());
    let end = rest.take_while(|(one, other)| one == other).count();
    let edited =
        |of: Range<usize>| Some(u32::try_from(of.start + start).ok()?..u32::try_from(of.end - end).ok()?);
    Some(Some(Edit { before: edited(before.1)?, now: edited(now.1)? }))
}

/// A part that others see.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    kind: Kind,
    pub subject: Subject,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its name, and those of its settings that the checker needs early.
    Backend,
    Type,
    Problem,
    Broker,
    Event,
    Map,
    Fn,
    /// Its name, and the contract that it implements.
    Service,
    Operation,
    /// What could not be read, where it is known what it would have declared: nobody calls that unknown.
    Unread,
    /// The same where it is not known.
    Nameless,
}

impl Kind {
    /// Whether others can be told by the name. Services and backends are known by their number in all of the program.
    fn may_come_and_go(self) -> bool {
        !matches!(self, Kind::Backend | Kind::Service | Kind::Nameless)
    }

    fn may_change(self) -> bool {
        match self {
            Kind::Backend | Kind::Service => false,
            Kind::Type
            | Kind::Problem
            | Kind::Broker
            | Kind::Event
            | Kind::Map
            | Kind::Fn
            | Kind::Operation
            | Kind::Unread
            | Kind::Nameless => true,
        }
    }
}

/// In their order.
pub(super) fn seen(file: &File) -> Vec<Seen> {
    let mut all = Vec::new();
    for item in &file.items {
        match item {
            Item::Backend(item) => backend(item, &mut all),
            Item::Type(item) => all.push(part(Kind::Type, &item.name, item.span)),
            Item::Problem(item) => all.push(part(Kind::Problem, &item.name, item.span)),
            Item::Broker(item) => all.push(part(Kind::Broker, &item.name, item.span.upto(item.name.span))),
            Item::Event(item) => all.push(part(Kind::Event, &item.name, item.span)),
            Item::Map(item) => all.push(part(Kind::Map, &item.name, item.span.upto(item.result.span))),
            Item::Fn(item) => {
                let head = item.span.upto(item.fails.unwrap_or(item.result.span));
                all.push(part(Kind::Fn, &item.name, head));
            }
            Item::Service(item) => service(item, &mut all),
            Item::Test(_) => {}
            Item::Broken(broken) => all.extend(unread(broken, None)),
        }
    }
    all
}

fn part(kind: Kind, name: &Name, span: Span) -> Seen {
    Seen { kind, subject: Subject { name: name.text.clone(), of: None }, span }
}

fn backend(item: &Backend, all: &mut Vec<Seen>) {
    all.push(part(Kind::Backend, &item.name, item.span.upto(item.name.span)));
    let early = |name: &str| ["contract", "accepts", "reads"].contains(&name);
    let settings = item.settings.iter().filter(|setting| early(&setting.name.text));
    all.extend(settings.map(|setting| part(Kind::Backend, &item.name, setting.span)));
}

fn service(item: &Service, all: &mut Vec<Seen>) {
    let named = item.version.as_ref().map_or(item.name.span, |version| version.span);
    let head = item.implements.as_ref().map_or(named, |contract| contract.span);
    all.push(part(Kind::Service, &item.name, item.span.upto(head)));
    for member in &item.members {
        match member {
            Member::Operation(operation) => all.push(signature(operation, &item.name)),
            Member::Handler(_) => {}
            Member::Broken(broken) => all.extend(unread(broken, Some(&item.name))),
        }
    }
}

fn signature(operation: &Operation, service: &Name) -> Seen {
    let end = operation.signature.as_ref().map_or(operation.name.span, |signature| signature.span);
    let subject = Subject { name: operation.name.text.clone(), of: Some(service.text.clone()) };
    Seen { kind: Kind::Operation, subject, span: operation.span.upto(end) }
}

/// Only that it is there counts, so that its place is an empty one.
fn unread(broken: &Broken, service: Option<&Name>) -> Option<Seen> {
    let span = Span { end: broken.span.start, ..broken.span };
    let of = service.map(|service| service.text.clone());
    match (&broken.declares, service) {
        (Declares::Nothing, _) => None,
        (Declares::Name(name), _) => {
            Some(Seen { kind: Kind::Unread, subject: Subject { name: name.text.clone(), of }, span })
        }
        // Any operation of the service may be it.
        (Declares::Unknown, Some(service)) => Some(part(Kind::Unread, service, span)),
        (Declares::Unknown, None) => {
            Some(Seen { kind: Kind::Nameless, subject: Subject { name: SmolStr::default(), of }, span })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    const TEXT: &str = "type A { a: string }\nfn one(a: int) -> int = a + 1\nfn two(a: int) -> int = a + 2\n\
                        system S v1 {\n  owner: \"o\"\n  get: GET /a -> 204 {\n    return 204\n  }\n}\n";

    fn changed(from: &str, to: &str) -> Option<Difference> {
        let now = TEXT.replace(from, to);
        assert_ne!(now, TEXT);
        let tree = |text: &str| parse(SourceId(0), text).file;
        difference((&tree(TEXT), TEXT), (&tree(&now), &now))
    }

    #[test]
    fn bodies_and_what_lies_between_are_nobody_elses() {
        for (from, to) in [
            ("a + 1", "1 + a + 1"),
            ("a + ", "2 * "),
            ("owner: \"o\"", "owner: \"other\""),
            ("    return 204\n", ""),
            ("\nfn", "\n\n// a comment\nfn"),
            ("fn one", "test \"it\" { expect one(1) == 2 }\nfn one"),
        ] {
            let difference = changed(from, to).expect("it is known");
            assert!(difference.declared.is_empty() && !difference.renames, "{from} to {to}");
        }
    }

    #[test]
    fn all_else_is_seen_by_others() {
        for (from, to, wanted) in [
            ("a: string", "a: string?", &["A"] as &[&str]),
            ("one(a: int)", "one(a: decimal)", &["one"]),
            ("-> int = a + 1", "-> decimal = a + 1", &["one"]),
            ("-> int = a + 1", "-> int fails = a + 1", &["one"]),
            ("GET /a", "GET /b", &["get of S"]),
            ("fn two", "fn three", &["two", "three"]),
            ("fn two", "type B { b: int }\nfn two", &["B"]),
            ("fn two(a: int)", "fn two(a int)", &["two", "two"]),
            ("  get:", "  put: PUT /a -> 204 {\n    return 204\n  }\n  get:", &["get of S", "put of S"]),
        ] {
            let difference = changed(from, to).unwrap_or_else(|| panic!("{from} to {to}"));
            let shown = difference.declared.iter().map(|subject| match &subject.of {
                Some(of) => format!("{} of {of}", subject.name),
                None => subject.name.to_string(),
            });
            assert_eq!(shown.collect::<Vec<_>>(), wanted, "{from} to {to}");
        }
    }

    #[test]
    fn what_all_know_by_its_number_reaches_everywhere() {
        for (from, to) in [
            ("S v1", "S v2"),
            ("system S", "system T"),
            ("system S", "backend B { url: env.B }\nsystem S"),
            ("fn two(a: int)", "fn (a: int)"),
        ] {
            assert_eq!(changed(from, to), None, "{from} to {to}");
        }
    }

    #[test]
    fn places_move_by_what_was_edited_before_them() {
        for (from, to) in [
            ("a + ", "2 * a + "),
            ("(a: int)", "(a: decimal, more: int)"),
            ("type A", "type More {}\ntype A"),
        ] {
            let change = changed(from, to).expect("it is known").change;
            let now = TEXT.replace(from, to);
            for word in ["type A", "fn one", "fn two", "system S", "get: GET"] {
                let at = |text: &str| {
                    let start = text.find(word).expect("there");
                    Span::new(SourceId(0), start, start + word.len())
                };
                assert_eq!(change.place(at(TEXT), SourceId(0)), at(&now), "{word} after {from} to {to}");
            }
        }
    }
}
