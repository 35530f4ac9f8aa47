//! The page of `flowc run`, at the address of the services: what there is, a form to call each operation, and what became
//! of the last requests. It is for whoever sits at this machine, and for no page of others that a browser shows there.

mod files;
mod history;
mod program;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use flow_std::http::{Peer, REPLAYED};
use serde_json::Value;

use super::stand_ins::StandsIn;
use crate::interp::App;
use crate::plan::{self, Plan};
pub use history::History;
use history::{End, Visited};

/// The first part of the path of all that is of the page.
const FIRST: &str = "_flow";

/// The page of one program.
pub struct Page {
    pub app: Arc<App>,
    pub plans: Vec<Plan>,
    pub history: Arc<History>,
    /// The services that answer here, by their places.
    pub served: Vec<usize>,
    pub stand_ins: Vec<StandsIn>,
    /// Which keys stand in for those that nobody has set.
    pub development: Value,
}

/// The page with the number of its program.
struct Shown {
    page: Page,
    program: u64,
}

/// The routes with the page beside them. A program that has a path of that name itself goes without.
pub fn beside(router: Router, page: Page) -> (Router, Option<&'static str>) {
    if program::has_path(&page.app.code.program, FIRST) {
        return (router, None);
    }
    let program = page.history.start_program();
    let shown = Arc::new(Shown { page, program });
    (router.layer(from_fn_with_state(shown, answer)), Some("/_flow/"))
}

/// What a browser is shown of the page while there is no program, if it may see it: what was found. It asks again by
/// itself, so that it shows the page as soon as there is one.
pub fn in_the_meantime(request: &Request, found: &str) -> Option<Response> {
    let path = request.uri().path();
    let is_page = matches!(path, "/_flow" | "/_flow/");
    if !is_page || *request.method() != Method::GET || !is_near(request) || !is_meant(request) {
        return None;
    }
    let text = format!("Nothing is served yet. It is as soon as this is mended:\n\n{found}");
    let mut response = whole("text/plain; charset=utf-8", text);
    response.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from_static("1"));
    Some(response)
}

async fn answer(State(shown): State<Arc<Shown>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let below = path.strip_prefix("/_flow").filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match below {
        Some(below) if is_near(&request) => shown.file(&request, below),
        // What nobody may see is not there.
        _ if ["/livez", "/readyz", "/openapi.yaml", "/metrics", "/version"].contains(&path) => {
            next.run(request).await
        }
        _ => shown.watched(request, next).await,
    }
}

/// Whether it comes from this machine.
fn is_near(request: &Request) -> bool {
    let address = request.extensions().get::<Peer>().and_then(|peer| peer.address.parse::<IpAddr>().ok());
    address.is_some_and(|address| address.to_canonical().is_loopback())
}

