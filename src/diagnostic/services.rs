//! Family 07: services, layers, operations, routes.

use super::names::{circle_of, suggest};
use super::{At, Code, Diagnostic};
use crate::source::Span;

const OPERATION_TWICE: Code = Code::error("F0701", "service/operation-twice");
const NO_SIGNATURE: Code = Code::error("F0702", "service/no-signature");
const NOT_IN_CONTRACT: Code = Code::error("F0703", "service/not-in-contract");
const NOT_IMPLEMENTED: Code = Code::error("F0704", "service/not-implemented");
const SAME_ROUTE: Code = Code::error("F0705", "service/same-route");
const PATH: Code = Code::error("F0706", "service/path");
const PARAMETER_TWICE: Code = Code::error("F0707", "service/parameter-twice");
const METHOD: Code = Code::error("F0708", "service/method");
const HEADER: Code = Code::error("F0709", "service/header");
const STATUS: Code = Code::error("F0710", "service/status");
const STANDARD_MEMBER: Code = Code::error("F0711", "service/standard-member");
const NO_BODY: Code = Code::error("F0712", "service/no-body");
const HANDLER: Code = Code::error("F0713", "service/handler");
const CRON: Code = Code::error("F0714", "service/cron");
const UNUSED_PARAMETER: Code = Code::warning("W0715", "service/unused-parameter");
const LAYER: Code = Code::error("F0716", "layer/violation");
const THIN_READ: Code = Code::warning("W0717", "layer/thin-read");
const CIRCLE: Code = Code::error("F0718", "layer/circle");
const BUSINESS: Code = Code::warning("W0719", "layer/business-in-system");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    OPERATION_TWICE,
    NO_SIGNATURE,
    NOT_IN_CONTRACT,
    NOT_IMPLEMENTED,
    SAME_ROUTE,
    PATH,
    PARAMETER_TWICE,
    METHOD,
    HEADER,
    STATUS,
    STANDARD_MEMBER,
    NO_BODY,
    HANDLER,
    CRON,
    UNUSED_PARAMETER,
    LAYER,
    THIN_READ,
    CIRCLE,
    BUSINESS,
];

pub fn operation_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(OPERATION_TWICE, name.span, format!("the operation `{}` is declared twice", name.text))
        .label(first, "first here")
        .help("give one of the two another name")
}

pub fn no_signature<'n>(name: impl Into<At<'n>>, service: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(NO_SIGNATURE, name.span, format!("the operation `{}` has no signature", name.text))
        .label(service, "this service implements no contract that could have it")
        .help(format!(
            "write it: `{}: GET /path -> T {{ … }}`, or name a contract with `implements`",
            name.text
        ))
}

pub fn not_in_contract<'n>(name: impl Into<At<'n>>, contract: Span, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let message = format!("the contract has no operation `{}`", name.text);
    let diagnostic =
        Diagnostic::new(NOT_IN_CONTRACT, name.span, message).label(contract, "this is the contract");
    suggest(diagnostic, name.span, near, "add it to the contract, or leave it out")
}

pub fn not_implemented(span: Span, service: &str, missing: &[&str], contract: Span) -> Diagnostic {
    let shown: Vec<String> = missing.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if missing.len() > 8 { format!(" and {} more", missing.len() - 8) } else { String::new() };
    Diagnostic::new(
        NOT_IMPLEMENTED,
        span,
        format!("`{service}` lacks {}{more} of its contract", shown.join(", ")),
    )
    .label(contract, "this is the contract")
    .help("add them: `name { steps }`")
}

pub fn same_route(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(SAME_ROUTE, span, "two operations have the same method and path")
        .label(first, "the other one")
        .help("parameters do not tell paths apart: change a method, or a fixed part of one of the paths")
}

pub fn empty_segment(span: Span) -> Diagnostic {
    Diagnostic::new(PATH, span, "the path has an empty part")
        .help("leave out the second `/`, and one at the end")
}

pub fn dot_segment(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(PATH, span, format!("`{text}` in a path is resolved before it reaches the service"))
        .help("leave it out")
}

pub fn mixed_segment(span: Span) -> Diagnostic {
    Diagnostic::new(PATH, span, "a parameter does not fill the whole part of the path")
        .help("write `/{name}`, and take the value apart in a step")
}

pub fn parameter_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(PARAMETER_TWICE, name.span, format!("the parameter `{}` is declared twice", name.text))
        .label(first, "first here")
        .help("give one of the two another name")
}

