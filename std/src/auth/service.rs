//! What the services of a project show each other: a token for one call, good for one service and a minute, that says who calls
//! and for whom. So no service believes the network. The form is our own and has no parameters, so there is nothing in it to be
//! confused about: `flow1.CLAIMS.MAC`, where the MAC is an HMAC-SHA256 of all that stands before it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::base64url;
use crate::codec::{Encode, Side, Writer, to_json};
use crate::http::{Environment, Live, Secret};
use crate::outside;
use crate::value::{Caller, Dict, Json};

const VARIABLE: &str = "FLOW_SERVICE_KEY";
/// What every token begins with. No token of another kind does.
const FORM: &str = "flow1.";
/// A key that can be guessed guards nothing.
const SHORTEST_KEY: usize = 32;
const MOST_KEYS: usize = 8;
/// How long a token is good.
const LIFE: Duration = Duration::from_secs(60);
/// How far clocks may differ.
const LEEWAY: Duration = Duration::from_secs(30);
/// What goes along of a caller. The head of a request has room for 16 kB.
const MAX_CLAIMS: usize = 8 * 1024;
const MAX_TOKEN: usize = 12 * 1024;

/// The keys that the services of a project share: the first one signs, all are accepted.
#[derive(Clone)]
pub struct ServiceKeys {
    keys: Arc<Live<Vec<Hmac<Sha256>>>>,
}

/// Whether it is a token of this form, good or not.
pub fn is_one(token: &str) -> bool {
    token.starts_with(FORM)
}

/// What a token says.
struct Claims<'a> {
    from: &'a str,
    to: &'a str,
    issued: u64,
    caller: &'a Caller,
}

impl ServiceKeys {
    /// Those of `FLOW_SERVICE_KEY`.
    pub fn of(env: &mut Environment) -> Option<ServiceKeys> {
        let secret = env.secret(VARIABLE)?;
        env.take(VARIABLE, ServiceKeys::read(&secret))
    }

    /// `secret`: one key in a line. They follow it when it changes.
    ///
    /// # Errors
    /// It has no keys, or such as can be guessed.
    pub fn read(secret: &Secret) -> Result<ServiceKeys, String> {
        let secret = secret.clone();
        let keys = Live::new(VARIABLE, move || parse(&secret.reveal()))?;
        Ok(ServiceKeys { keys: Arc::new(keys) })
    }

    /// The token for a call of `to` by `from`, which acts for the caller. None where the caller has more to it than goes along:
    /// a part of it would be another one.
    pub fn token(&self, from: &str, to: &str, caller: &Caller) -> Option<String> {
        let claims = Claims { from, to, issued: outside::wall().as_secs(), caller };
        let claims = Some(to_json(&claims, Side::Backend)).filter(|claims| claims.len() <= MAX_CLAIMS)?;
        let signed = [FORM, &base64url::encode(&claims)].concat();
        let mac = self.keys.get().first()?.clone().chain_update(&signed).finalize().into_bytes();
        Some([&signed, ".", &base64url::encode(&mac)].concat())
    }

    /// Whom a call of `to` is for, and who makes it.
    pub fn caller(&self, token: &str, to: &str) -> Option<Caller> {
        if token.len() > MAX_TOKEN || !is_one(token) {
            return None;
        }
        let (signed, mac) = token.rsplit_once('.')?;
        let mac = base64url::decode(mac)?;
        let is_good = |key: &Hmac<Sha256>| key.clone().chain_update(signed).verify_slice(&mac).is_ok();
        if !self.keys.get().iter().any(is_good) {
            return None;
        }
        let claims = base64url::decode(signed.strip_prefix(FORM)?)?;
        let Json::Object(claims) = Json::parse(&String::from_utf8(claims).ok()?).ok()? else { return None };
        believed(claims, to)
    }
}

fn parse(text: &str) -> Result<Vec<Hmac<Sha256>>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let key = |line: &str| {
        let is_long = line.len() >= SHORTEST_KEY;
        Hmac::new_from_slice(line.as_bytes()).ok().filter(|_| is_long)
    };
    match lines.map(key).collect::<Option<Vec<_>>>() {
        Some(keys) if (1..=MOST_KEYS).contains(&keys.len()) => Ok(keys),
        Some(_) => Err(format!("must have from 1 to {MOST_KEYS} keys, one in a line")),
        None => Err(format!("must have at least {SHORTEST_KEY} bytes in each line")),
    }
}

