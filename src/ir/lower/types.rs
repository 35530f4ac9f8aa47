//! Types: what the checker knows of a value becomes how it is represented and which rules it keeps.

use std::sync::Arc;

use super::Lowering;
use crate::check::exact::Exact;
use crate::check::label::Labels;
use crate::check::ty::{self, EnumType, NumberRule, RecordType, Scalar, StringRule, UnionType};
use crate::check::typed::Problem;
use crate::contract::model::{self, Format, SchemaId, Shape};
use crate::ir::ty::{
    Access, DecimalRule, Enum, Field, FloatRule, FunctionType, IntRule, ListType, Member, Origin, Record,
    TextRule, Type, TypeDef, TypeId, Union,
};

impl Lowering<'_, '_> {
    pub fn ty(&mut self, ty: &ty::Type) -> Type {
        match ty {
            ty::Type::Unknown => Type::Json,
            ty::Type::Never => Type::Never,
            ty::Type::None => Type::Unit,
            ty::Type::Scalar(scalar) => of_scalar(*scalar),
            ty::Type::String(rule) => Type::Text(text_rule(rule)),
            ty::Type::Int(rule) => Type::Int(int_rule(rule)),
            ty::Type::Decimal(rule) => Type::Decimal(decimal_rule(rule)),
            ty::Type::Float(rule) => Type::Float(float_rule(rule)),
            ty::Type::List(list) => {
                let item = self.ty(&list.item);
                Type::List(Arc::new(ListType { item, min: list.min, max: list.max }))
            }
            ty::Type::Dict(values) => Type::Dict(Arc::new(self.ty(values))),
            ty::Type::Optional(inner) => self.ty(inner).optional(),
            ty::Type::Enum(of) if of.is_literal() => Type::text(),
            ty::Type::Enum(of) if of.open => {
                Type::OpenEnum(of.values.iter().map(ToString::to_string).collect())
            }
            ty::Type::Enum(of) => Type::Named(self.enumeration(of)),
            ty::Type::Record(record) => Type::Named(self.record(record)),
            ty::Type::Union(union) => Type::Named(self.union(union)),
            ty::Type::Function(function) => {
                let params = function.params.iter().map(|param| self.ty(param)).collect();
                let result = self.ty(&function.result);
                Type::Function(Arc::new(FunctionType { params, result }))
            }
            // Only settings have these; they are read in `setting`.
            ty::Type::Variants(_) | ty::Type::Variable(..) => Type::text(),
        }
    }

    fn enumeration(&mut self, of: &EnumType) -> TypeId {
        let key = (of.name.clone(), of.values.clone());
        if let Some(known) = self.enums.get(&key) {
            return *known;
        }
        let origin = match of.span {
            Some(span) if self.is_std(span) => Origin::Std,
            Some(_) => Origin::Flow,
            None => Origin::Literal,
        };
        let name = match &of.name {
            Some(name) => name.to_string(),
            None if self.hint.is_empty() => joined_name(&of.values),
            None => self.hint.clone(),
        };
        let doc = of.span.and_then(|span| self.doc(span));
        let values = of.values.iter().map(ToString::to_string).collect();
        let id = TypeId(self.out.types.len());
        self.out.types.push(TypeDef::Enum(Enum { name, doc, origin, values }));
        self.enums.insert(key, id);
        id
    }

    pub fn record(&mut self, record: &Arc<RecordType>) -> TypeId {
        let key = Arc::as_ptr(record) as usize;
        if let Some(known) = self.records.get(&key) {
            return *known;
        }
        // The body of a problem is made anew wherever somebody looks into one.
        let program = self.program;
        if let Some(problem) = program.problems.iter().find(|problem| problem.span == record.span) {
            let problem = self.problem(problem);
            if let Some(known) = self.out.problems.get(problem.0) {
                return known.members;
            }
        }
        let id = TypeId(self.out.types.len());
        self.records.insert(key, id);
        let origin = self.origin(record.origin, record.span);
        let doc = self.doc(record.span).or_else(|| self.schema_doc(record.origin));
        let empty =
            Record { name: record.name.to_string(), doc, origin, fields: Vec::new(), additional: None };
        self.out.types.push(TypeDef::Record(empty));
        let content = self.explorer.content(record);
        let properties = self.properties(record.origin);
        let mut fields = Vec::new();
        for (name, field) in &content.fields {
            self.hint = format!("{} {name}", record.name);
            fields.push(self.field(name, field, properties.iter().find(|one| one.name == *name)));
        }
        let additional = content.additional.as_ref().map(|values| self.ty(values));
        if let Some(TypeDef::Record(place)) = self.out.types.get_mut(id.0) {
            (place.fields, place.additional) = (fields, additional);
        }
        id
    }