pub fn unknown_method<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(METHOD, name.span, format!("there is no method `{}` to serve", name.text));
    suggest(diagnostic, name.span, near, "the methods are GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")
}

pub fn body_of_read(span: Span, method: &str) -> Diagnostic {
    Diagnostic::new(METHOD, span, format!("a {method} has no body that could be relied on"))
        .help("use query parameters, or POST")
}

pub fn bad_header(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(HEADER, span, format!("`{}` is not the name of a header", name.escape_debug()))
        .help("letters, digits and `-`, such as \"X-Request-Id\"")
}

pub fn forbidden_header(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(HEADER, span, format!("the header `{name}` belongs to the connection"))
        .help("services do not read or set it: choose another header")
}

pub fn status_range<'n>(number: impl Into<At<'n>>, range: std::ops::Range<u16>) -> Diagnostic {
    let number = number.into();
    Diagnostic::new(STATUS, number.span, format!("{} is no status that can stand here", number.text))
        .help(format!("write a status from {} to {}", range.start, range.end - 1))
}

pub fn standard_member(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(STANDARD_MEMBER, span, format!("every problem has a member `{name}` already"))
        .help("choose another name: `type`, `title`, `status` and `instance` belong to RFC 9457")
}

pub fn no_body<'n>(part: impl Into<At<'n>>, operation: &str, declared: Span) -> Diagnostic {
    let part = part.into();
    Diagnostic::new(NO_BODY, part.span, format!("`{operation}` takes no body"))
        .label(declared, "declared here")
        .help("its answer is `.Response`")
}

pub fn handler_in_experience(span: Span, service: Span) -> Diagnostic {
    Diagnostic::new(HANDLER, span, "an experience only answers requests")
        .label(service, "this is an experience")
        .help("let a process or a system listen to events and times")
}

pub fn bad_cron(span: Span, fault: &str) -> Diagnostic {
    Diagnostic::new(CRON, span, "this is no time in the form of cron")
        .here(fault.to_owned())
        .help("minute, hour, day, month, weekday: `0 2 * * *` is every night at two, `*/15 * * * 1-5` every quarter of an hour on weekdays")
}

pub fn unused_parameter(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(UNUSED_PARAMETER, span, format!("no step uses the parameter `{name}`"))
        .help(format!("use it, leave it out, or call it `_{name}` to say that this is meant"))
}

pub fn calls_backend(span: Span, layer: &str, service: &str, backend: &str, declared: Span) -> Diagnostic {
    let article = if layer == "experience" { "an" } else { "a" };
    Diagnostic::new(LAYER, span, format!("{article} {layer} calls the backend `{backend}` itself"))
        .label(declared, format!("`{service}` is {article} {layer}"))
        .help(
            "put the call into a system service, and call that: only systems know the contracts of backends",
        )
}

/// Each side is the word for the layer and the name of the service.
pub fn layer(span: Span, from: (&str, &str), to: (&str, &str), declared: Span) -> Diagnostic {
    Diagnostic::new(LAYER, span, format!("the {} `{}` calls the {} `{}`", from.0, from.1, to.0, to.1))
        .label(declared, format!("`{}` is declared here", to.1))
        .help("calls go down: experiences call processes, processes call systems and processes, systems call backends")
}

pub fn experience_calls_system(span: Span, from: &str, to: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(THIN_READ, span, format!("the experience `{from}` calls the system `{to}` without a process between"))
        .label(declared, format!("`{to}` is declared here"))
        .help("call a process; where reading through is meant, write `experience_may_call_systems = true` under `[layers]` in flow.toml")
}

pub fn circle(span: Span, circle: &[&str], declared: Span) -> Diagnostic {
    Diagnostic::new(CIRCLE, span, format!("services call each other in a circle: {}", circle_of(circle)))
        .label(declared, "the circle comes back to this")
        .help("put what both need into a service that both call")
}

pub fn orchestration_in_system(span: Span, first: &str, second: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(
        BUSINESS,
        span,
        format!("this operation of a system joins two backends, `{first}` and `{second}`"),
    )
    .label(declared, "this operation")
    .help("a system gives access to one backend: join them in a process")
}

pub fn condition_in_system(span: Span) -> Diagnostic {
    Diagnostic::new(BUSINESS, span, "a system decides by business data")
        .help("let the system answer what the backend says, and decide in a process")
}
