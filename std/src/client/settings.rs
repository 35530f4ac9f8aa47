//! What is settled about a backend when the service starts. All of it is checked then, so that a call cannot fail
//! because of it, and no message about it shows a secret.

use std::time::Duration;

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};

use super::address;
use crate::auth::ServiceKeys;
use crate::http::Secret;
use crate::policy::{Breaker, Cache, Hedge, OutboundLimit, Policies, Retry};
use crate::value::Bytes;

/// The settings of one backend. Those that nothing is said about are as `settings.flow` documents them.
pub struct ClientSettings {
    /// The address that all paths are below.
    pub url: String,
    /// How long one try may take, from the first byte sent to the last byte read.
    pub timeout: Duration,
    /// How long it may take until a connection stands, TLS included.
    pub connect_timeout: Duration,
    /// The largest answer that is read.
    pub max_body: usize,
    /// How many calls may be in flight at the same time, each on a connection of its own; the others wait.
    pub at_once: usize,
    /// Headers that every call carries.
    pub headers: Vec<(String, String)>,
    pub auth: OutboundAuth,
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
    pub breaker: Option<Breaker>,
    pub limit: Option<OutboundLimit>,
    pub cache: Option<Cache>,
    pub tls: Tls,
    /// Set when the other side is a service of the same project: what tokens for it are signed with.
    pub calling: Option<ServiceKeys>,
}

/// What a connection trusts, beyond what the machine trusts.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Further roots, as PEM.
    pub ca: Option<String>,
    /// The name to expect in the certificate, where it is not that of the address.
    pub server_name: Option<String>,
    pub oldest: TlsVersion,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsVersion {
    #[default]
    Tls12,
    Tls13,
}

/// How we show a backend who we are.
pub enum OutboundAuth {
    None,
    Bearer { token: Secret },
    Basic { user: String, password: Secret },
    ApiKey { key: Secret, place: KeyPlace },
}

/// Where an API key stands.
pub enum KeyPlace {
    Header(String),
    Query(String),
    Cookie(String),
}

impl ClientSettings {
    pub fn new(url: impl Into<String>) -> ClientSettings {
        ClientSettings {
            url: url.into(),
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_millis(500),
            max_body: 8_000_000,
            at_once: 256,
            headers: Vec::new(),
            auth: OutboundAuth::None,
            retry: None,
            hedge: None,
            breaker: None,
            limit: None,
            cache: None,
            tls: Tls::default(),
            calling: None,
        }
    }

    /// What stands around each call.
    pub fn policies(&self) -> Policies {
        Policies {
            retry: self.retry.clone(),
            hedge: self.hedge,
            breaker: self.breaker,
            limit: self.limit,
            cache: self.cache,
        }
    }

    /// For another service of the project: what bounds a call is the deadline, which goes along with it.
    pub fn service(url: impl Into<String>, keys: ServiceKeys) -> ClientSettings {
        ClientSettings { timeout: Duration::MAX, calling: Some(keys), ..ClientSettings::new(url) }
    }
}

/// What every call carries, made once.
pub struct Constant {
    pub headers: HeaderMap,
    /// Ready to stand in an address.
    pub query: String,
    /// Ready to stand in the header.
    pub cookie: String,
}

impl Constant {
    pub fn of(settings: &ClientSettings) -> Result<Constant, String> {
        let mut constant =
            Constant { headers: HeaderMap::new(), query: String::new(), cookie: String::new() };
        for (name, value) in &settings.headers {
            constant.headers.insert(own_name(name)?, value_of(name, value)?);
        }
        constant.authenticate(&settings.auth)?;
        Ok(constant)
    }

    fn authenticate(&mut self, auth: &OutboundAuth) -> Result<(), String> {
        match auth {
            OutboundAuth::None => {}
            OutboundAuth::Bearer { token } => {
                self.secret(AUTHORIZATION, &format!("Bearer {}", token.reveal()))?
            }
            OutboundAuth::Basic { user, .. } if user.contains(':') => {
                return Err("the user of `basic` must have no `:` in it".into());
            }
            OutboundAuth::Basic { user, password } => {
                let both = Bytes::new(format!("{user}:{}", password.reveal()).into_bytes());
                self.secret(AUTHORIZATION, &format!("Basic {both}"))?;
            }
            OutboundAuth::ApiKey { key, place } => self.show_key(key.reveal(), place)?,
        }
        Ok(())
    }

    fn show_key(&mut self, key: &str, place: &KeyPlace) -> Result<(), String> {
        match place {
            KeyPlace::Header(name) => self.secret(own_name(name)?, key)?,
            KeyPlace::Query(name) => address::push_query(&mut self.query, name, key),
            KeyPlace::Cookie(name) => {
                if !is_cookie(name) || !is_cookie(key) {
                    return Err("the name or the key of its cookie has signs that cookies cannot have".into());
                }
                self.cookie = format!("{name}={key}");
            }
        }
        Ok(())
    }

    fn secret(&mut self, name: HeaderName, value: &str) -> Result<(), String> {
        let mut value = value_of(name.as_str(), value)?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }
}

/// A header that authors and parameters may set: not one that says where a message ends.
pub fn own_name(name: &str) -> Result<HeaderName, String> {
    let header: HeaderName = name.parse().map_err(|_| format!("`{name}` is no name of a header"))?;
    let is_framing = ["connection", "content-length", "te", "trailer", "transfer-encoding", "upgrade"]
        .contains(&header.as_str());
    match is_framing || header == COOKIE {
        true => Err(format!("the header `{name}` is set by the runtime")),
        false => Ok(header),
    }
}

fn is_cookie(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}

pub fn value_of(name: &str, value: &str) -> Result<HeaderValue, String> {
    let is_plain = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let value = HeaderValue::from_str(value).ok().filter(|_| is_plain);
    value.ok_or_else(|| format!("the header `{name}` must have visible ASCII signs and spaces only"))
}
