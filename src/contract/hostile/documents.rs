//! Documents as a whole: limits, encodings, keys that stand twice, versions, sizes.

use super::super::model::{Literal, Shape, Status};
use super::super::testing::{codes, contract, field, load_files, schema, with_schemas};
use super::*;

#[test]
fn k001_k002_aliases_that_explode_name_the_anchor() {
    let mut bomb = "x-l:\n  - &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("  - &a{level} [{}]\n", vec![before; 9].join(", ")));
    }
    let text = with_tail(&bomb);
    let finding = refused_as(&text, "contract/limit");
    let anchor =
        String::from_utf8_lossy(&text).lines().nth(line_of(&text, &finding) - 1).unwrap_or("").to_owned();
    assert!(anchor.contains('&'), "{anchor}");

    let large = format!("x-s: &s \"{}\"\nx-l: [{}]", "y".repeat(100_000), vec!["*s"; 5_000].join(", "));
    let text = with_tail(&large);
    let finding = refused_as(&text, "contract/limit");
    assert_eq!(line_of(&text, &finding), 4);
}

#[test]
fn k003_an_alias_of_what_holds_it() {
    refused_as(&with_tail("x-a: &a [*a]"), "contract/limit");
    refused_as(
        b"openapi: 3.0.0\ninfo: &a\n  version: 1.0.0\n  title: API\n  x-bye: *a\npaths: {}\n",
        "contract/limit",
    );
}

#[test]
fn aliases_cannot_hide_nesting() {
    let mut deep = "x-l:\n  - &a0 {k: v}\n".to_owned();
    for level in 1..200 {
        deep.push_str(&format!("  - &a{level} {{k: *a{}}}\n", level - 1));
    }
    refused_as(&with_tail(&deep), "contract/limit");
}

