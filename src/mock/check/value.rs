//! A value against a schema. All faults are found in one go, up to a number; and what a hostile schema could make of the
//! members of its unions has an end.

use flow_std::codec::{FaultAt, count_outside};
use flow_std::value::{Dict, Json};

use super::{number, text};
use crate::contract::Contract;
use crate::contract::model::{Access, Discriminator, Literal, Property, SchemaId, Shape, UnionMember};
use crate::standin::Way;

/// More faults than this are not told.
const MOST_FAULTS: usize = 50;
/// After so many values nothing is looked at any more: members of unions in members of unions.
const MOST_STEPS: usize = 200_000;
/// Values are not nested that deep, and a union that is a member of itself is.
const DEEPEST: usize = 300;

/// All that is wrong with a value that stands at `at`.
pub fn faults(contract: &mut Contract, schema: SchemaId, value: &Json, way: Way, at: &str) -> Vec<FaultAt> {
    let mut check = Check { contract, way, faults: Vec::new(), steps: 0, depth: 0 };
    check.value(schema, value, at);
    check.faults
}

pub fn fits(contract: &mut Contract, schema: SchemaId, value: &Json, way: Way) -> bool {
    faults(contract, schema, value, way, "").is_empty()
}

struct Check<'a> {
    contract: &'a mut Contract,
    way: Way,
    faults: Vec<FaultAt>,
    steps: usize,
    depth: usize,
}

