//! From the schemas of contracts to [`Type`]s, one by one, as a flow names them. A record of a contract gets
//! its fields only when somebody asks for them, so that a large contract costs what is used of it.

use std::sync::{Arc, OnceLock};

use smol_str::SmolStr;

use super::bound::{self, End, Held, Nearest};
use super::context::Context;
use super::exact::Exact;
use super::label::Labels;
use super::pattern;
use super::ty::{
    EnumType, Field, Fields, ListType, Member, NumberRule, Origin, RecordContent, RecordType, Scalar,
    StringRule, Type, UnionContent, UnionType,
};
use crate::contract::model::{
    Bound, Format, Literal, NumberBounds, Property, Schema, SchemaId, Shape, UnionMember,
};
use crate::diagnostic::{names, nearest, types};
use crate::syntax::ast;

/// `Erp.CustomerRecord`
pub fn named(cx: &mut Context<'_>, backend: &ast::Backend, name: &ast::Name) -> Type {
    let Some(id) = cx.backend_id(backend) else { return Type::Unknown };
    let Some(contract) = cx.backends[id.0].contract else { return Type::Unknown };
    let found = cx.contracts.all[contract].schema_named(&name.text);
    if let Some(schema) = found {
        return schema_type(cx, contract, schema, &name.text);
    }
    let known: Vec<SmolStr> = cx.contracts.all[contract].schema_names().map(SmolStr::from).collect();
    let near =
        cx.names.may_suggest().then(|| nearest(&name.text, known.iter().map(SmolStr::as_str))).flatten();
    let place = cx.contracts.all[contract].span();
    cx.report(names::unknown_schema(&backend.name.text, name, Some(place), near));
    Type::Unknown
}

/// The type of a schema; `hint` names it where the contract does not.
pub fn schema_type(cx: &mut Context<'_>, contract: usize, id: SchemaId, hint: &str) -> Type {
    if let Some(known) = cx.schemas.get(&(contract, id)) {
        return known.clone();
    }
    let schema = cx.contracts.all[contract].schema(id);
    let ty = shape_type(cx, contract, id, &schema, hint);
    let ty = if schema.nullable { ty.optional() } else { ty };
    cx.schemas.insert((contract, id), ty.clone());
    ty
}

fn shape_type(cx: &mut Context<'_>, contract: usize, id: SchemaId, schema: &Schema, hint: &str) -> Type {
    let name = schema.name.clone().unwrap_or_else(|| SmolStr::from(hint));
    match &schema.shape {
        Shape::Any { .. } => Type::JSON,
        Shape::Null => Type::None,
        Shape::Bool => Type::BOOL,
        Shape::Int { bounds } => Type::Int(Arc::new(int_rule(bounds, schema))),
        Shape::Number { binary, bounds } if *binary => {
            Type::Float(Arc::new(number_rule(bounds, Held::Float, schema)))
        }
        Shape::Number { bounds, .. } => Type::Decimal(Arc::new(decimal_rule(bounds, schema))),
        Shape::String { format, rule } => string_type(*format, rule, schema),
        Shape::Enum { values } => Type::Enum(Arc::new(EnumType {
            name: schema.name.clone(),
            values: values.iter().map(|value| value.value.clone()).collect(),
            open: true,
            span: Some(schema.span),
        })),
        Shape::Literals { values } => literals_type(values),
        Shape::List { items, min, max } => {
            let item = schema_type(cx, contract, *items, &format!("{name} item"));
            Type::List(Arc::new(ListType { item, min: *min, max: *max }))
        }
        Shape::Dict { values } => Type::dict(schema_type(cx, contract, *values, &format!("{name} value"))),
        Shape::Object { .. } => Type::Record(Arc::new(RecordType {
            name,
            origin: Origin::Contract(contract, id),
            span: schema.span,
            content: OnceLock::new(),
        })),
        Shape::Union { members, discriminator, base: _ } => {
            let by = discriminator.as_ref().map(|discriminator| discriminator.property.clone());
            union_type(cx, contract, id, schema, members, by, &name)
        }
    }
}

