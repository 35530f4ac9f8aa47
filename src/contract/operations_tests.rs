//! Operations of all versions become the same model.

use super::model::{Access, Format, MediaKind, Method, Place, SecurityKind, Shape, Status, Style};
use super::testing::{codes, contract, load_files};

const PARAMETERS: &str = "openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a/{x}/{y}:
    parameters:
      - {name: y, in: path, required: true, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}}
      - {name: Accept, in: header, schema: {type: string}}
    get:
      operationId: op
      parameters:
        - {name: q, in: query, required: true, schema: {type: integer}}
        - {name: x, in: path, required: true, schema: {type: string}, style: label}
        - {name: list, in: query, style: pipeDelimited, schema: {type: array, items: {}}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: text, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: c, in: cookie, schema: {type: string}}
        - {name: X-H, in: header, schema: {type: array, items: {}}}
      responses: {'200': {description: ok}}
";

#[test]
fn parameters_are_inherited_overridden_and_styled() {
    let mut contract = contract(PARAMETERS);
    let operation = contract.operation("op").expect("it is there");
    let shown: Vec<_> = operation
        .parameters
        .iter()
        .map(|one| (one.name.as_str(), one.place, one.required, one.style))
        .collect();
    assert_eq!(
        shown,
        [
            ("x", Place::Path, true, Style::Label { explode: false }),
            ("y", Place::Path, true, Style::Simple { explode: false }),
            ("q", Place::Query, true, Style::Form { explode: true }),
            ("list", Place::Query, false, Style::PipeDelimited { explode: false }),
            ("deep", Place::Query, false, Style::DeepObject),
            ("text", Place::Query, false, Style::Json),
            ("c", Place::Cookie, false, Style::Form { explode: true }),
            ("X-H", Place::Header, false, Style::Simple { explode: false }),
        ]
    );
    let query = operation.parameters.iter().find(|one| one.name == "q").expect("it is there");
    assert!(matches!(contract.schema(query.schema).shape, Shape::Int { .. }), "the operation's own counts");
    assert_eq!(codes(&contract.findings()), ["warning contract/set-aside"]);
}

#[test]
fn media_types_in_the_order_of_preference() {
    let names = [
        "text/csv",
        "multipart/form-data",
        "application/xml",
        "application/octet-stream",
        "text/event-stream",
        "application/x-ndjson",
        "application/vnd.x+json",
        "application/x-www-form-urlencoded",
        "Application/JSON; charset=utf-8",
        "image/png",
    ];
    let content: Vec<String> = names.iter().map(|name| format!("'{name}': {{schema: {{}}}}")).collect();
    let mut contract = contract(&format!(
        "openapi: 3.0.3\npaths:\n  /a:\n    post:\n      operationId: op\n      requestBody: {{content: {{{}}}}}\n      \
         responses: {{'2XX': {{description: ok}}, default: {{description: no}}}}\n",
        content.join(", ")
    ));
    let operation = contract.operation("op").expect("it is there");
    let body = operation.body.as_ref().expect("it has one");
    let kinds: Vec<MediaKind> = body.content.iter().map(|media| media.kind).collect();
    use MediaKind::{Binary, Events, Form, Json, JsonLines, Multipart, Text};
    assert_eq!(kinds, [Json, Json, Form, Multipart, JsonLines, Events, Text, Text, Binary, Binary]);
    assert_eq!(body.content[0].media_type, "Application/JSON; charset=utf-8");
    let statuses: Vec<Status> = operation.responses.iter().map(|response| response.status).collect();
    assert_eq!(statuses, [Status::Class(2), Status::Default]);
}

#[test]
fn names_are_derived_from_method_and_path() {
    let contract = contract(
        "openapi: 3.0.3\npaths:\n  /customers/{id}/open-orders: {get: {}, put: {operationId: ''}}\n  \
         /customers/{Id}/openOrders: {get: {}}\n  /: {post: {}}\n  /x: {post: {operationId: post}}\n",
    );
    let names: Vec<&str> = contract.operation_names().collect();
    assert_eq!(
        names,
        [
            "getCustomersByIdOpenOrders",
            "putCustomersByIdOpenOrders",
            "getCustomersByIdOpenOrders2",
            "post2",
            "post"
        ]
    );
}

