//! The things in a collection: which field is their id, how what was written looks as what is asked for, and new ids.

use flow_std::value::{Dict, Json};
use smol_str::SmolStr;

use super::check::fits;
use super::draft::value_of;
use crate::contract::Contract;
use crate::contract::model::{Access, Format, Property, SchemaId, Shape, UnionMember};
use crate::standin::{Chance, Way};

/// Where the id stands in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPlace {
    /// `data` of `{"data": {"id": 7}}`
    pub envelope: Option<SmolStr>,
    pub field: SmolStr,
}

/// The fields of an object, also of one that is one of several.
pub fn fields(contract: &mut Contract, schema: SchemaId) -> Vec<Property> {
    match &contract.schema(schema).shape {
        Shape::Object { fields, .. } => fields.clone(),
        Shape::Union { members, .. } => {
            let mut all: Vec<Property> = Vec::new();
            for member in members {
                let Shape::Object { fields, .. } = &contract.schema(member.schema).shape else { continue };
                let new = fields.iter().filter(|field| !all.iter().any(|known| known.name == field.name));
                let new: Vec<Property> = new.cloned().collect();
                all.extend(new);
            }
            all
        }
        _ => Vec::new(),
    }
}

/// The field that holds what a path has for `{parameter}`: in the document, or one level down. Where none is called so,
/// the only one whose name ends like that.
pub fn id_place(
    contract: &mut Contract,
    schema: SchemaId,
    collection: &str,
    parameter: &str,
) -> Option<IdPlace> {
    let own = fields(contract, schema);
    [id_field, longer_id_field].into_iter().find_map(|id_field| {
        if let Some(field) = id_field(contract, &own, collection, parameter) {
            return Some(IdPlace { envelope: None, field });
        }
        own.iter().find_map(|outer| {
            let inner = fields(contract, outer.schema);
            let field = id_field(contract, &inner, collection, parameter)?;
            Some(IdPlace { envelope: Some(outer.name.clone()), field })
        })
    })
}

/// Letters and digits only, all of them small.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `order` of `/v2/orders`
fn thing(collection: &str) -> String {
    let last = letters(collection.rsplit('/').next().unwrap_or_default());
    last.strip_suffix('s').map(str::to_owned).unwrap_or(last)
}

/// `orderId` for `{orderId}` or `{order-id}`, else `id` for `{orderId}`, else `order_id` for `/orders/{id}`.
fn id_field(
    contract: &mut Contract,
    fields: &[Property],
    collection: &str,
    parameter: &str,
) -> Option<SmolStr> {
    let (wanted, thing) = (letters(parameter), thing(collection));
    let is_id = wanted.ends_with("id");
    let candidates = [
        Some(wanted.clone()),
        is_id.then(|| "id".to_owned()),
        Some(format!("{thing}{wanted}")),
        is_id.then(|| "uuid".to_owned()),
        wanted.strip_prefix(&thing).map(str::to_owned),
    ];
    let mut found = candidates
        .into_iter()
        .flatten()
        .filter(|wanted| !wanted.is_empty())
        .filter_map(|wanted| fields.iter().find(|field| letters(&field.name) == wanted));
    found.find(|field| can_be_id(contract, field)).map(|field| field.name.clone())
}

/// `AmazonOrderId` for `{orderId}`, and for `/orders/{id}`: a field that is always there, of a name that ends in the one of
/// the thing and its id. Of several, any might be the one of something else.
fn longer_id_field(
    contract: &mut Contract,
    fields: &[Property],
    collection: &str,
    parameter: &str,
) -> Option<SmolStr> {
    let (wanted, thing) = (letters(parameter), thing(collection));
    // `id` alone is how the ids of all things end.
    let end = if wanted.starts_with(&thing) { wanted } else { format!("{thing}{wanted}") };
    let is_such =
        |field: &&Property| field.required && !thing.is_empty() && letters(&field.name).ends_with(&end);
    let mut found = fields.iter().filter(is_such);
    let (Some(field), None) = (found.next(), found.next()) else { return None };
    can_be_id(contract, field).then(|| field.name.clone())
}

fn can_be_id(contract: &mut Contract, field: &Property) -> bool {
    matches!(
        &contract.schema(field.schema).shape,
        Shape::Int { .. }
            | Shape::String { .. }
            | Shape::Number { .. }
            | Shape::Any { .. }
            | Shape::Enum { .. }
    )
}

