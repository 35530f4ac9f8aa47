//! From the endpoints of a service to its routes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use tower::service_fn;
use tower_service::Service;

use super::cors::Pages;
use super::deprecation::Remaining;
use super::endpoint::Endpoint;
use super::operator::{Asked, Door};
use super::perform::{Standard, Target, perform};
use super::shell::Shell;
use super::template::Template;
use crate::metrics::{self, OperationTally};

/// Where an operator finds what could not be undone.
pub const UNDOS: &str = "/undos";

/// An operation, and where it is found.
pub struct Route {
    pub endpoint: Endpoint,
    pub template: Template,
    /// What is counted of it.
    pub tally: &'static OperationTally,
    /// Who still calls it, if it is going away.
    pub remaining: Remaining,
}

impl Route {
    pub fn new(endpoint: Endpoint) -> Route {
        let (template, tally) = (Template::new(endpoint.path), declared(&endpoint));
        Route { endpoint, template, tally, remaining: Remaining::default() }
    }
}

/// The routes of a service: its endpoints, and what every service has.
pub fn router(endpoints: Vec<Endpoint>, shell: Shell) -> Router {
    #[cfg(feature = "redis")]
    share_limits(&endpoints, &shell);
    shell.is_for(Pages::of(endpoints.iter().filter_map(|endpoint| endpoint.cors.as_ref())));
    let mut targets = BTreeMap::new();
    put(&mut targets, &Standard::ALL, (&shell, Door::Main));
    for (shape, routes) in by_shape(endpoints) {
        targets.insert(shape, Target::Operations(routes.into()));
    }
    routed(targets, Target::Nothing(Door::Main), shell)
}

/// What an operator finds at an address of his own.
pub fn operator_router(shell: Shell) -> Router {
    let mut targets = BTreeMap::new();
    put(&mut targets, &[Standard::Alive, Standard::Ready], (&shell, Door::Own));
    routed(targets, Target::Nothing(Door::Own), shell)
}

/// What is not of the flow.
fn put(targets: &mut BTreeMap<String, Target>, standard: &[Standard], (shell, door): (&Shell, Door)) {
    for standard in standard {
        targets.insert(standard.path().to_owned(), Target::Standard(*standard));
    }
    let Some(operator) = shell.operator() else { return };
    for asked in Asked::ALL.into_iter().filter(|asked| operator.is_at(door, *asked)) {
        targets.insert(asked.path().to_owned(), Target::Operator(door, asked));
        if asked == Asked::Undos {
            targets.insert(format!("{UNDOS}/{{run}}"), Target::Operator(door, asked));
        }
    }
}

fn routed(targets: BTreeMap<String, Target>, nothing: Target, shell: Shell) -> Router {
    let mut router = Router::new().without_v07_checks();
    for (shape, target) in targets {
        router = router.route_service(&shape, served(target, shell.clone()));
    }
    router.fallback_service(served(nothing, shell))
}

#[cfg(feature = "redis")]
fn share_limits(endpoints: &[Endpoint], shell: &Shell) {
    let Some(shared) = &shell.limits().shared else { return };
    for endpoint in endpoints {
        endpoint.limit.iter().for_each(|limit| limit.share(shared, endpoint.operation));
    }
}

/// A service of axum, rather than one of its handlers: there is nothing to be extracted.
fn served(
    target: Target,
    shell: Shell,
) -> impl Service<
    http::Request<Body>,
    Response = http::Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<http::Response<Body>, Infallible>> + Send,
> + Clone
+ Send
+ Sync
+ 'static {
    let what = Arc::new((target, shell));
    service_fn(move |request| {
        let what = Arc::clone(&what);
        async move { Ok(perform(what.0.clone(), what.1.clone(), request).await) }
    })
}

/// The endpoints by the shape of their paths; of those with the same shape, the one that says most comes first.
fn by_shape(endpoints: Vec<Endpoint>) -> BTreeMap<String, Vec<Arc<Route>>> {
    let mut shapes: BTreeMap<String, Vec<Arc<Route>>> = BTreeMap::new();
    for endpoint in endpoints {
        let route = Route::new(endpoint);
        shapes.entry(route.template.shape()).or_default().push(Arc::new(route));
    }
    for routes in shapes.values_mut() {
        routes.sort_by_key(|route| std::cmp::Reverse(route.template.literal()));
    }
    shapes
}

