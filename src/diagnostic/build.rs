//! What a checked program may still lack to be built.

use super::{Code, Diagnostic};
use crate::source::Span;

const NOT_YET: Code = Code::error("F1201", "build/not-yet");
const EMPTY_BUNDLE: Code = Code::error("F1202", "build/empty-bundle");
const SAME_ROUTE: Code = Code::error("F1203", "build/same-route");

pub const CODES: &[Code] = &[NOT_YET, EMPTY_BUNDLE, SAME_ROUTE];

/// A construct that the language has and `flowc build` does not build yet.
pub fn not_yet(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(NOT_YET, span, format!("{what} cannot be built yet"))
        .here("checked, but not yet emitted")
        .help("leave it out until `flowc build` knows it; `flowc check` goes on checking it")
}

/// A step of a test that the language has and `flowc test` does not do yet.
pub fn not_yet_tested(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(NOT_YET, span, format!("{what} cannot be tested yet"))
        .here("checked, but not yet run")
        .help("leave it out until `flowc test` knows it; `flowc check` goes on checking it")
}

/// A test that needs what there is only in process.
pub fn not_natively(span: Span, test: &str, why: &str) -> Diagnostic {
    Diagnostic::new(NOT_YET, span, format!("the test `{test}` cannot be run natively yet"))
        .here(why)
        .help("`flowc test` without `--native` runs it in process")
}

pub fn empty_bundle(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(EMPTY_BUNDLE, span, format!("the bundle `{name}` has no service"))
        .help("list the services that belong into it: `services = [\"Orders\"]`")
}

/// Two services of a bundle want the same requests.
pub fn same_route(span: Span, bundle: &str, name: &str, other: &str, path: &str) -> Diagnostic {
    let message = format!("in the bundle `{bundle}`, `{name}` and `{other}` answer the same requests");
    Diagnostic::new(SAME_ROUTE, span, message)
        .here(format!("both are at `{path}`"))
        .help("give one of them another path or version, or take it out of the bundle")
}
