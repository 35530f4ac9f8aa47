//! On a machine of a developer, whoever calls may say who it is: `Authorization: Bearer development`, or with a subject behind it,
//! and with scopes behind that. No service that is emitted knows this way.

use std::sync::Arc;

use crate::value::{Caller, Dict, Json};

/// The word that such a token begins with, and what whoever says nothing else is called.
const NAME: &str = "development";

/// Which way it stands in for.
#[derive(Clone, Debug)]
pub enum Development {
    /// Another service of the project.
    Service,
    /// A token of an issuer. The scopes are those that a caller has who says nothing of them.
    Jwt { scopes: Arc<[String]> },
}

impl Development {
    pub fn caller(&self, token: &str) -> Option<Caller> {
        let mut words = token.split_ascii_whitespace();
        words.next().filter(|word| *word == NAME)?;
        let subject = words.next();
        let scopes: Vec<String> = words.map(str::to_owned).collect();
        match self {
            Development::Service => {
                let (subject, service) = (subject.unwrap_or_default().to_owned(), Some(NAME.to_owned()));
                Some(Caller { subject, scopes, claims: Dict::new(), service })
            }
            Development::Jwt { scopes: usual } => {
                let subject = subject.unwrap_or(NAME).to_owned();
                let scopes = if scopes.is_empty() { usual.to_vec() } else { scopes };
                let claims = [("sub".to_owned(), Json::Text(subject.clone()))].into_iter().collect();
                Some(Caller { subject, scopes, claims, service: None })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_who_it_says() {
        let jwt = Development::Jwt { scopes: ["a".to_owned(), "b".to_owned()].into() };
        let who = |token: &str| jwt.caller(token).map(|caller| (caller.subject, caller.scopes.join(" ")));
        assert_eq!(who("development"), Some(("development".into(), "a b".into())));
        assert_eq!(who("development ada"), Some(("ada".into(), "a b".into())));
        assert_eq!(who("development ada b c"), Some(("ada".into(), "b c".into())));
        assert_eq!((who(""), who("developments"), who("ada")), (None, None, None));
        let caller = Development::Service.caller("development").expect("it is the word");
        assert_eq!((caller.subject.as_str(), caller.service.as_deref()), ("", Some("development")));
    }
}
