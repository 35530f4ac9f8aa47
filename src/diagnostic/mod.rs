//! What the compiler has to say to people. Every finding of every stage is one flat [`Diagnostic`]; the
//! stages make them through the factory functions of their family (one file each), so that the wording of
//! all messages can be read, and kept alike, in this folder. How they look is in [`render`].

pub mod build;
mod code;
pub mod contract;
pub mod labels;
pub mod mapping;
pub mod names;
pub mod project;
pub mod render;
pub mod services;
pub mod settings;
pub mod steps;
pub mod syntax;
pub mod testing;
pub mod types;

pub use code::{Code, all_codes, code_by_id};

use crate::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding. The message is one line, lower case, without a full stop, with names in backticks; the way
/// out goes into `help`; the first label is the place, the others are what it contradicts.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    pub code: Code,
    /// Usually that of the code; a fault of a contract is only a warning until a flow uses it.
    pub severity: Severity,
    pub message: String,
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fix: Option<Fix>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A change that mends the finding. `safe` ones keep the meaning of everything else and may be applied unseen.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    pub title: String,
    pub edits: Vec<Edit>,
    pub safe: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A text of the author at its place: a name, a number, an enumeration value.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub text: &'a str,
    pub span: Span,
}

impl Diagnostic {
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity,
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            help: None,
            fix: None,
        }
    }

    /// What to say right at the place itself.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Diagnostic {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// A second place, such as the line of the contract.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// A fix that may be applied unseen: replace `span` by `text`.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Diagnostic {
        self.fix =
            Some(Fix { title: title.into(), edits: vec![Edit { span, text: text.into() }], safe: true });
        self
    }

    /// What its labels point at must not be shown.
    pub fn shows_secret(&self) -> bool {
        self.code.name == "flow/secret-literal"
    }

    /// The place that the finding is about.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }
}

/// The name among `known` that the author probably meant: at most a third of its letters away.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted_letters: Vec<char> = wanted.chars().flat_map(char::to_lowercase).take(MAX_LETTERS).collect();
    // Of a single letter nothing would be left.
    let limit = (wanted_letters.len() / 3).max(usize::from(wanted_letters.len() > 1));
    let signature = signature(wanted);
    // An edit changes at most two bits, so most names are passed over without being compared.
    let may_be_near = |name: &str| (signature ^ self::signature(name)).count_ones() as usize <= 2 * limit;
    known
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= limit * 4 && *name != wanted && may_be_near(name))
        .map(|name| (distance(&wanted_letters, name, limit), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Which letters are there, as one bit for each, with some letters sharing a bit.
fn signature(name: &str) -> u64 {
    let letters = name.chars().flat_map(char::to_lowercase).take(MAX_LETTERS);
    letters.fold(0, |bits, letter| bits | 1 << (u32::from(letter) % 64))
}

/// Longer names are compared by their beginning only, so that hostile input cannot make this slow.
const MAX_LETTERS: usize = 64;

/// Edits (insert, delete, replace, swap) between two names without regard to case.
fn distance(wanted: &[char], name: &str, limit: usize) -> usize {
    let name: Vec<char> = name.chars().flat_map(char::to_lowercase).take(MAX_LETTERS).collect();
    if name.len().abs_diff(wanted.len()) > limit {
        return limit + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=name.len()).collect();
    for (row, letter) in wanted.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in name.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut best = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let swapped = row > 0 && column > 0 && *letter == name[column - 1] && wanted[row - 1] == *other;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["getCustomer", "findCustomers", "createOrder", "id"];
        assert_eq!(nearest("getCustomr", known), Some("getCustomer"));
        assert_eq!(nearest("GetCustomer", known), Some("getCustomer"));
        assert_eq!(nearest("craeteOrder", known), Some("createOrder"));
        assert_eq!(nearest("payments", known), None);
        assert_eq!(nearest("di", known), Some("id"), "a swap is one edit");
        assert_eq!(nearest("id", known), None, "the name itself is no advice");
    }
}
