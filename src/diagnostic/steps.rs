//! Family 06: steps, calls and their failures.

use super::names::suggest;
use super::settings::absent_key;
use super::{At, Code, Diagnostic};
use crate::source::Span;

const CALL_INSIDE: Code = Code::error("F0601", "step/call-inside");
const CLAUSE: Code = Code::error("F0602", "step/clause");
const ARMS: Code = Code::error("F0603", "step/arms");
const ELSE_NEVER_TAKEN: Code = Code::warning("W0604", "step/else-never-taken");
const UNDO: Code = Code::error("F0605", "step/undo");
const BOUND_WITHOUT_CALL: Code = Code::error("F0606", "step/bound-without-call");
const TOGETHER: Code = Code::error("F0607", "step/together");
const VALUE_UNUSED: Code = Code::error("F0608", "step/value-unused");
const BINDS_NOTHING: Code = Code::error("F0609", "step/binds-nothing");
const NEVER_REACHED: Code = Code::error("F0610", "step/never-reached");
const RETURN: Code = Code::error("F0611", "step/return");
const ENDS_WITHOUT_RETURN: Code = Code::error("F0612", "step/ends-without-return");
const UNDECLARED_PROBLEM: Code = Code::error("F0613", "step/undeclared-problem");
const UNKNOWN_PROBLEM: Code = Code::error("F0614", "step/unknown-problem");
const UNKNOWN_FAILURE: Code = Code::error("F0615", "step/unknown-failure");
const UNDECLARED_STATUS: Code = Code::warning("W0616", "step/undeclared-status");
const UNKNOWN_EVENT: Code = Code::error("F0617", "step/unknown-event");
const UNKNOWN_LEVEL: Code = Code::error("F0618", "step/unknown-level");
const FAIL_OUTSIDE: Code = Code::error("F0619", "step/fail-outside");
const UNDECLARED_SUCCESS: Code = Code::error("F0620", "step/undeclared-success");
const UNDO_READS: Code = Code::error("F0621", "step/undo-reads");
const UNHANDLED: Code = Code::warning("W0621", "step/unhandled");
const NO_UNDO: Code = Code::warning("W0622", "step/no-undo");
const REPEATED_UNDO: Code = Code::warning("W0623", "step/repeated-undo");
const IDEMPOTENT: Code = Code::warning("W0624", "step/idempotent");
const UNDO_FOR_NOBODY: Code = Code::warning("W0625", "step/undo-for-nobody");
const REPLAYED: Code = Code::warning("W0626", "step/replayed");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    CALL_INSIDE,
    CLAUSE,
    ARMS,
    ELSE_NEVER_TAKEN,
    UNDO,
    BOUND_WITHOUT_CALL,
    TOGETHER,
    VALUE_UNUSED,
    BINDS_NOTHING,
    NEVER_REACHED,
    RETURN,
    ENDS_WITHOUT_RETURN,
    UNDECLARED_PROBLEM,
    UNKNOWN_PROBLEM,
    UNKNOWN_FAILURE,
    UNDECLARED_STATUS,
    UNKNOWN_EVENT,
    UNKNOWN_LEVEL,
    FAIL_OUTSIDE,
    UNDECLARED_SUCCESS,
    UNDO_READS,
    UNHANDLED,
    NO_UNDO,
    REPEATED_UNDO,
    IDEMPOTENT,
    UNDO_FOR_NOBODY,
    REPLAYED,
];

pub fn call_inside(span: Span, in_steps: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(CALL_INSIDE, span, "an operation is called inside of an expression");
    if in_steps {
        diagnostic.help("give the call a step of its own, `let value = …`, and name the value here")
    } else {
        diagnostic.help(
            "maps, functions and settings are pure: call the operation in a step, and pass the value in",
        )
    }
}

pub fn clause_without_call(span: Span, clause: &str) -> Diagnostic {
    Diagnostic::new(CLAUSE, span, format!("`{clause}` stands behind a value that is no call"))
        .help(format!("`{clause}` belongs to the call of an operation: leave it out here"))
}

