//! `flowc test` from outside: what is said of tests that pass, that fail, and that cannot be run yet.

use std::fs;

use super::{MANIFEST, Ran, folder, run};

pub const CONTRACT: (&str, &str) = (
    "erp.json",
    r##"{
  "openapi": "3.0.3",
  "info": { "title": "Erp", "version": "1" },
  "servers": [{ "url": "https://erp.example.com" }],
  "paths": {
    "/items/{id}": {
      "get": {
        "operationId": "item",
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": {
          "200": {
            "description": "It is there.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Item" } } }
          },
          "404": { "description": "It is not." }
        }
      },
      "delete": {
        "operationId": "remove",
        "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "204": { "description": "Gone." } }
      }
    }
  },
  "components": {
    "schemas": {
      "Item": {
        "type": "object",
        "required": ["id", "name", "tags"],
        "properties": {
          "id": { "type": "string" },
          "name": { "type": "string" },
          "tags": { "type": "array", "items": { "type": "string" } }
        }
      }
    }
  }
}"##,
);

/// Who may call it cannot be built yet, and does not matter to a test.
pub const PROGRAM: (&str, &str) = (
    "items.flow",
    r#"backend Erp {
  contract: "erp.json"
  auth:     oauth2 { token: env.TOKEN_URL, client: "flow", secret: secret.ERP }
}

type Item {
  id:   string
  name: string
  tags: [string]
  read: datetime
}

problem NotFound 404 "No such thing" { id: string }

system Items v1 {
  auth: jwt { issuer: env.ISSUER, audience: "items" }

  get: GET /items/{id: string} -> Item | NotFound {
    allow: caller.subject != id
    let item = Erp.item(id) else { 404 => fail NotFound { id: id, detail: "no item {id}" } }
    log info "read" { id: id }
    return { read: now(), ..item }
  }

  remove: DELETE /items/{id: string} -> 204 {
    auth: service
    Erp.remove(id) final
  }
}

process Cleaning v1 {
  auth: service

  remove: POST /cleanings (id: string) -> 204 | NotFound {
    let item = Items.get(id) else { NotFound => fail NotFound { id: id } }
    Items.remove(item.id) final
  }
}

fn item(id: string) -> Erp.Item = { id: id, name: "a teapot, blue", tags: ["tea", "pot"] }

"#,
);

pub const PASSING: &str = r#"
test "what is given is read" {
  given Erp.item -> 200 item("1")
  given now -> "2026-01-31T10:00:00Z"
  when  Items.get(id: "1")
  then  returns 200 { name: "a teapot, blue", read: "2026-01-31T10:00:00Z" }
  then  Erp.item(id: "1") called once
  then  logs info "read"
}

test "what is not there is not removed" {
  given Erp.item -> 404
  when  Cleaning.remove(id: "1")
  then  fails NotFound { id: "1" }
  then  Erp.remove called never
}

test "what says more counts before what says less" {
  given Erp.item(id: "2") -> timeout
  given Erp.item -> 200 item("1")
  when  Items.get(id: "2")
  then  fails 504
  when  Cleaning.remove(id: "1")
  then  returns 204
  then  Items.get called before Erp.remove
}

test "functions are tested as they are" {
  expect item("1").tags.first() == "tea"
  expect today() > "2020-01-01"
}
"#;

pub const FAILING: &str = r#"
test "fields that differ" {
  given Erp.item -> 200 { id: "1", name: "a teapot, red", tags: ["tea"] }
  given now -> "2026-01-31T10:00:00Z"
  when  Items.get(id: "1")
  then  returns { name: "a teapot, blue", tags: ["tea", "pot"] }
  then  Erp.item(id: "2") called once
  then  Erp.item called before Erp.remove
  then  logs info "written"
}

test "another end" {
  given Erp.item -> 404
  when  Items.get(id: "1")
  then  returns 200
  then  fails NotFound { id: "2" }
  then  fails 5xx
}