impl Check<'_> {
    fn fault(&mut self, at: &str, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(FaultAt::new(at, message));
        }
    }

    fn wrong_kind(&mut self, at: &str, wanted: &str, found: &Json) {
        self.fault(at, format!("must be {wanted}, not {}", kind(found)));
    }

    fn value(&mut self, id: SchemaId, value: &Json, at: &str) {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth >= DEEPEST {
            return;
        }
        let schema = self.contract.schema(id);
        if matches!(value, Json::Null) && schema.nullable {
            return;
        }
        self.depth += 1;
        self.shape(&schema.shape, value, at);
        self.depth -= 1;
    }

    fn shape(&mut self, shape: &Shape, value: &Json, at: &str) {
        match (shape, value) {
            (Shape::Any { .. }, _) | (Shape::Null, Json::Null) | (Shape::Bool, Json::Bool(_)) => {}
            (Shape::Int { bounds }, Json::Number(written)) => {
                let fault = number::whole(bounds, written);
                fault.into_iter().for_each(|message| self.fault(at, message));
            }
            (Shape::Number { bounds, .. }, Json::Number(written)) => {
                let fault = number::within(bounds, written);
                fault.into_iter().for_each(|message| self.fault(at, message));
            }
            (Shape::String { format, rule }, Json::Text(written)) => {
                let fault = text::fault(*format, rule, written);
                fault.into_iter().for_each(|message| self.fault(at, message));
            }
            (Shape::Enum { values }, Json::Text(written)) => {
                if !values.iter().any(|known| known.value == *written) {
                    let names = values.iter().map(|known| known.value.as_str());
                    self.fault(at, one_of(names));
                }
            }
            (Shape::Literals { values }, found) => self.literal(values, found, at),
            (Shape::List { items, min, max }, Json::List(found)) => {
                self.count(found.len(), *min, *max, at);
                for (place, item) in found.iter().enumerate() {
                    self.value(*items, item, &format!("{at}[{place}]"));
                }
            }
            (Shape::Object { fields, additional, is_closed }, Json::Object(found)) => {
                let others = match additional {
                    Some(values) => Others::Like(*values),
                    None if *is_closed => Others::None,
                    None => Others::Any,
                };
                self.object(fields, others, found, at);
            }
            (Shape::Dict { values }, Json::Object(found)) => {
                found.iter().for_each(|(key, value)| self.value(*values, value, &inner(at, key)));
            }
            (Shape::Union { members, discriminator, .. }, found) => {
                self.union(members, discriminator.as_ref(), found, at);
            }
            (Shape::Null, found) => self.wrong_kind(at, "null", found),
            (Shape::Bool, found) => self.wrong_kind(at, "true or false", found),
            (Shape::Int { .. }, found) => self.wrong_kind(at, "a whole number", found),
            (Shape::Number { .. }, found) => self.wrong_kind(at, "a number", found),
            (Shape::String { .. } | Shape::Enum { .. }, found) => self.wrong_kind(at, "a text", found),
            (Shape::List { .. }, found) => self.wrong_kind(at, "a list", found),
            (Shape::Object { .. } | Shape::Dict { .. }, found) => self.wrong_kind(at, "an object", found),
        }
    }

    fn literal(&mut self, values: &[Literal], found: &Json, at: &str) {
        let written: Vec<String> = values.iter().map(Literal::to_json).collect();
        if !written.iter().any(|known| Json::parse(known).as_ref() == Ok(found)) {
            self.fault(at, one_of(written.iter().map(String::as_str)));
        }
    }

    fn count(&mut self, count: usize, min: Option<u64>, max: Option<u64>, at: &str) {
        if let Some(range) = count_outside(count, min, max) {
            let noun = text::counted(&range, "element", "elements");
            self.fault(at, format!("must have {range} {noun}"));
        }
    }

    fn object(&mut self, fields: &[Property], others: Others, found: &Dict<Json>, at: &str) {
        for field in fields {
            let is_of_the_other_way = match self.way {
                Way::Request => field.access == Access::ReadOnly,
                Way::Answer => field.access == Access::WriteOnly,
            };
            match found.get(field.name.as_str()) {
                Some(value) => self.value(field.schema, value, &inner(at, &field.name)),
                None if field.required && !is_of_the_other_way => {
                    self.fault(&inner(at, &field.name), "is missing");
                }
                None => {}
            }
        }
        let is_known = |key: &str| fields.iter().any(|field| field.name == key);
        for (key, value) in found.iter().filter(|(key, _)| !is_known(key)) {
            match others {
                Others::Like(values) => self.value(values, value, &inner(at, key)),
                Others::None => self.fault(&inner(at, key), "is not known here"),
                Others::Any => {}
            }
        }
    }

    /// The member that the discriminator names; without one, any that fits. Where none does, what is wrong by the one
    /// that is nearest.
    fn union(
        &mut self,
        members: &[UnionMember],
        discriminator: Option<&Discriminator>,
        found: &Json,
        at: &str,
    ) {
        if let (Some(discriminator), Json::Object(fields)) = (discriminator, found)
            && members.iter().any(|member| !member.tags.is_empty())
            && let Some(Json::Text(tag)) = fields.get(discriminator.property.as_str())
        {
            let is_named = |member: &&UnionMember| member.tags.iter().any(|known| known == tag);
            return match members.iter().find(is_named) {
                Some(member) => self.value(member.schema, found, at),
                None => {
                    let tags = members.iter().flat_map(|member| &member.tags).map(|tag| tag.as_str());
                    self.fault(&inner(at, &discriminator.property), one_of(tags));
                }
            };
        }
        let before = std::mem::take(&mut self.faults);
        let mut nearest: Option<Vec<FaultAt>> = None;
        for member in members {
            self.value(member.schema, found, at);
            let of_member = std::mem::take(&mut self.faults);
            if nearest.as_ref().is_none_or(|nearest| distance(&of_member, at) < distance(nearest, at)) {
                nearest = Some(of_member);
            }
            if nearest.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        self.faults = before;
        let nearest = nearest.unwrap_or_default();
        if distance(&nearest, at).0 == 1 {
            return self.fault(at, format!("is none of the {} forms that it may have", members.len()));
        }
        nearest.into_iter().for_each(|fault| self.fault(&fault.at, fault.message));
    }
}

/// What may stand under keys that the contract does not spell out.
#[derive(Clone, Copy)]
enum Others {
    Any,
    None,
    Like(SchemaId),
}

/// A value that is of another kind altogether is farther away than any that has faults inside.
fn distance(faults: &[FaultAt], at: &str) -> (usize, usize) {
    let is_whole = |fault: &FaultAt| fault.at == at && fault.message.contains(", not ");
    (usize::from(faults.iter().any(is_whole)), faults.len())
}

