//! Keys as an issuer has them, and tokens signed with them. Those of RSA are written down, for tests only: ring cannot make any.

// Each test program uses what it needs of it.
#![allow(dead_code)]

use flow_std::Bytes;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};

const FIRST: &str = include_str!("keys/rsa-first.pem");
const SECOND: &str = include_str!("keys/rsa-second.pem");

pub struct Signer {
    id: &'static str,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub fn rsa(id: &'static str) -> Signer {
        Signer { id, pair: Pair::Rsa(read(FIRST)) }
    }

    /// Another key of the same kind.
    pub fn other_rsa(id: &'static str) -> Signer {
        Signer { id, pair: Pair::Rsa(read(SECOND)) }
    }

    pub fn p256(id: &'static str) -> Signer {
        Signer { id, pair: Pair::P256(curve(&ECDSA_P256_SHA256_FIXED_SIGNING)) }
    }

    pub fn p384(id: &'static str) -> Signer {
        Signer { id, pair: Pair::P384(curve(&ECDSA_P384_SHA384_FIXED_SIGNING)) }
    }

    pub fn ed25519(id: &'static str) -> Signer {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Signer { id, pair: Pair::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).expect("a key")) }
    }

    /// The public half, as it stands in a JWKS, with further members.
    pub fn public(&self, more: &str) -> String {
        let id = self.id;
        match &self.pair {
            Pair::Rsa(pair) => {
                let (n, e) = self.modulus(pair);
                format!(r#"{{"kty":"RSA","kid":"{id}","n":"{n}","e":"{e}"{more}}}"#)
            }
            Pair::P256(pair) => point("P-256", id, pair, more),
            Pair::P384(pair) => point("P-384", id, pair, more),
            Pair::Ed25519(pair) => {
                let x = text(pair.public_key().as_ref());
                format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{x}"{more}}}"#)
            }
        }
    }

    fn modulus(&self, pair: &RsaKeyPair) -> (String, String) {
        let parts: PublicKeyComponents<Vec<u8>> = pair.public().into();
        (text(&parts.n), text(&parts.e))
    }

    /// A token with such a head and such claims, signed in the way that is named.
    pub fn token_of(&self, algorithm: &str, head: &str, claims: &str) -> String {
        let signed = format!("{}.{}", text(head.as_bytes()), text(claims.as_bytes()));
        format!("{signed}.{}", text(&self.sign(algorithm, signed.as_bytes())))
    }

    /// A token with the usual head.
    pub fn token(&self, algorithm: &str, claims: &str) -> String {
        let head = format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"{}"}}"#, self.id);
        self.token_of(algorithm, &head, claims)
    }

    fn sign(&self, algorithm: &str, signed: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(encoding(algorithm), &random, signed, &mut signature).expect("a signature");
                signature
            }
            Pair::P256(pair) | Pair::P384(pair) => {
                pair.sign(&random, signed).expect("a signature").as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.sign(signed).as_ref().to_vec(),
        }
    }

    /// The old attack: what everybody knows of the key is taken for a shared secret.
    pub fn confused(&self, secret: &[u8], claims: &str) -> String {
        let head = format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{}"}}"#, self.id);
        let signed = format!("{}.{}", text(head.as_bytes()), text(claims.as_bytes()));
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        format!("{signed}.{}", text(mac.as_ref()))
    }
}

fn encoding(algorithm: &str) -> &'static dyn RsaEncoding {
    match algorithm {
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

fn read(pem: &str) -> RsaKeyPair {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let bytes = Bytes::parse(&lines).expect("it is base64");
    RsaKeyPair::from_pkcs8(bytes.as_slice()).expect("it is a key")
}

fn curve(algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).expect("a key")
}

fn point(curve: &str, id: &str, pair: &EcdsaKeyPair, more: &str) -> String {
    let point = pair.public_key().as_ref();
    let (x, y) = point.get(1..).expect("a form of a point").split_at((point.len() - 1) / 2);
    format!(r#"{{"kty":"EC","crv":"{curve}","kid":"{id}","x":"{}","y":"{}"{more}}}"#, text(x), text(y))
}

/// Base64 as tokens have it.
pub fn text(bytes: &[u8]) -> String {
    let text = Bytes::from(bytes.to_vec()).to_string();
    text.trim_end_matches('=').replace('+', "-").replace('/', "_")
}
