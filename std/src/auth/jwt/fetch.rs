//! Where keys come from: the address that was written down, or the one that the issuer names in its configuration (OpenID Connect
//! Discovery, RFC 8414). Whoever answers there says who may call, so nobody else on the way may: `https`, unless it is this very
//! machine.

use std::time::Duration;

use http::Uri;
use http::uri::PathAndQuery;

use super::JwtSettings;
use super::issuer::Fetch;
use super::key::Keys;
use crate::client::{Client, ClientSettings};
use crate::codec::percent::decode_form;
use crate::http::{Context, arrived};
use crate::value::{Caller, Json};

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_DOCUMENT: usize = 256 * 1024;

/// How the keys are fetched that the settings speak of.
pub fn fetching(settings: &JwtSettings) -> Result<Fetch, String> {
    let issuer = settings.issuer.clone();
    let about = settings.keys.as_deref().unwrap_or(&issuer);
    Place::parse(about).map_err(|error| format!("the address of the keys or of the issuer {error}"))?;
    let keys = settings.keys.clone();
    Ok(Box::new(move || Box::pin(fetched(issuer.clone(), keys.clone()))))
}

async fn fetched(issuer: String, keys: Option<String>) -> Result<Keys, String> {
    let place = match keys {
        Some(keys) => Place::parse(&keys)?,
        None => discovered(&issuer).await?,
    };
    Keys::parse(&document(&place).await?).map_err(|error| format!("the keys have {error}"))
}

/// Where the issuer says that its keys are.
async fn discovered(issuer: &str) -> Result<Place, String> {
    let home = Place::parse(issuer)?;
    let own = home.path.trim_end_matches('/');
    let openid = Place { path: format!("{own}/.well-known/openid-configuration"), ..home.clone() };
    let text = match document(&openid).await {
        Ok(text) => text,
        Err(first) => {
            let path = format!("/.well-known/oauth-authorization-server{own}");
            document(&Place { path, ..home.clone() }).await.map_err(|_| first)?
        }
    };
    let Ok(Json::Object(members)) = Json::parse(&text) else {
        return Err("the configuration of the issuer is no JSON object".into());
    };
    // One that speaks for another one would have us take his keys.
    if members.get("issuer") != Some(&Json::Text(issuer.to_owned())) {
        return Err("the configuration of the issuer is that of another one".into());
    }
    let Some(Json::Text(keys)) = members.get("jwks_uri") else {
        return Err("the configuration of the issuer has no `jwks_uri`".into());
    };
    let keys = Place::parse(keys).map_err(|error| format!("the `jwks_uri` of the issuer {error}"))?;
    match keys.is_https() || !home.is_https() {
        true => Ok(keys),
        false => Err("the `jwks_uri` of the issuer must begin with `https://`".into()),
    }
}

/// An address, taken apart.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    /// `https://id.example.com`
    origin: String,
    path: String,
    query: String,
}

impl Place {
    /// The error says what is wrong, without the address itself.
    fn parse(text: &str) -> Result<Place, String> {
        let uri: Uri = text.parse().map_err(|_| "is no address such as `https://id.example.com`")?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("is no address such as `https://id.example.com`".into());
        };
        match scheme {
            "https" => {}
            "http" if is_this_machine(authority.host()) => {}
            _ => return Err("must begin with `https://`".into()),
        }
        Ok(Place {
            origin: format!("{scheme}://{authority}"),
            path: uri.path().to_owned(),
            query: uri.path_and_query().and_then(PathAndQuery::query).unwrap_or_default().to_owned(),
        })
    }

    fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn document(place: &Place) -> Result<String, String> {
    let settings = ClientSettings {
        timeout: TIMEOUT,
        connect_timeout: TIMEOUT,
        max_body: MAX_DOCUMENT,
        ..ClientSettings::new(&place.origin)
    };
    let client = Client::new("issuer", settings)?;
    let mut call = client.read("issuer.configuration", "GET");
    call.path(&place.path);
    for pair in place.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded =
            |text: &str| decode_form(text).map_err(|_| "has a query that cannot be read".to_owned());
        call.query(&decoded(name)?, &decoded(value)?);
    }
    call.header("accept", "application/json");
    let cx = Context::new("issuer.configuration", Caller::default(), arrived("", ""), TIMEOUT);
    let answer = call.send(&cx).await.map_err(|failure| format!("the issuer: {failure}"))?;
    match answer.status {
        200 => String::from_utf8(answer.body.to_vec()).map_err(|_| "the issuer answers no text".into()),
        status => Err(format!("the issuer answers with status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_where_nobody_can_change_them_on_the_way() {
        for good in
            ["https://id.example.com", "http://localhost:80/a", "http://127.0.0.1:1", "http://[::1]:1/"]
        {
            assert!(Place::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["http://id.example.com", "http://127.0.0.1.example.com", "ftp://localhost", "id", "/a", ""]
        {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
        let place = Place::parse("https://id.example.com:8443/a/?p=b").expect("it is an address");
        assert_eq!((place.path.as_str(), place.query.as_str()), ("/a/", "p=b"));
        assert_eq!(place.origin, "https://id.example.com:8443");
    }
}