/// What is counted of an operation is there from the start, so that nobody has to wonder whether nothing has happened.
fn declared(endpoint: &Endpoint) -> &'static OperationTally {
    if endpoint.limit.is_some() {
        metrics::refused_by_limit(endpoint.operation);
    }
    if endpoint.deprecated.is_some() {
        metrics::deprecated(endpoint.operation);
    }
    let bounds: Vec<Duration> = std::iter::once(endpoint.deadline).chain(endpoint.promised).collect();
    metrics::operation(endpoint.operation, &bounds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::connection::Peer;
    use super::super::proxies::Proxies;
    use super::super::slow::Slow;
    use super::super::{BodyKind, Environment, LimitBy, LimitSettings, Limiter, Limits, Rate, Request};
    use super::*;
    use crate::auth::Auth;

    fn limited() -> Endpoint {
        let rate = Rate { count: 100, per: Duration::from_secs(1) };
        let settings =
            LimitSettings { rate: Some(rate), burst: Some(50), by: LimitBy::Caller, at_once: None };
        Endpoint {
            operation: "Shop.get",
            method: "GET",
            path: "/a",
            writes: false,
            deadline: Duration::from_secs(10),
            max_body: 0,
            body: BodyKind::None,
            auth: vec![Auth::Public],
            limit: Some(Arc::new(Limiter::new(settings))),
            cors: None,
            caching: super::super::Caching::Asked,
            degraded: None,
            deprecated: None,
            audit: None,
            promised: None,
            handler: Box::new(|request: Request| {
                Box::pin(async move {
                    let address = request.context().request().address.clone();
                    request.finish()?;
                    Ok(super::super::Response::text(200, address))
                })
            }),
        }
    }

    #[test]
    fn what_is_promised_is_a_bound_of_its_histogram() {
        let (deadline, promised) = (Duration::from_millis(1_234), Some(Duration::from_millis(321)));
        drop(Route::new(Endpoint { operation: "Shop.promised", deadline, promised, ..limited() }));
        for bound in ["0.321", "1.234", "0.005"] {
            let labels = format!("service=\"Shop\",operation=\"Shop.promised\",le=\"{bound}\"");
            let series = format!("flow_request_seconds_bucket{{{labels}}}");
            assert_eq!(metrics::number(&series), Some(0.0), "{series}");
        }
    }

    /// How many of ten seconds at ten times the rate are let through. `forwarded`: what the headers say in each.
    async fn let_through(proxies: &str, forwarded: impl Fn(u32) -> String) -> f64 {
        let proxies = proxies.to_owned();
        let mut env = Environment::new(move |_| Some(proxies.clone()));
        let proxies = Proxies::read(&mut env).expect("they are networks");
        let mut router = router(vec![limited()], Shell::new("", Limits { proxies, ..Limits::default() }));
        let mut within = 0;
        for number in 0..10_000 {
            let request = http::Request::get("/a").header("x-forwarded-for", forwarded(number));
            let mut request = request.body(Body::empty()).expect("it is well formed");
            let peer = Peer { address: "10.0.0.1".into(), certificate: None, slow: Slow::default() };
            request.extensions_mut().insert(peer);
            let answer = router.call(request).await;
            let status = answer.map_or(0, |answer| answer.status().as_u16());
            assert!([200, 429].contains(&status), "{status}");
            within += u32::from(status == 200);
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        f64::from(within)
    }

    /// S040: within one percent of the rate and the burst, whatever the caller says of itself.
    #[tokio::test(start_paused = true)]
    async fn ten_times_the_rate_gets_the_rate_and_the_burst() {
        let wanted = 1_050.0 * 0.99..=1_050.0 * 1.01;
        let spoofed = |number: u32| format!("198.51.{}.{}", number / 256, number % 256);
        for within in [
            let_through("192.0.2.1", spoofed).await,
            let_through("10.0.0.0/8", |number| format!("{}, 203.0.113.9", spoofed(number))).await,
            let_through("10.0.0.0/8", |number| format!("2001:db8:1:2::{number:x}")).await,
        ] {
            assert!(wanted.contains(&within), "{within}");
        }
        assert!(let_through("10.0.0.0/8", spoofed).await > 9_999.0, "these are callers of their own");
    }
}
