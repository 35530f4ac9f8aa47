//! Requests and answers: what a call sends, and what an operation reads of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use flow_std::auth::Auth;
use flow_std::client::{Client, ClientSettings};
use flow_std::failure::{Answer, CallFailure, Failure};
use flow_std::http::{Context, Endpoint, Limits, Response, Shell, arrived, live, router};

use super::*;
use crate::emit::fixture;

const LONG: Duration = Duration::from_secs(30);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn client(address: std::net::SocketAddr) -> Client {
    let url = format!("http://{address}");
    Client::new("Erp", ClientSettings { timeout: LONG, connect_timeout: LONG, ..ClientSettings::new(url) })
        .expect("settings without a fault")
}

fn context() -> Context {
    Context::new("Orders.place", flow_std::Caller::default(), arrived("r-1", ""), LONG)
}

/// The request that a backend sees, without what every request has.
fn sent(types: &Types, outgoing: &Outgoing, args: &[Value]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let client = client(listener.local_addr().expect("an address"));
    let seen = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            stream.read_line(&mut head).expect("a line");
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut body).expect("a body");
        stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("written");
        head + &String::from_utf8_lossy(&body)
    });
    let mut call = client.write("Erp.do", "POST");
    outgoing.fill(types, args, &mut call);
    runtime().block_on(call.send(&context())).expect("an answer");
    let seen = seen.join().expect("the backend has seen it");
    let usual = ["host", "content-length", "user-agent", "accept", "flow-", "traceparent", "x-request-id"];
    let lines = seen.lines().filter(|line| !usual.iter().any(|name| line.starts_with(name)));
    lines.collect::<Vec<_>>().join("\n").replace(" HTTP/1.1", "")
}

fn wire(name: &str, place: WirePlace, style: Style, ty: Type) -> WireParam {
    WireParam { name: name.to_owned(), place, style, ty, required: false, is_key: false }
}

fn backend(operation: BackendOperation) -> Backend {
    let Some(backend) = fixture::program().backends.into_iter().next() else { panic!("it has a backend") };
    Backend { operations: vec![operation], ..backend }
}

fn outgoing(types: &Types, path: Vec<PathPart>, params: Vec<WireParam>, body: Option<WireBody>) -> Outgoing {
    let Some(of) = fixture::program().backends.into_iter().flat_map(|one| one.operations).next() else {
        panic!("it has an operation")
    };
    let operation = BackendOperation { path, params, body, ..of };
    Outgoing::to_backend(types, &backend(operation.clone()), &operation)
}

fn simple() -> Style {
    Style::Simple { explode: false }
}

#[test]
fn parameters_of_a_backend_in_all_their_places() {
    let types = whole(vec![
        enumeration(&["new", "old"]),
        record("Filter", Origin::Backend(0), vec![field("a", Type::int()), field("b", in_string())]),
    ]);
    let path = vec![
        PathPart::Text("/things/".to_owned()),
        PathPart::Param("id".to_owned()),
        PathPart::Text("/".to_owned()),
        PathPart::Param("m".to_owned()),
    ];
    let exploded = Style::Form { explode: true };
    let params = vec![
        wire("m", WirePlace::Path, Style::Matrix { explode: true }, Type::list(Type::int())),
        wire("id", WirePlace::Path, simple(), named(0)),
        wire("state", WirePlace::Query, exploded, named(0)),
        wire("all", WirePlace::Query, Style::PipeDelimited { explode: false }, Type::list(Type::text())),
        wire("filter", WirePlace::Query, Style::DeepObject, named(1)),
        wire("flat", WirePlace::Query, Style::Form { explode: false }, Type::list(Type::int())),
        wire("each", WirePlace::Query, Style::SpaceDelimited { explode: true }, Type::list(Type::int())),
        wire("json", WirePlace::Query, Style::Json, Type::text()),
        wire("none", WirePlace::Query, exploded, Type::text()),
        wire("x-one", WirePlace::Header, simple(), Type::Date),
        wire("x-all", WirePlace::Header, simple(), Type::list(Type::Bool)),
        wire("seen", WirePlace::Cookie, exploded, Type::Email),
    ];
    let outgoing = outgoing(&types, path, params, None);
    let read = |ty: &Type, json: &str| read_by(&types, ty, Side::Backend, json).expect("it fits");
    let args = vec![
        read(&Type::list(Type::int()), "[1,2]"),
        Value::Choice(0),
        Value::Choice(1),
        read(&Type::list(Type::text()), "[\"a\",\"b c\"]"),
        read(&named(1), "{\"a\":1,\"b\":\"2.50\"}"),
        read(&Type::list(Type::int()), "[1,2]"),
        read(&Type::list(Type::int()), "[3,4]"),
        Value::text("a\"b"),
        Value::None,
        read(&Type::Date, "\"2024-01-31\""),
        read(&Type::list(Type::Bool), "[true,false]"),
        read(&Type::Email, "\"ada@example.org\""),
    ];
    let request = sent(&types, &outgoing, &args);
    let mut lines: Vec<&str> = request.lines().collect();
    lines.sort_unstable();
    let first = "POST /things/new/;m=1;m=2?state=old&all=a%7Cb%20c&filter%5Ba%5D=1&filter%5Bb%5D=2.50\
        &flat=1,2&each=3&each=4&json=%22a%5C%22b%22";
    assert_eq!(lines, [first, "cookie: seen=ada%40example.org", "x-all: true,false", "x-one: 2024-01-31"]);
}