const SWAGGER: &str = r##"{
 "swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "api.example.com", "basePath": "/v1/",
 "schemes": ["http", "https"], "consumes": ["application/json"], "produces": ["application/json", "text/plain"],
 "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"},
  "oauth": {"type": "oauth2", "flow": "application", "tokenUrl": "https://x/t", "scopes": {"read": "r"}}},
 "security": [{"key": []}, {"oauth": ["read"]}],
 "parameters": {"page": {"name": "page", "in": "query", "type": "integer", "default": 1}},
 "responses": {"gone": {"description": "gone", "schema": {"$ref": "#/definitions/Fault"}}},
 "definitions": {"Fault": {"type": "object", "properties": {"id": {"type": "string", "x-nullable": true, "readOnly": true}}}},
 "paths": {
  "/a/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "type": "string", "format": "uuid"}],
   "get": {"operationId": "list", "parameters": [{"$ref": "#/parameters/page"},
     {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
     {"name": "csv", "in": "query", "type": "array", "items": {"type": "string"}},
     {"name": "tsv", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "tsv"}],
    "responses": {"200": {"description": "ok", "schema": {"type": "array", "items": {"$ref": "#/definitions/Fault"}}},
     "410": {"$ref": "#/responses/gone"}}},
   "put": {"operationId": "put", "parameters": [{"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Fault"}}],
    "responses": {"204": {"description": "ok"}}},
   "post": {"operationId": "upload", "consumes": ["multipart/form-data"], "security": [],
    "parameters": [{"name": "file", "in": "formData", "type": "file", "required": true}, {"name": "note", "in": "formData", "type": "string"}],
    "responses": {"200": {"description": "ok", "schema": {"type": "file"}}}}}}}"##;

#[test]
fn swagger_two_becomes_the_same_model() {
    let mut contract = contract(SWAGGER);
    let servers: Vec<&str> = contract.servers().iter().map(|server| server.url.as_str()).collect();
    assert_eq!(servers, ["https://api.example.com/v1", "http://api.example.com/v1"]);
    let list = contract.operation("list").expect("it is there");
    let styles: Vec<_> = list.parameters.iter().map(|one| (one.name.as_str(), one.style)).collect();
    assert_eq!(
        styles,
        [
            ("id", Style::Simple { explode: false }),
            ("page", Style::Form { explode: false }),
            ("tags", Style::Form { explode: true }),
            ("csv", Style::Form { explode: false }),
            ("tsv", Style::TabDelimited),
        ]
    );
    assert!(matches!(
        contract.schema(list.parameters[0].schema).shape,
        Shape::String { format: Format::Uuid, .. }
    ));
    assert!(contract.schema(list.parameters[1].schema).default.is_some());
    let kinds: Vec<MediaKind> = list.responses[0].content.iter().map(|media| media.kind).collect();
    assert_eq!(kinds, [MediaKind::Json, MediaKind::Text]);
    let gone = contract.schema(list.responses[1].content[0].schema.expect("it has one"));
    let Shape::Object { fields, .. } = &gone.shape else { panic!("{gone:?}") };
    assert_eq!(fields[0].access, Access::ReadOnly);
    assert!(contract.schema(fields[0].schema).nullable);
    assert_eq!(list.security.len(), 2);
    assert_eq!(list.security[1][0].scopes, ["read"]);
    assert!(
        contract.security_schemes().iter().any(|scheme| matches!(scheme.kind, SecurityKind::OAuth2 { .. }))
    );
}

