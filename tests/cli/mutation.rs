//! `flowc mutate` from outside: which changes are told, where, and when none is.

use std::path::Path;

use flowc::cli::tested;
use flowc::interp::testing::{Change, Part, Suite};
use flowc::ir::{Expr, Program, visit};

use super::{MANIFEST, Ran, folder, run};

/// A system with items of two texts and a note.
const CONTRACT: (&str, &str) = ("shop.json", include_str!("changes.json"));

/// Of each kind of change: what is told, a flow, a test that does not notice it, and one that does.
const CASES: &str = include_str!("changes.txt");

fn mutate(flow: &str, arguments: &[&str]) -> Ran {
    let backend =
        if flow.contains("Shop.") { "backend Shop {\n  contract: \"shop.json\"\n}\n\n" } else { "" };
    let flow = format!("{backend}{flow}");
    let folder = folder(&[MANIFEST, CONTRACT, ("shop.flow", &flow)]);
    run(folder.path(), &[&["mutate"], arguments].concat())
}

#[test]
fn each_kind_of_change_is_noticed_where_a_test_looks() {
    let cases: Vec<&str> = CASES.split("=====\n").collect();
    assert_eq!(cases.len(), 35);
    for case in cases {
        let parts: Vec<&str> = case.split("---\n").collect();
        let [told, flow, weak, strong] = parts.as_slice() else { panic!("{case}") };
        let told = told.trim();
        let (weak, strong) = (format!("{flow}{weak}"), format!("{flow}{weak}\n{strong}"));
        let ran = mutate(&weak, &["--format", "short"]);
        assert!(
            ran.out.contains(told) && ran.code == 1,
            "{told} is not told of\n{weak}\n{}{}",
            ran.out,
            ran.err
        );
        let ran = mutate(&strong, &["--format", "short"]);
        assert!(!ran.out.contains(told), "{told} is told of\n{strong}\n{}", ran.out);
        assert!(ran.err.contains("Changed"), "{}", ran.err);
    }
}

const TIERS: &str = r#"type Customer {
  name:  string
  tier:  "gold" | "silver" | "basic"
  since: int?
}

map customer(item: Shop.Item) -> Customer {
  name:  item.name
  tier:  match item.note { "A" => "gold", "B" => "silver", _ => "basic" }
  since: if item.id > "5" then 2024 else none
}

problem NotFound 404 "No such thing"

system Customers v1 {
  auth: public

  get: GET /customers/{id: string} -> Customer | NotFound {
    let item = Shop.item(id) else { 404 => fail NotFound }
    return customer(item)
  }

  remove: DELETE /customers/{id: string} -> 204 {
    Shop.remove(id) final
  }
}

test "a customer" {
  given Shop.item(id: "1") -> 200 { id: "1", name: "x", note: "A" }
  when  Customers.get(id: "1")
  then  returns { name: "x", tier: "gold" }
}

"#;