#[test]
fn bodies_of_a_backend() {
    let fields = vec![
        field("name", Type::text()),
        field("sum", in_string()),
        field("file", Type::Bytes.optional()),
        Field { access: Access::ReadOnly, ..field("id", Type::int()) },
    ];
    let types = whole(vec![record("Upload", Origin::Backend(0), fields)]);
    let body = |kind, ty: Type, media_type: &str, json: &str| {
        let body = WireBody { media_type: media_type.to_owned(), kind, ty: ty.clone(), required: true };
        let path = vec![PathPart::Text("/".to_owned())];
        let value = read_by(&types, &ty, Side::Backend, json).expect("it fits");
        sent(&types, &outgoing(&types, path, Vec::new(), Some(body)), &[value])
    };
    let upload = r#"{"id":1,"name":"a b","sum":"1.0","file":"YWJj"}"#;
    let sent = body(MediaKind::Json, named(0), "", upload);
    assert_eq!(
        sent,
        "POST /\ncontent-type: application/json\n\n{\"name\":\"a b\",\"sum\":\"1.0\",\"file\":\"YWJj\"}"
    );
    let sent = body(MediaKind::Form, named(0), "", upload);
    assert_eq!(
        sent,
        "POST /\ncontent-type: application/x-www-form-urlencoded\n\nname=a%20b&sum=1.0&file=YWJj"
    );
    let sent = body(MediaKind::Multipart, named(0), "", upload);
    let file = "name=\"file\"; filename=\"file\"\nContent-Type: application/octet-stream\n\nabc\n";
    assert!(sent.contains(file) && sent.contains("name=\"sum\"\n\n1.0\n"), "{sent}");
    let sent = body(MediaKind::JsonLines, Type::list(Type::int()), "", "[1,2]");
    assert_eq!(sent, "POST /\ncontent-type: application/x-ndjson\n\n1\n2");
    let sent = body(MediaKind::Text, Type::text(), "", "\"a\"");
    assert_eq!(sent, "POST /\ncontent-type: text/plain; charset=utf-8\n\na");
    let sent = body(MediaKind::Binary, Type::Bytes, "image/png", "\"YWJj\"");
    assert_eq!(sent, "POST /\ncontent-type: image/png\n\nabc");
}

fn answer_of(status: Status, kind: Option<MediaKind>, media_type: &str, ty: Type) -> WireAnswer {
    WireAnswer { status, kind, media_type: media_type.to_owned(), ty }
}

