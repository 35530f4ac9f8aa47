//! The same operations in the straightforward form: a handler with axum's extractors for each, types that serde derives, and a
//! client of hyper with a generic function for each kind of call. It checks less than the emitted service: no faults
//! together, no limits of the shell, no deadlines that go along.

use std::fmt::Write;

pub fn files(count: usize) -> Vec<(&'static str, String)> {
    vec![("Cargo.toml", MANIFEST.to_owned()), ("src/main.rs", source(count))]
}

/// For each operation.
pub fn lines(count: usize) -> usize {
    source(count).lines().count() / count.max(1)
}

fn source(count: usize) -> String {
    let (mut items, mut routes) = (String::new(), String::new());
    for at in 0..count {
        items.push_str(&TYPES.replace("#N", &at.to_string()));
        let (handler, route) = match at % 2 {
            0 => (GET, format!("        .route(\"/v1/things{at}/{{id}}\", get(get{at}))\n")),
            _ => (POST, format!("        .route(\"/v1/things{at}\", post(add{at}))\n")),
        };
        items.push_str(&handler.replace("#N", &at.to_string()));
        routes.push_str(&route);
    }
    let mut text = HEAD.to_owned();
    let _ = write!(text, "{items}{}", MAIN.replace("#ROUTES", routes.trim_end()));
    text
}

const MANIFEST: &str = r#"[package]
name = "large"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
axum = "0.8"
http-body-util = "0.1"
hyper = { version = "1", features = ["client", "http1"] }
hyper-util = { version = "0.1", features = ["client-legacy", "http1", "tokio"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread", "time"] }

[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false

[profile.release]
strip = "debuginfo"
"#;

const HEAD: &str = r#"use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct App {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY), Json(self)).into_response()
    }
}

fn problem(status: u16, title: &'static str, detail: impl Into<String>) -> Problem {
    Problem { title, status, detail: detail.into() }
}

async fn call<B: Serialize, T: DeserializeOwned>(app: &App, method: Method, path: &str, body: Option<&B>) -> Result<T, Problem> {
    let bytes = match body {
        Some(body) => serde_json::to_vec(body).map_err(|_| problem(500, "Internal", ""))?,
        None => Vec::new(),
    };
    let request = hyper::Request::builder()
        .method(method)
        .uri(format!("{}{path}", app.url))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(bytes)))
        .map_err(|_| problem(500, "Internal", ""))?;
    let answer = tokio::time::timeout(Duration::from_secs(2), app.client.request(request))
        .await
        .map_err(|_| problem(504, "Gateway Timeout", ""))?
        .map_err(|_| problem(503, "Service Unavailable", ""))?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Err(problem(404, "No such thing", ""));
    }
    if !answer.status().is_success() {
        return Err(problem(502, "Bad Gateway", ""));
    }
    let bytes = answer.into_body().collect().await.map_err(|_| problem(502, "Bad Gateway", ""))?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| problem(502, "Bad Gateway", ""))
}

fn limit() -> i64 {
    20
}
"#;

const TYPES: &str = r#"
#[derive(Deserialize)]
struct Record#N {
    rec_no: String,
    first_nm: String,
    last_nm: String,
    mail: Option<String>,
    qty: i64,
    active: bool,
    tags: Vec<String>,
    note: Option<String>,
}

#[derive(Serialize)]
struct Thing#N {
    id: String,
    first: String,
    last: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    quantity: i64,
    active: bool,
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

fn thing#N(r: Record#N) -> Thing#N {
    Thing#N {
        id: r.rec_no.trim().to_owned(),
        first: r.first_nm.trim().to_owned(),
        last: r.last_nm.trim().to_owned(),
        email: r.mail,
        quantity: r.qty,
        active: r.active,
        tags: r.tags,
        note: r.note,
    }
}
"#;

const GET: &str = r#"
#[derive(Deserialize)]
struct Query#N {
    #[serde(default = "limit")]
    limit: i64,
}

async fn get#N(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<Query#N>,
) -> Result<Json<Thing#N>, Problem> {
    if id.is_empty() || id.chars().count() > 40 {
        return Err(problem(400, "Bad Request", "id"));
    }
    if !(1..=100).contains(&query.limit) {
        return Err(problem(400, "Bad Request", "limit"));
    }
    let record: Record#N =
        call::<(), _>(&app, Method::GET, &format!("/r#N/{id}?limit={}", query.limit), None).await?;
    Ok(Json(thing#N(record)))
}
"#;

const POST: &str = r#"
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New#N {
    first: String,
    quantity: i64,
}

#[derive(Serialize)]
struct Add#N {
    first_nm: String,
    qty: i64,
}

async fn add#N(
    State(app): State<App>,
    Json(body): Json<New#N>,
) -> Result<(StatusCode, Json<Thing#N>), Problem> {
    if body.first.is_empty() || body.first.chars().count() > 80 {
        return Err(problem(400, "Bad Request", "first"));
    }
    if !(1..=1000).contains(&body.quantity) {
        return Err(problem(400, "Bad Request", "quantity"));
    }
    let add = Add#N { first_nm: body.first, qty: body.quantity };
    let record: Record#N = call(&app, Method::POST, "/r#N", Some(&add)).await?;
    Ok((StatusCode::CREATED, Json(thing#N(record))))
}
"#;

const MAIN: &str = r#"
#[tokio::main]
async fn main() -> std::io::Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let app = App { client, url: std::env::var("BACK_URL").unwrap_or_default() };
    let router = Router::new()
#ROUTES
        .with_state(app);
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, router).await
}
"#;
