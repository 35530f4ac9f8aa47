//! Corners of documents: names, headers, media types, servers, figures, routes, statuses, methods.

use super::super::model::Shape;
use super::super::testing::{codes, contract, schema, with_schemas};
use super::*;

#[test]
fn k054_to_k057_names_are_kept_as_they_are() {
    let odd = ["fooBar", "foo_bar", "FooBar", "self", "crate", "r#fn", "_", "é", "日本", "a b", "$ref_", "-"];
    let fields: Vec<String> = odd.iter().map(|name| format!("'{name}': {{type: string}}")).collect();
    let schemas = format!(
        "    A: {{properties: {{{}}}}}\n    E: {{enum: ['', ' ', '-', '1', é, '🦀', a-b, a_b, a.b]}}\n",
        fields.join(", ")
    );
    let mut contract = with_schemas("3.0.3", &schemas);
    let Shape::Object { fields, .. } = schema(&mut contract, "A").shape else { panic!("an object") };
    assert_eq!(fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), odd);
    let Shape::Enum { values } = schema(&mut contract, "E").shape else { panic!("an enumeration") };
    let values: Vec<&str> = values.iter().map(|value| value.value.as_str()).collect();
    assert_eq!(values, ["", " ", "-", "1", "é", "🦀", "a-b", "a_b", "a.b"]);
}

#[test]
fn k059_operation_ids() {
    let text = format!(
        "{HEAD}paths:\n  /a:\n    get: {{operationId: list, responses: {{'200': {{description: ok}}}}}}\n    \
         post: {{operationId: List, responses: {{'200': {{description: ok}}}}}}\n  /b/{{id}}:\n    \
         parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]\n    \
         get: {{responses: {{'200': {{description: ok}}}}}}\n  /c:\n    \
         get: {{operationId: list, responses: {{'200': {{description: ok}}}}}}\n"
    );
    let mut used = contract(&text);
    assert_eq!(used.operation_names().collect::<Vec<_>>(), ["getA", "List", "getBById", "getC"]);
    for name in ["getA", "List", "getBById", "getC"] {
        assert_eq!(used.operation(name).map(|operation| operation.name.to_string()).as_deref(), Some(name));
    }
    assert_eq!(codes(&used.findings()), ["warning contract/operation-id"]);
    assert!(used.operation("list").is_some(), "so that the one finding says it all");
    assert_eq!(codes(&used.findings()), ["error contract/operation-id"]);
}

#[test]
fn k060_header_names() {
    for name in ["X-A\\r\\nSet-Cookie: x", "", "a b", ":path", "Host", "Content-Length", "Transfer-Encoding"]
    {
        let header =
            format!("      parameters: [{{name: \"{name}\", in: header, schema: {{type: string}}}}]\n{OK}");
        assert_eq!(used_operation("/a", "get", &header), ["error contract/forbidden-header"], "{name}");
    }
    let good = format!("      parameters: [{{name: If-Match, in: header, schema: {{type: string}}}}]\n{OK}");
    assert!(used_operation("/a", "get", &good).is_empty());
}

#[test]
fn k061_media_types() {
    for (name, count) in
        [("application/json; charset=\\\"x", 1), ("*/*", 0), ("text/plain\\n", 1), ("string", 1)]
    {
        let answer =
            format!("      responses: {{'200': {{description: ok, content: {{\"{name}\": {{}}}}}}}}\n");
        assert_eq!(
            used_operation("/a", "get", &answer),
            vec!["warning contract/media-type"; count],
            "{name}"
        );
    }
}

#[test]
fn k062_servers() {
    for (url, code) in [
        ("file:///x", Some("warning contract/server")),
        ("javascript:alert(1)", Some("warning contract/server")),
        ("http://169.254.169.254/", Some("warning contract/server")),
        ("https://user:pass-word@h/", Some("error contract/server")),
        ("/v1", None),
        ("localhost:8080/v1", None),
        ("https://{host}.example.com", None),
    ] {
        let contract = contract(&format!(
            "{HEAD}servers: [{{url: '{url}', variables: {{host: {{default: api}}}}}}]\npaths: {{}}\n"
        ));
        let findings = contract.findings();
        assert_eq!(codes(&findings), Vec::from_iter(code), "{url}");
        assert_eq!(contract.servers().is_empty(), code.is_some(), "{url}");
        assert!(!format!("{findings:?}").contains("pass-word"));
    }
}

