//! Which paths are collections: `/orders` and `/orders/{id}`. Read from the paths alone, so that nothing is lowered for it.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::route::Route;
use crate::contract::model::Method;

/// A collection, and the operations that it has.
#[derive(Debug, Default)]
pub struct Collection {
    /// `/orders`
    pub template: SmolStr,
    /// `id` of `/orders/{id}`
    pub parameter: SmolStr,
    pub list: Option<SmolStr>,
    pub create: Option<SmolStr>,
    pub read: Option<SmolStr>,
    pub replace: Option<SmolStr>,
    pub merge: Option<SmolStr>,
    pub remove: Option<SmolStr>,
}

impl Collection {
    /// Whether anything of it can change. What can not is as the contract says, for any id.
    pub fn is_writable(&self) -> bool {
        [&self.create, &self.replace, &self.merge, &self.remove].into_iter().any(Option::is_some)
    }
}

/// What an operation does to a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    List,
    Create,
    Read,
    Replace,
    Merge,
    Remove,
}

/// The collections, and what each route does to which of them.
pub fn collections(routes: &[Route]) -> (Vec<Collection>, FxHashMap<usize, (usize, Role)>) {
    let mut found: Vec<Collection> = Vec::new();
    let mut by_template: FxHashMap<SmolStr, usize> = FxHashMap::default();
    let mut roles = FxHashMap::default();
    for (at, route) in routes.iter().enumerate() {
        let Some((template, parameter)) = item(&route.template) else { continue };
        let number = *by_template.entry(template.into()).or_insert_with(|| {
            found.push(Collection {
                template: template.into(),
                parameter: parameter.into(),
                ..Collection::default()
            });
            found.len() - 1
        });
        let Some(collection) = found.get_mut(number) else { continue };
        let (place, role) = match route.method {
            Method::Get => (&mut collection.read, Role::Read),
            Method::Put => (&mut collection.replace, Role::Replace),
            Method::Patch => (&mut collection.merge, Role::Merge),
            Method::Delete => (&mut collection.remove, Role::Remove),
            Method::Post | Method::Head | Method::Options | Method::Query => continue,
        };
        place.get_or_insert_with(|| route.operation.clone());
        roles.insert(at, (number, role));
    }
    for (at, route) in routes.iter().enumerate() {
        let Some(number) = by_template.get(&route.template) else { continue };
        let Some(collection) = found.get_mut(*number) else { continue };
        let (place, role) = match route.method {
            Method::Get => (&mut collection.list, Role::List),
            Method::Post => (&mut collection.create, Role::Create),
            _ => continue,
        };
        place.get_or_insert_with(|| route.operation.clone());
        roles.insert(at, (*number, role));
    }
    (found, roles)
}

/// `/orders` and `id` of `/orders/{id}`.
pub fn item(template: &str) -> Option<(&str, &str)> {
    let (collection, last) = template.rsplit_once('/')?;
    let name = last.strip_prefix('{')?.strip_suffix('}')?;
    let is_plain = !collection.is_empty() && !collection.ends_with('}') && !name.contains(['{', '}']);
    is_plain.then_some((collection, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_seen_by_their_paths() {
        let route = |method, template: &str| Route {
            operation: format!("{method:?} {template}").into(),
            method,
            template: template.into(),
        };
        let routes = [
            route(Method::Get, "/orders/{id}"),
            route(Method::Post, "/orders"),
            route(Method::Get, "/orders/{id}/lines/{no}"),
            route(Method::Get, "/me"),
            route(Method::Get, "/{tenant}"),
            route(Method::Get, "/a/{x}/{y}"),
            route(Method::Post, "/orders/{id}/cancel"),
        ];
        let (found, roles) = collections(&routes);
        let names: Vec<&str> = found.iter().map(|collection| collection.template.as_str()).collect();
        assert_eq!(names, ["/orders", "/orders/{id}/lines"]);
        assert_eq!(found[0].create.as_deref(), Some("Post /orders"));
        assert!(found[0].is_writable() && !found[1].is_writable());
        assert_eq!(roles.get(&1), Some(&(0, Role::Create)));
        assert_eq!(roles.get(&6), None);
    }
}
