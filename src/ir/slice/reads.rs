//! Which fields of records are read. The answer is for a type as a whole, not for each value of it: a field that is
//! read of one value is decoded in all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::super::model::Program;
use super::super::ty::{Type, TypeDef, TypeId};
use super::{inside, record};

#[derive(Clone)]
pub struct Reads<'p> {
    program: &'p Program,
    fields: HashMap<TypeId, BTreeSet<usize>>,
    additional: HashSet<TypeId>,
    whole: HashSet<TypeId>,
    converted: HashSet<(TypeId, TypeId)>,
    /// What becomes JSON on the way.
    pub written: Vec<Type>,
}

impl<'p> Reads<'p> {
    /// What is read of every value, whoever asks.
    pub fn new(program: &'p Program) -> Reads<'p> {
        let mut reads = Reads {
            program,
            fields: HashMap::new(),
            additional: HashSet::new(),
            whole: HashSet::new(),
            converted: HashSet::new(),
            written: Vec::new(),
        };
        for of in &program.types {
            reads.tell_apart(of);
        }
        reads
    }

    pub fn of(&self, id: TypeId) -> BTreeSet<usize> {
        self.fields.get(&id).cloned().unwrap_or_default()
    }

    pub fn has_additional(&self, id: TypeId) -> bool {
        self.additional.contains(&id)
    }

    /// Members without a discriminator are told apart by the fields that have to be there.
    fn tell_apart(&mut self, of: &TypeDef) {
        let TypeDef::Union(union) = of else { return };
        if union.by.is_some() {
            return;
        }
        for member in &union.members {
            let Type::Named(id) = &member.ty else { continue };
            let Some(record) = record(self.program, *id) else { continue };
            let required = |(_, field): &(usize, &super::super::ty::Field)| {
                !field.ty.is_optional() && field.default.is_none()
            };
            let places = record.fields.iter().enumerate().filter(required).map(|(at, _)| at);
            self.fields.entry(*id).or_default().extend(places);
        }
    }

    pub fn field(&mut self, of: &Type, at: usize) {
        if let Type::Named(id) = of.present() {
            self.fields.entry(*id).or_default().insert(at);
        }
    }

    /// A field by its name: of a record, or of all members of a union.
    pub fn common(&mut self, of: &Type, name: &str) {
        let Type::Named(id) = of.present() else { return };
        match self.program.types.get(id.0) {
            Some(TypeDef::Record(record)) => {
                let place = record.fields.iter().position(|field| field.name == name);
                place.into_iter().for_each(|at| self.field(of, at));
            }
            Some(TypeDef::Union(union)) => {
                union.members.iter().for_each(|member| self.common(&member.ty, name));
            }
            Some(TypeDef::Enum(_)) | None => {}
        }
    }

    /// A key of a record that has no name of its own.
    pub fn key(&mut self, of: &Type) {
        if let Type::Named(id) = of.present() {
            self.additional.insert(*id);
        }
    }

    /// All that is in a value.
    pub fn whole(&mut self, ty: &Type) {
        if let Type::Named(id) = ty
            && self.whole.insert(*id)
        {
            match self.program.types.get(id.0) {
                Some(TypeDef::Record(record)) => {
                    self.fields.entry(*id).or_default().extend(0..record.fields.len());
                    record.fields.iter().for_each(|field| self.whole(&field.ty));
                    if let Some(additional) = &record.additional {
                        self.additional.insert(*id);
                        self.whole(additional);
                    }
                }
                Some(TypeDef::Union(union)) => {
                    union.members.iter().for_each(|member| self.whole(&member.ty));
                }
                Some(TypeDef::Enum(_)) | None => {}
            }
        }
        inside(ty, &mut |inner| self.whole(inner));
    }

    /// What is read of a value to make one of another type of it: what that one has.
    pub fn convert(&mut self, from: &Type, to: &Type) {
        match (from, to) {
            (Type::Optional(from), _) => self.convert(from, to.present()),
            (_, Type::Optional(to)) => self.convert(from, to),
            (Type::List(from), Type::List(to)) => self.convert(&from.item, &to.item),
            (Type::Dict(from), Type::Dict(to)) => self.convert(from, to),
            (Type::Named(from), Type::Named(to)) if from == to => {}
            (Type::Named(one), Type::Named(other)) => {
                if self.converted.insert((*one, *other)) {
                    self.convert_named(*one, *other);
                }
            }
            (from, Type::Json) => {
                self.written.push(from.clone());
                self.whole(from);
            }
            (Type::Named(id), Type::Dict(values)) => {
                self.whole(from);
                let program = self.program;
                for field in record(program, *id).map(|record| &record.fields).into_iter().flatten() {
                    self.convert(&field.ty, values);
                }
            }
            (from, _) => self.whole(from),
        }
    }

    fn convert_named(&mut self, from: TypeId, to: TypeId) {
        let types = &self.program.types;
        match (types.get(from.0), types.get(to.0)) {
            (Some(TypeDef::Record(source)), Some(TypeDef::Record(target))) => {
                for field in &target.fields {
                    let Some(at) = source.fields.iter().position(|one| one.name == field.name) else {
                        continue;
                    };
                    self.fields.entry(from).or_default().insert(at);
                    if let Some(one) = source.fields.get(at) {
                        self.convert(&one.ty, &field.ty);
                    }
                }
                if let (Some(one), Some(other)) = (&source.additional, &target.additional) {
                    self.additional.insert(from);
                    self.convert(one, other);
                }
            }
            (Some(TypeDef::Record(_)), Some(TypeDef::Union(target))) => {
                target.members.iter().for_each(|member| self.convert(&Type::Named(from), &member.ty));
            }
            (Some(TypeDef::Union(source)), Some(_)) => {
                source.members.iter().for_each(|member| self.convert(&member.ty, &Type::Named(to)));
            }
            (Some(_), Some(TypeDef::Enum(_)) | None) | (Some(TypeDef::Enum(_)), Some(_)) | (None, _) => {
                self.whole(&Type::Named(from));
            }
        }
    }
}
