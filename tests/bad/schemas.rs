//! K064 to K067: patterns, figures and conditions of schemas.

use super::*;

#[test]
fn patterns() {
    for pattern in ["(?<!x)[", "(?<=a)b", "(a)\\1"] {
        let text = answering("3.0.3", &format!("    A: {{type: string, pattern: '{pattern}'}}\n"));
        let found = expect("K064", text.as_bytes(), Uses::Answer, &["warning contract/pattern"]);
        assert!(found.first.contains("not enforced"), "{}", found.first);
    }
    let slow = answering("3.0.3", "    A: {type: string, pattern: '^(a+)+$'}\n");
    expect("K065", slow.as_bytes(), Uses::Answer, &[]);
}

#[test]
fn figures_that_contradict() {
    let faults = [
        ("{type: integer, minimum: 5, maximum: 3}", "range"),
        ("{type: string, minLength: -1}", "range"),
        ("{type: integer, multipleOf: 0}", "range"),
        ("{type: array, minItems: 4, maxItems: 2, items: {}}", "range"),
        ("{type: integer, enum: [1, x]}", "value"),
        ("{type: integer, default: x}", "value"),
    ];
    for (schema, kind) in faults {
        let text = answering("3.0.3", &format!("    A: {schema}\n"));
        let found = check("K066", text.as_bytes(), Uses::Answer);
        assert_eq!(found.contract.len(), 1, "{schema}: {}", found.out);
        assert!(found.contract[0].ends_with(&format!("contract/{kind}")), "{schema}: {}", found.out);
    }
    let fields: Vec<String> =
        faults.iter().enumerate().map(|(at, (schema, _))| format!("f{at}: {schema}")).collect();
    let text = answering("3.0.3", &format!("    A: {{properties: {{{}}}}}\n", fields.join(", ")));
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Answer);
    let all = flowc(folder.path(), MEMORY, &["contract", "contracts/api.yaml", "--format", "short"]);
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    assert_eq!(all.matches("warning[").count(), faults.len(), "all in one run: {all}");
}

#[test]
fn conditions_that_nothing_meets() {
    for schema in ["{allOf: [{type: string}, {type: integer}]}", "{type: string, enum: []}"] {
        let text = answering("3.0.3", &format!("    A: {schema}\n"));
        expect("K067", text.as_bytes(), Uses::Answer, &["error contract/uninhabited"]);
    }
    let overlapping =
        "    A: {oneOf: [{type: object, properties: {a: {}}}, {type: object, properties: {a: {}, b: {}}}]}\n";
    let text = answering("3.0.3", overlapping);
    expect("K067", text.as_bytes(), Uses::Answer, &["warning contract/ambiguous"]);
}
