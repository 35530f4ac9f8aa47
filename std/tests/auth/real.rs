//! Tokens of a real OpenID server, which is found by its own configuration.

use std::time::Duration;

use flow_std::auth::JwtSettings;

use super::openid::Identity;
use super::service::{Service, settings};

fn service(identity: &Identity) -> Service {
    Service::new(JwtSettings { keys: None, ..settings(&identity.issuer()) })
}

const CLAIMS: &str = r#"{"sub":"ada","aud":"orders","scope":"a b"}"#;

/// Lets so much time pass for the runtime, without anybody waiting.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_of_a_real_server_is_good() {
    let Some(identity) = Identity::start() else { return };
    let service = service(&identity);
    assert_eq!(service.shown(&identity.signed(CLAIMS)).await.status, 200);
    let given = identity.signed_as(&format!(r#"{{"alg":"ES256","claims":{CLAIMS}}}"#));
    assert_eq!(service.shown(&given).await.status, 200);
    assert_eq!((identity.count("discovery"), identity.count("jwks")), (1, 1), "asked once");
    let stranger = identity.signed_as(&format!(r#"{{"key":"stranger","claims":{CLAIMS}}}"#));
    assert_eq!(service.shown(&stranger).await.status, 401);
}

#[tokio::test]
async fn keys_are_rotated_without_a_stop() {
    let Some(identity) = Identity::start() else { return };
    let service = service(&identity);
    let before = identity.signed(CLAIMS);
    assert_eq!(service.shown(&before).await.status, 200);
    identity.control("rotate", "{}");
    let after = identity.signed(CLAIMS);
    assert_eq!(service.shown(&before).await.status, 200, "the old key is still there");
    assert_eq!(service.shown(&after).await.status, 401, "it was asked a moment ago");
    pass(Duration::from_secs(31)).await;
    assert_eq!((service.shown(&after).await.status, service.shown(&before).await.status), (200, 200));
    assert_eq!(identity.count("jwks"), 2);
    identity.control("set", r#"{"down":true}"#);
    pass(Duration::from_secs(600)).await;
    assert_eq!(service.shown(&after).await.status, 200, "the issuer is down, and its keys are known");
}

/// What was found good is found good again only with the keys that are there.
#[tokio::test]
async fn a_key_that_is_called_back_is_good_for_nothing() {
    let Some(identity) = Identity::start() else { return };
    let service = service(&identity);
    let before = identity.signed(CLAIMS);
    assert_eq!(service.shown(&before).await.status, 200);
    identity.control("rotate", r#"{"forget":true}"#);
    let after = identity.signed(CLAIMS);
    pass(Duration::from_secs(31)).await;
    assert_eq!((service.shown(&after).await.status, service.shown(&before).await.status), (200, 401));
}
