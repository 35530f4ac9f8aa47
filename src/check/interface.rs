//! What others can see of the declarations of a file: all but bodies, settings of services and tests. An edit that leaves
//! it as it is can be wrong in its own text only, or break a promise of the program as a whole.

use std::ops::Range;

use crate::source::{SourceId, Span};
use crate::syntax::ast::{File, Item, Member, Operation};

/// From one text of a file to the next: the parts that were edited, in order. All else has only moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    before: Range<u32>,
    now: Range<u32>,
}

/// What changed, if others see the same of both.
pub fn change(before: (&File, &str), now: (&File, &str)) -> Option<Change> {
    let (seen_before, seen_now) = (seen(before.0)?, seen(now.0)?);
    if seen_before.len() != seen_now.len() {
        return None;
    }
    let mut edits = Vec::new();
    let (mut left, mut right) = (0, 0);
    for (one, other) in seen_before.iter().zip(&seen_now) {
        let (one_at, other_at) = (one.span.range(), other.span.range());
        if one.kind != other.kind || before.1.get(one_at.clone())? != now.1.get(other_at.clone())? {
            return None;
        }
        // What lies between the parts that others see.
        edits.extend(difference((before.1, left..one_at.start), (now.1, right..other_at.start))?);
        (left, right) = (one_at.end, other_at.end);
    }
    edits.extend(difference((before.1, left..before.1.len()), (now.1, right..now.1.len()))?);
    Some(Change { edits })
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
fn difference(before: (&str, Range<usize>), now: (&str, Range<usize>)) -> Option<Option<Edit>> {
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
struct Seen {
    kind: Kind,
    span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Backend,
    Type,
    Problem,
    Broker,
    Event,
    Map,
    Fn,
    Service,
    Operation,
}

/// In their order. Nothing where a part could not be read: what that would have declared is not known.
fn seen(file: &File) -> Option<Vec<Seen>> {
    let mut all = Vec::new();
    for item in &file.items {
        let (kind, span) = match item {
            Item::Backend(item) => (Kind::Backend, item.span),
            Item::Type(item) => (Kind::Type, item.span),
            Item::Problem(item) => (Kind::Problem, item.span),
            Item::Broker(item) => (Kind::Broker, item.span),
            Item::Event(item) => (Kind::Event, item.span),
            Item::Map(item) => (Kind::Map, item.span.upto(item.result.span)),
            Item::Fn(item) => (Kind::Fn, item.span.upto(item.fails.unwrap_or(item.result.span))),
            Item::Service(item) => {
                let named = item.version.as_ref().map_or(item.name.span, |version| version.span);
                let head = item.implements.as_ref().map_or(named, |contract| contract.span);
                all.push(Seen { kind: Kind::Service, span: item.span.upto(head) });
                for member in &item.members {
                    match member {
                        Member::Operation(operation) => all.push(signature(operation)),
                        Member::Handler(_) => {}
                        Member::Broken(_) => return None,
                    }
                }
                continue;
            }
            Item::Test(_) => continue,
            Item::Broken(_) => return None,
        };
        all.push(Seen { kind, span });
    }
    Some(all)
}

fn signature(operation: &Operation) -> Seen {
    let end = operation.signature.as_ref().map_or(operation.name.span, |signature| signature.span);
    Seen { kind: Kind::Operation, span: operation.span.upto(end) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    const TEXT: &str = "type A { a: string }\nfn one(a: int) -> int = a + 1\nfn two(a: int) -> int = a + 2\n\
                        system S v1 {\n  owner: \"o\"\n  get: GET /a -> 204 {\n    return 204\n  }\n}\n";

    fn changed(from: &str, to: &str) -> Option<Change> {
        let now = TEXT.replace(from, to);
        assert_ne!(now, TEXT);
        let tree = |text: &str| parse(SourceId(0), text).file;
        change((&tree(TEXT), TEXT), (&tree(&now), &now))
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
            assert!(changed(from, to).is_some(), "{from} to {to}");
        }
    }

    #[test]
    fn all_else_is_seen_by_others() {
        for (from, to) in [
            ("a: string", "a: string?"),
            ("one(a: int)", "one(a: decimal)"),
            ("-> int = a + 1", "-> decimal = a + 1"),
            ("-> int = a + 1", "-> int fails = a + 1"),
            ("fn two", "fn three"),
            ("fn two", "type B { b: int }\nfn two"),
            ("GET /a", "GET /b"),
            ("S v1", "S v2"),
            ("fn two(a: int)", "fn (a: int)"),
        ] {
            assert!(changed(from, to).is_none(), "{from} to {to}");
        }
    }

    #[test]
    fn places_move_by_what_was_edited_before_them() {
        let change = changed("a + ", "2 * a + ").expect("bodies only");
        let now = TEXT.replace("a + ", "2 * a + ");
        for word in ["type A", "fn one", "fn two", "system S", "get: GET"] {
            let at = |text: &str| {
                let start = text.find(word).expect("there");
                Span::new(SourceId(0), start, start + word.len())
            };
            assert_eq!(change.place(at(TEXT), SourceId(0)), at(&now), "{word}");
        }
    }
}
