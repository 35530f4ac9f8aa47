//! Tokens from a real identity server.

use std::time::Duration;

use flow_std::client::{ClientSettings, CredentialsPlace, OAuth2, OutboundAuth};
use flow_std::http::{Secret, look_at_secrets};

use super::backend::{block_on, client, context, ok, patient};
use super::faults::{steady, text};
use super::identity::{Identity, SECRET};

fn of(identity: &Identity, client: &str, secret: Secret, credentials: CredentialsPlace) -> OutboundAuth {
    OutboundAuth::OAuth2(OAuth2 {
        token: identity.token_url(),
        client: client.to_owned(),
        secret,
        scopes: vec!["erp".to_owned(), "orders:read".to_owned()],
        audience: Some("urn:erp".to_owned()),
        credentials,
    })
}

#[test]
fn a_real_server_gives_tokens_for_both_ways_to_show_the_secret() {
    let Some(identity) = Identity::start() else { return };
    for (name, place) in [("shop", CredentialsPlace::InHeader), ("poster", CredentialsPlace::InBody)] {
        let backend = steady(ok("\"a\""));
        let auth = of(&identity, name, Secret::new(SECRET), place);
        let client = client(ClientSettings { auth, ..patient(backend.url()) });
        let end = block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text));
        assert_eq!(end.as_deref(), Ok("a"), "{name}");
        let left = client.token_left().expect("there is one");
        assert!(left > Duration::from_secs(3_500) && left < Duration::from_secs(3_600), "{left:?}");
        let seen = backend.seen();
        let shown =
            seen.iter().find_map(|request| request.split_once("authorization: Bearer ")).expect("a token");
        assert_eq!(shown.1.lines().next().map(|token| token.split('.').count()), Some(3), "it is signed");
    }
}

#[test]
fn a_secret_that_is_changed_at_the_server_and_in_its_file_keeps_no_call_from_its_token() {
    let Some(identity) = Identity::start() else { return };
    let file = std::env::temp_dir().join(format!("flow-identity-{}", std::process::id()));
    std::fs::write(&file, SECRET).expect("it can be written");
    let secret = Secret::of_file("ERP_SECRET_FILE", &file).expect("it is there");
    let backend = steady(ok("\"a\""));
    let auth = of(&identity, "shop", secret, CredentialsPlace::InHeader);
    let settings = ClientSettings { auth, ..patient(backend.url()) };
    let client = client(settings);
    identity.control("set", r#"{"clients":{"shop":"another"}}"#);
    // Nobody has looked at the file yet: the server's refusal is what makes us do it.
    std::fs::write(&file, "another\n").expect("it can be written");
    let end = block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text));
    assert_eq!(end.as_deref(), Ok("a"));
    assert_eq!(identity.count("token"), 2, "with the old one, and with the new one");
    std::fs::remove_file(&file).expect("it is there");
    look_at_secrets();
}

#[test]
fn a_server_that_is_down_or_refuses_us_makes_calls_unavailable() {
    let Some(identity) = Identity::start() else { return };
    let backend = steady(ok("\"a\""));
    let call = |secret: &str| {
        let auth = of(&identity, "shop", Secret::new(secret), CredentialsPlace::InHeader);
        let client = client(ClientSettings { auth, ..patient(backend.url()) });
        let end = block_on(client.read("Erp.get", "GET").path("/x").answer(&context(), text));
        end.expect_err("there is no token").to_string()
    };
    assert_eq!(call("wrong"), "unreachable: no token: status 401 (invalid_client)");
    identity.control("set", r#"{"down":true}"#);
    assert_eq!(call(SECRET), "unreachable: no token: status 503");
    assert_eq!(backend.seen().len(), 0);
}
