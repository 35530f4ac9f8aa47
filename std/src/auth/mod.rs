//! Who calls. Tokens and keys are kept and compared as digests only, in the same time whatever they are, and nobody is
//! told what was wrong with one.

mod base64url;
mod bearer;
#[cfg(feature = "watch")]
mod development;
#[cfg(feature = "jwt")]
mod jwt;
mod key;
mod mtls;
mod service;

use std::sync::Arc;

use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

#[cfg(feature = "watch")]
pub use development::Development;
#[cfg(feature = "jwt")]
pub use jwt::{Jwt, JwtAlgorithm, JwtSettings};
pub(crate) use key::cookies;
pub use key::{Hash, Keys, Place};
pub(crate) use mtls::Verifiers;
pub use mtls::{Authority, Certificate};
pub use service::ServiceKeys;

use crate::http::{Peer, Rejection, Secret};
use crate::value::Caller;
use bearer::bearer;

/// A way in which callers may show who they are.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Everybody may call.
    Public,
    /// Another service of the project.
    Service { keys: ServiceKeys },
    /// A key that was given out.
    ApiKey { keys: Keys, place: Place },
    /// A certificate that comes from these roots.
    Mtls(Authority),
    /// A token that an issuer has signed.
    #[cfg(feature = "jwt")]
    Jwt(Jwt),
    /// A token that who runs the service has chosen.
    Token { token: Hash },
    /// Whoever says so, on a machine of a developer.
    #[cfg(feature = "watch")]
    Development(Development),
}

/// What a request shows, looked at in one way.
enum Verdict {
    Absent,
    Wrong,
    /// Nobody can say now.
    #[cfg_attr(not(feature = "jwt"), allow(dead_code))]
    Unknown,
    Known(Arc<Caller>),
}

impl Auth {
    pub fn service(keys: &ServiceKeys) -> Auth {
        Auth::Service { keys: keys.clone() }
    }

    pub fn token(token: &Secret) -> Auth {
        Auth::Token { token: Hash::of(&token.reveal()) }
    }

    /// `keys`: one in a line: the name of the caller, a space, and the SHA-256 of the key in hexadecimal digits.
    pub fn api_key(keys: &Secret, place: Place) -> Result<Auth, String> {
        Ok(Auth::ApiKey { keys: Keys::of(keys)?, place })
    }

    #[cfg(feature = "jwt")]
    pub fn jwt(settings: JwtSettings) -> Result<Auth, String> {
        Jwt::new(settings).map(Auth::Jwt)
    }

    /// `ca`: the roots, as PEM.
    pub fn mtls(ca: &str) -> Result<Auth, String> {
        Authority::new(ca).map(Auth::Mtls)
    }

    /// The same for an operation that nobody may call without these scopes. Whether somebody may is said by its `allow`; here
    /// it is known what to tell those who may not.
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn wanting(self, scopes: &'static [&'static str]) -> Auth {
        match self {
            Auth::Jwt(jwt) => Auth::Jwt(jwt.wanting(scopes)),
            other => other,
        }
    }

    #[cfg(feature = "jwt")]
    fn wants(&self) -> &'static [&'static str] {
        if let Auth::Jwt(jwt) = self { jwt.wants } else { &[] }
    }

    #[cfg(not(feature = "jwt"))]
    fn wants(&self) -> &'static [&'static str] {
        &[]
    }

    /// The query parameter that a key stands in, which operations know nothing of.
    pub fn query_name(&self) -> Option<&'static str> {
        match self {
            Auth::ApiKey { place: Place::Query(name), .. } => Some(name),
            _ => None,
        }
    }

    /// `service`: the one that is called.
    async fn verdict(&self, service: &str, request: &Parts) -> Verdict {
        match self {
            Auth::Public => Verdict::Absent,
            Auth::ApiKey { keys, place } => match place.find(request) {
                None => Verdict::Absent,
                Some(shown) => keys.owner(&shown).map_or(Verdict::Wrong, named),
            },
            // The connection shows it to all operations, so it is not wrong where others are asked for.
            Auth::Mtls(authority) => {
                let certificate = request.extensions.get::<Peer>().and_then(|peer| peer.certificate.as_ref());
                let subject = certificate.and_then(|certificate| authority.subject(certificate));
                subject.map_or(Verdict::Absent, |subject| named(subject.to_owned()))
            }
            by_token => match bearer(&request.headers) {
                None => Verdict::Absent,
                Some(shown) => by_token.shown(service, shown).await,
            },
        }
    }

    /// Who shows this token.
    async fn shown(&self, service: &str, text: &str) -> Verdict {
        match self {
            Auth::Public | Auth::ApiKey { .. } | Auth::Mtls(_) => Verdict::Absent,
            Auth::Token { token } if Hash::of(text).is(token) => named("operator".to_owned()),
            Auth::Token { .. } => Verdict::Wrong,
            Auth::Service { keys } => keys.caller(text, service).map_or(Verdict::Wrong, known),
            #[cfg(feature = "jwt")]
            Auth::Jwt(jwt) => match jwt.shown(text).await {
                jwt::Shown::By(caller) => Verdict::Known(caller),
                jwt::Shown::Refused => Verdict::Wrong,
                jwt::Shown::Unknown => Verdict::Unknown,
            },
            #[cfg(feature = "watch")]
            Auth::Development(development) => development.caller(text).map_or(Verdict::Wrong, known),
        }
    }

    /// What a caller is told who does not say who it is, or says something wrong (RFC 6750), and no more than that.
    fn challenge(&self, is_wrong: IsWrong) -> Option<&'static str> {
        match (self, is_wrong) {
            (Auth::Public, _) => None,
            (Auth::ApiKey { .. }, _) => Some("ApiKey"),
            (Auth::Mtls(_), _) => Some("Certificate"),
            (_, IsWrong::No) => Some("Bearer"),
            (_, IsWrong::Yes) => Some("Bearer error=\"invalid_token\""),
        }
    }
}

