//! A value that fits a schema: the schema's own example where it has one, else one that its constraints allow; the
//! plainest, or with a seed any other. The same schema and seed always give the same value.

mod pattern;
mod scalar;

use super::chance::Chance;
use super::json;
use crate::contract::Contract;
use crate::contract::model::{Access, Literal, Property, Schema, SchemaId, Shape, UnionMember};

/// Below this, only what is required is written out.
const DEEP: usize = 8;
/// Below this, nothing is: a schema that requires itself has no value.
const DEEPEST: usize = 24;
/// Beyond so many values within one, only what is required is written out, and beyond so many nothing is.
const MANY: usize = 1_000;
const MOST: usize = 20_000;
/// Lists end when a value has so many bytes, whatever they should have.
const MOST_BYTES: usize = 256 << 10;

/// Which way a value goes: what is only for one of the two is left out on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Request,
    Answer,
}

/// How values are made.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub way: Way,
    pub chance: Chance,
    /// Whether an example or a default that the contract gives for a schema is taken.
    pub takes: fn(&mut Contract, SchemaId, &Literal) -> bool,
}

/// The plainest value of an answer, with all examples as they are written.
pub fn of_schema(contract: &mut Contract, schema: SchemaId) -> Literal {
    let recipe = Recipe { way: Way::Answer, chance: Chance::plain(), takes: |_, _, _| true };
    made(contract, schema, &recipe)
}

pub fn made(contract: &mut Contract, schema: SchemaId, recipe: &Recipe) -> Literal {
    let Recipe { way, chance, takes } = recipe.clone();
    of(&mut Making { contract, way, chance, takes, above: Vec::new(), count: 0, bytes: 0 }, schema)
}

struct Making<'a> {
    contract: &'a mut Contract,
    way: Way,
    chance: Chance,
    takes: fn(&mut Contract, SchemaId, &Literal) -> bool,
    /// The schemas that the one at hand stands in.
    above: Vec<SchemaId>,
    count: usize,
    bytes: usize,
}

impl Making<'_> {
    /// Whether a value is only written out where it has to be there.
    fn is_enough(&self, schema: SchemaId) -> bool {
        self.above.contains(&schema)
            || self.above.len() >= DEEP
            || self.count >= MANY
            || self.bytes >= MOST_BYTES
    }
}

fn of(cx: &mut Making<'_>, id: SchemaId) -> Literal {
    let schema = cx.contract.schema(id);
    let example = schema.example.map(|example| cx.contract.example(example));
    for given in [example.as_ref(), schema.default.as_ref()].into_iter().flatten() {
        if (cx.takes)(cx.contract, id, given) {
            return given.clone();
        }
    }
    cx.count += 1;
    let is_circle = cx.above.contains(&id) && schema.nullable;
    if cx.above.len() >= DEEPEST || cx.count >= MOST || is_circle {
        return Literal::Null;
    }
    cx.above.push(id);
    let value = of_shape(cx, &schema);
    cx.bytes += size(&value);
    cx.above.pop();
    value
}

/// What is in a list or an object was counted before.
fn size(value: &Literal) -> usize {
    match value {
        Literal::String(text) | Literal::Number(text) => text.len(),
        Literal::Null | Literal::Bool(_) | Literal::Json(_) => 1,
    }
}

fn of_shape(cx: &mut Making<'_>, schema: &Schema) -> Literal {
    match &schema.shape {
        Shape::Any { .. } => Literal::Json("{}".to_owned()),
        Shape::Null => Literal::Null,
        Shape::Bool => Literal::Bool(cx.chance.below(2) == 0),
        Shape::Int { bounds } => Literal::Number(scalar::whole(bounds, &mut cx.chance).into()),
        Shape::Number { bounds, .. } => Literal::Number(scalar::number(bounds, &mut cx.chance).into()),
        Shape::String { format, rule } => Literal::String(scalar::text(*format, rule, &mut cx.chance).into()),
        Shape::Enum { values } => {
            let value = cx.chance.one_of(values);
            value.map_or(Literal::Null, |value| Literal::String(value.value.clone()))
        }
        Shape::Literals { values } => cx.chance.one_of(values).cloned().unwrap_or(Literal::Null),
        Shape::List { items, min, max } => list(cx, *items, min.unwrap_or(0), *max),
        Shape::Object { fields, .. } => object(cx, fields, None),
        Shape::Dict { values } => {
            let value = of(cx, *values);
            Literal::Json(format!("{{\"key\":{}}}", value.to_json()))
        }
        Shape::Union { members, discriminator, .. } => {
            let property = discriminator.as_ref().map(|discriminator| discriminator.property.as_str());
            member(cx, members, property)
        }
    }
}

