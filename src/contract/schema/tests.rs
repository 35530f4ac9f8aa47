//! What schemas become: one table for the shapes, then what needs more than one line.

use super::super::model::{Access, Format, Literal, SchemaId, Shape};
use super::super::testing::{codes, contract, field, schema, with_schemas};
use super::super::{Contract, model::Schema};

/// A schema in one short line.
fn shown(contract: &mut Contract, schema: &Schema) -> String {
    let inner = |contract: &mut Contract, id: SchemaId| {
        let schema = contract.schema(id);
        match &schema.name {
            Some(name) => name.to_string() + if schema.nullable { "?" } else { "" },
            None => shown(contract, &schema),
        }
    };
    let body = match &schema.shape {
        Shape::Any { reason } if reason.is_empty() => "any".to_owned(),
        Shape::Any { reason } => format!("any because {reason}"),
        Shape::Null => "null".to_owned(),
        Shape::Bool => "bool".to_owned(),
        Shape::Int { bounds } => format!("int{}", bounds.format.as_deref().unwrap_or("")),
        Shape::Number { binary, .. } => if *binary { "float" } else { "number" }.to_owned(),
        Shape::String { format: Format::Plain, .. } => "string".to_owned(),
        Shape::String { format, .. } => format!("{format:?}"),
        Shape::Enum { values } => {
            values.iter().map(|value| format!("'{}'", value.value)).collect::<Vec<_>>().join("|")
        }
        Shape::Literals { values } => values
            .iter()
            .map(|value| match value {
                Literal::Number(text) => text.to_string(),
                Literal::Json(text) => text.clone(),
                Literal::String(text) => format!("'{text}'"),
                Literal::Bool(value) => value.to_string(),
                Literal::Null => "null".to_owned(),
            })
            .collect::<Vec<_>>()
            .join("|"),
        Shape::List { items, .. } => format!("[{}]", inner(contract, *items)),
        Shape::Dict { values } => format!("{{*: {}}}", inner(contract, *values)),
        Shape::Object { fields, additional, .. } => {
            let mut parts: Vec<String> = fields
                .iter()
                .map(|field| {
                    let mark = if field.required { "!" } else { "" };
                    format!("{}{mark}: {}", field.name, inner(contract, field.schema))
                })
                .collect();
            parts.extend(additional.map(|values| format!("*: {}", inner(contract, values))));
            format!("{{{}}}", parts.join(", "))
        }
        Shape::Union { members, discriminator, base } => {
            let members: Vec<String> = members
                .iter()
                .map(|member| {
                    let tags = if member.tags.is_empty() {
                        String::new()
                    } else {
                        format!("={}", member.tags.join(","))
                    };
                    inner(contract, member.schema) + &tags
                })
                .collect();
            let by = discriminator.as_ref().map_or(String::new(), |by| format!(" by {}", by.property));
            let over = base.map_or(String::new(), |base| format!(" over {}", inner(contract, base)));
            format!("{}{by}{over}", members.join(" | "))
        }
    };
    if schema.nullable { format!("({body})?") } else { body }
}

fn becomes(version: &str, schemas: &str) -> String {
    let text = format!(
        "    R: {{type: object, properties: {{r: {{type: string}}}}}}\n    S: {{type: string}}\n{schemas}"
    );
    let mut contract = with_schemas(version, &text);
    let schema = schema(&mut contract, "A");
    shown(&mut contract, &schema)
}

