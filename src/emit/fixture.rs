//! A small program for the tests of what is emitted: a process over a system over a backend.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::unit::Unit;
use super::{File, files_around};
use crate::ir::*;

/// The files of a program, with Rust sources that say nothing.
pub fn written(program: &Program) -> Vec<File> {
    let sources = |_: &Unit<'_>| {
        let library = File { path: "src/lib.rs".to_owned(), text: "//! Nothing.\n".to_owned() };
        let main = File { path: "src/main.rs".to_owned(), text: "fn main() {}\n".to_owned() };
        Ok(vec![library, main])
    };
    files_around(program, &sources).unwrap_or_default()
}

pub fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_owned(),
        ty,
        default: None,
        nullable: false,
        access: Access::Both,
        labelled: false,
        doc: None,
    }
}

pub fn record(name: &str, origin: Origin, fields: Vec<Field>) -> TypeDef {
    TypeDef::Record(Record { name: name.to_owned(), doc: None, origin, fields, additional: None })
}

pub fn expr(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty, fallible: false, from_answer: false, spot: Spot::default() }
}

pub fn local(at: usize, ty: Type) -> Expr {
    expr(ExprKind::Local(LocalId(at)), ty)
}

pub fn field_of(of: Expr, field: usize, ty: Type) -> Expr {
    expr(ExprKind::Field { of: Box::new(of), field }, ty)
}

pub fn step(kind: StepKind) -> Step {
    Step { kind, place: Place::default() }
}

pub fn call(target: Target, name: &str, gives: Type, args: Vec<Expr>) -> Call {
    Call {
        target,
        name: name.to_owned(),
        args: args
            .into_iter()
            .enumerate()
            .map(|(param, value)| Argument { param, value, labelled: false })
            .collect(),
        settings: CallSettings::default(),
        arms: Vec::new(),
        undo: None,
        reads: true,
        ty: gives.clone(),
        gives,
        place: Place::default(),
    }
}

pub fn bind(at: usize, call: Call) -> Step {
    step(StepKind::Let { local: LocalId(at), value: Value::Call(Box::new(call)) })
}

pub fn give(value: Expr) -> Step {
    step(StepKind::Return { status: 200, value: Some(value) })
}

