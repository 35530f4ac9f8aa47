//! Documents as their readers see them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::value;
use crate::emit::fixture::*;
use crate::ir::*;

fn document(program: &Program) -> Value {
    value(program, "Stock", &[0])
}

fn component<'v>(document: &'v Value, name: &str) -> &'v Value {
    &document["components"]["schemas"][name]
}

fn post(program: &mut Program, ty: Type) {
    let operation = &mut program.services[0].operations[0];
    operation.method = "POST".to_owned();
    operation.params[0].ty = ty;
    operation.params[0].place =
        ParamPlace::Body { media_type: "application/json".to_owned(), kind: MediaKind::Json };
}

#[test]
fn an_operation_says_what_it_takes_and_all_that_it_answers() {
    let document = document(&program());
    let operation = &document["paths"]["/v1/stock/{id}"]["get"];
    let parameter = json!({
        "name": "id", "in": "path", "required": true, "schema": { "type": "string", "minLength": 1, "pattern": r"^[^\x00-\x1f\x7f-\x9f/\\]*$" },
    });
    assert_eq!(operation["parameters"], json!([parameter]));
    assert_eq!(operation["security"], json!([{ "serviceToken": [] }]));
    let responses = operation["responses"].as_object().expect("responses");
    let statuses: Vec<&str> = responses.keys().map(String::as_str).collect();
    assert_eq!(
        statuses,
        ["200", "400", "401", "403", "404", "408", "414", "431", "500", "502", "503", "504"]
    );
    for response in responses.values().filter_map(|response| response["$ref"].as_str()) {
        let name = response.strip_prefix("#/components/responses/").expect("a reference");
        assert!(document["components"]["responses"][name].is_object(), "{name}");
    }
    assert!(document["components"]["responses"]["ContentTooLarge"].is_null(), "nobody refers to it");
}

/// Whoever a service acts for needs the same scopes as who comes by themselves.
#[test]
fn scopes_are_wanted_of_services_too() {
    let mut program = program();
    want_scope(&mut program);
    let document = document(&program);
    let get = &document["paths"]["/v1/stock/{id}"]["get"];
    assert_eq!(get["security"], json!([{ "serviceToken": ["stock:read"] }]));
    assert_eq!(get["responses"]["403"]["$ref"], "#/components/responses/Forbidden");
}

/// Has the operation want `stock:read`.
fn want_scope(program: &mut Program) {
    let scopes = Type::list(Type::text());
    program.types.push(record("Caller", Origin::Flow, vec![field("scopes", scopes.clone())]));
    let caller = Type::Named(TypeId(program.types.len() - 1));
    let operation = &mut program.services[0].operations[0];
    operation.locals.push(Local { name: "caller".to_owned(), ty: caller.clone() });
    let at = operation.locals.len() - 1;
    operation.caller = Some(LocalId(at));
    let wanted = expr(ExprKind::Literal(Literal::Text("stock:read".to_owned())), Type::text());
    let list = field_of(local(at, caller), 0, scopes);
    let has = ExprKind::Std { name: "list.has".to_owned(), args: vec![list, wanted] };
    operation.settings.allow = Some(expr(has, Type::Bool));
}

/// As the answers do: of every 401, and of the 403 for a token without the scopes that nobody may call without.
#[test]
fn the_headers_that_say_what_to_show_are_named() {
    let mut program = program();
    want_scope(&mut program);
    program.services[0].operations[0].settings.auth.push(jwt("https://id.example.com"));
    let document = document(&program);
    let answers = &document["paths"]["/v1/stock/{id}"]["get"]["responses"];
    assert_eq!(answers["401"]["$ref"], "#/components/responses/Unauthorized");
    let unauthorized = &document["components"]["responses"]["Unauthorized"];
    assert!(unauthorized["headers"]["WWW-Authenticate"]["description"].is_string(), "{unauthorized}");
    let forbidden = &answers["403"];
    assert!(forbidden["headers"]["WWW-Authenticate"]["description"].is_string(), "{forbidden}");
    let schema = &forbidden["content"]["application/problem+json"]["schema"];
    assert_eq!(*schema, json!({ "$ref": "#/components/schemas/ForbiddenProblem" }));
    assert!(component(&document, "ForbiddenProblem").is_object());
    program.services[0].operations[0].settings.allow = None;
    let answers = &self::document(&program)["paths"]["/v1/stock/{id}"]["get"]["responses"];
    assert_eq!(answers["403"], json!({ "$ref": "#/components/responses/Forbidden" }));
}