    fn field(&mut self, name: &str, field: &ty::Field, property: Option<&PropertyOf>) -> Field {
        let declared = if field.has_default { field.ty.present() } else { field.ty.clone() };
        let mut ty = self.ty(&declared);
        if let Some(property) = property {
            ty = self.on_the_wire(ty, property.contract, property.schema);
        }
        let default = if field.has_default { self.explorer.field_default(field.span) } else { None };
        let default = default.map(|default| super::expr::constant(self, &default, &ty));
        Field {
            name: name.to_owned(),
            nullable: ty.is_optional() && property.is_some_and(|property| property.required),
            ty,
            default,
            access: match field.access {
                model::Access::Both => Access::Both,
                model::Access::ReadOnly => Access::ReadOnly,
                model::Access::WriteOnly => Access::WriteOnly,
            },
            labelled: !field.labels.without(Labels::CALLER).is_empty(),
            doc: field.doc.as_ref().map(ToString::to_string),
        }
    }

    fn union(&mut self, union: &Arc<UnionType>) -> TypeId {
        let key = Arc::as_ptr(union) as usize;
        if let Some(known) = self.unions.get(&key) {
            return *known;
        }
        let id = TypeId(self.out.types.len());
        self.unions.insert(key, id);
        let name = union.name.as_ref().map_or_else(|| "Either".to_owned(), ToString::to_string);
        let origin = match union.span {
            Some(span) => self.origin(union.origin, span),
            None => Origin::Literal,
        };
        let doc = union.span.and_then(|span| self.doc(span)).or_else(|| self.schema_doc(union.origin));
        let empty = Union { name, doc, origin, members: Vec::new(), by: None };
        self.out.types.push(TypeDef::Union(empty));
        let Some(content) = union.content.get() else { return id };
        let mut members = Vec::new();
        for member in &content.members {
            let tags = member.tags.iter().map(ToString::to_string).collect();
            members.push(Member { name: member.name.to_string(), ty: self.ty(&member.ty), tags });
        }
        if let Some(TypeDef::Union(place)) = self.out.types.get_mut(id.0) {
            place.members = members;
            place.by = content.by.as_ref().map(ToString::to_string);
        }
        id
    }

    fn origin(&self, origin: ty::Origin, span: crate::source::Span) -> Origin {
        match origin {
            ty::Origin::Flow if self.is_std(span) => Origin::Std,
            ty::Origin::Flow => Origin::Flow,
            ty::Origin::Literal => Origin::Literal,
            ty::Origin::Contract(contract, _) => {
                let backend = self.program.backends.iter().position(|one| one.contract == Some(contract));
                backend.map_or(Origin::Contract, Origin::Backend)
            }
        }
    }

    fn schema_doc(&mut self, origin: ty::Origin) -> Option<String> {
        let ty::Origin::Contract(contract, id) = origin else { return None };
        self.explorer.contract_at(contract)?.schema(id).doc.clone()
    }

