//! What a mock answers where contracts and requests come together in less usual ways: ids that paths restrict, XML, filters,
//! pages, several failures, wishes.

use super::testing::{ask, ask_with, of, shown};
use super::tests::SHOP;
use super::{Fail, Mock, Settings};

#[test]
fn new_ids_are_such_as_their_paths_take() {
    let text = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /orders:
    post: {operationId: create, responses: {'201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}}
  /orders/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string, pattern: '^[A-Z0-9]+$', minLength: MIN}}]
      responses: {'200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
components: {schemas: {Order: {type: object, required: [id], properties: {id: {type: string}}}}}
";
    for shortest in ["1", "12"] {
        let mut mock = of(&text.replace("MIN", shortest), Settings::default());
        let mut known = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let created = ask_with(&mut mock, "POST /orders", &[], "");
            let (_, at) = created.headers.first().expect("a location");
            assert!(known.insert(at.clone()), "{at} twice");
            let read = ask(&mut mock, &format!("GET {at}"), "");
            assert_eq!(read, shown(&created).replace("201", "200"));
        }
    }
}

/// A contract with `/things` that can only be read, as the answers to the list and to one are declared.
fn read_only(path: &str, parameter: &str, list: &str, one: &str, schema: &str) -> Mock {
    let text = format!(
        "\
openapi: 3.0.3
info: {{title: t, version: '1'}}
paths:
  {path}:
    get: {{operationId: list, parameters: [{{name: limit, in: query, schema: {{type: integer}}}}], responses: {{'200': {{description: d, content: {{application/json: {list}}}}}}}}}
  {path}/{{{parameter}}}:
    get:
      operationId: read
      parameters: [{{name: {parameter}, in: path, required: true, schema: {{type: string}}}}]
      responses: {{'200': {{description: d, content: {{application/json: {one}}}}}, '404': {{description: d}}}}
components: {{schemas: {{Thing: {schema}}}}}
"
    );
    of(&text, Settings::default())
}

#[test]
fn the_examples_of_one_are_the_list_where_it_has_none() {
    let schema = "{type: object, required: [show_id, starts], properties: {show_id: {type: string}, starts: {type: string}}}";
    let one = "{schema: {$ref: '#/components/schemas/Thing'}, examples: {a: {value: {show_id: S-1, starts: '31.12.2026'}}, \
               b: {value: {show_id: S-2, starts: '01.01.2027'}}}}";
    let list = "{schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}";
    let mut mock = read_only("/shows", "showId", list, one, schema);
    let both = r#"[{"show_id":"S-1","starts":"31.12.2026"},{"show_id":"S-2","starts":"01.01.2027"}]"#;
    assert_eq!(ask(&mut mock, "GET /shows", ""), format!("200 {both}"));
    assert_eq!(ask(&mut mock, "GET /shows?limit=1", ""), r#"200 [{"show_id":"S-1","starts":"31.12.2026"}]"#);
    assert_eq!(ask(&mut mock, "GET /shows/S-2", ""), r#"200 {"show_id":"S-2","starts":"01.01.2027"}"#);
    // Its own examples go before, and so does what it says of its length.
    let own = list.replace("}}}", "}}, example: [{show_id: S-9, starts: never}]}");
    let mut mock = read_only("/shows", "showId", &own, one, schema);
    assert_eq!(ask(&mut mock, "GET /shows", ""), r#"200 [{"show_id":"S-9","starts":"never"}]"#);
    let mut mock = read_only("/shows", "showId", &list.replace("array,", "array, minItems: 3,"), one, schema);
    assert_eq!(ask(&mut mock, "GET /shows", "").matches("show_id").count(), 3);
}

/// The id of the answer to `GET /v0/orders/7-7`, or to another path.
#[test]
fn a_longer_name_is_the_id_where_it_is_the_only_one() {
    let asked = |parameter: &str, required: &str, fields: &str| {
        let schema = format!("{{type: object, required: [{required}], properties: {{{fields}}}}}");
        let one = "{schema: {type: object, required: [payload], properties: {payload: {$ref: '#/components/schemas/Thing'}}}}";
        let mut mock = read_only("/v0/orders", parameter, "{schema: {type: object}}", one, &schema);
        ask(&mut mock, "GET /v0/orders/7-7", "")
    };
    let (with_id, without) =
        (r#"200 {"payload":{"AmazonOrderId":"7-7"}}"#, r#"200 {"payload":{"AmazonOrderId":"text"}}"#);
    let plain = "AmazonOrderId: {type: string}";
    assert_eq!(asked("orderId", "AmazonOrderId", plain), with_id);
    assert_eq!(asked("id", "AmazonOrderId", plain), with_id);
    assert_eq!(asked("customerId", "AmazonOrderId", plain), without, "it is the id of something else");
    assert_eq!(asked("orderId", "", plain), without, "what may be left out is no id");
    let several = "AmazonOrderId: {type: string}, SellerOrderId: {type: string}";
    let one_of_them = asked("orderId", "AmazonOrderId", several);
    assert_eq!(one_of_them, with_id.replace("\"}}", "\",\"SellerOrderId\":\"text\"}}"));
    assert!(!asked("orderId", "AmazonOrderId, SellerOrderId", several).contains("7-7"), "it could be either");
    let shorter = "AmazonOrderId: {type: string, maxLength: 2}";
    assert!(!asked("orderId", "AmazonOrderId", shorter).contains("7-7"), "what does not fit is not put in");
}

const PETS: &str = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /pets:
    get:
      operationId: list
      parameters:
        - {name: tag, in: query, schema: {type: string}}
        - {name: kinds, in: query, schema: {type: string}}
        - {name: sort, in: query, schema: {type: string}}
      responses:
        '200':
          description: d
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
            application/xml: {schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '201':
          description: d
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 1, name: Tom}}
            application/xml: {schema: {$ref: '#/components/schemas/Pet'}, example: '<Pet><name>Tom</name></Pet>'}
  /pets/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: read
      responses:
        '200':
          description: d
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 1, name: Tom}}
            application/xml: {schema: {$ref: '#/components/schemas/Pet'}, example: '<Pet><name>Tom</name></Pet>'}
    put:
      operationId: put
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses:
        '200': {description: d, content: {application/xml: {schema: {$ref: '#/components/schemas/Pet'}}}}
        '400': {description: d, content: {application/json: {schema: {type: string}}}}
components:
  schemas:
    Pet: {type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string, minLength: 1}, tag: {type: string, nullable: true}, kinds: {type: array, items: {type: string}}}}
