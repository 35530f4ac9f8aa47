//! Tokens of issuers, and whom services act for when they call each other: each service by itself, and all of them in one.

use super::super::ask;
use super::super::backend::{Backend, json as reply};
use super::super::process::Process;
use super::super::run::client::Answer;
use super::signing::Signer;
use super::start;

/// The services, over an issuer.
struct World {
    issuer: Backend,
    rsa: Signer,
    gate: Process,
    lobby: Process,
    cell: Process,
}

fn worlds() -> [World; 2] {
    [["gate", "lobby", "cell"], ["semantics"; 3]].map(world)
}

fn world([gate, lobby, cell]: [&str; 3]) -> World {
    let (rsa, other) = (Signer::rsa("first"), Signer::p256("second"));
    let keys = format!(r#"{{"keys":[{},{}]}}"#, rsa.public(""), other.public(""));
    let issuer = Backend::start(move |_| reply(200, keys.clone()));
    let of_keys = format!("{}/keys", issuer.url);
    let own = [("GATE_ISSUER", issuer.url.as_str()), ("GATE_KEYS", &of_keys), ("GATE_AUDIENCE", "door")];
    let cell = start(cell, &issuer, &own);
    let url = cell.url();
    let more = [&own[..], &[("CELL_URL", url.as_str())]].concat();
    let (gate, lobby) = (start(gate, &issuer, &more), start(lobby, &issuer, &more));
    World { issuer, rsa, gate, lobby, cell }
}

impl World {
    fn token(&self, subject: &str, scopes: &str, more: &str) -> String {
        let issuer = &self.issuer.url;
        let claims = format!(
            r#"{{"iss":"{issuer}","aud":"door","exp":4102444800,"sub":"{subject}","scope":"{scopes}"{more}}}"#
        );
        self.rsa.token("RS256", &claims)
    }

    fn get(&self, target: &str, token: &str) -> Answer {
        ask(self.gate.address, "GET", target, &[("Authorization", &format!("Bearer {token}"))], "")
    }
}

fn shown(subject: &str, scopes: &str, tenant: bool, service: &str) -> String {
    let service = if service.is_empty() { String::new() } else { format!(r#","service":"{service}""#) };
    format!(r#"{{"subject":"{subject}","scopes":[{scopes}],"tenant":{tenant}{service}}}"#)
}

#[test]
fn who_calls_goes_along_from_service_to_service() {
    for world in worlds() {
        let token = world.token("ada", "things:read b", r#","tenant":7"#);
        let scopes = r#""things:read","b""#;
        let direct = world.get("/v1/direct", &token);
        assert_eq!((direct.status, direct.body), (200, shown("ada", scopes, true, "")));
        let behind = world.get("/v1/gate/a", &token);
        assert_eq!((behind.status, behind.body), (200, shown("ada", scopes, true, "Gate")));
        let nobody = ask(world.lobby.address, "GET", "/v1/lobby", &[], "");
        assert_eq!((nobody.status, nobody.body), (200, shown("", "", false, "Lobby")));
    }
}

/// S037, S038
#[test]
fn what_a_caller_may_do_is_looked_at_on_each_floor() {
    for world in worlds() {
        let wanted = "Bearer error=\"insufficient_scope\", scope=\"things:read\"";
        for scopes in ["", "things:readx", "things", "THINGS:READ"] {
            let answer = world.get("/v1/gate/a", &world.token("ada", scopes, ""));
            assert_eq!((answer.status, answer.header("www-authenticate")), (403, Some(wanted)), "{scopes}");
        }
        assert_eq!(world.get("/v1/owned/ada", &world.token("ada", "", "")).status, 200);
        let answer = world.get("/v1/owned/bob", &world.token("ada", "", ""));
        assert_eq!((answer.status, answer.header("www-authenticate")), (403, None), "no scope would help");
        // The one in front lets her in, and the one behind it does not: that is a fault between the two.
        assert_eq!(world.get("/v1/gate/a", &world.token("eve", "things:read", "")).status, 502);
    }
}

#[test]
fn an_answer_for_one_whom_a_service_acts_for_is_for_nobody_else() {
    for world in worlds() {
        for subject in ["ada", "bob", "ada"] {
            let answer = world.get("/v1/gates/a", &world.token(subject, "", ""));
            assert_eq!((answer.status, answer.body), (200, shown(subject, "", false, "Gate")));
        }
    }
}

/// S036: the rest of it is in the tests of the runtime.
#[test]
fn a_token_that_is_not_good_is_refused_and_nobody_is_told_why() {
    for world in worlds() {
        let good = world.token("ada", "things:read", "");
        let other = Signer::other_rsa("first").token("RS256", "{}");
        let by_hand = format!("{}.{}.", "eyJhbGciOiJub25lIn0", good.split('.').nth(1).unwrap_or_default());
        let algorithm = world.rsa.token("PS256", "{}");
        for token in ["abc", &other, &by_hand, &algorithm, &good[..good.len() - 3]] {
            let answer = world.get("/v1/direct", token);
            assert_eq!(answer.status, 401, "{token}");
            let challenge = answer.headers.iter().find(|(name, _)| name == "www-authenticate");
            assert_eq!(challenge.map(|(_, value)| value.as_str()), Some("Bearer error=\"invalid_token\""));
            assert_eq!(answer.body, r#"{"type":"about:blank","title":"Unauthorized","status":401}"#);
        }
        let answer = ask(world.gate.address, "GET", "/v1/direct", &[], "");
        let challenge = answer.headers.iter().find(|(name, _)| name == "www-authenticate");
        assert_eq!((answer.status, challenge.map(|(_, value)| value.as_str())), (401, Some("Bearer")));
    }
}

/// The network is not believed: neither a name, nor a token of people, nor one of another kind opens what is for services.
#[test]
fn what_is_for_services_is_opened_by_their_tokens_alone() {
    for world in worlds() {
        let people = format!("Bearer {}", world.token("ada", "things:read", ""));
        for headers in [
            &[][..],
            &[("flow-service", "Gate")],
            &[("Authorization", "Bearer a key of the services of the laboratory")],
            &[("Authorization", people.as_str())],
            &[("Authorization", "Bearer flow1.e30.e30")],
        ] {
            assert_eq!(ask(world.cell.address, "GET", "/v1/cell/a", headers, "").status, 401, "{headers:?}");
        }
        assert!(!world.cell.has_logged(&["laboratory"]) && !world.gate.has_logged(&["eyJ"]));
    }
}
