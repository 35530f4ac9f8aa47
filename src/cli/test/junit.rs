//! The report of a run in JUnit XML, which every build server can show.

use std::fmt::Write;
use std::time::Duration;

use super::{Ran, report};
use crate::diagnostic::render::{self, View, visible, visible_lines, xml};
use crate::ir::lower::Waiting;
use crate::source::Span;

/// A test case for each test; those that cannot be run yet are errors.
pub fn junit(ran: &[Ran<'_>], waiting: &[Waiting], view: View<'_>) -> String {
    let failures = ran.iter().filter(|ran| ran.has_failed()).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{failures}\" errors=\"{}\"",
        ran.len() + waiting.len(),
        waiting.len()
    );
    let time = seconds(ran.iter().map(|ran| ran.took).sum());
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"flowc\" {counts} time=\"{time}\">\n  \
         <testsuite name=\"flowc test\" {counts} time=\"{time}\">\n"
    );
    for one in ran {
        let head = head(&one.test.name, one.spans.whole, view);
        let time = seconds(one.took);
        if !one.has_failed() {
            let _ = writeln!(out, "{head} time=\"{time}\"/>");
            continue;
        }
        let (message, body) = failure(one, view);
        let _ = writeln!(
            out,
            "{head} time=\"{time}\">\n      <failure message=\"{message}\">{body}</failure>\n    </testcase>"
        );
    }
    for one in waiting {
        let head = head(&one.name, one.span, view);
        let _ = writeln!(out, "{head}>\n      <error message=\"it cannot be run yet\"/>\n    </testcase>");
    }
    out + "  </testsuite>\n</testsuites>\n"
}

fn head(name: &str, span: Span, view: View<'_>) -> String {
    let place = view.place(span);
    let (path, name) = (xml(&place.path), xml(&visible(name)));
    format!(
        "    <testcase classname=\"{path}\" name=\"{name}\" file=\"{path}\" line=\"{}\"",
        place.start.line
    )
}

fn failure(ran: &Ran<'_>, view: View<'_>) -> (String, String) {
    let said = |text: &str| xml(&visible(text));
    let message = ran.outcome.failures.first().map(|failure| said(&failure.fault.message));
    let finding = report::finding(ran);
    let mut body = render::short(&finding, view);
    for (span, failure) in ran.faults() {
        let _ = writeln!(body, "line {}: {}", view.place(span).start.line, visible(&failure.fault.message));
    }
    if let Some(help) = &finding.help {
        let _ = writeln!(body, "{}", visible_lines(help));
    }
    (message.unwrap_or_default(), xml(&body))
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
