//! Whatever goes wrong, and whoever says so, the answer has one form: `application/problem+json` (RFC 9457) with `type`,
//! `title` and `status`, in this order, and a `type` that is `about:blank` where the flow declares none.

use flow_std::http::Limits;

use crate::client::{Connection, Reply};
use crate::server::{Server, limits};

const JSON: &str = "Content-Type: application/json\r\n";

/// What is sent, and which status and title come back.
fn requests() -> Vec<(&'static str, String, u16, &'static str)> {
    let of = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nHost: shop\r\n{headers}\r\n");
    let get = |path: &str| of(&format!("GET {path}"), "");
    let post = |headers: &str| of("POST /v1/orders", headers);
    let preflight = "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n";
    vec![
        ("no such path", get("/nowhere"), 404, "Not found"),
        ("an operator's path that is not there", get("/undos"), 404, "Not found"),
        ("no such method", of("DELETE /v1/orders/a", ""), 405, "Method not allowed"),
        ("no such method of the shell", of("POST /livez", ""), 405, "Method not allowed"),
        ("a malformed path", get("/v1/orders/%00"), 400, "Bad request"),
        ("parameters that do not fit", get("/v1/orders/a?limit=0&x=1"), 400, "Bad request"),
        ("a query that is none", get("/v1/orders/a?%zz"), 400, "Bad request"),
        ("no body", post(""), 400, "Bad request"),
        ("no host", "GET /brief HTTP/1.1\r\n\r\n".to_owned(), 400, "Bad request"),
        ("nobody shown", get("/private"), 401, "Unauthorized"),
        ("another page", of("OPTIONS /carts/1", preflight), 403, "Forbidden"),
        ("no headers in time", "GET /brief HTTP/1.1\r\n".to_owned(), 408, "Request timeout"),
        ("no body in time", post(&format!("{JSON}Content-Length: 5\r\n")), 408, "Request timeout"),
        ("too much", post(&format!("{JSON}Content-Length: 2000001\r\n")), 413, "Content too large"),
        ("a long address", get(&format!("/{}", "a".repeat(9_000))), 414, "URI too long"),
        (
            "another type",
            post("Content-Type: text/plain\r\nContent-Length: 2\r\n") + "{}",
            415,
            "Unsupported media type",
        ),
        (
            "long headers",
            of("GET /brief", &format!("A: {}\r\n", "a".repeat(40_000))),
            431,
            "Request header fields too large",
        ),
        ("a limit by key", get("/tenants/busy"), 429, "Too many requests"),
        ("a mistake of ours", get("/broken"), 500, "Internal error"),
        ("more than there is room for", get("/huge"), 500, "Internal error"),
        ("something that is not there", get("/failing-prices"), 503, "Service unavailable"),
        ("too much at once", get("/one-at-a-time"), 503, "Service unavailable"),
        ("a deadline", get("/slow"), 504, "Gateway timeout"),
        ("what a flow declares", get("/sold-out"), 409, "Not enough stock"),
    ]
}

#[test]
fn all_problems_have_one_form() {
    let short = std::time::Duration::from_millis(300);
    let server = Server::with(Limits { header_timeout: short, body_timeout: short, ..limits() });
    let (told, steps) = std::sync::mpsc::channel();
    *server.stage.steps.lock().expect("no test panics with it") = Some(told);
    let mut first = Connection::open(server.address);
    first.send("GET /one-at-a-time HTTP/1.1\r\nHost: a\r\n\r\n");
    steps.recv().expect("the first one begins");
    Connection::open(server.address).get("/tenants/busy").expect("it is the first one");
    for (what, request, status, title) in requests() {
        let mut connection = Connection::open(server.address);
        connection.send(request);
        let reply = connection.reply().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        has_the_form(what, &reply, title);
    }
}

fn has_the_form(what: &str, reply: &Reply, title: &str) {
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}");
    let kind = if reply.status == 409 { "https://shop/problems/out-of-stock" } else { "about:blank" };
    let begins = format!(r#"{{"type":"{kind}","title":"{title}","status":{}"#, reply.status);
    let rest = reply.body.strip_prefix(&begins).unwrap_or_else(|| panic!("{what}: {}", reply.body));
    let is_end = rest == "}";
    let own = if reply.status == 409 { ",\"missing\":" } else { ",\"faults\":[{\"at\":\"" };
    let says_more =
        rest.starts_with(",\"detail\":\"") || (rest.starts_with(own) && [400, 409].contains(&reply.status));
    assert!(rest.ends_with('}') && (is_end || says_more), "{what}: {}", reply.body);
}
