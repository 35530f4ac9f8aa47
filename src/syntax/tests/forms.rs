//! Every form of the language is read without a finding, as the tree that it means.

use super::super::ast::*;
use super::super::parse_expression;
use super::{good, only_item, operation, steps};
use crate::source::SourceId;

#[test]
fn the_taste_of_the_language_is_read() {
    assert_eq!(good(include_str!("taste.flow")).items.len(), 13);
}

/// A value in a form that shows its structure.
fn shown(text: &str) -> String {
    let (expr, diagnostics) = parse_expression(SourceId(0), text);
    assert_eq!(diagnostics, Vec::new(), "{text}");
    show(&expr)
}

fn show(expr: &Expr) -> String {
    let all = |list: &[Arg]| list.iter().map(|arg| show(&arg.value)).collect::<Vec<_>>().join(" ");
    match &expr.kind {
        ExprKind::Name(name) => name.text.to_string(),
        ExprKind::Int(number) | ExprKind::Decimal(number) => number.text.to_string(),
        ExprKind::Duration(number, unit) | ExprKind::Size(number, unit) => {
            format!("{}_{}", number.text, unit.text)
        }
        ExprKind::Paren(inner) => format!("<{}>", show(inner)),
        ExprKind::Unary { operator, of } => format!("({:?} {})", operator.node, show(of)),
        ExprKind::Binary { operator, left, right } => {
            format!("({:?} {} {})", operator.node, show(left), show(right))
        }
        ExprKind::Chain { first, rest } => {
            let rest: Vec<String> =
                rest.iter().map(|(operator, expr)| format!("{:?} {}", operator.node, show(expr))).collect();
            format!("({} {})", show(first), rest.join(" "))
        }
        ExprKind::Member { of, name, optional } => {
            format!("{}{}{}", show(of), if *optional { "?." } else { "." }, name.text)
        }
        ExprKind::Call { callee, args } => format!("{}({})", show(callee), all(args)),
        ExprKind::As { value, .. } => format!("({} as)", show(value)),
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", show(condition), show(then), show(otherwise))
        }
        ExprKind::Lambda { params, body } => {
            let params: Vec<&str> = params.iter().map(|name| name.text.as_str()).collect();
            format!("({} => {})", params.join(" "), show(body))
        }
        other => format!("{other:?}").split([' ', '(']).next().unwrap_or("").to_owned(),
    }
}

#[test]
fn operators_bind_as_documented() {
    assert_eq!(shown("a or b and not c == d"), "(a Or (b And (Not (Equal c d))))");
    assert_eq!(shown("a + b * c - d"), "(a Add (b Multiply c) Subtract d)");
    assert_eq!(shown("a ?? b + 1 < c"), "(Less (a Coalesce (b Add 1)) c)");
    assert_eq!(shown("-a.b * -2"), "((Negate a.b) Multiply (Negate 2))");
    assert_eq!(shown("a.b?.c(1, x: 2) as T ?? 3"), "((a.b?.c(1 2) as) Coalesce 3)");
    assert_eq!(shown("(a + b) * c"), "(<(a Add b)> Multiply c)");
    assert_eq!(shown("if a then b else c + 1"), "(if a b (c Add 1))");
    assert_eq!(shown("xs.map(x => x + 1)"), "xs.map((x => (x Add 1)))");
    assert_eq!(shown("xs.fold((a, b) => a + b)"), "xs.fold((a b => (a Add b)))");
    assert_eq!(shown("a\n  // comment\n  .b"), "a.b");
}

#[test]
fn a_comment_behind_a_setting_is_no_route() {
    good("system S v1 {\n  auth: service // who may call\n}\nsystem T v1 { auth: public }");
}

#[test]
fn numbers_carry_their_units() {
    assert_eq!(shown("1_000 + 0.5 + 1e-6 + 2E3"), "(1_000 Add 0.5 Add 1e-6 Add 2E3)");
    assert_eq!(shown("f(500ms, 1.5h, 7d, 5min, 2MB)"), "f(500_ms 1.5_h 7_d 5_min 2_MB)");
}