#[test]
fn k063_weak_security() {
    let text = format!(
        "{HEAD}paths: {{}}\nsecurity: [{{key: []}}, {{basic: []}}, {{oauth: []}}, {{good: []}}]\ncomponents:\n  securitySchemes:\n    key: {{type: apiKey, in: query, name: k}}\n    \
         basic: {{type: http, scheme: Basic}}\n    oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: \
         'http://x/t', scopes: {{}}}}}}}}\n    good: {{type: http, scheme: bearer}}\n"
    );
    let findings = contract(&text).findings();
    assert_eq!(codes(&findings), ["warning contract/weak-security"; 3]);
    assert!(findings.iter().all(|finding| finding.message.contains("OWASP API")));
    let not_named = text.replace("{key: []}, {basic: []}, {oauth: []}, ", "");
    assert!(contract(&not_named).findings().is_empty(), "a scheme that is only declared harms nobody");
    let by_operation = format!("{not_named}x-end: 0\n").replace(
        "paths: {}",
        "paths: {/a: {get: {security: [{basic: []}], responses: {'200': {description: ok}}}}}",
    );
    let mut contract = contract(&by_operation);
    assert!(contract.operation("getA").is_some());
    assert_eq!(codes(&contract.findings()), ["warning contract/weak-security"]);
}

#[test]
fn k064_k065_patterns() {
    for (pattern, enforced) in [
        ("(?<!x)[", false),
        ("(?<=a)b", false),
        ("(a)\\1", false),
        ("^(a+)+$", true),
        ("^[\\w\\-]+\\/$", true),
    ] {
        let found = used_codes_of(&format!("    A: {{type: string, pattern: '{pattern}'}}\n"));
        assert_eq!(found.is_empty(), enforced, "{pattern}: {found:?}");
        assert!(found.iter().all(|code| code == "warning contract/pattern"));
    }
}

#[test]
fn k066_figures_and_values_that_contradict() {
    let schemas = "    A:\n      properties:\n        a: {type: integer, minimum: 5, maximum: 3}\n        \
                   b: {type: string, minLength: -1}\n        c: {type: integer, multipleOf: 0}\n        \
                   d: {type: array, minItems: 4, maxItems: 2, items: {}}\n        e: {type: integer, enum: [1, x]}\n        \
                   f: {type: integer, default: x}\n        g: {type: string, enum: [a], default: b}\n";
    let mut found = used_codes_of(schemas);
    found.sort();
    assert_eq!(found.len(), 7, "{found:?}");
    assert_eq!(found.iter().filter(|code| code.ends_with("contract/range")).count(), 4);
    assert_eq!(found.iter().filter(|code| code.ends_with("contract/value")).count(), 3);
}

#[test]
fn bounds_that_no_number_reaches() {
    for (schema, found) in [
        ("{type: number, minimum: 1e40}", Some("error contract/range")),
        ("{type: number, maximum: -99999999999999999999999999999999.99}", Some("error contract/range")),
        ("{type: integer, exclusiveMinimum: 99999999999999999999}", Some("error contract/range")),
        ("{type: number, format: double, minimum: 1e40}", None),
        ("{type: number, maximum: 99999999999999999999999999999999.99}", None),
        ("{type: integer, minimum: -99999999999999999999, maximum: 99999999999999999999}", None),
    ] {
        let codes = used_codes_of(&format!("    A: {schema}\n"));
        assert_eq!(codes.first().map(String::as_str), found, "{schema}");
    }
}

#[test]
fn a_default_with_more_digits_than_a_decimal_has() {
    let of = |schema: &str| used_codes_of(&format!("    A: {schema}\n"));
    let long = "3.14159265358979323846264338327950288";
    assert_eq!(of(&format!("{{type: number, default: {long}}}")), ["warning contract/value"]);
    assert!(of(&format!("{{type: number, format: double, default: {long}}}")).is_empty());
    assert!(of("{type: number, default: 3.141592653589793238462643383}").is_empty());
}

#[test]
fn conditions_that_are_not_enforced_are_told() {
    for (schema, is_enforced) in [
        ("{type: number, multipleOf: 0.01}", true),
        ("{type: number, multipleOf: 1e-2}", true),
        ("{type: number, multipleOf: 1.0}", true),
        ("{type: integer, multipleOf: 1}", true),
        ("{type: number, multipleOf: 0.05}", false),
        ("{type: number, format: double, multipleOf: 0.01}", false),
        ("{type: integer, multipleOf: 100}", false),
        ("{type: array, items: {}, uniqueItems: true}", false),
        ("{type: array, items: {}, uniqueItems: false}", true),
        ("{type: object, minProperties: 1, properties: {a: {}}}", false),
        ("{type: object, maxProperties: 3, additionalProperties: {type: string}}", false),
        ("{type: object, minProperties: 0, properties: {a: {}}}", true),
    ] {
        let codes = used_codes_of(&format!("    A: {schema}\n"));
        assert_eq!(codes.is_empty(), is_enforced, "{schema}: {codes:?}");
        assert!(codes.iter().all(|code| code == "warning contract/not-enforced"), "{schema}: {codes:?}");
    }
}

