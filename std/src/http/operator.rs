//! What an operator sees: the numbers of `/metrics`, what runs (`/version`), and the undos that could not be done
//! (`/undos`). Where `FLOW_OPERATOR_LISTEN` names an address of its own, they are there, and neither numbers nor undos are
//! anywhere else. Without it they are beside the operations, for who shows the token of `FLOW_OPERATOR_TOKEN`; without that
//! they are nowhere. It answers from the running service, because nobody else can open an embedded store, and because the
//! service is who can do an undo.

use std::net::SocketAddr;
use std::sync::Arc;
#[cfg(feature = "store")]
use std::time::Duration;

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
#[cfg(feature = "store")]
use tokio::time::{Instant, timeout};

use super::environment::Environment;
use super::rejection::Rejection;
use super::router::UNDOS;
use super::shell::Shell;
use crate::auth::{Auth, identify};
use crate::codec::{Side, Writer};
use crate::metrics;
#[cfg(feature = "store")]
use crate::runs::Runs;
#[cfg(feature = "store")]
use crate::store::Store;
#[cfg(feature = "store")]
use crate::undo::{Desk, Undoing};

/// A token that can be guessed guards nothing.
const SHORTEST_TOKEN: usize = 16;

/// How long the store may take to say anything, and how long what it has said is true: whoever asks often asks us.
#[cfg(feature = "store")]
const PATIENCE: Duration = Duration::from_secs(1);

/// What the shell answers an operator from. A clone is the same one.
#[derive(Clone)]
pub struct Operator {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static str,
    version: &'static str,
    /// An address that only operators can reach.
    listen: Option<SocketAddr>,
    /// How he shows who he is.
    token: Option<[Auth; 1]>,
    is_alone: bool,
    #[cfg(feature = "store")]
    desk: Option<Desk>,
    #[cfg(feature = "store")]
    store: Option<Store>,
    /// Whether the store has answered, and when.
    #[cfg(feature = "store")]
    has_answered: tokio::sync::Mutex<Option<(Instant, bool)>>,
}

/// What he can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Metrics,
    Version,
    Undos,
}

/// Where he asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Where callers come in, too.
    Main,
    Own,
}

impl Asked {
    pub const ALL: [Asked; 3] = [Asked::Metrics, Asked::Version, Asked::Undos];

    pub fn path(self) -> &'static str {
        match self {
            Asked::Metrics => "/metrics",
            Asked::Version => "/version",
            Asked::Undos => UNDOS,
        }
    }
}

/// What goes on beside the requests of a service that has undos.
#[cfg(feature = "store")]
pub struct Beside {
    pub runs: Runs,
    pub undoings: Vec<Undoing>,
}

#[cfg(feature = "store")]
impl Beside {
    /// `None` for a service without undos.
    pub fn read(env: &mut Environment) -> Option<Beside> {
        let (runs, undoings) = env.undone_by()?;
        Some(Beside { runs, undoings })
    }

    pub fn desk(&self) -> Desk {
        Desk::new(self.runs.clone(), self.undoings.clone())
    }
}

impl Operator {
    /// Reads where he asks, and how he shows who he is. A fault that was noted leaves something out.
    pub fn read(env: &mut Environment, service: &'static str, version: &'static str) -> Operator {
        let token = match env.is_set("FLOW_OPERATOR_TOKEN") || env.is_set("FLOW_OPERATOR_TOKEN_FILE") {
            true => env.secret("FLOW_OPERATOR_TOKEN"),
            false => None,
        };
        if token.as_ref().is_some_and(|token| token.reveal().len() < SHORTEST_TOKEN) {
            let message = format!("must have at least {SHORTEST_TOKEN} bytes");
            let _: Option<()> = env.take("FLOW_OPERATOR_TOKEN", Err(message));
        }
        let inner = Inner {
            service,
            version,
            listen: env.operator_listen(),
            token: token.map(|token| [Auth::token(&token)]),
            is_alone: false,
            #[cfg(feature = "store")]
            desk: None,
            #[cfg(feature = "store")]
            store: env.opened_store(),
            #[cfg(feature = "store")]
            has_answered: tokio::sync::Mutex::default(),
        };
        Operator { inner: Arc::new(inner) }
    }

    /// The same for somebody who is alone with the service on his own machine: he need not show who he is.
    #[must_use]
    pub fn alone(self) -> Operator {
        self.with(|inner| inner.is_alone = true)
    }

    /// The same with the undos of the service.
    #[cfg(feature = "store")]
    #[must_use]
    pub fn with_desk(self, desk: Option<Desk>) -> Operator {
        self.with(|inner| inner.desk = desk)
    }

