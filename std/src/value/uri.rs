//! A URI: an absolute address or a relative reference (RFC 3986). Letters of other scripts are let through, as in an
//! IRI, because contracts that say `iri` are read as this type.

use std::fmt;

use crate::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    pub fn parse(text: &str) -> Result<Uri, Fault> {
        if is_uri(text) { Ok(Uri(text.to_string())) } else { Err(Fault::new("not a URI")) }
    }

    /// A text that the compiler has checked.
    pub fn literal(text: &str) -> Uri {
        Uri(text.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the host, without the port and without the name of a user.
    pub fn host(&self) -> Option<&str> {
        let (host, _) = host_and_port(Parts::of(&self.0).authority?);
        (!host.is_empty()).then_some(host)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A URI taken apart at its separators, each part still unchecked.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    /// The path with the query.
    path: &'a str,
    fragment: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Parts<'a> {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let start = text.split(['/', '?']).next().unwrap_or_default();
        let (scheme, rest) = match start.split_once(':') {
            Some((scheme, _)) => (Some(scheme), text.get(scheme.len() + 1..).unwrap_or_default()),
            None => (None, text),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Parts { scheme, authority, path, fragment }
    }
}

fn is_uri(text: &str) -> bool {
    let parts = Parts::of(text);
    let says_something = parts.authority.is_some() || !parts.path.is_empty() || text.starts_with('#');
    says_something
        && parts.scheme.is_none_or(is_scheme)
        && parts.authority.is_none_or(is_authority)
        && is_escaped(parts.path)
        && is_escaped(parts.fragment)
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
}

fn host_and_port(authority: &str) -> (&str, &str) {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let end_of_name = host.rfind(']').map_or(0, |at| at + 1);
    match host.get(end_of_name..).and_then(|rest| rest.find(':')) {
        Some(at) => {
            let (name, port) = host.split_at(end_of_name + at);
            (name, port.trim_start_matches(':'))
        }
        None => (host, ""),
    }
}

fn is_authority(authority: &str) -> bool {
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let (host, port) = host_and_port(authority);
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.chars().all(|letter| letter.is_ascii_hexdigit() || ":.v".contains(letter)),
        None => is_escaped(host) && !host.contains([':', '@']),
    };
    is_host && !user.contains('@') && is_escaped(user) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether there are only letters that may stand in a part of a URI, and `%` only before two digits.
fn is_escaped(text: &str) -> bool {
    let may_stand = |letter: char| {
        letter.is_ascii_alphanumeric()
            || "-._~!$&'()*+,;=:@/?%".contains(letter)
            || !(letter.is_ascii() || letter.is_whitespace() || letter.is_control())
    };
    let is_escape =
        |rest: &str| rest.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.chars().all(may_stand) && text.split('%').skip(1).all(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_uris() {
        let good = [
            "https://example.com/a?b=c#d",
            "urn:isbn:123",
            "/a/b",
            "a",
            "?q=1",
            "#top",
            "http://u:p@h:80/",
            "http://[::1]:8080/x",
            "mailto:a@b.c",
            "file:///a",
            "https://exämple.de/ü",
        ];
        for text in good {
            assert!(Uri::parse(text).is_ok(), "{text}");
        }
        let bad = [
            "",
            "a b",
            "http://a b/",
            "%zz",
            "a%2",
            "http://h:8x/",
            "1a:b",
            "x:",
            "/a[",
            "a\n",
            "http://[x]/",
            "a|b",
            "http://a@b@c/",
        ];
        for text in bad {
            assert!(Uri::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts() {
        let host = |text: &str| Uri::literal(text).host().map(str::to_string);
        assert_eq!(host("https://example.com:8080/a").as_deref(), Some("example.com"));
        assert_eq!(host("https://me:x@[::1]:80").as_deref(), Some("[::1]"));
        assert_eq!(host("//example.com").as_deref(), Some("example.com"));
        assert_eq!(host("/a//b"), None);
        assert_eq!(host("urn:x:y"), None);
        assert_eq!(host("file:///a"), None);
    }
}
