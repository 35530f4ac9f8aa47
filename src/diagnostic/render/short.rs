//! One line for each finding, as editors and scripts have always read them.

use super::{View, severity_word, visible};
use crate::diagnostic::Diagnostic;

/// `path:line:column: error[F0401] message`, ending in a line feed.
pub fn short(diagnostic: &Diagnostic, view: View<'_>) -> String {
    let place = match view.place_of(diagnostic) {
        Some(place) => format!("{}:{}:{}: ", place.path, place.start.line, place.start.column),
        None => String::new(),
    };
    let severity = severity_word(diagnostic.severity);
    format!("{place}{severity}[{}] {}\n", diagnostic.code.id, visible(&diagnostic.message))
}