pub fn clause_outside_fan(span: Span) -> Diagnostic {
    Diagnostic::new(CLAUSE, span, "this clause stands outside of the `for`")
        .help("put it behind the call that `yield` makes: it then holds for each of the calls")
}

pub fn final_and_undo(span: Span, undo: Span) -> Diagnostic {
    Diagnostic::new(CLAUSE, span, "`final` says that this needs no `undo`, and there is one")
        .label(undo, "this is the `undo`")
        .help("keep one of the two")
}

pub fn arms_without_call(span: Span) -> Diagnostic {
    Diagnostic::new(ARMS, span, "a conversion has only one way to fail")
        .help("write `else value`, or `else fail Problem` where steps stand")
}

pub fn else_never_taken(span: Span, value: Span, optional: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(ELSE_NEVER_TAKEN, span, "this `else` is never taken")
        .label(value, if optional { "this may be absent, but it does not fail" } else { "this cannot fail" });
    if optional {
        diagnostic.help("a default for an absent value is written `?? value`")
    } else {
        diagnostic.help("leave it out")
    }
}

pub fn undo_not_a_call(span: Span) -> Diagnostic {
    Diagnostic::new(UNDO, span, "`undo` wants the call of an operation")
        .help("name the operation that takes the effect back: `undo Stock.release(hold.id)`")
}

pub fn bound_without_call(span: Span) -> Diagnostic {
    Diagnostic::new(BOUND_WITHOUT_CALL, span, "`at most` bounds calls, and this `for` makes none")
        .help("leave it out")
}

pub fn together_of_one(span: Span) -> Diagnostic {
    Diagnostic::new(TOGETHER, span, "`together` wants at least two steps")
        .help("write the step without `together`, or put the others into it")
}

pub fn not_together(span: Span) -> Diagnostic {
    Diagnostic::new(TOGETHER, span, "only calls, with or without `let`, stand in `together`")
        .help("put the step above or below")
}

pub fn needs_sibling<'n>(name: impl Into<At<'n>>, bound: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(
        TOGETHER,
        name.span,
        format!("`{}` is bound by a step that runs at the same time", name.text),
    )
    .label(bound, "bound here, in the same `together`")
    .help("steps of one `together` cannot wait for each other: move this one below")
}

pub fn value_unused(span: Span) -> Diagnostic {
    Diagnostic::new(VALUE_UNUSED, span, "nothing becomes of this value")
        .help("bind it with `let`, return it, or leave it out: an expression changes nothing")
}

pub fn never_used(name: &str, span: Span, is_call: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(VALUE_UNUSED, span, format!("nobody uses `{name}`"));
    if is_call {
        diagnostic.help(format!(
            "leave the step out; if the call is needed for what it does, write it without `let`; `_{name}` says that this is meant"
        ))
    } else {
        diagnostic.help(format!("leave it out, or call it `_{name}` to say that this is meant"))
    }
}

pub fn binds_nothing(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(BINDS_NOTHING, span, format!("the call answers without a value, so `{name}` is nothing"))
        .help("write the call without `let`")
}

pub fn never_reached(span: Span, end: Span) -> Diagnostic {
    Diagnostic::new(NEVER_REACHED, span, "this step is never reached")
        .label(end, "the operation has ended here")
        .help("leave it out, or move it up")
}

pub fn return_without_outcome(span: Span) -> Diagnostic {
    Diagnostic::new(RETURN, span, "there is nobody to return to here").help(
        "handlers of events and times end with their last step: leave it out, or use `when` to skip steps",
    )
}

pub fn return_without_value(span: Span, want: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(RETURN, span, format!("`return` gives no value, and the operation answers with `{want}`"))
        .label(declared, "declared here")
        .help("write `return value`")
}

pub fn value_for_nothing(span: Span, ty: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(RETURN, span, format!("`{ty}` is returned, and the operation answers without a body"))
        .label(declared, "declared here")
        .help("return nothing, or declare the type: `-> Order`")
}

