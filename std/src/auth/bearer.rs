//! The token of a request (RFC 6750). It is taken from the header alone, never from the query, which ends in logs.

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

/// `None` where there is none. Where there are several it is nobody's: two readers could take different ones.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (of(all.next()?)?, all.next());
    Some(if second.is_none() { first } else { "" })
}

pub fn of(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { Some(token.trim()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tokens_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        assert_eq!(bearer(&headers), Some("a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(bearer(&headers), Some(""));
    }
}