pub fn operation(name: &str, locals: Vec<Local>, steps: Vec<Step>, result: Type) -> Operation {
    Operation {
        name: name.to_owned(),
        doc: Some(format!("Does {name}.")),
        method: "GET".to_owned(),
        path: vec![PathPart::Text(format!("/v1/{name}/")), PathPart::Param("id".to_owned())],
        params: vec![Param {
            name: "id".to_owned(),
            wire: "id".to_owned(),
            place: ParamPlace::Path(Style::Simple { explode: false }),
            ty: Type::text(),
            default: None,
            local: LocalId(0),
            is_key: false,
            labelled: false,
            doc: None,
        }],
        outcomes: vec![(200, result.clone())],
        result,
        labelled: false,
        problems: vec![ProblemId(0)],
        settings: OperationSettings {
            deadline_ms: Known::Written(10_000),
            max_body: Known::Written(1 << 20),
            auth: vec![InboundAuth::Service],
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
        locals,
        caller: None,
        request: None,
        steps,
        longest: Longest::default(),
        place: Place::default(),
    }
}

pub fn service(name: &str, layer: Layer, operations: Vec<Operation>) -> Service {
    Service {
        name: name.to_owned(),
        doc: Some(format!("All about {name}.")),
        layer,
        version: Some("v1".to_owned()),
        owner: Some("team".to_owned()),
        tags: Vec::new(),
        slo: None,
        cors: None,
        operations,
        place: Place::default(),
    }
}

pub const ORDER: Type = Type::Named(TypeId(1));
pub const ERP_ORDER: Type = Type::Named(TypeId(0));

/// `Orders.get` calls `Stock.get`, which calls `Erp.getOrder` and reads the first field of what it gives.
/// Tokens of this issuer, which are for itself.
pub fn jwt(issuer: &str) -> InboundAuth {
    let issuer = expr(ExprKind::Literal(Literal::Text(issuer.to_owned())), Type::text());
    InboundAuth::Jwt(Box::new(Jwt {
        audiences: vec![issuer.clone()],
        issuer,
        keys: None,
        algorithms: vec![JwtAlgorithm::Rs256],
        scopes: "scope".to_owned(),
        leeway_ms: Known::Written(0),
    }))
}

pub fn program() -> Program {
    let texts = |at: usize, ty: Type| Local { name: format!("l{at}"), ty };
    let erp = Origin::Backend(0);
    let types = vec![
        record(
            "ERP_ORDER",
            erp,
            vec![
                field("no", Type::text()),
                field("state", Type::OpenEnum(Arc::from(["new".to_owned(), "old".to_owned()]))),
                field("total", Type::Decimal(DecimalRule::default())),
            ],
        ),
        record(
            "Order",
            Origin::Flow,
            vec![field("id", Type::text()), field("note", Type::text().optional())],
        ),
        record("NotFound", Origin::Flow, vec![field("detail", Type::text().optional())]),
    ];
    let stock = operation(
        "stock",
        vec![texts(0, Type::text()), texts(1, ERP_ORDER)],
        vec![
            bind(
                1,
                call(
                    Target::Backend { backend: 0, operation: 0 },
                    "Erp.getOrder",
                    ERP_ORDER,
                    vec![local(0, Type::text())],
                ),
            ),
            give(expr(
                ExprKind::Record {
                    of: TypeId(1),
                    fields: vec![
                        field_of(local(1, ERP_ORDER), 0, Type::text()),
                        expr(ExprKind::None, Type::text().optional()),
                    ],
                },
                ORDER,
            )),
        ],
        ORDER,
    );
    let orders = operation(
        "orders",
        vec![texts(0, Type::text()), texts(1, ORDER)],
        vec![
            bind(
                1,
                call(
                    Target::Service { service: 0, operation: 0 },
                    "Stock.stock",
                    ORDER,
                    vec![local(0, Type::text())],
                ),
            ),
            give(local(1, ORDER)),
        ],
        ORDER,
    );
    let config = |name: &str, secret| ConfigItem {
        name: name.to_owned(),
        secret,
        kind: ConfigKind::Value(Type::text()),
        default: None,
    };
    Program {
        project: "shop".to_owned(),
        version: "1.2.3".to_owned(),
        description: None,
        types,
        exposed: BTreeSet::new(),
        problems: vec![Problem {
            name: "NotFound".to_owned(),
            doc: None,
            status: 404,
            title: "No such thing".to_owned(),
            members: TypeId(2),
        }],
        backends: vec![backend()],
        services: vec![
            service("Stock", Layer::System, vec![stock]),
            service("Orders", Layer::Process, vec![orders]),
        ],
        functions: Vec::new(),
        config: vec![config("ERP_URL", false), config("ERP_TOKEN", true)],
        bundles: Vec::new(),
        tests: Vec::new(),
    }
}

fn backend() -> Backend {
    Backend {
        name: "Erp".to_owned(),
        doc: None,
        contract: "contracts/erp.yaml".to_owned(),
        url: expr(ExprKind::Config(ConfigId(0)), Type::text()),
        auth: OutboundAuth::Bearer { token: expr(ExprKind::Config(ConfigId(1)), Type::text()) },
        timeout_ms: Known::Written(1000),
        connect_timeout_ms: Known::Written(500),
        retry: None,
        hedge: None,
        breaker: None,
        limit: None,
        cache: None,
        max_body: Known::Written(1 << 20),
        tls: Tls::default(),
        headers: Vec::new(),
        operations: vec![BackendOperation {
            name: "getOrder".to_owned(),
            doc: None,
            method: "GET".to_owned(),
            path: vec![PathPart::Text("/orders/".to_owned()), PathPart::Param("id".to_owned())],
            params: vec![WireParam {
                name: "id".to_owned(),
                place: WirePlace::Path,
                style: Style::Simple { explode: false },
                ty: Type::text(),
                required: true,
                is_key: false,
            }],
            body: None,
            answers: vec![WireAnswer {
                status: Status::Exact(200),
                kind: Some(MediaKind::Json),
                media_type: "application/json".to_owned(),
                ty: ERP_ORDER,
            }],
            result: ERP_ORDER,
            reads: true,
            labelled: false,
            deprecated: false,
        }],
        place: Place::default(),
    }
}
