//! What the language has and `flowc build` does not build yet is refused by name and never skipped; so is what cannot
//! be built at all. What `flowc` says of each is kept word by word.

use std::fmt::Write;

use super::{folder, run};

const CONTRACT: &str = r#"{
  "openapi": "3.0.3",
  "info": { "title": "Erp", "version": "1" },
  "servers": [{ "url": "https://erp.example.com" }],
  "paths": {
    "/items": {
      "get": { "operationId": "items", "responses": { "204": { "description": "All." } } },
      "post": { "operationId": "add", "responses": { "204": { "description": "Added." } } }
    }
  }
}"#;

/// Where a setting stands in a program that is built without it.
#[derive(Clone, Copy)]
enum Place {
    Backend,
    Service,
    Operation,
    Call,
    /// Behind the type of the body, or a step, or anything else.
    Step,
    Item,
    Top,
}

use Place::{Backend, Call, Item, Operation, Service, Step, Top};

const CASES: &[(Place, &str)] = &[
    (Backend, "auth: oauth2 { token: env.TOKEN_URL, client: \"flow\", secret: secret.ERP.urlDecode() }"),
    (Backend, "auth: bearer { token: secret.KEY as string of 8..80 }"),
    (Backend, "auth: api_key { key: secret.KEY, place: header \"{env.KEY_HEADER}\" }"),
    (Backend, "timeout: env.TIMEOUT as duration?"),
    (Backend, "retry: { backoff: env.PAUSES as durations }"),
    (Backend, "limit: { rate: 10/s, wait: env.WAIT as duration? }"),
    (Backend, "cache: { keep: 10s, key: env.KEY }"),
    (Service, "owner: env.TEAM"),
    (Service, "tags: [env.TAG]"),
    (Service, "cors: { origins: [\"https://shop.example.com\"], credentials: env.COOKIES as bool }"),
    (Service, "cors: { origins: [\"https://shop.example.com\"], headers: [env.HEADER] }"),
    (Service, "deprecated: { since: env.SINCE as date }"),
    (Operation, "pages: env.PAGES as bool"),
    (Operation, "degraded: header \"{env.DEGRADED}\""),
    (Operation, "deprecated: { since: \"2026-01-01\", link: env.LINK }"),
    (Operation, "async: true"),
    (Step, "emit Added { id: \"1\" }"),
    (Item, "every 5m {\n    log info \"still here\" {}\n  }"),
    (Item, "cron \"0 2 * * *\" {\n    log info \"two o'clock\" {}\n  }"),
    (Item, "on Added as e (group: \"items\") {\n    log info \"added\" { id: e.id }\n  }"),
    (
        Item,
        "hook: POST /hooks (_body: json) verify token { header: \"X-Token\", secret: secret.HOOK } -> 204 {\n    return 204\n  }",
    ),
    (Top, "broker Other {\n  url: \"embedded:\"\n}"),
];

/// The program with something at a place.
fn program(place: Place, text: &str) -> String {
    let at = |wanted: Place| if wanted as u8 == place as u8 { format!("  {text}\n") } else { String::new() };
    let with = if matches!(place, Call) { format!(" with {{ {text} }}") } else { String::new() };
    let auth = if text.starts_with("auth") { "" } else { "  auth: public\n" };
    let auth = if matches!(place, Service) { auth } else { "  auth: public\n" };
    let event = "broker Bus {\n  url: \"embedded:\"\n}\n\nevent Added v1 on Bus \"items.added\" key id {\n  id: string\n}\n\n";
    let event = if text.contains("Added") { event } else { "" };
    format!(
        "{event}backend Erp {{\n  contract: \"erp.json\"\n{}}}\n\nsystem Items v1 {{\n{auth}{}\n  all: GET /items -> 204 {{\n  {}  \
         {}  Erp.items(){with}\n    return 204\n  }}\n\n{}}}\n\n{}",
        at(Backend),
        at(Service),
        at(Operation),
        at(Step),
        at(Item),
        text_at_top(place, text),
    )
}

fn text_at_top(place: Place, text: &str) -> String {
    if matches!(place, Top) { format!("{text}\n") } else { String::new() }
}

/// What `flowc build` prints of a project.
fn said(flow: &str, manifest: &str) -> String {
    let folder = folder(&[("flow.toml", manifest), ("main.flow", flow), ("erp.json", CONTRACT)]);
    let built = run(folder.path(), &["build", "--quiet", "--color", "never"]);
    assert!(!folder.path().join("dist").exists() || built.code == 0, "nothing is written");
    format!("{}{}", built.out, built.err)
}

const MANIFEST: &str = "[project]\nname = \"items\"\n";

#[test]
fn what_is_not_built_yet_is_said() {
    let (mut all, mut faults) = (String::new(), Vec::new());
    for (place, text) in CASES {
        let said = said(&program(*place, text), MANIFEST);
        let (known, errors) =
            (said.matches("error[F1201 build/not-yet]").count(), said.matches("error[").count());
        if known == 0 || known != errors {
            faults.push(format!("{text}:\n{said}"));
        }
        let _ = writeln!(all, "---- {text}\n{said}");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    insta::assert_snapshot!(all);
}

/// Otherwise the cases above would show nothing.
#[test]
fn the_program_around_them_is_built() {
    assert_eq!(said(&program(Backend, ""), MANIFEST), "");
}

/// What turns a setting off is no setting.
#[test]
fn what_is_turned_off_is_built() {
    for (place, text) in [
        (Backend, "retry: none"),
        (Backend, "auth: none"),
        (Backend, "headers: {}"),
        (Service, "audit: off"),
        (Service, "cors: none"),
        (Operation, "cache: none"),
        (Operation, "async: false"),
        (Call, "cache: none"),
    ] {
        assert_eq!(said(&program(place, text), MANIFEST), "", "{text}");
    }
}

/// A setting of a service holds for each of its operations, and is refused once.
#[test]
fn a_setting_is_refused_once() {
    let second = "two: GET /two -> 204 {\n    Erp.items()\n    return 204\n  }";
    let flow = program(Item, second)
        .replace("auth: public", "auth: public\n  slo: { availability: env.SHARE as percent }");
    assert_eq!(said(&flow, MANIFEST).matches("error[").count(), 1);
}

#[test]
fn bundles_that_cannot_be() {
    let service = |name: &str, id: &str| {
        format!(
            "system {name} v1 {{\n  auth: public\n\n  get: GET /things/{{{id}: int}} -> int {{\n    return {id}\n  }}\n}}\n"
        )
    };
    let flow = format!("{}\n{}", service("One", "id"), service("Two", "key"));
    let bundle = |services: &str| format!("{MANIFEST}\n[bundle.all]\nservices = [{services}]\n");
    insta::assert_snapshot!(said(&flow, &bundle("\"One\", \"Two\"")));
    insta::assert_snapshot!(said(&flow, &bundle("")));
    assert_eq!(said(&flow, &bundle("\"One\", \"One\"")), "", "a service that is named twice is in it once");
}
