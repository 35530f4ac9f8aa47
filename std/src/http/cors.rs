//! Which web pages of other origins may call. The browser asks before it sends what a form could not send (a preflight,
//! which is answered here, and without `auth`: a browser shows nothing with it), and it gives an answer to the page only
//! if the answer says so. A service that says nothing of it is for no page of another origin. None of this keeps anybody
//! out who is not a browser: that is what `auth` is for.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::rejection::Rejection;
use super::router::Route;
use super::template;

/// What an author says of it.
#[derive(Clone, Debug)]
pub struct CorsSettings {
    /// Origins such as `https://shop.example.com`, several in a text with spaces between them; `*` is every one.
    pub origins: Vec<String>,
    /// Request headers that the operations take.
    pub headers: &'static [&'static str],
    /// Answer headers that a page may read.
    pub exposes: &'static [&'static str],
    /// Whether the browser sends cookies along.
    pub credentials: bool,
    /// How long the browser may remember what a preflight was told.
    pub max_age: Duration,
}

/// Which pages may call the operations of a service.
#[derive(Debug)]
pub struct Cors {
    origins: Origins,
    headers: HeaderValue,
    exposes: HeaderValue,
    credentials: bool,
    max_age: HeaderValue,
}

#[derive(Debug)]
enum Origins {
    Every,
    /// As browsers write them.
    These(Vec<String>),
}

impl Cors {
    /// # Errors
    /// What is no origin, or that cookies would go to every one.
    pub fn new(settings: CorsSettings) -> Result<Cors, String> {
        let all: Vec<&str> = settings.origins.iter().flat_map(|text| text.split_whitespace()).collect();
        let origins = match all.as_slice() {
            [] => return Err("must name an origin".to_owned()),
            all if all.contains(&"*") && settings.credentials => {
                return Err("must not be `*` where cookies are sent along".to_owned());
            }
            all if all.contains(&"*") => Origins::Every,
            all => Origins::These(all.iter().map(|text| origin(text)).collect::<Result<_, _>>()?),
        };
        let list = |names: &[&str]| {
            HeaderValue::from_str(&names.join(", ")).map_err(|_| "has a bad name".to_owned())
        };
        Ok(Cors {
            origins,
            headers: list(settings.headers)?,
            exposes: list(settings.exposes)?,
            credentials: settings.credentials,
            max_age: settings.max_age.as_secs().into(),
        })
    }

    /// What the header that allows it says to a page of this origin; `None`: it may not call. The origin of pages that
    /// have none (`null`) is on no list.
    fn allowed(&self, origin: Option<&HeaderValue>) -> Option<HeaderValue> {
        match &self.origins {
            Origins::Every => Some(HeaderValue::from_static("*")),
            Origins::These(origins) => {
                let known = |known: &String| {
                    origin.is_some_and(|origin| origin.as_bytes().eq_ignore_ascii_case(known.as_bytes()))
                };
                origin.filter(|_| origins.iter().any(known)).cloned()
            }
        }
    }

    fn is_for_every_origin(&self) -> bool {
        matches!(self.origins, Origins::Every)
    }
}

/// An origin as browsers write it: in small letters, and without the port that the scheme has anyway.
fn origin(text: &str) -> Result<String, String> {
    let wanted = || "must be origins such as `https://shop.example.com`, and nothing behind them".to_owned();
    let text = text.to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://").ok_or_else(wanted)?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_host = !authority.is_empty()
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    if !is_scheme || !is_host {
        return Err(wanted());
    }
    let usual = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    Ok(format!("{scheme}://{}", authority.strip_suffix(usual).unwrap_or(authority)))
}

/// All that is said of pages, by the services behind one address. Who is answered before it is known what he asks for is answered
/// for all of them.
#[derive(Debug, Default)]
pub struct Pages {
    all: Vec<Arc<Cors>>,
}

