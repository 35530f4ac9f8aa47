//! Where a call goes. The base address comes from configuration, the path from the contract, and only what fills the
//! template from data: so data are encoded in a way that can never lead to another path than the template says.

use std::net::IpAddr;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};

use super::refused::is_refused_host;
use crate::codec::percent;

/// The address that all paths of a backend are below.
pub struct Base {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at the end.
    prefix: String,
}

impl Base {
    /// Reads `https://erp.example.com/api`; the error says what is wrong, without the address itself: credentials may
    /// stand in it.
    pub fn parse(url: &str) -> Result<Base, String> {
        if url.contains(['?', '#']) {
            return Err("must have no query and no fragment".into());
        }
        let uri: Uri = url.parse().map_err(|_| "is not an address such as `https://erp.example.com/api`")?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.filter(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
        let scheme = scheme.ok_or("must begin with `https://` or `http://`")?;
        let authority = parts.authority.ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must have no user and no password in it".into());
        }
        if is_refused_host(bare(authority.host())) {
            return Err(
                "leads to what only the machine itself may ask (metadata of a cloud, local link)".into()
            );
        }
        let path = parts.path_and_query.as_ref().map_or("", PathAndQuery::path);
        if path.split('/').any(is_dots) {
            return Err("must have no `.` and no `..` in its path".into());
        }
        Ok(Base { scheme, authority, prefix: path.trim_end_matches('/').to_owned() })
    }

    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self.host().parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => {
                let host = self.host().trim_end_matches('.').to_ascii_lowercase();
                host == "localhost" || host.ends_with(".localhost")
            }
        }
    }

    /// The host to connect to, without the brackets of an address.
    pub fn host(&self) -> &str {
        bare(self.authority.host())
    }

    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(self.usual_port())
    }

    fn usual_port(&self) -> u16 {
        if self.is_https() { 443 } else { 80 }
    }

    /// Its name as requests carry it: a port is only in it when it is not the usual one.
    pub fn name(&self) -> Result<HeaderValue, String> {
        let name = match self.port() == self.usual_port() {
            true => self.authority.host(),
            false => self.authority.as_str(),
        };
        HeaderValue::from_str(name).map_err(|_| "has a host that cannot be sent".into())
    }

    /// Where a call goes on the host, from a path that begins with a slash and a query without its `?`.
    pub fn join(&self, path: &str, query: &str) -> Result<Uri, String> {
        if path.split('/').any(is_dots) {
            return Err("a path must have no `.` and no `..` in it".into());
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let target = [&self.prefix, path, mark, query].concat();
        PathAndQuery::try_from(target).map(Uri::from).map_err(|_| "the address is too long".into())
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a segment means the folder itself or the one above, for whoever reads the path.
fn is_dots(segment: &str) -> bool {
    if segment.len() > "%2e%2e".len() {
        return false;
    }
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

/// Adds a part of a template; the contract may hold what a path cannot.
pub fn push_literal(path: &mut String, literal: &str) {
    for letter in literal.chars() {
        let is_plain = letter.is_ascii_alphanumeric()
            || matches!(letter, '-' | '.' | '_' | '~' | '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+')
            || matches!(letter, ',' | ';' | '=' | ':' | '@' | '/' | '%');
        if is_plain {
            path.push(letter);
        } else {
            percent::encode_into(path, letter.encode_utf8(&mut [0; 4]));
        }
    }
}

/// Adds one parameter to a query.
pub fn push_query(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    percent::encode_into(query, name);
    query.push('=');
    percent::encode_into(query, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_cannot_make_a_step_up_together() {
        let base = Base::parse("http://localhost").expect("an address");
        assert!(base.join("/a/../b", "").is_err());
        assert!(base.join("/a/%2e%2E/b", "").is_err());
    }

    #[test]
    fn a_base_may_have_a_path() {
        for base in ["https://erp.example.com/api", "https://erp.example.com/api/"] {
            let base = Base::parse(base).expect("an address");
            let uri = base.join("/customers/1", "a=b").map(|uri| uri.to_string());
            assert_eq!(uri.as_deref(), Ok("/api/customers/1?a=b"));
        }
        let base = Base::parse("http://127.0.0.1:8080").expect("an address");
        assert_eq!(base.join("/x", "").map(|uri| uri.to_string()).as_deref(), Ok("/x"));
    }

    #[test]
    fn a_host_is_connected_to_and_named() {
        for (url, host, port, name) in [
            ("https://erp.example.com/api", "erp.example.com", 443, "erp.example.com"),
            ("https://erp.example.com:443", "erp.example.com", 443, "erp.example.com"),
            ("http://erp.example.com:443", "erp.example.com", 443, "erp.example.com:443"),
            ("http://[::1]", "::1", 80, "[::1]"),
            ("http://[::1]:8080", "::1", 8080, "[::1]:8080"),
        ] {
            let base = Base::parse(url).expect("an address");
            assert_eq!((base.host(), base.port()), (host, port), "{url}");
            assert_eq!(base.name().expect("a name"), name, "{url}");
        }
    }

    #[test]
    fn what_is_no_base_is_refused() {
        for url in ["", "erp", "/api", "ftp://a", "https://", "https://u:p@a", "https://a?b", "https://a#b"] {
            assert!(Base::parse(url).is_err(), "{url}");
        }
        assert!(Base::parse("https://a/b/../c").is_err());
        for url in
            ["http://169.254.169.254/latest", "http://[fe80::1]:80", "https://metadata.google.internal"]
        {
            assert!(Base::parse(url).is_err_and(|error| error.contains("metadata")), "{url}");
        }
    }

    #[test]
    fn literals_and_queries_are_encoded_as_far_as_they_need_it() {
        let mut path = String::new();
        push_literal(&mut path, "/a b/c:d?e/%20");
        assert_eq!(path, "/a%20b/c:d%3Fe/%20");
        let mut query = String::new();
        push_query(&mut query, "filter[a]", "x&y=z");
        push_query(&mut query, "b", "1 2+3");
        assert_eq!(query, "filter%5Ba%5D=x%26y%3Dz&b=1%202%2B3");
    }
}
