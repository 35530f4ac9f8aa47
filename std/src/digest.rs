//! Digests and digests under a key, by the name of the algorithm.

use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::value::HashAlgorithm;

pub(crate) fn hash(bytes: &[u8], algorithm: HashAlgorithm) -> Vec<u8> {
    match algorithm {
        HashAlgorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        HashAlgorithm::Sha384 => Sha384::digest(bytes).to_vec(),
        HashAlgorithm::Sha512 => Sha512::digest(bytes).to_vec(),
        HashAlgorithm::Sha1 => Sha1::digest(bytes).to_vec(),
        HashAlgorithm::Md5 => Md5::digest(bytes).to_vec(),
    }
}

/// RFC 2104.
pub(crate) fn hmac(bytes: &[u8], key: &[u8], algorithm: HashAlgorithm) -> Vec<u8> {
    match algorithm {
        HashAlgorithm::Sha256 => finish(Hmac::<Sha256>::new_from_slice(key), bytes),
        HashAlgorithm::Sha384 => finish(Hmac::<Sha384>::new_from_slice(key), bytes),
        HashAlgorithm::Sha512 => finish(Hmac::<Sha512>::new_from_slice(key), bytes),
        HashAlgorithm::Sha1 => finish(Hmac::<Sha1>::new_from_slice(key), bytes),
        HashAlgorithm::Md5 => finish(Hmac::<Md5>::new_from_slice(key), bytes),
    }
}

fn finish<M: Mac, E: std::fmt::Debug>(mac: Result<M, E>, bytes: &[u8]) -> Vec<u8> {
    let mut mac = mac.expect("a key of any length fits HMAC");
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}
