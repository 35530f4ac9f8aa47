//! What the style looks like, construct by construct.

use super::{format, formatted, parse};
use crate::source::SourceId;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
}

#[test]
fn an_empty_file_stays_empty() {
    check("", "");
    check("\n\n", "");
    check("// a\n\n\n\n//b", "// a\n\n// b\n");
}

#[test]
fn values_of_neighbours_stand_in_one_column() {
    check(
        "backend Erp{ contract:\"a.yaml\"\nurl: env.X\n\n\n\ntimeout : 500ms, retry:{times:1,on:[timeout,502]} }",
        "\
backend Erp {
  contract: \"a.yaml\"
  url:      env.X

  timeout: 500ms
  retry:   { times: 1, on: [timeout, 502] }
}
",
    );
}

#[test]
fn what_is_made_of_a_list_is_a_value_too() {
    check(
        "system A v1 { auth: service\na: GET /a -> int { allow:[ \"ada\",\"bob\" ] . has( caller.subject )and true\nlimit: {a:1}.a\nreturn 1 } }",
        "\
system A v1 {
  auth: service

  a: GET /a -> int {
    allow: [\"ada\", \"bob\"].has(caller.subject) and true
    limit: { a: 1 }.a
    return 1
  }
}
",
    );
}

#[test]
fn a_value_of_several_lines_begins_in_the_column_too() {
    check(
        "type A { a: string\n\nlonger: int }\nmap f(x: A) -> A { a: match x.a {\n\"b\" => \"c\", _ => \"d\" }\nlonger: 1 }",
        "\
type A {
  a: string

  longer: int
}

map f(x: A) -> A {
  a:      match x.a {
    \"b\" => \"c\"
    _ => \"d\"
  }
  longer: 1
}
",
    );
}

#[test]
fn what_is_too_long_breaks_from_the_outside() {
    let names: Vec<String> = (0..12).map(|number| format!("argument{number}")).collect();
    let text = format!("fn f(a: int) -> int = g({})", names.join(","));
    let expected = format!("fn f(a: int) -> int = g(\n  {}\n)\n", names.join(",\n  "));
    check(&text, &expected);
    let sum = format!("fn f(a: int) -> int = {}", names.join("+"));
    check(&sum, &format!("fn f(a: int) -> int = {}\n", names.join("\n  + ")));
}

#[test]
fn comments_stay_where_they_are() {
    check(
        "// top\ntype A { // behind the brace\n  // own\n  a: int // trailing\n\n  // last\n}\n\n// end",
        "\
// top
type A {
  // behind the brace
  // own
  a: int // trailing

  // last
}

// end
",
    );
}

#[test]
fn a_comment_within_an_expression_ends_its_line() {
    check("fn f(a: int) -> int = a // why\n + 1", "fn f(a: int) -> int = a // why\n  + 1\n");
}

#[test]
fn operations_stand_apart() {
    check(
        "system S v1 { auth: public\nget: GET /a/{id:string}(q:int=1)->A|N{return f(id)}\nput: PUT /a -> 204 { return 204 } }",
        "\
system S v1 {
  auth: public

  get: GET /a/{id: string} (q: int = 1) -> A | N {
    return f(id)
  }

  put: PUT /a -> 204 {
    return 204
  }
}
",
    );
}

#[test]
fn clauses_stay_together_or_break_together() {
    check(
        "system S v1 { auth: public\nget: GET /a -> 204 {\nlet a = E.x(1) else {\n404 => none }\nlet b = E.writeSomething(argument, another) undo E.cancelSomething(argument) else { 409 => fail Conflict }\nreturn 204 } }",
        "\
system S v1 {
  auth: public

  get: GET /a -> 204 {
    let a = E.x(1) else {
      404 => none
    }
    let b = E.writeSomething(argument, another)
      undo E.cancelSomething(argument)
      else { 409 => fail Conflict }
    return 204
  }
}
",
    );
}

#[test]
fn tests_have_their_words_in_one_column() {
    check(
        "test \"a\" { given E.x(id: 1)->200 {a:1}\nwhen S.get()\nthen fails N\nthen E.x called 2 times\nexpect f(1)==2 }",
        "\
test \"a\" {
  given E.x(id: 1) -> 200 { a: 1 }
  when  S.get()
  then  fails N
  then  E.x called 2 times
  expect f(1) == 2
}
",
    );
}

#[test]
fn what_cannot_be_read_is_copied() {
    for text in [
        "type A = \n\nlet  x  =  1 ]\n\ntype B { a: int }\n",
        "system S v1 {\n  auth: public\n  get: GET /a -> 204 {\n    let   = = 3  // c\n    return 204\n  }\n}\n",
        "type A {  a:   @@ }",
    ] {
        let parsed = parse(SourceId(0), text);
        assert!(!parsed.diagnostics.is_empty(), "this should have a fault: {text}");
        let once = format(&parsed.file, text);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().concat();
        assert_eq!(words(&once), words(text), "{once}");
        assert_eq!(format(&parse(SourceId(0), &once).file, &once), once);
    }
}

#[test]
fn literals_are_copied() {
    check(
        "fn f(a: int) -> string = \"a\\t\\u{e9} {  a   +  1 } \" + 'raw {x}' + g(1_000)",
        "fn f(a: int) -> string = \"a\\t\\u{e9} {  a   +  1 } \" + 'raw {x}' + g(1_000)\n",
    );
}