#[test]
fn a_problem_is_exact() {
    let document = document(&program());
    let wanted = json!({
        "type": "object",
        "properties": {
            "type": { "type": "string", "const": "urn:problem:shop:not-found" },
            "title": { "type": "string", "const": "No such thing" },
            "status": { "type": "integer", "const": 404 },
            "detail": { "type": "string" },
        },
        "required": ["type", "title", "status"],
        "additionalProperties": false,
    });
    assert_eq!(component(&document, "NotFoundProblem"), &wanted);
}

#[test]
fn both_sides_differ_where_they_do() {
    let mut program = program();
    post(&mut program, ORDER);
    if let TypeDef::Record(order) = &mut program.types[1] {
        let text = |text: &str| expr(ExprKind::Literal(Literal::Text(text.to_owned())), Type::text());
        order.fields.push(Field { default: Some(text("x")), ..field("kind", Type::text()) });
        order.fields.push(Field { access: Access::ReadOnly, ..field("at", Type::DateTime) });
    }
    let document = document(&program);
    let request = component(&document, "OrderRequest");
    assert_eq!(request["required"], json!(["id"]));
    assert_eq!(request["properties"]["note"]["type"], json!(["string", "null"]));
    assert_eq!(request["properties"]["kind"]["default"], "x");
    assert!(request["properties"]["at"].is_null());
    let answer = component(&document, "Order");
    assert_eq!(answer["required"], json!(["id", "kind", "at"]));
    assert_eq!(answer["properties"]["note"]["type"], "string");
    assert_eq!(answer["additionalProperties"], false);
}

#[test]
fn open_enumerations_are_open_in_answers_only() {
    let mut program = program();
    post(&mut program, ERP_ORDER);
    program.services[0].operations[0].outcomes = vec![(200, ERP_ORDER)];
    let document = document(&program);
    let of = |name| component(&document, name)["properties"]["state"].clone();
    assert_eq!(of("ERP_ORDERRequest"), json!({ "type": "string", "enum": ["new", "old"] }));
    assert_eq!(of("ERP_ORDER"), json!({ "type": "string", "x-known-values": ["new", "old"] }));
}

#[test]
fn unions_name_their_members_by_constants() {
    let mut program = program();
    program.types.push(record("Card", Origin::Flow, vec![field("kind", Type::text())]));
    program.types.push(record("CASH", Origin::Backend(0), vec![field("kind", Type::text())]));
    let member = |name: &str, at| Member {
        name: name.to_owned(),
        ty: Type::Named(TypeId(at)),
        tags: vec![name.to_owned()],
    };
    program.types.push(TypeDef::Union(Union {
        name: "Payment".to_owned(),
        doc: None,
        origin: Origin::Flow,
        members: vec![member("card", 3), member("cash", 4)],
        by: Some("kind".to_owned()),
    }));
    post(&mut program, Type::Named(TypeId(5)));
    let document = document(&program);
    let cash =
        json!({ "properties": { "kind": { "type": "string", "const": "cash" } }, "required": ["kind"] });
    let wanted = json!({ "oneOf": [
        { "$ref": "#/components/schemas/Card" },
        { "allOf": [{ "$ref": "#/components/schemas/CASH" }, cash] },
    ] });
    assert_eq!(component(&document, "Payment"), &wanted);
    assert_eq!(
        component(&document, "Card")["properties"]["kind"],
        json!({ "type": "string", "const": "card" })
    );
}

