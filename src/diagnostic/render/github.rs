//! Workflow commands: GitHub shows them as annotations on the lines of a pull request.

use super::{View, severity_word, visible, visible_lines};
use crate::diagnostic::Diagnostic;

/// `::error file=…,line=…,col=…,endLine=…,title=F0401 type/mismatch::message%0Ahelp`, ending in a line feed.
pub fn github(diagnostic: &Diagnostic, view: View<'_>) -> String {
    let code = diagnostic.code;
    let mut properties = Vec::new();
    if let Some(place) = view.place_of(diagnostic) {
        properties.push(format!("file={}", property(&place.path)));
        properties.push(format!("line={}", place.start.line));
        properties.push(format!("col={}", place.start.column));
        properties.push(format!("endLine={}", place.end.line));
        if place.end.line == place.start.line {
            properties.push(format!("endColumn={}", place.end.column)); // GitHub refuses it on other lines
        }
    }
    properties.push(format!("title={}", property(&format!("{} {}", code.id, code.name))));
    let severity = severity_word(diagnostic.severity);
    format!("::{severity} {}::{}\n", properties.join(","), data(&text(diagnostic, view)))
}

/// The message, what the labels say and the help, one below the other.
fn text(diagnostic: &Diagnostic, view: View<'_>) -> String {
    let mut lines = vec![visible(&diagnostic.message).into_owned()];
    for (at, label) in diagnostic.labels.iter().enumerate().filter(|(_, label)| !label.text.is_empty()) {
        let text = visible(&label.text);
        let place = view.place(label.span);
        lines.push(match at {
            0 => text.into_owned(),
            _ => format!("{}:{}:{}: {text}", place.path, place.start.line, place.start.column),
        });
    }
    if let Some(help) = &diagnostic.help {
        lines.push(format!("help: {}", visible_lines(help)));
    }
    lines.join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