/// The text of an id, as a path has it.
pub fn id_text(id: &Json) -> Option<String> {
    match id {
        Json::Text(text) | Json::Number(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// The id that a text means, where the schema has such.
pub fn id_value(contract: &mut Contract, schema: SchemaId, text: &str) -> Option<Json> {
    let number = Json::parse(text).ok().filter(|json| matches!(json, Json::Number(_)));
    let candidates = [Some(Json::Text(text.to_owned())), number];
    candidates.into_iter().flatten().find(|value| fits(contract, schema, value, Way::Answer))
}

/// As much of what is stored as a schema has room for. What has to be there and is not, or is not as the schema wants
/// it, comes from `base`, or is made.
pub fn view(contract: &mut Contract, schema: SchemaId, stored: &Json, base: Option<&Json>) -> Json {
    view_at(contract, schema, stored, base, 0)
}

/// Views are no deeper than that.
const DEEPEST: usize = 8;

fn view_at(contract: &mut Contract, id: SchemaId, stored: &Json, base: Option<&Json>, depth: usize) -> Json {
    let schema = contract.schema(id);
    let shape = &schema.shape;
    match (shape, stored) {
        (Shape::Object { fields, additional, .. }, Json::Object(entries)) if depth < DEEPEST => {
            let base = base.and_then(|base| if let Json::Object(base) = base { Some(base) } else { None });
            let mut seen = Dict::new();
            for field in fields.iter().filter(|field| field.access != Access::WriteOnly) {
                let base = base.and_then(|base| base.get(field.name.as_str()));
                let value = match entries.get(field.name.as_str()) {
                    Some(value) => Some(view_at(contract, field.schema, value, base, depth + 1)),
                    None if field.required => Some(fallback(contract, field.schema, base)),
                    None => None,
                };
                seen.extend(value.map(|value| (field.name.to_string(), value)));
            }
            if let Some(values) = additional {
                let others = entries.iter().filter(|(key, _)| !fields.iter().any(|field| field.name == *key));
                for (key, value) in others {
                    if fits(contract, *values, value, Way::Answer) {
                        seen.insert(key.clone(), value.clone());
                    }
                }
            }
            Json::Object(seen)
        }
        (Shape::Union { members, .. }, Json::Object(_)) if depth < DEEPEST => {
            of_union(contract, members, stored, base, depth).unwrap_or_else(|| fallback(contract, id, base))
        }
        _ if fits(contract, id, stored, Way::Answer) => stored.clone(),
        _ => fallback(contract, id, base),
    }
}

/// The member that keeps most of what is stored.
fn of_union(
    contract: &mut Contract,
    members: &[UnionMember],
    stored: &Json,
    base: Option<&Json>,
    depth: usize,
) -> Option<Json> {
    let mut best: Option<(usize, Json)> = None;
    for member in members {
        let view = view_at(contract, member.schema, stored, base, depth + 1);
        let kept = match (&view, stored) {
            (Json::Object(view), Json::Object(stored)) => {
                view.iter().filter(|(key, value)| stored.get(*key) == Some(value)).count()
            }
            _ => 0,
        };
        if best.as_ref().is_none_or(|(most, _)| kept > *most)
            && fits(contract, member.schema, &view, Way::Answer)
        {
            best = Some((kept, view));
        }
    }
    best.map(|(_, view)| view)
}

fn fallback(contract: &mut Contract, schema: SchemaId, base: Option<&Json>) -> Json {
    match base {
        Some(base) if fits(contract, schema, base, Way::Answer) => base.clone(),
        _ => value_of(contract, schema, Chance::plain(), false),
    }
}

/// A new thing: what was sent, without what only the system says (`readOnly`); and of the rest of `base` what a caller
/// could not have said.
pub fn complete(
    contract: &mut Contract,
    schema: SchemaId,
    sent: &Json,
    base: &Json,
    sayable: &[SmolStr],
) -> Json {
    let (Json::Object(sent), Json::Object(base)) = (sent, base) else { return sent.clone() };
    let known = fields(contract, schema);
    let of_system = |name: &str| {
        known.iter().any(|field| field.name == name && field.access == Access::ReadOnly)
            || !sayable.iter().any(|said| said == name)
    };
    let mut thing = Dict::new();
    for (name, value) in base.iter().filter(|(name, _)| of_system(name)) {
        thing.insert(name.clone(), value.clone());
    }
    for (name, value) in sent {
        let is_read_only = known.iter().any(|field| field.name == *name && field.access == Access::ReadOnly);
        if !is_read_only {
            thing.insert(name.clone(), value.clone());
        }
    }
    Json::Object(thing)
}

/// How many ids are tried.
const TRIES: usize = 100;

/// An id that is not taken: the one after `last`, or a number, or one that is made. It keeps all of these schemas, or
/// where they contradict each other the first one.
pub fn fresh(
    contract: &mut Contract,
    schemas: &[SchemaId],
    last: Option<&str>,
    chance: &mut Chance,
    is_taken: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let found =
        counted(contract, schemas, last, is_taken).or_else(|| made(contract, schemas, chance, is_taken));
    match schemas {
        [first, _, ..] if found.is_none() => fresh(contract, &[*first], last, chance, is_taken),
        _ => found,
    }
}

/// Whether a text is an id by all of these schemas.
pub fn is_id(contract: &mut Contract, schemas: &[SchemaId], text: &str) -> bool {
    schemas.iter().all(|schema| id_value(contract, *schema, text).is_some())
}

fn counted(
    contract: &mut Contract,
    schemas: &[SchemaId],
    last: Option<&str>,
    is_taken: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let is_uuid =
        |id: &SchemaId| matches!(contract.schema(*id).shape, Shape::String { format: Format::Uuid, .. });
    if schemas.iter().any(is_uuid) {
        return None;
    }
    last.into_iter().chain(["0"]).find_map(|last| {
        let mut behind = std::iter::successors(after(last), |id| after(id)).take(TRIES * 20);
        behind.find(|id| !is_taken(id)).filter(|id| is_id(contract, schemas, id))
    })
}

fn made(
    contract: &mut Contract,
    schemas: &[SchemaId],
    chance: &mut Chance,
    is_taken: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let mut rounds = (0..TRIES).flat_map(|_| schemas);
    rounds.find_map(|schema| {
        let seed = chance.below(u64::MAX);
        let id = id_text(&value_of(contract, *schema, Chance::seeded(seed, &["id"]), true))?;
        (!is_taken(&id) && is_id(contract, schemas, &id)).then_some(id)
    })
}

/// `C000001` is followed by `C000002`, `abc` by `abc-2`.
fn after(id: &str) -> Option<String> {
    let front = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = id.get(front.len()..).unwrap_or_default();
    if digits.is_empty() {
        return Some(format!("{id}-2"));
    }
    let next = digits.parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{front}{next:0width$}", width = digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a view of a thing by the schema `A` is.
    fn seen(schemas: &str, stored: &str, base: &str) -> String {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}"
        );
        let mut contract = super::super::testing::contract(&text);
        let schema = contract.schema_named("A").expect("it is there");
        let (stored, base) = (Json::parse(stored).expect("JSON"), Json::parse(base).expect("JSON"));
        view(&mut contract, schema, &stored, Some(&base)).to_string()
    }

    #[test]
    fn a_view_is_what_the_schema_has_room_for() {
        let schema = "    A: {type: object, required: [a, b, c], properties: {a: {type: integer}, b: {type: integer}, \
             c: {type: string}, d: {type: string}, p: {type: string, writeOnly: true}}}\n";
        let stored = r#"{"a":7,"b":"no number","p":"secret","x":1}"#;
        assert_eq!(seen(schema, stored, r#"{"b":3,"d":"left out"}"#), r#"{"a":7,"b":3,"c":"text"}"#);
        let open = "    A: {type: object, properties: {a: {type: integer}}, additionalProperties: {type: integer}}\n";
        assert_eq!(seen(open, r#"{"a":1,"x":2,"y":"z"}"#, "{}"), r#"{"a":1,"x":2}"#);
        let union = "    A: {oneOf: [{type: object, required: [a], properties: {a: {type: integer}}}, \
             {type: object, required: [b], properties: {b: {type: string}, c: {type: string}}}]}\n";
        assert_eq!(seen(union, r#"{"b":"x","c":"y"}"#, "{}"), r#"{"b":"x","c":"y"}"#);
    }

    #[test]
    fn new_ids_are_free_and_fit() {
        let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    \
             A: {type: string, pattern: '^C[0-9]{3}$'}\n    B: {type: string, format: uuid}\n    C: {type: integer}\n";
        let mut contract = super::super::testing::contract(text);
        let mut of = |name: &str, last: Option<&str>, taken: &[&str]| {
            let schema = contract.schema_named(name).expect("it is there");
            let mut chance = Chance::seeded(1, &[]);
            fresh(&mut contract, &[schema], last, &mut chance, &|id| taken.contains(&id)).unwrap_or_default()
        };
        assert_eq!(of("A", Some("C001"), &["C001", "C002"]), "C003");
        assert_eq!(of("A", Some("C999"), &["C999"]).len(), 4);
        assert_eq!(of("B", None, &[]).len(), 36);
        assert_eq!(of("C", Some("9"), &["9"]), "10");
    }

    #[test]
    fn ids_are_counted_on() {
        let of = |id| after(id).unwrap_or_default();
        assert_eq!(of("7"), "8");
        assert_eq!(of("C000009"), "C000010");
        assert_eq!(of("SO-99"), "SO-100");
        assert_eq!(of("abc"), "abc-2");
        assert_eq!(of("99999999999999999999999"), "");
    }
}
