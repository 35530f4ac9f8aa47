//! `/undos`: what could not be undone, for an operator.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::query::Query;
use super::rejection::Rejection;
use super::router::UNDOS;
use crate::codec::percent::decode_form;
use crate::codec::{Encode, Side, Writer, to_json};
use crate::undo::{Desk, Left, Refusal};

/// `GET /undos`, `POST /undos/{run}` and `DELETE /undos/{run}?because=…`.
pub async fn answer(desk: &Desk, request: &Parts) -> Result<http::Response<Body>, Rejection> {
    let run = request.uri.path().strip_prefix(UNDOS).unwrap_or_default().trim_start_matches('/');
    match (&request.method, run) {
        (&Method::GET, "") => desk.list().await.map_err(Refusal::Store).map(answered),
        (_, "") => return Err(Rejection::method_not_allowed("GET")),
        (&Method::POST, run) => desk.run(run).await.map(answered),
        (&Method::DELETE, run) => desk.drop_run(run, &because(request)?).await.map(|()| empty()),
        _ => return Err(Rejection::method_not_allowed("POST, DELETE")),
    }
    .map_err(refused)
}

/// Whoever drops an undo says why; the log keeps it.
fn because(request: &Parts) -> Result<String, Rejection> {
    let query = Query::parse(request.uri.query().unwrap_or_default());
    let because = query.ok().and_then(|mut query| decode_form(query.values("because").first()?).ok());
    let missing = || Rejection::new(StatusCode::BAD_REQUEST, "the query must say `because`");
    because.filter(|text| !text.trim().is_empty()).ok_or_else(missing)
}

fn refused(refusal: Refusal) -> Rejection {
    match refusal {
        Refusal::NotFound => Rejection::new(StatusCode::NOT_FOUND, "there is no such run"),
        Refusal::UnderWay => {
            Rejection::new(StatusCode::CONFLICT, "the run is worked on right now").retry_after(5)
        }
        Refusal::Store(_) => Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be reached"),
    }
}

fn answered(left: Vec<Left>) -> http::Response<Body> {
    let mut response = http::Response::new(Body::from(to_json(&left, Side::Caller)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn empty() -> http::Response<Body> {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Without the undo itself: its arguments may be what nobody may read.
impl Encode for Left {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("run", &self.run).field("operation", &self.operation).field("request", &self.request);
        object.field("write", &self.write).field("state", &self.state.as_str());
        object.field("tries", &i64::from(self.tries)).field("reason", &self.reason);
        if !self.at.is_zero() {
            object.field("at", &super::log::stamp(self.at));
        }
        object.end();
    }
}
