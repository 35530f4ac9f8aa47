//! Who calls in a test, and whether `auth` lets them in. Nothing is signed and no key is looked at: what is known of a caller
//! says in which ways it can have come in.

use std::sync::Arc;

use flow_std::value::{Caller, Dict, Json};

use crate::interp::Value;
use crate::ir::InboundAuth;

/// Who calls the operations of a test.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Calling {
    /// Somebody who may, whoever that is: the test says nothing of it.
    #[default]
    WhoMay,
    /// Somebody who shows nothing.
    Nobody,
    Known(Arc<Caller>),
}

/// Whom the steps of an operation see.
#[derive(Debug, Clone, PartialEq)]
pub enum Seen {
    /// Somebody who may: nothing is asked.
    WhoMay,
    /// One who may or may not.
    Caller(Arc<Caller>),
}

/// Whom an operation sees that is called so; nothing where it answers with a 401.
pub fn seen(ways: &[InboundAuth], calling: &Calling) -> Option<Seen> {
    let caller = match calling {
        Calling::WhoMay => return Some(Seen::WhoMay),
        Calling::Nobody => None,
        Calling::Known(caller) => Some(caller),
    };
    if let Some(caller) = caller {
        if ways.iter().any(|way| lets_in(way, caller)) {
            return Some(Seen::Caller(Arc::clone(caller)));
        }
        // A token that nobody takes here is refused where tokens are looked at: its owner believes to be known.
        if shows_token(caller) && ways.iter().any(takes_tokens) {
            return None;
        }
    }
    let is_public = ways.iter().any(|way| matches!(way, InboundAuth::Public));
    is_public.then(|| Seen::Caller(Arc::default()))
}

/// Whether a caller can have come this way, and is known by it.
fn lets_in(way: &InboundAuth, caller: &Caller) -> bool {
    match way {
        InboundAuth::Public => false,
        InboundAuth::Service => caller.service.is_some(),
        InboundAuth::Jwt(_) => caller.service.is_none(),
        InboundAuth::ApiKey { .. } | InboundAuth::Mtls { .. } => !shows_token(caller),
    }
}

/// Whether a caller has come with a token: nobody else is a service, or has scopes or claims.
fn shows_token(caller: &Caller) -> bool {
    caller.service.is_some() || !caller.scopes.is_empty() || !caller.claims.is_empty()
}

fn takes_tokens(way: &InboundAuth) -> bool {
    match way {
        InboundAuth::Jwt(_) | InboundAuth::Service => true,
        InboundAuth::Public | InboundAuth::ApiKey { .. } | InboundAuth::Mtls { .. } => false,
    }
}

/// The caller of which this is said: fields with their names.
pub fn caller<'f>(fields: impl Iterator<Item = (&'f str, &'f Value)>) -> Calling {
    let mut caller = Caller::default();
    for (name, value) in fields {
        match (name, value) {
            ("subject", Value::Text(subject)) => caller.subject = subject.to_string(),
            ("scopes", Value::List(scopes)) => caller.scopes = scopes.iter().filter_map(text).collect(),
            ("claims", Value::Dict(claims)) => caller.claims = json(claims),
            ("service", Value::Text(service)) => caller.service = Some(service.to_string()),
            _ => {}
        }
    }
    match caller == Caller::default() {
        true => Calling::Nobody,
        false => Calling::Known(Arc::new(caller)),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

fn json(claims: &Dict<Value>) -> Dict<Json> {
    let claim = |(name, value): (&String, &Value)| match value {
        Value::Json(json) => Some((name.clone(), Json::clone(json))),
        _ => None,
    };
    claims.iter().filter_map(claim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Expr, ExprKind, Jwt, KeyPlace, Known, Literal, Spot, Type};

    fn expr() -> Expr {
        let kind = ExprKind::Literal(Literal::Text("x".to_owned()));
        Expr { kind, ty: Type::text(), fallible: false, from_answer: false, spot: Spot::default() }
    }

    fn jwt() -> InboundAuth {
        InboundAuth::Jwt(Box::new(Jwt {
            issuer: expr(),
            audiences: Vec::new(),
            keys: None,
            algorithms: Vec::new(),
            scopes: "scope".to_owned(),
            leeway_ms: Known::Written(0),
        }))
    }

    fn key() -> InboundAuth {
        InboundAuth::ApiKey { keys: expr(), place: KeyPlace::Header("X-Key".to_owned()) }
    }

    fn ada(more: &[(&str, Value)]) -> Calling {
        let subject = ("subject", Value::text("ada"));
        caller(std::iter::once(&subject).chain(more).map(|(name, value)| (*name, value)))
    }

    /// What comes of a call: the caller that is seen.
    fn sees(ways: &[InboundAuth], calling: &Calling) -> Option<Calling> {
        match seen(ways, calling)? {
            Seen::WhoMay => Some(Calling::WhoMay),
            Seen::Caller(caller) if *caller == Caller::default() => Some(Calling::Nobody),
            Seen::Caller(caller) => Some(Calling::Known(caller)),
        }
    }

    #[test]
    fn what_is_known_of_a_caller_says_how_it_came_in() {
        let scopes = ("scopes", Value::list(vec![Value::text("a")]));
        let claims = [("tenant".to_owned(), Value::Json(Arc::new(Json::Bool(true))))].into_iter().collect();
        let plain = ada(&[]);
        let tokens = [ada(&[scopes]), ada(&[("claims", Value::dict(claims))])];
        let service = ada(&[("service", Value::text("Orders"))]);
        let comes_in = |way: InboundAuth, calling: &Calling| sees(&[way], calling).as_ref() == Some(calling);
        for way in [jwt, key, || InboundAuth::Mtls { ca: expr() }] {
            assert!(
                comes_in(way(), &plain) && !comes_in(way(), &service) && !comes_in(way(), &Calling::Nobody)
            );
        }
        for token in &tokens {
            assert!(
                comes_in(jwt(), token) && !comes_in(key(), token) && !comes_in(InboundAuth::Service, token)
            );
        }
        assert!(comes_in(InboundAuth::Service, &service) && !comes_in(InboundAuth::Service, &plain));
        assert!(comes_in(InboundAuth::Public, &Calling::Nobody));
        assert!(comes_in(jwt(), &Calling::WhoMay), "nothing is asked of somebody who may");
        assert_eq!(sees(&[key(), jwt()], &tokens[0]).as_ref(), Some(&tokens[0]), "any way will do");
    }

    #[test]
    fn where_everybody_may_call_nobody_is_known_and_a_token_for_others_is_refused() {
        let (plain, service) = (ada(&[]), ada(&[("service", Value::text("Orders"))]));
        let public = InboundAuth::Public;
        assert_eq!(sees(std::slice::from_ref(&public), &service), Some(Calling::Nobody));
        assert_eq!(sees(&[InboundAuth::Service, public.clone()], &plain), Some(Calling::Nobody));
        assert_eq!(sees(&[key(), public.clone()], &plain).as_ref(), Some(&plain));
        assert_eq!(sees(&[jwt(), public.clone()], &service), None);
        assert_eq!(sees(&[jwt(), public], &Calling::Nobody), Some(Calling::Nobody));
    }

    #[test]
    fn nothing_known_is_nobody() {
        let empty =
            [("subject", Value::text("")), ("service", Value::None), ("scopes", Value::list(Vec::new()))];
        assert_eq!(caller(empty.iter().map(|(name, value)| (*name, value))), Calling::Nobody);
    }
}
