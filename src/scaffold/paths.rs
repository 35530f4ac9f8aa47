//! The path of an operation of our own, after that of the contract. In a flow a segment is either text or one
//! parameter, so `/calls/{sid}.json`, `/companies({id})` and `/search?kind=all` become paths without these parts.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::names::kebab;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub segments: Vec<Segment>,
    /// It is the path of the contract, letter by letter.
    pub same: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Text(String),
    /// The parameter as the contract calls it
    Parameter(SmolStr),
}

/// The nearest path that a flow can have.
pub fn route(path: &str) -> Route {
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    let mut route = Route { segments: Vec::new(), same: plain == path && plain.starts_with('/') };
    let trimmed = plain.strip_prefix('/').unwrap_or(plain);
    if trimmed.is_empty() {
        return route;
    }
    for segment in trimmed.split('/') {
        push(&mut route, segment);
    }
    route
}

fn push(route: &mut Route, segment: &str) {
    let parts = parts(segment);
    match parts.as_slice() {
        [Segment::Parameter(name)] if !has(route, name) => {
            route.segments.push(Segment::Parameter(name.clone()));
        }
        [Segment::Text(text)] if is_text(text) => route.segments.push(Segment::Text(text.clone())),
        parts => {
            route.same = false;
            for part in parts {
                match part {
                    Segment::Parameter(name) if !has(route, name) => {
                        route.segments.push(Segment::Parameter(name.clone()));
                    }
                    Segment::Parameter(name) => push_text(route, name),
                    // The form of an answer is no part of a path of ours.
                    Segment::Text(text) if matches!(text.as_str(), ".json" | ".xml") => {}
                    Segment::Text(text) => push_text(route, text),
                }
            }
        }
    }
}

fn push_text(route: &mut Route, text: &str) {
    let text: Vec<&str> =
        text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if !text.is_empty() {
        route.segments.push(Segment::Text(text.join("-")));
    }
}

fn has(route: &Route, name: &SmolStr) -> bool {
    route.segments.iter().any(|known| matches!(known, Segment::Parameter(other) if other == name))
}

fn is_text(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:@$+*".contains(&byte);
    !text.is_empty() && text != "." && text != ".." && !text.contains("->") && text.bytes().all(fits)
}

/// `a{b}.c` is text, a parameter and text.
fn parts(segment: &str) -> Vec<Segment> {
    let mut parts = Vec::new();
    let mut rest = segment;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else { break };
        if !before.is_empty() {
            parts.push(Segment::Text(before.to_owned()));
        }
        parts.push(Segment::Parameter(SmolStr::new(name.trim())));
        rest = after;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Segment::Text(rest.to_owned()));
    }
    parts
}

/// Paths that are given away: a router tells operations apart by the method and by the path with all parameters
/// alike.
#[derive(Debug, Default)]
pub struct Routes {
    taken: FxHashSet<String>,
}

impl Routes {
    /// Makes the route one that nobody has, by the name of its operation where need be.
    pub fn give(&mut self, method: &str, route: &mut Route, operation: &str) {
        while !self.taken.insert(key(method, route)) {
            route.same = false;
            route.segments.push(Segment::Text(kebab(operation)));
        }
    }
}

fn key(method: &str, route: &Route) -> String {
    let mut key = method.to_owned();
    for segment in &route.segments {
        key.push('/');
        match segment {
            Segment::Text(text) => key.push_str(text),
            Segment::Parameter(_) => key.push_str("{}"),
        }
    }
    key
}

/// `v2` where all paths begin with it: it is then the version of the service.
pub fn common_version<'p>(paths: impl Iterator<Item = &'p str>) -> Option<String> {
    let mut common: Option<&str> = None;
    for path in paths {
        let first = path.strip_prefix('/')?.split('/').next()?;
        let digits = first.strip_prefix('v')?;
        if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if *common.get_or_insert(first) != first {
            return None;
        }
    }
    common.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> (String, bool) {
        let route = route(path);
        let part = |segment: &Segment| match segment {
            Segment::Text(text) => format!("/{text}"),
            Segment::Parameter(name) => format!("/{{{name}}}"),
        };
        (route.segments.iter().map(part).collect(), route.same)
    }

    #[test]
    fn a_path_is_kept_or_made_clean() {
        let cases = [
            ("/pets/{id}", "/pets/{id}", true),
            ("/", "", true),
            ("/calls/{Sid}.json", "/calls/{Sid}", false),
            ("/companies({id})", "/companies/{id}", false),
            ("/report(period='{p}',top={n})", "/report-period/{p}/top/{n}", false),
            ("/search?kind=all", "/search", false),
            ("/a#b", "/a", false),
            ("/a//b/", "/a/b", false),
            ("/{a}/{a}", "/{a}/a", false),
            ("/v1/{name}:cancel", "/v1/{name}/cancel", false),
            ("/a/../b c", "/a/b-c", false),
            ("/a{", "/a", false), // no parameter
        ];
        for (path, wanted, same) in cases {
            assert_eq!(shown(path), (wanted.to_owned(), same), "{path}");
        }
    }

    #[test]
    fn no_two_operations_have_one_route() {
        let mut routes = Routes::default();
        let mut first = route("/a/{x}");
        let mut second = route("/a/{y}");
        routes.give("GET", &mut first, "first");
        routes.give("GET", &mut second, "getSecond");
        assert!(first.same && !second.same);
        assert_eq!(second.segments.last(), Some(&Segment::Text("get-second".into())));
    }

    #[test]
    fn the_version_of_all_paths_is_that_of_the_service() {
        assert_eq!(common_version(["/v2/a", "/v2/b"].into_iter()).as_deref(), Some("v2"));
        assert_eq!(common_version(["/v2/a", "/v3/b"].into_iter()), None);
        assert_eq!(common_version(["/value/a"].into_iter()), None);
        assert_eq!(common_version([].into_iter()), None);
    }
}