pub fn undeclared_success(span: Span, status: u16, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(UNDECLARED_SUCCESS, span, format!("`{operation}` does not declare the status {status}"))
        .label(declared, "declared here")
        .help(format!("add it to the outcomes, `-> {status} T`, or return a declared one"))
}

pub fn ends_without_return(span: Span, name: &str, ty: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(ENDS_WITHOUT_RETURN, span.after(), format!("`{name}` can end here without an answer"))
        .label(declared, format!("it answers with `{ty}`"))
        .help("end every way with `return` or `fail`")
}

pub fn undeclared_problem(span: Span, problem: &str, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        UNDECLARED_PROBLEM,
        span,
        format!("`{operation}` does not declare the problem `{problem}`"),
    )
    .label(declared, "its outcomes are declared here")
    .help(format!("add it to the outcomes: `-> … | {problem}`"))
}

/// The same where the outcomes stand in the contract that the service implements.
pub fn not_of_contract(
    span: Span,
    problem: &str,
    status: u16,
    operation: &str,
    declared: Span,
) -> Diagnostic {
    Diagnostic::new(
        UNDECLARED_PROBLEM,
        span,
        format!("`{operation}` has no answer with {status} in its contract, and `{problem}` is one"),
    )
    .label(declared, "its outcomes are those of this operation")
    .help(format!(
        "fail with a problem whose status the contract declares, or add an answer with {status} to the contract"
    ))
}

pub fn unknown_problem<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_PROBLEM, name.span, format!("there is no problem `{}`", name.text));
    let advice = format!("declare it: `problem {} 409 \"What is wrong\"`", name.text);
    suggest(diagnostic, name.span, near, &advice)
}

pub fn problem_not_answered(span: Span, problem: &str, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(UNKNOWN_FAILURE, span, format!("`{operation}` never answers with `{problem}`"))
        .label(declared, "its outcomes are declared here")
        .help("name one of its outcomes, or a status")
}

pub fn unknown_failure<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_FAILURE, name.span, format!("`{}` is no way for a call to fail", name.text));
    let advice = "name a status (`404`, `4xx`), `timeout`, `unreachable`, `rejected`, `malformed`, or a problem of the operation";
    suggest(diagnostic, name.span, near, advice)
}

pub fn undeclared_status(span: Span, status: u16, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        UNDECLARED_STATUS,
        span,
        format!("the contract of `{operation}` does not name the status {status}"),
    )
    .label(declared, "declared here")
    .help("check the status; if the backend does send it, have its contract corrected")
}

pub fn success_in_else(span: Span, status: u16) -> Diagnostic {
    Diagnostic::new(UNKNOWN_FAILURE, span, format!("{status} is a success, and `else` is for failures"))
        .help("leave the arm out")
}

pub fn unknown_event<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic = Diagnostic::new(UNKNOWN_EVENT, name.span, format!("there is no event `{}`", name.text));
    let advice = format!("declare it: `event {} v1 on Bus \"topic\" {{ … }}`", name.text);
    suggest(diagnostic, name.span, near, &advice)
}

pub fn unknown_level<'n>(level: impl Into<At<'n>>, known: &[&str]) -> Diagnostic {
    let level = level.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_LEVEL, level.span, format!("there is no level `{}`", level.text));
    suggest(
        diagnostic,
        level.span,
        super::nearest(level.text, known.iter().copied()),
        &format!("the levels are {}", known.join(", ")),
    )
}

pub fn fail_outside_steps(span: Span) -> Diagnostic {
    Diagnostic::new(FAIL_OUTSIDE, span, "`fail` ends an operation, and this is none")
        .help("give a value here; the operation that calls this decides with `else fail …`")
}

pub fn unhandled(span: Span, operation: &str, statuses: &[String], declared: Span) -> Diagnostic {
    let shown = statuses.join(", ");
    let arms: Vec<String> = statuses.iter().map(|status| format!("{status} => …")).collect();
    Diagnostic::new(
        UNHANDLED,
        span,
        format!("`{operation}` can answer {shown}, and that is not handled here"),
    )
    .label(declared, "declared here")
    .help(format!("say what it means: `else {{ {} }}`; otherwise the caller gets a 502", arms.join(", ")))
}

