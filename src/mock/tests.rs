//! What a mock answers, without sockets: state, checks, failures, wishes.

use std::time::Duration;

use super::testing::{ask, ask_with, of, shown};
use super::{Credentials, Fail, Latency, Mock, Settings};

pub const SHOP: &str = "\
openapi: 3.0.3
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example.com/v1'}]
security: [{key: []}]
paths:
  /orders:
    get:
      operationId: listOrders
      security: []
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 10}}
        - {name: state, in: query, schema: {type: string}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                required: [items, total]
                properties:
                  items: {type: array, items: {$ref: '#/components/schemas/Order'}}
                  total: {type: integer}
                  next: {type: string}
    post:
      operationId: createOrder
      security: []
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/NewOrder'}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '402':
          description: d
          content: {application/json: {schema: {$ref: '#/components/schemas/Fault'}, examples: {broke: {value: {message: no money}}}}}
        '422': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Fault'}}}}
  /orders/{orderId}:
    parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      security: []
      responses:
        '200':
          description: d
          content:
            application/json:
              schema: {$ref: '#/components/schemas/Order'}
              example: {id: O-0001, sku: tea, count: 2, state: open, price: 12.50}
        '404': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Fault'}, example: {message: gone}}}}
    put:
      operationId: putOrder
      security: []
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/NewOrder'}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {description: d}
    patch:
      operationId: patchOrder
      security: []
      requestBody: {required: true, content: {application/json: {schema: {type: object, properties: {count: {type: integer}, note: {type: string, nullable: true}}}}}}
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        '404': {description: d}
    delete:
      operationId: deleteOrder
      security: []
      responses: {'204': {description: d}, '404': {description: d}}
  /orders/{orderId}/lines:
    get:
      operationId: listLines
      security: []
      parameters: [{name: orderId, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: d, content: {application/json: {schema: {type: array, items: {type: string}}, example: [a]}}}
        '404': {description: d}
  /secret:
    get: {operationId: getSecret, responses: {'200': {description: d}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    NewOrder:
      type: object
      required: [sku]
      properties:
        sku: {type: string, minLength: 2}
        count: {type: integer, minimum: 1}
        note: {type: string, nullable: true}
        password: {type: string, writeOnly: true}
    Order:
      allOf:
        - $ref: '#/components/schemas/NewOrder'
        - type: object
          required: [id, state]
          properties:
            id: {type: string, pattern: '^O-[0-9]{4}$', readOnly: true}
            state: {type: string, enum: [open, paid], readOnly: true}
            price: {type: number, readOnly: true}
    Fault: {type: object, required: [message], properties: {message: {type: string}, code: {type: integer}}}
";

fn shop() -> Mock {
    of(SHOP, Settings::default())
}

const FIRST: &str = r#"{"sku":"tea","count":2,"id":"O-0001","state":"open","price":12.50}"#;

#[test]
fn what_is_posted_can_be_read_listed_and_changed() {
    let mut mock = shop();
    let posted = ask_with(
        &mut mock,
        "POST /v1/orders",
        &[],
        r#"{"sku":"mug","count":3,"password":"p","id":"O-7777"}"#,
    );
    assert_eq!(shown(&posted), r#"201 {"sku":"mug","count":3,"id":"O-0002","state":"open","price":12.50}"#);
    assert_eq!(posted.headers, [("location", "/v1/orders/O-0002".to_owned())]);
    assert_eq!(
        ask(&mut mock, "GET /v1/orders/O-0002", ""),
        r#"200 {"sku":"mug","count":3,"id":"O-0002","state":"open","price":12.50}"#
    );
    assert_eq!(
        ask(&mut mock, "POST /v1/orders", r#"{"sku":"hat"}"#),
        r#"201 {"sku":"hat","id":"O-0003","state":"open","price":12.50}"#
    );
    let listed = ask(&mut mock, "GET /v1/orders", "");
    assert!(listed.contains(r#""sku":"tea""#) && listed.contains(r#""id":"O-0003""#), "{listed}");
    assert!(listed.ends_with(r#""total":3}"#), "{listed}");
    assert_eq!(
        ask(&mut mock, "PATCH /v1/orders/O-0003", r#"{"count":5,"note":null}"#),
        r#"200 {"sku":"hat","count":5,"note":null,"id":"O-0003","state":"open","price":12.50}"#
    );
    assert_eq!(
        ask(&mut mock, "PUT /v1/orders/O-0003", r#"{"sku":"cap"}"#),
        r#"200 {"sku":"cap","id":"O-0003","state":"open","price":12.50}"#
    );
    assert_eq!(ask(&mut mock, "DELETE /v1/orders/O-0003", ""), "204");
    for gone in ["GET", "DELETE"] {
        assert!(ask(&mut mock, &format!("{gone} /v1/orders/O-0003"), "").starts_with("404"), "{gone}");
    }
    assert!(ask(&mut mock, "GET /v1/orders?limit=1", "").contains("\"total\":2"));
}

#[test]
fn a_collection_begins_with_the_examples_and_knows_no_others() {
    let mut mock = shop();
    assert_eq!(ask(&mut mock, "GET /v1/orders/O-0001", ""), format!("200 {FIRST}"));
    assert_eq!(ask(&mut mock, "GET /v1/orders/O-0009", ""), r#"404 {"message":"gone"}"#);
    assert_eq!(ask(&mut mock, "PUT /v1/orders/O-0009", r#"{"sku":"mug"}"#), "404");
    assert_eq!(ask(&mut mock, "GET /v1/orders/O-0009/lines", ""), "404");
    assert_eq!(ask(&mut mock, "GET /v1/orders/O-0001/lines", ""), "200 [\"a\"]");
    assert_eq!(ask(&mut mock, "DELETE /v1/orders/O-0001", ""), "204");
    assert!(ask(&mut mock, "GET /v1/orders/O-0001", "").starts_with("404"));
    assert!(ask(&mut mock, "GET /v1/orders", "").starts_with(r#"200 {"items":[],"total":0"#));
}

/// What a list shows of its things is less than they are, and they are there nevertheless.
#[test]
fn a_collection_begins_with_what_its_list_shows() {
    let text = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /pets:
    get:
      operationId: list
      responses: {'200': {description: d, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Short'}}, example: [{id: 4, name: Tom}, {id: 9, name: Kit}]}}}}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: read
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}, '404': {description: d}}
    delete: {operationId: remove, responses: {'204': {description: d}}}
components:
  schemas:
    Short: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}
    Pet: {type: object, required: [id, name, legs], properties: {id: {type: integer}, name: {type: string}, legs: {type: integer}}}
";
    let mut mock = of(text, Settings::default());
    assert_eq!(ask(&mut mock, "GET /pets", ""), r#"200 [{"id":4,"name":"Tom"},{"id":9,"name":"Kit"}]"#);
    assert_eq!(ask(&mut mock, "GET /pets/9", ""), r#"200 {"id":9,"name":"Kit","legs":1}"#);
    assert_eq!(ask(&mut mock, "GET /pets/5", ""), "404");
    assert_eq!(ask(&mut mock, "DELETE /pets/4", ""), "204");
    assert_eq!(ask(&mut mock, "GET /pets", ""), r#"200 [{"id":9,"name":"Kit"}]"#);
}

/// Without an example, nothing is known until something is written.
#[test]
fn an_unknown_collection_has_every_id_until_it_is_written_to() {
    let mut mock = of(
        &SHOP.replace("example: {id: O-0001, sku: tea, count: 2, state: open, price: 12.50}", "x-a: 1"),
        Settings::default(),
    );
    let read = ask(&mut mock, "GET /v1/orders/O-0042", "");
    assert!(read.starts_with("200 ") && read.contains(r#""id":"O-0042""#), "{read}");
    let posted = ask(&mut mock, "POST /v1/orders", r#"{"sku":"mug"}"#);
    assert!(posted.starts_with("201 "), "{posted}");
    assert_eq!(ask(&mut mock, "GET /v1/orders/O-0042", ""), read, "what was there once stays there");
    assert!(ask(&mut mock, "GET /v1/orders/O-0099", "").starts_with("404"));
}

#[test]
fn what_is_wrong_with_a_request_is_told() {
    let mut mock = shop();
    let refused = ask_with(&mut mock, "POST /v1/orders", &[], r#"{"count":0,"sku":"x"}"#);
    let told: Vec<String> =
        refused.faults.iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect();
    assert_eq!(told, ["body.sku must have at least 2 characters", "body.count must be at least 1"]);
    // 422 is what the contract declares, and its form has a message.
    assert_eq!(
        shown(&refused),
        "422 {\"message\":\"the request is not what the contract says: body.sku must have at least 2 characters; \
         body.count must be at least 1\",\"code\":422}"
    );
    let bad = ask(&mut mock, "GET /v1/orders?limit=11", "");
    assert_eq!(
        bad,
        r#"400 {"type":"about:blank","title":"Bad request","status":400,"detail":"the request is not what the contract says: query.limit must be at most 10","faults":[{"at":"query.limit","message":"must be at most 10"}]}"#
    );
    let of = |mock: &mut Mock, headers: &[(&str, &str)], body: &str| {
        let answer = ask_with(mock, "POST /v1/orders", headers, body);
        answer
            .faults
            .iter()
            .map(|fault| format!("{} {}", fault.at, fault.message))
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert_eq!(of(&mut mock, &[], ""), "body is missing");
    assert!(of(&mut mock, &[], "{").starts_with("body is not JSON: "));
    assert_eq!(
        of(&mut mock, &[("content-type", "text/plain")], "a"),
        "header.Content-Type must be `application/json`"
    );
    assert!(ask(&mut mock, "GET /v1/orders", "").contains("\"total\":1"), "nothing of it was kept");
}

#[test]
fn credentials_have_to_be_there() {
    let mut mock = shop();
    assert!(ask(&mut mock, "GET /v1/secret", "").starts_with("401 "));
    assert_eq!(shown(&ask_with(&mut mock, "GET /v1/secret", &[("X-Key", "k")], "")), "200");
    let mut open = of(SHOP, Settings { credentials: Credentials::Ignored, ..Settings::default() });
    assert_eq!(ask(&mut open, "GET /v1/secret", ""), "200");
}

#[test]
fn what_is_not_in_the_contract_is_said() {
    let mut mock = shop();
    assert!(ask(&mut mock, "GET /v1/nowhere", "").starts_with("404 {\"type\""));
    let refused = ask_with(&mut mock, "DELETE /v1/orders", &[], "");
    assert_eq!((refused.status, refused.headers), (405, vec![("allow", "GET, POST".to_owned())]));
    let preflight =
        ask_with(&mut mock, "OPTIONS /v1/orders", &[("access-control-request-headers", "x-key")], "");
    assert_eq!(preflight.status, 204);
    assert!(preflight.headers.contains(&("access-control-allow-headers", "x-key".to_owned())));
}

#[test]
fn a_header_asks_for_any_declared_answer() {
    let mut mock = shop();
    let mut prefer =
        |wanted: &str| shown(&ask_with(&mut mock, "POST /v1/orders", &[("Prefer", wanted)], "{}"));
    assert_eq!(prefer("code=402"), r#"402 {"message":"no money"}"#);
    assert_eq!(prefer("example=broke"), r#"402 {"message":"no money"}"#);
    assert_eq!(prefer("code=402, dynamic=true"), r#"402 {"message":"text","code":1}"#);
    assert!(prefer("code=422").starts_with("422 {\"message\":"));
    assert!(
        prefer("code=418").starts_with("400 ")
            && prefer("code=418").contains("the contract declares 201, 402, 422 for createOrder")
    );
    assert!(prefer("code=101").starts_with("400 ") && prefer("code=no").starts_with("400 "));
    assert!(prefer("example=no").contains("the examples of createOrder are broke"));
    assert!(prefer("wait=10").starts_with("422 "), "what others are asked for is passed over");
    assert!(ask(&mut mock, "GET /v1/orders", "").contains("\"total\":1"), "nothing of it was kept");
}

#[test]
fn an_example_is_asked_for_by_its_name_as_a_value() {
    let mut mock = shop();
    assert_eq!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"broke"}"#), r#"402 {"message":"no money"}"#);
    assert!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"broken"}"#).starts_with("201 "));
    assert!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"I am broke"}"#).starts_with("201 "));
    let mut mock = of(&SHOP.replace("{broke: {", "{Bob: {"), Settings::default());
    assert!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"for Bob"}"#).starts_with("402 "));
    assert!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"Bobby"}"#).starts_with("201 "));
}

#[test]
fn a_part_of_the_requests_fails() {
    let fail = |operation: Option<&str>, part| {
        let fails = vec![Fail { operation: operation.map(Into::into), status: 503, part }];
        of(SHOP, Settings { seed: Some(7), fails, ..Settings::default() })
    };
    let failed = |mock: &mut Mock| {
        (0..1_000).filter(|_| ask(mock, "GET /v1/orders/O-0001", "").starts_with("503 ")).count()
    };
    let (half, again) = (failed(&mut fail(None, 0.5)), failed(&mut fail(None, 0.5)));
    assert!((400..600).contains(&half), "{half}");
    assert_eq!(half, again, "the seed decides");
    assert_eq!(failed(&mut fail(Some("getOrder"), 1.0)), 1_000);
    assert_eq!(failed(&mut fail(Some("listOrders"), 1.0)), 0);
    assert_eq!(failed(&mut fail(None, 0.0)), 0);
    let mut mock = fail(Some("createOrder"), 1.0);
    assert!(ask(&mut mock, "POST /v1/orders", r#"{"sku":"mug"}"#).starts_with("503 "));
    assert!(ask(&mut mock, "GET /v1/orders", "").contains("\"total\":1"), "what failed has done nothing");
}

#[test]
fn answers_are_held_back_within_a_range() {
    let latency = Latency { from: Duration::from_millis(20), to: Duration::from_millis(80) };
    let mut mock = of(SHOP, Settings { latency, ..Settings::default() });
    let delays: Vec<Duration> =
        (0..100).map(|_| ask_with(&mut mock, "GET /v1/orders", &[], "").delay).collect();
    assert!(delays.iter().all(|delay| (latency.from..=latency.to).contains(delay)));
    assert!(delays.iter().max() > delays.iter().min());
}

#[test]
fn seeds_give_other_values_and_always_the_same() {
    let first = |seed| {
        let text =
            SHOP.replace("example: {id: O-0001, sku: tea, count: 2, state: open, price: 12.50}", "x-a: 1");
        ask(&mut of(&text, Settings { seed, ..Settings::default() }), "GET /v1/orders/O-0001", "")
    };
    assert_eq!(first(Some(1)), first(Some(1)));
    assert_ne!(first(Some(1)), first(Some(2)));
    assert_eq!(
        first(None),
        r#"200 {"sku":"text","count":1,"note":"text","id":"O-0001","state":"open","price":1}"#
    );
}

#[test]
fn an_example_that_breaks_its_schema_is_passed_over_and_said_once() {
    let mut mock = of(&SHOP.replace("count: 2, state: open", "count: two, state: open"), Settings::default());
    let answer = ask_with(&mut mock, "GET /v1/orders/O-0001", &[], "");
    assert!(!shown(&answer).contains("two"));
    assert_eq!(
        answer.remarks,
        ["the example of getOrder for 200 is passed over: body.count must be a whole number, not a text"]
    );
    assert!(ask_with(&mut mock, "GET /v1/orders/O-0001", &[], "").remarks.is_empty());
}

#[test]
fn ids_are_found_under_other_names_and_in_envelopes() {
    let text = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /b7/CUST:
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {type: object, properties: {data: {$ref: '#/components/schemas/New'}}}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrapped'}}}}}
  /b7/CUST/{cust_no}:
    get:
      operationId: read
      parameters: [{name: cust_no, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Wrapped'}}}}, '404': {description: d}}
components:
  schemas:
    New: {type: object, properties: {nm: {type: string}}}
    Wrapped: {type: object, required: [data], properties: {data: {type: object, required: [custNo], properties: {custNo: {type: integer}, nm: {type: string}}}}}
";
    let mut mock = of(text, Settings::default());
    assert_eq!(
        ask(&mut mock, "POST /b7/CUST", r#"{"data":{"nm":"Ada"}}"#),
        r#"200 {"data":{"custNo":2,"nm":"Ada"}}"#
    );
    assert_eq!(ask(&mut mock, "GET /b7/CUST/2", ""), r#"200 {"data":{"custNo":2,"nm":"Ada"}}"#);
    assert_eq!(ask(&mut mock, "GET /b7/CUST/99", ""), "404");
}

#[test]
fn the_caller_chooses_among_media_types() {
    let text = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    get:
      operationId: read
      responses:
        '200':
          description: d
          content:
            application/json: {schema: {$ref: '#/components/schemas/A'}}
            application/xml: {schema: {$ref: '#/components/schemas/A'}}
            text/csv: {schema: {$ref: '#/components/schemas/A'}, example: \"a;b\"}
components: {schemas: {A: {type: object, properties: {n: {type: integer}}}}}
";
    let mut mock = of(text, Settings::default());
    let mut with = |accept: &str| {
        let answer = ask_with(&mut mock, "GET /a", &[("accept", accept)], "");
        format!("{} {}", answer.media_type.as_deref().unwrap_or_default(), shown(&answer))
    };
    assert_eq!(with("*/*"), r#"application/json 200 {"n":1}"#);
    assert_eq!(
        with("text/html, application/xml;q=0.9"),
        "application/xml 200 <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A><n>1</n></A>"
    );
    assert_eq!(with("text/*"), "text/csv 200 a;b");
    assert_eq!(with("image/png"), r#"application/json 200 {"n":1}"#);
}

#[test]
fn hostile_requests_are_only_answered() {
    let mut mock = shop();
    let long = format!("GET /v1/orders/{}", "%41".repeat(2_000));
    for line in [
        "GET /",
        "GET //",
        "GET /v1/orders/%",
        "GET /v1/orders/%ff%00",
        "GET /v1/orders/..",
        long.as_str(),
        "X-Y /v1/orders",
        "GET /v1/orders?%ff=%&&==&limit=%zz",
    ] {
        let answer = ask_with(&mut mock, line, &[("prefer", ",;=,code=,=code"), ("accept", ";,/*")], "");
        assert!((200..600).contains(&answer.status), "{line}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [deep.as_str(), "{\"sku\":\"\u{1}\"}", "{\"sku\":\"aa\",\"sku\":\"bb\"}", "\u{feff}{}", "nul"]
    {
        assert!(
            ask(&mut mock, "POST /v1/orders", body).starts_with("422 "),
            "{}",
            body.get(..20).unwrap_or(body)
        );
    }
    let huge = "9".repeat(10_000);
    assert!(
        ask(&mut mock, "POST /v1/orders", &format!("{{\"sku\":\"aa\",\"count\":{huge}}}"))
            .starts_with("422 ")
    );
}