#[test]
fn answers_of_a_backend() {
    let types = whole(Vec::new());
    let Some(of) = fixture::program().backends.into_iter().flat_map(|one| one.operations).next() else {
        panic!("it has an operation")
    };
    let decimal = Type::Decimal(DecimalRule::default());
    let operation = BackendOperation {
        answers: vec![
            answer_of(Status::Exact(200), Some(MediaKind::Json), "", Type::int()),
            answer_of(Status::Exact(204), None, "", Type::Unit),
            answer_of(Status::Default, Some(MediaKind::Json), "", decimal.clone()),
        ],
        result: decimal.clone().optional(),
        ..of
    };
    let read = |operation: &BackendOperation, status, media_type: &str, body: &'static str| {
        of_backend(&types, operation, Answer::new(status, media_type, body))
    };
    let json = "application/json";
    assert_eq!(read(&operation, 200, json, "1"), Ok(Value::Decimal(1.into())));
    assert_eq!(read(&operation, 204, "", ""), Ok(Value::None));
    assert_eq!(read(&operation, 201, json, "2"), Ok(Value::Decimal(2.into())));
    assert!(
        matches!(read(&operation, 404, json, "2"), Err(CallFailure::Status(answer)) if answer.status() == 404)
    );
    let wrong = vec![flow_std::codec::FaultAt::new("body", "must be a whole number, not a string")];
    assert_eq!(read(&operation, 200, json, "\"1\""), Err(CallFailure::Malformed(wrong)));
    let with = |kind, media_type: &str, ty: Type| BackendOperation {
        answers: vec![answer_of(Status::Class(2), Some(kind), media_type, ty.clone())],
        result: ty,
        ..operation.clone()
    };
    let lines = with(MediaKind::JsonLines, "", Type::list(Type::int()));
    let numbers = Value::list(vec![Value::Int(1), Value::Int(2)]);
    assert_eq!(read(&lines, 200, "application/x-ndjson", "1\n\n2\n"), Ok(numbers));
    let text = with(MediaKind::Text, "text/plain", Type::text());
    assert_eq!(read(&text, 299, "text/csv", "a;b"), Ok(Value::text("a;b")));
    assert!(read(&text, 200, "text/html", "<p>").is_err() && read(&text, 300, "text/csv", "a").is_err());
    let bytes = with(MediaKind::Binary, "image/png", Type::Bytes);
    assert_eq!(read(&bytes, 200, "image/png", "abc"), Ok(Value::Bytes(flow_std::Bytes::new("abc"))));
    let unit = BackendOperation { result: Type::Unit, ..operation.clone() };
    assert_eq!(read(&unit, 200, json, "\"?\""), Ok(Value::None));
}

fn param(name: &str, place: ParamPlace, ty: Type) -> Param {
    Param {
        name: name.to_owned(),
        wire: name.to_owned(),
        place,
        ty,
        default: None,
        local: LocalId(0),
        is_key: false,
        labelled: false,
        doc: None,
    }
}

/// All kinds of parameters that an operation of ours can have, and what of them is one value.
fn operation() -> Operation {
    let body = ParamPlace::Body { media_type: "application/json".to_owned(), kind: MediaKind::Json };
    let form = Style::Form { explode: true };
    let params = vec![
        param("id", ParamPlace::Path(simple()), short()),
        param("state", ParamPlace::Query(form), named(0)),
        Param { default: Some(literal("none")), ..param("note", ParamPlace::Query(form), Type::text()) },
        param("tags", ParamPlace::Query(form), Type::list(short()).optional()),
        param("filter", ParamPlace::Query(Style::DeepObject), named(1).optional()),
        param("data", ParamPlace::Query(Style::Json), dict(Type::list(Type::int())).optional()),
        Param { is_key: true, ..param("x-key", ParamPlace::Header(simple()), Type::text().optional()) },
        param("x-all", ParamPlace::Header(simple()), Type::list(Type::int()).optional()),
        param("seen", ParamPlace::Cookie(form), Type::Date.optional()),
        param("body", body, named(1)),
    ];
    let path = vec![PathPart::Text("/a/".to_owned()), PathPart::Param("id".to_owned())];
    let of = fixture::operation("all", Vec::new(), Vec::new(), Type::list(Type::Json));
    Operation { method: "POST".to_owned(), path, params, ..of }
}

fn service_types() -> Types {
    let filter = vec![field("a", Type::int()), field("b", Type::Bool.optional())];
    whole(vec![enumeration(&["new", "old"]), record("Filter", Origin::Flow, filter)])
}

/// Answers with what it has read, as a list of JSON.
async fn echo(
    types: Arc<Types>,
    inputs: Arc<Inputs>,
    mut request: flow_std::http::Request,
) -> Result<Response, Failure> {
    let read = inputs.read(&types, &mut request);
    request.finish()?;
    let values = read.ok_or_else(|| Failure::internal("a fault was not recorded"))?;
    let params = operation().params;
    let json = params.iter().zip(&values).map(|(param, value)| to_json(&types, &param.ty, value));
    Ok(Response::json(200, &json.collect::<Vec<_>>()))
}