#[test]
fn k067_conditions_that_nothing_meets() {
    assert_eq!(
        used_codes_of("    A: {allOf: [{type: string}, {type: integer}]}\n"),
        ["error contract/uninhabited"]
    );
    assert_eq!(used_codes_of("    A: {type: string, enum: []}\n"), ["error contract/uninhabited"]);
    let overlapping =
        "    A: {oneOf: [{type: object, properties: {a: {}}}, {type: object, properties: {a: {}, b: {}}}]}\n";
    assert_eq!(used_codes_of(overlapping), ["warning contract/ambiguous"]);
    let apart = "    A: {oneOf: [{type: object, required: [a], properties: {a: {}}}, {type: object, properties: {b: {}}}]}\n";
    assert!(used_codes_of(apart).is_empty());
}

#[test]
fn k068_routes() {
    assert_eq!(used_operation("/a/{id}", "get", OK), ["warning contract/repaired"]);
    let unused = format!("      parameters: [{{name: id, in: path, required: true, schema: {{}}}}]\n{OK}");
    assert_eq!(used_operation("/a", "get", &unused), ["warning contract/repaired"]);
    let declared = format!("      parameters: [{{name: x, in: path, required: true, schema: {{}}}}]\n{OK}");
    assert_eq!(used_operation("/a/{x}/{x}", "get", &declared), ["warning contract/path"]);
    assert!(used_operation("/a/{x}.json", "get", &declared).is_empty());
    for path in ["/a//b", "", "a", "/a/{x"] {
        let found = used_operation(path, "get", OK);
        assert_eq!(found, ["error contract/path"], "{path}");
    }
    let text = format!("{HEAD}paths:\n  /a/{{b}}:\n    get:\n{OK}  /a/{{c}}:\n    get:\n{OK}")
        .replace("      responses", "     responses");
    let found = codes(&contract(&text).findings());
    assert!(found.contains(&"warning contract/ambiguous".to_owned()), "{found:?}");
}

#[test]
fn k069_statuses() {
    for status in ["99", "600", "abc", "6XX"] {
        let answer = format!("      responses: {{'{status}': {{description: ok}}}}\n");
        assert_eq!(used_operation("/a", "get", &answer), ["error contract/status"], "{status}");
    }
    for status in ["2XX", "default", "4xx", "200"] {
        let answer = format!("      responses: {{'{status}': {{description: ok}}}}\n");
        assert!(used_operation("/a", "get", &answer).is_empty(), "{status}");
    }
    assert_eq!(used_operation("/a", "get", "      summary: s\n"), ["warning contract/repaired"]);
    let body = "      responses: {'204': {description: ok, content: {application/json: {schema: {type: string}}}}}\n";
    assert_eq!(used_operation("/a", "get", body), ["warning contract/repaired"]);
}

#[test]
fn k070_methods() {
    let body = format!("      requestBody: {{required: true, content: {{application/json: {{}}}}}}\n{OK}");
    assert_eq!(used_operation("/a", "get", &body), ["warning contract/repaired"]);
    assert_eq!(used_operation("/a", "head", &body), ["warning contract/repaired"]);
    let text = format!("{HEAD}paths:\n  /a:\n    trace:\n      operationId: op\n{OK}");
    let mut contract = contract(&text);
    assert!(contract.operation("op").is_none(), "there is no such operation for flows");
    assert_eq!(codes(&contract.findings()), ["warning contract/method"]);
}

#[test]
fn many_unused_corners_are_one_line_unless_all_are_asked_for() {
    let schemas: String = (0..50)
        .map(|at| format!("    S{at}: {{type: string, default: [1]}}\n"))
        .chain(["    P: {type: string, pattern: '(?<!x)a'}\n".to_owned()])
        .collect();
    let contract = with_schemas("3.0.3", &schemas);
    let findings = contract.findings();
    assert_eq!(codes(&findings), ["warning contract/pattern", "warning contract/unused-corners"]);
    let message = &findings[1].message;
    assert_eq!(message, "`api.yaml` has 50 odd corners that no flow uses: 50 contract/value");
    let alone = contract.findings_of_itself();
    assert_eq!(codes(&alone), codes(&findings));
    assert_eq!(alone[1].message, "`api.yaml` has 50 odd corners: 50 contract/value");
    let all = contract.all_findings();
    assert_eq!(codes(&all).iter().filter(|code| *code == "warning contract/value").count(), 50);
    assert_eq!(all.len(), 51);
    assert_eq!(all[0].labels[0].text, "in `S0` of `components/schemas`");
}