#[test]
fn bodies_of_swagger_two() {
    let mut contract = contract(SWAGGER);
    let put = contract.operation("put").expect("it is there");
    let body = put.body.as_ref().expect("it has one");
    assert!(body.required && body.content[0].kind == MediaKind::Json);
    assert!(put.responses[0].content.is_empty());
    let upload = contract.operation("upload").expect("it is there");
    assert!(upload.security.is_empty() && upload.method == Method::Post);
    let form = &upload.body.as_ref().expect("it has one").content[0];
    assert_eq!(form.kind, MediaKind::Multipart);
    let form = contract.schema(form.schema.expect("it has one"));
    let Shape::Object { fields, .. } = &form.shape else { panic!("{form:?}") };
    assert_eq!(
        fields.iter().map(|field| (field.name.as_str(), field.required)).collect::<Vec<_>>(),
        [("file", true), ("note", false)]
    );
    assert!(matches!(contract.schema(fields[0].schema).shape, Shape::String { format: Format::Binary, .. }));
    assert!(contract.findings().is_empty(), "{:?}", contract.findings());
}

#[test]
fn parts_in_other_files_are_found_from_where_they_stand() {
    let root = "openapi: 3.0.3\npaths:\n  /a: {$ref: paths/a.yaml}\n  /b:\n    get: {$ref: 'paths/b.yaml#/get'}\ncomponents:\n  \
                schemas: {Pet: {$ref: schemas/pet.yaml}}\n";
    let files = [
        (
            "paths/a.yaml",
            "get:\n  operationId: a\n  parameters: [{$ref: '../shared.yaml#/page'}]\n  responses: {'200': {$ref: '../shared.yaml#/ok'}}\n",
        ),
        ("paths/b.yaml", "get:\n  operationId: b\n  responses: {'200': {$ref: '../shared.yaml#/ok'}}\n"),
        (
            "shared.yaml",
            "page: {name: page, in: query, schema: {type: integer}}\nok:\n  description: ok\n  content: {application/json: {schema: {$ref: schemas/pet.yaml}}}\n",
        ),
        ("schemas/pet.yaml", "type: object\nproperties:\n  $ref: 'fields.json#/all'\n"),
        ("schemas/fields.json", r#"{"all": {"name": {"type": "string"}}}"#),
    ];
    let mut contract = load_files(root.as_bytes(), &files).expect("it is good");
    assert_eq!(contract.operation_names().collect::<Vec<_>>(), ["a", "b"]);
    let a = contract.operation("a").expect("it is there");
    assert_eq!(a.parameters[0].name, "page");
    let pet = contract.schema(a.responses[0].content[0].schema.expect("it has one"));
    assert_eq!(
        pet.name.as_deref(),
        Some("Pet"),
        "named by the document although it stands in a file of its own"
    );
    let Shape::Object { fields, .. } = &pet.shape else { panic!("{pet:?}") };
    assert_eq!(fields[0].name, "name");
    assert!(contract.findings().is_empty(), "{:?}", contract.findings());
}

#[test]
fn operations_have_servers_of_their_own() {
    let mut contract = contract(
        "openapi: 3.0.3\nservers: [{url: 'https://a.example'}]\npaths:\n  /a:\n    servers: [{url: 'https://b.example'}]\n    \
         get: {operationId: a}\n  /b:\n    get: {operationId: b, servers: [{url: 'https://{r}.example', variables: {r: {default: eu}}}]}\n",
    );
    let url = |contract: &mut super::Contract, name: &str| {
        contract.operation(name).expect("it is there").servers.first().map(|server| server.url.clone())
    };
    assert_eq!(url(&mut contract, "a").as_deref(), Some("https://b.example"));
    assert_eq!(url(&mut contract, "b").as_deref(), Some("https://eu.example"));
    assert_eq!(contract.servers().len(), 1);
}

#[test]
fn methods_of_openapi_three_two() {
    let mut contract = contract(
        "openapi: 3.2.0\npaths:\n  /a:\n    query: {operationId: q}\n    additionalOperations: {COPY: {operationId: c}, GET: {operationId: g}}\n",
    );
    assert_eq!(contract.operation_names().collect::<Vec<_>>(), ["q", "g"]);
    assert_eq!(contract.operation("q").map(|operation| operation.method), Some(Method::Query));
    assert!(codes(&contract.findings()).contains(&"warning contract/set-aside".to_owned()));
}
