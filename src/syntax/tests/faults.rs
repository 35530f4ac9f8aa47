//! What is wrong is said at its place, in the words of the language, and does not hide what comes after it.

use super::super::ast::Item;
use super::super::parse;
use super::findings;
use crate::source::SourceId;

#[track_caller]
fn finds(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "{text}");
}

/// In an operation; its steps start in line 3.
#[track_caller]
fn step_finds(text: &str, expected: &[&str]) {
    finds(&format!("system S v1 {{\n  get: GET /x -> A {{\n{text}\n  }}\n}}\ntype After = string"), expected);
}

#[test]
fn every_planted_fault_comes_out_and_the_good_parts_stay() {
    let text = "type A { a int, b: string }
type B {
  a: int
  b string
  c: = 3
  d: int
}
backend Erp {
  timeout 500ms
  retry: { times 1, on: [timeout unreachable] }
  url: env.
}
map m(r: A) -> B {
  a: r.
  b: if x then y
  c: match x { \"a\" = 1, \"b\" => 2 }
  d: for x of y yield z
}
problem P \"x\"
fn f(a) -> int = 1
fn g(a: int) = 1
type Last = string
";
    finds(
        text,
        &[
            "1:12 F0110 expected `:` and a type, found `int`",
            "4:5 F0110 expected `:` and a type, found `string`",
            "5:6 F0110 expected a type, found `=`",
            "9:11 F0110 expected `:` and a value, found `500ms`",
            "10:18 F0110 expected `:` and a value, found `1`",
            "10:34 F0110 expected `,` or `]`, found `unreachable`",
            "11:12 F0110 expected a name behind the `.`, found the end of the line",
            "14:8 F0110 expected a name behind the `.`, found the end of the line",
            "15:17 F0110 expected `else`, found the end of the line",
            "16:20 F0110 expected `=>`, found `=`",
            "17:12 F0110 expected `in`, found `of`",
            "19:11 F0110 expected a number, found `\"x\"`",
            "20:7 F0110 expected `:` and a type, found `)`",
            "21:14 F0110 expected `->`, found `=`",
        ],
    );
    let items = parse(SourceId(0), text).file.items;
    assert!(matches!(items.last(), Some(Item::Type(last)) if last.name.text == "Last"));
    assert!(matches!(items.get(1), Some(Item::Type(_))), "the broken field does not break its type");
}

#[test]
fn a_name_with_a_dash_wants_quotes() {
    let said = |step: &str| findings(&format!("test \"a\" {{\n  {step}\n}}"));
    let dash = "F0113 a name with a dash outside of quotes is not part of flow";
    assert_eq!(said("given Seats.get-show -> 404"), [format!("2:18 {dash}")]);
    assert_eq!(said("then Seats.list-all-shows called once"), [format!("2:18 {dash}")]);
    assert_eq!(said("given Seats.\"get-show\" -> 404"), [""; 0]);
    assert_ne!(said("given Seats -> -404"), [format!("2:15 {dash}")]);
}

#[test]
fn broken_members_leave_the_others() {
    let text = "system S v1 {
  auth jwt { a: 1 }
  op GET /x -> A { }
  op3: GET /x (a) -> A { }
  op5: GET /x -> { }
  good: GET /y -> A {
    let = 3
    return 1
  }
}
event E on B { }
test foo { }
";
    finds(
        text,
        &[
            "2:8 F0110 expected `:` and a value, found `jwt`",
            "3:6 F0110 expected `:`, found `GET`",
            "4:17 F0110 expected `:` and a type, found `)`",
            "5:20 F0110 expected a name, found `}`",
            "7:9 F0110 expected a name, found `=`",
            "11:14 F0110 expected a text, found `{`",
            "12:6 F0110 expected a text, found `foo`",
        ],
    );
}

#[test]
fn broken_steps_leave_the_others() {
    step_finds("let y =\nlet z = 1", &["3:8 F0110 expected a value, found the end of the line"]);
    step_finds("require a fail X", &["3:11 F0110 expected `else`, found `fail`"]);
    step_finds("when x return 1", &["3:8 F0110 expected `{`, found `return`"]);
    step_finds(
        "emit Foo\nlet = 1",
        &["3:9 F0110 expected `{`, found the end of the line", "4:5 F0110 expected a name, found `=`"],
    );
    step_finds("a.b() else\nlet z = 1", &["3:11 F0110 expected a value, found the end of the line"]);
    step_finds(
        "let x = f(x y)\nlet y = [1 2]",
        &["3:13 F0110 expected `)` or `,`, found `y`", "4:12 F0110 expected `,` or `]`, found `2`"],
    );
    step_finds(
        "let x = \"a {b c} {} {d}\"",
        &["3:15 F0110 expected `}`, found `c`", "3:19 F0110 expected a value, found `}`"],
    );
    step_finds("log \"x\"", &["3:5 F0110 expected a name, found `\"x\"`"]);
    step_finds("together x", &["3:10 F0110 expected `{`, found `x`"]);
}