    /// It is not shared before the service begins.
    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Operator {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            change(inner);
        }
        self
    }

    pub fn listen(&self) -> Option<SocketAddr> {
        self.inner.listen
    }

    /// Whether there is such a thing at this door.
    pub fn is_at(&self, door: Door, asked: Asked) -> bool {
        #[cfg(feature = "store")]
        let is_there = asked != Asked::Undos || self.inner.desk.is_some();
        #[cfg(not(feature = "store"))]
        let is_there = asked != Asked::Undos;
        let is_open = match door {
            Door::Own => true,
            Door::Main if self.inner.is_alone => true,
            Door::Main => self.inner.token.is_some() && self.moved(asked),
        };
        is_there && is_open
    }

    /// Whether it is still beside the operations, where there is an address for operators.
    fn moved(&self, asked: Asked) -> bool {
        self.inner.listen.is_none() || asked == Asked::Version
    }

    pub async fn answer(
        &self,
        shell: &Shell,
        (door, asked): (Door, Asked),
        request: &Parts,
    ) -> Result<http::Response<Body>, Rejection> {
        // Who changes something shows who he is, wherever he comes in.
        let changes = asked == Asked::Undos && request.method != Method::GET;
        let must_show = match door {
            Door::Main => !self.inner.is_alone || changes,
            Door::Own => asked == Asked::Undos,
        };
        if let Some(token) = self.inner.token.as_ref().filter(|_| must_show) {
            identify(token, "", request).await?;
        } else if must_show && changes {
            return Err(Rejection::new(StatusCode::FORBIDDEN, "there is no token of operators"));
        }
        match asked {
            Asked::Undos => self.undos(request).await,
            _ if !matches!(request.method, Method::GET | Method::HEAD) => {
                Err(Rejection::method_not_allowed("GET, HEAD"))
            }
            Asked::Version => Ok(text("application/json", self.version())),
            Asked::Metrics => {
                let beside = metrics::Beside {
                    service: self.inner.service,
                    version: self.inner.version,
                    undos_left: self.undos_left().await,
                    store: self.store_answers().await,
                };
                Ok(text(metrics::MEDIA_TYPE, metrics::text(shell, beside)))
            }
        }
    }

    /// Nothing of the machine that it was built on.
    fn version(&self) -> Vec<u8> {
        let mut to = Writer::new(Side::Caller);
        let mut object = to.object();
        object.field("service", self.inner.service).field("version", self.inner.version);
        object.field("flowc", env!("CARGO_PKG_VERSION"));
        object.end();
        to.finish()
    }

    /// Whether the store can be reached; `None` where there is none.
    #[cfg(feature = "store")]
    pub async fn store_answers(&self) -> Option<bool> {
        let store = self.inner.store.as_ref()?;
        let mut last = self.inner.has_answered.lock().await;
        if let Some((_, answers)) = last.filter(|(at, _)| at.elapsed() < PATIENCE) {
            return Some(answers);
        }
        let answers = timeout(PATIENCE, store.get("ready")).await.is_ok_and(|found| found.is_ok());
        *last = Some((Instant::now(), answers));
        Some(answers)
    }

    #[cfg(not(feature = "store"))]
    #[allow(clippy::unused_async)]
    pub async fn store_answers(&self) -> Option<bool> {
        None
    }

    /// How many undos are left; `None` where there are none, or nobody can say.
    #[cfg(feature = "store")]
    async fn undos_left(&self) -> Option<usize> {
        let desk = self.inner.desk.as_ref()?;
        timeout(PATIENCE, desk.list()).await.ok()?.ok().map(|left| left.len())
    }

    #[cfg(not(feature = "store"))]
    #[allow(clippy::unused_async)]
    async fn undos_left(&self) -> Option<usize> {
        None
    }

    #[cfg(feature = "store")]
    async fn undos(&self, request: &Parts) -> Result<http::Response<Body>, Rejection> {
        match &self.inner.desk {
            Some(desk) => super::undos::answer(desk, request).await,
            None => Err(Rejection::new(StatusCode::NOT_FOUND, "")),
        }
    }

    #[cfg(not(feature = "store"))]
    #[allow(clippy::unused_async)]
    async fn undos(&self, _: &Parts) -> Result<http::Response<Body>, Rejection> {
        Err(Rejection::new(StatusCode::NOT_FOUND, ""))
    }
}

fn text(media_type: &'static str, text: impl Into<Body>) -> http::Response<Body> {
    let mut response = http::Response::new(text.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
