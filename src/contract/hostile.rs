//! Hostile and broken contracts: for each class of them the answer that it must get. Large inputs are built
//! here; what bounds them are counts, so no test measures time.

use super::model::{Literal, Shape, Status};
use super::testing::{codes, contract, field, load_files, schema, with_schemas};
use crate::diagnostic::{Diagnostic, Severity};

/// The findings of a document that is refused as a whole.
fn refused(bytes: &[u8]) -> Vec<Diagnostic> {
    match load_files(bytes, &[]) {
        Ok(contract) => panic!("{} was not refused", contract.title()),
        Err(findings) => findings,
    }
}

fn refused_as(bytes: &[u8], code: &str) -> Diagnostic {
    let findings = refused(bytes);
    assert_eq!(codes(&findings), [format!("error {code}")]);
    findings.into_iter().next().expect("one was counted")
}

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\n";

/// A document with this behind its head, and no operation in it.
fn with_tail(tail: &str) -> Vec<u8> {
    format!("{HEAD}paths: {{}}\n{tail}\n").into_bytes()
}

/// A contract with one operation, `op`, whose answer has this schema (one line of flow style).
fn with_answer(schema: &str) -> super::Contract {
    contract(&format!(
        "{HEAD}paths:\n  /a:\n    get:\n      operationId: op\n      responses:\n        '200':\n          \
         description: ok\n          content: {{application/json: {{schema: {schema}}}}}\n"
    ))
}

/// What using everything about a schema says.
fn used(version: &str, schemas: &str, name: &str) -> Vec<String> {
    let mut contract = with_schemas(version, schemas);
    let id = contract.schema_named(name).expect("the test names a schema that is there");
    let mut waiting = vec![id];
    let mut seen = std::collections::HashSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        match &contract.schema(id).shape {
            Shape::List { items, .. } => waiting.push(*items),
            Shape::Dict { values } => waiting.push(*values),
            Shape::Object { fields, additional } => {
                waiting.extend(fields.iter().map(|field| field.schema).chain(*additional));
            }
            Shape::Union { members, .. } => waiting.extend(members.iter().map(|member| member.schema)),
            Shape::Any { .. } | Shape::Null | Shape::Bool | Shape::Int { .. } | Shape::Number { .. } => {}
            Shape::String { .. } | Shape::Enum { .. } | Shape::Literals { .. } => {}
        }
    }
    codes(&contract.findings())
}

fn line_of(text: &[u8], finding: &Diagnostic) -> usize {
    let start = finding.span().map_or(0, |span| span.start as usize);
    text.get(..start).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1
}

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

fn used_codes_of(schemas: &str) -> Vec<String> {
    used("3.0.3", schemas, "A")
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
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: t, version: 1.0}}\npaths:\n  /a:\n    get:\n      operationId: op\n      \
         responses:\n        200:\n          description: ok\n          content:\n            application/json:\n              \
         schema:\n                type: object\n                properties: {{no: {{}}, on: {{}}, y: {{}}, null: {{}}, 1e3: {{}}}}\n"
    );
    let mut contract = contract(&text);
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
    assert_eq!(field(&mut contract, &whole, "far").default, number("1e999"));
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
    let mut wide = super::testing::contract(&text);
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
fn k025_k026_k027_references_in_a_circle() {
    let two = "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n";
    let mut contract = with_schemas("3.0.3", two);
    schema(&mut contract, "A");
    let findings = contract.findings();
    assert_eq!(codes(&findings), ["error contract/ref-cycle"]);
    assert!(findings[0].message.contains("`B` -> `A` -> `B`"), "{}", findings[0].message);

    assert_eq!(used_codes_of("    A: {$ref: '#/components/schemas/A'}\n"), ["error contract/ref-cycle"]);
    let all_of = "    A:\n      allOf: [{$ref: '#/components/schemas/A'}, {type: object}]\n";
    assert_eq!(used_codes_of(all_of), ["error contract/ref-cycle"]);
    assert_eq!(
        used_codes_of("    A: {oneOf: [{$ref: '#/components/schemas/A'}]}\n"),
        ["error contract/ref-cycle"]
    );
    let unused = with_schemas("3.0.3", two).findings();
    assert!(unused.iter().all(|finding| finding.severity == Severity::Warning));
}

#[test]
fn k028_k029_recursion_with_and_without_an_end() {
    let endless = "    A: {type: object, required: [a], properties: {a: {$ref: '#/components/schemas/A'}}}\n";
    assert_eq!(used_codes_of(endless), ["error contract/uninhabited"]);
    let tree = "    A: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}\n";
    let mut contract = with_schemas("3.0.3", tree);
    let outer = schema(&mut contract, "A");
    assert_eq!(field(&mut contract, &outer, "a"), outer, "it is the same schema");
    assert!(contract.findings().is_empty());
}