pub fn no_undo(span: Span, operation: &str, failing: Span) -> Diagnostic {
    Diagnostic::new(NO_UNDO, span, format!("what `{operation}` does stays done when a later step fails"))
        .label(failing, "this step can fail")
        .help("say how it is taken back, `undo …`, or that it need not be, `final`")
}

/// `declared` is where the contract, or the service, says what it does.
pub fn undo_reads(span: Span, operation: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(UNDO_READS, span, format!("`{operation}` changes nothing, so it takes nothing back"))
        .label(declared, "it only reads")
        .help("name the operation that takes the effect back, or say `final` if it may stay")
}

/// `declared` is where the contract, or the service, says that this is a write.
/// `key`: one that the call carries, unless it is absent.
pub fn repeated_undo(
    span: Span,
    operation: &str,
    (declared, method): (Span, &str),
    key: Option<Span>,
) -> Diagnostic {
    let found = Diagnostic::new(
        REPEATED_UNDO,
        span,
        format!("an `undo` is tried until it is done, and `{operation}` twice is not as once"),
    )
    .label(declared, format!("a {method}, and no idempotency key"));
    absent_key(found, key).help("give the call an idempotency key where the contract takes one, or undo with a PUT or a DELETE; if a repeat does no harm, say why: `// flowc: allow(W0623) because \"…\"`")
}

pub fn undo_with_new_keys(span: Span, operation: &str, key: Span) -> Diagnostic {
    Diagnostic::new(
        REPEATED_UNDO,
        span,
        format!("an `undo` is tried until it is done, and `{operation}` has another key in each try"),
    )
    .label(key, "worked out anew each time")
    .help("make the key of what is to be undone, such as `\"undo-{paid.id}\"`, or of a value that a `let` above the write has bound")
}

/// `undo`: what takes it back.
pub fn replayed(span: Span, operation: &str, undo: Span) -> Diagnostic {
    let message =
        format!("`{operation}` is not done again when it was undone and the same request comes once more");
    Diagnostic::new(REPLAYED, span, message)
        .here("made of the request alone, so it is the same then: the answer is that of the write that was undone")
        .label(undo, "this takes it back when a later step fails")
        .help("make it of something that each run has of its own, such as `let run = uuid()`, and have the operation `idempotent`, so that a repeat of the request is not another run")
}

pub fn constant_key_of_call(span: Span, operation: &str) -> Diagnostic {
    Diagnostic::new(IDEMPOTENT, span, format!("all calls of `{operation}` have the same key"))
        .here("the other side takes the second one for the first, and does nothing")
        .help("make it of what the write is about, such as `\"pay-{body.orderId}\"`")
}

pub fn idempotent_read(span: Span, operation: &str, method: &str) -> Diagnostic {
    Diagnostic::new(IDEMPOTENT, span, format!("`{operation}` is a {method}, which may be sent twice anyway"))
        .help("leave `idempotent` out; an answer that may be used again is what `cache` is for")
}

pub fn constant_key(span: Span) -> Diagnostic {
    Diagnostic::new(IDEMPOTENT, span, "this key is the same for all requests of a caller")
        .here("the second request gets the answer of the first, whatever it asks for")
        .help("make it of what tells requests apart: `key: header \"Idempotency-Key\"`, or `key: \"{body.orderId}\"`")
}

/// `service` is the one whose undo it is, by the name that others know it by.
pub fn undo_for_nobody(span: Span, operation: &str, allow: Span, service: &str) -> Diagnostic {
    let message =
        format!("`{operation}` refuses this undo when it is done in the background, such as after a restart");
    Diagnostic::new(UNDO_FOR_NOBODY, span, message)
        .here("it acts for nobody then")
        .label(allow, "this cannot hold without a caller")
        .help(format!("let the service in whose undo it is, too: `… or caller.service == \"{service}\"`"))
}
