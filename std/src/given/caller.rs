//! Who calls, where a test says it. Whether `auth` lets them in the tester has looked at before: no issuer of tokens is there to
//! be asked, and nobody has keys.

use std::sync::Arc;

use http::request::Parts;

use crate::codec::{Encode, Side, Writer, to_json};
use crate::value::{Caller, Json};

/// What goes along with a request of the tester, and with none of another service.
#[derive(Clone)]
pub struct Calling(pub Arc<Caller>);

/// Who has sent a request, if the tester says it.
pub(crate) fn of_tester(request: &Parts) -> Option<Arc<Caller>> {
    request.extensions.get::<Calling>().map(|calling| Arc::clone(&calling.0))
}

struct Written<'a>(&'a Caller);

impl Encode for Written<'_> {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        object.field("subject", &self.0.subject).field("scopes", &self.0.scopes);
        object.field("claims", &self.0.claims).field("service", &self.0.service).end();
    }
}

/// A caller as one word.
pub fn caller_text(caller: &Caller) -> String {
    String::from_utf8_lossy(&to_json(&Written(caller), Side::Backend)).into_owned()
}

/// The caller that a word says; nothing where it says none.
pub fn read_caller(text: &str) -> Option<Caller> {
    let Ok(Json::Object(fields)) = Json::parse(text) else { return None };
    let mut caller = Caller::default();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("subject", Json::Text(subject)) => caller.subject = subject,
            ("scopes", Json::List(scopes)) => caller.scopes = scopes.into_iter().filter_map(word).collect(),
            ("claims", Json::Object(claims)) => caller.claims = claims,
            ("service", Json::Text(service)) => caller.service = Some(service),
            _ => {}
        }
    }
    Some(caller)
}

fn word(json: Json) -> Option<String> {
    match json {
        Json::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_written_is_read() {
        let claims = [("tenant".to_owned(), Json::Number("7".into()))].into_iter().collect();
        let scopes = vec!["a".to_owned(), "b \"c\"".to_owned()];
        let ada = Caller { subject: "ada".to_owned(), scopes, claims, service: Some("Web".to_owned()) };
        for caller in [ada, Caller::default()] {
            assert_eq!(read_caller(&caller_text(&caller)), Some(caller));
        }
        assert_eq!(read_caller(""), None);
    }
}
