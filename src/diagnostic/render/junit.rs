//! JUnit XML, which every build server can show.

use super::{Summary, View, is_error, short, visible, visible_lines};
use crate::diagnostic::Diagnostic;

/// One test case for each finding, or a single one that passed. Warnings do not fail.
pub fn junit(diagnostics: &[Diagnostic], view: View<'_>) -> String {
    let failures = Summary::of(diagnostics).errors;
    let tests = diagnostics.len().max(1);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"flowc\" tests=\"{tests}\" failures=\"{failures}\">\n  \
         <testsuite name=\"flowc check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
    );
    for diagnostic in diagnostics {
        out.push_str(&case(diagnostic, view));
    }
    if diagnostics.is_empty() {
        out.push_str("    <testcase classname=\"flowc\" name=\"check\"/>\n");
    }
    out + "  </testsuite>\n</testsuites>\n"
}

fn case(diagnostic: &Diagnostic, view: View<'_>) -> String {
    let place = view.place_of(diagnostic);
    let path = place.as_ref().map_or("flowc", |place| place.path.as_str());
    let line = place.as_ref().map_or(String::new(), |place| format!(" line=\"{}\"", place.start.line));
    let code = diagnostic.code;
    let message = xml(&visible(&diagnostic.message));
    let help =
        diagnostic.help.as_deref().map_or(String::new(), |help| format!("help: {}\n", visible_lines(help)));
    let body = xml(&format!("{}{help}", short(diagnostic, view)));
    let body = if is_error(diagnostic) {
        format!("<failure type=\"{}\" message=\"{message}\">{body}</failure>", code.id)
    } else {
        format!("<system-out>{body}</system-out>")
    };
    let name = xml(&format!("{} {}", code.id, code.name));
    format!(
        "    <testcase classname=\"{}\" name=\"{name}\"{line}>\n      {body}\n    </testcase>\n",
        xml(path)
    )
}

/// A text for an element or an attribute. What XML cannot say at all was spelled out before, but for two code points without a meaning.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}
