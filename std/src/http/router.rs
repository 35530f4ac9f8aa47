//! From the endpoints of a service to its routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::any;

use super::endpoint::Endpoint;
use super::perform::{Standard, Target, perform};
use super::shell::Shell;
use super::template::Template;

/// Where an operator finds what could not be undone.
pub const UNDOS: &str = "/undos";

/// An operation, and where it is found.
pub struct Route {
    pub endpoint: Endpoint,
    pub template: Template,
}

/// The routes of a service: its endpoints, and what every service has.
pub fn router(endpoints: Vec<Endpoint>, shell: Shell) -> Router {
    let mut targets: BTreeMap<String, Target> = Standard::ALL
        .into_iter()
        .map(|standard| (standard.path().to_owned(), Target::Standard(standard)))
        .collect();
    #[cfg(feature = "store")]
    if shell.operator().is_some() {
        targets.insert(UNDOS.to_owned(), Target::Undos);
        targets.insert(format!("{UNDOS}/{{run}}"), Target::Undos);
    }
    for (shape, routes) in by_shape(endpoints) {
        targets.insert(shape, Target::Operations(routes.into()));
    }
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
        shapes.entry(template.shape()).or_default().push(Arc::new(Route { endpoint, template }));
    }
    for routes in shapes.values_mut() {
        routes.sort_by_key(|route| std::cmp::Reverse(route.template.literal()));
    }
    shapes
}
