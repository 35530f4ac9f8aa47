//! The keys of an issuer (RFC 7517), and what they say of a signature. A key that cannot be used as it stands is left out, so a set
//! may hold kinds that are not known here. The mathematics are ring's.

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

use super::JwtAlgorithm;
use super::token::Token;
use crate::auth::base64url;
use crate::value::{Dict, Json};

/// Issuers have a handful. What is beyond is not looked at.
const MAX_KEYS: usize = 64;
/// How many keys a token is tried with: one, unless it does not say which.
const MAX_TRIES: usize = 4;
/// 2048 to 8192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// The keys of an issuer that can be used.
#[derive(Debug, Default, PartialEq)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, PartialEq)]
struct Key {
    id: Option<String>,
    /// The only way it may be used in, where it says so.
    algorithm: Option<JwtAlgorithm>,
    material: Material,
}

#[derive(Debug, PartialEq)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Points, uncompressed.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Keys {
    /// Reads a JWKS.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let Ok(Json::Object(mut document)) = Json::parse(text) else { return Err("no JSON object".into()) };
        let Some(Json::List(all)) = document.swap_remove("keys") else { return Err("no list `keys`".into()) };
        let keys: Vec<Key> = all.iter().take(MAX_KEYS).filter_map(Key::read).collect();
        match keys.is_empty() {
            true => Err("no key that can be used".into()),
            false => Ok(Keys { keys }),
        }
    }

    /// Whether there is a key that the token could be signed with.
    pub fn fit(&self, token: &Token<'_>) -> bool {
        self.fitting(token).next().is_some()
    }

    pub fn verify(&self, token: &Token<'_>) -> bool {
        self.fitting(token).any(|key| key.material.verify(token))
    }

    fn fitting<'k>(&'k self, token: &'k Token<'_>) -> impl Iterator<Item = &'k Key> {
        let is_named = |key: &Key| token.key_id.is_none() || key.id == token.key_id;
        let fits = move |key: &&Key| is_named(key) && key.fits(token.algorithm);
        self.keys.iter().filter(fits).take(MAX_TRIES)
    }
}

impl Key {
    fn read(json: &Json) -> Option<Key> {
        let Json::Object(members) = json else { return None };
        if members.get("use").is_some_and(|of| *of != Json::Text("sig".into())) {
            return None;
        }
        if let Some(uses) = members.get("key_ops") {
            let Json::List(uses) = uses else { return None };
            uses.contains(&Json::Text("verify".into())).then_some(())?;
        }
        let algorithm = match members.get("alg") {
            None => None,
            Some(Json::Text(name)) => Some(JwtAlgorithm::from_name(name)?),
            Some(_) => return None,
        };
        let key =
            Key { id: text(members, "kid").map(str::to_owned), algorithm, material: material(members)? };
        // One that says what its kind cannot do is no key for anything.
        key.algorithm.is_none_or(|algorithm| key.material.fits(algorithm)).then_some(key)
    }

    fn fits(&self, algorithm: JwtAlgorithm) -> bool {
        self.algorithm.is_none_or(|only| only == algorithm) && self.material.fits(algorithm)
    }
}

fn text<'m>(members: &'m Dict<Json>, name: &str) -> Option<&'m str> {
    match members.get(name) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

fn material(members: &Dict<Json>) -> Option<Material> {
    let number = |name: &str| base64url::decode(text(members, name)?);
    let coordinate = |name: &str, length: usize| number(name).filter(|bytes| bytes.len() == length);
    let point =
        |length: usize| Some([&[4][..], &coordinate("x", length)?, &coordinate("y", length)?].concat());
    match (text(members, "kty")?, text(members, "crv")) {
        ("RSA", _) => {
            let (n, e) = (without_zeros(number("n")?), without_zeros(number("e")?));
            (RSA_BYTES.contains(&n.len()) && e.len() <= 4).then_some(Material::Rsa { n, e })
        }
        ("EC", Some("P-256")) => point(32).map(Material::P256),
        ("EC", Some("P-384")) => point(48).map(Material::P384),
        ("OKP", Some("Ed25519")) => coordinate("x", 32).map(Material::Ed25519),
        _ => None,
    }
}

/// Some issuers write a sign in front of a number that has none.
fn without_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

impl Material {
    fn fits(&self, algorithm: JwtAlgorithm) -> bool {
        match (self, algorithm) {
            (
                Material::Rsa { .. },
                JwtAlgorithm::Rs256
                | JwtAlgorithm::Rs384
                | JwtAlgorithm::Rs512
                | JwtAlgorithm::Ps256
                | JwtAlgorithm::Ps384
                | JwtAlgorithm::Ps512,
            )
            | (Material::P256(_), JwtAlgorithm::Es256)
            | (Material::P384(_), JwtAlgorithm::Es384)
            | (Material::Ed25519(_), JwtAlgorithm::Eddsa) => true,
            (Material::Rsa { .. } | Material::P256(_) | Material::P384(_) | Material::Ed25519(_), _) => false,
        }
    }

    fn verify(&self, token: &Token<'_>) -> bool {
        let (signed, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
        };
        match self {
            Material::Rsa { n, e } => rsa(token.algorithm).is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }.verify(parameters, signed, signature).is_ok()
            }),
            Material::P256(point) => by(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => by(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(key) => by(&ED25519, key),
        }
    }
}

fn rsa(algorithm: JwtAlgorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        JwtAlgorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        JwtAlgorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        JwtAlgorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        JwtAlgorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        JwtAlgorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        JwtAlgorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        JwtAlgorithm::Es256 | JwtAlgorithm::Es384 | JwtAlgorithm::Eddsa => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str) -> bool {
        Keys::parse(&format!("{{\"keys\":[{key}]}}")).is_ok()
    }

    #[test]
    fn a_key_that_is_for_something_else_is_left_out() {
        let ed = |rest: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"{rest}}}"#, "A".repeat(43));
        assert!(read(&ed("")));
        assert!(read(&ed(r#","use":"sig","alg":"EdDSA","key_ops":["verify"]"#)));
        for other in [
            r#","use":"enc""#,
            r#","alg":"HS256""#,
            r#","alg":"RS256""#,
            r#","alg":1"#,
            r#","key_ops":["sign"]"#,
            r#","key_ops":"verify""#,
        ] {
            assert!(!read(&ed(other)), "{other}");
        }
    }

    #[test]
    fn a_key_that_is_weak_or_of_another_kind_is_left_out() {
        let rsa = |bytes: usize| {
            format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, base64url::encode(&vec![0xff; bytes]))
        };
        assert!(read(&rsa(256)) && read(&rsa(512)));
        assert!(!read(&rsa(128)) && !read(&rsa(255)) && !read(&rsa(2048)));
        assert!(!read(r#"{"kty":"oct","k":"AAAA"}"#));
        assert!(!read(r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#));
        assert!(!read(r#"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#));
        assert!(!read(r#"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#));
        assert!(!read("1") && !read(""));
    }
}
