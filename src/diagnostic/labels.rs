//! Family 09: labels, secrets and who may call.

use super::types::Clash;
use super::{Code, Diagnostic};
use crate::source::Span;

const INTO_FIELD: Code = Code::error("F0901", "label/into-field");
const INTO_LOG: Code = Code::error("F0902", "label/into-log");
const INTO_PROBLEM: Code = Code::error("F0903", "label/into-problem");
const INTO_URL: Code = Code::error("F0904", "label/into-url");
const INTO_ANSWER: Code = Code::error("F0905", "label/into-answer");
const SECRET_LITERAL: Code = Code::error("F0906", "flow/secret-literal");
const REVEAL: Code = Code::error("F0907", "label/reveal");
const NO_CALLER: Code = Code::error("F0908", "auth/no-caller");
const SCOPES: Code = Code::error("F0909", "auth/scopes");
const NOT_ALLOWED: Code = Code::warning("W0910", "auth/identifier-without-allow");
const SHARED_CACHE: Code = Code::error("F0911", "auth/shared-cache");
const NO_SERVICE: Code = Code::error("F0912", "auth/no-service");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    INTO_FIELD,
    INTO_LOG,
    INTO_PROBLEM,
    INTO_URL,
    INTO_ANSWER,
    SECRET_LITERAL,
    REVEAL,
    NO_CALLER,
    SCOPES,
    NOT_ALLOWED,
    SHARED_CACHE,
    NO_SERVICE,
];

const REVEAL_HELP: &str =
    "where it is meant, take the label off with `reveal(value, \"why\")`: all such places are listed";

pub fn into_field(span: Span, labels: impl std::fmt::Display, field: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(INTO_FIELD, span, format!("this is {labels}, and `{field}` does not carry that label"))
        .label(declared, "declared here without it")
        .help(format!("label the field `{labels}`; a backend says `accepts: [personal]` for what it may be sent; {REVEAL_HELP}"))
}

/// A field of a setting: nobody can label those.
pub fn into_setting(span: Span, labels: impl std::fmt::Display, field: &str) -> Diagnostic {
    let message = format!("this is {labels}, and the setting `{field}` is no place for it");
    Diagnostic::new(INTO_FIELD, span, message)
        .help(format!("take something that stands for it, such as its `.hmac(…)`; {REVEAL_HELP}"))
}

/// The same inside of a value that is passed on as a whole.
pub fn lost_inside(clash: &Clash<'_>, labels: &str) -> Diagnostic {
    let diagnostic =
        super::types::clash(INTO_FIELD, clash, format!("{} would lose the label {labels}", clash.what));
    diagnostic.help(format!("label the field `{labels}`; a backend says `accepts: [personal]` for what it may be sent; {REVEAL_HELP}"))
}

pub fn into_log(span: Span, labels: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(INTO_LOG, span, format!("this is {labels}, and would stand in the log")).help(format!(
        "leave it out, or log something that stands for it, such as its `.hmac(…)`; {REVEAL_HELP}"
    ))
}

pub fn into_problem(span: Span, labels: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(INTO_PROBLEM, span, format!("this is {labels}, and would stand in a problem"))
        .help(format!("problems are logged and shown: leave it out; {REVEAL_HELP}"))
}

pub fn declared_in(field: &str, labels: impl std::fmt::Display, place: &str, span: Span) -> Diagnostic {
    Diagnostic::new(INTO_PROBLEM, span, format!("`{field}` is {labels}, and {place} is no place for it"))
        .help("problems are logged and shown: leave it out")
}

pub fn into_url(span: Span, labels: impl std::fmt::Display, param: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(INTO_URL, span, format!("this is {labels}, and would stand in a URL"))
        .label(declared, format!("`{param}` is a part of the URL"))
        .help(format!("URLs end in logs: send it in a header or a body; {REVEAL_HELP}"))
}

/// A parameter of our own that stands in the URL.
pub fn declared_in_url(span: Span, labels: impl std::fmt::Display, param: &str) -> Diagnostic {
    Diagnostic::new(INTO_URL, span, format!("`{param}` is {labels}, and stands in the URL"))
        .help("URLs end in logs: take it in a header, or in the body of a POST")
}

pub fn into_answer(span: Span, labels: impl std::fmt::Display, declared: Span) -> Diagnostic {
    Diagnostic::new(INTO_ANSWER, span, format!("this is {labels}, and the answer does not say so"))
        .label(declared, "declared here")
        .help(format!("answer with a record whose field is labelled `{labels}`; {REVEAL_HELP}"))
}

