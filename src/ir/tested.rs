//! A program as it is emitted to be tested: the services as they are, but for what is asked of those who call and no
//! test is asked (what they show, how often they call, what is kept of earlier answers), for how backends are told who
//! we are, which nobody comes to, and one more service, which answers whether what the tests expect of maps and
//! functions is so. Who may call is asked, unless a test does not say who calls.

use std::collections::{BTreeMap, BTreeSet};

use super::ty::{Type, TypeDef};
use super::visit;
use super::{
    Audit, AuthPlace, Comparison, ConfigId, ConfigItem, ConfigKind, Expr, ExprKind, FunctionId, InboundAuth,
    Known, Layer, LocalId, Longest, Operation, OperationSettings, OutboundAuth, PathPart, Place, Program,
    Service, Spot, Step, StepKind, Target, TestCase, TestStepKind, Tls, Value,
};

#[derive(Debug)]
pub struct Testable {
    pub program: Program,
    /// The service that says what is so, if anything is expected.
    pub expectations: Option<usize>,
    /// Its operations, by the numbers of the test and of its step.
    pub asked: BTreeMap<(usize, usize), usize>,
    /// The variable in which services find whether a test calls as somebody who may, if any of them asks.
    pub who_may: Option<String>,
}

pub fn testable(program: &Program) -> Testable {
    let mut out = Program { tests: Vec::new(), bundles: Vec::new(), ..program.clone() };
    let called = called(&out);
    let who_may = has_allow(&out).then(|| who_may(&mut out));
    for (at, service) in out.services.iter_mut().enumerate() {
        for (number, operation) in service.operations.iter_mut().enumerate() {
            let is_called = called.contains(&(at, number));
            open((&out.types, who_may), operation, is_called);
        }
    }
    for backend in &mut out.backends {
        // How a call ends is given before it would be sent: an issuer of tokens must not be asked, and need not be there.
        backend.auth = OutboundAuth::None;
        backend.tls = Tls::default();
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
            cors: None,
            slo: None,
            operations,
            place: Place::default(),
        });
    }
    let who_may = who_may.and_then(|id| out.config.get(id.0)).map(|item| item.name.clone());
    Testable { program: out, expectations, asked, who_may }
}

fn has_allow(program: &Program) -> bool {
    let mut operations = program.services.iter().flat_map(|service| &service.operations);
    operations.any(|operation| operation.settings.allow.is_some())
}

/// A new variable that says whether who calls is somebody who may, as where a test says nothing of it.
fn who_may(program: &mut Program) -> ConfigId {
    let mut name = "WHO_MAY".to_owned();
    while program.config.iter().any(|item| item.name.eq_ignore_ascii_case(&name)) {
        name.push_str("_CALL");
    }
    let kind = ConfigKind::Value(Type::Bool);
    program.config.push(ConfigItem { name, secret: false, kind, default: None });
    ConfigId(program.config.len() - 1)
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

/// A test that does not say who calls is somebody who may; services that call each other are asked, as ever.
fn open((types, who_may): (&[TypeDef], Option<ConfigId>), operation: &mut Operation, is_called: bool) {
    operation.settings.limit = None;
    operation.settings.cache = None;
    // Services say which they are; whether it is let in whom a test gives is found out before, so that nobody asks an issuer for
    // keys.
    operation.settings.auth.retain(|way| matches!(way, InboundAuth::Service));
    operation.settings.auth.push(InboundAuth::Public);
    let (Some(allow), Some(who_may)) = (operation.settings.allow.take(), who_may) else { return };
    let mut is_the_test = vec![of(ExprKind::Config(who_may), Type::Bool)];
    if is_called {
        is_the_test.extend(operation.caller.and_then(|caller| nameless(types, operation, caller)));
    }
    let is_the_test = match is_the_test.len() {
        1 => is_the_test.remove(0),
        _ => of(ExprKind::All(is_the_test), Type::Bool),
    };
    operation.settings.allow = Some(Expr {
        ty: Type::Bool,
        fallible: allow.fallible,
        from_answer: allow.from_answer,
        spot: Spot::default(),
        kind: ExprKind::AnyOf(vec![is_the_test, allow]),
    });
}

/// `caller.service == none`
fn nameless(types: &[TypeDef], operation: &Operation, caller: LocalId) -> Option<Expr> {
    let ty = operation.locals.get(caller.0)?.ty.clone();
    let Type::Named(id) = &ty else { return None };
    let Some(TypeDef::Record(record)) = types.get(id.0) else { return None };
    let field = record.fields.iter().position(|field| field.name == "service")?;
    let service = record.fields.get(field)?.ty.clone();
    let of_caller = ExprKind::Field { of: Box::new(of(ExprKind::Local(caller), ty)), field };
    let equal = ExprKind::Compare {
        operator: Comparison::Equal,
        left: Box::new(of(of_caller, service.clone())),
        right: Box::new(of(ExprKind::None, service)),
    };
    Some(of(equal, Type::Bool))
}

fn of(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, fallible: false, from_answer: false, spot: Spot::default() }
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
        labelled: false,
        settings: OperationSettings {
            deadline_ms: Known::Written(60_000),
            max_body: Known::Written(1_000),
            auth: vec![InboundAuth::Public],
            auth_place: AuthPlace::default(),
            allow: None,
            limit: None,
            cache: None,
            idempotent: None,
            degraded: None,
            pages: false,
            deprecated: None,
            audit: Audit::Off,
            slo: None,
        },
        writes: false,
        locals: test.locals.clone(),
        caller: None,
        request: None,
        steps,
        longest: Longest::default(),
        place,
    }
}