/// What stands in a token whose MAC is good.
fn believed(mut claims: Dict<Json>, to: &str) -> Option<Caller> {
    let mut text = |name: &str| match claims.swap_remove(name)? {
        Json::Text(text) => Some(text),
        _ => None,
    };
    let (from, audience, subject) = (text("from")?, text("to")?, text("subject")?);
    let Json::Number(issued) = claims.swap_remove("issued")? else { return None };
    let Json::List(scopes) = claims.swap_remove("scopes")? else { return None };
    let Json::Object(inner) = claims.swap_remove("claims")? else { return None };
    let scope = |json: Json| match json {
        Json::Text(name) => Some(name),
        _ => None,
    };
    let scopes = scopes.into_iter().map(scope).collect::<Option<_>>()?;
    let (issued, now) = (Duration::from_secs(issued.parse().ok()?), outside::wall());
    let is_now = issued <= now + LEEWAY && now <= issued.saturating_add(LIFE + LEEWAY);
    (audience == to && is_now).then_some(Caller { subject, scopes, claims: inner, service: Some(from) })
}

impl Encode for Claims<'_> {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("from", &self.from).field("to", &self.to);
        object.field("issued", &i64::try_from(self.issued).unwrap_or(i64::MAX));
        object.field("subject", &self.caller.subject).field("scopes", &self.caller.scopes);
        object.field("claims", &self.caller.claims).end();
    }
}

impl fmt::Debug for ServiceKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ServiceKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old key of at least 32 bytes..";
    const NEW: &str = "a newer key of at least 32 bytes.";

    fn keys(lines: &str) -> ServiceKeys {
        ServiceKeys::read(&Secret::new(lines)).expect("they are long enough")
    }

    fn ada() -> Caller {
        let claims = [("tenant".to_owned(), Json::Number("7".into()))].into_iter().collect();
        Caller { subject: "ada".into(), scopes: vec!["a".into(), "b".into()], claims, service: None }
    }

    #[test]
    fn who_a_service_acts_for_goes_along() {
        let (keys, caller) = (keys(OLD), ada());
        let token = keys.token("Orders", "Stock", &caller).expect("it is small");
        let there = Caller { service: Some("Orders".into()), ..caller };
        assert_eq!(keys.caller(&token, "Stock"), Some(there));
        assert_eq!(keys.caller(&token, "Billing"), None, "it is for another service");
    }

    #[test]
    fn nobody_is_there_where_the_operation_was_public() {
        let keys = keys(OLD);
        let token = keys.token("Orders", "Stock", &Caller::default()).expect("it is small");
        let there = keys.caller(&token, "Stock").expect("it is good");
        assert_eq!((there.subject.as_str(), there.service.as_deref()), ("", Some("Orders")));
    }

    #[test]
    fn keys_are_replaced_without_a_stop() {
        let (before, between, after) = (keys(OLD), keys(&format!("{NEW}\n{OLD}\n")), keys(NEW));
        let token = |keys: &ServiceKeys| keys.token("A", "B", &ada()).expect("it is small");
        assert!(
            between.caller(&token(&before), "B").is_some() && after.caller(&token(&between), "B").is_some()
        );
        assert!(
            before.caller(&token(&between), "B").is_none() && after.caller(&token(&before), "B").is_none()
        );
    }

    #[test]
    fn a_token_that_was_changed_is_none() {
        let keys = keys(OLD);
        let token = keys.token("Orders", "Stock", &ada()).expect("it is small");
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if *byte == b'A' { b'B' } else { b'A' };
            }
            let changed = String::from_utf8(bytes).expect("it is plain");
            assert_eq!(keys.caller(&changed, "Stock"), None, "{at}");
        }
        for other in ["", "flow1.", "flow1..", "flow1.e30.", &token[..token.len() - 1], &format!("{token}=")]
        {
            assert_eq!(keys.caller(other, "Stock"), None, "{other}");
        }
    }

    #[test]
    fn it_is_good_for_a_minute() {
        let claims = |issued: u64| Claims { from: "A", to: "B", issued, caller: &ada() }.believed();
        let now = outside::wall().as_secs();
        for (issued, is_good) in [
            (now, true),
            (now - 85, true),
            (now - 95, false),
            (now + 25, true),
            (now + 35, false),
            (0, false),
        ] {
            assert_eq!(claims(issued), is_good, "{}", i128::from(issued) - i128::from(now));
        }
    }

    impl Claims<'_> {
        fn believed(&self) -> bool {
            let text = String::from_utf8(to_json(self, Side::Backend)).expect("it is text");
            let Ok(Json::Object(claims)) = Json::parse(&text) else { return false };
            believed(claims, self.to).is_some()
        }
    }

    #[test]
    fn a_caller_is_passed_on_whole_or_not_at_all() {
        let large = Caller { subject: "a".repeat(MAX_CLAIMS), ..Caller::default() };
        assert_eq!(keys(OLD).token("A", "B", &large), None);
    }

    #[test]
    fn keys_cannot_be_guessed() {
        for bad in ["", "\n", "short", &format!("{OLD}\nshort"), &[OLD; 9].join("\n")] {
            assert!(ServiceKeys::read(&Secret::new(bad)).is_err(), "{bad}");
        }
    }
}