#[test]
fn a_bracket_that_is_not_closed_does_not_hide_the_next_declaration() {
    finds(
        "type A {\n  a: int\n\n/// doc\ntype B = 3\n",
        &["5:1 F0108 `{` is not closed", "5:10 F0110 expected a type, found `3`"],
    );
    let text = "system S v1 {
  a: GET /x -> A {
    when x {
      return 1
  }
  b: GET /y -> B {
    retur 3
  }
}
type A = string
";
    finds(text, &["5:3 F0108 `{` is not closed", "7:5 F0110 expected a step, found `retur`"]);
    finds(
        "fn f(a: int -> int = 1\nfn g() -> int = (1",
        &["1:23 F0108 `(` is not closed", "2:19 F0108 `(` is not closed"],
    );
    finds(
        "type A { a: int }}\ntype B = [int\n",
        &["1:18 F0109 this `}` closes nothing", "2:14 F0108 `[` is not closed"],
    );
}

#[test]
fn texts_end_on_their_line() {
    step_finds(
        "let a = \"abc\nlet b = 'x\nlet = 1",
        &[
            "3:9 F0107 this text is not closed",
            "4:9 F0107 this text is not closed",
            "5:5 F0110 expected a name, found `=`",
        ],
    );
    step_finds(
        "let a = \"abc {x\"\nlet = 1",
        &[
            "3:14 F0107 `{` opens a value in this text that is not closed",
            "4:5 F0110 expected a name, found `=`",
        ],
    );
    finds("type A = string matching \"[a-z", &["1:26 F0107 this text is not closed"]);
}

#[test]
fn habits_from_other_languages_get_their_own_message() {
    finds("type A { a = int }", &["1:12 F0113 `=` is written `:` in flow"]);
    finds(
        "map m(a: A) => T { b = 1; @c d: 2 }",
        &[
            "1:13 F0113 `=>` is written `->` in flow",
            "1:22 F0113 `=` is written `:` in flow",
            "1:25 F0113 no `;` stands between steps or declarations",
            "1:27 F0110 expected a name or `..`, found `@`",
        ],
    );
    finds("type A { @personal email: string }", &["1:10 F0113 the label `@personal` stands before the name"]);
    step_finds(
        "let x: T = 1;\nconst y = 2\n",
        &[
            "3:6 F0113 `let` takes no type: it is that of the value",
            "3:13 F0113 no `;` stands between steps or declarations",
            "4:1 F0113 `const` is written `let` in flow",
        ],
    );
    step_finds(
        "let x = a && b || !c\nlet y = a === null, return 1",
        &[
            "3:11 F0113 `&&` is written `and` in flow",
            "3:16 F0113 `||` is written `or` in flow",
            "3:19 F0113 `!` is written `not ` in flow",
            "4:11 F0113 `===` is written `==` in flow",
            "4:15 F0113 `null` is written `none` in flow",
            "4:19 F0113 no `,` stands between steps or declarations",
        ],
    );
    step_finds(
        "if a { return 1 } else if b { return 2 }",
        &["3:1 F0113 `if` is written `when` in flow", "3:24 F0113 `if` is written `when` in flow"],
    );
    step_finds(
        "let x = match a { 1 -> 2 } \nreturn a: 1",
        &["3:21 F0113 `->` is written `=>` in flow", "4:8 F0110 expected `{`, found `a`"],
    );
    step_finds(
        "x = 3\nwhile x { }\nfor x in y { z() }",
        &[
            "3:1 F0113 an assignment is not part of flow",
            "4:1 F0113 `while` is not part of flow",
            "5:12 F0113 a loop with steps is not part of flow",
        ],
    );
    finds("import x from y", &["1:1 F0113 an import is not part of flow"]);
    finds("function f(a) { return 1 }\ntype A = string", &["1:1 F0113 `function` is not part of flow"]);
}

#[test]
fn clauses_stand_once_and_comparisons_do_not_chain() {
    step_finds("let a = f() else 1 else 2", &["3:20 F0114 `else` stands twice at one value"]);
    step_finds("let a = 1 < b < c < d", &["3:15 F0115 comparisons cannot follow each other"]);
    step_finds("f()\ntimeout: 3s", &["4:1 F0117 the setting `timeout` stands below a step"]);
}

#[test]
fn numbers_and_escapes_are_well_formed() {
    step_finds(
        "let a = 1_0__0 + 0x1 + 1e + 1.5.2 + 10days",
        &[
            "3:9 F0111 `1_0__0` is not a number",
            "3:18 F0111 `0x1` is not a number",
            "3:25 F0111 `e` is no unit",
            "3:29 F0111 `1.5.2` is not a number",
            "3:39 F0111 `days` is no unit",
        ],
    );
    step_finds(
        "let a = \"a\\d \\u{110000}\"",
        &["3:11 F0112 `\\d` means nothing in a text", "3:14 F0112 this is the number of no character"],
    );
}

#[test]
fn documentation_of_nothing_is_a_warning_and_a_comment() {
    let text = "type A = string /// beside\n/// at the end";
    finds(text, &["1:17 W0116 this `///` documents nothing", "2:1 W0116 this `///` documents nothing"]);
    assert_eq!(parse(SourceId(0), text).file.comments.len(), 2);
}
