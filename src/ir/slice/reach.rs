//! Goes from the operations of a crate to everything that they reach.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;

use super::super::model::{
    ArmBody, Call, Expr, ExprKind, Fail, FailurePattern, FunctionId, InboundAuth, LimitBy, ListItem, Local,
    Operation, Program, RequestKey, Service, Step, StepKind, Target, Value,
};
use super::super::nested::Flat;
use super::super::ty::{Origin, Record, Type, TypeDef, TypeId};
use super::super::visit;
use super::reads::Reads;
use super::{Slice, Use, inside, named, record, settings};

/// Functions that look at all of their arguments.
const TAKES_WHOLE: &[&str] = &["json.from", "json.toJson", "list.distinct", "list.has", "list.indexOf"];

pub struct Reach<'p> {
    program: &'p Program,
    slice: Slice,
    reads: Reads<'p>,
    waiting: Vec<FunctionId>,
    /// Functions of which the results are written out.
    sent: HashSet<FunctionId>,
    mentioned: Vec<Type>,
    decoded: Vec<Type>,
    encoded: Vec<Type>,
    measured: Vec<Type>,
    /// Something is kept beyond a request.
    keeps: bool,
    /// Callers show tokens of issuers.
    has_tokens: bool,
    /// Requests are counted.
    counts: bool,
}