impl Pages {
    pub fn of<'a>(said: impl Iterator<Item = &'a Arc<Cors>>) -> Pages {
        let mut all: Vec<Arc<Cors>> = Vec::new();
        for cors in said {
            if !all.iter().any(|known| Arc::ptr_eq(known, cors)) {
                all.push(Arc::clone(cors));
            }
        }
        Pages { all }
    }

    /// What the page is told from which a request comes; `None` where no page may call.
    pub fn asked(&self, headers: &HeaderMap) -> Option<Asked> {
        let allows = |cors: &&Arc<Cors>| cors.allowed(headers.get(ORIGIN)).is_some();
        let cors = self.all.iter().find(allows).or(self.all.first())?;
        let allowed = cors.allowed(headers.get(ORIGIN));
        let depends = self.all.iter().any(|cors| !cors.is_for_every_origin());
        Some(Asked { cors: Arc::clone(cors), allowed, depends, preflight: None })
    }

    /// Whether it is asked before a request of a page that may call. Were that turned away, the page would never see why.
    pub fn is_preflight(&self, method: &Method, headers: &HeaderMap) -> bool {
        is_preflight(method, headers) && self.asked(headers).is_some_and(|page| page.allowed.is_some())
    }
}

/// What a browser asks before it sends the request of a page has these.
fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// A request to operations that pages may call.
pub struct Asked {
    cors: Arc<Cors>,
    /// What a page that may call is told; `None`: there is none, or it may not.
    allowed: Option<HeaderValue>,
    /// Whether another page would be told something else.
    depends: bool,
    preflight: Option<Preflight>,
}

/// What a browser asks before it sends the request of a page.
struct Preflight {
    /// The template of the path.
    route: &'static str,
    /// The methods of the path, if the one that is asked for is among them.
    methods: Option<HeaderValue>,
}

/// `None` for operations that no page of another origin may call. `pages`: those of all operations, for a path that leads to
/// none.
pub fn asked(routes: &[Arc<Route>], pages: &Pages, request: &Parts) -> Option<Asked> {
    if pages.all.is_empty() {
        return None;
    }
    let is_preflight = is_preflight(&request.method, &request.headers);
    let of_all = || pages.asked(&request.headers).filter(|_| !is_preflight);
    let Ok(segments) = template::segments(request.uri.path()) else { return of_all() };
    let fitting: Vec<&Arc<Route>> =
        routes.iter().filter(|route| route.template.values(&segments).is_some()).collect();
    if fitting.is_empty() {
        return of_all();
    }
    let wanted = request.headers.get(ACCESS_CONTROL_REQUEST_METHOD).filter(|_| is_preflight);
    let method = wanted.map_or(request.method.as_str().as_bytes(), HeaderValue::as_bytes);
    // In a bundle, another service may have another method of the same path.
    let found = fitting.iter().find(|route| answers(route, method));
    let route = found.or(fitting.first())?;
    let cors = Arc::clone(route.endpoint.cors.as_ref()?);
    let allowed = cors.allowed(request.headers.get(ORIGIN));
    let depends = !cors.is_for_every_origin();
    let preflight = wanted.map(|_| Preflight {
        route: route.endpoint.path,
        methods: found.and_then(|_| methods(&fitting, &cors)),
    });
    Some(Asked { cors, allowed, depends, preflight })
}

/// A method is written in capitals or is another one.
fn answers(route: &Route, method: &[u8]) -> bool {
    let own = route.endpoint.method.as_bytes();
    own == method || (own == b"GET" && method == b"HEAD")
}

fn methods(routes: &[&Arc<Route>], cors: &Arc<Cors>) -> Option<HeaderValue> {
    let own =
        routes.iter().filter(|route| route.endpoint.cors.as_ref().is_some_and(|of| Arc::ptr_eq(of, cors)));
    let mut all: Vec<&str> = own.map(|route| route.endpoint.method).collect();
    if all.contains(&"GET") && !all.contains(&"HEAD") {
        all.push("HEAD");
    }
    HeaderValue::from_str(&all.join(", ")).ok()
}

impl Asked {
    /// The path and the answer, if it is a preflight.
    pub fn preflight(&self) -> Option<(&'static str, Result<http::Response<Body>, Rejection>)> {
        let preflight = self.preflight.as_ref()?;
        let answer = match (&preflight.methods, &self.allowed) {
            (Some(methods), Some(_)) => {
                let mut response = http::Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                let headers = response.headers_mut();
                headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
                put(headers, ACCESS_CONTROL_ALLOW_HEADERS, &self.cors.headers);
                headers.insert(ACCESS_CONTROL_MAX_AGE, self.cors.max_age.clone());
                Ok(response)
            }
            (Some(_), None) => {
                Err(Rejection::new(StatusCode::FORBIDDEN, "pages of this origin may not call"))
            }
            (None, _) => Err(Rejection::new(StatusCode::FORBIDDEN, "the path has no such method")),
        };
        Some((preflight.route, answer))
    }

