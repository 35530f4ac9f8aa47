//! What the shell does for each operation: routes, parameters, who calls, how often, and what is on each answer.

use crate::client::{Connection, Reply, get};
use crate::server::Server;

fn ask(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> Reply {
    Connection::open(server.address).ask(method, path, headers, body).expect("there is an answer")
}

#[test]
fn every_service_has_three_routes_of_its_own() {
    let server = Server::start();
    assert_eq!(get(server.address, "/livez").status, 200);
    assert_eq!(get(server.address, "/readyz").body, "ready");
    let contract = get(server.address, "/openapi.yaml");
    assert_eq!(
        (contract.header("content-type"), contract.body.as_str()),
        (Some("application/yaml"), "openapi: 3.1.0\n")
    );
    assert_eq!(ask(&server, "POST", "/readyz", "", "").header("allow"), Some("GET, HEAD"));
}

#[test]
fn what_there_is_not_is_a_problem() {
    let server = Server::start();
    let reply = get(server.address, "/nowhere");
    assert!(reply.status == 404 && reply.is_problem(), "{reply:?}");
    for method in ["DELETE", "OPTIONS", "TRACE", "WHATEVER"] {
        let reply = ask(&server, method, "/v1/orders/a", "", "");
        assert!(reply.status == 405 && reply.is_problem(), "{reply:?}");
        assert_eq!(reply.header("allow"), Some("GET, PUT, HEAD"), "{method}");
    }
    assert_eq!(ask(&server, "GET", "/v1/orders/a:cancel", "", "").header("allow"), Some("POST"));
}

#[test]
fn operations_share_a_path_whatever_they_call_its_parts() {
    let server = Server::start();
    let json = "Content-Type: application/json\r\n";
    assert_eq!(ask(&server, "PUT", "/v1/orders/a", json, r#"{"sku": "b", "quantity": 2}"#).body, "\"2 x b\"");
    assert_eq!(ask(&server, "GET", "/v1/orders/a", "", "").body, "\"a 20  \"");
    assert_eq!(ask(&server, "POST", "/v1/orders/a:cancel", "", "").status, 202);
}

#[test]
fn head_is_answered_where_get_is() {
    let server = Server::start();
    let mut connection = Connection::open(server.address);
    connection.send("HEAD /v1/orders/a HTTP/1.1\r\nHost: a\r\n\r\n");
    let reply = connection.head().expect("there is an answer");
    assert_eq!((reply.status, reply.header("content-length")), (200, Some("8")));
    assert_eq!(connection.get("/livez").map(|reply| reply.body), Some("alive".to_owned()));
}

#[test]
fn parameters_are_read_and_all_their_faults_are_told() {
    let server = Server::start();
    let reply = ask(&server, "GET", "/v1/orders/a?limit=5&tag=x&tag=%2By+z", "X-Trace: t\r\n", "");
    assert_eq!(reply.body, "\"a 5 x++y z t\"");
    let reply = get(server.address, "/v1/orders/a?limit=0&limti=5&tag[x]=1");
    assert!(reply.status == 400 && reply.is_problem(), "{reply:?}");
    for at in ["query.limit", "query.limti", "query.tag[x]"] {
        assert!(reply.body.contains(&format!("\"at\":\"{at}\"")), "{at}: {}", reply.body);
    }
    for bad in ["limit=1&limit=1", "limit=x", "limit=", "limit=1.5", "limit=%zz", "x"] {
        assert_eq!(get(server.address, &format!("/v1/orders/a?{bad}")).status, 400, "{bad}");
    }
    assert_eq!(ask(&server, "GET", "/v1/orders/a", "X-Trace: a\r\nX-Trace: b\r\n", "").status, 400);
}

#[test]
fn parameters_stand_in_all_the_styles_of_openapi() {
    let server = Server::start();
    let path = "/styles/;x=1;y=2?filter[a]=b%2Cc&codes=1%7C2&data=%5B3%5D";
    let reply = ask(&server, "GET", path, "Cookie: z=1; seen=a,b\r\nX-Flags: true, false\r\n", "");
    let wanted = r#"({"x": 1, "y": 2}) (({"a": "b,c"})) ([1, 2]) (([3])) ((["a", "b"])) (([true, false]))"#;
    assert_eq!(reply.body, wanted);
    let path = "/styles/;x=z;y=2?filter=b&filter[a]=c&codes=1&codes=2&data=%5B";
    let reply = ask(&server, "GET", path, "Cookie: seen=a; seen=b\r\nX-Flags: yes\r\n", "");
    for at in
        ["path.point.x", "query.filter", "query.codes", "query.data[0]", "cookie.seen", "header.x-flags[0]"]
    {
        assert!(reply.body.contains(&format!("\"at\":\"{at}\"")), "{at}: {}", reply.body);
    }
}

#[test]
fn a_body_has_its_type() {
    let server = Server::start();
    for headers in ["", "Content-Type: text/plain\r\n", "Content-Type: application/json; charset=latin1\r\n"]
    {
        let reply = ask(&server, "POST", "/v1/orders", headers, "{}");
        assert!(reply.status == 415 && reply.is_problem(), "{reply:?}");
    }
    let gzip = "Content-Type: application/json\r\nContent-Encoding: gzip\r\n";
    assert_eq!(ask(&server, "POST", "/v1/orders", gzip, "{}").status, 415);
    let reply = ask(&server, "POST", "/v1/orders", "", "");
    assert!(reply.status == 400 && reply.body.contains("is missing"), "{reply:?}");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(ask(&server, "POST", "/forms", form, "sku=a+b&quantity=3").body, "\"3 x a b\"");
    assert_eq!(ask(&server, "POST", "/forms", form, "sku=a&role=admin").status, 400);
    let parts = "Content-Type: multipart/form-data; boundary=B\r\n";
    let part = "--B\r\nContent-Disposition: form-data; name=\"sku\"\r\n\r\na\r\n--B--";
    assert_eq!(ask(&server, "POST", "/parts", parts, part).body, "\"1 x a\"");
    assert_eq!(ask(&server, "POST", "/parts", parts, "--B").status, 400);
}

#[test]
fn who_calls_has_to_show_it() {
    let server = Server::start();
    let reply = get(server.address, "/private");
    assert!(reply.status == 401 && reply.is_problem(), "{reply:?}");
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    for wrong in ["X-Api-Key: open\r\n", "Authorization: Bearer hus\r\n", "Authorization: hush\r\n"] {
        assert_eq!(ask(&server, "GET", "/private", wrong, "").status, 401, "{wrong}");
    }
    assert_eq!(ask(&server, "GET", "/private", "X-Api-Key: open sesame\r\n", "").body, "jo");
    let token = "Authorization: Bearer hush\r\nFlow-Service: mobile\r\n";
    assert_eq!(ask(&server, "GET", "/private", token, "").body, "operator", "a name is nothing to believe");
}

#[test]
fn who_calls_too_often_is_told_when_to_come_again() {
    let server = Server::start();
    let jo = "X-Api-Key: open sesame\r\n";
    let first = ask(&server, "GET", "/private", jo, "");
    assert_eq!(first.header("ratelimit-policy"), Some("\"default\";q=2;w=7200"));
    assert_eq!(first.header("ratelimit"), Some("\"default\";r=1;t=3600"));
    assert_eq!(ask(&server, "GET", "/private", jo, "").status, 200);
    let beyond = ask(&server, "GET", "/private", jo, "");
    assert!(beyond.status == 429 && beyond.is_problem(), "{beyond:?}");
    let seconds: u64 = beyond.header("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    assert!((3_500..=3_600).contains(&seconds), "{seconds}");
    assert_eq!(
        ask(&server, "GET", "/private", "Authorization: Bearer hush\r\n", "").status,
        200,
        "others go on"
    );
}

#[test]
fn a_limit_can_be_by_a_text() {
    let server = Server::start();
    let first = get(server.address, "/tenants/a");
    assert_eq!((first.status, first.header("ratelimit")), (204, Some("\"default\";r=0;t=3600")));
    let beyond = get(server.address, "/tenants/a");
    assert!(beyond.status == 429 && beyond.header("retry-after").is_some(), "{beyond:?}");
    assert_eq!(get(server.address, "/tenants/b").status, 204);
}

#[test]
fn no_more_are_worked_on_at_once_than_allowed() {
    let server = Server::start();
    let (told, steps) = std::sync::mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let mut first = Connection::open(server.address);
    first.send("GET /one-at-a-time HTTP/1.1\r\nHost: a\r\n\r\n");
    steps.recv().expect("the first one begins");
    let second = get(server.address, "/one-at-a-time");
    assert!(second.status == 503 && second.is_problem(), "{second:?}");
    assert_eq!(second.header("retry-after"), Some("1"));
    server.stage.gate.add_permits(2);
    assert_eq!(first.reply().map(|reply| reply.status), Some(204));
    assert_eq!(first.get("/one-at-a-time").map(|reply| reply.status), Some(204));
}

#[test]
fn each_answer_names_its_request() {
    let server = Server::start();
    let reply = ask(&server, "GET", "/v1/orders/a", "X-Request-Id: abc.1\r\n", "");
    assert_eq!(reply.header("x-request-id"), Some("abc.1"));
    assert_eq!(reply.header("x-degraded"), Some("rates"));
    assert_eq!(reply.header("deprecation"), Some("@1735689600"));
    assert_eq!(reply.header("link"), Some("<https://shop/new>; rel=\"deprecation\""));
    let reply = ask(&server, "GET", "/nowhere", "X-Request-Id: a b\r\n", "");
    assert!(reply.header("x-request-id").is_some_and(|id| id.len() > 20 && !id.contains(' ')), "{reply:?}");
}
