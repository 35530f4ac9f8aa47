//! Findings for the tests of the renderers: each form that a finding can have.

use std::sync::LazyLock;

use super::{Prefix, View};
use crate::diagnostic::{Code, Diagnostic, project};
use crate::source::{SourceId, Sources, Span};

const MISMATCH: Code = project::NOT_FOUND;
pub const UNHANDLED: Code = project::EMPTY;

const FLOW: &str = "map customer(r: Erp.Customer) -> Customer {\n  id:   r.cust_no\n\tname: r.nam\n}\n";
const CONTRACT: &str = "openapi: 3.0.3\ncomponents:\n  schemas:\n    Customer:\n      properties:\n        name: { type: integer }\n";

/// Two texts, and findings about them.
pub fn findings() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let flow = sources.add("src/customers.flow", FLOW);
    let contract = sources.add("contracts/erp.yaml", CONTRACT);
    let name = find(&sources, contract, "name: { type: integer }");
    let findings = vec![
        Diagnostic::new(
            MISMATCH,
            find(&sources, flow, "r.nam"),
            "`r.nam` is `int`, but `Customer.name` is `string`",
        )
        .here("this is `int`")
        .label(name, "declared as integer here")
        .help("write `r.name.toString()`, or change\nthe type of `name`")
        .fix("turn it into text", find(&sources, flow, "r.nam"), "r.name.toString()"),
        Diagnostic::new(UNHANDLED, name, "a name: 100% of \u{1b}[31mthe\u{202e} \"<worst>\" [kind], really"),
        Diagnostic::new(
            MISMATCH,
            find(&sources, flow, "map customer").to(find(&sources, flow, "\n}")),
            "all of it",
        ),
    ];
    (sources, findings)
}

pub fn view(sources: &Sources) -> View<'_> {
    static PREFIXES: LazyLock<Vec<Prefix>> =
        LazyLock::new(|| vec![Prefix { from: SourceId(0), text: "shop/".to_string(), here: String::new() }]);
    View { sources, prefixes: &PREFIXES }
}

pub fn find(sources: &Sources, source: SourceId, text: &str) -> Span {
    let start = sources.get(source).text.find(text).expect("the text is there");
    Span::new(source, start, start + text.len())
}
