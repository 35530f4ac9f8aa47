//! What browsers are told of who may call (S039).

use crate::client::{Connection, Reply};
use crate::server::{Server, limits};
use crate::shop::{self, Stage};

const SHOP: &str = "https://shop.example.com";

fn ask(server: &Server, method: &str, path: &str, headers: &str) -> Reply {
    Connection::open(server.address).ask(method, path, headers, "").expect("there is an answer")
}

fn preflight(server: &Server, path: &str, origin: &str, method: &str) -> Reply {
    let headers = format!("Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n");
    ask(server, "OPTIONS", path, &headers)
}

fn is_for(reply: &Reply) -> Option<&str> {
    reply.header("access-control-allow-origin")
}

fn names_no_page(reply: &Reply) -> bool {
    !reply.headers.iter().any(|(name, _)| name.starts_with("access-control-"))
}

#[test]
fn a_preflight_says_all_that_the_page_may_send_and_asks_for_no_key() {
    let server = Server::start();
    let reply = preflight(&server, "/carts/1", SHOP, "POST");
    assert_eq!((reply.status, is_for(&reply)), (204, Some(SHOP)));
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET, POST, HEAD"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("Content-Type, X-Api-Key"));
    assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(reply.header("access-control-max-age"), Some("600"));
    assert_eq!(reply.header("vary"), Some("origin"));
}

#[test]
fn no_other_page_may_call() {
    let server = Server::start();
    for other in
        ["null", "https://shop.example.evil", "http://shop.example.com", "https://shop.example.com:8443"]
    {
        let reply = preflight(&server, "/carts/1", other, "GET");
        assert!(reply.status == 403 && reply.is_problem() && names_no_page(&reply), "{reply:?}");
        let reply = ask(&server, "GET", "/carts/1", &format!("Origin: {other}\r\n"));
        assert!(reply.status == 204 && names_no_page(&reply), "{reply:?}");
        assert_eq!(reply.header("vary"), Some("origin"));
    }
    let reply = ask(&server, "GET", "/carts/1", "");
    assert!(names_no_page(&reply) && reply.header("vary") == Some("origin"), "{reply:?}");
}

#[test]
fn a_method_that_is_not_there_is_not_allowed() {
    let server = Server::start();
    for odd in ["TRACE", "get", "POST, GET", "PUT"] {
        let reply = preflight(&server, "/carts/1", SHOP, odd);
        assert!(reply.status == 403 && names_no_page(&reply), "{odd}: {reply:?}");
    }
    let reply = preflight(&server, "/nowhere", SHOP, "GET");
    assert!(reply.status == 404 && names_no_page(&reply), "{reply:?}");
    // Not asked by a browser: nothing is special about it.
    assert_eq!(ask(&server, "OPTIONS", "/carts/1", "").status, 405);
}

#[test]
fn the_services_of_a_bundle_each_say_it_for_themselves() {
    let server = Server::start();
    let reply = preflight(&server, "/carts/1", "https://admin.example.com", "DELETE");
    assert_eq!((reply.status, is_for(&reply)), (204, Some("https://admin.example.com")));
    assert_eq!(reply.header("access-control-allow-methods"), Some("DELETE"));
    assert!(reply.header("access-control-allow-credentials").is_none());
    assert_eq!(preflight(&server, "/carts/1", SHOP, "DELETE").status, 403);
    // Its service says nothing of pages.
    let reply = preflight(&server, "/carts/1", SHOP, "PATCH");
    assert!(reply.status == 405 && names_no_page(&reply), "{reply:?}");
    assert!(names_no_page(&ask(&server, "PATCH", "/carts/1", &format!("Origin: {SHOP}\r\n"))));
}

#[test]
fn a_page_may_read_what_went_wrong() {
    let server = Server::start();
    let origin = format!("Origin: {SHOP}\r\n");
    let key = format!("{origin}X-Api-Key: open sesame\r\n");
    for (method, path, headers, status) in [
        ("GET", "/carts/1", &origin, 204),
        ("HEAD", "/carts/1", &origin, 204),
        ("GET", "/carts/x", &origin, 400),
        ("POST", "/carts/1", &origin, 401),
        ("POST", "/carts/1", &key, 204),
        ("POST", "/carts/1", &key, 429),
        ("GET", "/broken-cart", &origin, 500),
    ] {
        let reply = ask(&server, method, path, headers);
        assert_eq!((reply.status, is_for(&reply)), (status, Some(SHOP)), "{method} {path}");
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(reply.header("access-control-expose-headers"), Some("RateLimit"));
        assert_eq!(reply.header("vary"), Some("origin"));
    }
}

/// Who asks for what nobody has may see that.
#[test]
fn a_page_may_read_that_there_is_nothing() {
    let (stage, mut endpoints) = (Stage::new(), Vec::new());
    endpoints.extend(shop::endpoints(&stage).into_iter().filter(|one| one.path != "/open"));
    let server = Server::serving(limits(), None, (stage, endpoints));
    let asked = |method: &str, path: &str, origin: &str| {
        let reply = ask(&server, method, path, &format!("Origin: {origin}\r\n"));
        (reply.status, is_for(&reply).map(str::to_owned), reply.header("vary").map(str::to_owned))
    };
    let vary = Some("origin".to_owned());
    for (method, path, status) in [
        ("GET", "/nowhere", 404),
        ("PUT", "/carts/1", 405),
        ("GET", "/carts/%zz", 400),
        ("GET", "/carts/%2F%", 400),
    ] {
        assert_eq!(
            asked(method, path, SHOP),
            (status, Some(SHOP.to_owned()), vary.clone()),
            "{method} {path}"
        );
        assert_eq!(
            asked(method, path, "https://evil.example"),
            (status, None, vary.clone()),
            "{method} {path}"
        );
    }
    // That one is of a service that says nothing of pages, and so are all that every service has.
    assert_eq!(asked("POST", "/large", SHOP), (405, None, None));
    assert_eq!(asked("GET", "/openapi.yaml", SHOP), (200, None, None));
}

#[test]
fn what_is_for_every_page_is_the_same_for_all() {
    let server = Server::start();
    for origin in ["", "Origin: null\r\n", "Origin: https://anywhere.example\r\n"] {
        let reply = ask(&server, "GET", "/open", origin);
        assert_eq!((reply.status, is_for(&reply), reply.header("vary")), (204, Some("*"), None));
        assert!(reply.header("access-control-allow-credentials").is_none());
    }
}