    fn properties(&mut self, origin: ty::Origin) -> Vec<PropertyOf> {
        let ty::Origin::Contract(contract, id) = origin else { return Vec::new() };
        let Some(of) = self.explorer.contract_at(contract) else { return Vec::new() };
        match &of.schema(id).shape {
            Shape::Object { fields, .. } => fields
                .iter()
                .map(|one| PropertyOf {
                    name: one.name.to_string(),
                    required: one.required,
                    contract,
                    schema: one.schema,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The checker knows numbers; only the contract knows that it keeps some of them in strings.
    pub fn on_the_wire(&mut self, ty: Type, contract: usize, schema: SchemaId) -> Type {
        let Some(of) = self.explorer.contract_at(contract) else { return ty };
        let shape = of.schema(schema);
        match (ty, &shape.shape) {
            (Type::Optional(inner), _) => self.on_the_wire((*inner).clone(), contract, schema).optional(),
            (Type::Decimal(rule), Shape::String { format: Format::Decimal, .. }) => {
                Type::Decimal(DecimalRule { as_text: true, ..rule })
            }
            (Type::List(list), Shape::List { items, .. }) => {
                let item = self.on_the_wire(list.item.clone(), contract, *items);
                Type::List(Arc::new(ListType { item, ..(*list).clone() }))
            }
            (Type::Dict(values), Shape::Dict { values: schema }) => {
                Type::Dict(Arc::new(self.on_the_wire((*values).clone(), contract, *schema)))
            }
            (ty, _) => ty,
        }
    }
}

/// A property as the contract has it.
struct PropertyOf {
    name: String,
    required: bool,
    contract: usize,
    schema: SchemaId,
}

/// The members of a problem: its own, and the two that every problem has.
pub fn problem_members(cx: &mut Lowering<'_, '_>, problem: &Problem) -> TypeId {
    let mut fields = Vec::new();
    for (name, field) in &problem.members {
        fields.push(cx.field(name, field, None));
    }
    for name in ["detail", "instance"] {
        if !fields.iter().any(|field| field.name == name) {
            fields.push(Field {
                name: name.to_owned(),
                ty: Type::text().optional(),
                default: None,
                nullable: false,
                access: Access::Both,
                labelled: false,
                doc: None,
            });
        }
    }
    let id = TypeId(cx.out.types.len());
    let record = Record {
        name: problem.name.to_string(),
        doc: cx.doc(problem.span),
        origin: Origin::Flow,
        fields,
        additional: None,
    };
    cx.out.types.push(TypeDef::Record(record));
    id
}

/// An enumeration without a name is called after its values.
fn joined_name(values: &[smol_str::SmolStr]) -> String {
    values.iter().take(3).map(smol_str::SmolStr::as_str).collect::<Vec<_>>().join(" or ")
}

fn of_scalar(scalar: Scalar) -> Type {
    match scalar {
        Scalar::Bool => Type::Bool,
        Scalar::Date => Type::Date,
        Scalar::Time => Type::Time,
        Scalar::DateTime => Type::DateTime,
        Scalar::Duration => Type::Duration,
        Scalar::Uuid => Type::Uuid,
        Scalar::Email => Type::Email,
        Scalar::Uri => Type::Uri,
        Scalar::Bytes => Type::Bytes,
        Scalar::Json => Type::Json,
        Scalar::Zone => Type::Zone,
        Scalar::Regex => Type::Regex,
        Scalar::Pattern => Type::Pattern,
        Scalar::Status => Type::int(),
        // Only settings have these.
        Scalar::Percent
        | Scalar::Rate
        | Scalar::Size
        | Scalar::Durations
        | Scalar::Latency
        | Scalar::Operation => Type::text(),
    }
}

fn text_rule(rule: &StringRule) -> TextRule {
    TextRule {
        name: rule.name.as_ref().map(ToString::to_string),
        pattern: rule.pattern.as_ref().map(ToString::to_string),
        min: rule.min,
        max: rule.max,
    }
}

fn int_rule(rule: &NumberRule) -> IntRule {
    IntRule {
        name: rule.name.as_ref().map(ToString::to_string),
        min: rule.min.and_then(Exact::to_int),
        max: rule.max.and_then(Exact::to_int),
    }
}

fn decimal_rule(rule: &NumberRule) -> DecimalRule {
    DecimalRule {
        name: rule.name.as_ref().map(ToString::to_string),
        min: rule.min.map(|bound| bound.to_string()),
        max: rule.max.map(|bound| bound.to_string()),
        above_min: rule.above_min,
        below_max: rule.below_max,
        scale: rule.scale,
        as_text: false,
    }
}

fn float_rule(rule: &NumberRule) -> FloatRule {
    FloatRule {
        name: rule.name.as_ref().map(ToString::to_string),
        min: rule.min.map(|bound| bound.to_string()),
        max: rule.max.map(|bound| bound.to_string()),
        above_min: rule.above_min,
        below_max: rule.below_max,
    }
}