/// What the operation answers to a call.
fn called(fill: impl FnOnce(&Types, &mut flow_std::client::Call<'_>)) -> Result<Value, CallFailure> {
    let types = Arc::new(service_types());
    let inputs = Arc::new(Inputs::new(&types, &operation(), &evaluated));
    let (own, body) = (Arc::clone(&types), inputs.body());
    let endpoint = Endpoint {
        operation: "All.all",
        method: "POST",
        path: "/a/{id}",
        writes: false,
        deadline: LONG,
        max_body: 1 << 20,
        body,
        auth: vec![Auth::Public],
        limit: None,
        cors: None,
        caching: flow_std::http::Caching::Asked,
        degraded: None,
        deprecated: None,
        audit: None,
        promised: None,
        handler: Box::new(move |request| Box::pin(echo(Arc::clone(&own), Arc::clone(&inputs), request))),
    };
    runtime().block_on(async {
        let listener = flow_std::outside::TcpListener::bind(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let client = client(listener.local_addr().expect("an address"));
        let shell = Shell::new("", Limits::default());
        let router = router(vec![endpoint], shell.clone());
        tokio::spawn(live(listener, router, shell, std::future::pending()));
        let mut call = client.write("All.all", "POST");
        fill(&types, &mut call);
        // What an interpreter has is shared, and no constant.
        let read = Arc::clone(&types);
        call.answer(&context(), move |answer| of_service(&read, &operation(), answer)).await
    })
}

fn texts(value: &Value) -> Vec<String> {
    let Value::List(items) = value else { panic!("{value:?} is no list") };
    items.iter().map(|item| to_json(&service_types(), &Type::Json, item).to_string()).collect()
}

#[test]
fn what_a_call_sends_is_what_the_operation_reads() {
    let given = [
        "\"abc\"",
        "\"old\"",
        "\"a b&c\"",
        "[\"x\",\"y\"]",
        "{\"a\":1,\"b\":true}",
        "{\"k\":[1]}",
        "\"key\"",
        "[1,2]",
        "\"2024-01-31\"",
        "{\"a\":2}",
    ];
    let answer = called(|types, call| {
        let params = operation().params;
        let args =
            params.iter().zip(given).map(|(param, json)| read_by(types, &param.ty, Side::Caller, json));
        let args: Result<Vec<_>, _> = args.collect();
        Outgoing::to_service(types, &operation()).fill(types, &args.expect("they fit"), call);
    });
    assert_eq!(texts(&answer.expect("it is answered")), given);
    let none = "null";
    let answer = called(|types, call| {
        call.path("/a/abc").query("state", "new").json(&flow_std::Json::parse("{\"a\":2}").expect("JSON"));
        assert_eq!(Inputs::new(types, &operation(), &evaluated).body(), flow_std::http::BodyKind::Json);
    });
    let read = ["\"abc\"", "\"new\"", "\"none\"", none, none, none, none, none, none, "{\"a\":2}"];
    assert_eq!(texts(&answer.expect("it is answered")), read);
}

#[test]
fn everything_that_is_wrong_with_a_request_is_told_at_once() {
    let answer = called(|_, call| {
        call.path("/a/ABCD").query("state", "x").query("tags", "a").query("tags", "B");
        call.query("filter[a]", "x").query("filter[c]", "1").query("data", "{").query("y", "1");
        call.header("x-all", "1, 2.5").cookie("seen", "today");
    });
    let Err(CallFailure::Status(answer)) = answer else { panic!("{answer:?} is no status") };
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status(), 400, "{body}");
    let expected = [
        ("path.id", "must have at most 3 characters"),
        ("query.state", "must be `new` or `old`"),
        ("query.tags[1]", "must match `[a-z]+`"),
        ("query.filter.a", "must be a whole number"),
        ("query.filter.c", "is not known here"),
        ("query.data", "is not JSON"),
        ("header.x-all[1]", "must be a whole number"),
        ("cookie.seen", "must be a date such as `2024-01-31`"),
        ("body", "is missing"),
        ("query.y", "is not known here"),
    ];
    for (at, message) in expected {
        let fault = format!("\"{at}\",\"message\":\"{message}");
        assert!(body.contains(&fault), "{fault} is not in {body}");
    }
}
