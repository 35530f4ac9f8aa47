//! The way of a request through the shell: route, who calls, how often, the body, and then the handler, with a timer
//! around it and a net under it. Reads end with their caller; what writes runs to its end.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt;
use http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout_at;

use super::audit::Entry;
use super::context::service_of;
use super::cors;
use super::endpoint::{Answer, Endpoint};
use super::freshness::{self, Freshness};
use super::limiter::{Allowance, LimitBy, Turn};
use super::log::{self, Level};
use super::operator::{Asked, Door};
use super::proxies::counted;
use super::rejection::{self, Rejection};
use super::router::Route;
use super::shell::Shell;
use super::template;
use super::visit::Visit;
use super::who::Who;
use super::{Context, Request, Response, body};
use crate::auth;
use crate::failure::Failure;
use crate::metrics;

/// How much later than the deadline that the steps know of the timer is: a fallback for a call that took all the time
/// still gets through.
pub const REPRIEVE: Duration = Duration::from_millis(20);

/// What a browser may do with the page: show it. There is no script in it, and nothing from elsewhere.
const OF_PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'";

/// What a path leads to.
#[derive(Clone)]
pub enum Target {
    Operations(Arc<[Arc<Route>]>),
    Standard(Standard),
    Operator(Door, Asked),
    Nothing(Door),
}

/// What every service has.
#[derive(Clone, Copy)]
pub enum Standard {
    Alive,
    Ready,
    Contract,
    /// The same as the contract, for people.
    Page,
}

impl Standard {
    pub const ALL: [Standard; 4] = [Standard::Alive, Standard::Ready, Standard::Contract, Standard::Page];

    pub fn path(self) -> &'static str {
        match self {
            Standard::Alive => "/livez",
            Standard::Ready => "/readyz",
            Standard::Contract => "/openapi.yaml",
            Standard::Page => "/docs",
        }
    }

    async fn answer(self, shell: &Shell, method: &Method) -> Result<http::Response<Body>, Rejection> {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Rejection::method_not_allowed("GET, HEAD"));
        }
        let (media_type, text) = match self {
            Standard::Alive => ("text/plain", "alive"),
            Standard::Ready => match not_ready(shell).await {
                None => ("text/plain", "ready"),
                Some(why) => return Err(Rejection::new(StatusCode::SERVICE_UNAVAILABLE, why)),
            },
            Standard::Contract => ("application/yaml", shell.contract()),
            Standard::Page => match shell.page() {
                Some(page) => ("text/html; charset=utf-8", page),
                None => return Err(Rejection::new(StatusCode::NOT_FOUND, "")),
            },
        };
        let mut response = http::Response::new(Body::from(text));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        if let Standard::Page = self {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(OF_PAGE));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        Ok(response)
    }
}

/// Why new requests should go elsewhere. That a backend is down is no reason: it is down for the others, too, and a service
/// that nobody reaches cannot even say so, nor answer what it could without.
async fn not_ready(shell: &Shell) -> Option<&'static str> {
    if !shell.is_ready() {
        return Some("the service is ending");
    }
    let store = shell.operator()?.store_answers().await;
    (store == Some(false)).then_some("the store cannot be reached")
}