pub fn secret_literal(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(SECRET_LITERAL, span, format!("{what} is written out in the source"))
        .here("whoever reads the repository reads it")
        .help("read it at start: `secret.NAME` is an environment variable or a mounted file; then change the secret, since it is known now")
}

pub fn secret_default(span: Span) -> Diagnostic {
    Diagnostic::new(SECRET_LITERAL, span, "a secret is no default").help("read it at start: `secret.NAME`")
}

pub fn reveal_without_reason(span: Span) -> Diagnostic {
    Diagnostic::new(REVEAL, span, "a label is taken off without a reason")
        .help("say why in the second argument: whoever reviews the list of such places reads it")
}

pub fn no_caller(span: Span) -> Diagnostic {
    Diagnostic::new(NO_CALLER, span, "nobody has to say who they are here, so there is no `caller`")
        .help("ask for it with `auth: jwt { … }` instead of `auth: public`")
}

pub fn missing_scopes(
    span: Span,
    operation: &str,
    missing: &[&str],
    asked: Span,
    declared: Span,
) -> Diagnostic {
    let shown: Vec<String> = missing.iter().map(|scope| format!("`{scope}`")).collect();
    let noun = if missing.len() == 1 { "scope" } else { "scopes" };
    let quoted: Vec<String> = missing.iter().map(|scope| format!("\"{scope}\"")).collect();
    Diagnostic::new(
        SCOPES,
        span,
        format!("`{operation}` needs the {noun} {}, which the token is not asked for", shown.join(", ")),
    )
    .label(declared, "the contract asks for it here")
    .label(asked, "these scopes are asked for")
    .help(format!("add {} to `scopes`", quoted.join(", ")))
}

/// `shown` is what callers have, such as `a token`.
/// `has_allow`: there is one, which lets some callers in and not others, whatever they ask for.
pub fn identifier_without_allow(
    span: Span,
    param: &str,
    shown: &str,
    has_allow: bool,
    operation: Span,
) -> Diagnostic {
    let (who, more) = match has_allow {
        true => (
            "whoever `allow` lets in".to_owned(),
            "; or where that is meant, accept it: `// flowc: allow(W0910) because \"…\"`",
        ),
        false => (format!("any caller with {shown}"), "; or let only services call, `auth: service`"),
    };
    Diagnostic::new(NOT_ALLOWED, span, format!("{who} may ask for any `{param}`"))
        .label(operation, "no `allow` of this operation mentions it")
        .help(format!("say who may: `allow: caller.subject == {param}`, `allow: caller.scopes.has(\"…\") or …{param}…`{more}"))
}

pub fn caller_in_shared_cache(span: Span, answer: Span) -> Diagnostic {
    Diagnostic::new(SHARED_CACHE, span, "an answer that depends on the caller would be kept for everybody")
        .label(answer, "the caller has a part in this")
        .help("keep it for each caller: `cache: { keep: 30s, by: caller }`")
}

pub fn acting_in_shared_cache(span: Span, call: Span) -> Diagnostic {
    Diagnostic::new(SHARED_CACHE, span, "an answer that depends on the caller would be kept for everybody")
        .label(call, "the service that is called here is told who the caller is, and looks at it")
        .help("keep it for each caller: `cache: { keep: 30s, by: caller }`")
}

pub fn labelled_in_shared_cache(span: Span, labels: impl std::fmt::Display, answer: Span) -> Diagnostic {
    Diagnostic::new(SHARED_CACHE, span, format!("{labels} data would be kept for everybody"))
        .label(answer, "the answer carries the label")
        .help("keep it for each caller: `cache: { keep: 30s, by: caller }`")
}

pub fn no_service(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let message = format!("`{}` is no name that a service can have", name.escape_debug());
    with_service(Diagnostic::new(NO_SERVICE, span, message), near).here("the caller never is that")
}

/// `near` is the name of a service.
pub(super) fn with_service(diagnostic: Diagnostic, near: Option<&str>) -> Diagnostic {
    // No fix: who may call is not for a tool to change.
    diagnostic.help(match near {
        Some(near) => format!("did you mean `\"{near}\"`?"),
        None => {
            "name a service of the project as logs do: `\"Orders\"`, and `\"OrdersV2\"` for a further version"
                .to_owned()
        }
    })
}