#[test]
fn texts_hold_values_and_escapes() {
    let (expr, diagnostics) = parse_expression(SourceId(0), r#""a\n\u{41}{f("x{1}")}\{b\}""#);
    assert_eq!(diagnostics, Vec::new());
    let ExprKind::Text(parts) = expr.kind else { panic!("a text") };
    assert!(matches!(&parts[0], TextPart::Chars(text, _) if text == "a\nA"));
    assert!(matches!(&parts[1], TextPart::Expr(Expr { kind: ExprKind::Call { .. }, .. })));
    assert!(matches!(&parts[2], TextPart::Chars(text, _) if text == "{b}"));
    assert_eq!(shown("'C:\\{x}'"), "RawText");
}

#[test]
fn texts_of_patterns_are_taken_as_they_stand() {
    let Item::Type(decl) = only_item("type Id = string matching \"[{]C[0-9]{6}\\\\d\" of 1..80") else {
        panic!("a type")
    };
    let TypeBody::Alias(TypeExpr { kind: TypeKind::Constrained(_, constraints), .. }) = decl.body else {
        panic!("constraints")
    };
    assert!(
        matches!(&constraints[0].kind, ConstraintKind::Matching(text) if text.value == "[{]C[0-9]{6}\\d")
    );
    assert!(matches!(&constraints[1].kind, ConstraintKind::Of(Bounds { from: Some(_), to: Some(_), .. })));
}

#[test]
fn types_of_every_form_are_read() {
    let types = [
        "string?",
        "[Address] of 1..50",
        "{string: [int]}",
        "decimal scale 2 unit \"EUR\"",
        "int in ..100",
        "\"a\" | \"b\"",
        "Card | Transfer by kind",
        "Card by kind",
        "bearer Bearer | forward | none",
        "Erp.getCustomer.Response",
        "Erp.\"odd-name\"",
        "oauth2 { token: string, scopes: [string] = [] } | public | after Percentile | header string",
        "(A, B) => C",
        "A => B",
        "() => B",
    ];
    for written in types {
        assert!(matches!(only_item(&format!("type T = {written}")), Item::Type(_)), "{written}");
    }
    let Item::Type(decl) = only_item("type T = oauth2 { token: string } | after Percentile | public") else {
        panic!("a type")
    };
    let TypeBody::Alias(TypeExpr { kind: TypeKind::Union { members, .. }, .. }) = decl.body else {
        panic!("a union")
    };
    assert!(matches!(&members[0].kind, TypeKind::Variant { payload: Some(_), .. }));
    assert!(matches!(&members[1].kind, TypeKind::Variant { payload: Some(_), .. }));
    assert!(matches!(&members[2].kind, TypeKind::Named(_)));
}

#[test]
fn declarations_of_every_form_are_read() {
    let text = r#"
type Bare
type Labelled @secret = string
type Words { type: string, on: int, for: bool? match: int @personal @secret
  "first-name": string = "x"
  timeout: duration = 500ms }
fn map<A, B>(self: [A], f: A => B) -> [B]
fn date(self: string, pattern: string) -> date fails
fn add(a: int = 1, b: int) -> int = a + b
map m(a: A, b: B) -> T { ..a, "x-y": a."x-y" b: { c: 1 }, type: 2 }
problem Gone 410 "Gone"
broker Bus { url: env.BUS_URL = "embedded:" }
event Placed v1 on Bus "orders.{x}" key orderId { orderId: string }
process Orders v2 implements "contracts/orders.yaml" { auth: public place { return 204 } }
"#;
    assert_eq!(good(text).items.len(), 11);
}

#[test]
fn settings_have_forms_of_their_own() {
    let text = r#"backend B {
      opens: 50%
      rate: 200/s
      size: 2MB
      backoff: 50ms..200ms
      auth: [service, jwt { issuer: env.X }, oauth2 { scopes: ["a"] }]
      key: header "X-A"
      hedge: after p95
      hedge: after 100ms
      slo: 300ms at p99
      port: env.PORT as int = 8080
      allow: caller.scopes.has("x") and not caller.anonymous
      allow: ["a", "b"].has(caller.subject) and not ["c"].has("d")
      key: { a: 1 }.a as string = "x"
      on: [timeout, 502]
      ..: 1
    }"#;
    let Item::Backend(backend) = only_item(&text.replace("      ..: 1\n", "")) else { panic!("a backend") };
    let kinds: Vec<String> = backend.settings.iter().map(|setting| show(&setting.value)).collect();
    assert_eq!(
        kinds,
        [
            "Percent",
            "Rate",
            "2_MB",
            "Range",
            "List",
            "Tagged",
            "Tagged",
            "Tagged",
            "At",
            "Defaulted",
            "(caller.scopes.has(Text) And (Not caller.anonymous))",
            "(List.has(caller.subject) And (Not List.has(Text)))",
            "Defaulted",
            "List"
        ]
    );
}

#[test]
fn operations_have_routes_parameters_and_outcomes() {
    let read = operation(
        "a: GET /v1/{id: Id}/x.json (body: B, header \"X-A\" a: string?, cookie \"c\" c: int = 1, limit: int in 1..9) -> 201 [Order] | 204 | NotFound { }",
    );
    let signature = read.signature.expect("a signature");
    assert_eq!(signature.path.segments.len(), 3);
    assert_eq!(signature.params.len(), 4);
    assert!(matches!(signature.params[1].place, ParamPlace::Header(_)));
    assert!(matches!(signature.params[2].place, ParamPlace::Cookie(_)));
    assert_eq!(signature.outcomes.len(), 3);
    assert!(signature.outcomes[0].status.is_some() && signature.outcomes[0].ty.is_some());

    let odd = operation("a: GET /a//{x: int}.json/ -> A { }").signature.expect("a signature");
    let parts: Vec<usize> = odd.path.segments.iter().map(|segment| segment.parts.len()).collect();
    assert_eq!(parts, [1, 0, 2, 0], "for the checker to refuse");

    let hook = operation("h: POST /hooks/x verify hmac { secret: secret.S } -> 204 { return 204 }");
    assert!(hook.signature.is_some_and(|signature| signature.verify.is_some()));
    let hook = operation("h: POST /hooks/x (body: B) -> 204 verify hmac { secret: secret.S } { return 204 }");
    assert!(hook.signature.is_some_and(|signature| signature.verify.is_some()));
}