#[test]
fn k030_k031_long_chains_and_doubled_bases() {
    let chain: String = (0..3_000)
        .map(|at| format!("    S{at}: {{$ref: '#/components/schemas/S{}'}}\n", at + 1))
        .chain(["    S3000: {type: string}\n".to_owned()])
        .collect();
    let mut contract = with_schemas("3.0.3", &chain);
    for at in 0..3_000 {
        assert!(matches!(schema(&mut contract, &format!("S{at}")).shape, Shape::String { .. }));
    }
    let doubled: String = (0..25)
        .map(|at| {
            let next = format!("{{$ref: '#/components/schemas/D{}'}}", at + 1);
            format!("    D{at}: {{allOf: [{next}, {next}]}}\n")
        })
        .chain(["    D25: {type: object, properties: {x: {type: string}}}\n".to_owned()])
        .collect();
    let mut contract = with_schemas("3.0.3", &doubled);
    assert!(matches!(schema(&mut contract, "D0").shape, Shape::Object { .. }));

    let deep: String = (0..3_000)
        .map(|at| format!("    A{at}: {{allOf: [{{$ref: '#/components/schemas/A{}'}}, {{properties: {{f{at}: {{}}}}}}]}}\n", at + 1))
        .chain(["    A3000: {type: object}\n".to_owned()])
        .collect();
    let mut contract = with_schemas("3.0.3", &deep);
    let Shape::Object { fields, .. } = schema(&mut contract, "A0").shape else { panic!("an object") };
    assert_eq!(fields.len(), 3_000);
}

#[test]
fn wrappers_and_unions_nested_without_end_do_not_overflow() {
    let schemas: String = (0..500)
        .map(|at| {
            format!("    U{at}: {{oneOf: [{{$ref: '#/components/schemas/U{}'}}, {{type: array}}]}}\n", at + 1)
        })
        .chain(["    U500: {type: object}\n".to_owned()])
        .collect();
    let mut contract = with_schemas("3.0.3", &schemas);
    assert!(matches!(schema(&mut contract, "U0").shape, Shape::Union { .. }));
}

#[test]
fn k032_k033_references_to_nothing_and_to_something_else() {
    let mut missing = with_schemas(
        "3.0.3",
        "    Customer: {type: object}\n    A: {$ref: '#/components/schemas/Custmer'}\n",
    );
    schema(&mut missing, "A");
    let findings = missing.findings();
    assert_eq!(codes(&findings), ["error contract/ref-missing"]);
    assert_eq!(findings[0].help.as_deref(), Some("did you mean `Customer`?"));
    assert_eq!(used_codes_of("    A: {$ref: '#/info/title'}\n"), ["error contract/ref-kind"]);
    assert_eq!(
        codes(&with_schemas("3.0.3", "    A: {$ref: '#/nothing'}\n").findings()),
        ["warning contract/ref-missing"]
    );
}

#[test]
fn k034_to_k036_references_out_of_the_project() {
    let mut asked = Vec::new();
    let mut sources = crate::source::Sources::default();
    let text = format!(
        "{HEAD}paths: {{}}\ncomponents:\n  schemas:\n    A: {{$ref: 'file:///etc/passwd'}}\n    \
         B: {{$ref: '../../../etc/hostname'}}\n    C: {{$ref: 'http://127.0.0.1:9/x.json#/X'}}\n    \
         D: {{$ref: '/etc/passwd'}}\n    E: {{$ref: 'C:\\x.yaml'}}\n    F: {{$ref: '//host/x.yaml'}}\n"
    );
    let mut contract = super::load(&mut sources, "api/shop.yaml", &mut |path| {
        asked.push(path.to_owned());
        Ok(text.clone().into_bytes())
    })
    .expect("the document is good as a whole");
    assert_eq!(codes(&contract.findings()).iter().filter(|code| code.starts_with("error")).count(), 2);
    for name in ["A", "B", "C", "D", "E", "F"] {
        schema(&mut contract, name);
    }
    let told = codes(&contract.findings());
    assert_eq!(told.iter().filter(|code| *code == "error contract/ref-external").count(), 5, "{told:?}");
    assert_eq!(told.iter().filter(|code| *code == "error contract/ref-escape").count(), 1, "{told:?}");
    assert_eq!(asked, ["api/shop.yaml"], "nothing else was opened");
}

#[test]
fn k037_a_link_out_of_the_project_is_an_error_always() {
    let mut sources = crate::source::Sources::default();
    let text = format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: 'schemas.yaml#/A'}}}}}}\n");
    let contract = super::load(&mut sources, "api.yaml", &mut |path| match path {
        "api.yaml" => Ok(text.clone().into_bytes()),
        _ => Err(super::ReadFault::Outside),
    })
    .expect("the document is good as a whole");
    assert_eq!(codes(&contract.findings()), ["error contract/ref-escape"]);
}

