//! A mock on a socket. The accept loop, its bounds and its timers are those of an emitted service, so that what is sent
//! to it by mistake or by malice does no harm here either.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use flow_std::codec::FaultAt;
use flow_std::http::{Limits, Shell, live_quietly};
use flow_std::outside::TcpListener;
use smol_str::SmolStr;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::failure::{Problem, problem};
use super::{Answer, Mock, Request, answer};

/// A request that was answered, to be told.
#[derive(Debug, Clone)]
pub struct Line {
    pub method: String,
    /// Path and query, as they came in.
    pub target: String,
    pub status: u16,
    pub operation: Option<SmolStr>,
    pub faults: Vec<FaultAt>,
    pub remarks: Vec<String>,
    pub took: Duration,
}

/// Who is told of each request.
pub type Tell = Arc<dyn Fn(Line) + Send + Sync>;

/// A mock that is running. It ends when this goes.
#[derive(Debug)]
pub struct StandIn {
    pub address: SocketAddr,
    /// With the path that the contract's first server has: `http://127.0.0.1:4010/b7`.
    pub url: String,
    end: oneshot::Sender<()>,
    ended: JoinHandle<bool>,
}

impl StandIn {
    /// Takes no more requests, and waits for those that have begun.
    pub async fn end(self) {
        let _ = self.end.send(()); // it may have ended by itself
        let _ = self.ended.await;
    }
}

/// The largest body that is read.
const LARGEST: usize = 4 << 20;
/// Of a larger one, so much is gone over.
const MOST_GONE_OVER: usize = 256 << 20;

/// How long what has begun may go on when it is to end.
const GRACE: Duration = Duration::from_secs(3);

/// Starts a mock in the runtime at hand: `127.0.0.1:0` is any free port.
pub async fn start(mock: Mock, at: SocketAddr, tell: Tell) -> io::Result<StandIn> {
    let listener = TcpListener::bind(at).await?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}{}", mock.base());
    let (end, told) = oneshot::channel();
    let limits = Limits {
        drain: Duration::ZERO,
        grace: GRACE,
        connections: 1_000,
        shed_after: Duration::ZERO,
        ..Limits::default()
    };
    let patience = limits.body_timeout;
    let mock = Arc::new(Mutex::new(mock));
    let router = Router::new().fallback(move |request: axum::extract::Request| {
        respond(Arc::clone(&mock), Arc::clone(&tell), request, patience)
    });
    let shell = Shell::new("", limits);
    let ended = tokio::spawn(live_quietly(listener, router, shell, async move {
        let _ = told.await; // that nobody can end it any more is an end, too
    }));
    Ok(StandIn { address, url, end, ended })
}

async fn respond(
    mock: Arc<Mutex<Mock>>,
    tell: Tell,
    request: axum::extract::Request,
    patience: Duration,
) -> Response<Body> {
    let start = Instant::now();
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let method = head.method.as_str().to_owned();
    let answer = match tokio::time::timeout(patience, collected(body)).await {
        Ok(Ok(body)) => {
            let request = taken(&head, body);
            answer(&mut mock.lock().unwrap_or_else(PoisonError::into_inner), &request)
        }
        Ok(Err(refusal)) => problem(&refusal),
        Err(_) => problem(&Problem::new(408, "the body did not come in within its time")),
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    tell(Line {
        method,
        target,
        status: answer.status,
        operation: answer.operation.clone(),
        faults: answer.faults.clone(),
        remarks: answer.remarks.clone(),
        took: start.elapsed(),
    });
    written(answer)
}

/// A whole body. One that is too large is gone over, so that whoever sends it hears of it.
async fn collected(mut body: Body) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut size) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Problem::new(400, "the body ended before its end"))?;
        let Ok(data) = frame.into_data() else { continue };
        size += data.len();
        if size <= LARGEST {
            bytes.extend_from_slice(&data);
        } else if size > MOST_GONE_OVER {
            break;
        }
    }
    if size <= LARGEST { Ok(bytes) } else { Err(Problem::new(413, "the body is larger than 4 MiB")) }
}

fn taken(head: &axum::http::request::Parts, body: Vec<u8>) -> Request {
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(header).collect(),
        body,
    }
}

/// Any page in a browser may ask: there is nothing here that is anybody's own.
fn written(answer: Answer) -> Response<Body> {
    let is_bodiless = matches!(answer.status, 204 | 205 | 304);
    let body = if is_bodiless { Body::empty() } else { Body::from(answer.body) };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let any = HeaderValue::from_static("*");
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, any);
    if let Some(media_type) = answer.media_type.filter(|_| !is_bodiless)
        && let Ok(value) = HeaderValue::from_str(&media_type)
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
