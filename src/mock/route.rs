//! From method and path to an operation. Paths are found where the contract's servers have them (`/b7/orders` for
//! `https://erp.example.com/b7`), and also without that.

use smol_str::SmolStr;

use super::message::Request;
use crate::contract::Contract;
use crate::contract::model::Method;
use crate::standin::{literal_length, values};

/// An operation, before anything of it is lowered.
#[derive(Debug, Clone)]
pub struct Route {
    pub operation: SmolStr,
    pub method: Method,
    pub template: SmolStr,
}

/// All paths of a contract.
#[derive(Debug)]
pub struct Routes {
    pub all: Vec<Route>,
    /// `/b7`; the first one is that of the first server, and may be empty.
    bases: Vec<String>,
}

/// What a request means.
#[derive(Debug)]
pub enum Found<'a> {
    /// With the path as it was found, and its parameters.
    Route {
        at: usize,
        path: &'a str,
        values: Vec<(String, &'a str)>,
    },
    NoPath,
    /// The methods that the path has.
    NoMethod(Vec<Method>),
}

pub fn routes(contract: &Contract) -> Routes {
    let route = |listed: crate::contract::Listed<'_>| Route {
        operation: listed.name.into(),
        method: listed.method,
        // What stands behind `#` only makes paths distinct.
        template: listed.path.split('#').next().unwrap_or_default().into(),
    };
    let mut bases: Vec<String> = contract.servers().iter().map(|server| base(&server.url)).collect();
    let mut known = std::collections::HashSet::new();
    bases.retain(|base| known.insert(base.clone()));
    Routes { all: contract.operations().map(route).collect(), bases }
}

impl Routes {
    /// The path of the first server: empty, or `/b7`.
    pub fn base(&self) -> &str {
        self.bases.first().map_or("", String::as_str)
    }
}

/// The path of an address, without a slash at its end.
fn base(url: &str) -> String {
    let behind_host = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url.strip_prefix('/').unwrap_or_default(),
    };
    let path = behind_host.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() || path.contains('{') { String::new() } else { format!("/{path}") }
}

pub fn find<'a>(routes: &Routes, request: &'a Request) -> Found<'a> {
    let path = request.path.as_str();
    let inside = |base: &String| {
        path.strip_prefix(base.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut nothing = Found::NoPath;
    for path in routes.bases.iter().filter_map(inside).chain([path]) {
        match find_at(routes, &request.method, if path.is_empty() { "/" } else { path }) {
            Found::NoPath => {}
            found @ Found::Route { .. } => return found,
            no_method @ Found::NoMethod(_) => nothing = no_method,
        }
    }
    nothing
}

/// Of several templates the one that says most literally; HEAD is GET where nothing is said of it.
fn find_at<'a>(routes: &Routes, method: &str, path: &'a str) -> Found<'a> {
    let mut methods = Vec::new();
    let mut best: Option<((bool, usize), Found<'a>)> = None;
    for (at, route) in routes.all.iter().enumerate() {
        let template = route.template.as_str();
        let Some(found) = values(template, path) else { continue };
        methods.push(route.method);
        let is_exact = route.method.as_str() == method;
        let stands_in = method == "HEAD" && route.method == Method::Get;
        let rank = (is_exact, literal_length(template));
        let is_better = best.as_ref().is_none_or(|(known, _)| *known < rank);
        if (is_exact || stands_in) && is_better {
            let values = found.into_iter().map(|(name, value)| (name.trim().to_owned(), value)).collect();
            best = Some((rank, Found::Route { at, path, values }));
        }
    }
    match best {
        Some((_, route)) => route,
        None if methods.is_empty() => Found::NoPath,
        None => Found::NoMethod(methods),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::contract;
    use super::*;

    #[test]
    fn paths_are_found_with_the_servers_base_and_without_it() {
        let contract = contract(
            "openapi: 3.0.3\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example.com/v1/'}, {url: /v2}]\npaths:\n  \
             /a/{id}:\n    get: {operationId: one, responses: {'200': {description: d}}}\n  \
             /a/b:\n    get: {operationId: two, responses: {'200': {description: d}}}\n    \
             put: {operationId: three, responses: {'200': {description: d}}}\n",
        );
        let routes = routes(&contract);
        assert_eq!(routes.base(), "/v1");
        let of = |method: &str, path: &str| {
            let request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
            match find(&routes, &request) {
                Found::Route { at, .. } => routes.all[at].operation.to_string(),
                Found::NoPath => "no path".to_owned(),
                Found::NoMethod(methods) => format!("{methods:?}"),
            }
        };
        assert_eq!(of("GET", "/v1/a/7"), "one");
        assert_eq!(of("HEAD", "/v2/a/7"), "one");
        assert_eq!(of("GET", "/a/b"), "two");
        assert_eq!(of("PUT", "/a/b"), "three");
        assert_eq!(of("PUT", "/a/c"), "[Get]");
        assert_eq!(of("GET", "/v3/a/b"), "no path");
        assert_eq!(of("GET", "/v1"), "no path");
    }

    #[test]
    fn bases_are_the_paths_of_addresses() {
        let of = |url| base(url);
        assert_eq!(of("https://erp.example.com/b7"), "/b7");
        assert_eq!(of("https://erp.example.com"), "");
        assert_eq!(of("/api/v3/"), "/api/v3");
        assert_eq!(of("https://a/{version}"), "");
        assert_eq!(of("localhost:80"), "");
    }
}