impl<'p> Reach<'p> {
    pub fn new(program: &'p Program, services: &[usize], reads: Reads<'p>) -> Reach<'p> {
        Reach {
            program,
            slice: Slice { services: services.to_vec(), ..Slice::default() },
            reads,
            waiting: Vec::new(),
            sent: HashSet::new(),
            mentioned: Vec::new(),
            decoded: Vec::new(),
            encoded: Vec::new(),
            measured: Vec::new(),
            keeps: false,
            has_tokens: false,
            counts: false,
        }
    }

    /// What it says beside its operations.
    pub fn service(&mut self, service: &'p Service) {
        let Some(cors) = &service.cors else { return };
        cors.origins.iter().for_each(|origin| self.expr(origin));
        self.slice.config.extend(cors.max_age_ms.config());
    }

    pub fn operation(&mut self, operation: &'p Operation) {
        for param in &operation.params {
            self.reads.whole(&param.ty); // callers are checked in full
            self.decoded.push(param.ty.clone());
            param.default.iter().for_each(|default| self.expr(default));
        }
        self.encoded.extend(operation.outcomes.iter().map(|(_, ty)| ty.clone()));
        match operation.outcomes.len() > 1 {
            // It is written as the one that it is.
            true => self.encoded.push(operation.result.clone()),
            false => self.mentioned.push(operation.result.clone()),
        }
        self.locals(&operation.locals);
        operation.problems.iter().for_each(|problem| self.problem(*problem));
        self.slice.config.extend(settings::of_operation(&operation.settings));
        self.cached(operation);
        self.once(operation);
        self.counts |= operation.settings.limit.as_ref().is_some_and(|limit| limit.rate.is_some());
        let settings = &operation.settings;
        settings.allow.iter().for_each(|allow| self.expr(allow));
        settings.auth.iter().for_each(|way| self.caller(way));
        if let Some(LimitBy::Key(key)) = settings.limit.as_ref().map(|limit| &limit.by) {
            self.expr(key);
        }
        for step in &operation.steps {
            visit::step_parts(step, &mut |expr| self.expr(expr));
            self.step(step, &operation.locals);
        }
    }

    fn caller(&mut self, way: &'p InboundAuth) {
        match way {
            InboundAuth::Public | InboundAuth::Service => {}
            InboundAuth::ApiKey { keys: known, .. } | InboundAuth::Mtls { ca: known } => self.expr(known),
            InboundAuth::Jwt(jwt) => {
                self.has_tokens = true;
                self.expr(&jwt.issuer);
                jwt.audiences.iter().chain(&jwt.keys).for_each(|text| self.expr(text));
                self.slice.config.extend(jwt.leeway_ms.config());
            }
        }
    }

    /// What is answered once is in the store until it is not asked for any more.
    fn once(&mut self, operation: &'p Operation) {
        let Some(once) = &operation.settings.idempotent else { return };
        self.keeps = true;
        match &once.key {
            RequestKey::Header(_) => {}
            RequestKey::Text(key) => self.expr(key),
        }
    }

    /// What tells kept answers apart is made of the parameters, and of the key.
    fn cached(&mut self, operation: &'p Operation) {
        if let Some(cache) = &operation.settings.cache {
            self.encoded.extend(operation.params.iter().map(|param| param.ty.clone()));
            cache.key.iter().for_each(|key| self.expr(key));
        }
    }

    fn locals(&mut self, locals: &[Local]) {
        self.mentioned.extend(locals.iter().map(|local| local.ty.clone()));
    }

    fn problem(&mut self, id: super::ProblemId) {
        if self.slice.problems.insert(id)
            && let Some(problem) = self.program.problems.get(id.0)
        {
            self.encoded.push(Type::Named(problem.members));
        }
    }

    // ---- steps ----------------------------------------------------------------------------------

    fn step(&mut self, step: &'p Step, locals: &'p [Local]) {
        match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => self.value(value, locals),
            StepKind::Overlap(steps) | StepKind::Together(steps) => {
                steps.iter().for_each(|step| self.step(step, locals));
            }
            StepKind::Require { otherwise, .. } => self.fail(otherwise),
            StepKind::When { then, otherwise, .. } => {
                then.iter().chain(otherwise).for_each(|step| self.step(step, locals));
            }
            StepKind::Log { fields, .. } => {
                for (_, value) in fields {
                    self.encoded.push(value.ty.clone());
                    self.send(value);
                }
            }
            StepKind::Return { value, .. } => value.iter().for_each(|value| self.send(value)),
            StepKind::Fail(fail) => self.fail(fail),
        }
    }

    fn value(&mut self, value: &'p Value, locals: &'p [Local]) {
        match value {
            Value::Plain(_) => {}
            Value::Call(call) => self.call(call, locals),
            Value::Fan(fan) => {
                self.mentioned.push(fan.ty.clone());
                self.call(&fan.call, locals);
            }
        }
    }

    fn call(&mut self, call: &'p Call, locals: &'p [Local]) {
        self.mentioned.extend([call.gives.clone(), call.ty.clone()]);
        self.target(call.target);
        self.slice.config.extend(settings::of_call(&call.settings));
        if let (Target::Service { service, operation }, true) = (call.target, call.settings.has_policies())
            && let Some(called) =
                self.program.services.get(service).and_then(|of| of.operations.get(operation))
        {
            // They tell answers apart.
            self.encoded.extend(called.params.iter().map(|param| param.ty.clone()));
        }
        call.args.iter().for_each(|argument| self.send(&argument.value));
        for arm in &call.arms {
            for pattern in &arm.patterns {
                if let FailurePattern::Problem(problem) = pattern {
                    self.problem(*problem);
                }
            }
            let binding = arm.binding.and_then(|local| locals.get(local.0));
            self.decoded.extend(binding.map(|local| local.ty.clone()));
            self.arm(&arm.body);
        }
        if let Some(undo) = &call.undo {
            self.undo(undo);
            self.call(undo, locals);
        }
    }

    /// What an undo needs is kept, and read again by whoever does it.
    fn undo(&mut self, undo: &'p Call) {
        self.keeps = true;
        for argument in &undo.args {
            self.reads.whole(&argument.value.ty);
            self.encoded.push(argument.value.ty.clone());
            self.decoded.push(argument.value.ty.clone());
        }
    }

    fn arm(&mut self, body: &'p ArmBody) {
        match body {
            ArmBody::Value(_) => {}
            ArmBody::Fail(fail) => self.fail(fail),
        }
    }

    fn fail(&mut self, fail: &'p Fail) {
        self.problem(fail.problem);
        fail.members.iter().for_each(|(_, value)| self.send(value));
    }

    fn target(&mut self, target: Target) {
        match target {
            Target::Backend { backend, operation } => self.backend(backend, operation),
            Target::Service { service, operation } if self.slice.services.contains(&service) => {
                self.local(service, operation);
            }
            Target::Service { service, operation } => self.remote(service, operation),
        }
    }

    fn backend(&mut self, at: usize, operation: usize) {
        let program = self.program;
        let Some(backend) = program.backends.get(at) else { return };
        if !self.slice.backends.contains_key(&at) {
            self.expr(&backend.url);
            self.slice.config.extend(settings::of_backend(backend));
            backend.tls.ca.iter().chain(&backend.tls.server_name).for_each(|text| self.expr(text));
            backend.headers.iter().for_each(|(_, value)| self.expr(value));
            backend.auth.values().into_iter().for_each(|value| self.expr(value));
        }
        if self.slice.backends.entry(at).or_default().insert(operation)
            && let Some(operation) = backend.operations.get(operation)
        {
            self.encoded.extend(operation.params.iter().map(|param| param.ty.clone()));
            self.encoded.extend(operation.body.iter().map(|body| body.ty.clone()));
            self.decoded.extend(operation.answers.iter().map(|answer| answer.ty.clone()));
            self.decoded.push(operation.result.clone());
        }
    }

    /// An answer that comes out of the store is read as one that comes over the network.
    fn local(&mut self, at: usize, operation: usize) {
        if self.slice.local.entry(at).or_default().insert(operation)
            && let Some(operation) = self.program.services.get(at).and_then(|of| of.operations.get(operation))
            && operation.settings.idempotent.is_some()
        {
            self.decoded.extend(operation.outcomes.iter().map(|(_, ty)| ty.clone()));
            self.decoded.push(operation.result.clone());
        }
    }

    fn remote(&mut self, at: usize, operation: usize) {
        if self.slice.remote.entry(at).or_default().insert(operation)
            && let Some(operation) = self.program.services.get(at).and_then(|of| of.operations.get(operation))
        {
            self.encoded.extend(operation.params.iter().map(|param| param.ty.clone()));
            self.decoded.extend(operation.outcomes.iter().map(|(_, ty)| ty.clone()));
            self.decoded.push(operation.result.clone());
        }
    }

    // ---- expressions ----------------------------------------------------------------------------

    /// All functions that were called so far, and those that they call.
    pub fn functions(&mut self) {
        let mut known = BTreeSet::new();
        loop {
            while let Some(id) = self.waiting.pop() {
                let Some(function) = self.program.functions.get(id.0) else { continue };
                self.locals(&function.locals);
                self.mentioned.push(function.result.clone());
                self.expr(&function.body);
            }
            let before = known.len();
            self.defaults(&mut known);
            if known.len() == before {
                return;
            }
        }
    }

    /// What is taken for fields that are not sent, of the types that are read. `known` are those that were looked at.
    fn defaults(&mut self, known: &mut BTreeSet<TypeId>) {
        let mut read = BTreeSet::new();
        let all = |_, record: &Record| (0..record.fields.len()).collect();
        self.decoded.iter().for_each(|ty| self.close(ty, &mut read, &all));
        for id in read {
            let new = known.insert(id).then(|| record(self.program, id)).flatten();
            let fields = new.map(|record| &record.fields).into_iter().flatten();
            fields.filter_map(|field| field.default.as_ref()).for_each(|default| self.expr(default));
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        visit::every(expr, &mut |inner| self.one(inner));
    }

    fn one(&mut self, expr: &'p Expr) {
        self.mentioned.push(expr.ty.clone());
        match &expr.kind {
            ExprKind::Field { of, field } => self.reads.field(&of.ty, *field),
            ExprKind::Common { of, name } => self.reads.common(&of.ty, name),
            ExprKind::Key { of, .. } => self.reads.key(&of.ty),
            ExprKind::Compare { left, right, .. } => {
                self.reads.whole(&left.ty);
                self.reads.whole(&right.ty);
            }
            ExprKind::Convert(inner) => self.convert(&inner.ty, &expr.ty),
            ExprKind::Narrow(inner) => {
                self.convert(&inner.ty, &expr.ty);
                self.reads.whole(&expr.ty);
                if !is_union(self.program, &inner.ty) {
                    // It goes through its JSON form.
                    self.encoded.push(inner.ty.clone());
                }
                self.decoded.push(expr.ty.clone());
            }
            ExprKind::Bounded(_) => self.measured.push(expr.ty.clone()),
            ExprKind::Std { name, args } => self.std(name, args),
            ExprKind::Call { function, .. } => {
                if self.slice.functions.insert(*function) {
                    self.waiting.push(*function);
                }
            }
            ExprKind::Config(config) => {
                self.slice.config.insert(*config);
            }
            ExprKind::Else { fallback, .. } => self.arm(fallback),
            ExprKind::Literal(_)
            | ExprKind::None
            | ExprKind::Text(_)
            | ExprKind::Local(_)
            | ExprKind::Lambda { .. }
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic { .. }
            | ExprKind::All(_)
            | ExprKind::AnyOf(_)
            | ExprKind::Coalesce { .. }
            | ExprKind::IfPresent { .. }
            | ExprKind::If { .. }
            | ExprKind::Match { .. }
            | ExprKind::For { .. }
            | ExprKind::List(_)
            | ExprKind::Record { .. }
            | ExprKind::Dict { .. }
            | ExprKind::Bind { .. }
            | ExprKind::Present(_) => {}
        }
    }

    fn convert(&mut self, from: &Type, to: &Type) {
        self.reads.convert(from, to);
    }

    fn std(&mut self, name: &str, args: &[Expr]) {
        self.slice.std.insert(name.to_owned());
        if TAKES_WHOLE.contains(&name) {
            args.iter().for_each(|argument| self.reads.whole(&argument.ty));
        }
        if name.starts_with("json.") {
            self.encoded.extend(args.iter().map(|argument| argument.ty.clone()));
        }
        // What a key is made of is compared.
        for argument in args.iter().filter(|_| name == "list.distinctBy") {
            if let Type::Function(function) = &argument.ty {
                self.reads.whole(&function.result);
            }
        }
    }

    /// A value that is written out: what was put together here is known, everything else is read whole.
    fn send(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::None | ExprKind::Config(_) | ExprKind::Text(_) => {}
            ExprKind::Record { fields, .. } => fields.iter().for_each(|field| self.send(field)),
            ExprKind::Dict { entries, spreads } => {
                entries.iter().for_each(|(_, value)| self.send(value));
                spreads.iter().for_each(|spread| self.send(spread));
            }
            ExprKind::List(items) => {
                for item in items {
                    match item {
                        ListItem::Value(value) | ListItem::Spread(value) => self.send(value),
                    }
                }
            }
            ExprKind::Call { function, .. } => {
                if self.sent.insert(*function)
                    && let Some(function) = self.program.functions.get(function.0)
                {
                    self.send(&function.body);
                }
            }
            ExprKind::If { then, otherwise, .. } => {
                self.send(then);
                self.send(otherwise);
            }
            ExprKind::Match { arms, .. } => arms.iter().for_each(|arm| self.send(&arm.body)),
            ExprKind::For { body, .. } | ExprKind::Bind { body, .. } | ExprKind::IfPresent { body, .. } => {
                self.send(body);
            }
            ExprKind::Coalesce { value, fallback } => {
                self.send(value);
                self.send(fallback);
            }
            ExprKind::Present(inner) | ExprKind::Bounded(inner) => self.send(inner),
            ExprKind::Else { value, fallback } => {
                self.send(value);
                if let ArmBody::Value(fallback) = &**fallback {
                    self.send(fallback);
                }
            }
            ExprKind::Local(_)
            | ExprKind::Field { .. }
            | ExprKind::Common { .. }
            | ExprKind::Key { .. }
            | ExprKind::Std { .. }
            | ExprKind::Lambda { .. }
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic { .. }
            | ExprKind::All(_)
            | ExprKind::AnyOf(_)
            | ExprKind::Compare { .. }
            | ExprKind::Narrow(_)
            | ExprKind::Convert(_) => self.reads.whole(&expr.ty),
        }
    }

    // ---- types ----------------------------------------------------------------------------------

    /// Everything is known by now: which types there are, and what of them.
    pub fn finish(mut self) -> Slice {
        let mut encoded = BTreeSet::new();
        for ty in self.encoded.iter().chain(&self.reads.written) {
            self.close(ty, &mut encoded, &|_, record| (0..record.fields.len()).collect());
        }
        let kept = |id: TypeId, record: &Record| self.kept(id, record, &encoded);
        let mut decoded = BTreeSet::new();
        self.decoded.iter().for_each(|ty| self.close(ty, &mut decoded, &kept));
        let mut all: BTreeSet<TypeId> = encoded.union(&decoded).copied().collect();
        // Only what is new has to be followed.
        let mentioned: BTreeSet<TypeId> = self.mentioned.iter().fold(BTreeSet::new(), |mut ids, ty| {
            named(ty, &mut |id| {
                ids.insert(id);
            });
            ids
        });
        mentioned.iter().for_each(|id| self.close(&Type::Named(*id), &mut all, &kept));
        let measured = self.measured(&kept);
        let used = |id: &TypeId| {
            let of = self.use_of(*id, &decoded, &encoded);
            (*id, Use { measured: measured.contains(id), ..of })
        };
        let types: IndexMap<TypeId, Use> = all.iter().map(used).collect();
        let features = self.features(&types);
        self.slice.types = types;
        self.slice.features = features;
        self.slice
    }

    /// All types that it takes to see how deep a value goes.
    fn measured(&self, kept: &dyn Fn(TypeId, &Record) -> BTreeSet<usize>) -> BTreeSet<TypeId> {
        let mut measured = BTreeSet::new();
        if !self.measured.is_empty() {
            self.measured.iter().for_each(|ty| self.close(ty, &mut measured, kept));
            let flat = Flat::of(&self.program.types);
            measured.retain(|id| !flat.has(&Type::Named(*id)));
        }
        measured
    }

    fn close(
        &self,
        ty: &Type,
        seen: &mut BTreeSet<TypeId>,
        kept: &dyn Fn(TypeId, &Record) -> BTreeSet<usize>,
    ) {
        let mut ids = Vec::new();
        named(ty, &mut |id| ids.push(id));
        while let Some(id) = ids.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.program.types.get(id.0) {
                Some(TypeDef::Record(record)) => {
                    let fields = kept(id, record).into_iter().filter_map(|at| record.fields.get(at));
                    fields.for_each(|field| named(&field.ty, &mut |id| ids.push(id)));
                    record.additional.iter().for_each(|ty| named(ty, &mut |id| ids.push(id)));
                }
                Some(TypeDef::Union(union)) => {
                    union.members.iter().for_each(|member| named(&member.ty, &mut |id| ids.push(id)));
                }
                Some(TypeDef::Enum(_)) | None => {}
            }
        }
    }

    fn kept(&self, id: TypeId, record: &Record, encoded: &BTreeSet<TypeId>) -> BTreeSet<usize> {
        if encoded.contains(&id) || !is_of_backend(record) {
            (0..record.fields.len()).collect()
        } else {
            self.reads.of(id)
        }
    }

    fn use_of(&self, id: TypeId, decoded: &BTreeSet<TypeId>, encoded: &BTreeSet<TypeId>) -> Use {
        let (is_decoded, is_encoded) = (decoded.contains(&id), encoded.contains(&id));
        let Some(record) = record(self.program, id) else {
            return Use { decoded: is_decoded, encoded: is_encoded, ..Use::default() };
        };
        let fields = self.kept(id, record, encoded);
        let is_partial = is_of_backend(record);
        let read = if is_partial { self.reads.of(id) } else { fields.clone() };
        let is_kept = is_encoded || !is_partial || self.reads.has_additional(id);
        let additional = record.additional.is_some() && is_kept;
        Use { decoded: is_decoded, encoded: is_encoded, fields, read, additional, ..Use::default() }
    }

    fn features(&self, types: &IndexMap<TypeId, Use>) -> BTreeSet<&'static str> {
        let mut found = BTreeSet::new();
        self.mentioned
            .iter()
            .chain(&self.decoded)
            .chain(&self.encoded)
            .for_each(|ty| feature(ty, &mut found));
        for (id, of) in types {
            match self.program.types.get(id.0) {
                Some(TypeDef::Record(record)) => {
                    let kept =
                        of.fields.iter().filter_map(|at| record.fields.get(*at)).map(|field| &field.ty);
                    kept.chain(&record.additional).for_each(|ty| feature(ty, &mut found));
                }
                Some(TypeDef::Union(union)) => {
                    union.members.iter().for_each(|member| feature(&member.ty, &mut found));
                }
                Some(TypeDef::Enum(_)) | None => {}
            }
        }
        if self.keeps {
            found.insert("store");
        }
        if self.has_tokens {
            found.insert("jwt");
        }
        if self.counts {
            found.insert("redis");
        }
        let is_digest = |name: &String| name.ends_with(".hash") || name.ends_with(".hmac");
        if self.slice.std.iter().any(is_digest) {
            found.insert("digest");
        }
        found
    }
}

fn is_of_backend(record: &Record) -> bool {
    matches!(record.origin, Origin::Backend(_))
}

/// The feature of the runtime that a type needs.
fn feature(ty: &Type, found: &mut BTreeSet<&'static str>) {
    match ty {
        Type::Decimal(_) => {
            found.insert("decimal");
        }
        Type::Date | Type::Time | Type::DateTime | Type::Zone | Type::Pattern => {
            found.insert("time");
        }
        Type::Regex => {
            found.insert("regex");
        }
        Type::Text(rule) if rule.pattern.is_some() => {
            found.insert("regex");
        }
        other => inside(other, &mut |inner| feature(inner, found)),
    }
}

fn is_union(program: &Program, ty: &Type) -> bool {
    match ty {
        Type::Named(id) => matches!(program.types.get(id.0), Some(TypeDef::Union(_))),
        _ => false,
    }
}