/// Whether it was meant for this machine. A name of others that leads here is one that they have changed, so that their
/// page may read this one.
fn is_meant(request: &Request) -> bool {
    let Some(host) = request.headers().get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(|(_, after)| port(after)).map_or(host, |(name, _)| name);
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Shown {
    fn file(&self, request: &Request, path: &str) -> Response {
        if !is_meant(request) {
            return said(StatusCode::FORBIDDEN, "the page is at `localhost` only, and under no other name\n");
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return said(StatusCode::METHOD_NOT_ALLOWED, "there is nothing to change here\n");
        }
        let (page, code) = (&self.page, &self.page.app.code);
        let found = match path.split('/').collect::<Vec<_>>().as_slice() {
            [""] => return moved("/_flow/"),
            ["", "program.json"] => Some(json(&program::described(self.program, page))),
            ["", "openapi", name] => {
                let name = name.strip_suffix(".json").unwrap_or_default();
                program::document(code, name).map(|document| json(&document))
            }
            ["", "plan", name] => {
                let name = name.strip_suffix(".svg").unwrap_or_default();
                let plan = page.plans.iter().find(|plan| plan.operation == name);
                plan.map(|plan| whole("image/svg+xml", plan::svg(plan)))
            }
            ["", "requests.json"] => Some(self.requests(request.uri().query().unwrap_or_default())),
            ["", "requests", number] => {
                let number = number.strip_suffix(".json").and_then(|number| number.parse().ok());
                number.and_then(|number| page.history.one(number)).map(|one| json(&one))
            }
            ["", rest @ ..] => files::file(&rest.join("/")).map(|(kind, bytes)| whole(kind, bytes)),
            _ => None,
        };
        found.unwrap_or_else(|| said(StatusCode::NOT_FOUND, "there is no such thing\n"))
    }

    /// Nothing, where the page knows all of it.
    fn requests(&self, known: &str) -> Response {
        match self.page.history.state() == known {
            true => said(StatusCode::NO_CONTENT, ""),
            false => {
                let mut list = self.page.history.list();
                list["state"] = self.page.history.state().into();
                json(&list)
            }
        }
    }

    async fn watched(&self, mut request: Request, next: Next) -> Response {
        let name = format!("{} {}", request.method(), request.uri().path());
        let history = &self.page.history;
        let visited = history.begin(self.program, name);
        request.extensions_mut().insert(visited.watch.clone());
        let open = Open { history, visited: &visited };
        let response = next.run(request).await;
        let (problem, response) = problem(response).await;
        let text = |name: HeaderName| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let end = End {
            status: Some(response.status().as_u16()),
            took: visited.took(),
            id: text(HeaderName::from_static("x-request-id")),
            is_replayed: response.headers().contains_key(REPLAYED),
            problem,
        };
        history.end(&visited, end);
        drop(open);
        response
    }
}

/// A request that is worked on. When it is dropped before its end, its caller has hung up.
struct Open<'o> {
    history: &'o History,
    visited: &'o Visited,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let took = self.visited.took();
        let end = End { status: None, took, id: None, is_replayed: false, problem: None };
        self.history.end(self.visited, end);
    }
}

/// The runtime writes problems whole. One that is longer than this is sent and not shown.
const LONGEST_PROBLEM: u64 = 16 * 1024;

async fn problem(response: Response) -> (Option<String>, Response) {
    let kind = response.headers().get(CONTENT_TYPE);
    let is_problem = kind.is_some_and(|kind| kind == "application/problem+json");
    let is_short = response.body().size_hint().exact().is_some_and(|size| size <= LONGEST_PROBLEM);
    if !is_problem || !is_short {
        return (None, response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (Some(text), Response::from_parts(parts, Body::from(bytes)))
}

// ---- answers ------------------------------------------------------------------------------------

/// Nothing of others is ever loaded, and nobody puts the page into one of theirs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn whole(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    let more = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in more {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn json(value: &Value) -> Response {
    whole("application/json", value.to_string())
}

fn said(status: StatusCode, text: &'static str) -> Response {
    let mut response = whole("text/plain; charset=utf-8", text);
    *response.status_mut() = status;
    response
}

fn moved(to: &'static str) -> Response {
    let mut response = said(StatusCode::PERMANENT_REDIRECT, "");
    response.headers_mut().insert("location", HeaderValue::from_static(to));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_meant() {
        let is_meant = |host: &str| {
            let request = Request::builder().header(HOST, host).body(Body::empty());
            super::is_meant(&request.expect("it is well formed"))
        };
        for host in ["localhost", "localhost:8080", "LocalHost:1", "127.0.0.1:8080", "[::1]:8080", "[::1]"] {
            assert!(is_meant(host), "{host}");
        }
        for host in ["example.com", "localhost.example.com:8080", "10.0.0.1", "127.0.0.1.example.com:80", ""]
        {
            assert!(!is_meant(host), "{host}");
        }
    }

    #[test]
    fn only_who_is_here_is_near() {
        let is_near = |address: &str| {
            let request = Request::builder()
                .extension(Peer { address: address.into(), certificate: None, slow: Default::default() })
                .body(Body::empty());
            super::is_near(&request.expect("it is well formed"))
        };
        assert!(is_near("127.0.0.1") && is_near("::1") && is_near("::ffff:127.0.0.1"));
        assert!(!is_near("10.0.0.1") && !is_near("") && !is_near("2001:db8::1"));
    }
}
