//! The request for a token, and what is made of its answer. It goes to the token server only, which has connections of its
//! own: neither the backend's headers nor its certificate are for it. Nothing of what it answers is ever told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout};

use super::super::outgoing::{Outgoing, Sending};
use super::super::settings::{ClientSettings, CredentialsPlace, OAuth2, Tls, value_of};
use super::super::{Shared, address, exchange};
use crate::codec::{Kind, Reader, Side, Slot, from_json, percent};
use crate::failure::{Answer, CallFailure};
use crate::http::{Secret, looked_again};
use crate::value;

/// How long the token server has, whoever waits for it.
const TIME: Duration = Duration::from_secs(10);
/// The largest answer that is read. Tokens stand in headers, which are not larger.
const MAX_BODY: usize = 64 * 1024;
/// How long a token is good of which nobody says it.
const UNSAID: Duration = Duration::from_secs(5 * 60);
/// What the server says why there is no token (RFC 6749, section 5.2). Anything else that it says is not repeated.
const ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// Where tokens are given out, and what is shown there.
pub struct Issuer {
    server: Arc<Shared>,
    target: String,
    client: String,
    secret: Secret,
    scopes: String,
    audience: Option<String>,
    place: CredentialsPlace,
}

/// What the server gave.
pub struct Granted {
    pub header: HeaderValue,
    pub life: Duration,
    pub refresh: Option<Secret>,
}

/// Why there is none, for the log.
pub struct NoToken {
    pub why: String,
    pub retry_after: Option<u64>,
    /// The server does not take what it was shown.
    pub is_refused: bool,
}

impl Issuer {
    pub fn new(backend: &'static str, of: &OAuth2, settings: &ClientSettings) -> Result<Issuer, String> {
        let (origin, path, query) = parts(&of.token);
        let tls = Tls { server_name: None, ..settings.tls.clone() };
        let own = ClientSettings {
            connect_timeout: settings.connect_timeout,
            max_body: MAX_BODY,
            tls,
            ..ClientSettings::new(origin)
        };
        let told = |error: String| format!("of its tokens, {error}");
        if of.token.contains('#') {
            return Err(told("the address must have no fragment".to_owned()));
        }
        let server = Shared::new(backend, &own).map_err(told)?;
        if !server.base.is_https() && !server.base.is_loopback() {
            return Err("its token address must begin with `https://`: a secret goes there".to_owned());
        }
        let mut target = String::new();
        address::push_literal(&mut target, path);
        let target = server.base.join(&target, query).map_err(told)?;
        Ok(Issuer {
            server: Arc::new(server),
            target,
            client: of.client.clone(),
            secret: of.secret.clone(),
            scopes: of.scopes.join(" "),
            audience: of.audience.clone(),
            place: of.credentials,
        })
    }

    /// A token: by the one that was given for renewing, if that is still taken, or by the credentials.
    pub async fn token(&self, refresh: Option<Secret>) -> Result<Granted, NoToken> {
        let token = async {
            if let Some(refresh) = refresh {
                match self.ask(Some(&refresh)).await {
                    Err(none) if none.is_refused => {}
                    ended => {
                        return ended.map(|granted| Granted {
                            refresh: granted.refresh.or(Some(refresh)),
                            ..granted
                        });
                    }
                }
            }
            match self.ask(None).await {
                // The secret may have been changed just now.
                Err(none) if none.is_refused && looked_again().await => self.ask(None).await,
                ended => ended,
            }
        };
        timeout(TIME, token).await.unwrap_or_else(|_| Err(NoToken::failed("it does not answer in time")))
    }

    async fn ask(&self, refresh: Option<&Secret>) -> Result<Granted, NoToken> {
        let (headers, body) = self.filled_in(refresh).map_err(NoToken::failed)?;
        let outgoing =
            Outgoing { method: Method::POST, target: self.target.clone(), headers, body: Bytes::from(body) };
        let make = || Sending { outgoing: &outgoing, own: Vec::new() };
        let taken = exchange::run(&self.server, &make, None, Instant::now() + TIME).await;
        match taken {
            Ok(taken) => granted(&taken.answer),
            // What is wrong with an answer may show some of it.
            Err(CallFailure::Malformed(_)) => Err(NoToken::failed("its answer cannot be read")),
            Err(failure) => Err(NoToken::failed(failure.to_string())),
        }
    }

