//! References: in circles, in chains, to nothing, out of the project.

use super::super::model::Shape;
use super::super::testing::{codes, field, load_files, schema, with_schemas};
use super::*;

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
    assert_eq!(codes(&with_schemas("3.0.3", two).findings()), ["warning contract/ref-cycle"]);
    let from_outside = format!(
        "    Z: {{$ref: '#/components/schemas/Y'}}\n    Y: {{$ref: '#/components/schemas/B'}}\n{two}"
    );
    assert_eq!(codes(&with_schemas("3.0.3", &from_outside).findings()), ["warning contract/ref-cycle"]);
    assert_eq!(used("3.0.3", &from_outside, "Z"), ["error contract/ref-cycle"]);
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
    let mut contract = super::super::load(&mut sources, "api/shop.yaml", &mut |path| {
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
    let contract = super::super::load(&mut sources, "api.yaml", &mut |path| match path {
        "api.yaml" => Ok(text.clone().into_bytes()),
        _ => Err(super::super::ReadFault::Outside),
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
fn a_file_that_is_no_contract_says_why_and_who_refers_to_it() {
    let root = format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A: {{$ref: 'b.yaml#/B'}}}}}}\n");
    for (other, code) in [
        ("B: {type: string".to_owned(), "error contract/syntax"),
        (format!("B: {}{}", "[".repeat(500), "]".repeat(500)), "error contract/limit"),
        ("B: \u{0}".to_owned(), "error contract/encoding"),
    ] {
        let mut contract = load_files(root.as_bytes(), &[("b.yaml", &other)]).expect("the root is good");
        assert_eq!(codes(&contract.findings()), [code.replace("error", "warning")]);
        schema(&mut contract, "A");
        let findings = contract.findings();
        assert_eq!(codes(&findings), [code]);
        assert_eq!(findings[0].labels[1].text, "`b.yaml` is referred to here");
    }
}
