//! Keys that were given out. They are known by their digests only, and compared in the same time whatever they are.

use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;
use sha2::{Digest, Sha256};

use crate::codec::percent::decode_form;
use crate::codec::query;
use crate::http::{Live, Secret};

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

/// The keys of callers with their names, as the secret that holds them says it now.
#[derive(Clone, Debug)]
pub struct Keys {
    known: Arc<Live<Vec<(String, Hash)>>>,
}

impl Keys {
    /// One in each line.
    pub(super) fn of(secret: &Secret) -> Result<Keys, String> {
        let secret = secret.clone();
        let known = Live::new("keys of callers", move || lines(&secret.reveal()))?;
        Ok(Keys { known: Arc::new(known) })
    }

    /// Looks at all keys, so that the time tells nothing of which one fits.
    pub(super) fn owner(&self, shown: &str) -> Option<String> {
        let shown = Hash::of(shown);
        let known = self.known.get();
        known
            .iter()
            .fold(None, |found, (name, hash)| if hash.is(&shown) { Some(name.clone()) } else { found })
    }
}

/// The names of callers with their keys.
fn lines(text: &str) -> Result<Vec<(String, Hash)>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::look_at_secrets;

    #[test]
    fn keys_that_are_changed_in_their_file_count_from_then_on() {
        let path = std::env::temp_dir().join(format!("flow-keys-{}", std::process::id()));
        let write = |keys: &[(&str, &str)]| {
            let digest = |text: &str| Hash::of(text).bytes.map(|byte| format!("{byte:02x}")).concat();
            let lines = keys.iter().map(|(name, key)| format!("{name} {}\n", digest(key)));
            std::fs::write(&path, lines.collect::<String>()).expect("it can be written");
        };
        write(&[("ada", "old")]);
        let keys = Keys::of(&Secret::of_file("KEYS_FILE", &path).expect("a secret")).expect("keys");
        let who = |key| keys.owner(key);
        write(&[("ada", "old"), ("ada", "new"), ("bob", "his")]);
        look_at_secrets();
        let (ada, bob) = (Some("ada".to_owned()), Some("bob".to_owned()));
        assert_eq!((who("old"), who("new"), who("his")), (ada.clone(), ada.clone(), bob));
        std::fs::write(&path, "what is no key").expect("it can be written");
        look_at_secrets();
        assert_eq!(who("old"), ada, "what cannot be read changes nothing");
        write(&[("ada", "new")]);
        look_at_secrets();
        assert_eq!((who("old"), who("new"), who("his")), (None, ada, None));
        std::fs::remove_file(&path).expect("it is there");
    }

    #[test]
    fn malformed_keys_are_told_of_without_them() {
        assert!(lines("jo abc").is_err());
        assert_eq!(Hash::parse(&"0g".repeat(32)), None);
    }
}