fn named(subject: String) -> Verdict {
    known(Caller { subject, ..Caller::default() })
}

fn known(caller: Caller) -> Verdict {
    Verdict::Known(Arc::new(caller))
}

/// Whether a caller has shown what it does not have.
#[derive(Clone, Copy)]
enum IsWrong {
    Yes,
    No,
}

/// Who calls `service`; anybody where the operation is public. Something wrong that was shown is refused there too: its
/// owner believes to be known.
pub async fn identify(ways: &[Auth], service: &str, request: &Parts) -> Result<Arc<Caller>, Rejection> {
    #[cfg(feature = "given")]
    if let Some(caller) = crate::given::of_tester(request) {
        return Ok(caller);
    }
    let mut challenges: Vec<&'static str> = Vec::new();
    let (mut is_refused, mut is_unknown) = (false, false);
    for way in ways {
        let is_wrong = match way.verdict(service, request).await {
            Verdict::Known(caller) => return Ok(caller),
            Verdict::Wrong => IsWrong::Yes,
            Verdict::Unknown => {
                is_unknown = true;
                IsWrong::No
            }
            Verdict::Absent => IsWrong::No,
        };
        is_refused |= matches!(is_wrong, IsWrong::Yes);
        challenges.extend(way.challenge(is_wrong).filter(|challenge| !challenges.contains(challenge)));
    }
    if is_unknown {
        return Err(Rejection::unknown_caller());
    }
    if !is_refused && ways.iter().any(|way| matches!(way, Auth::Public)) {
        return Ok(Arc::default());
    }
    Err(Rejection::unauthorized(&challenges))
}

/// What a 403 says to a caller whose token is good and lacks a scope without which nobody may call (RFC 6750, section 3.1). All
/// that are wanted are named: they stand in the OpenAPI document, too.
pub fn scarce(ways: &[Auth], caller: &Caller, headers: &HeaderMap) -> Option<HeaderValue> {
    let wants = ways.iter().map(Auth::wants).find(|wants| !wants.is_empty())?;
    let has_all = wants.iter().all(|scope| caller.scopes.iter().any(|has| has == scope));
    if has_all || bearer(headers).is_none_or(service::is_one) {
        return None;
    }
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
    let scopes = match wants.iter().all(|scope| scope.bytes().all(is_plain)) {
        true => format!(", scope=\"{}\"", wants.join(" ")),
        false => String::new(),
    };
    HeaderValue::from_str(&format!("Bearer error=\"insufficient_scope\"{scopes}")).ok()
}

/// The header in which a service of the project is told how long the answer is of use.
pub const DEADLINE: HeaderName = HeaderName::from_static("flow-deadline");
/// The header in which a service hands on the token of its own caller.
pub const CALLER_TOKEN: HeaderName = HeaderName::from_static("flow-caller-token");