/// Answers a request, whatever it is.
pub async fn perform(target: Target, shell: Shell, request: http::Request<Body>) -> http::Response<Body> {
    let (parts, body) = request.into_parts();
    // In a box: it goes through many hands.
    let parts = Box::new(parts);
    let mut visit = Visit::begin(&shell, &parts);
    let page = match &target {
        Target::Operations(routes) => cors::asked(routes, shell.pages(), &parts),
        Target::Nothing(Door::Main) => cors::asked(&[], shell.pages(), &parts),
        Target::Nothing(Door::Own) | Target::Standard(_) | Target::Operator(..) => None,
    };
    let outcome = match target {
        Target::Nothing(_) => Err(missing(&parts)),
        Target::Standard(standard) => {
            visit.route = standard.path();
            visit.is_probe = true;
            standard.answer(&shell, &parts.method).await
        }
        Target::Operator(door, asked) => {
            visit.route = asked.path();
            visit.is_probe = asked != Asked::Undos;
            operator(&shell, (door, asked), &parts).await
        }
        Target::Operations(routes) => match page.as_ref().and_then(cors::Asked::preflight) {
            Some((route, answer)) => {
                visit.route = route;
                answer
            }
            None => operation(&routes, &shell, parts, body, &mut visit).await,
        },
    };
    let mut response = outcome.unwrap_or_else(Rejection::into_response);
    if let Some(page) = page {
        page.tell(response.headers_mut());
    }
    visit.finish(response)
}

async fn operator(
    shell: &Shell,
    asked: (Door, Asked),
    request: &Parts,
) -> Result<http::Response<Body>, Rejection> {
    match shell.operator() {
        Some(operator) => operator.answer(shell, asked, request).await,
        None => Err(missing(request)),
    }
}

fn missing(request: &Parts) -> Rejection {
    template::segments(request.uri.path()).err().unwrap_or(Rejection::new(StatusCode::NOT_FOUND, ""))
}

async fn operation(
    routes: &[Arc<Route>],
    shell: &Shell,
    parts: Box<Parts>,
    body: Body,
    visit: &mut Visit,
) -> Result<http::Response<Body>, Rejection> {
    let Admitted { work, freshness, scarce, allowance, allowance_by_key } =
        admit(routes, shell, parts, body, visit).await?;
    let (route, context) = (Arc::clone(&work.route), work.context.clone());
    let answer = run(work).await;
    let mut response = answered(answer, freshness.as_ref(), &context, visit);
    tell(&route, &context, response.headers_mut());
    if let Some(scarce) = scarce.filter(|_| response.status() == StatusCode::FORBIDDEN) {
        response.headers_mut().insert(WWW_AUTHENTICATE, scarce);
    }
    if let Some(allowance) = allowance.or_else(|| allowance_by_key.get().copied()) {
        allowance.tell(response.headers_mut());
    }
    Ok(response)
}

/// A request that an operation works on now, and what its answer is told by.
struct Admitted {
    work: Work,
    freshness: Option<Freshness>,
    scarce: Option<HeaderValue>,
    allowance: Option<Allowance>,
    allowance_by_key: Arc<OnceLock<Allowance>>,
}

/// All that comes before the steps.
async fn admit(
    routes: &[Arc<Route>],
    shell: &Shell,
    parts: Box<Parts>,
    body: Body,
    visit: &mut Visit,
) -> Result<Admitted, Rejection> {
    let (route, values) = find(routes, &parts)?;
    let endpoint = &route.endpoint;
    visit.found(&route);
    #[cfg(feature = "watch")]
    if let Some(watch) = parts.extensions.get::<super::Watch>() {
        watch.note("operation", endpoint.operation);
    }
    let track = visit.track();
    visit.audit = Entry::of_request(&route, &values, &track.info.id, &track.info.address);
    visit.audit.as_ref().map_or(Ok(()), Entry::admit)?;
    let place = shell.place().ok_or_else(Rejection::busy)?;
    let caller = auth::identify(&endpoint.auth, service_of(endpoint.operation), &parts).await?;
    let scarce = auth::scarce(&endpoint.auth, &caller, &parts.headers);
    let who = Arc::new(Who::outside(caller));
    visit.caller = who.shown().to_owned();
    visit.audit.iter().for_each(|audit| audit.called_by(&who));
    let allowance = count(endpoint, &who, &visit.track().info.address).await?;
    let bytes = body::read(endpoint, &parts.headers, body, shell.limits().body_timeout).await?;
    let turn = turn(endpoint)?;
    let budget = budget(endpoint, &parts.headers);
    let token = auth::own_token(&parts.headers);
    let deadline = tokio::time::Instant::now() + budget;
    let context = Context::of(endpoint.operation, who, Arc::clone(visit.track()), deadline);
    let context = context.audited(visit.audit.as_ref()).with_token(token);
    #[cfg(feature = "watch")]
    let context = match parts.extensions.get::<super::Watch>() {
        Some(watch) => context.watched(watch),
        None => context,
    };
    visit.context = Some(context.clone());
    let freshness = freshness::asked(endpoint, &parts);
    // Without chunks, a caller could not tell an answer that was cut off from one that was not.
    let takes_parts = parts.version != Version::HTTP_10;
    let request = Request::new(context.clone(), Arc::clone(&route), parts, values, bytes);
    let allowance_by_key = request.allowance();
    let answer = (endpoint.handler)(request);
    let held = Held { _place: place, _turn: turn, audit: visit.audit.clone() };
    let work = Work { answer, takes_parts, context, route, shell: shell.clone(), held };
    Ok(Admitted { work, freshness, scarce, allowance, allowance_by_key })
}

