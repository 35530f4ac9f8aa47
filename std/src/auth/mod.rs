//! Who calls. Tokens and keys are kept and compared as digests only, in the same time whatever they are, and nobody is
//! told what was wrong with one.

mod key;
mod mtls;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::request::Parts;

pub(crate) use key::cookies;
pub use key::{Hash, Keys, Place};
pub use mtls::{Authority, Certificate};
pub(crate) use mtls::{of_any, shown};

use crate::http::{Peer, Rejection, Secret};
use crate::value::Caller;

/// A way in which callers may show who they are.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Everybody may call.
    Public,
    /// Another service of the project, by a token that all of them know.
    Service { token: Hash },
    /// A key that was given out.
    ApiKey { keys: Keys, place: Place },
    /// A certificate that comes from these roots.
    Mtls(Authority),
}

impl Auth {
    pub fn service(token: &Secret) -> Auth {
        Auth::Service { token: Hash::of(&token.reveal()) }
    }

    /// `keys`: one in a line: the name of the caller, a space, and the SHA-256 of the key in hexadecimal digits.
    pub fn api_key(keys: &Secret, place: Place) -> Result<Auth, String> {
        Ok(Auth::ApiKey { keys: Keys::of(keys)?, place })
    }

    /// `ca`: the roots, as PEM.
    pub fn mtls(ca: &str) -> Result<Auth, String> {
        Authority::new(ca).map(Auth::Mtls)
    }

    /// The query parameter that a key stands in, which operations know nothing of.
    pub fn query_name(&self) -> Option<&'static str> {
        match self {
            Auth::ApiKey { place: Place::Query(name), .. } => Some(name),
            Auth::Public | Auth::Service { .. } | Auth::ApiKey { .. } | Auth::Mtls(_) => None,
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
                Some(shown) => keys.owner(&shown).map_or(Verdict::Wrong, Verdict::Known),
            },
            // The connection shows it to all operations, so it is not wrong where others are asked for.
            Auth::Mtls(authority) => {
                let certificate = request.extensions.get::<Peer>().and_then(|peer| peer.certificate.as_ref());
                let subject = certificate.and_then(|certificate| authority.subject(certificate));
                subject.map_or(Verdict::Absent, |subject| Verdict::Known(subject.to_owned()))
            }
        }
    }

    fn challenge(&self) -> Option<&'static str> {
        match self {
            Auth::Public => None,
            Auth::Service { .. } => Some("Bearer"),
            Auth::ApiKey { .. } => Some("ApiKey"),
            Auth::Mtls(_) => Some("Certificate"),
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

/// The header in which a service of the project is told how long the answer is of use.
pub const DEADLINE: &str = "flow-deadline";
/// The header in which a service hands on the token of its own caller.
pub const CALLER_TOKEN: &str = "flow-caller-token";

/// The token that the caller came with, as systems behind us may be shown it. What services of the project show each other
/// is none, for it opens our own doors: they hand on the token of their caller beside it, and are known by the deadline that
/// they always tell. Whoever else tells one is the only one to lose by that.
pub fn own_token(headers: &HeaderMap) -> Option<HeaderValue> {
    let header = match headers.contains_key(DEADLINE) {
        true => headers.get(CALLER_TOKEN)?,
        false => headers.get(AUTHORIZATION)?,
    };
    bearer_of(header)?;
    let mut token = header.clone();
    token.set_sensitive(true);
    Some(token)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    bearer_of(headers.get(AUTHORIZATION)?)
}

fn bearer_of(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Some(token.trim()) } else { None }
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
}