#[test]
fn k038_pointers() {
    let schemas = "    a/b: {type: integer}\n    m~n: {type: string}\n    '{x}': {type: boolean}\n    \
                   P: {properties: {a: {$ref: '#/components/schemas/a~1b'}, b: {$ref: '#/components/schemas/m~0n'}, \
                   c: {$ref: '#/components/schemas/%7Bx%7D'}}}\n    A: {$ref: '#/components/schemas/m~2n'}\n    \
                   B: {$ref: '#foo'}\n    C: {$ref: '#/components/schemas/%zz'}\n";
    let mut contract = with_schemas("3.0.3", schemas);
    let whole = schema(&mut contract, "P");
    assert!(matches!(field(&mut contract, &whole, "a").shape, Shape::Int { .. }));
    assert!(matches!(field(&mut contract, &whole, "b").shape, Shape::String { .. }));
    assert!(matches!(field(&mut contract, &whole, "c").shape, Shape::Bool));
    for name in ["A", "B", "C"] {
        assert_eq!(
            used("3.0.3", schemas, name).iter().filter(|code| *code == "error contract/ref-missing").count(),
            1
        );
    }
}

#[test]
fn k039_files_in_a_circle_are_read_once() {
    let root = format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: 'b.yaml#/B'}}}}}}\n");
    let other = "B: {type: object, properties: {back: {$ref: 'api.yaml#/components/schemas/A'}}}\n";
    let mut contract = load_files(root.as_bytes(), &[("b.yaml", other)]).expect("it is good");
    let outer = schema(&mut contract, "A");
    assert_eq!(field(&mut contract, &outer, "back"), outer);
    assert_eq!(contract.documents.files.len(), 2);
    assert!(contract.findings().is_empty());
}

#[test]
fn k040_what_stands_beside_a_reference() {
    let schemas = "    B: {type: string, maxLength: 9}\n    A: {$ref: '#/components/schemas/B', maxLength: 3}\n    \
                   C: {$ref: '#/components/schemas/B', description: harmless}\n";
    let limit = |version| {
        let mut contract = with_schemas(version, schemas);
        let Shape::String { rule, .. } = schema(&mut contract, "A").shape else { panic!("a string") };
        (rule.max, codes(&contract.findings()))
    };
    assert_eq!(limit("3.0.3"), (Some(9), vec!["warning contract/ref-siblings".to_owned()]));
    assert_eq!(limit("3.1.0"), (Some(3), vec![]));
}

#[test]
fn k041_mappings_that_lead_astray() {
    for target in ["'#/components/schemas/Missing'", "'http://x/y.json'", "'#/components/schemas/Other'"] {
        let schemas = format!(
            "    A: {{oneOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}], discriminator: \
             {{propertyName: kind, mapping: {{b: '#/components/schemas/B', x: {target}}}}}}}\n    \
             B: {{type: object, required: [kind], properties: {{kind: {{type: string}}}}}}\n    \
             C: {{type: object, required: [kind], properties: {{kind: {{type: string}}}}}}\n    Other: {{type: object}}\n"
        );
        assert_eq!(used_codes_of(&schemas), ["error contract/discriminator"], "{target}");
    }
}

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

/// What using the one operation of a path says, with this in its place of parameters and so on.
fn used_operation(path: &str, method: &str, content: &str) -> Vec<String> {
    let mut contract =
        contract(&format!("{HEAD}paths:\n  '{path}':\n    {method}:\n      operationId: op\n{content}"));
    contract.operation("op");
    codes(&contract.findings())
}

const OK: &str = "      responses: {'200': {description: ok}}\n";

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
    let contract = contract(&format!(
        "{HEAD}paths: {{}}\ncomponents:\n  securitySchemes:\n    key: {{type: apiKey, in: query, name: k}}\n    \
         basic: {{type: http, scheme: Basic}}\n    oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: \
         'http://x/t', scopes: {{}}}}}}}}\n    good: {{type: http, scheme: bearer}}\n"
    ));
    let findings = contract.findings();
    assert_eq!(codes(&findings), ["warning contract/weak-security"; 3]);
    assert!(findings.iter().all(|finding| finding.message.contains("OWASP API")));
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
fn many_findings_of_one_kind_are_summed_up() {
    let schemas: String = (0..50).map(|at| format!("    S{at}: {{type: string, default: [1]}}\n")).collect();
    let findings = with_schemas("3.0.3", &schemas).findings();
    assert_eq!(codes(&findings), ["warning contract/value"; 4]);
    assert!(findings[3].message.contains("47 more"), "{}", findings[3].message);
    assert_eq!(findings[0].labels[0].text, "in `S0` of `components/schemas`");
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
