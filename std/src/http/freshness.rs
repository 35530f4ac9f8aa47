//! What is kept of answers outside of the service: in browsers, and in caches on the way there. What depends on who asks,
//! or holds what is labelled, is kept nowhere. What the service itself keeps (`cache`) has a tag, made of its bytes, so
//! that whoever has an answer already gets a 304 without one.
//!
//! Only such answers have a tag: it costs a digest of the whole answer each time (0.7 µs for a kilobyte where the
//! processor has instructions for it, 3 µs where it has not; a service needs about 15 µs for all else), and an answer that is
//! made anew for each request is seldom the same.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::endpoint::Endpoint;
use super::{Context, Response};

/// Who may keep answers to a GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// Nobody: they depend on who asks, or hold what is labelled.
    Never,
    /// Everybody, and nobody uses them again without asking.
    Asked,
    /// The same, for the caller alone; they have a tag to ask with.
    Own,
    /// Everybody uses them for as long as the service itself does; they have a tag.
    All {
        /// The request headers that they depend on.
        vary: &'static [&'static str],
    },
}

impl Caching {
    fn has_tag(self) -> bool {
        match self {
            Caching::Never | Caching::Asked => false,
            Caching::Own | Caching::All { .. } => true,
        }
    }
}

/// What is to be told of an answer to a GET.
pub struct Freshness {
    caching: Caching,
    /// The tags of what the caller has.
    has: Vec<HeaderValue>,
}

/// `None` for all other methods: nobody keeps the answers to those.
pub fn asked(endpoint: &Endpoint, request: &Parts) -> Option<Freshness> {
    // A HEAD asks about a GET; an operation that is one itself has nothing that could be kept.
    if endpoint.method != "GET" {
        return None;
    }
    let has = match endpoint.caching.has_tag() {
        true => request.headers.get_all(IF_NONE_MATCH).iter().cloned().collect(),
        false => Vec::new(),
    };
    Some(Freshness { caching: endpoint.caching, has })
}

impl Freshness {
    /// The tag of an answer that is to have one.
    pub fn tag(&self, response: &Response) -> Option<String> {
        response.whole().filter(|_| self.caching.has_tag()).map(tag)
    }

    /// Makes an answer of what an operation gives, with who may keep it, and for how long; one that the caller has is a 304.
    /// `tag`: that of the answer, before anything was taken from it.
    pub fn answer(&self, context: &Context, tag: Option<String>, response: Response) -> http::Response<Body> {
        let mut answer = response.into_http();
        let headers = answer.headers_mut();
        let fresh = context.fresh_for().map_or(0, |time| time.as_secs());
        let kept = match self.caching {
            Caching::All { .. } if fresh > 0 => {
                HeaderValue::from_str(&format!("public, max-age={fresh}")).ok()
            }
            caching => Some(HeaderValue::from_static(unkept(caching))),
        };
        put(headers, CACHE_CONTROL, kept);
        if let Caching::All { vary } = self.caching {
            for name in vary {
                headers.append(VARY, HeaderValue::from_static(name));
            }
        }
        let Some(tag) = tag else { return answer };
        put(headers, ETAG, HeaderValue::from_str(&tag).ok());
        if self.has.iter().any(|list| list.to_str().is_ok_and(|list| names(list, &tag))) {
            headers.remove(CONTENT_TYPE);
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.body_mut() = Body::empty();
        }
        answer
    }

    /// The same for a failure, which is over when the next one asks.
    pub fn tell_of_failure(&self, headers: &mut HeaderMap) {
        put(headers, CACHE_CONTROL, Some(HeaderValue::from_static(unkept(self.caching))));
    }
}

fn unkept(caching: Caching) -> &'static str {
    match caching {
        Caching::Never => "no-store",
        Caching::Own => "private, no-cache",
        Caching::Asked | Caching::All { .. } => "no-cache",
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.insert(name, value);
    }
}

/// Half of the digest tells answers apart, also those that somebody has made to be taken for each other.
fn tag(body: &Bytes) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in digest.iter().take(16) {
        tag.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    tag.push('"');
    tag
}

/// Whether a list of tags names this one, or all. A weak one (`W/`) does, too: who asks so wants to use what it has.
fn names(list: &str, tag: &str) -> bool {
    if list.trim() == "*" {
        return true;
    }
    let mut rest = list.trim_start();
    while !rest.is_empty() {
        let strong = rest.strip_prefix("W/").unwrap_or(rest);
        let Some((one, behind)) = strong.strip_prefix('"').and_then(|text| text.split_once('"')) else {
            return false;
        };
        if tag.trim_matches('"') == one {
            return true;
        }
        // Commas and spaces, and nothing else, stand between them.
        let next = behind.trim_start_matches([' ', '\t', ',']);
        if !next.is_empty() && !behind.trim_start().starts_with(',') {
            return false;
        }
        rest = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list() {
        let tag = tag(&Bytes::from_static(b"hello"));
        assert_eq!(tag, "\"2cf24dba5fb0a30e26e83b2ac5b9e29e\"");
        for list in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"a,b\", W/\"c\" ,{tag}"),
            "*".to_owned(),
            format!("{tag},"),
        ] {
            assert!(names(&list, &tag), "{list}");
        }
        let bare = tag.trim_matches('"');
        for list in [
            "",
            "\"\"",
            "**",
            &format!("\"x{bare}\""),
            bare,
            &format!("x, {tag}"),
            &format!("\"a\" {tag}"),
            &format!("\"{bare}"),
        ] {
            assert!(!names(list, &tag), "{list}");
        }
    }
}
