//! Where keys come from, and that nobody has them come from elsewhere.

use flow_std::auth::{Auth, JwtSettings};

use super::identity::Identity;
use super::service::{Service, settings};
use super::signing::Signer;

fn token(signer: &Signer, issuer: &str) -> String {
    signer.token("RS256", &format!(r#"{{"iss":"{issuer}","aud":"orders","exp":4102444800,"sub":"ada"}}"#))
}

fn found_by(issuer: &str) -> Service {
    Service::new(JwtSettings { keys: None, ..settings(issuer) })
}

fn configuration(issuer: &str, keys: &str) -> String {
    format!(r#"{{"issuer":"{issuer}","jwks_uri":"{keys}"}}"#)
}

#[tokio::test]
async fn the_issuer_says_where_its_keys_are() {
    let (identity, rsa) = (Identity::new(), Signer::rsa("a"));
    let issuer = format!("{}/realms/shop", identity.url());
    let keys = format!("{}/keys/?p=a%20b", identity.url());
    identity.answers("/realms/shop/.well-known/openid-configuration", configuration(&issuer, &keys));
    identity.answers("/keys/?p=a%20b", format!(r#"{{"keys":[{}]}}"#, rsa.public("")));
    let service = found_by(&issuer);
    assert_eq!(service.shown(&token(&rsa, &issuer)).await.status, 200);
    assert_eq!(service.shown(&token(&rsa, &issuer)).await.status, 200);
    assert_eq!(identity.asked().len(), 2, "once for both");
}

#[tokio::test]
async fn an_issuer_without_openid_says_it_elsewhere() {
    let (identity, rsa) = (Identity::new(), Signer::rsa("a"));
    let issuer = format!("{}/shop", identity.url());
    let keys = format!("{}/keys", identity.url());
    identity.answers("/.well-known/oauth-authorization-server/shop", configuration(&issuer, &keys));
    identity.has_keys(&[rsa.public("")]);
    assert_eq!(found_by(&issuer).shown(&token(&rsa, &issuer)).await.status, 200);
}

#[tokio::test]
async fn a_configuration_that_is_not_the_issuers_is_not_believed() {
    let rsa = Signer::rsa("a");
    let other = |_: &str| "https://id.example.com".to_owned();
    let own = |url: &str| url.to_owned();
    let loopback = |url: &str| format!("{url}/keys");
    let plain = |_: &str| "http://id.example.com/keys".to_owned();
    let cases: [(fn(&str) -> String, fn(&str) -> String, u16); 3] =
        [(own, loopback, 200), (other, loopback, 503), (own, plain, 503)];
    for (issuer, keys, status) in cases {
        let identity = Identity::new();
        let url = identity.url();
        identity.answers("/.well-known/openid-configuration", configuration(&issuer(url), &keys(url)));
        identity.has_keys(&[rsa.public("")]);
        let told = found_by(url).shown(&token(&rsa, url)).await;
        assert_eq!(told.status, status, "{} {}", issuer(url), keys(url));
    }
}

/// A service runs without its issuer; who shows a token is told to come again, not that it was wrong.
#[tokio::test]
async fn without_keys_nobody_can_say_who_calls() {
    let identity = Identity::new();
    let service = Service::new(settings(identity.url()));
    let told = service.shown(&token(&Signer::rsa("a"), identity.url())).await;
    assert_eq!((told.status, told.challenges.len()), (503, 0));
    assert_eq!(service.asked(&[]).await.status, 401);
    assert_eq!(service.shown("abc").await.status, 401, "whose keys are not needed for that");
}

#[tokio::test]
async fn sets_that_cannot_be_read_are_no_keys() {
    let identity = Identity::new();
    let rsa = Signer::rsa("a");
    let twice = format!(r#"{{"keys":[],"keys":[{}]}}"#, rsa.public(""));
    let large = format!(r#"{{"x":"{}","keys":[{}]}}"#, "a".repeat(300_000), rsa.public(""));
    for set in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[]}"#, &twice, &large] {
        identity.answers("/keys", set);
        let service = Service::new(settings(identity.url()));
        let told = service.shown(&token(&rsa, identity.url())).await;
        assert_eq!(told.status, 503, "{}", set.get(..40).unwrap_or(set));
    }
}

#[test]
fn addresses_that_others_can_answer_at_are_refused_at_start() {
    for (issuer, keys) in [
        ("http://id.example.com", None),
        ("id.example.com", None),
        ("https://id.example.com", Some("http://id.example.com/keys".to_owned())),
        ("https://id.example.com", Some("file:///etc/keys".to_owned())),
    ] {
        let settings = JwtSettings { issuer: issuer.to_owned(), keys, ..settings(issuer) };
        let error = Auth::jwt(settings).expect_err("it is refused");
        assert!(!error.contains("id.example.com/"), "{error}");
    }
}
