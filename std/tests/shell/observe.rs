//! What an operator sees: numbers, what runs, whether it is ready, and the line that each request leaves.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::child::Process;
use crate::client::{Connection, Reply};
use crate::server::Server;

const TOKEN: &str = "0123456789abcdef";

fn ask(address: SocketAddr, method: &str, path: &str, headers: &str) -> Reply {
    Connection::open(address).ask(method, path, headers, "").expect("there is an answer")
}

fn bearer() -> String {
    format!("Authorization: Bearer {TOKEN}\r\n")
}

/// The lines of `/metrics` that are numbers.
fn numbers(address: SocketAddr) -> Vec<String> {
    let reply = ask(address, "GET", "/metrics", &bearer());
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    reply.body.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn number(address: SocketAddr, series: &str) -> Option<f64> {
    let all = numbers(address);
    let line = all.iter().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// A port that nobody has, as far as anybody can say it.
fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound")
}

#[test]
fn without_a_token_and_an_address_of_their_own_operators_see_nothing() {
    let mut service = Process::start(&[], 1_024);
    let address = service.address();
    for path in ["/metrics", "/version", "/undos"] {
        assert_eq!(ask(address, "GET", path, &bearer()).status, 404, "{path}");
    }
}

#[test]
fn with_a_token_they_are_beside_the_operations() {
    let mut service = Process::start(&[("FLOW_OPERATOR_TOKEN", TOKEN)], 1_024);
    let address = service.address();
    for path in ["/metrics", "/version"] {
        assert_eq!(ask(address, "GET", path, "").status, 401, "{path}");
        assert_eq!(ask(address, "GET", path, "Authorization: Bearer 0123456789abcdeg\r\n").status, 401);
        assert_eq!(ask(address, "POST", path, &bearer()).status, 405, "{path}");
    }
    let version = ask(address, "GET", "/version", &bearer());
    let wanted = format!(r#"{{"service":"shop","version":"1","flowc":"{}"}}"#, env!("CARGO_PKG_VERSION"));
    assert_eq!((version.status, version.body), (200, wanted));
    assert_eq!(number(address, "flow_build_info{service=\"shop\",version=\"1\"}"), Some(1.0));
}

#[test]
fn with_an_address_of_their_own_they_are_nowhere_else() {
    let own = free_port();
    let listen = own.to_string();
    let settings = [("FLOW_OPERATOR_TOKEN", TOKEN), ("FLOW_OPERATOR_LISTEN", listen.as_str())];
    let mut service = Process::start(&settings, 1_024);
    let address = service.address();
    assert_eq!(ask(address, "GET", "/metrics", &bearer()).status, 404);
    assert_eq!(ask(address, "GET", "/version", &bearer()).status, 200);
    for path in ["/metrics", "/version", "/livez", "/readyz"] {
        assert_eq!(ask(own, "GET", path, "").status, 200, "{path}");
    }
    assert_eq!(ask(own, "GET", "/v1/orders/a", "").status, 404, "no operation is there");
    assert_eq!(ask(own, "GET", "/openapi.yaml", "").status, 404);
    assert_eq!(ask(address, "GET", "/v1/orders/a", "").status, 200);
    let ok = "flow_requests_total{service=\"Shop\",operation=\"Shop.order\",status=\"200\"}";
    assert_eq!(number(own, ok), Some(1.0));
}

#[test]
fn what_keeps_operators_out_keeps_the_service_from_starting() {
    for (settings, wanted) in [
        ([("FLOW_OPERATOR_LISTEN", "hush")], "FLOW_OPERATOR_LISTEN must be an address and a port"),
        ([("FLOW_OPERATOR_TOKEN", "hush")], "FLOW_OPERATOR_TOKEN must have at least 16 bytes"),
        ([("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://hush")], "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL"),
    ] {
        let (is_good, _, told) = Process::start(&settings, 1_024).ended();
        assert!(!is_good && told.contains(wanted) && !told.contains("hush"), "{told}");
    }
}

/// S054
#[test]
fn no_caller_makes_a_series() {
    let mut service = Process::start(&[("FLOW_OPERATOR_TOKEN", TOKEN)], 1_024);
    let address = service.address();
    service.unheard();
    let mut connection = Connection::open(address);
    let mut number = 0_u64;
    for count in 0..10_000 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let method = ["GET", "PUT", "BREW", "X-Y", "POST"][count % 5];
        let path = match count % 4 {
            0 => format!("/{number:x}"),
            1 => format!("/tenants/{number:x}"),
            2 => format!("/v1/orders/{number:x}?{number:x}={number}"),
            _ => format!("/v1/orders/{number:x}/{number}"),
        };
        let headers = format!("X-Tenant: {number}\r\nX-Request-Id: {number}\r\nX-Api-Key: {number}\r\n");
        if connection.ask(method, &path, &headers, "").is_none() {
            connection = Connection::open(address);
        }
    }
    let all = numbers(address);
    let requests: Vec<_> = all.iter().filter(|line| line.starts_with("flow_requests_total")).collect();
    let statuses: BTreeSet<_> = requests.iter().filter_map(|line| line.split("status=\"").nth(1)).collect();
    // Three operations and what leads to none; each has been answered with a few statuses.
    assert!(requests.len() <= 4 * 6 && statuses.len() <= 12, "{requests:?}");
    assert!(all.len() < 120, "{} series", all.len());
    let text = all.join("\n");
    assert!(!text.contains("BREW") && !text.contains(&format!("{number:x}")), "{text}");
    let sum: u64 = requests.iter().filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
    assert_eq!(sum, 10_000, "each is counted once");
}

#[test]
fn what_happens_to_requests_is_counted() {
    let mut service = Process::start(&[("FLOW_OPERATOR_TOKEN", TOKEN)], 1_024);
    let address = service.address();
    for path in ["/broken", "/slow", "/tenants/a", "/tenants/a", "/private", "/nowhere", "/v1/orders/a"] {
        ask(address, "GET", path, "");
    }
    let any = "service=\"Shop\",operation=\"Shop.any\"";
    for (series, count) in [
        (format!("flow_requests_total{{{any},status=\"500\"}}"), 1.0),
        (format!("flow_requests_total{{{any},status=\"504\"}}"), 1.0),
        (format!("flow_requests_total{{{any},status=\"204\"}}"), 1.0),
        (format!("flow_requests_total{{{any},status=\"429\"}}"), 1.0),
        (format!("flow_requests_total{{{any},status=\"401\"}}"), 1.0),
        ("flow_requests_total{service=\"none\",operation=\"none\",status=\"404\"}".to_owned(), 1.0),
        (format!("flow_request_seconds_count{{{any}}}"), 5.0),
        (format!("flow_operation_failures_total{{{any},step=\"none\",kind=\"panic\"}}"), 1.0),
        (format!("flow_operation_failures_total{{{any},step=\"none\",kind=\"deadline\"}}"), 1.0),
        ("flow_limit_refused_total{operation=\"Shop.any\"}".to_owned(), 1.0),
        ("flow_deprecated_total{operation=\"Shop.order\"}".to_owned(), 1.0),
        ("flow_panics_total".to_owned(), 1.0),
        ("flow_requests_in_flight".to_owned(), 0.0),
    ] {
        assert_eq!(number(address, &series), Some(count), "{series}");
    }
}

#[test]
fn the_line_of_a_request_says_how_it_ended() {
    let mut service = Process::start(&[], 1_024);
    let address = service.address();
    for (path, outcome) in [
        ("/v1/orders/a", "degraded"),
        ("/brief", "ok"),
        ("/nowhere", "NotFound"),
        ("/broken", "InternalError"),
        ("/slow", "GatewayTimeout"),
        ("/private", "Unauthorized"),
    ] {
        ask(address, "GET", path, "");
        let line = service.line_with("\"event\":\"request\"");
        assert!(line.contains(&format!("\"outcome\":\"{outcome}\"")), "{line}");
        assert!(line.contains("\"trace\":\""), "{line}");
        assert_eq!(line.contains("\"operation\":\"Shop."), path != "/nowhere", "{line}");
    }
}

#[test]
fn a_trace_that_comes_in_is_that_of_the_line() {
    let mut service = Process::start(&[], 1_024);
    let address = service.address();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let line_of = |service: &mut Process, parent: &str| {
        ask(address, "GET", "/brief", &format!("traceparent: {parent}\r\n"));
        service.line_with("\"event\":\"request\"")
    };
    let line = line_of(&mut service, &format!("00-{trace}-b7ad6b7169203331-01"));
    assert!(line.contains(&format!("\"trace\":\"{trace}\"")), "{line}");
    for bad in ["00-hush", &format!("00-{trace}-0000000000000000-01"), &format!("01-{trace}")] {
        let line = line_of(&mut service, bad);
        assert!(!line.contains(trace) && !line.contains("hush"), "{line}");
    }
}

#[test]
fn a_service_that_ends_is_alive_and_not_ready() {
    let server = Server::start();
    assert_eq!(ask(server.address, "GET", "/readyz", "").body, "ready");
    let settings = [("FLOW_DRAIN_MS", "60000")];
    let mut service = Process::start(&settings, 1_024);
    let address = service.address();
    service.terminate();
    service.line_with("\"event\":\"ending\"");
    let reply = ask(address, "GET", "/readyz", "");
    assert!(reply.status == 503 && reply.body.contains("the service is ending"), "{reply:?}");
    assert_eq!(ask(address, "GET", "/livez", "").status, 200);
}