fn string_type(format: Format, rule: &crate::contract::model::StringRule, schema: &Schema) -> Type {
    match format {
        Format::Plain => Type::String(Arc::new(StringRule {
            name: None,
            pattern: rule.pattern.as_deref().and_then(pattern::of_contract),
            min: rule.min,
            max: rule.max,
            span: Some(schema.span),
        })),
        Format::Date => Type::Scalar(Scalar::Date),
        Format::Time => Type::Scalar(Scalar::Time),
        Format::DateTime => Type::Scalar(Scalar::DateTime),
        Format::Duration => Type::DURATION,
        Format::Uuid => Type::Scalar(Scalar::Uuid),
        Format::Email => Type::Scalar(Scalar::Email),
        Format::Uri => Type::Scalar(Scalar::Uri),
        Format::Bytes | Format::Binary => Type::Scalar(Scalar::Bytes),
        Format::Decimal => Type::decimal(),
    }
}

/// Constants that are all of one kind have that kind; a mixture is any JSON.
fn literals_type(values: &[Literal]) -> Type {
    let all = |is: fn(&Literal) -> bool| values.iter().all(is);
    if all(|value| matches!(value, Literal::Bool(_))) {
        return Type::BOOL;
    }
    let numbers: Option<Vec<Exact>> = values
        .iter()
        .map(|value| match value {
            Literal::Number(text) => Exact::parse(text).filter(|number| bound::has(Held::Decimal, *number)),
            Literal::Null | Literal::Bool(_) | Literal::String(_) | Literal::Json(_) => None,
        })
        .collect();
    let Some(numbers) = numbers else { return Type::JSON };
    let whole = numbers.iter().all(|number| number.to_int().is_some());
    let rule = NumberRule {
        min: numbers.iter().min().copied(),
        max: numbers.iter().max().copied(),
        ..NumberRule::default()
    };
    if whole { Type::Int(Arc::new(rule)) } else { Type::Decimal(Arc::new(rule)) }
}

fn number_rule(bounds: &NumberBounds, held: Held, schema: &Schema) -> NumberRule {
    let (min, above_min) = bound(bounds.min.as_ref(), held, End::Least);
    let (max, below_max) = bound(bounds.max.as_ref(), held, End::Greatest);
    NumberRule { min, max, above_min, below_max, span: Some(schema.span), ..NumberRule::default() }
}

/// The bound as the type has it, and whether it is itself outside.
fn bound(bound: Option<&Bound>, held: Held, end: End) -> (Option<Exact>, bool) {
    let Some(bound) = bound else { return (None, false) };
    match bound::nearest(&bound.value, held, end) {
        Nearest::Same(number) => (Some(number), bound.exclusive),
        Nearest::Inside(number) => (Some(number), false),
        Nearest::All | Nearest::Nothing => (None, false),
    }
}

fn decimal_rule(bounds: &NumberBounds, schema: &Schema) -> NumberRule {
    NumberRule {
        scale: bounds.places().filter(|places| *places <= 28),
        ..number_rule(bounds, Held::Decimal, schema)
    }
}

/// Integers: exclusive bounds move by one, `int32` is a bound of its own.
fn int_rule(bounds: &NumberBounds, schema: &Schema) -> NumberRule {
    let mut rule = number_rule(bounds, Held::Int, schema);
    let step = |bound: Option<Exact>, by: i64| {
        bound.and_then(Exact::to_int).and_then(|value| value.checked_add(by)).map(Exact::int)
    };
    if rule.above_min {
        (rule.min, rule.above_min) = (step(rule.min, 1), false);
    }
    if rule.below_max {
        (rule.max, rule.below_max) = (step(rule.max, -1), false);
    }
    if bounds.format.as_deref() == Some("int32") {
        let (low, high) = (Exact::int(i64::from(i32::MIN)), Exact::int(i64::from(i32::MAX)));
        rule.min = Some(rule.min.map_or(low, |min| min.max(low)));
        rule.max = Some(rule.max.map_or(high, |max| max.min(high)));
    }
    // Any integer is at least the least one.
    rule.min = rule.min.filter(|min| *min != Exact::int(i64::MIN));
    rule.max = rule.max.filter(|max| *max != Exact::int(i64::MAX));
    rule
}

