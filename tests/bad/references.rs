//! K025 to K033 and K038 to K041: references and where they lead.

use super::*;

#[test]
fn circles() {
    let refer = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let cycle = ["error contract/ref-cycle"];
    for (row, schemas) in [
        ("K025", format!("    A: {}\n    B: {}\n", refer("B"), refer("A"))),
        ("K026", format!("    A: {}\n", refer("A"))),
        ("K027", format!("    A: {{allOf: [{}, {{type: object}}]}}\n", refer("A"))),
    ] {
        let found = expect(row, answering("3.0.3", &schemas).as_bytes(), Uses::Answer, &cycle);
        assert!(found.first.contains(" -> `A`"), "{row}: {}", found.first);
    }
    let two = format!("    A: {}\n    B: {}\n", refer("B"), refer("A"));
    expect("K025", answering("3.0.3", &two).as_bytes(), Uses::Nothing, &["warning contract/ref-cycle"]);
    let endless = format!("    A: {{type: object, required: [a], properties: {{a: {}}}}}\n", refer("A"));
    expect("K028", answering("3.0.3", &endless).as_bytes(), Uses::Answer, &["error contract/uninhabited"]);
    let tree = format!("    A: {{type: object, properties: {{a: {}}}}}\n", refer("A"));
    expect("K029", answering("3.0.3", &tree).as_bytes(), Uses::Answer, &[]);
}

#[test]
fn long_ways() {
    let chain: String = (0..3_000)
        .map(|at| format!("    S{at}: {{$ref: '#/components/schemas/S{}'}}\n", at + 1))
        .chain(["    S3000: {type: string}\n    A: {$ref: '#/components/schemas/S0'}\n".to_owned()])
        .collect();
    expect("K030", answering("3.0.3", &chain).as_bytes(), Uses::Answer, &[]);
    let doubled: String = (0..25)
        .map(|at| {
            let next = format!("{{$ref: '#/components/schemas/D{}'}}", at + 1);
            format!("    D{at}: {{allOf: [{next}, {next}]}}\n")
        })
        .chain(["    D25: {properties: {x: {type: string}}}\n    A: {$ref: '#/components/schemas/D0'}\n"
            .to_owned()])
        .collect();
    expect("K031", answering("3.0.3", &doubled).as_bytes(), Uses::Answer, &[]);
}

#[test]
fn references_to_nothing_and_to_something_else() {
    let missing = "    Customer: {type: object}\n    A: {$ref: '#/components/schemas/Custmer'}\n";
    let found =
        expect("K032", answering("3.0.3", missing).as_bytes(), Uses::Answer, &["error contract/ref-missing"]);
    assert!(found.out.contains("did you mean `Customer`?"), "{}", found.out);
    let title = "    A: {$ref: '#/info/title'}\n";
    expect("K033", answering("3.0.3", title).as_bytes(), Uses::Answer, &["error contract/ref-kind"]);
}

#[test]
fn pointers() {
    let good = "    a/b: {type: integer}\n    m~n: {type: string}\n    '{x}': {type: boolean}\n    \
                A: {properties: {a: {$ref: '#/components/schemas/a~1b'}, b: {$ref: '#/components/schemas/m~0n'}, c: {$ref: \
                '#/components/schemas/%7Bx%7D'}}}\n";
    expect("K038", answering("3.0.3", good).as_bytes(), Uses::Answer, &[]);
    for bad in ["#/components/schemas/m~2n", "#foo", "#/components/schemas/%zz"] {
        let schemas = format!("    A: {{$ref: '{bad}'}}\n");
        expect(
            "K038",
            answering("3.0.3", &schemas).as_bytes(),
            Uses::Answer,
            &["error contract/ref-missing"],
        );
    }
}

#[test]
fn files_in_a_circle() {
    let root = answering("3.0.3", "    A: {$ref: 'b.yaml#/B'}\n");
    let folder = project("contracts/api.yaml", root.as_bytes(), Uses::Answer);
    let other = "B: {type: object, properties: {back: {$ref: 'api.yaml#/components/schemas/A'}}}\n";
    write(folder.path(), "project/contracts/b.yaml", other.as_bytes());
    let found = check_folder(folder.path(), MEMORY, "K039");
    assert_eq!((found.code, found.contract.len()), (0, 0), "{}", found.out);
}

#[test]
fn what_stands_beside_a_reference() {
    let schemas =
        "    B: {type: string, maxLength: 9}\n    A: {$ref: '#/components/schemas/B', maxLength: 3}\n";
    let old = answering("3.0.3", schemas);
    expect("K040", old.as_bytes(), Uses::Answer, &["warning contract/ref-siblings"]);
    expect("K040", answering("3.1.0", schemas).as_bytes(), Uses::Answer, &[]);
}

#[test]
fn mappings_that_lead_astray() {
    for target in ["#/components/schemas/Missing", "http://x/y.json", "#/components/schemas/Other"] {
        let schemas = format!(
            "    A: {{oneOf: [{{$ref: '#/components/schemas/B'}}, {{$ref: '#/components/schemas/C'}}], discriminator: \
             {{propertyName: kind, mapping: {{b: '#/components/schemas/B', x: '{target}'}}}}}}\n    \
             B: {{type: object, required: [kind], properties: {{kind: {{type: string}}}}}}\n    \
             C: {{type: object, required: [kind], properties: {{kind: {{type: string}}}}}}\n    Other: {{type: object}}\n"
        );
        let found = expect(
            "K041",
            answering("3.0.3", &schemas).as_bytes(),
            Uses::Answer,
            &["error contract/discriminator"],
        );
        assert_eq!(found.code, 1, "{target}");
    }
}