#[test]
fn k004_to_k007_nesting() {
    let flow = format!("x-d: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    refused_as(&with_tail(&flow), "contract/limit");
    let block: String = (0..2_000).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    refused_as(&with_tail(&block), "contract/limit");
    let json = |depth: usize| {
        format!(
            r#"{{"openapi":"3.0.3","info":{{"title":"t","version":"1"}},"paths":{{}},"components":{{"schemas":{{"A":{{"example":{}{}}}}}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    refused_as(json(100_000).as_bytes(), "contract/limit");
    let finding = refused_as(json(129).as_bytes(), "contract/limit");
    assert!(finding.message.contains("/components/schemas/A/example"), "{}", finding.message);
    assert!(load_files(json(120).as_bytes(), &[]).is_ok());
}

#[test]
fn k008_k009_keys_that_stand_twice() {
    let paths = format!(
        "{HEAD}paths:\n  /a:\n    get: {{operationId: get, responses: {{'200': {{description: ok}}}}}}\n  /a:\n    \
         delete: {{operationId: delete, responses: {{'200': {{description: ok}}}}}}\n  /b:\n    \
         get: {{operationId: other, responses: {{'200': {{description: ok}}}}}}\n"
    );
    let mut unused = contract(&paths);
    unused.operation("other").expect("it is there");
    assert_eq!(codes(&unused.findings()), ["warning contract/duplicate-key"]);
    let mut used = contract(&paths);
    used.operation("get").expect("it is there");
    let findings = used.findings();
    assert_eq!(codes(&findings), ["error contract/duplicate-key"]);
    assert_eq!(findings[0].labels.len(), 2, "both places are shown");

    let json = r#"{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"paths":{"/a":{"get":{"operationId":"op","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"properties":{"id":{"type":"string"},"id":{"type":"integer"}}}}}}}}}}}"#;
    let json = contract(json);
    assert_eq!(json.operation_names().count(), 0, "the first of both counts");
    assert_eq!(codes(&json.findings()), ["warning contract/duplicate-key", "warning contract/duplicate-key"]);

    let twice = "    A: {properties: {id: {type: string}, id: {type: integer}}}\n";
    assert_eq!(used_codes_of(twice), ["error contract/duplicate-key"]);
}

#[test]
fn keys_that_stand_twice_are_seen_in_large_maps_too() {
    let many: String = (0..50).map(|at| format!("      f{at}: {{type: string}}\n")).collect();
    let schemas = format!("    A:\n     properties:\n{many}      f7: {{type: integer}}\n");
    assert_eq!(used_codes_of(&schemas), ["error contract/duplicate-key"]);
}

#[test]
fn k010_merge_keys_are_merged() {
    let mut contract = contract(&format!(
        "{HEAD}x-base: &base\n  get: {{operationId: merged, responses: {{'200': {{description: ok}}}}}}\n  \
         summary: base\npaths:\n  /a:\n    <<: *base\n    summary: own\n  /b:\n    <<: [*base]\n    \
         get: {{operationId: own, responses: {{'200': {{description: ok}}}}}}\n"
    ));
    assert_eq!(contract.operation_names().collect::<Vec<_>>(), ["merged", "own"]);
    assert!(contract.operation("merged").is_some());
    assert!(contract.findings().is_empty(), "{:?}", contract.findings());
}

#[test]
fn k011_a_byte_order_mark_changes_nothing() {
    for text in [
        format!("\u{feff}{HEAD}paths: {{}}\n"),
        "\u{feff}{\"openapi\": \"3.0.3\", \"info\": {\"title\": \"t\"}}".to_owned(),
    ] {
        let contract = load_files(text.as_bytes(), &[]).expect("the mark is skipped");
        assert_eq!(contract.title(), "t");
    }
}

#[test]
fn k012_k023_what_is_not_utf8_text() {
    let utf16: Vec<u8> = HEAD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().copied()).collect();
    let latin1 = [HEAD.as_bytes(), b"x: caf\xe9\n"].concat();
    let lone = [HEAD.as_bytes(), b"\xff"].concat();
    for (bytes, offset) in [(utf16, 0), (with_mark, 0), (latin1, HEAD.len() + 6), (lone, HEAD.len())] {
        let finding = refused_as(&bytes, "contract/encoding");
        assert!(finding.message.contains(&format!("at byte {offset}")), "{}", finding.message);
    }
    for (start, name) in [(&b"\x1f\x8b\x08\x00"[..], "gzip"), (b"\x89PNG\r\n\x1a\n", "PNG")] {
        assert!(refused_as(start, "contract/encoding").message.contains(name));
    }
}

#[test]
fn k013_control_characters() {
    refused_as(format!("{HEAD}x-a: \"\0\"\n").as_bytes(), "contract/encoding");
    let escaped = r#"{"openapi":"3.0.3","info":{"title":"a\u0001\u007f","version":"1"},"paths":{"/a\u0001":{"get":{"operationId":"op","parameters":[{"name":"X-\u0001","in":"header","schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}"#;
    let mut contract = contract(escaped);
    assert_eq!(contract.title(), "a\u{1}\u{7f}");
    contract.operation("op").expect("it is there");
    let findings = contract.findings();
    assert_eq!(codes(&findings), ["error contract/path", "error contract/forbidden-header"]);
    assert!(findings.iter().all(|finding| !finding.message.contains('\u{1}')));
}

#[test]
fn k014_what_is_no_contract_at_all() {
    for (text, found) in [
        ("", "empty"),
        ("   \n \n", "empty"),
        ("null", "null"),
        ("[]", "a list"),
        ("42", "a number"),
        ("\"x\"", "text"),
        ("{}", "which version"),
        ("# only a comment\n", "empty"),
    ] {
        let finding = refused_as(text.as_bytes(), "contract/version");
        assert!(finding.message.contains(found), "{text:?}: {}", finding.message);
        assert!(finding.help.is_some());
    }
}

#[test]
fn k015_a_second_document() {
    let text = format!("{HEAD}paths: {{}}\n---\nopenapi: 3.0.0\n");
    let finding = refused_as(text.as_bytes(), "contract/syntax");
    assert_eq!(line_of(text.as_bytes(), &finding), 4);
}

#[test]
fn k016_tags_are_ignored() {
    let text = with_tail("x-a: !!python/object/apply:os.system [\"id\"]\nx-b: !<tag:x> 1");
    assert!(load_files(&text, &[]).is_ok());
}

#[test]
fn k017_scalars_that_are_keys_and_names() {
    let text = "openapi: 3.0.3\ninfo: {title: t, version: 1.0}\npaths:\n  /a:\n    get:\n      operationId: op\n      \
         responses:\n        200:\n          description: ok\n          content:\n            application/json:\n              \
         schema:\n                type: object\n                properties: {no: {}, on: {}, y: {}, null: {}, 1e3: {}}\n";
    let mut contract = contract(text);
    let operation = contract.operation("op").expect("it is there");
    assert_eq!(operation.responses[0].status, Status::Exact(200));
    let schema = contract.schema(operation.responses[0].content[0].schema.expect("it has one"));
    let Shape::Object { fields, .. } = &schema.shape else { panic!("{schema:?}") };
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["no", "on", "y", "null", "1e3"]);
    let findings = contract.findings();
    assert_eq!(codes(&findings), ["warning contract/repaired"]);
    assert_eq!(findings[0].fix.as_ref().map(|fix| fix.edits[0].text.as_str()), Some("\"1.0\""));
    assert_eq!(contract.version(), "1.0");
}

#[test]
fn k018_numbers_are_kept_as_written_or_reported() {
    let schemas = "    A:\n      properties:\n        big: {type: integer, default: 123456789012345678901234567890}\n        \
                   far: {type: number, default: 1e999}\n        none: {type: number, default: .nan}\n        \
                   zero: {type: integer, default: -0}\n        small: {type: integer, format: int32, default: 99999999999}\n";
    let mut contract = with_schemas("3.0.3", schemas);
    let whole = schema(&mut contract, "A");
    let number = |text: &str| Some(Literal::Number(text.into()));
    assert_eq!(field(&mut contract, &whole, "big").default, number("123456789012345678901234567890"));
    assert_eq!(field(&mut contract, &whole, "far").default, None, "no decimal is as large");
    assert_eq!(field(&mut contract, &whole, "none").default, None);
    assert_eq!(field(&mut contract, &whole, "zero").default, number("-0"));
    field(&mut contract, &whole, "small");
    assert_eq!(codes(&contract.findings()).iter().filter(|code| code.ends_with("contract/range")).count(), 3);
}

#[test]
fn k019_k020_k021_k058_large_but_honest() {
    let paths: Vec<String> = (0..100_000)
        .map(|at| format!(r#""/p{at}":{{"get":{{"operationId":"op{at}","responses":{{"200":{{"description":"ok"}}}}}}}}"#))
        .collect();
    let text = format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"t","version":"1"}},"paths":{{{}}}}}"#,
        paths.join(",")
    );
    let mut contract = contract(&text);
    assert_eq!(contract.operation_names().count(), 100_000);
    assert!(contract.operation("op99999").is_some());
    assert!(contract.findings().is_empty());

    let values: Vec<String> = (0..50_000).map(|at| format!("v{at}")).collect();
    let mut many = with_answer(&format!(
        "{{type: string, enum: [{}], description: \"{}\"}}",
        values.join(", "),
        "d".repeat(1 << 20)
    ));
    let operation = many.operation("op").expect("it is there");
    let schema_id = operation.responses[0].content[0].schema.expect("it has one");
    assert!(matches!(&many.schema(schema_id).shape, Shape::Enum { values } if values.len() == 50_000));

    let names: Vec<String> = (0..10_000).map(|at| format!("n{at}")).collect();
    let fields: Vec<String> =
        names.iter().map(|name| format!("\"{name}\":{{\"type\":\"string\"}}")).collect();
    let long = "x".repeat(100_000);
    let text = format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"t"}},"components":{{"schemas":{{"A":{{"required":["{}"],"properties":{{"{long}":{{}},{}}}}}}}}}}}"#,
        names.join("\",\""),
        fields.join(",")
    );
    let mut wide = super::super::testing::contract(&text);
    let Shape::Object { fields, .. } = schema(&mut wide, "A").shape else { panic!("an object") };
    assert_eq!(fields.len(), 10_001);
    assert_eq!(fields.iter().filter(|field| field.required).count(), 10_000);
}

