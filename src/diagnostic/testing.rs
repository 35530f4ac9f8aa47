//! Family 10: tests and events.

use super::names::suggest;
use super::{At, Code, Diagnostic};
use crate::source::Span;

const PROVES_NOTHING: Code = Code::warning("W1001", "test/proves-nothing");
const GIVEN: Code = Code::error("F1002", "test/given");
const WHEN: Code = Code::error("F1003", "test/when");
const THEN: Code = Code::error("F1004", "test/then");
const UNDECLARED_ANSWER: Code = Code::error("F1005", "test/undeclared-answer");
const EVENT_KEY: Code = Code::error("F1006", "event/key");
const FAILED: Code = Code::error("F1007", "test/failed");
const UNNOTICED: Code = Code::warning("W1008", "test/unnoticed");
const UNREACHED: Code = Code::warning("W1009", "test/unreached");
const CALLER: Code = Code::error("F1010", "test/caller");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] =
    &[PROVES_NOTHING, GIVEN, WHEN, THEN, UNDECLARED_ANSWER, EVENT_KEY, FAILED, UNNOTICED, UNREACHED, CALLER];

pub fn proves_nothing(span: Span) -> Diagnostic {
    Diagnostic::new(PROVES_NOTHING, span, "this test expects nothing, so it cannot fail")
        .help("add an `expect`, or a `then`")
}

pub fn function_given(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(GIVEN, span, format!("`{name}` always gives the same for the same arguments"))
        .help("`given` is for operations, for `now`, `today` and `uuid`, and for `caller`")
}

pub fn arguments_of_function(span: Span) -> Diagnostic {
    Diagnostic::new(GIVEN, span, "what these functions give does not depend on arguments")
        .help("write it without: `given now -> \"2026-01-31T10:00:00Z\"`")
}

pub fn status_of_function(span: Span) -> Diagnostic {
    Diagnostic::new(GIVEN, span, "a function answers with a value, not with a status or a failure")
        .help("give a value: `given now -> \"2026-01-31T10:00:00Z\"`")
}

const CALLERS: &str =
    "write `given caller -> { subject: \"ada\" }`, or `given caller -> none` for one who shows nothing";

pub fn arguments_of_caller(span: Span) -> Diagnostic {
    Diagnostic::new(GIVEN, span, "who calls does not depend on arguments").help(CALLERS)
}

pub fn status_of_caller(span: Span) -> Diagnostic {
    Diagnostic::new(GIVEN, span, "who calls is somebody, and no status or failure").help(CALLERS)
}

pub fn part_of_caller(span: Span) -> Diagnostic {
    Diagnostic::new(GIVEN, span, "who calls is given as a whole").help(CALLERS)
}

/// Neither a subject nor a service is known of it.
pub fn nameless_caller(span: Span) -> Diagnostic {
    Diagnostic::new(CALLER, span, "nobody calls so: whoever is known has a `subject`, or is a `service`")
        .help(CALLERS)
}

/// `field` is one of `caller`, `from` are the ways to call that bring it along.
pub fn no_such_caller(span: Span, field: &str, from: &[&str]) -> Diagnostic {
    let ways = from.join("`, `");
    Diagnostic::new(CALLER, span, format!("nobody who calls has `{field}`"))
        .here("no service of the project asks for what brings it along")
        .help(format!("it comes with `auth: {ways}`: leave it out, or let such callers in"))
}

pub fn when_not_a_call(span: Span) -> Diagnostic {
    Diagnostic::new(WHEN, span, "`when` wants the call of an operation of a service")
        .help("write `when Orders.place(body: { … })`; maps and functions are tested with `expect`")
}

pub fn then_without_when(span: Span) -> Diagnostic {
    Diagnostic::new(THEN, span, "nothing has been called yet")
        .help("put `when Service.operation(…)` above; values are tested with `expect`")
}

pub fn undeclared_answer(span: Span, status: u16, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(UNDECLARED_ANSWER, span, format!("`{operation}` never answers {status}"))
        .label(declared, "declared here")
        .help("give an answer that the contract declares")
}

pub fn unknown_key<'n>(key: impl Into<At<'n>>, event: &str, near: Option<&str>) -> Diagnostic {
    let key = key.into();
    let diagnostic =
        Diagnostic::new(EVENT_KEY, key.span, format!("the event `{event}` has no field `{}`", key.text));
    suggest(
        diagnostic,
        key.span,
        near,
        "the key is one of the fields: events with the same key stay in order",
    )
}

pub fn optional_key<'n>(key: impl Into<At<'n>>, declared: Span) -> Diagnostic {
    let key = key.into();
    Diagnostic::new(EVENT_KEY, key.span, format!("the key `{}` may be absent", key.text))
        .label(declared, "it is optional here")
        .help("make the field required, or choose another key")
}

/// A test that failed, at the steps that were not as expected, with what is said there.
pub fn failed(name: &str, whole: Span, steps: &[(Span, String)]) -> Diagnostic {
    let message = format!("the test `{name}` failed");
    let mut steps = steps.iter();
    let Some((span, said)) = steps.next() else { return Diagnostic::new(FAILED, whole, message) };
    let first = Diagnostic::new(FAILED, *span, message).here(said);
    steps.fold(first, |diagnostic, (span, said)| diagnostic.label(*span, said))
}

/// A change after which all tests still pass.
pub fn unnoticed(span: Span, owner: &str, change: &str) -> Diagnostic {
    Diagnostic::new(UNNOTICED, span, format!("no test notices a change of `{owner}`")).here(change)
}

/// What none of them comes to.
pub fn unreached(span: Span, owner: &str, whole: Whole) -> Diagnostic {
    let what = match whole {
        Whole::All => format!("no test reaches `{owner}`"),
        Whole::Part => format!("no test reaches a part of `{owner}`"),
        Whole::Setting(name) => format!("no test reaches the `{name}` of `{owner}`"),
    };
    let diagnostic = Diagnostic::new(UNREACHED, span, what);
    match whole {
        Whole::All | Whole::Part => diagnostic,
        Whole::Setting(_) => {
            diagnostic.help("it is asked of callers: say with `given caller -> …` who calls")
        }
    }
}

/// How much of something a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    All,
    Part,
    /// A setting that is asked of those who call.
    Setting(&'static str),
}

/// Whether only `flowc mutate` finds this, so that a check cannot tell whether somebody accepts it in vain.
pub fn is_about_changes(code: Code) -> bool {
    [UNNOTICED, UNREACHED].contains(&code)
}
