//! Brackets that match, and what to make of those that do not.

use std::ops::Range;

use super::{Depth, Kind, NESTING, Open, SHALLOW, Scanner};
use crate::diagnostic::syntax;

impl Scanner<'_> {
    pub(super) fn open(&mut self, byte: u8) {
        let kind = match byte {
            b'{' => Kind::Brace,
            b'(' => Kind::Paren,
            _ => Kind::Bracket,
        };
        if kind == Kind::Paren && self.in_path() {
            self.path = None;
        }
        self.step(1);
        self.push(kind, self.last.start);
    }

    pub(super) fn push(&mut self, kind: Kind, at: usize) {
        if self.open.len() >= NESTING {
            self.refuse_nesting(at);
            return;
        }
        if self.open.len() > SHALLOW {
            self.scan.depth = Depth::Deep;
        }
        self.nesting_words = 0;
        self.open.push(Open { kind, at, indent: self.indent, line_end: None });
    }

    pub(super) fn close(&mut self, byte: u8) {
        let first_on_line = !self.code_met;
        self.step(1);
        let here = self.last.clone();
        if first_on_line && byte == b'}' && self.mended.binary_search(&self.region).is_ok() {
            self.close_what_is_further_in(here.clone());
        }
        let fits = |open: &Open| match open.kind {
            Kind::Brace | Kind::Hole => byte == b'}',
            Kind::Paren => byte == b')',
            Kind::Bracket => byte == b']',
            Kind::Text => false,
        };
        let inside = self.open.iter().rposition(|open| matches!(open.kind, Kind::Hole)).unwrap_or(0);
        let found = self.open.iter().rposition(fits).filter(|at| *at >= inside);
        let Some(found) = found else {
            self.stray(here);
            return;
        };
        while self.open.len() > found + 1 {
            self.close_missing(here.clone(), here.start);
        }
        self.open.pop();
        self.nesting_words = 0;
    }

    /// A `}` at the start of a line closes nothing that was opened on a line further in.
    fn close_what_is_further_in(&mut self, here: Range<usize>) {
        let indent = self.indent;
        while self.open.last().is_some_and(|open| open.kind != Kind::Hole && open.indent > indent) {
            self.close_missing(here.clone(), here.start);
        }
    }

    /// A declaration begins, or the text ends: nothing may be open any more.
    pub(super) fn end_region(&mut self, here: Range<usize>) {
        let place = self.last.end;
        while !self.open.is_empty() {
            self.close_missing(here.clone(), place);
        }
        self.nesting_words = 0;
    }

    /// Takes the innermost bracket as closed at `place`, and says so.
    fn close_missing(&mut self, noticed: Range<usize>, place: usize) {
        let Some(open) = self.open.pop() else { return };
        let (bracket, closing) = match open.kind {
            Kind::Brace | Kind::Hole => ("{", "}"),
            Kind::Paren => ("(", ")"),
            Kind::Bracket => ("[", "]"),
            Kind::Text => ("\"", "\""),
        };
        let place = open.line_end.unwrap_or(place);
        let noticed = open.line_end.map_or(noticed, |end| end..end);
        self.replace(place..place, closing);
        self.scan.muted.push(open.at..noticed.end + 1);
        if self.is_new_fault() {
            let opened = self.span(open.at..open.at + 1);
            self.report(syntax::unclosed(self.span(noticed), opened, bracket, closing));
        }
    }

    fn stray(&mut self, here: Range<usize>) {
        let closing = self.text.get(here.clone()).unwrap_or("");
        self.replace(here.clone(), " ");
        self.scan.muted.push(self.line_start..here.end + 1);
        if self.is_new_fault() {
            self.report(syntax::stray_bracket(self.span(here), closing));
        }
    }

    /// One fault of brackets often looks like several, so each declaration gets one.
    fn is_new_fault(&mut self) -> bool {
        if self.unbalanced.last() != Some(&self.region) {
            self.unbalanced.push(self.region);
        }
        self.reported.replace(self.region) != Some(self.region)
    }
}
