//! Where a call goes. The base address comes from configuration, the path from the contract, and only what fills the
//! template from data: so data are encoded in a way that can never lead to another path than the template says.

use std::net::IpAddr;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};

use super::refused::is_refused_host;
use crate::codec::percent;

/// How long an address may be: as long as the common servers, and the crates for URLs, take one.
const LONGEST: usize = u16::MAX as usize - 1;

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
        if has_dots(path) {
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

    /// Where a call goes on the host, from a path that begins with a slash and a query without its `?`: as it is sent.
    pub fn join(&self, path: &str, query: &str) -> Result<String, String> {
        if has_dots(path) {
            return Err("a path must have no `.` and no `..` in it".into());
        }
        let slash = if self.prefix.is_empty() && !path.starts_with('/') { "/" } else { "" };
        let mark = if query.is_empty() { "" } else { "?" };
        let target = [&self.prefix, slash, path, mark, query].concat();
        if target.len() > LONGEST {
            return Err("the address is too long".into());
        }
        // What fills a template is escaped by now; a line of a request ends at none of these.
        match target.bytes().any(|byte| byte <= b' ' || byte == b'#' || byte == 0x7f) {
            true => Err("the address has signs that cannot be sent".into()),
            false => Ok(target),
        }
    }
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// Whether a segment means the folder itself or the one above, for whoever reads the path.
fn has_dots(path: &str) -> bool {
    path.as_bytes().split(|byte| *byte == b'/').any(is_dots)
}

fn is_dots(mut segment: &[u8]) -> bool {
    let mut dots = 0;
    while let Some(rest) = [&b"."[..], b"%2e", b"%2E"].iter().find_map(|dot| segment.strip_prefix(*dot)) {
        segment = rest;
        dots += 1;
    }
    segment.is_empty() && matches!(dots, 1 | 2)
}

/// Adds a part of a template; the contract may hold what a path cannot.
pub fn push_literal(path: &mut String, literal: &str) {
    if literal.bytes().all(|byte| is_plain(byte.into())) {
        return path.push_str(literal);
    }
    for letter in literal.chars() {
        if is_plain(letter) {
            path.push(letter);
        } else {
            percent::encode_into(path, letter.encode_utf8(&mut [0; 4]));
        }
    }
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '-' | '.' | '_' | '~' | '!' | '$' | '&' | '\'' | '(' | ')' | '*' | '+')
        || matches!(letter, ',' | ';' | '=' | ':' | '@' | '/' | '%')
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
            assert_eq!(base.join("/customers/1", "a=b").as_deref(), Ok("/api/customers/1?a=b"));
        }
        let base = Base::parse("http://127.0.0.1:8080").expect("an address");
        assert_eq!(base.join("/x", "").as_deref(), Ok("/x"));
        assert_eq!(base.join("", "a=b").as_deref(), Ok("/?a=b"));
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
    fn what_cannot_stand_in_the_first_line_of_a_request_is_refused() {
        let base = Base::parse("http://localhost").expect("an address");
        for bad in ["/a b", "/a\r\nb", "/a#b", "/a\0"] {
            assert!(base.join(bad, "").is_err() && base.join("/a", bad).is_err(), "{bad:?}");
        }
        let long = "a".repeat(LONGEST - 1);
        assert!(base.join(&format!("/{long}"), "").is_ok() && base.join(&format!("/a{long}"), "").is_err());
    }

    #[test]
    fn only_one_or_two_dots_are_a_step() {
        for (path, is_step) in [("/a/%2e/b", true), ("/.%2E", true), ("/...", false), ("/.a/a./%2f", false)] {
            assert_eq!(has_dots(path), is_step, "{path}");
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
