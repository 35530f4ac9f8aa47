//! Types as JSON Schemas, exact enough to be tested against: what the service takes and gives, and nothing else.
//! The two sides differ: a caller may leave out what has a default and may send null for what is optional; in an
//! answer the one is always there, and the other is absent.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::values;
use crate::emit::name::{self, Scope};
use crate::ir::{
    Access, DecimalRule, Enum, Field, FloatRule, IntRule, ListType, Origin, ProblemId, Program, Record,
    TextRule, Type, TypeDef, TypeId, Union,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    Request,
    Answer,
}

/// The schemas of a document. Named types stand among the components, once for each side if they differ there.
pub struct Schemas<'p> {
    program: &'p Program,
    used: HashSet<(TypeId, Side)>,
    differs: HashMap<TypeId, bool>,
    tags: HashMap<(TypeId, String), Vec<String>>,
    names: HashMap<(TypeId, Side), String>,
    problems: HashMap<ProblemId, Value>,
    scope: Scope,
    components: Map<String, Value>,
}

impl<'p> Schemas<'p> {
    /// The types are all that the document will ask for.
    pub fn new<'t>(program: &'p Program, types: impl IntoIterator<Item = (&'t Type, Side)>) -> Schemas<'p> {
        let mut used = HashSet::new();
        for (ty, side) in types {
            mark(program, ty, side, &mut used);
        }
        Schemas {
            program,
            used,
            differs: HashMap::new(),
            tags: tags(program),
            names: HashMap::new(),
            problems: HashMap::new(),
            scope: Scope::default(),
            components: Map::new(),
        }
    }

    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// The one schema of a problem.
    pub fn named_component(&mut self, name: String, of: ProblemId, schema: Value) -> Value {
        if let Some(known) = self.problems.get(&of) {
            return known.clone();
        }
        let reference = self.component(name, schema);
        self.problems.insert(of, reference.clone());
        reference
    }

    /// A schema under a name that no other has.
    pub fn component(&mut self, name: String, schema: Value) -> Value {
        let name = self.scope.unique(name);
        self.components.insert(name.clone(), schema);
        reference(&name)
    }

    /// In the order of their names.
    pub fn finish(self) -> Map<String, Value> {
        let mut all: Vec<(String, Value)> = self.components.into_iter().collect();
        all.sort_by(|left, right| left.0.cmp(&right.0));
        all.into_iter().collect()
    }

    pub fn schema(&mut self, ty: &Type, side: Side) -> Value {
        match ty {
            Type::Unit | Type::Never => json!({ "type": "null" }),
            Type::Bool => json!({ "type": "boolean" }),
            Type::Int(rule) => int(rule),
            Type::Float(rule) => float(rule),
            Type::Decimal(rule) => decimal(rule, side),
            Type::Text(rule) => text(rule),
            Type::OpenEnum(values) => match side {
                Side::Request => json!({ "type": "string", "enum": values.to_vec() }),
                Side::Answer => json!({ "type": "string", "x-known-values": values.to_vec() }),
            },
            Type::Date => formatted("date"),
            Type::Time => json!({ "type": "string", "pattern": TIME }),
            Type::DateTime => formatted("date-time"),
            Type::Duration => formatted("duration"),
            Type::Uuid => formatted("uuid"),
            Type::Email => formatted("email"),
            Type::Uri => formatted("uri"),
            Type::Bytes => json!({ "type": "string", "contentEncoding": "base64", "pattern": BASE64 }),
            Type::Json => json!({}),
            Type::Zone | Type::Regex | Type::Pattern | Type::Function(_) => json!({ "type": "string" }),
            Type::List(list) => self.list(list, side),
            Type::Dict(values) => {
                json!({ "type": "object", "additionalProperties": self.schema(values, side) })
            }
            Type::Optional(inner) => nullable(self.schema(inner, side)),
            Type::Named(id) => self.named(*id, side),
        }
    }

    fn list(&mut self, list: &ListType, side: Side) -> Value {
        let mut schema = json!({ "type": "array", "items": self.schema(&list.item, side) });
        set(&mut schema, "minItems", list.min.map(Value::from));
        set(&mut schema, "maxItems", list.max.map(Value::from));
        schema
    }

    fn named(&mut self, id: TypeId, side: Side) -> Value {
        let Some(of) = self.program.types.get(id.0) else { return json!({}) };
        // What has no name of its own stands where it is used; it cannot contain itself.
        if is_nameless(of) {
            return self.definition(id, of, side);
        }
        let both = self.used.contains(&(id, Side::Request)) && self.used.contains(&(id, Side::Answer));
        let side_named = if both && self.differs(id) { side } else { Side::Answer };
        if let Some(name) = self.names.get(&(id, side_named)) {
            return reference(name);
        }
        let suffix = if both && side_named == Side::Request { "Request" } else { "" };
        let name = self.scope.unique(format!("{}{suffix}", component_name(of.name())));
        self.names.insert((id, side_named), name.clone());
        self.components.insert(name.clone(), Value::Null);
        let schema = self.definition(id, of, side);
        self.components.insert(name.clone(), schema);
        reference(&name)
    }

    fn definition(&mut self, id: TypeId, of: &'p TypeDef, side: Side) -> Value {
        match of {
            TypeDef::Record(record) => self.record(id, record, side),
            TypeDef::Enum(of) => enumeration(of),
            TypeDef::Union(union) => self.union(union, side),
        }
    }

    fn record(&mut self, id: TypeId, record: &'p Record, side: Side) -> Value {
        let mut schema = json!({ "type": "object" });
        set(&mut schema, "description", record.doc.clone().map(Value::from));
        let fields = record.fields.iter().filter(|field| is_seen(field, side));
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in fields {
            if is_required(field, side) {
                required.push(Value::from(field.name.clone()));
            }
            let schema = match self.tags.get(&(id, field.name.clone())) {
                Some(tags) if !field.ty.is_optional() => one_of(tags),
                _ => self.field(field, side),
            };
            properties.insert(field.name.clone(), schema);
        }
        if !properties.is_empty() {
            set(&mut schema, "properties", Some(Value::from(properties)));
        }
        if !required.is_empty() {
            set(&mut schema, "required", Some(Value::from(required)));
        }
        let additional = match &record.additional {
            Some(ty) => self.schema(ty, side),
            None => Value::from(false),
        };
        set(&mut schema, "additionalProperties", Some(additional));
        schema
    }

    fn field(&mut self, field: &'p Field, side: Side) -> Value {
        let mut schema = self.schema(field.ty.present(), side);
        // Where a field may be left out, null says the same.
        let may_be_null = match side {
            Side::Request => field.ty.is_optional() || field.default.is_some(),
            _ => field.ty.is_optional() && field.nullable,
        };
        if may_be_null {
            schema = nullable(schema);
        }
        set(&mut schema, "description", field.doc.clone().map(Value::from));
        if side == Side::Request {
            let default = field.default.as_ref().and_then(|expr| values::constant(self.program, expr));
            set(&mut schema, "default", default.filter(|value| !value.is_null()));
        }
        set(&mut schema, "x-sensitive", field.labelled.then(|| Value::from(true)));
        schema
    }

    fn union(&mut self, union: &'p Union, side: Side) -> Value {
        let members: Vec<Value> = union.members.iter().map(|member| self.schema(&member.ty, side)).collect();
        let mut schema = match &union.by {
            Some(by) => self.tagged(union, by, members),
            None => json!({ "anyOf": members }),
        };
        set(&mut schema, "description", union.doc.clone().map(Value::from));
        schema
    }

    fn tagged(&self, union: &Union, by: &str, members: Vec<Value>) -> Value {
        let mut mapping = Map::new();
        let mut all = Vec::new();
        for (member, schema) in union.members.iter().zip(members) {
            let target = schema.get("$ref").cloned();
            let is_said =
                matches!(&member.ty, Type::Named(id) if self.tags.contains_key(&(*id, by.to_owned())));
            if let Some(target) = target.filter(|_| is_said) {
                mapping.extend(member.tags.iter().map(|tag| (tag.clone(), target.clone())));
                all.push(schema);
            } else {
                let tag = one_of(&member.tags);
                all.push(json!({ "allOf": [schema, { "properties": { by: tag }, "required": [by] }] }));
            }
        }
        let mut schema = json!({ "oneOf": all });
        // It is for members with names only.
        if mapping.len() == union.members.iter().map(|member| member.tags.len()).sum::<usize>() {
            set(&mut schema, "discriminator", Some(json!({ "propertyName": by, "mapping": mapping })));
        }
        schema
    }

    /// Whether a type looks different in requests and in answers.
    fn differs(&mut self, id: TypeId) -> bool {
        if let Some(known) = self.differs.get(&id) {
            return *known;
        }
        self.differs.insert(id, false); // in a circle, the others decide
        let differs = match self.program.types.get(id.0) {
            Some(TypeDef::Record(record)) => {
                let of_field = |field: &Field| {
                    field.default.is_some() || field.ty.is_optional() || field.access != Access::Both
                };
                record.fields.iter().any(|field| of_field(field) || self.type_differs(&field.ty))
                    || record.additional.as_ref().is_some_and(|ty| self.type_differs(ty))
            }
            Some(TypeDef::Union(union)) => union.members.iter().any(|member| self.type_differs(&member.ty)),
            Some(TypeDef::Enum(_)) | None => false,
        };
        self.differs.insert(id, differs);
        differs
    }

    fn type_differs(&mut self, ty: &Type) -> bool {
        match ty {
            Type::OpenEnum(_) => true,
            Type::Decimal(rule) => rule.scale.is_some(),
            Type::List(list) => self.type_differs(&list.item),
            Type::Dict(inner) | Type::Optional(inner) => self.type_differs(inner),
            Type::Named(id) => self.differs(*id),
            _ => false,
        }
    }
}

/// Whether the author gave it no name. An enumeration is then called after its values.
fn is_nameless(of: &TypeDef) -> bool {
    let is_called_after_values = match of {
        TypeDef::Enum(of) => of.name == of.values.iter().take(3).cloned().collect::<Vec<_>>().join(" or "),
        TypeDef::Record(_) | TypeDef::Union(_) => false,
    };
    *of.origin() == Origin::Literal || is_called_after_values
}

fn mark(program: &Program, ty: &Type, side: Side, used: &mut HashSet<(TypeId, Side)>) {
    match ty {
        Type::List(list) => mark(program, &list.item, side, used),
        Type::Dict(inner) | Type::Optional(inner) => mark(program, inner, side, used),
        Type::Named(id) if used.insert((*id, side)) => match program.types.get(id.0) {
            Some(TypeDef::Record(record)) => {
                record.fields.iter().for_each(|field| mark(program, &field.ty, side, used));
                record.additional.iter().for_each(|ty| mark(program, ty, side, used));
            }
            Some(TypeDef::Union(union)) => {
                union.members.iter().for_each(|member| mark(program, &member.ty, side, used));
            }
            Some(TypeDef::Enum(_)) | None => {}
        },
        _ => {}
    }
}

fn is_seen(field: &Field, side: Side) -> bool {
    match field.access {
        Access::Both => true,
        Access::ReadOnly => side == Side::Answer,
        Access::WriteOnly => side == Side::Request,
    }
}

fn is_required(field: &Field, side: Side) -> bool {
    match side {
        Side::Request => field.nullable || (!field.ty.is_optional() && field.default.is_none()),
        Side::Answer => field.nullable || !field.ty.is_optional(),
    }
}

/// A schema's name must be of few letters; most are so already.
fn component_name(text: &str) -> String {
    let is_good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let is_fine = !text.is_empty() && text.len() <= name::LONGEST && text.chars().all(is_good);
    if is_fine { text.to_owned() } else { name::camel(text) }
}

/// The texts that a field of our own record can only be, because a union tells its members apart by it.
fn tags(program: &Program) -> HashMap<(TypeId, String), Vec<String>> {
    let mut tags = HashMap::new();
    for of in &program.types {
        let TypeDef::Union(Union { by: Some(by), members, .. }) = of else { continue };
        for member in members {
            let Type::Named(id) = &member.ty else { continue };
            let is_ours = program.types.get(id.0).is_some_and(|of| *of.origin() == Origin::Flow);
            if is_ours && !member.tags.is_empty() {
                tags.entry((*id, by.clone())).or_insert_with(|| member.tags.clone());
            }
        }
    }
    tags
}

fn one_of(tags: &[String]) -> Value {
    match tags {
        [one] => json!({ "type": "string", "const": one }),
        many => json!({ "type": "string", "enum": many }),
    }
}

fn enumeration(of: &Enum) -> Value {
    let mut schema = one_of(&of.values);
    set(&mut schema, "description", of.doc.clone().map(Value::from));
    schema
}

fn int(rule: &IntRule) -> Value {
    let (min, max) = (rule.min.unwrap_or(i64::MIN), rule.max.unwrap_or(i64::MAX));
    json!({ "type": "integer", "format": "int64", "minimum": min, "maximum": max })
}

fn float(rule: &FloatRule) -> Value {
    let mut schema = json!({ "type": "number", "format": "double" });
    bounds(&mut schema, (&rule.min, rule.above_min), (&rule.max, rule.below_max));
    schema
}

fn decimal(rule: &DecimalRule, side: Side) -> Value {
    if rule.as_text {
        return json!({ "type": "string", "format": "decimal", "pattern": DECIMAL });
    }
    let mut schema = json!({ "type": "number", "format": "decimal" });
    bounds(&mut schema, (&rule.min, rule.above_min), (&rule.max, rule.below_max));
    // What has more digits than a decimal can hold is refused.
    if side == Side::Request {
        for (bound, exclusive, value) in
            [("minimum", "exclusiveMinimum", -MOST_DECIMAL), ("maximum", "exclusiveMaximum", MOST_DECIMAL)]
        {
            if schema.get(bound).is_none() && schema.get(exclusive).is_none() {
                set(&mut schema, bound, Some(Value::from(value)));
            }
        }
        let step = rule.scale.and_then(|scale| values::number(&format!("1e-{scale}")));
        set(&mut schema, "multipleOf", step);
    }
    schema
}

/// The largest float that is a decimal: the next one is 2^96.
const MOST_DECIMAL: f64 = 7.922_816_251_426_433e28;
const DECIMAL: &str = r"^-?[0-9]+(\.[0-9]+)?$";
const TIME: &str = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?$";
const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

fn bounds(schema: &mut Value, min: (&Option<String>, bool), max: (&Option<String>, bool)) {
    let bound = |text: &Option<String>| text.as_ref().and_then(|text| values::number(text));
    set(schema, if min.1 { "exclusiveMinimum" } else { "minimum" }, bound(min.0));
    set(schema, if max.1 { "exclusiveMaximum" } else { "maximum" }, bound(max.0));
}

fn text(rule: &TextRule) -> Value {
    let mut schema = json!({ "type": "string" });
    set(&mut schema, "minLength", rule.min.map(Value::from));
    set(&mut schema, "maxLength", rule.max.map(Value::from));
    set(&mut schema, "pattern", rule.pattern.as_ref().map(|pattern| Value::from(anchored(pattern))));
    schema
}

fn anchored(pattern: &str) -> String {
    let is_simple = !pattern.contains('|') && !pattern.starts_with('^') && !pattern.ends_with('$');
    if is_simple { format!("^{pattern}$") } else { format!("^(?:{pattern})$") }
}

fn formatted(format: &str) -> Value {
    json!({ "type": "string", "format": format })
}

pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema, or null.
pub fn nullable(mut schema: Value) -> Value {
    let Some(fields) = schema.as_object_mut() else { return schema };
    if fields.is_empty() {
        return schema; // it takes anything
    }
    match fields.get("type").and_then(Value::as_str).map(str::to_owned) {
        Some(_) if fields.contains_key("const") => json!({ "anyOf": [schema, { "type": "null" }] }),
        Some(of) => {
            fields.insert("type".to_owned(), json!([of, "null"]));
            if let Some(values) = fields.get_mut("enum").and_then(Value::as_array_mut) {
                values.push(Value::Null);
            }
            schema
        }
        None if fields.contains_key("type") => schema,
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

pub fn set(schema: &mut Value, key: &str, value: Option<Value>) {
    if let (Some(fields), Some(value)) = (schema.as_object_mut(), value) {
        fields.insert(key.to_owned(), value);
    }
}