/// `"card"` and `"a" | "b"` stand where they are used.
#[test]
fn an_enumeration_without_a_name_has_no_component() {
    let mut program = program();
    for values in [vec!["card"], vec!["a", "b"]] {
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        let name = values.join(" or ");
        program.types.push(TypeDef::Enum(Enum { name, doc: None, origin: Origin::Flow, values }));
    }
    let fields = vec![field("kind", Type::Named(TypeId(3))), field("one", Type::Named(TypeId(4)).optional())];
    program.types.push(record("New", Origin::Flow, fields));
    post(&mut program, Type::Named(TypeId(5)));
    let properties = component(&document(&program), "New")["properties"].clone();
    assert_eq!(properties["kind"], json!({ "type": "string", "const": "card" }));
    assert_eq!(properties["one"], json!({ "type": ["string", "null"], "enum": ["a", "b", null] }));
}

#[test]
fn rules_are_written_out() {
    let mut program = program();
    let rule = TextRule { pattern: Some("C[0-9]|x".to_owned()), min: Some(1), max: Some(3), name: None };
    let amount =
        DecimalRule { min: Some("0".to_owned()), above_min: true, scale: Some(2), ..DecimalRule::default() };
    let list = Type::List(Arc::new(ListType { item: Type::Text(rule), min: Some(1), max: Some(50) }));
    program.types.push(record(
        "New",
        Origin::Flow,
        vec![
            field("codes", list),
            field("amount", Type::Decimal(amount)),
            field("count", Type::Int(IntRule { min: Some(1), ..IntRule::default() })),
        ],
    ));
    post(&mut program, Type::Named(TypeId(3)));
    let document = document(&program);
    let properties = &component(&document, "New")["properties"];
    let item = json!({ "type": "string", "minLength": 1, "maxLength": 3, "pattern": "^(?:C[0-9]|x)$" });
    assert_eq!(properties["codes"], json!({ "type": "array", "items": item, "minItems": 1, "maxItems": 50 }));
    assert_eq!(properties["amount"]["exclusiveMinimum"], 0);
    assert_eq!(properties["amount"]["multipleOf"], 0.01);
    assert_eq!(
        (&properties["count"]["minimum"], &properties["count"]["maximum"]),
        (&json!(1), &json!(i64::MAX))
    );
}

#[test]
fn a_bundle_has_one_document_for_all() {
    let document = value(&program(), "all", &[0, 1]);
    assert_eq!(document["paths"]["/v1/orders/{id}"]["get"]["operationId"], "Orders.orders");
    assert_eq!(document["tags"][1], json!({ "name": "Orders", "description": "All about Orders." }));
}

#[test]
fn every_text_is_read_back() {
    let hostile = "*/ \"}\n---\n- a: [\u{202e}#![x]\r\n../";
    let mut program = program();
    program.services[0].doc = Some(hostile.to_owned());
    program.services[0].operations[0].doc = Some(hostile.to_owned());
    if let TypeDef::Record(order) = &mut program.types[1] {
        order.name = hostile.to_owned();
        order.fields.push(field(hostile, Type::text()));
    }
    let text = super::document(&program, "Stock", &[0]);
    let read: Value = serde_yaml_ng::from_str(&text).expect("YAML");
    assert_eq!(read, document(&program));
}

#[test]
fn the_header_that_leads_to_the_next_page_is_said_of_the_good_answer() {
    let mut program = program();
    let header = |program: &Program| {
        let document = document(program);
        let answers = &document["paths"]["/v1/stock/{id}"]["get"]["responses"];
        assert!(answers["404"]["headers"].is_null());
        answers["200"]["headers"]["Link"]["schema"]["type"].clone()
    };
    assert_eq!(header(&program), Value::Null);
    program.services[0].operations[0].settings.pages = true;
    assert_eq!(header(&program), "string");
}
