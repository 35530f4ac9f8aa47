//! Keys that were given out. They are known by their digests only, and compared in the same time whatever they are.

use http::HeaderMap;
use http::request::Parts;
use sha2::{Digest, Sha256};

use crate::codec::percent::decode_form;
use crate::codec::query;
use crate::http::Secret;

/// A SHA-256.
#[derive(Clone, Debug, PartialEq)]
pub struct Hash {
    bytes: [u8; 32],
}

/// Where an API key stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    Header(&'static str),
    Query(&'static str),
    Cookie(&'static str),
}

/// The names of callers with their keys.
pub(super) fn lines(keys: &Secret) -> Result<Vec<(String, Hash)>, String> {
    let text = keys.reveal();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let key = |line: &str| {
        let (name, digits) = line.rsplit_once(' ')?;
        Some((name.trim().to_owned(), Hash::parse(digits)?))
    };
    let keys: Option<Vec<_>> = lines.map(key).collect();
    keys.ok_or_else(|| {
        "must have a name, a space and a SHA-256 in hexadecimal digits in each line".to_owned()
    })
}

impl Hash {
    pub fn of(text: &str) -> Hash {
        Hash { bytes: Sha256::digest(text.as_bytes()).into() }
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(digits: &str) -> Option<Hash> {
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Hash { bytes })
    }

    /// Takes the same time whatever the two are. (What is compared are digests, so even a difference in time would tell
    /// nothing of the text.)
    pub(super) fn is(&self, other: &Hash) -> bool {
        self.bytes.iter().zip(&other.bytes).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

impl Place {
    pub(super) fn find(self, request: &Parts) -> Option<String> {
        match self {
            Place::Header(name) => request.headers.get(name)?.to_str().ok().map(str::to_owned),
            Place::Cookie(name) => cookies(&request.headers, name).into_iter().next(),
            Place::Query(name) => {
                let pairs = request.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
                let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()?;
                decode_form(value).ok()
            }
        }
    }
}

/// The values of a cookie.
pub fn cookies(headers: &HeaderMap, name: &str) -> Vec<String> {
    let texts = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let all = texts.flat_map(query::cookies);
    all.filter(|(known, _)| known == name).map(|(_, value)| value).collect()
}

/// Looks at all keys, so that the time tells nothing of which one fits.
pub(super) fn owner(keys: &[(String, Hash)], shown: &str) -> Option<String> {
    let shown = Hash::of(shown);
    keys.iter().fold(None, |found, (name, hash)| if hash.is(&shown) { Some(name.clone()) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_keys_are_told_of_without_them() {
        assert!(lines(&Secret::new("jo abc")).is_err());
        assert_eq!(Hash::parse(&"0g".repeat(32)), None);
    }
}