";

#[test]
fn what_is_remembered_is_shown_in_xml_too() {
    let mut mock = of(PETS, Settings::default());
    let xml = |mock: &mut Mock, line: &str, body: &str| {
        let answer = ask_with(mock, line, &[("accept", "application/xml")], body);
        assert_eq!(answer.media_type.as_deref(), Some("application/xml"), "{line}");
        shown(&answer).lines().last().unwrap_or_default().to_owned()
    };
    let kit = "<Pet><id>1</id><name>Kit</name></Pet>";
    assert_eq!(xml(&mut mock, "PUT /pets/1", r#"{"name":"Kit"}"#), kit);
    assert_eq!(ask(&mut mock, "GET /pets/1", ""), r#"200 {"id":1,"name":"Kit"}"#);
    assert_eq!(xml(&mut mock, "GET /pets/1", ""), kit);
    assert_eq!(xml(&mut mock, "POST /pets", r#"{"name":"Rex"}"#), "<Pet><id>2</id><name>Rex</name></Pet>");
    let listed = xml(&mut mock, "GET /pets", "");
    assert!(listed.contains("<name>Kit</name>") && listed.contains("<name>Rex</name>"), "{listed}");
}

#[test]
fn what_is_wrong_stands_in_a_header_whatever_the_form_of_the_answer() {
    let mut mock = of(PETS, Settings::default());
    let refused = ask_with(&mut mock, "PUT /pets/1", &[], r#"{"name":""}"#);
    assert_eq!(shown(&refused), r#"400 "text""#);
    assert_eq!(refused.headers, [("mock-faults", "body.name must have at least 1 character".to_owned())]);
    let long = format!(r#"{{"name":1,"{}é":7}}"#, "x".repeat(2_000));
    let text =
        PETS.replace("Pet: {type: object,", "Pet: {type: object, additionalProperties: {type: string},");
    let refused = ask_with(&mut of(&text, Settings::default()), "PUT /pets/1", &[], &long);
    let (_, told) = refused.headers.first().expect("a header");
    assert!(told.len() <= 1_000 && told.contains("body.name must be a text"), "{told}");
    assert!(ask_with(&mut mock, "GET /pets/1", &[], "").headers.is_empty());
}

#[test]
fn filters_leave_out_what_lacks_the_field() {
    let mut mock = of(PETS, Settings::default());
    for pet in
        [r#"{"name":"a","tag":"dog"}"#, r#"{"name":"b","tag":null}"#, r#"{"name":"c","kinds":["x","y"]}"#]
    {
        assert!(ask(&mut mock, "POST /pets", pet).starts_with("201 "));
    }
    let mut names = |query: &str| {
        let listed = ask(&mut mock, &format!("GET /pets?{query}"), "");
        ["Tom", "a", "b", "c"]
            .into_iter()
            .filter(|name| listed.contains(&format!("{name:?}")))
            .collect::<String>()
    };
    assert_eq!(names("tag=dog"), "a");
    assert_eq!(names("tag=cat"), "");
    assert_eq!(names("kinds=y"), "c");
    assert_eq!(names("sort=name"), "Tomabc", "what is no field is no filter");
}

#[test]
fn lists_outside_of_collections_have_pages() {
    let text = "\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /hours:
    get:
      operationId: hours
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
        - {name: offset, in: query, schema: {type: integer}}
        - {name: day, in: query, schema: {type: string}}
      responses:
        '200':
          description: d
          content:
            application/json:
              schema:
                type: object
                properties: {count: {type: integer}, next: {type: string, nullable: true}, results: {type: array, items: {type: object, properties: {day: {type: string}}}}}
              example: {count: 9, next: more, results: [{day: a}, {day: b}, {day: c}]}
  /names:
    get:
      operationId: names
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {'200': {description: d, content: {application/json: {schema: {type: array, minItems: 2, items: {type: string}}, example: [a, b, c]}}}}
";
    let mut mock = of(text, Settings::default());
    let mut of = |line: &str| ask(&mut mock, line, "");
    assert_eq!(
        of("GET /hours?day=b"),
        r#"200 {"count":9,"next":"more","results":[{"day":"a"},{"day":"b"},{"day":"c"}]}"#
    );
    assert_eq!(of("GET /hours?limit=1&offset=1"), r#"200 {"count":3,"next":null,"results":[{"day":"b"}]}"#);
    assert_eq!(of("GET /hours?offset=7"), r#"200 {"count":3,"next":null,"results":[]}"#);
    assert_eq!(of("GET /names?limit=2"), r#"200 ["a","b"]"#);
    assert_eq!(of("GET /names?limit=1"), r#"200 ["a","b","c"]"#, "the schema wants two");
}

#[test]
fn what_is_to_fail_in_one_operation_goes_before_what_fails_anywhere() {
    let fail =
        |operation: Option<&str>, status| Fail { operation: operation.map(Into::into), status, part: 1.0 };
    let fails = vec![fail(None, 503), fail(Some("getOrder"), 429)];
    let mut mock = of(SHOP, Settings { fails, ..Settings::default() });
    assert!(ask(&mut mock, "GET /v1/orders/O-0001", "").starts_with("429 "));
    assert!(ask(&mut mock, "GET /v1/orders", "").starts_with("503 "));
}

#[test]
fn a_header_asks_for_a_class_and_is_no_matter_of_the_contract() {
    let text = SHOP.replace(
        "- {name: limit, in: query,",
        "- {name: Prefer, in: header, schema: {type: string, enum: [return=minimal]}}\n        - {name: limit, in: query,",
    );
    let mut mock = of(&text, Settings::default());
    let mut prefer = |line: &str, wanted: &str| {
        let answer = ask_with(&mut mock, line, &[("Prefer", wanted)], "{}");
        (answer.status, answer.faults.iter().any(|fault| fault.at == "header.Prefer"))
    };
    assert_eq!(prefer("POST /v1/orders", "code=4XX").0, 402);
    assert_eq!(prefer("POST /v1/orders", "code=5xx").0, 400, "none is declared");
    assert_eq!(prefer("GET /v1/orders", "code=200"), (200, false));
    assert_eq!(prefer("GET /v1/orders", "return=maximal"), (400, true));
    let text = SHOP.replace("'402':", "4XX:").replace("'422':", "default:");
    let mut mock = of(&text, Settings::default());
    let mut status =
        |wanted: &str| ask_with(&mut mock, "POST /v1/orders", &[("Prefer", wanted)], "{}").status;
    assert_eq!((status("code=4XX"), status("code=default"), status("code=409")), (400, 500, 409));
}
