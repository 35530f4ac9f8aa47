//! What answers in the place of the services as long as there is no program that can be served: a problem for everybody, at
//! once. A request that waits is worse than one that is refused: nobody knows why, and it is carried out when its caller
//! has long given up.

use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use flow_std::failure::{Failure, MEDIA_TYPE};
use flow_std::http::{Limits, Shell, live_quietly};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::page;

pub struct Waiting {
    end: oneshot::Sender<()>,
    life: JoinHandle<bool>,
    /// What keeps the program from being served, as a terminal shows it.
    found: Arc<Mutex<String>>,
    origin: String,
}

/// How long an answer that has begun may take when the services are there.
const GRACE: Duration = Duration::from_millis(500);

/// When it is worth asking again, in seconds.
const AGAIN: u64 = 1;

impl Waiting {
    /// In the runtime at hand. `has_page`: whether a browser on this machine is shown what was found.
    pub fn start(listener: &TcpListener, has_page: bool) -> std::io::Result<Waiting> {
        let listener = listener.try_clone().and_then(flow_std::outside::TcpListener::from_std)?;
        let origin = format!("http://{}", listener.local_addr()?);
        let found = Arc::new(Mutex::new(String::new()));
        let shown = has_page.then(|| Arc::clone(&found));
        let router = Router::new().fallback(move |request| answer(shown.clone(), request));
        let limits =
            Limits { drain: Duration::ZERO, grace: GRACE, shed_after: Duration::ZERO, ..Limits::default() };
        let (end, told) = oneshot::channel();
        let told = async { drop(told.await) };
        let life = tokio::spawn(live_quietly(listener, router, Shell::new("", limits), told));
        Ok(Waiting { end, life, found, origin })
    }

    pub fn tell(&self, found: String) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// Where it answers.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Takes no more from now on; the future waits until the last one has its answer.
    pub async fn end(self) {
        let _ = self.end.send(()); // it may have ended by itself
        let _ = self.life.await;
    }
}

/// The connection ends with it: the next request is one for the services, if they are there by then.
async fn answer(shown: Option<Arc<Mutex<String>>>, request: Request) -> Response {
    let found = shown.map(|found| found.lock().unwrap_or_else(PoisonError::into_inner).clone());
    let page = found.and_then(|found| page::in_the_meantime(&request, &found));
    let mut response = page.unwrap_or_else(problem);
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(AGAIN));
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn problem() -> Response {
    let detail = "nothing is served yet: the program has errors, which the terminal of `flowc run` shows; it is \
                  served as soon as they are mended";
    let mut response = Response::new(Body::from(Failure::standard(503).detail(detail).body()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}
