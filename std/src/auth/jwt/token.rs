//! A token in its compact form (RFC 7515), taken apart. Nothing in it is believed yet. What a token says of where its key is to be
//! found (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.

use super::{JwtAlgorithm, Reason};
use crate::auth::base64url;
use crate::value::{Dict, Json};

/// The head of a request has room for 16 kB, and what a token says goes along with calls of other services.
pub const MAX_TOKEN: usize = 8 * 1024;
const MAX_KEY_ID: usize = 256;

pub struct Token<'t> {
    pub algorithm: JwtAlgorithm,
    pub key_id: Option<String>,
    pub claims: Dict<Json>,
    /// What is signed: head and claims, as they stand.
    pub signed: &'t str,
    pub signature: Vec<u8>,
}

impl Token<'_> {
    pub fn parse(text: &str) -> Result<Token<'_>, Reason> {
        let (signed, signature) = text.rsplit_once('.').ok_or("has not three parts")?;
        let (head, claims) = signed.split_once('.').ok_or("has not three parts")?;
        let head = object(head).ok_or("has a head that is no JSON object in base64")?;
        let (algorithm, key_id) = (algorithm(&head)?, key_id(&head)?);
        let claims = object(claims).ok_or("has claims that are no JSON object in base64")?;
        let signature = base64url::decode(signature).filter(|bytes| !bytes.is_empty());
        let signature = signature.ok_or("has a signature that is none")?;
        Ok(Token { algorithm, key_id, claims, signed, signature })
    }
}

/// Strict: a member twice is a fault, as two readers could take different ones.
fn object(part: &str) -> Option<Dict<Json>> {
    match Json::parse(&String::from_utf8(base64url::decode(part)?).ok()?) {
        Ok(Json::Object(members)) => Some(members),
        _ => None,
    }
}

fn algorithm(head: &Dict<Json>) -> Result<JwtAlgorithm, Reason> {
    if head.contains_key("crit") {
        return Err("wants something to be understood that is not");
    }
    match head.get("typ") {
        None => {}
        // Tokens of other kinds, such as those of a log-out, are signed by the same keys.
        Some(Json::Text(kind)) if is_access_token(kind) => {}
        Some(_) => return Err("is a token of another kind"),
    }
    match head.get("alg") {
        Some(Json::Text(name)) => JwtAlgorithm::from_name(name).ok_or("is signed in a way that is not known"),
        _ => Err("does not say how it is signed"),
    }
}

fn is_access_token(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
}

fn key_id(head: &Dict<Json>) -> Result<Option<String>, Reason> {
    match head.get("kid") {
        None => Ok(None),
        Some(Json::Text(id)) if id.len() <= MAX_KEY_ID => Ok(Some(id.clone())),
        Some(_) => Err("has a number of its key that is none"),
    }
}