#[test]
fn shapes() {
    let reference = "{$ref: '#/components/schemas/R'}";
    let cases = [
        ("{}", "any"),
        ("true", "any"),
        ("{type: string, format: date-time}", "DateTime"),
        ("{type: string, format: int64}", "Decimal"),
        ("{type: string, format: binary}", "Binary"),
        ("{type: string, format: byte}", "Bytes"),
        ("{type: string, contentEncoding: base64}", "Bytes"),
        ("{type: string, format: made-up}", "string"),
        ("{type: integer, format: int32}", "intint32"),
        ("{type: number}", "number"),
        ("{type: number, format: double}", "float"),
        ("{type: number, format: int64}", "intint64"),
        ("{type: number, format: decimal}", "number"),
        ("{type: [integer, number]}", "number"),
        ("{type: [string, integer]}", "string | int"),
        ("{type: [string, 'null']}", "(string)?"),
        ("{type: string, nullable: true}", "(string)?"),
        ("{type: [string, 'null', integer, number, boolean, object, array]}", "(any)?"),
        ("{type: 'null'}", "(null)?"),
        ("{pattern: a}", "string"),
        ("{minimum: 1}", "number"),
        ("{items: {type: string}}", "[string]"),
        ("{type: array}", "[any]"),
        ("{prefixItems: [{type: string}, {type: integer}]}", "[any]"),
        ("{enum: [a, b, a]}", "'a'|'b'"),
        ("{enum: [a, null]}", "('a')?"),
        ("{type: string, enum: [yes, 1, true]}", "'yes'|'1'|'true'"),
        ("{enum: [1, 2.50]}", "1|2.50"),
        ("{type: integer, enum: ['1', '2']}", "1|2"),
        ("{enum: [true, false]}", "bool"),
        ("{enum: [true]}", "true"),
        ("{enum: [a, 1, {x: [1, y]}]}", "'a'|1|{\"x\":[1,\"y\"]}"),
        ("{const: a}", "'a'"),
        ("{const: 5}", "5"),
        ("{type: string, x-enum: [a]}", "'a'"),
        ("{type: object}", "{*: any}"),
        ("{type: object, additionalProperties: true}", "{*: any}"),
        ("{type: object, additionalProperties: {}}", "{*: any}"),
        ("{type: object, additionalProperties: false}", "{}"),
        ("{additionalProperties: {type: integer}}", "{*: int}"),
        ("{patternProperties: {'^a': {type: integer}}}", "{*: int}"),
        ("{properties: {a: {type: string}}}", "{a: string}"),
        (
            "{required: [a], properties: {a: {type: string}}, additionalProperties: {type: integer}}",
            "{a!: string, *: int}",
        ),
        ("{required: [a, b], properties: {a: {type: string}}}", "{a!: string, b!: any}"),
        ("{anyOf: [REF, {type: 'null'}]}", "({r: string})?"),
        ("{anyOf: [REF, {type: object, nullable: true}]}", "({r: string})?"),
        ("{oneOf: [REF]}", "{r: string}"),
        ("{nullable: true, allOf: [REF]}", "({r: string})?"),
        ("{anyOf: [{type: string}, {type: string, enum: [a]}]}", "string"),
        ("{anyOf: [{type: string, format: date}, {type: string, format: date-time}]}", "string"),
        ("{anyOf: [{enum: [a]}, {enum: [b, a]}]}", "'a'|'b'"),
        ("{oneOf: [{const: a, title: x}, {const: b}]}", "'a'|'b'"),
        ("{oneOf: [{const: 1}, {const: 2}]}", "1|2"),
        ("{oneOf: [{type: integer}, {type: number}]}", "number"),
        ("{oneOf: [{type: integer}, {type: integer, format: int64}]}", "int"),
        ("{oneOf: [{type: string, enum: ['']}, {type: string}, REF]}", "string | R"),
        ("{oneOf: [{oneOf: [{type: string}, {type: 'null'}]}, REF]}", "(string | R)?"),
        ("{anyOf: [REF, {}]}", "any"),
        (
            "{type: object, properties: {a: {}, b: {}}, oneOf: [{required: [a]}, {required: [b]}]}",
            "{a: any, b: any}",
        ),
        ("{type: object, properties: {a: {}}, anyOf: [{required: [a]}, {not: {required: [a]}}]}", "{a: any}"),
        ("{type: string, anyOf: [{format: date}, {pattern: x}]}", "string"),
        (
            "{type: object, properties: {a: {type: string}}, oneOf: [REF, {properties: {b: {}}}]}",
            "{a: string, r: string} | {a: string, b: any} over {a: string}",
        ),
        (
            "{allOf: [REF, {type: object, required: [r], properties: {b: {type: integer}}}]}",
            "{r!: string, b: int}",
        ),
        ("{allOf: [REF], properties: {b: {}}}", "{r: string, b: any}"),
        ("{allOf: [{properties: {x: {type: string}}}, {properties: {x: {enum: [a]}}}]}", "{x: 'a'}"),
        (
            "{allOf: [{properties: {x: {type: object}}}, {properties: {x: {type: array, items: {}}}}]}",
            "{x: [any]}",
        ),
        (
            "{allOf: [{properties: {x: {oneOf: [{type: object}, {type: string}]}}}, {properties: {x: {type: string}}}]}",
            "{x: string}",
        ),
        ("{allOf: [{type: number}, {type: integer}]}", "int"),
        ("{not: {type: string}}", "any"),
        ("{type: made-up}", "any"),
        ("{type: string, required: true}", "string"),
        ("{type: array, items: {$ref: '#/components/schemas/A'}}", "[A]"),
        (
            "{properties: {$ref: {type: string}, next: {$ref: '#/components/schemas/A'}}}",
            "{$ref: string, next: A}",
        ),
    ];
    let mut wrong = Vec::new();
    for (written, wanted) in cases {
        let written = written.replace("REF", reference);
        let found = becomes("3.1.0", &format!("    A: {written}\n"));
        if found != wanted {
            wrong.push(format!("{written}\n  should be {wanted}\n  and is    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_reference_with_remarks_keeps_its_name() {
    let schemas = "    R: {type: object, properties: {r: {type: string}}}\n    A:\n      properties:\n        \
                   a: {nullable: true, description: mine, allOf: [{$ref: '#/components/schemas/R'}]}\n        \
                   b: {$ref: '#/components/schemas/R'}\n        \
                   c: {readOnly: true, anyOf: [{$ref: '#/components/schemas/R'}, {type: 'null'}]}\n";
    let mut contract = with_schemas("3.1.0", schemas);
    let whole = schema(&mut contract, "A");
    let a = field(&mut contract, &whole, "a");
    assert_eq!((a.name.as_deref(), a.nullable, a.doc.as_deref()), (Some("R"), true, Some("mine")));
    let b = field(&mut contract, &whole, "b");
    assert_eq!((b.name.as_deref(), b.nullable, b.doc), (Some("R"), false, None));
    let c = field(&mut contract, &whole, "c");
    assert_eq!((c.name.as_deref(), c.nullable, c.access), (Some("R"), true, Access::ReadOnly));
    let Shape::Object { fields, .. } = &whole.shape else { panic!("an object") };
    assert_eq!(
        fields.iter().map(|field| field.access).collect::<Vec<_>>(),
        [Access::Both, Access::Both, Access::ReadOnly]
    );
}

#[test]
fn discriminators() {
    let members = "    Cat: {type: object, required: [kind], properties: {kind: {type: string}}}\n    \
                   Dog: {type: object, required: [kind], properties: {kind: {type: string, enum: [hound, dog]}}}\n";
    let union = "oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]";
    let with = |discriminator: &str| {
        becomes("3.0.3", &format!("{members}    A: {{{union}, discriminator: {discriminator}}}\n"))
    };
    assert_eq!(with("{propertyName: kind}"), "Cat=Cat | Dog=hound,dog by kind");
    let mapping = "{propertyName: kind, mapping: {c: Cat, d: '#/components/schemas/Dog', e: '#/components/schemas/Dog'}}";
    assert_eq!(with(mapping), "Cat=c | Dog=d,e by kind");
}

#[test]
fn a_base_with_a_discriminator_is_the_union_of_its_subtypes() {
    let schemas = "    A: {type: object, required: [kind], properties: {kind: {type: string}, n: {type: string}}, \
                   discriminator: {propertyName: kind}}\n    \
                   Cat: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {lives: {type: integer}}}]}\n    \
                   Dog: {allOf: [{$ref: '#/components/schemas/A'}]}\n    \
                   Lion: {allOf: [{$ref: '#/components/schemas/Cat'}, {properties: {pride: {$ref: '#/components/schemas/A'}}}]}\n";
    assert_eq!(
        becomes("3.0.3", schemas),
        "Cat=Cat | Dog=Dog | Lion=Lion by kind over {kind!: string, n: string}"
    );
    let mut contract = with_schemas("3.0.3", schemas);
    let lion = schema(&mut contract, "Lion");
    assert_eq!(shown(&mut contract, &lion), "{kind!: string, n: string, lives: int, pride: A}");
    let dog = schema(&mut contract, "Dog");
    assert_eq!(shown(&mut contract, &dog), "{kind!: string, n: string}");
    assert!(contract.findings().is_empty(), "{:?}", contract.findings());
}

#[test]
fn a_base_that_lists_its_subtypes_is_not_read_forever() {
    let schemas = "    A: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: \
                   kind}, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}\n    \
                   Cat: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {lives: {type: integer}}}]}\n    \
                   Dog: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {tricks: {type: integer}}}]}\n";
    assert_eq!(becomes("3.0.3", schemas), "Cat=Cat | Dog=Dog by kind over {kind!: string}");
    let mut contract = with_schemas("3.0.3", schemas);
    let cat = schema(&mut contract, "Cat");
    assert_eq!(shown(&mut contract, &cat), "{kind!: string, lives: int}");
}

#[test]
fn constraints_are_joined_and_kept_as_written() {
    let mut contract = with_schemas(
        "3.1.0",
        "    A:\n      allOf:\n        - {type: string, minLength: 1, maxLength: 9}\n        - {minLength: 3, pattern: x}\n    \
         N: {type: number, minimum: 0.10, exclusiveMaximum: 1e2, multipleOf: 0.01}\n    \
         O: {type: integer, minimum: 1, exclusiveMinimum: true}\n",
    );
    let Shape::String { rule, .. } = schema(&mut contract, "A").shape else { panic!("a string") };
    assert_eq!((rule.min, rule.max, rule.pattern.as_deref()), (Some(3), Some(9), Some("x")));
    let Shape::Number { bounds, .. } = schema(&mut contract, "N").shape else { panic!("a number") };
    let min = bounds.min.expect("it has one");
    assert_eq!((min.value.as_str(), min.exclusive), ("0.10", false));
    let max = bounds.max.expect("it has one");
    assert_eq!((max.value.as_str(), max.exclusive), ("1e2", true));
    assert_eq!(bounds.multiple_of.as_deref(), Some("0.01"));
    let Shape::Int { bounds } = schema(&mut contract, "O").shape else { panic!("an integer") };
    assert!(bounds.min.expect("it has one").exclusive, "as 3.0 says it");
}

#[test]
fn defaults_and_labels() {
    let mut contract = with_schemas(
        "3.0.3",
        "    A: {type: string, default: 5, x-sensitive: secret}\n    B: {type: integer, default: '7', x-sensitive: true}\n    \
         C: {type: array, items: {}, default: [a, 1]}\n    D: {type: boolean, default: maybe, x-sensitive: [personal, health]}\n",
    );
    let a = schema(&mut contract, "A");
    assert_eq!((a.default, a.labels[0].as_str()), (Some(Literal::String("5".into())), "secret"));
    let b = schema(&mut contract, "B");
    assert_eq!((b.default, b.labels[0].as_str()), (Some(Literal::Number("7".into())), "personal"));
    assert_eq!(schema(&mut contract, "C").default, Some(Literal::Json("[\"a\",1]".into())));
    let d = schema(&mut contract, "D");
    assert_eq!((d.default, d.labels.len()), (None, 2));
    assert_eq!(codes(&contract.findings()), ["warning contract/value"]);
}

#[test]
fn anchors_and_definitions_of_json_schema() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n    A:\n      $id: https://example.com/a\n      \
                properties: {b: {$ref: '#here'}, c: {$ref: '#/components/schemas/A/$defs/C'}, d: {$ref: 'https://example.com/a#/$defs/C'}}\n      \
                $defs: {B: {$anchor: here, type: integer}, C: {type: boolean}}\n";
    let mut contract = contract(text);
    let whole = schema(&mut contract, "A");
    assert_eq!(shown(&mut contract, &whole), "{b: int, c: bool, d: bool}");
    assert!(contract.findings().is_empty(), "{:?}", contract.findings());
}

#[test]
fn decimals_compare_as_decimals() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (one, other, wanted) in [
        ("1", "1.0", Some(Equal)),
        ("-0", "0", Some(Equal)),
        ("0.1", "1e-1", Some(Equal)),
        ("9", "10", Some(Less)),
        ("-9", "-10", Some(Greater)),
        ("1e999", "123456789012345678901234567890", Some(Greater)),
        ("0.30000000000000001", "0.3", Some(Greater)),
        (".nan", "1", None),
        ("x", "1", None),
    ] {
        assert_eq!(super::bounds::compare(one, other), wanted, "{one} {other}");
    }
    assert!(
        super::bounds::is_whole("1e3") && super::bounds::is_whole("2.0") && !super::bounds::is_whole("2.5")
    );
}
