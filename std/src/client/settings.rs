//! What is settled about a backend when the service starts. All of it is checked then, so that a call cannot fail
//! because of it, and no message about it shows a secret.

use std::time::Duration;

use http::header::{COOKIE, HeaderName, HeaderValue};

use crate::auth::ServiceKeys;
use crate::http::Secret;
use crate::policy::{Breaker, Cache, Hedge, OutboundLimit, Policies, Retry};

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
    /// The same, where a secret is in what they say.
    pub secret_headers: Vec<(String, Secret)>,
    pub auth: OutboundAuth,
    pub retry: Option<Retry>,
    pub hedge: Option<Hedge>,
    pub breaker: Option<Breaker>,
    pub limit: Option<OutboundLimit>,
    pub cache: Option<Cache>,
    pub tls: Tls,
    /// Set when the other side is a service of the same project: what tokens for it are signed with.
    pub calling: Option<ServiceKeys>,
    /// Whether that service is told the token of our own caller, because a system behind it wants to see it.
    pub hands_on: bool,
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
#[derive(Clone, Debug)]
pub enum OutboundAuth {
    None,
    Bearer {
        token: Secret,
    },
    Basic {
        user: String,
        password: Secret,
    },
    ApiKey {
        key: Secret,
        place: KeyPlace,
    },
    OAuth2(OAuth2),
    Mtls(ClientCertificate),
    /// The token that our own caller came with goes along. Where it came with none, nothing does.
    Forward,
}

/// A certificate that shows who we are, with the ones between it and the root, and its key, both as PEM.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    pub certificate: Secret,
    pub key: Secret,
}

/// Client credentials (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// Where tokens are given out.
    pub token: String,
    /// Our name there.
    pub client: String,
    /// What proves it.
    pub secret: Secret,
    pub scopes: Vec<String>,
    pub audience: Option<String>,
    pub credentials: CredentialsPlace,
}

/// Where client credentials stand in the request for a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialsPlace {
    /// As HTTP Basic authentication.
    #[default]
    InHeader,
    /// As fields of the form.
    InBody,
}

/// Where an API key stands.
#[derive(Clone, Debug)]
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
            secret_headers: Vec::new(),
            auth: OutboundAuth::None,
            retry: None,
            hedge: None,
            breaker: None,
            limit: None,
            cache: None,
            tls: Tls::default(),
            calling: None,
            hands_on: false,
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

pub fn value_of(name: &str, value: &str) -> Result<HeaderValue, String> {
    let is_plain = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let value = HeaderValue::from_str(value).ok().filter(|_| is_plain);
    value.ok_or_else(|| format!("the header `{name}` must have visible ASCII signs and spaces only"))
}