    /// The headers and the form of the request.
    fn filled_in(&self, refresh: Option<&Secret>) -> Result<(HeaderMap, String), String> {
        let mut form = String::new();
        match refresh {
            Some(refresh) => {
                address::push_query(&mut form, "grant_type", "refresh_token");
                address::push_query(&mut form, "refresh_token", &refresh.reveal());
            }
            None => address::push_query(&mut form, "grant_type", "client_credentials"),
        }
        if !self.scopes.is_empty() {
            address::push_query(&mut form, "scope", &self.scopes);
        }
        if let Some(audience) = &self.audience {
            address::push_query(&mut form, "audience", audience);
        }
        let mut headers = self.server.constant.get().headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let secret = self.secret.reveal();
        match self.place {
            CredentialsPlace::InHeader => {
                // Both are encoded as in a form first (RFC 6749, section 2.3.1).
                let both = format!("{}:{}", percent::encode(&self.client), percent::encode(&secret));
                let mut value = value_of("authorization", &basic(both))?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
            CredentialsPlace::InBody => {
                address::push_query(&mut form, "client_id", &self.client);
                address::push_query(&mut form, "client_secret", &secret);
            }
        }
        Ok((headers, form))
    }
}

fn basic(both: String) -> String {
    format!("Basic {}", value::Bytes::new(both.into_bytes()))
}

/// An address without its path, the path, and the query.
fn parts(url: &str) -> (&str, &str, &str) {
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let path = url.get(host..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| host + at);
    let (origin, path) = url.split_at(path);
    (origin, if path.is_empty() { "/" } else { path }, query)
}

impl NoToken {
    fn failed(why: impl Into<String>) -> NoToken {
        NoToken { why: why.into(), retry_after: None, is_refused: false }
    }
}

// ---- the answer ---------------------------------------------------------------------------------

fn granted(answer: &Answer) -> Result<Granted, NoToken> {
    if answer.status != 200 {
        return Err(NoToken {
            why: format!("status {}{}", answer.status, error_of(answer)),
            retry_after: answer.retry_after,
            is_refused: [400, 401, 403].contains(&answer.status),
        });
    }
    if !is_json(&answer.media_type) {
        return Err(NoToken::failed("its answer is no JSON"));
    }
    let told = from_json(&answer.body, Side::Backend, "", told);
    let told = told.map_err(|_| NoToken::failed("its answer is not that of a token server"))?;
    let life = told.life().ok_or_else(|| NoToken::failed("it gave a token that has run out"))?;
    if told.kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(NoToken::failed("it gave a token that is no bearer token"));
    }
    let is_sent = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let header = told.token.filter(is_sent).and_then(|token| {
        let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        header.set_sensitive(true);
        Some(header)
    });
    let header = header.ok_or_else(|| NoToken::failed("it gave no token that can be sent"))?;
    Ok(Granted { header, life, refresh: told.refresh.filter(|text| !text.is_empty()).map(Secret::new) })
}

/// ` (invalid_client)`, where the server says something of that kind.
fn error_of(answer: &Answer) -> String {
    let error = from_json(&answer.body, Side::Backend, "", |from| {
        let mut error = Slot::Absent;
        from.object(&mut |from, name| match name {
            "error" => from.set(name, &mut error, text),
            _ => from.unknown(name),
        })?;
        error.optional()
    });
    let known = |error: &String| ERRORS.contains(&error.as_str());
    let error = error.ok().flatten().filter(known);
    error.map_or_else(String::new, |error| format!(" ({error})"))
}

fn is_json(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// What the answer says.
struct Told {
    token: Option<String>,
    kind: Option<String>,
    /// In seconds; the outer one is none where nothing is said.
    expires: Option<f64>,
    refresh: Option<String>,
}

impl Told {
    /// None for a token that is over.
    fn life(&self) -> Option<Duration> {
        match self.expires {
            None => Some(UNSAID),
            Some(seconds) if seconds >= 1.0 => Some(Duration::from_secs_f64(seconds.min(1e9))),
            Some(_) => None,
        }
    }
}

fn told(from: &mut Reader<'_>) -> Option<Told> {
    let (mut token, mut kind) = (Slot::Absent, Slot::Absent);
    let (mut expires, mut refresh) = (Slot::Absent, Slot::Absent);
    from.object(&mut |from, name| match name {
        "access_token" => from.set(name, &mut token, text),
        "token_type" => from.set(name, &mut kind, text),
        "expires_in" => from.set(name, &mut expires, |from| from.optional(seconds)),
        "refresh_token" => from.set(name, &mut refresh, text),
        _ => from.unknown(name),
    })?;
    Some(Told {
        token: token.optional()?,
        kind: kind.optional()?,
        expires: expires.optional()?,
        refresh: refresh.optional()?,
    })
}

fn text(from: &mut Reader<'_>) -> Option<Option<String>> {
    from.optional(Reader::string)
}

/// Some servers write it as a text.
fn seconds(from: &mut Reader<'_>) -> Option<f64> {
    match from.kind() {
        Kind::Text => {
            let text = from.string()?;
            let seconds = text.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite());
            if seconds.is_none() {
                from.fault("must be a number");
            }
            seconds
        }
        _ => from.float(),
    }
}