/// `must be one of `a`, `b``
fn one_of<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = values.collect();
    let shown: Vec<String> = all.iter().take(12).map(|value| format!("`{value}`")).collect();
    let more = if all.len() > shown.len() { ", …" } else { "" };
    match shown.as_slice() {
        [only] => format!("must be {only}"),
        _ => format!("must be one of {}{more}", shown.join(", ")),
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::Text(_) => "a text",
        Json::List(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// How much of a key is shown.
const KEY: usize = 64;

/// `body.items`, `body["first name"]`
pub(super) fn inner(at: &str, key: &str) -> String {
    let shown: String = key.chars().take(KEY).collect();
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-$@".contains(letter);
    match shown.is_empty() || !shown.chars().all(is_plain) {
        true => format!("{at}[{shown:?}]"),
        false if at.is_empty() => shown,
        false => format!("{at}.{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::contract;
    use super::*;

    /// What is wrong with a value by the schema `A`.
    fn check(schemas: &str, value: &str) -> Vec<String> {
        checked(schemas, value, Way::Request)
    }

    fn checked(schemas: &str, value: &str, way: Way) -> Vec<String> {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
        );
        let mut contract = contract(&text);
        let id = contract.schema_named("A").expect("it is there");
        let value = Json::parse(value).expect("JSON");
        let found = faults(&mut contract, id, &value, way, "body");
        found.into_iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect()
    }

    #[test]
    fn kinds_are_told_apart() {
        let kinds = "    A:\n      properties:\n        n: {type: integer}\n        t: {type: string}\n        \
             b: {type: boolean}\n        l: {type: array, items: {type: number}, maxItems: 1}\n        o: {type: object, properties: {x: {}}}\n";
        assert_eq!(check(kinds, r#"{"n":1.0,"t":"","b":true,"l":[1.5],"o":{}}"#), Vec::<String>::new());
        assert_eq!(
            check(kinds, r#"{"n":1.5,"t":1,"b":"x","l":[1,"2"],"o":[]}"#),
            [
                "body.n must be a whole number",
                "body.t must be a text, not a number",
                "body.b must be true or false, not a text",
                "body.l must have at most 1 element",
                "body.l[1] must be a number, not a text",
                "body.o must be an object, not a list",
            ]
        );
    }

    #[test]
    fn objects_have_what_they_must_and_no_more() {
        let object = "    A:\n      type: object\n      required: [a, id, secret]\n      additionalProperties: false\n      properties:\n        \
             a: {type: [string, 'null']}\n        id: {type: string, readOnly: true}\n        secret: {type: string, writeOnly: true}\n";
        assert_eq!(check(object, r#"{"a":null,"secret":"s"}"#), Vec::<String>::new());
        assert_eq!(
            check(object, r#"{"x y":1}"#),
            ["body.a is missing", "body.secret is missing", "body[\"x y\"] is not known here"]
        );
        assert_eq!(checked(object, r#"{"a":"b","id":"1"}"#, Way::Answer), Vec::<String>::new());
        assert_eq!(checked(object, r#"{"a":"b"}"#, Way::Answer), ["body.id is missing"]);
        let typed = "    A: {type: object, properties: {a: {}}, additionalProperties: {type: integer}}\n";
        assert_eq!(check(typed, r#"{"a":"x","b":"y"}"#), ["body.b must be a whole number, not a text"]);
    }

    #[test]
    fn a_union_is_what_its_tag_says_or_what_fits() {
        let union = "    A:\n      oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]\n      \
             discriminator: {propertyName: kind}\n    \
             B: {type: object, required: [kind, b], properties: {kind: {type: string}, b: {type: integer}}}\n    \
             C: {type: object, required: [kind], properties: {kind: {type: string}}}\n";
        assert_eq!(check(union, r#"{"kind":"B","b":1}"#), Vec::<String>::new());
        assert_eq!(check(union, r#"{"kind":"B"}"#), ["body.b is missing"]);
        assert_eq!(check(union, r#"{"kind":"D"}"#), ["body.kind must be one of `B`, `C`"]);
        let plain = "    A: {oneOf: [{type: integer, minimum: 5}, {type: object, required: [a], properties: {a: {type: string}}}]}\n";
        assert_eq!(check(plain, "7"), Vec::<String>::new());
        assert_eq!(check(plain, "3"), ["body must be at least 5"]);
        assert_eq!(check(plain, "{}"), ["body.a is missing"]);
        assert_eq!(check(plain, "\"x\""), ["body is none of the 2 forms that it may have"]);
    }

    #[test]
    fn what_is_spelled_out_is_compared_by_value() {
        let of = |schema: &str, value: &str| check(&format!("    A: {{{schema}}}\n"), value);
        assert_eq!(of("enum: [1, true]", "1.0"), Vec::<String>::new());
        assert_eq!(of("enum: [1, true]", "2"), ["body must be one of `1`, `true`"]);
        assert_eq!(of("enum: [a]", "\"b\""), ["body must be `a`"]);
    }

    #[test]
    fn unions_in_unions_come_to_an_end() {
        let union = "    A: {anyOf: [{type: object, properties: {a: {$ref: '#/components/schemas/A'}, b: {type: integer}}, required: [c]}, \
             {type: object, properties: {a: {$ref: '#/components/schemas/A'}, d: {type: integer}}, required: [e]}]}\n";
        let deep = format!("{}{{}}{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert!(check(union, &deep).len() <= MOST_FAULTS);
    }
}
