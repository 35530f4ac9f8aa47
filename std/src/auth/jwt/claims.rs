//! What a token says, and whether it is for us, from whom we take it, and at this time.

use std::time::Duration;

use super::{JwtSettings, Reason};
use crate::value::{Caller, Dict, Json};

/// As long as OpenID allows it to be.
const MAX_SUBJECT: usize = 255;

/// Everything about the claims that can be looked at without a key.
pub fn check(claims: &Dict<Json>, settings: &JwtSettings, now: Duration) -> Result<(), Reason> {
    match claims.get("iss") {
        Some(Json::Text(issuer)) if *issuer == settings.issuer => {}
        _ => return Err("is of another issuer"),
    }
    if !is_for(claims.get("aud"), &settings.audiences) {
        return Err("is for another audience");
    }
    in_time(claims, settings.leeway.as_secs_f64(), now.as_secs_f64())?;
    subject(claims).map(drop)
}

fn is_for(audience: Option<&Json>, ours: &[String]) -> bool {
    let is_ours = |one: &Json| matches!(one, Json::Text(name) if ours.contains(name));
    match audience {
        Some(Json::List(all)) => {
            all.iter().all(|one| matches!(one, Json::Text(_))) && all.iter().any(is_ours)
        }
        Some(one) => is_ours(one),
        None => false,
    }
}

fn in_time(claims: &Dict<Json>, leeway: f64, now: f64) -> Result<(), Reason> {
    match seconds(claims, "exp")? {
        Some(end) if now < end + leeway => {}
        Some(_) => return Err("has run out"),
        None => return Err("never runs out"),
    }
    let from = ["nbf", "iat"].map(|name| seconds(claims, name));
    for begin in from {
        if begin?.is_some_and(|begin| begin > now + leeway) {
            return Err("is of the future");
        }
    }
    Ok(())
}

/// Until when claims that are good stay so, since 1970.
pub fn end(claims: &Dict<Json>, settings: &JwtSettings) -> Duration {
    let end = seconds(claims, "exp").ok().flatten().unwrap_or_default();
    Duration::try_from_secs_f64(end).unwrap_or(Duration::MAX).saturating_add(settings.leeway)
}

/// Since 1970.
fn seconds(claims: &Dict<Json>, name: &str) -> Result<Option<f64>, Reason> {
    match claims.get(name) {
        None => Ok(None),
        Some(Json::Number(text)) => match text.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() => Ok(Some(seconds)),
            _ => Err("has a time that is none"),
        },
        Some(_) => Err("has a time that is none"),
    }
}

/// Whoever has none would share with all others like him what is kept and counted for a caller.
fn subject(claims: &Dict<Json>) -> Result<&str, Reason> {
    match claims.get("sub") {
        Some(Json::Text(name))
            if !name.is_empty() && name.len() <= MAX_SUBJECT && !name.contains(char::is_control) =>
        {
            Ok(name)
        }
        _ => Err("does not say whose it is"),
    }
}

/// Who calls, by claims that are good.
pub fn caller(claims: Dict<Json>, settings: &JwtSettings) -> Result<Caller, Reason> {
    let subject = subject(&claims)?.to_owned();
    let scopes = scopes(claims.get(&settings.scopes))?;
    Ok(Caller { subject, scopes, claims, service: None })
}

/// A list, or words.
fn scopes(claim: Option<&Json>) -> Result<Vec<String>, Reason> {
    let one = |item: &Json| match item {
        Json::Text(name) => Ok(name.clone()),
        _ => Err("has scopes that are none"),
    };
    match claim {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Text(words)) => Ok(words.split_ascii_whitespace().map(str::to_owned).collect()),
        Some(Json::List(items)) => items.iter().map(one).collect(),
        Some(_) => Err("has scopes that are none"),
    }
}