test "a value that differs" {
  let one = item("1")
  expect one == { id: "1", name: "a teapot, blue", tags: ["tea", "cup"] }
  expect one.tags.isEmpty() or one.name == ""
  expect one.tags.isEmpty()
  expect one.name.length() < 3 and one.id == "1"
}

test "what nobody gives" {
  when  Items.get(id: "1")
  then  returns 200
}

test "what cannot be computed" {
  let number = "x".toInt() + 1
  expect number == 1
}
"#;

fn test(flow: &str, arguments: &[&str]) -> Ran {
    let flow = format!("{}{flow}", PROGRAM.1);
    let folder = folder(&[MANIFEST, CONTRACT, (PROGRAM.0, &flow)]);
    run(folder.path(), &[&["test"], arguments].concat())
}

#[test]
fn tests_that_pass_say_nothing() {
    let ran = test(PASSING, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.ends_with("4 tests passed\n"), "{}", ran.err);
}

/// Several good answers, defaults, every failure, problems with members, the clock, identifiers.
#[test]
fn all_that_can_be_given_is_what_a_flow_gets() {
    let ran = test(include_str!("testing.flow"), &["--format", "short"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.ends_with("10 tests passed\n"), "{}", ran.err);
}

/// Each way to come in, what a caller that is given may do, and what services see of one.
pub const CALLERS: &str = include_str!("callers.flow");

pub const TURNED_AWAY: &str = r#"
test "turned away" {
  given caller -> { subject: "bob" }
  when  Hatch.peek(id: "ada")
  then  returns { subject: "ada" }
  given caller -> none
  when  Hatch.peek(id: "ada")
  then  fails 403
}
"#;

#[test]
fn a_test_says_who_calls() {
    let ran = test(CALLERS, &["--format", "short"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.ends_with("5 tests passed\n"), "{}", ran.err);
    let ran = test(&format!("{CALLERS}{TURNED_AWAY}"), &["--filter", "turned away"]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn tests_that_fail_say_what_happened_instead() {
    let ran = test(FAILING, &[]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.ends_with("0 tests passed, 5 failed\n"), "{}", ran.err);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn what_differs_is_marked_by_colours() {
    let ran = test(FAILING, &["--filter", "fields", "--color", "always"]);
    insta::assert_snapshot!(ran.out.replace('\u{1b}', "␛"));
}

#[test]
fn for_editors_a_test_that_failed_is_a_finding() {
    insta::assert_snapshot!(test(FAILING, &["--format", "short"]).out);
    let json = test(FAILING, &["--format", "json", "--filter", "fields"]);
    assert!(json.out.contains(r#""code":"F1007""#), "{}", json.out);
}

#[test]
fn a_report_has_every_test() {
    let flow = format!("{}{PASSING}{FAILING}", PROGRAM.1);
    let folder = folder(&[MANIFEST, CONTRACT, (PROGRAM.0, &flow)]);
    let ran = run(folder.path(), &["test", "--quiet", "--junit", "report.xml"]);
    assert_eq!(ran.code, 4);
    let report = fs::read_to_string(folder.path().join("report.xml")).expect("a report");
    let printed = run(folder.path(), &["test", "--quiet", "--format", "junit"]).out;
    assert_eq!(without_times(&report), without_times(&printed));
    insta::assert_snapshot!(without_times(&report));
    let nowhere = run(folder.path(), &["test", "--junit", "no/such/folder.xml"]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.err);
}

pub fn without_times(report: &str) -> String {
    let mut parts = report.split(" time=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest))
}

#[test]
fn a_filter_takes_some_and_has_to_take_one() {
    let ran = test(PASSING, &["--filter", "what is"]);
    assert!(ran.err.ends_with("2 tests passed\n"), "{}", ran.err);
    let ran = test(PASSING, &["--filter", "no such"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no test with `no such` in its name"), "{}", ran.err);
    let none = test("", &[]);
    assert_eq!((none.code, none.err.lines().last()), (0, Some("no tests")));
}

#[test]
fn why_a_service_below_failed_is_told() {
    let flow = "test \"below\" {\n  given Erp.item -> unreachable\n  when  Cleaning.remove(id: \"1\")\n  then  returns 204\n}\n";
    let ran = test(flow, &[]);
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.out.contains("Items.get(id: \"1\") -> 503: unreachable"), "{}", ran.out);
    let unwritten = test(flow, &["--junit", "no/such/folder.xml"]);
    assert!(unwritten.code == 2 && unwritten.out.contains("the test `below` failed"), "{unwritten:?}");
}

#[test]
fn with_an_error_nothing_is_run() {
    let ran = test("test \"a\" {\n  expect nothing == 1\n}\n", &["--format", "short"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("items.flow:"), "{}", ran.out);
}

/// What a test does not reach does not matter to it; what it reaches is refused by name, and the others run.
#[test]
fn what_cannot_be_run_yet_is_said() {
    let events = r#"
broker Bus {
  url: "embedded:"
}

event Added v1 on Bus "items.added" key id {
  id: string
}

system Adder v1 {
  auth: public

  add: POST /adds (id: string) -> 204 {
    emit Added { id: id }
    return 204
  }

  later: POST /later (id: string) -> 202 string {
    async: true
    return 202 id
  }
}

process Both v1 {
  auth: service

  both: POST /both (id: string) -> 204 {
    Adder.add(id) final
  }
}

test "a flow that emits" {
  when  Both.both(id: "1")
  then  returns 204
}

test "a flow whose neighbour does not run" {
  given Adder.add -> 204
  when  Both.both(id: "1")
  then  Adder.add called once
}

test "an event" {
  given Adder.add -> 204
  when  Both.both(id: "1")
  then  emits Added { id: "1" }
}

test "a job" {
  when  Adder.later(id: "1")
  then  returns 202
}

test "a backend alone" {
  given Erp.item -> 404
  when  Erp.item(id: "1")
  then  Erp.item called once
}

test "how often the clock is asked" {
  given Adder.add -> 204
  when  Both.both(id: "1")
  then  now called once
  then  Adder.add called before now
}

test "members of any failure" {
  given Adder.add -> 503
  when  Both.both(id: "1")
  then  fails 502 { detail: "x" }
}
"#;
    let ran = test(events, &[]);
    assert!(ran.err.ends_with("1 test passed, 6 cannot be run yet\n"), "{}{}", ran.out, ran.err);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn what_no_test_has_seen_is_listed() {
    let flow = "type Shown {\n  name: string\n  tier: string\n}\n\nfn tier(segment: string) -> string = match segment {\n  \
                \"A\" => \"gold\"\n  \"B\" => \"silver\"\n  _ => \"basic\"\n}\n\n\
                map shown(name: string, segment: string) -> Shown {\n  name: name\n  tier: tier(segment)\n}\n\n\
                map other(name: string) -> Shown {\n  name: name\n  tier: \"none\"\n}\n\n\
                system Shop v1 {\n  auth: public\n\n  get: GET /shown/{name: string} -> Shown {\n    \
                return shown(name, \"A\")\n  }\n\n  other: GET /others/{name: string} -> Shown {\n    return other(name)\n  }\n}\n\n\
                test \"gold\" {\n  when Shop.get(name: \"x\")\n  then returns 200 { name: \"x\", tier: \"gold\" }\n}\n";
    let project = folder(&[MANIFEST, ("main.flow", flow)]);
    let Ran { code, out, err } = run(project.path(), &["test", "--coverage"]);
    assert_eq!(code, 0, "{err}");
    let unseen = [
        "main.flow:6: no test has seen tier: the arm \"B\"\n",
        "main.flow:6: no test has seen tier: the arm _\n",
        "main.flow:17: no test has seen other: the field `name`\n",
        "main.flow:17: no test has seen other: the field `tier`\n",
    ];
    assert_eq!(out, unseen.concat());
    assert!(err.contains("3 of 7 parts seen") && err.contains("1 test passed"), "{err}");
    assert_eq!(run(project.path(), &["test"]).out, "");
}
