//! Tokens that an issuer has signed (RFC 7519, by the rules of RFC 8725). What costs little is looked at first: nobody makes us
//! compute, or ask the issuer for keys, with a token that is not for us.

mod claims;
mod fetch;
mod issuer;
mod key;
mod seen;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http::{Level, say};
use crate::outside;
use crate::value::Caller;
use issuer::Issuer;
use seen::Seen;
use token::Token;

/// What is wrong with a token, for the log alone.
type Reason = &'static str;

/// Tokens of one issuer. A clone shares its keys.
#[derive(Clone)]
pub struct Jwt {
    shared: Arc<Shared>,
    /// The scopes without which nobody may call.
    pub(super) wants: &'static [&'static str],
}

struct Shared {
    settings: JwtSettings,
    issuer: Issuer,
    seen: Seen,
}

/// Which tokens are accepted.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    pub issuer: String,
    /// Any of these.
    pub audiences: Vec<String>,
    /// Where the keys are; without it, where the issuer says.
    pub keys: Option<String>,
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim with the scopes.
    pub scopes: String,
    /// How far clocks may differ.
    pub leeway: Duration,
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtAlgorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Eddsa,
}

/// What is known of who shows a token.
pub enum Shown {
    By(Arc<Caller>),
    Refused,
    /// Nobody can say: there are no keys.
    Unknown,
}

impl JwtAlgorithm {
    /// By its name in tokens, and by no other: `none` and those with a shared secret do not exist here.
    fn from_name(name: &str) -> Option<JwtAlgorithm> {
        Some(match name {
            "RS256" => JwtAlgorithm::Rs256,
            "RS384" => JwtAlgorithm::Rs384,
            "RS512" => JwtAlgorithm::Rs512,
            "PS256" => JwtAlgorithm::Ps256,
            "PS384" => JwtAlgorithm::Ps384,
            "PS512" => JwtAlgorithm::Ps512,
            "ES256" => JwtAlgorithm::Es256,
            "ES384" => JwtAlgorithm::Es384,
            // Its name in RFC 9864, too.
            "EdDSA" | "Ed25519" => JwtAlgorithm::Eddsa,
            _ => return None,
        })
    }
}

impl Jwt {
    /// The keys are fetched as soon as there is somebody to do it, and a service is not kept from its start by an issuer
    /// that does not answer.
    ///
    /// # Errors
    /// An address that keys may not come from.
    pub fn new(settings: JwtSettings) -> Result<Jwt, String> {
        let issuer = Issuer::new(fetch::fetching(&settings)?);
        issuer.begin();
        let shared = Arc::new(Shared { settings, issuer, seen: Seen::default() });
        Ok(Jwt { shared, wants: &[] })
    }

    pub fn wanting(self, scopes: &'static [&'static str]) -> Jwt {
        Jwt { wants: scopes, ..self }
    }

    /// Who shows this token.
    pub async fn shown(&self, text: &str) -> Shown {
        if text.len() > token::MAX_TOKEN {
            return refused("is too long");
        }
        let (mark, now) = (seen::mark(text), outside::wall());
        let keys = self.shared.issuer.keys();
        if let Some(caller) = keys.and_then(|keys| self.shared.seen.find(&mark, &keys, now)) {
            return Shown::By(caller);
        }
        let token = match self.plausible(text, now) {
            Ok(token) => token,
            Err(reason) => return refused(reason),
        };
        let Some(keys) = self.shared.issuer.keys_for(&token).await else { return Shown::Unknown };
        match keys.fit(&token) {
            false => return refused("has a key that the issuer does not have"),
            true if !keys.verify(&token) => return refused("has a signature that is not good"),
            true => {}
        }
        let settings = &self.shared.settings;
        let end = claims::end(&token.claims, settings);
        match claims::caller(token.claims, settings) {
            Ok(caller) => {
                let caller = Arc::new(caller);
                self.shared.seen.remember(mark, Arc::clone(&caller), keys, end);
                Shown::By(caller)
            }
            Err(reason) => refused(reason),
        }
    }

    /// A token that would be good if its signature was.
    fn plausible<'t>(&self, text: &'t str, now: Duration) -> Result<Token<'t>, Reason> {
        let token = Token::parse(text)?;
        if !self.shared.settings.algorithms.contains(&token.algorithm) {
            return Err("is signed in a way that is not accepted");
        }
        claims::check(&token.claims, &self.shared.settings, now)?;
        Ok(token)
    }
}

fn refused(reason: Reason) -> Shown {
    say(Level::Debug, "token refused", &[("reason", reason)]);
    Shown::Refused
}

impl fmt::Debug for Jwt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Jwt").field(&self.shared.settings).finish()
    }
}
