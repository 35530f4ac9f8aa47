//! Who calls another service of the project, and for whom, as each try says it. A token says no more of its time than the second
//! in which it was made, so within that second the one that was made last is the one that would be made.

use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;

use crate::auth::ServiceKeys;
use crate::http::Who;
use crate::outside;
use crate::value::Caller;

/// What the calls of one service are signed with.
pub struct Calling {
    keys: ServiceKeys,
    /// Such as `Stock`.
    to: &'static str,
    last: Mutex<Option<Made>>,
}

/// A token, and what it says.
struct Made {
    second: u64,
    from: &'static str,
    caller: Arc<Caller>,
    header: HeaderValue,
}

impl Calling {
    pub fn new(keys: ServiceKeys, to: &'static str) -> Calling {
        Calling { keys, to, last: Mutex::new(None) }
    }

    /// The token of a call by the service `from`. None where more is known of the caller than can go along.
    pub fn token(&self, from: &'static str, who: &Who) -> Option<HeaderValue> {
        let (second, caller) = (outside::wall().as_secs(), who.acted_for());
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |made: &&Made| made.second == second && made.from == from && made.caller == *caller;
        if let Some(made) = last().as_ref().filter(is_same) {
            return Some(made.header.clone());
        }
        let token = self.keys.token(from, self.to, caller)?;
        let mut header = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
        header.set_sensitive(true);
        *last() = Some(Made { second, from, caller: Arc::clone(caller), header: header.clone() });
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Secret;

    #[test]
    fn each_token_says_who_calls_and_for_whom() {
        let keys = ServiceKeys::read(&Secret::new("a key of at least 32 bytes ......")).expect("it is long");
        let calling = Calling::new(keys.clone(), "Stock");
        let of = |subject: &str| {
            Who::outside(Arc::new(Caller { subject: subject.to_owned(), ..Caller::default() }))
        };
        for (from, subject) in
            [("Orders", "ada"), ("Orders", "ada"), ("Orders", "bob"), ("Shop", "bob"), ("Orders", "")]
        {
            let token = calling.token(from, &of(subject)).expect("it is small");
            let token = token.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            let there = token.and_then(|token| keys.caller(token, "Stock")).expect("it is good");
            assert_eq!((there.service.as_deref(), there.subject.as_str()), (Some(from), subject));
        }
    }
}
