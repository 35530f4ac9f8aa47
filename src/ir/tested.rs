//! A program as it is emitted to be tested: the services as they are, but for what is asked of those who call and no
//! test is asked (who may call, how often, what is kept of earlier answers), and one more service, which answers
//! whether what the tests expect of maps and functions is so.

use std::collections::{BTreeMap, BTreeSet};

use super::ty::{Type, TypeDef};
use super::visit;
use super::{
    Comparison, Expr, ExprKind, InboundAuth, Known, Layer, Literal, LocalId, Operation, OperationSettings,
    PathPart, Place, Program, Service, Step, StepKind, Target, TestCase, TestStepKind, Value,
};

#[derive(Debug)]
pub struct Testable {
    pub program: Program,
    /// The service that says what is so, if anything is expected.
    pub expectations: Option<usize>,
    /// Its operations, by the numbers of the test and of its step.
    pub asked: BTreeMap<(usize, usize), usize>,
}

pub fn testable(program: &Program) -> Testable {
    let mut out = Program { tests: Vec::new(), bundles: Vec::new(), ..program.clone() };
    let called = called(&out);
    for (at, service) in out.services.iter_mut().enumerate() {
        for (number, operation) in service.operations.iter_mut().enumerate() {
            open(&out.types, operation, called.contains(&(at, number)));
        }
    }
    let mut asked = BTreeMap::new();
    let mut operations = Vec::new();
    for (number, test) in program.tests.iter().enumerate() {
        for (step, of) in test.steps.iter().enumerate() {
            if let TestStepKind::Expect(condition) = &of.kind {
                asked.insert((number, step), operations.len());
                operations.push(expectation(operations.len(), test, step, condition));
            }
        }
    }
    let expectations = (!operations.is_empty()).then_some(out.services.len());
    if expectations.is_some() {
        out.services.push(Service {
            name: unique(&out),
            doc: Some("Whether what the tests expect is so.".to_owned()),
            layer: Layer::System,
            version: None,
            owner: None,
            tags: Vec::new(),
            operations,
            place: Place::default(),
        });
    }
    Testable { program: out, expectations, asked }
}

fn unique(program: &Program) -> String {
    let mut name = "Expectations".to_owned();
    while program.services.iter().any(|service| service.name.eq_ignore_ascii_case(&name)) {
        name.push('s');
    }
    name
}

/// The operations that others of ours call.
fn called(program: &Program) -> BTreeSet<(usize, usize)> {
    let mut called = BTreeSet::new();
    for operation in program.services.iter().flat_map(|service| &service.operations) {
        visit::calls(&operation.steps, &mut |call| {
            if let Target::Service { service, operation } = call.target {
                called.insert((service, operation));
            }
        });
    }
    called
}

/// A test is somebody who may call; services that call each other are asked, as ever.
fn open(types: &[TypeDef], operation: &mut Operation, is_called: bool) {
    operation.settings.limit = None;
    operation.settings.cache = None;
    let Some(allow) = operation.settings.allow.take().filter(|_| is_called) else { return };
    // Services have names, and nobody else calls here who has none.
    let is_the_test = operation.caller.and_then(|caller| nameless(types, operation, caller));
    operation.settings.allow = Some(match is_the_test {
        None => allow,
        Some(is_the_test) => Expr {
            ty: Type::Bool,
            fallible: allow.fallible,
            from_answer: allow.from_answer,
            kind: ExprKind::AnyOf(vec![is_the_test, allow]),
        },
    });
}

/// `caller.subject == ""`
fn nameless(types: &[TypeDef], operation: &Operation, caller: LocalId) -> Option<Expr> {
    let ty = operation.locals.get(caller.0)?.ty.clone();
    let Type::Named(id) = &ty else { return None };
    let Some(TypeDef::Record(record)) = types.get(id.0) else { return None };
    let field = record.fields.iter().position(|field| field.name == "subject")?;
    let subject = of(
        ExprKind::Field { of: Box::new(of(ExprKind::Local(caller), ty)), field },
        record.fields.get(field)?.ty.clone(),
    );
    let nobody = of(ExprKind::Literal(Literal::Text(String::new())), Type::text());
    let equal =
        ExprKind::Compare { operator: Comparison::Equal, left: Box::new(subject), right: Box::new(nobody) };
    Some(of(equal, Type::Bool))
}

fn of(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, fallible: false, from_answer: false }
}

/// An operation that gives what a condition of a test is.
fn expectation(number: usize, test: &TestCase, at: usize, condition: &Expr) -> Operation {
    let place = test.steps.get(at).map(|step| step.place.clone()).unwrap_or_default();
    let mut steps = needed(test, at, condition);
    let value = Some(condition.clone());
    steps.push(Step { kind: StepKind::Return { status: 200, value }, place: place.clone() });
    Operation {
        name: format!("expectation{number}"),
        doc: None,
        method: "GET".to_owned(),
        path: vec![PathPart::Text(format!("/{number}"))],
        params: Vec::new(),
        outcomes: vec![(200, Type::Bool)],
        result: Type::Bool,
        problems: Vec::new(),
        settings: OperationSettings {
            deadline_ms: Known::Written(60_000),
            max_body: Known::Written(1_000),
            auth: vec![InboundAuth::Public],
            allow: None,
            limit: None,
            cache: None,
            idempotent: None,
            degraded: None,
            deprecated: None,
        },
        writes: false,
        locals: test.locals.clone(),
        caller: None,
        request: None,
        steps,
        place,
    }
}

/// The values above a step that it is made of, in their order.
fn needed(test: &TestCase, at: usize, condition: &Expr) -> Vec<Step> {
    let mut names = BTreeSet::new();
    read(condition, &mut names);
    let mut steps = Vec::new();
    for step in test.steps.iter().take(at).rev() {
        if let TestStepKind::Let { local, value } = &step.kind
            && names.contains(&local.0)
        {
            read(value, &mut names);
            let kind = StepKind::Let { local: *local, value: Value::Plain(value.clone()) };
            steps.push(Step { kind, place: step.place.clone() });
        }
    }
    steps.reverse();
    steps
}

fn read(expr: &Expr, names: &mut BTreeSet<usize>) {
    visit::every(expr, &mut |part| {
        if let ExprKind::Local(local) = part.kind {
            names.insert(local.0);
        }
    });
}
