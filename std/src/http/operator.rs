//! `/undos`: what could not be undone, for an operator who shows the token of `FLOW_OPERATOR_TOKEN`. It answers from the
//! running service, because nobody else can open an embedded store, and because the service is who can do an undo.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::environment::Environment;
use super::query::Query;
use super::rejection::Rejection;
use super::router::UNDOS;
use crate::auth::{Auth, identify};
use crate::codec::percent::decode_form;
use crate::codec::{Encode, Side, Writer, to_json};
use crate::runs::Runs;
use crate::undo::{Desk, Left, Refusal, Undoing};

/// A token that can be guessed guards nothing.
const SHORTEST_TOKEN: usize = 16;

/// What the shell answers an operator from.
#[derive(Clone)]
pub struct Operator {
    desk: Desk,
    /// How he shows who he is.
    auth: [Auth; 1],
}

/// What goes on beside the requests of a service that has undos.
pub struct Beside {
    pub runs: Runs,
    pub undoings: Vec<Undoing>,
    /// Only where there is a token.
    pub operator: Option<Operator>,
}

impl Beside {
    /// `None` for a service without undos.
    pub fn read(env: &mut Environment) -> Option<Beside> {
        let (runs, undoings) = env.undone_by()?;
        let token = match env.is_set("FLOW_OPERATOR_TOKEN") || env.is_set("FLOW_OPERATOR_TOKEN_FILE") {
            true => env.secret("FLOW_OPERATOR_TOKEN"),
            false => None,
        };
        if token.as_ref().is_some_and(|token| token.reveal().len() < SHORTEST_TOKEN) {
            let message = format!("must have at least {SHORTEST_TOKEN} bytes");
            let _: Option<()> = env.take("FLOW_OPERATOR_TOKEN", Err(message));
        }
        let desk = Desk::new(runs.clone(), undoings.clone());
        let operator = token.map(|token| Operator { desk, auth: [Auth::token(&token)] });
        Some(Beside { runs, undoings, operator })
    }

    pub fn desk(&self) -> Desk {
        Desk::new(self.runs.clone(), self.undoings.clone())
    }
}

impl Operator {
    /// `GET /undos`, `POST /undos/{run}` and `DELETE /undos/{run}?because=…`.
    pub async fn answer(&self, request: &Parts) -> Result<http::Response<Body>, Rejection> {
        identify(&self.auth, "", request).await?;
        let run = request.uri.path().strip_prefix(UNDOS).unwrap_or_default().trim_start_matches('/');
        match (&request.method, run) {
            (&Method::GET, "") => self.desk.list().await.map_err(Refusal::Store).map(answered),
            (_, "") => return Err(Rejection::method_not_allowed("GET")),
            (&Method::POST, run) => self.desk.run(run).await.map(answered),
            (&Method::DELETE, run) => self.desk.drop_run(run, &because(request)?).await.map(|()| empty()),
            _ => return Err(Rejection::method_not_allowed("POST, DELETE")),
        }
        .map_err(refused)
    }
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