#[test]
fn few_unused_corners_of_many_kinds_are_one_line_too() {
    let schemas = "    A: {type: string, default: [1]}\n    B: {type: string, pattern: '(?<!x)a'}\n    \
                   C: {type: integer, multipleOf: 0}\n    D: {not: {}}\n    E: {$ref: '#/nothing'}\n";
    assert_eq!(with_schemas("3.0.3", schemas).findings().len(), 5);
    let one_more = format!("{schemas}    F: {{type: string, enum: []}}\n");
    let findings = with_schemas("3.0.3", &one_more).findings();
    assert_eq!(codes(&findings), ["warning contract/unused-corners"]);
    assert!(findings[0].message.contains(" has 6 odd corners"), "{}", findings[0].message);
}

#[test]
fn what_flows_use_is_told_although_there_are_many_unused_corners_of_the_kind() {
    let schemas: String = (0..50).map(|at| format!("    S{at}: {{type: string, default: [1]}}\n")).collect();
    let mut contract = with_schemas("3.0.3", &schemas);
    for at in 0..5 {
        schema(&mut contract, &format!("S{}", 40 + at));
    }
    let findings = contract.findings();
    let codes = codes(&findings);
    assert_eq!(codes[..4], ["warning contract/value"; 4]);
    assert_eq!(codes[4..], ["warning contract/unused-corners"]);
    assert!(findings[0].labels[0].text.contains("`S40`"), "{:?}", findings[0]);
    assert_eq!(findings[3].message, "and 2 more like the ones above (contract/value)");
    assert!(findings[4].message.contains(" 45 "), "{}", findings[4].message);
}

#[test]
fn errors_without_number_are_cut_off() {
    let schemas: String = (0..500).map(|at| format!("    S{at}: {{$ref: '../../x{at}'}}\n")).collect();
    let findings = with_schemas("3.0.3", &schemas).findings();
    assert_eq!(codes(&findings), ["error contract/ref-escape"; 101]);
    assert!(findings[100].message.starts_with("and 400 more"), "{}", findings[100].message);
}

#[test]
fn a_map_is_pointed_at_by_its_key() {
    let schemas = "    A:\n      type: object\n      required: [a]\n      properties:\n        \
                   a: {$ref: '#/components/schemas/A'}\n    B: {allOf: [{type: string}, {type: integer}]}\n";
    let mut contract = with_schemas("3.0.3", schemas);
    let text = contract.documents.files[0].tree.text.clone();
    let mut pointed = |name: &str| {
        let span = schema(&mut contract, name).span;
        text[span.range()].to_owned()
    };
    assert_eq!([pointed("A"), pointed("B")], ["A", "B"]);
    let answer = with_answer("{oneOf: [{type: string, enum: []}]}");
    let shown: Vec<String> = answer
        .all_findings()
        .iter()
        .filter_map(|finding| Some(answer.documents.files[0].tree.text[finding.span()?.range()].to_owned()))
        .collect();
    assert_eq!(shown, ["enum"]);
}

#[test]
fn trace_is_not_offered_under_any_name() {
    let text = format!("{HEAD}paths:\n  /a:\n    trace:\n      operationId: op\n{OK}  /b:\n    trace:\n{OK}");
    let contract = contract(&text);
    for name in ["op", "traceB"] {
        assert_eq!(contract.refused_operation(name).map(|(method, _)| method), Some("TRACE"), "{name}");
    }
    assert!(contract.refused_operation("getA").is_none());
}

#[test]
fn parts_that_should_be_maps() {
    let answers = [
        "      responses: [ok]\n",
        "      responses: {'200': {description: ok, content: [application/json]}}\n",
        "      responses: {'200': {description: ok, content: application/json}}\n",
    ];
    for answer in answers {
        assert_eq!(used_operation("/a", "get", answer), ["error contract/malformed"], "{answer}");
    }
    let answer = "      responses: {'200': {description: ok, content: {application/json: text}}}\n";
    assert_eq!(used_operation("/a", "get", answer), ["error contract/ref-kind"]);
}
