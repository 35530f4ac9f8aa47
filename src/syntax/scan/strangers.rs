//! Characters that do not belong where they are: taken out, or replaced by what they look like, and reported
//! with the name that Unicode gives them.

use super::super::characters::{Kind, kind, look_alike, name};
use super::{Scanner, is_word};
use crate::diagnostic::{Diagnostic, syntax};
use crate::source::Span;

impl Scanner<'_> {
    /// In code: anything that is not printable ASCII.
    pub(super) fn stranger(&mut self) {
        let Some(character) = self.rest().chars().next() else { return };
        let range = self.at..self.at + character.len_utf8();
        let span = self.span(range.clone());
        match kind(character) {
            Kind::Letter => return self.foreign_word(),
            Kind::Direction | Kind::Invisible => {
                self.report(hidden(character, span));
                self.replace(range.clone(), "");
            }
            Kind::Control | Kind::Space | Kind::Other => {
                self.report(match kind(character) {
                    Kind::Control => syntax::control_character(span, &name(character)),
                    _ => syntax::odd_character(span, character, &name(character)),
                });
                self.replace(range.clone(), " ");
                let rest = self.rest().split(['\n', '\r']).next().map_or(0, str::len);
                self.scan.muted.push(self.line_start..self.at + rest);
            }
        }
        self.code(range);
    }

    /// A word with letters that are not ASCII: one finding, at the first of them.
    fn foreign_word(&mut self) {
        let belongs = |letter: &char| {
            if letter.is_ascii() { is_word(*letter as u8) } else { kind(*letter) == Kind::Letter }
        };
        let start = self.at;
        let word: String = self.rest().chars().take_while(belongs).collect();
        for (offset, letter) in word.char_indices().filter(|(_, letter)| !letter.is_ascii()) {
            let range = start + offset..start + offset + letter.len_utf8();
            if offset == 0 {
                let span = self.span(range.clone());
                self.report(syntax::foreign_letter(span, letter, &name(letter), look_alike(letter)));
            }
            let instead = look_alike(letter).unwrap_or('_');
            self.replace(range, instead.encode_utf8(&mut [0; 4]));
        }
        let start = if self.is_in_word(start) { self.last.start } else { start };
        self.code(start..self.at + word.len());
    }

    /// In a text or comment, at a character that is not printable ASCII.
    pub(super) fn quiet_character(&mut self) {
        let Some(character) = self.rest().chars().next() else { return };
        let range = self.at..self.at + character.len_utf8();
        if let Some(diagnostic) = in_prose(character, self.span(range.clone())) {
            self.report(diagnostic);
        }
        self.at = range.end;
        self.last.end = range.end;
    }

    /// `prose` is a comment or a raw text that starts at `start`.
    pub(super) fn check_quiet(&mut self, prose: &str, start: usize) {
        if prose.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            return;
        }
        for (offset, character) in prose.char_indices() {
            let at = start + offset;
            if let Some(diagnostic) = in_prose(character, self.span(at..at + character.len_utf8())) {
                self.report(diagnostic);
            }
        }
    }
}

/// Any script may stand in a text; what turns it around, and control characters, may not.
fn in_prose(character: char, span: Span) -> Option<Diagnostic> {
    match kind(character) {
        Kind::Direction => Some(hidden(character, span)),
        Kind::Control => Some(syntax::control_character(span, &name(character))),
        Kind::Invisible | Kind::Space | Kind::Letter | Kind::Other => None,
    }
}

fn hidden(character: char, span: Span) -> Diagnostic {
    match kind(character) {
        Kind::Direction => syntax::direction_control(span, &name(character)),
        _ => syntax::invisible_character(span, &name(character)),
    }
}
