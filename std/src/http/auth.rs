//! Who calls. Tokens and keys are kept and compared as digests only, in the same time whatever they are, and nobody is
//! told what was wrong with one.

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::request::Parts;
use sha2::{Digest, Sha256};

use super::Secret;
use super::rejection::Rejection;
use crate::codec::percent::decode_form;
use crate::codec::query;
use crate::value::Caller;

/// A way in which callers may show who they are.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Everybody may call.
    Public,
    /// Another service of the project, by a token that all of them know.
    Service { token: Hash },
    /// A key that was given out.
    ApiKey { keys: Vec<(String, Hash)>, place: Place },
}

/// A SHA-256.
#[derive(Clone, Debug, PartialEq)]
pub struct Hash {
    bytes: [u8; 32],
}

/// Where an API key stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    Header(&'static str),
    Query(&'static str),
    Cookie(&'static str),
}

impl Auth {
    pub fn service(token: &Secret) -> Auth {
        Auth::Service { token: Hash::of(&token.reveal()) }
    }

    /// `keys`: one in a line: the name of the caller, a space, and the SHA-256 of the key in hexadecimal digits.
    pub fn api_key(keys: &Secret, place: Place) -> Result<Auth, String> {
        let text = keys.reveal();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let key = |line: &str| {
            let (name, digits) = line.rsplit_once(' ')?;
            Some((name.trim().to_owned(), Hash::parse(digits)?))
        };
        let keys: Option<Vec<_>> = lines.map(key).collect();
        match keys {
            Some(keys) => Ok(Auth::ApiKey { keys, place }),
            None => {
                Err("must have a name, a space and a SHA-256 in hexadecimal digits in each line".to_owned())
            }
        }
    }

    /// The query parameter that a key stands in, which operations know nothing of.
    pub fn query_name(&self) -> Option<&'static str> {
        match self {
            Auth::ApiKey { place: Place::Query(name), .. } => Some(name),
            Auth::Public | Auth::Service { .. } | Auth::ApiKey { .. } => None,
        }
    }

    fn verdict(&self, request: &Parts) -> Verdict {
        match self {
            Auth::Public => Verdict::Absent,
            Auth::Service { token } => match bearer(&request.headers) {
                None => Verdict::Absent,
                Some(shown) if Hash::of(shown).is(token) => Verdict::Known(calling_service(&request.headers)),
                Some(_) => Verdict::Wrong,
            },
            Auth::ApiKey { keys, place } => match place.find(request) {
                None => Verdict::Absent,
                Some(shown) => owner(keys, &shown).map_or(Verdict::Wrong, Verdict::Known),
            },
        }
    }

    fn challenge(&self) -> Option<&'static str> {
        match self {
            Auth::Public => None,
            Auth::Service { .. } => Some("Bearer"),
            Auth::ApiKey { .. } => Some("ApiKey"),
        }
    }
}

enum Verdict {
    Absent,
    Wrong,
    Known(String),
}

/// Who calls; anybody where the operation is public. Something wrong that was shown is refused there too: its owner
/// believes to be known.
pub fn identify(ways: &[Auth], request: &Parts) -> Result<Caller, Rejection> {
    let mut is_wrong = false;
    for way in ways {
        match way.verdict(request) {
            Verdict::Known(subject) => return Ok(Caller { subject, ..Caller::default() }),
            Verdict::Wrong => is_wrong = true,
            Verdict::Absent => {}
        }
    }
    if !is_wrong && ways.iter().any(|way| matches!(way, Auth::Public)) {
        return Ok(Caller::default());
    }
    let challenges: Vec<_> = ways.iter().filter_map(Auth::challenge).collect();
    Err(Rejection::unauthorized(&challenges))
}

impl Hash {
    pub fn of(text: &str) -> Hash {
        Hash { bytes: Sha256::digest(text.as_bytes()).into() }
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(digits: &str) -> Option<Hash> {
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Hash { bytes })
    }