/// What goes out of what an operation has ended with.
fn answered(
    ended: Result<(Response, Held), Failure>,
    freshness: Option<&Freshness>,
    context: &Context,
    visit: &mut Visit,
) -> http::Response<Body> {
    match ended {
        Ok((mut response, held)) => {
            let tag = freshness.and_then(|of| of.tag(&response));
            visit.coming = response.take_coming().map(|coming| (coming, held));
            match freshness {
                Some(freshness) => freshness.answer(context, tag, response),
                None => response.into_http(),
            }
        }
        Err(failure) => {
            visit.failed(&failure);
            let mut response = rejection::failed(&failure);
            freshness.iter().for_each(|of| of.tell_of_failure(response.headers_mut()));
            response
        }
    }
}

/// The route that fits path and method, and the values of its parameters.
fn find(routes: &[Arc<Route>], request: &Parts) -> Result<(Arc<Route>, Vec<String>), Rejection> {
    let segments = template::segments(request.uri.path())?;
    let mut fitting = routes.iter().filter_map(|route| Some((route, route.template.values(&segments)?)));
    let Some((best, values)) = fitting.next() else { return Err(missing(request)) };
    if best.endpoint.method == request.method.as_str() {
        return Ok((Arc::clone(best), values));
    }
    let literal = best.template.literal();
    let alternatives = fitting.filter(|(route, _)| route.template.literal() == literal);
    let all: Vec<_> = std::iter::once((best, values)).chain(alternatives).collect();
    let has = |method: &str| all.iter().any(|(route, _)| route.endpoint.method == method);
    let wanted = match request.method.as_str() {
        "HEAD" if !has("HEAD") => "GET",
        method => method,
    };
    if !has(wanted) {
        let mut allowed: Vec<_> = all.iter().map(|(route, _)| route.endpoint.method).collect();
        if has("GET") && !has("HEAD") {
            allowed.push("HEAD");
        }
        return Err(Rejection::method_not_allowed(&allowed.join(", ")));
    }
    let found = all.into_iter().find(|(route, _)| route.endpoint.method == wanted);
    found.map(|(route, values)| (Arc::clone(route), values)).ok_or_else(|| missing(request))
}

/// Counts a request with those of the same key; one that is beyond the rate is turned away.
async fn count(endpoint: &Endpoint, who: &Who, address: &str) -> Result<Option<Allowance>, Rejection> {
    let Some(limiter) = &endpoint.limit else { return Ok(None) };
    let identity = who.identity();
    let allowance = match limiter.by() {
        LimitBy::Caller if !identity.is_empty() => limiter.count(&identity).await,
        LimitBy::Caller | LimitBy::Address => limiter.count(&counted(address)).await,
        LimitBy::All => limiter.count("").await,
        LimitBy::Key => None,
    };
    match allowance {
        Some(beyond) if !beyond.is_within => {
            metrics::add_one(metrics::refused_by_limit(endpoint.operation));
            Err(Rejection::beyond(beyond))
        }
        allowance => Ok(allowance),
    }
}