#[test]
fn handlers_have_triggers() {
    let text = "process P v1 {\n on OrderPlaced as e (group: \"stock\", retry: { times: 3 }) { f(e) }\n every 5m { f() }\n cron \"0 2 * * *\" { timeout: 3s f() }\n}";
    let Item::Service(service) = only_item(text) else { panic!("a service") };
    assert_eq!(service.members.len(), 3);
    assert!(
        matches!(&service.members[0], Member::Handler(Handler { trigger: Trigger::On { options, .. }, .. }) if options.len() == 2)
    );
}

#[test]
fn steps_of_every_form_are_read() {
    let read = steps(
        r#"deadline: 3s
    let a = Erp.get(id) with { timeout: 200ms } else { 404 | 4xx => none, NotFound as n => fail Gone { detail: n.detail }, _ => 1 } undo Erp.back(a) with { timeout: 1s } final
    Erp."get-it"(a: 1, "b-c": 2) else none
    require a != none and a.b > 3 else fail Gone
    when a { return 1 } else when b { return } else { fail Gone }
    for x in xs (at most 8 at once) yield Erp.put(x)
    together { let h = A.b() let p = C.d() }
    emit Placed { id: 1 }
    log info "x {a}" { a: a }
    let l = [1, 2, ..more]
    let m = match a { "x" | "y" => 1, Card as c => 2, none => 3, -1 => 4, true => 5, _ => 6 }
    return 201 { a: 1 }"#,
    );
    let kinds: Vec<String> = read
        .iter()
        .map(|step| format!("{:?}", step.kind).split([' ', '(']).next().unwrap_or("").to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["Let", "Do", "Require", "When", "Do", "Together", "Emit", "Log", "Let", "Let", "Return"]
    );
    let StepKind::Let { value: Expr { kind: ExprKind::Handled(handled), .. }, .. } = &read[0].kind else {
        panic!("a value with clauses")
    };
    assert!(handled.with.is_some() && handled.finally.is_some());
    assert!(handled.undo.as_ref().is_some_and(|undo| undo.with.is_some()));
    assert!(
        matches!(&handled.otherwise, Some(Otherwise::Arms { arms, .. }) if arms.len() == 3 && arms[0].patterns.len() == 2)
    );
}

#[test]
fn else_takes_arms_or_a_record() {
    for (written, arms) in
        [("{ a: 1 }", false), ("{ }", false), ("{ _ => 1 }", true), ("{ timeout as t => t }", true)]
    {
        let read = steps(&format!("let a = f() else {written}"));
        let StepKind::Let { value: Expr { kind: ExprKind::Handled(handled), .. }, .. } = &read[0].kind else {
            panic!("a value with clauses")
        };
        assert_eq!(matches!(handled.otherwise, Some(Otherwise::Arms { .. })), arms, "{written}");
    }
}

#[test]
fn tests_have_their_steps() {
    let text = r#"test "a {b} c" {
  let x = 1
  expect f(x) == 2
  given Erp.get(id: "1") -> 200 { a: 1 }
  given Erp.get -> 402
  given Pay.charge -> timeout
  given now -> "2026-01-01T00:00:00Z"
  when Orders.place(body: { a: 1 })
  then fails Declined { a: 1 }
  then fails 502
  then returns 201 { id: "1" }
  then Stock.release(id: "1") called once
  then Stock.release called 3 times
  then Stock.release called never
  then Stock.release called before Erp.get
  then emits Placed { id: "1" }
  then logs info "text"
}"#;
    let Item::Test(test) = only_item(text) else { panic!("a test") };
    assert_eq!(test.name.value, "a {b} c");
    assert_eq!(test.steps.len(), 16);
    assert!(matches!(&test.steps[3].kind, TestStepKind::Given { answer: Answer::Status(_, None), .. }));
    assert!(matches!(&test.steps[13].kind, TestStepKind::Then(Then::Called { times: Times::Before(_), .. })));
}

#[test]
fn documentation_stands_on_what_is_below_it() {
    let text = "/// A type\n/// in two lines\ntype A {\n  /// a field\n  a: int // said beside\n}\n// alone\nmap m(\n  /// a parameter\n  a: A\n) -> A { ..a }";
    let file = good(text);
    let Some(Item::Type(decl)) = file.items.first() else { panic!("a type") };
    assert_eq!(decl.doc.as_ref().map(|doc| doc.text.as_str()), Some("A type\nin two lines"));
    let TypeBody::Record(fields) = &decl.body else { panic!("a record") };
    assert!(fields[0].doc.is_some());
    assert!(matches!(&file.items[1], Item::Map(map) if map.params[0].doc.is_some()));
    let comments: Vec<&str> = file.comments.iter().map(|comment| comment.text.as_str()).collect();
    assert_eq!(comments, ["said beside", "alone"]);
}
