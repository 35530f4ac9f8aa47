//! A value that fits a schema: the schema's own example where it has one, else the plainest value that its
//! constraints allow. The same schema always gives the same value.

mod pattern;
mod scalar;

use super::json;
use crate::contract::Contract;
use crate::contract::model::{Access, Literal, Property, Schema, SchemaId, Shape, UnionMember};

/// Below this, only what is required is written out.
const DEEP: usize = 8;
/// Below this, nothing is: a schema that requires itself has no value.
const DEEPEST: usize = 24;

pub fn of_schema(contract: &mut Contract, schema: SchemaId) -> Literal {
    of(contract, schema, &mut Vec::new())
}

/// `above` are the schemas that this one stands in.
fn of(contract: &mut Contract, id: SchemaId, above: &mut Vec<SchemaId>) -> Literal {
    let schema = contract.schema(id);
    if let Some(example) = schema.example {
        return contract.example(example);
    }
    if let Some(default) = &schema.default {
        return default.clone();
    }
    if above.len() >= DEEPEST || above.contains(&id) && schema.nullable {
        return Literal::Null;
    }
    above.push(id);
    let value = of_shape(contract, &schema, above);
    above.pop();
    value
}

fn of_shape(contract: &mut Contract, schema: &Schema, above: &mut Vec<SchemaId>) -> Literal {
    match &schema.shape {
        Shape::Any { .. } => Literal::Json("{}".to_owned()),
        Shape::Null => Literal::Null,
        Shape::Bool => Literal::Bool(true),
        Shape::Int { bounds } => Literal::Number(scalar::whole(bounds).into()),
        Shape::Number { bounds, .. } => Literal::Number(scalar::number(bounds).into()),
        Shape::String { format, rule } => Literal::String(scalar::text(*format, rule).into()),
        Shape::Enum { values } => {
            values.first().map_or(Literal::Null, |value| Literal::String(value.value.clone()))
        }
        Shape::Literals { values } => values.first().cloned().unwrap_or(Literal::Null),
        Shape::List { items, min, max } => list(contract, *items, min.unwrap_or(0), *max, above),
        Shape::Object { fields, .. } => object(contract, fields, None, above),
        Shape::Dict { values } => {
            let value = of(contract, *values, above);
            Literal::Json(format!("{{\"key\":{}}}", value.to_json()))
        }
        Shape::Union { members, discriminator, .. } => {
            let property = discriminator.as_ref().map(|discriminator| discriminator.property.as_str());
            member(contract, members, property, above)
        }
    }
}

/// One element, or as many as there have to be.
fn list(
    contract: &mut Contract,
    items: SchemaId,
    min: u64,
    max: Option<u64>,
    above: &mut Vec<SchemaId>,
) -> Literal {
    let is_circle = above.contains(&items) || above.len() >= DEEP;
    let wanted = if is_circle { min } else { min.max(1) };
    let count = wanted.min(max.unwrap_or(u64::MAX)).min(MOST_ITEMS);
    if count == 0 {
        return Literal::Json("[]".to_owned());
    }
    let item = of(contract, items, above).to_json();
    let items: Vec<&str> = (0..count).map(|_| item.as_str()).collect();
    Literal::Json(format!("[{}]", items.join(",")))
}

const MOST_ITEMS: u64 = 100;

/// `fixed` is the field that tells the members of a union apart, and its value.
fn object(
    contract: &mut Contract,
    fields: &[Property],
    fixed: Option<(&str, &str)>,
    above: &mut Vec<SchemaId>,
) -> Literal {
    let mut written = Vec::new();
    for field in fields {
        if let Some((_, tag)) = fixed.filter(|(property, _)| *property == field.name) {
            written.push(format!("{}:{}", json::quoted(&field.name), json::quoted(tag)));
            continue;
        }
        let is_circle = above.contains(&field.schema) || above.len() >= DEEP;
        if field.access == Access::WriteOnly || is_circle && !field.required {
            continue;
        }
        let value = of(contract, field.schema, above).to_json();
        written.push(format!("{}:{value}", json::quoted(&field.name)));
    }
    Literal::Json(format!("{{{}}}", written.join(",")))
}

/// The first member; with a discriminator, it says which one it is.
fn member(
    contract: &mut Contract,
    members: &[UnionMember],
    property: Option<&str>,
    above: &mut Vec<SchemaId>,
) -> Literal {
    let is_open = |member: &&UnionMember| !above.contains(&member.schema);
    let Some(member) = members.iter().find(is_open).or(members.first()) else { return Literal::Null };
    let schema = contract.schema(member.schema);
    match (&schema.shape, property, member.tags.first()) {
        (Shape::Object { fields, .. }, Some(property), Some(tag))
            if schema.example.is_none() && above.len() < DEEPEST =>
        {
            above.push(member.schema);
            let value = object(contract, fields, Some((property, tag)), above);
            above.pop();
            value
        }
        _ => of(contract, member.schema, above),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::contract;
    use super::*;

    /// The value of the schema `A` among these.
    fn check(schemas: &str, expected: &str) {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
        );
        let mut contract = contract(&text);
        let id = contract.schema_named("A").expect("it is there");
        assert_eq!(of_schema(&mut contract, id).to_json(), expected);
    }

    #[test]
    fn parts_have_their_own_examples() {
        check(
            "    A:\n      type: object\n      properties:\n        id: {type: string, example: C000001}\n        \
             secret: {type: string, writeOnly: true}\n        list: {type: array, minItems: 2, items: {$ref: '#/components/schemas/B'}}\n    \
             B: {type: object, properties: {n: {type: number, examples: [1.50]}, d: {type: boolean, default: false}}}\n",
            "{\"id\":\"C000001\",\"list\":[{\"n\":1.50,\"d\":false},{\"n\":1.50,\"d\":false}]}",
        );
    }

    #[test]
    fn a_member_of_a_union_says_which_one_it_is() {
        check(
            "    A:\n      oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]\n      \
             discriminator: {propertyName: kind, mapping: {bee: '#/components/schemas/B'}}\n    \
             B: {type: object, required: [kind], properties: {kind: {type: string}, b: {type: integer}}}\n    \
             C: {type: object, required: [kind], properties: {kind: {type: string}}}\n",
            "{\"kind\":\"bee\",\"b\":1}",
        );
    }

    #[test]
    fn circles_end() {
        check(
            "    A: {type: object, required: [a], properties: {a: {type: array, items: {$ref: '#/components/schemas/A'}}, \
             b: {$ref: '#/components/schemas/A'}, c: {type: [string, 'null']}}}\n",
            "{\"a\":[],\"c\":\"text\"}",
        );
    }

    #[test]
    fn a_circle_that_has_no_value_ends_too() {
        let schema =
            "    A: {type: object, required: [a], properties: {a: {$ref: '#/components/schemas/A'}}}\n";
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schema}"
        );
        let mut contract = contract(&text);
        let id = contract.schema_named("A").expect("it is there");
        let value = of_schema(&mut contract, id).to_json();
        assert!(value.starts_with("{\"a\":{\"a\":") && value.contains("null"), "{value}");
    }

    #[test]
    fn dictionaries_and_free_values() {
        check("    A: {type: object, additionalProperties: {type: integer}}\n", "{\"key\":1}");
        check("    A: {}\n", "{}");
        check("    A: {enum: [b, a]}\n", "\"b\"");
        check("    A: {enum: [2, 1]}\n", "2");
    }
}