#[test]
fn what_no_test_notices_is_shown_where_it_stands() {
    let ran = mutate(TIERS, &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let (summary, time) = ran.err.trim_end().rsplit_once('\n').expect("two lines");
    assert!(time.trim().starts_with("Changed shop (1 file, 1 contract) in "), "{time}");
    insta::assert_snapshot!(format!("{}{summary}", ran.out));
    assert_eq!(mutate(TIERS, &[]).out, ran.out, "it is always the same");
}

#[test]
fn for_scripts_each_one_is_a_finding() {
    insta::assert_snapshot!(mutate(TIERS, &["--format", "short", "--quiet"]).out);
    let json = mutate(TIERS, &["--format", "json", "--quiet"]);
    assert!(json.out.contains(r#""code":"W1008""#) && json.out.contains(r#""code":"W1009""#), "{}", json.out);
}

#[test]
fn a_filter_takes_some_and_has_to_take_one() {
    let ran = mutate(TIERS, &["--format", "short", "--filter", "Customers.remove"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.err.contains("0 of 2 changes noticed"), "{}", ran.err);
    let of_file = mutate(TIERS, &["--format", "short", "--filter", "shop.flow"]);
    assert_eq!(of_file.out, mutate(TIERS, &["--format", "short"]).out);
    let none = mutate(TIERS, &["--filter", "nobody"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("F0035") && none.err.contains("has `nobody` in its name"), "{}", none.err);
}

#[test]
fn a_comment_accepts_a_change_and_is_nothing_to_a_check() {
    let flow =
        "fn small(n: int) -> bool = n < 3\n\ntest \"small\" {\n  expect small(2) and not small(9)\n}\n";
    assert_eq!(mutate(flow, &[]).code, 1);
    let accepted = format!("// flowc: allow(W1008) because \"three is as good\"\n{flow}");
    let ran = mutate(&accepted, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("2 changes noticed, 1 accepted"), "{}", ran.err);
    let folder = folder(&[MANIFEST, ("shop.flow", &accepted)]);
    let check = run(folder.path(), &["check", "--deny", "warnings"]);
    assert_eq!((check.code, check.out.as_str()), (0, ""));
}

#[test]
fn tests_that_fail_are_told_first() {
    let flow = "fn small(n: int) -> bool = n < 3\n\ntest \"small\" {\n  expect small(3)\n}\n";
    let ran = mutate(flow, &["--format", "short"]);
    assert_eq!(ran.code, 4);
    assert!(ran.out.contains("F1007") && !ran.out.contains("W1008"), "{}", ran.out);
    assert!(ran.err.contains("1 test failed: nothing is changed before all pass"), "{}", ran.err);
    let broken = mutate("fn small(n: int) -> bool = m < 3\n", &["--format", "short"]);
    assert_eq!(broken.code, 1);
    assert!(broken.out.contains("F0304"), "{}", broken.out);
}

/// Nobody is asked who calls as somebody who may: then it is told once for each setting, and not what stands inside of it.
#[test]
fn who_may_is_reached_where_a_test_says_who_calls() {
    let flow = r#"system Items v1 {
  auth: service

  get: GET /items/{id: string} -> string {
    allow: caller.service == "Items" and id != "2"
    return id
  }

  all: GET /items -> int {
    return 3
  }
}

test "it is there" {
  when  Items.get(id: "1")
  then  returns "1"
  when  Items.all()
  then  returns 3
}

"#;
    let nobody =
        "test \"nobody\" {\n  given caller -> none\n  when  Items.get(id: \"1\")\n  then  fails 4xx\n}\n";
    let told = |test: &str| mutate(&format!("{flow}{test}"), &["--format", "short", "--quiet"]).out;
    insta::assert_snapshot!(["", nobody].map(told).join("---\n"));
}

/// Data of tests, lines of the log and what is written for people are not changed.
#[test]
fn what_is_for_tests_or_people_is_left_alone() {
    let flow = r#"problem Gone 410 "Gone"

fn item(id: string) -> Shop.Item = { id: id, name: "of tests" }

system Items v1 {
  auth: public

  get: GET /items/{id: string} -> string | Gone {
    let item = Shop.item(id) else { 404 => fail Gone { detail: "no {id}" } }
    log info "read" { id: id }
    return item.name
  }
}

test "it is there" {
  given Shop.item(id: "1") -> 200 item("1")
  when  Items.get(id: "1")
  then  returns "of tests"
}

test "it is gone" {
  given Shop.item(id: "1") -> 404
  when  Items.get(id: "1")
  then  fails Gone
}
"#;
    let ran = mutate(flow, &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(ran.err.contains("4 of 4 changes noticed"), "{}", ran.err);
}

/// With the condition turned, every level would be gone through twice: two to the power of forty times in all.
#[test]
fn a_change_that_takes_for_ever_is_noticed() {
    let flow = "type Node {\n  n:    int\n  next: Node?\n}\n\nfn walk(node: Node) -> int = match node.next {\n  none => 0\n  \
                _ as next => walk(next) + (if next.n > 0 then walk(next) else 0)\n}\n\n";
    let nodes = (0..40).fold("{ n: 0 }".to_owned(), |inner, _| format!("{{ n: 0, next: {inner} }}"));
    let flow = format!("{flow}test \"down\" {{\n  expect walk({nodes}) == 0\n}}\n");
    let ran = mutate(&flow, &["--format", "short"]);
    assert!(ran.err.contains("2 of     2  comparisons"), "{}{}", ran.out, ran.err);
}

/// Two limits by one, and an undo behind which nothing can fail: `docs/tests.md` says so.
#[test]
fn the_tests_of_the_shop_notice_nearly_all() {
    let ran = run(Path::new(env!("CARGO_MANIFEST_DIR")), &["mutate", "examples/shop", "--format", "short"]);
    let known = ["`65` instead", "`33` instead", "`Onboarding.start`: left out"];
    let unknown = |line: &&str| !known.iter().any(|known| line.ends_with(known));
    let unknown: Vec<&str> = ran.out.lines().filter(unknown).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(ran.code == 1 && ran.out.lines().count() == known.len(), "{}{}", ran.out, ran.err);
}

/// Whatever is put in the place of a part that is the same changes nothing.
#[test]
fn where_nothing_is_changed_nothing_is_noticed() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let suite = Suite::new(tested(&shop).expect("the shop checks"));
    let mut tried = 0;
    for expr in expressions(suite.program()).into_iter().step_by(23) {
        for test in suite.tests() {
            let change = Change { part: Part::expr(expr), instead: Some(expr.clone()) };
            assert!(!suite.notices(test, change, 1_000_000), "{}: {expr:?}", test.name);
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

fn expressions(program: &Program) -> Vec<&Expr> {
    let mut all = Vec::new();
    program.functions.iter().for_each(|function| visit::every(&function.body, &mut |expr| all.push(expr)));
    let operations = program.services.iter().flat_map(|service| &service.operations);
    for step in operations.flat_map(|operation| &operation.steps) {
        visit::step_parts(step, &mut |part| visit::every(part, &mut |expr| all.push(expr)));
    }
    all
}