/// The values above a step that it is made of, in their order.
fn needed(test: &TestCase, at: usize, condition: &Expr) -> Vec<Step> {
    let mut names = BTreeSet::new();
    visit::locals(condition, &mut |local| {
        names.insert(local);
    });
    let mut steps = Vec::new();
    for step in test.steps.iter().take(at).rev() {
        if let TestStepKind::Let { local, value } = &step.kind
            && names.contains(local)
        {
            visit::locals(value, &mut |local| {
                names.insert(local);
            });
            let kind = StepKind::Let { local: *local, value: Value::Plain(value.clone()) };
            steps.push(Step { kind, place: step.place.clone() });
        }
    }
    steps.reverse();
    steps
}

// ---- what a test needs --------------------------------------------------------------------------

/// Our own operations that run in a test: those that nothing is given for.
pub fn reached(program: &Program, test: &TestCase) -> BTreeSet<(usize, usize)> {
    let mut given = BTreeSet::new();
    let mut waiting = Vec::new();
    for step in &test.steps {
        match &step.kind {
            TestStepKind::Given { target: Target::Service { service, operation }, args, .. }
                if args.is_empty() =>
            {
                given.insert((*service, *operation));
            }
            TestStepKind::When { service, operation, .. } => waiting.push((*service, *operation)),
            _ => {}
        }
    }
    let mut reached = BTreeSet::new();
    while let Some((service, at)) = waiting.pop() {
        let operation = program.services.get(service).and_then(|service| service.operations.get(at));
        let Some(operation) = operation.filter(|_| reached.insert((service, at))) else { continue };
        visit::calls(&operation.steps, &mut |call| {
            if let Target::Service { service, operation } = call.target
                && !given.contains(&(service, operation))
            {
                waiting.push((service, operation));
            }
        });
    }
    reached
}

/// A variable that a test would read, and that has no value without an environment.
pub fn unset<'p>(program: &'p Program, test: &TestCase) -> Option<&'p ConfigItem> {
    let mut waiting: Vec<&Expr> = Vec::new();
    let says_who_calls = test.steps.iter().any(|step| matches!(step.kind, TestStepKind::GivenCaller(_)));
    for (service, at) in reached(program, test) {
        let operation = program.services.get(service).and_then(|service| service.operations.get(at));
        let allow = operation.and_then(|operation| operation.settings.allow.as_ref());
        waiting.extend(allow.filter(|_| says_who_calls));
        let steps = operation.into_iter().flat_map(|operation| &operation.steps);
        steps.for_each(|step| visit::step_parts(step, &mut |expr| waiting.push(expr)));
    }
    let expected = test.steps.iter().filter_map(|step| match &step.kind {
        TestStepKind::Expect(value) | TestStepKind::Let { value, .. } => Some(value),
        _ => None,
    });
    let (mut called, mut read) = (BTreeSet::new(), BTreeSet::new());
    let mut look = |expr: &Expr| {
        visit::every(expr, &mut |part| match &part.kind {
            ExprKind::Call { function, .. } => {
                called.insert(*function);
            }
            ExprKind::Config(id) => {
                read.insert(*id);
            }
            _ => {}
        });
        std::mem::take(&mut called)
    };
    let mut next: Vec<FunctionId> = expected.flat_map(&mut look).collect();
    next.extend(waiting.into_iter().flat_map(&mut look));
    let mut seen = BTreeSet::new();
    while let Some(id) = next.pop() {
        if let Some(function) = program.functions.get(id.0).filter(|_| seen.insert(id)) {
            next.extend(look(&function.body));
        }
    }
    let items = read.into_iter().filter_map(|id| program.config.get(id.0));
    items.into_iter().find(|item| item.default.is_none() && !item.is_optional())
}
