//! Texts: each ends on its line. `"…"` may hold values in braces, which may hold texts again; `'…'` and the
//! texts behind certain words are taken as they stand.

use super::{Kind, Scanner, is_word};
use crate::diagnostic::syntax;

/// What follows these words is a text in which nothing is computed.
const PLAIN_BEHIND: [&str; 6] = ["matching", "test", "cron", "implements", "unit", "cookie"];

impl Scanner<'_> {
    pub(super) fn open_text(&mut self) {
        let before = self.text.get(self.last.clone()).unwrap_or("");
        let plain = PLAIN_BEHIND.contains(&before);
        let start = self.at;
        self.step(1);
        match plain {
            true => self.plain(start),
            false => self.push(Kind::Text, start),
        }
    }

    pub(super) fn in_text(&mut self, byte: u8) {
        match byte {
            b'\n' | b'\r' => self.end_line(),
            b'"' => {
                self.step(1);
                self.open.pop();
            }
            b'\\' => self.escape(),
            b'{' => {
                self.step(1);
                self.push(Kind::Hole, self.last.start);
            }
            0x20..=0x7E | b'\t' => self.plain_run(),
            _ => self.quiet_character(),
        }
    }

    fn plain_run(&mut self) {
        let ordinary =
            |byte: &u8| matches!(byte, 0x20..=0x7E | b'\t') && !matches!(byte, b'"' | b'\\' | b'{');
        self.at += self.rest().bytes().take_while(ordinary).count();
        self.last.end = self.at;
    }

    /// `\{` is two characters and no hole; `\u{41}` has braces of its own.
    fn escape(&mut self) {
        let rest = self.rest().get(1..).unwrap_or("");
        let length = match rest.strip_prefix("u{") {
            Some(digits) => {
                let digits = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
                2 + digits + usize::from(rest.as_bytes().get(2 + digits) == Some(&b'}'))
            }
            None => rest.chars().next().filter(|next| !matches!(next, '\n' | '\r')).map_or(0, char::len_utf8),
        };
        self.at += 1 + length;
        self.last.end = self.at;
    }

    fn plain(&mut self, start: usize) {
        loop {
            match self.byte(0) {
                None | Some(b'\n' | b'\r') => return self.unclosed_text(start, "\""),
                Some(b'"') => return self.end_plain(start),
                Some(b'\\') => self.escape(),
                Some(0x20..=0x7E | b'\t') => self.plain_run_of_one(),
                Some(_) => self.quiet_character(),
            }
        }
    }

    fn plain_run_of_one(&mut self) {
        self.at += 1;
    }

    fn end_plain(&mut self, start: usize) {
        self.at += 1;
        self.last = start..self.at;
    }

    pub(super) fn raw(&mut self) {
        let start = self.at;
        let inside = self.rest().get(1..).unwrap_or("");
        let length = inside.bytes().take_while(|byte| !matches!(byte, b'\'' | b'\n' | b'\r')).count();
        self.check_quiet(inside.get(..length).unwrap_or(""), start + 1);
        let closed = inside.as_bytes().get(length) == Some(&b'\'');
        self.step(1 + length + usize::from(closed));
        if !closed {
            self.unclosed_text(start, "'");
        }
    }

    fn unclosed_text(&mut self, start: usize, quote: &str) {
        self.last = start..self.at;
        self.replace(self.at..self.at, quote);
        self.report(syntax::unclosed_text(self.span(start..self.at), quote));
        self.scan.muted.push(start..self.at);
    }

    /// The line ends: closes the texts and values in texts that are open, from the inside out.
    pub(super) fn end_texts(&mut self) {
        let Some(outermost) = self.open.iter().position(|open| open.kind == Kind::Text) else { return };
        let start = self.open.get(outermost).map_or(self.at, |open| open.at);
        let hole = self.open.iter().find(|open| open.kind == Kind::Hole).map(|open| open.at);
        while self.open.len() > outermost {
            let closing = match self.open.pop().map(|open| open.kind) {
                Some(Kind::Text) => "\"",
                Some(Kind::Paren) => ")",
                Some(Kind::Bracket) => "]",
                Some(Kind::Hole | Kind::Brace) | None => "}",
            };
            self.replace(self.at..self.at, closing);
        }
        let diagnostic = match hole {
            Some(hole) => syntax::unclosed_hole(self.span(hole..hole + 1), self.span(start..start + 1)),
            None => syntax::unclosed_text(self.span(start..self.at), "\""),
        };
        self.report(diagnostic);
        self.scan.muted.push(start..self.at + 1);
        self.last = start..self.at;
    }

    /// Whether the code before `at` runs on as a word; a text glued to a word is odd, but not our matter.
    pub(super) fn is_in_word(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|before| self.text.as_bytes().get(before))
            .is_some_and(|byte| is_word(*byte))
    }
}