/// One element, or as many as there have to be; with a seed, a few more.
fn list(cx: &mut Making<'_>, items: SchemaId, min: u64, max: Option<u64>) -> Literal {
    let wanted = if cx.is_enough(items) { min } else { min.max(1) + cx.chance.below(3) };
    let count = wanted.min(max.unwrap_or(u64::MAX)).min(MOST_ITEMS);
    let mut written: Vec<String> = Vec::new();
    while (written.len() as u64) < count && (written.is_empty() || cx.bytes < MOST_BYTES) {
        written.push(of(cx, items).to_json());
    }
    Literal::Json(format!("[{}]", written.join(",")))
}

const MOST_ITEMS: u64 = 100;

/// `fixed` is the field that tells the members of a union apart, and its value.
fn object(cx: &mut Making<'_>, fields: &[Property], fixed: Option<(&str, &str)>) -> Literal {
    let mut written = Vec::new();
    for field in fields {
        if let Some((_, tag)) = fixed.filter(|(property, _)| *property == field.name) {
            written.push(format!("{}:{}", json::quoted(&field.name), json::quoted(tag)));
            continue;
        }
        let is_left_out = match cx.way {
            Way::Answer => field.access == Access::WriteOnly,
            Way::Request => field.access == Access::ReadOnly,
        };
        if is_left_out || cx.is_enough(field.schema) && !field.required {
            continue;
        }
        let value = of(cx, field.schema).to_json();
        written.push(format!("{}:{value}", json::quoted(&field.name)));
    }
    Literal::Json(format!("{{{}}}", written.join(",")))
}

/// The first member, or with a seed any; with a discriminator, it says which one it is.
fn member(cx: &mut Making<'_>, members: &[UnionMember], property: Option<&str>) -> Literal {
    // Where the contract says which value means which member, one without such a value could not be told.
    let has_tags = property.is_some() && members.iter().any(|member| !member.tags.is_empty());
    let is_told = |member: &&UnionMember| !has_tags || !member.tags.is_empty();
    let is_open = |member: &&UnionMember| !cx.above.contains(&member.schema);
    let open: Vec<&UnionMember> = members.iter().filter(is_told).filter(is_open).collect();
    let Some(member) = cx.chance.one_of(&open).copied().or(members.first()) else { return Literal::Null };
    let schema = cx.contract.schema(member.schema);
    match (&schema.shape, property, member.tags.first()) {
        (Shape::Object { fields, .. }, Some(property), Some(tag))
            if schema.example.is_none() && cx.above.len() < DEEPEST =>
        {
            cx.above.push(member.schema);
            let value = object(cx, fields, Some((property, tag)));
            cx.above.pop();
            value
        }
        _ => of(cx, member.schema),
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
    fn what_is_asked_for_without_end_has_one() {
        let long = "{type: string, minLength: 4000000000}";
        let lists = "{type: array, minItems: 100, items: {type: array, minItems: 100, items: {type: array, minItems: 100, items: ";
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n    A: {lists}{long}}}}}}}\n"
        );
        let mut contract = contract(&text);
        let id = contract.schema_named("A").expect("it is there");
        assert!(of_schema(&mut contract, id).to_json().len() < 2 * MOST_BYTES);
    }

    #[test]
    fn dictionaries_and_free_values() {
        check("    A: {type: object, additionalProperties: {type: integer}}\n", "{\"key\":1}");
        check("    A: {}\n", "{}");
        check("    A: {enum: [b, a]}\n", "\"b\"");
        check("    A: {enum: [2, 1]}\n", "2");
    }
}