/// A place among the requests that an operation works on at once.
fn turn(endpoint: &Endpoint) -> Result<Option<Turn>, Rejection> {
    let Some(limiter) = &endpoint.limit else { return Ok(None) };
    let busy = || {
        metrics::add_one(metrics::refused_by_limit(endpoint.operation));
        Rejection::busy()
    };
    limiter.turn().map(Some).ok_or_else(busy)
}

/// How long the operation may take: a caller who is in a hurry says so, and one who is not gets no more.
fn budget(endpoint: &Endpoint, headers: &HeaderMap) -> Duration {
    let asked = headers.get(auth::DEADLINE).and_then(|millis| millis.to_str().ok()?.parse().ok());
    asked.map_or(endpoint.deadline, |millis| endpoint.deadline.min(Duration::from_millis(millis)))
}

/// What a request holds for as long as it is worked on.
pub struct Held {
    _place: OwnedSemaphorePermit,
    _turn: Option<Turn>,
    /// When the last one lets it go, its line is written.
    audit: Option<Entry>,
}

/// An answer that is to be made, and what is held for that.
struct Work {
    answer: Answer,
    /// Whether an answer may go out in parts.
    takes_parts: bool,
    context: Context,
    route: Arc<Route>,
    shell: Shell,
    held: Held,
}

/// Has the handler answer, in time.
async fn run(work: Work) -> Result<(Response, Held), Failure> {
    let (writes, end) = (work.route.endpoint.writes, work.context.deadline() + REPRIEVE);
    // In a box: it is moved into the timer, and into a task.
    let done = Box::pin(work.done());
    if !writes {
        return timeout_at(end, done).await.unwrap_or_else(|_| Err(Failure::late()));
    }
    // Dropping the handle of a task leaves it running: neither the deadline nor a caller who hangs up ends it.
    match timeout_at(end, tokio::spawn(done)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Failure::panic()),
        Err(_) => Err(Failure::late()),
    }
}

impl Work {
    async fn done(self) -> Result<(Response, Held), Failure> {
        let Work { answer, takes_parts, context, shell, held, .. } = self;
        let answer = context.bounded(async move {
            let answer = answer.await?;
            if takes_parts { Ok(answer) } else { Box::pin(answer.collected()).await }
        });
        let answer = AssertUnwindSafe(answer).catch_unwind().await;
        let answer = answer.unwrap_or_else(|why| Err(unwound(&*why, &context, &shell)));
        // Who is told of the deadline instead is not told what was done: it goes on.
        let answer = answer.map_err(|failure| context.ends_with(failure));
        held.audit.iter().for_each(|audit| audit.ended(&context, &answer));
        Ok((answer?, held))
    }
}

/// A panic in a handler is an answer too.
fn unwound(why: &(dyn Any + Send), context: &Context, shell: &Shell) -> Failure {
    let failure = Failure::unwound(why);
    if failure.is_panic() {
        shell.counts().panics.fetch_add(1, Ordering::Relaxed);
        let fields = [("request", context.request().id.as_str()), ("operation", context.operation())];
        log::say(Level::Error, "panic", &fields);
    }
    failure
}

/// Puts on an answer what the author of the operation wants to be told.
fn tell(route: &Route, context: &Context, headers: &mut HeaderMap) {
    let endpoint = &route.endpoint;
    if let Some(name) = endpoint.degraded {
        let fallbacks = context.fallbacks();
        if !fallbacks.is_empty() {
            put(headers, name, &fallbacks.join(", "));
        }
    }
    if let Some(deprecated) = &endpoint.deprecated {
        metrics::add_one(metrics::deprecated(endpoint.operation));
        deprecated.tell(&route.remaining, endpoint, context, headers);
    }
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.append(name, value);
    }
}