/// The token that the caller came with, as systems behind us may be shown it. What services of the project show each other
/// is none, for it opens our own doors: they hand on the token of their caller beside it. Whoever else says that it is one of
/// them is the only one to lose by that.
pub fn own_token(headers: &HeaderMap) -> Option<HeaderValue> {
    let header = match service::is_one(bearer(headers)?) {
        true => headers.get(CALLER_TOKEN)?,
        false => headers.get(AUTHORIZATION)?,
    };
    bearer::of(header)?;
    let mut token = header.clone();
    token.set_sensitive(true);
    Some(token)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use http::StatusCode;

    use super::*;

    fn request(uri: &str, header: (&str, &str)) -> Parts {
        let builder = http::Request::builder().uri(uri).header(header.0, header.1);
        builder.body(()).expect("a request that is written out is well formed").into_parts().0
    }

    fn keys(place: Place) -> Auth {
        let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"; // of `secret`
        let second = "804f51f71254c4081e37e7c887073560f4a6fa6cdad202e9ac67e032c43ed1e1"; // of `newer`
        let lines = format!("Jo Doe {digest}\n\nJo Doe {second}\n");
        Auth::api_key(&Secret::new(lines), place).expect("the lines are well formed")
    }

    fn identified(ways: &[Auth], request: &Parts) -> Result<Arc<Caller>, Rejection> {
        identify(ways, "Orders", request).now_or_never().expect("nobody has to be asked")
    }

    fn who(way: Auth, uri: &str, header: (&str, &str)) -> Option<String> {
        identified(&[way], &request(uri, header)).ok().map(|caller| caller.subject.clone())
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
    fn a_caller_may_have_two_keys_while_one_is_replaced() {
        let place = Place::Header("x-api-key");
        for key in ["secret", "newer"] {
            assert_eq!(who(keys(place), "/", ("x-api-key", key)), Some("Jo Doe".to_owned()), "{key}");
        }
        assert_eq!(who(keys(place), "/", ("x-api-key", "older")), None);
    }

    #[test]
    fn a_token_is_shown_as_a_bearer() {
        let way = || Auth::token(&Secret::new("t"));
        assert_eq!(who(way(), "/", ("authorization", "bearer t")), Some("operator".to_owned()));
        assert_eq!(who(way(), "/", ("authorization", "Bearer T")), None);
        assert_eq!(who(way(), "/", ("authorization", "Basic t")), None);
    }

    #[test]
    fn where_everybody_may_call_something_wrong_is_still_refused() {
        let ways = [Auth::Public, Auth::token(&Secret::new("t"))];
        assert!(identified(&ways, &request("/", ("x", ""))).is_ok());
        assert!(identified(&ways, &request("/", ("authorization", "Bearer u"))).is_err());
        assert!(identified(&ways, &request("/", ("authorization", "Bearer t"))).is_ok());
    }

    #[cfg(feature = "jwt")]
    #[tokio::test]
    async fn who_lacks_a_scope_is_told_which_are_wanted() {
        let settings = JwtSettings {
            issuer: "https://issuer".to_owned(),
            audiences: vec!["a".to_owned()],
            keys: Some("http://127.0.0.1:1".to_owned()),
            algorithms: vec![JwtAlgorithm::Es256],
            scopes: "scope".to_owned(),
            leeway: std::time::Duration::ZERO,
        };
        let jwt = Auth::jwt(settings).expect("the address is one that keys may come from");
        let told = |wants: &'static [&'static str], has: &[&str], authorization: &str| {
            let ways = [keys(Place::Header("x-api-key")), jwt.clone().wanting(wants)];
            let scopes = has.iter().map(|scope| (*scope).to_owned()).collect();
            let request = request("/", ("authorization", authorization));
            let value = scarce(&ways, &Caller { scopes, ..Caller::default() }, &request.headers)?;
            Some(value.to_str().unwrap_or_default().to_owned())
        };
        let both = Some("Bearer error=\"insufficient_scope\", scope=\"a b:c\"".to_owned());
        for has in [&[][..], &["a"], &["a", "b"], &["a", "b:c "]] {
            assert_eq!(told(&["a", "b:c"], has, "Bearer x.y.z"), both, "{has:?}");
        }
        assert_eq!(told(&["a", "b:c"], &["b:c", "d", "a"], "Bearer x.y.z"), None, "it has all");
        assert_eq!(told(&[], &[], "Bearer x.y.z"), None, "none is wanted");
        assert_eq!(told(&["a"], &[], "Basic x"), None, "it has shown no token");
        assert_eq!(told(&["a"], &[], "Bearer flow1.x.y"), None, "that is a service of ours");
        for odd in ["a\"b", "a b", "ä", "a\\b"] {
            let wants: &'static [&'static str] = Box::leak(vec![&*odd.to_owned().leak()].into_boxed_slice());
            let told = told(wants, &[], "Bearer x.y.z");
            assert_eq!(told.as_deref(), Some("Bearer error=\"insufficient_scope\""), "{odd}");
        }
    }

    #[test]
    fn a_refusal_says_what_could_be_shown() {
        let ways =
            [Auth::token(&Secret::new("t")), Auth::token(&Secret::new("u")), keys(Place::Query("key"))];
        let told = |header: (&str, &str)| {
            let response = identified(&ways, &request("/", header)).map_err(Rejection::into_response);
            let response = response.expect_err("nothing good was shown");
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            let all = response.headers().get_all("www-authenticate").iter();
            all.map(|value| value.to_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(told(("x", "")), ["Bearer", "ApiKey"]);
        assert_eq!(told(("authorization", "Bearer x")), ["Bearer error=\"invalid_token\"", "ApiKey"]);
    }
}
