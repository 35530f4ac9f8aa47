//! What others can see of the declarations of a file: all but bodies, settings of services and tests. An edit that leaves
//! it as it is can be wrong in its own text only, or break a promise of the program as a whole.

use crate::source::Span;
use crate::syntax::ast::{File, Item, Member, Operation};

/// What lies behind an edit has moved; what lies before it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    start: u32,
    /// Where the edit ends, in the text as it was and as it is.
    end_before: u32,
    end_now: u32,
}

/// The change from one text of a file to the next, if others see the same of it.
pub fn change(before: (&File, &str), now: (&File, &str)) -> Option<Change> {
    let change = difference(before.1, now.1)?;
    let (seen_before, seen_now) = (seen(before.0)?, seen(now.0)?);
    let is_same = |(before, now): (&Seen, &Seen)| {
        before.kind == now.kind && change.keeps(before.span) == Some((now.span.start, now.span.end))
    };
    (seen_before.len() == seen_now.len() && seen_before.iter().zip(&seen_now).all(is_same)).then_some(change)
}

impl Change {
    /// Where a place is now. What was edited has none: it is said to be where the edit starts.
    pub fn place(&self, before: u32) -> u32 {
        match before {
            _ if before <= self.start => before,
            _ if before >= self.end_before => before - self.end_before + self.end_now,
            _ => self.start,
        }
    }

    /// Where a part that is not touched is now.
    fn keeps(&self, before: Span) -> Option<(u32, u32)> {
        let untouched = before.end <= self.start || before.start >= self.end_before;
        let behind = before.start >= self.end_before;
        let at = |place: u32| if behind { place - self.end_before + self.end_now } else { place };
        untouched.then(|| (at(before.start), at(before.end)))
    }
}

/// The smallest part such that all before and behind it is the same.
fn difference(before: &str, now: &str) -> Option<Change> {
    let (before, now) = (before.as_bytes(), now.as_bytes());
    let start = before.iter().zip(now).take_while(|(left, right)| left == right).count();
    let (rest_before, rest_now) = (before.get(start..)?, now.get(start..)?);
    let both = rest_before.iter().rev().zip(rest_now.iter().rev());
    let end = both.take_while(|(left, right)| left == right).count();
    let place = |at: usize| u32::try_from(at).ok();
    Some(Change {
        start: place(start)?,
        end_before: place(before.len() - end)?,
        end_now: place(now.len() - end)?,
    })
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
