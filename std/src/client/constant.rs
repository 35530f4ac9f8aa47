//! What every call of a backend carries. It is made once, and anew when a secret that is in it has changed.

use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, HeaderValue};

use super::address;
use super::settings::{ClientSettings, KeyPlace, OutboundAuth, own_name, value_of};
use crate::http::{Live, Secret};
use crate::value::Bytes;

pub struct Constant {
    pub headers: HeaderMap,
    /// Ready to stand in an address.
    pub query: String,
    /// Ready to stand in the header.
    pub cookie: String,
}

/// All that is told of it, as it is now.
pub fn live(
    name: &'static str,
    settings: &ClientSettings,
    host: HeaderValue,
) -> Result<Live<Constant>, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &settings.headers {
        headers.insert(own_name(name)?, value_of(name, value)?);
    }
    headers.entry(HOST).or_insert(host);
    let (auth, secrets) = (settings.auth.clone(), settings.secret_headers.clone());
    Live::new(format!("backend {name}"), move || Constant::of(headers.clone(), &secrets, &auth))
}

impl Constant {
    fn of(headers: HeaderMap, secrets: &[(String, Secret)], auth: &OutboundAuth) -> Result<Constant, String> {
        let mut constant = Constant { headers, query: String::new(), cookie: String::new() };
        for (name, value) in secrets {
            constant.secret(own_name(name)?, &value.reveal())?;
        }
        constant.authenticate(auth)?;
        Ok(constant)
    }

    fn authenticate(&mut self, auth: &OutboundAuth) -> Result<(), String> {
        match auth {
            // A certificate is shown by the connection, and a token put on when a call is made.
            OutboundAuth::None | OutboundAuth::OAuth2(_) | OutboundAuth::Mtls(_) | OutboundAuth::Forward => {}
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
            OutboundAuth::ApiKey { key, place } => self.show_key(&key.reveal(), place)?,
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

fn is_cookie(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}