#[test]
fn k024_versions() {
    for (version, good) in [
        ("openapi: 3.0.3", true),
        ("openapi: '3.0.3 '", true),
        ("openapi: 3.1.0", true),
        ("openapi: 3.1", true),
        ("openapi: 3.2.0", true),
        ("swagger: '2.0'", true),
        ("swagger: 2.0", true),
        ("openapi: 4.0.0", false),
        ("openapi: 30.0.0", false),
        ("swagger: '1.2'", false),
        ("info: {}", false),
    ] {
        let loaded = load_files(format!("{version}\npaths: {{}}\n").as_bytes(), &[]);
        match loaded {
            Ok(_) => assert!(good, "{version}"),
            Err(findings) => {
                assert!(!good, "{version}");
                assert_eq!(codes(&findings), ["error contract/version"]);
            }
        }
    }
    let mut contract = with_schemas("3.1.0", "    A: {type: [string, 'null']}\n");
    let schema = schema(&mut contract, "A");
    assert!(schema.nullable && matches!(schema.shape, Shape::String { .. }));
}

#[test]
fn every_cut_of_a_document_is_answered() {
    let yaml = format!(
        "{HEAD}paths:\n  /a/{{id}}:\n    get:\n      operationId: op\n{OK}x: &a [\"q\\n\", 'r', *b, {{<<: *a}}]\n"
    );
    let json = r##"{"openapi":"3.0.3","info":{"title":"a\u00e9\ud83e\udd80"},"paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/x"}}}}},"x":[1,-2.5e3,true,null]}"##;
    for text in [yaml.as_str(), json] {
        for end in 0..text.len() {
            let bytes = text.as_bytes().get(..end).unwrap_or_default();
            if let Ok(mut contract) = load_files(bytes, &[]) {
                let names: Vec<String> = contract.operation_names().map(str::to_owned).collect();
                for name in names {
                    contract.operation(&name);
                }
                contract.findings();
            }
        }
    }
}