    /// Takes the same time whatever the two are. (What is compared are digests, so even a difference in time would tell
    /// nothing of the text.)
    fn is(&self, other: &Hash) -> bool {
        self.bytes.iter().zip(&other.bytes).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl Place {
    fn find(self, request: &Parts) -> Option<String> {
        match self {
            Place::Header(name) => request.headers.get(name)?.to_str().ok().map(str::to_owned),
            Place::Cookie(name) => cookies(&request.headers, name).into_iter().next(),
            Place::Query(name) => {
                let pairs = request.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
                let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
                decode_form(value).ok()
            }
        }
    }
}

/// The header in which a service hands on the token of its own caller.
pub const CALLER_TOKEN: &str = "flow-caller-token";

/// The token that the caller came with, as systems behind us may be shown it. What services of the project show each other
/// is none: that opens our own doors. They hand on the token of their caller beside it.
pub fn own_token(ways: &[Auth], headers: &HeaderMap) -> Option<HeaderValue> {
    let shown = bearer(headers)?;
    let is_ours = |way: &Auth| matches!(way, Auth::Service { token } if Hash::of(shown).is(token));
    let header = match ways.iter().any(is_ours) {
        true => headers.get(CALLER_TOKEN),
        false => headers.get(AUTHORIZATION),
    };
    header.map(|header| {
        let mut token = header.clone();
        token.set_sensitive(true);
        token
    })
}

/// The values of a cookie.
pub fn cookies(headers: &HeaderMap, name: &str) -> Vec<String> {
    let texts = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let all = texts.flat_map(query::cookies);
    all.filter(|(known, _)| known == name).map(|(_, value)| value).collect()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Some(token.trim()) } else { None }
}

/// Looks at all keys, so that the time tells nothing of which one fits.
fn owner(keys: &[(String, Hash)], shown: &str) -> Option<String> {
    let shown = Hash::of(shown);
    keys.iter().fold(None, |found, (name, hash)| if hash.is(&shown) { Some(name.clone()) } else { found })
}

/// The name that a service of the project gives itself.
fn calling_service(headers: &HeaderMap) -> String {
    let name = headers.get("flow-service").and_then(|name| name.to_str().ok());
    name.filter(|name| name.len() <= 128).unwrap_or("service").to_owned()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn request(uri: &str, header: (&str, &str)) -> Parts {
        let builder = http::Request::builder().uri(uri).header(header.0, header.1);
        builder.body(()).expect("a request that is written out is well formed").into_parts().0
    }

    fn keys(place: Place) -> Auth {
        let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of `secret`
        Auth::api_key(&Secret::new(format!("Jo Doe {digest}\n\n")), place).expect("the line is well formed")
    }

    fn who(way: Auth, uri: &str, header: (&str, &str)) -> Option<String> {
        identify(&[way], &request(uri, header)).ok().map(|caller| caller.subject)
    }

    #[test]
    fn a_key_is_found_where_it_stands() {
        let known = Some("Jo Doe".to_owned());
        assert_eq!(who(keys(Place::Header("x-api-key")), "/", ("X-Api-Key", "secret")), known);
        assert_eq!(who(keys(Place::Query("key")), "/?a=b&key=s%65cret", ("x", "")), known);
        assert_eq!(who(keys(Place::Cookie("key")), "/", ("cookie", "a=b; key=secret")), known);
        assert_eq!(who(keys(Place::Cookie("key")), "/", ("cookie", "key=Secret")), None);
        assert_eq!(who(keys(Place::Header("x-api-key")), "/?x-api-key=secret", ("x", "")), None);
    }

    #[test]
    fn a_service_shows_its_token_and_says_its_name() {
        let way = || Auth::service(&Secret::new("t"));
        assert_eq!(who(way(), "/", ("authorization", "bearer t")), Some("service".to_owned()));
        assert_eq!(who(way(), "/", ("authorization", "Bearer T")), None);
        assert_eq!(who(way(), "/", ("authorization", "Basic t")), None);
    }

    #[test]
    fn where_everybody_may_call_something_wrong_is_still_refused() {
        let ways = [Auth::Public, Auth::service(&Secret::new("t"))];
        assert!(identify(&ways, &request("/", ("x", ""))).is_ok());
        assert!(identify(&ways, &request("/", ("authorization", "Bearer u"))).is_err());
        assert!(identify(&ways, &request("/", ("authorization", "Bearer t"))).is_ok());
    }

    #[test]
    fn a_refusal_says_what_could_be_shown() {
        let ways = [Auth::service(&Secret::new("t")), keys(Place::Query("key"))];
        let response = identify(&ways, &request("/", ("x", ""))).map_err(Rejection::into_response);
        let response = response.expect_err("nothing was shown");
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let challenges: Vec<_> = response.headers().get_all("www-authenticate").iter().collect();
        assert_eq!(challenges, ["Bearer", "ApiKey"]);
    }

    #[test]
    fn malformed_keys_are_told_of_without_them() {
        assert!(Auth::api_key(&Secret::new("jo abc"), Place::Header("x")).is_err());
        assert_eq!(Hash::parse(&"0g".repeat(32)), None);
    }
}