fn union_type(
    cx: &mut Context<'_>,
    contract: usize,
    id: SchemaId,
    schema: &Schema,
    members: &[UnionMember],
    by: Option<SmolStr>,
    hint: &str,
) -> Type {
    if let Some(in_progress) = cx.unions.get(&(contract, id)) {
        return Type::Union(in_progress.clone());
    }
    let union = Arc::new(UnionType {
        name: Some(SmolStr::from(hint)),
        span: Some(schema.span),
        origin: Origin::Contract(contract, id),
        content: OnceLock::new(),
    });
    cx.unions.insert((contract, id), union.clone());
    let mut resolved: Vec<Member> = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let ty = schema_type(cx, contract, member.schema, &format!("{hint} {}", at + 1));
        let named = cx.contracts.all[contract].schema(member.schema).name.clone();
        let name = member_name(named.as_ref(), &member.tags, &ty, at, &resolved);
        resolved.push(Member { name, ty, tags: member.tags.clone() });
    }
    if let Some(one) = one_type(&resolved) {
        cx.unions.remove(&(contract, id));
        return one;
    }
    let _ = union.content.set(UnionContent { members: resolved, by });
    Type::Union(union)
}

/// The name of the schema, else the value of the discriminator that means it, else a word for the type. It depends
/// on nothing but the contract, so that a `match` over it is the same wherever the union was met first.
fn member_name(
    schema: Option<&SmolStr>,
    tags: &[SmolStr],
    ty: &Type,
    at: usize,
    taken: &[Member],
) -> SmolStr {
    let name = match (schema, tags) {
        (Some(name), _) => name.clone(),
        (None, [tag]) => tag.clone(),
        (None, _) => SmolStr::new_static(match ty.present() {
            Type::Record(_) => "object",
            Type::Union(_) => "union",
            Type::List(_) => "list",
            Type::Dict(_) => "dict",
            Type::String(_) | Type::Enum(_) => "string",
            Type::Int(_) => "int",
            Type::Decimal(_) => "decimal",
            Type::Float(_) => "float",
            Type::Scalar(scalar) => scalar.as_str(),
            _ => "value",
        }),
    };
    let is_free = |name: &str| taken.iter().all(|member| member.name != name);
    if is_free(&name) {
        return name;
    }
    let mut numbered = (at + 1..).map(|number| format!("{name}{number}"));
    numbered.find(|name| is_free(name)).map_or(name, SmolStr::from)
}

/// Alternatives that are one type in our eyes: texts with and without an enumeration, whole and other numbers.
fn one_type(members: &[Member]) -> Option<Type> {
    let first = members.first()?;
    let all = |is: fn(&Type) -> bool| members.iter().all(|member| is(&member.ty));
    if members.iter().all(|member| member.ty == first.ty) {
        return Some(first.ty.clone());
    }
    if members.iter().any(|member| matches!(member.ty, Type::Scalar(Scalar::Json))) {
        return Some(Type::JSON);
    }
    if all(|ty| matches!(ty, Type::Enum(_))) {
        return Some(joined_enum(members));
    }
    if all(is_text) {
        return Some(Type::string());
    }
    if all(|ty| matches!(ty, Type::Int(_) | Type::Decimal(_) | Type::Float(_))) {
        let whole = all(|ty| matches!(ty, Type::Int(_)));
        return Some(if whole { Type::int() } else { Type::decimal() });
    }
    None
}

fn joined_enum(members: &[Member]) -> Type {
    let mut values: indexmap::IndexSet<SmolStr> = indexmap::IndexSet::new();
    let mut span = None;
    for member in members {
        if let Type::Enum(of) = &member.ty {
            values.extend(of.values.iter().cloned());
            span = span.or(of.span);
        }
    }
    let values = values.into_iter().collect();
    Type::Enum(Arc::new(EnumType { name: None, values, open: true, span }))
}

