//! What can still be told of a region that could not be read: the name that it would have declared or bound. With
//! it, later stages pass over the uses of that name in silence instead of calling it unknown.

use smol_str::SmolStr;

use super::ast::{Broken, Declares, Name};
use super::build::Builder;
use super::grammar::{Pair, Rule};
use super::recover::token;

/// How many pieces of code of a region are looked at.
const GLIMPSE: usize = 8;

const DECLARATIONS: [&str; 10] =
    ["backend", "broker", "event", "experience", "fn", "map", "problem", "process", "system", "type"];

impl Builder<'_> {
    /// Reports a declaration that could not be read.
    pub(super) fn broken_declaration(&mut self, pair: &Pair) -> Broken {
        let span = self.broken(pair, Rule::file);
        Broken { span, declares: self.declares(pair, declared) }
    }

    /// Reports a member of a service that could not be read.
    pub(super) fn broken_member(&mut self, pair: &Pair) -> Broken {
        let span = self.broken(pair, Rule::operation);
        Broken { span, declares: self.declares(pair, member) }
    }

    /// The name of a field or setting that could not be read.
    pub(super) fn broken_name(&self, pair: &Pair) -> Option<Name> {
        named(&glimpse(pair.as_str())).map(|piece| self.piece_name(pair, piece))
    }

    /// `x` of a broken `let x = …`.
    pub(super) fn broken_binding(&self, pair: &Pair) -> Option<Name> {
        match glimpse(pair.as_str()).as_slice() {
            [(_, "let" | "const" | "var" | "val"), name, ..] if is_name(name.1) => {
                Some(self.piece_name(pair, *name))
            }
            _ => None,
        }
    }

    fn declares(&self, pair: &Pair, find: fn(&[Piece<'_>]) -> Found) -> Declares {
        let pieces = glimpse(pair.as_str());
        match find(&pieces) {
            Found::At(at) => match pieces.get(at).filter(|piece| is_name(piece.1)) {
                Some(piece) => Declares::Name(self.piece_name(pair, *piece)),
                None => Declares::Unknown,
            },
            Found::Nothing => Declares::Nothing,
        }
    }

    fn piece_name(&self, pair: &Pair, (offset, written): Piece<'_>) -> Name {
        let start = pair.as_span().start() + offset;
        let span = self.range(start, start + written.len());
        let text = written.strip_prefix('"').and_then(|inside| inside.strip_suffix('"'));
        Name { text: SmolStr::new(text.unwrap_or(written)), quoted: text.is_some(), span }
    }
}

/// A piece of code, and where it stands in the region.
type Piece<'t> = (usize, &'t str);

enum Found {
    /// The piece at this place, if it is a name; else nobody knows what would have been declared.
    At(usize),
    Nothing,
}

fn glimpse(region: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while pieces.len() < GLIMPSE {
        let rest = region.get(at..).unwrap_or("");
        let code = rest.trim_start();
        let piece = match code.starts_with("//") {
            true => code.split(['\n', '\r']).next().unwrap_or(code),
            false => token(code),
        };
        if piece.is_empty() {
            break;
        }
        at += rest.len() - code.len();
        if !piece.starts_with("//") {
            pieces.push((at, piece));
        }
        at += piece.len();
    }
    pieces
}

fn is_name(piece: &str) -> bool {
    let quoted = piece.len() > 2 && piece.starts_with('"') && !piece.contains(['\n', '\r']);
    quoted || piece.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// `type Name …`, and what other languages say: `export struct Name`, `async function name`.
fn declared(pieces: &[Piece<'_>]) -> Found {
    let closing = pieces.iter().take_while(|(_, piece)| matches!(*piece, "}" | ")" | "]")).count();
    let words = pieces.iter().skip(closing).take_while(|(_, piece)| is_name(piece)).count();
    let run: Vec<&str> = pieces.iter().skip(closing).take(words).map(|(_, piece)| *piece).collect();
    if run.contains(&"test") || pieces.len() == closing {
        return Found::Nothing;
    }
    let known = run.iter().position(|word| DECLARATIONS.contains(word)).map(|at| at + 1);
    let capital = || run.iter().position(|word| word.starts_with(|first: char| first.is_ascii_uppercase()));
    let last = || words.checked_sub(1).filter(|last| *last > 0);
    match known.or_else(capital).or_else(last) {
        Some(at) => Found::At(closing + at),
        None => Found::At(pieces.len()),
    }
}

/// `name: GET /…`; handlers have no name.
fn member(pieces: &[Piece<'_>]) -> Found {
    let second = pieces.get(1).map(|(_, piece)| *piece);
    match pieces.first() {
        None => Found::Nothing,
        Some((_, "on" | "every" | "cron")) if second != Some(":") => Found::Nothing,
        Some(_) => Found::At(before_colon(pieces).unwrap_or(0)),
    }
}

/// `name: …`, or the first name where there is no colon.
fn named<'t>(pieces: &[Piece<'t>]) -> Option<Piece<'t>> {
    let at = before_colon(pieces).unwrap_or(0);
    pieces.get(at).copied().filter(|(_, piece)| is_name(piece))
}

/// The place of the first name that a `:` follows.
fn before_colon(pieces: &[Piece<'_>]) -> Option<usize> {
    pieces.windows(2).position(|two| matches!(two, [(_, name), (_, ":")] if is_name(name)))
}
