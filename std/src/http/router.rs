//! From the endpoints of a service to its routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::any;

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
}

/// The routes of a service: its endpoints, and what every service has.
pub fn router(endpoints: Vec<Endpoint>, shell: Shell) -> Router {
    let mut targets = BTreeMap::new();
    put(&mut targets, &Standard::ALL, (&shell, Door::Main));
    for (shape, routes) in by_shape(endpoints) {
        targets.insert(shape, Target::Operations(routes.into()));
    }
    routed(targets, shell)
}

/// What an operator finds at an address of his own.
pub fn operator_router(shell: Shell) -> Router {
    let mut targets = BTreeMap::new();
    put(&mut targets, &[Standard::Alive, Standard::Ready], (&shell, Door::Own));
    routed(targets, shell)
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

fn routed(targets: BTreeMap<String, Target>, shell: Shell) -> Router {
    let mut router = Router::new().without_v07_checks();
    for (shape, target) in targets {
        router = router.route(&shape, any(serve(target, shell.clone())));
    }
    router.fallback(serve(Target::Nothing, shell))
}

fn serve(
    target: Target,
    shell: Shell,
) -> impl Fn(http::Request<Body>) -> Served + Clone + Send + Sync + 'static {
    move |request| Box::pin(perform(target.clone(), shell.clone(), request))
}

type Served = std::pin::Pin<Box<dyn Future<Output = http::Response<Body>> + Send>>;

/// The endpoints by the shape of their paths; of those with the same shape, the one that says most comes first.
fn by_shape(endpoints: Vec<Endpoint>) -> BTreeMap<String, Vec<Arc<Route>>> {
    let mut shapes: BTreeMap<String, Vec<Arc<Route>>> = BTreeMap::new();
    for endpoint in endpoints {
        let template = Template::new(endpoint.path);
        let tally = declared(&endpoint);
        shapes.entry(template.shape()).or_default().push(Arc::new(Route { endpoint, template, tally }));
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
    metrics::operation(endpoint.operation, &[endpoint.deadline])
}