/// Types whose JSON form is a string.
pub fn is_text(ty: &Type) -> bool {
    match ty {
        Type::String(_) | Type::Enum(_) => true,
        Type::Scalar(scalar) => matches!(
            scalar,
            Scalar::Date
                | Scalar::Time
                | Scalar::DateTime
                | Scalar::Duration
                | Scalar::Uuid
                | Scalar::Email
                | Scalar::Uri
                | Scalar::Bytes
        ),
        _ => false,
    }
}

/// The fields of a record, worked out when they are first asked for.
pub fn content<'r>(cx: &mut Context<'_>, record: &'r RecordType) -> &'r RecordContent {
    if let Some(content) = record.content.get() {
        return content;
    }
    let content = match record.origin {
        Origin::Contract(contract, id) => contract_content(cx, contract, id, &record.name),
        Origin::Flow | Origin::Literal => RecordContent { fields: Fields::default(), additional: None },
    };
    record.content.get_or_init(|| content)
}

fn contract_content(cx: &mut Context<'_>, contract: usize, id: SchemaId, name: &str) -> RecordContent {
    let schema = cx.contracts.all[contract].schema(id);
    let Shape::Object { fields: properties, additional, .. } = &schema.shape else {
        return RecordContent { fields: Fields::default(), additional: None };
    };
    let mut fields = Fields::default();
    for property in properties {
        let field = contract_field(cx, contract, property, name);
        fields.insert(property.name.clone(), field);
    }
    let additional = additional.map(|values| schema_type(cx, contract, values, &format!("{name} value")));
    RecordContent { fields, additional }
}

fn contract_field(cx: &mut Context<'_>, contract: usize, property: &Property, owner: &str) -> Field {
    let ty = schema_type(cx, contract, property.schema, &format!("{owner}.{}", property.name));
    let schema = cx.contracts.all[contract].schema(property.schema);
    let labels =
        schema.labels.iter().filter_map(|label| Labels::named(label)).fold(Labels::NONE, Labels::with);
    Field {
        ty: if property.required { ty } else { ty.optional() },
        labels,
        has_default: false,
        access: property.access,
        span: property.span,
        doc: schema.doc.as_deref().map(SmolStr::from),
    }
}

/// Members of an author's union must be told apart: by the discriminator's values, or by their JSON kind or a
/// required field that the others do not have.
pub fn check_told_apart(cx: &mut Context<'_>, union: &Arc<UnionType>) {
    let Some(content) = union.content.get() else { return };
    for (at, member) in content.members.iter().enumerate() {
        for other in content.members.iter().skip(at + 1) {
            let apart = match content.by {
                Some(_) => !member.tags.iter().any(|tag| other.tags.contains(tag)),
                None => apart_by_shape(cx, &member.ty, &other.ty),
            };
            if !apart {
                let span = union.span.unwrap_or(crate::source::Span::new(crate::source::SourceId(0), 0, 0));
                cx.report(types::members_alike(span, &member.name, &other.name, content.by.as_deref()));
            }
        }
    }
}

fn apart_by_shape(cx: &mut Context<'_>, a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Record(a), Type::Record(b)) => {
            let a = content(cx, a);
            let b = content(cx, b);
            has_own_field(a, b) && has_own_field(b, a)
        }
        _ => json_kind(a) != json_kind(b),
    }
}

/// `mine` requires a field that `other` does not know.
fn has_own_field(mine: &RecordContent, other: &RecordContent) -> bool {
    mine.fields.iter().any(|(name, field)| field.is_required() && !other.fields.contains_key(name))
}

/// What a JSON reader sees first.
pub fn json_kind(ty: &Type) -> &'static str {
    match ty {
        Type::Record(_) | Type::Dict(_) => "object",
        Type::List(_) => "array",
        Type::Int(_) | Type::Decimal(_) | Type::Float(_) => "number",
        Type::Scalar(Scalar::Bool) => "boolean",
        Type::None => "null",
        Type::Union(_) | Type::Unknown | Type::Scalar(Scalar::Json) => "any",
        _ => "string",
    }
}