    /// Puts on an answer, also on one that tells of a failure, who may read it.
    pub fn tell(&self, headers: &mut HeaderMap) {
        // A cache must not give the answer that is for one page to another one, nor one that is for none.
        if self.depends {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(Preflight { methods: None, .. }) = self.preflight {
            return;
        }
        let Some(allowed) = &self.allowed else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
        if self.cors.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if self.preflight.is_none() {
            put(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &self.cors.exposes);
        }
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &HeaderValue) {
    if !value.is_empty() {
        headers.insert(name, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Shell, shed};
    use super::*;

    fn cors(origins: &[&str], credentials: bool) -> Result<Cors, String> {
        Cors::new(CorsSettings {
            origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
            headers: &["X-Trace"],
            exposes: &[],
            credentials,
            max_age: Duration::from_secs(60),
        })
    }

    fn allowed(cors: &Cors, origin: &'static str) -> Option<HeaderValue> {
        cors.allowed(Some(&HeaderValue::from_static(origin)))
    }

    #[test]
    fn an_origin_is_known_as_a_whole() {
        let cors = cors(&["HTTPS://Shop.example.com:443", "http://localhost:3000 app://shop"], true);
        let cors = cors.expect("all are origins");
        for known in ["https://shop.example.com", "http://localhost:3000", "app://shop"] {
            assert_eq!(allowed(&cors, known), Some(HeaderValue::from_static(known)));
        }
        for other in [
            "null",
            "",
            "https://shop.example.evil",
            "https://shop.example.com.evil",
            "https://evil-shop.example.com",
            "http://shop.example.com",
            "https://shop.example.com:444",
            "https://shop.example.com/",
            "http://localhost",
        ] {
            assert_eq!(allowed(&cors, other), None, "{other}");
        }
        assert_eq!(cors.allowed(None), None);
    }

    #[test]
    fn every_origin_is_a_star_and_goes_without_cookies() {
        let every = cors(&["*"], false).expect("it is for all");
        assert_eq!(allowed(&every, "https://a.example"), Some(HeaderValue::from_static("*")));
        assert_eq!(cors(&["*"], true).err(), Some("must not be `*` where cookies are sent along".to_owned()));
        assert!(cors(&["https://a.example *"], true).is_err());
    }

    /// What a request from this origin is told where a service has more to do than it can; `None`: it is let in.
    fn turned_away(shell: &Shell, method: &str, origin: &str) -> Option<(u16, Option<String>, bool)> {
        let request = http::Request::builder().method(method).uri("/a").header(ORIGIN, origin);
        let request =
            request.header(ACCESS_CONTROL_REQUEST_METHOD, "GET").body(()).expect("it is well formed");
        let answer = shed::turned_away(&request, shell)?;
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let allowed = answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).map(text);
        Some((answer.status().as_u16(), allowed, answer.headers().contains_key(VARY)))
    }

    #[test]
    fn a_page_sees_that_it_was_turned_away() {
        let one = Arc::new(cors(&["https://a.example"], true).expect("it is an origin"));
        let other = Arc::new(cors(&["https://b.example"], false).expect("it is an origin"));
        let shell = Shell::new("", Limits::default());
        shell.is_for(Pages::of([&one, &one, &other].into_iter()));
        let _held = shell.press_hard();
        for known in ["https://a.example", "https://b.example"] {
            assert_eq!(turned_away(&shell, "GET", known), Some((503, Some(known.to_owned()), true)));
            assert_eq!(turned_away(&shell, "OPTIONS", known), None, "or the page would never see why");
        }
        for method in ["GET", "OPTIONS"] {
            assert_eq!(turned_away(&shell, method, "https://c.example"), Some((503, None, true)));
        }
        let silent = Shell::new("", Limits::default());
        let _held = silent.press_hard();
        assert_eq!(turned_away(&silent, "OPTIONS", "https://a.example"), Some((503, None, false)));
    }

    #[test]
    fn what_is_no_origin_is_told() {
        for bad in [
            "null",
            "shop.example.com",
            "https://shop.example.com/",
            "https://*.example.com",
            "https://a@b",
            "://a",
        ] {
            let told = cors(&[bad], false).err().unwrap_or_default();
            assert!(
                told.starts_with("must be origins") && !told.contains("shop.example.com/"),
                "{bad}: {told}"
            );
        }
        assert_eq!(cors(&[" "], false).err(), Some("must name an origin".to_owned()));
    }
}
