//! Tokens that are good, and those that are not: each of the latter gets the same answer, to the letter.

use std::time::{SystemTime, UNIX_EPOCH};

use super::identity::Identity;
use super::service::{Service, Told, settings};
use super::signing::{Signer, text};

/// An issuer with a key of each kind.
struct World {
    identity: Identity,
    rsa: Signer,
    other: Signer,
    p256: Signer,
    p384: Signer,
    ed25519: Signer,
    service: Service,
}

fn world() -> World {
    let identity = Identity::new();
    let (rsa, other) = (Signer::rsa("rsa"), Signer::other_rsa("other"));
    let (p256, p384, ed25519) = (Signer::p256("p256"), Signer::p384("p384"), Signer::ed25519("ed"));
    let bound = Signer::rsa("bound").public(r#","alg":"PS256","use":"sig""#);
    let for_secrets = Signer::rsa("enc").public(r#","use":"enc""#);
    let shared = r#"{"kty":"oct","kid":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#.to_owned();
    let keys =
        [rsa.public(""), p256.public(""), p384.public(""), ed25519.public(""), bound, for_secrets, shared];
    identity.has_keys(&keys);
    let service = Service::new(settings(identity.url()));
    World { identity, rsa, other, p256, p384, ed25519, service }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    i64::try_from(since.as_secs()).expect("it is not that late")
}

impl World {
    /// Good claims, with something else behind them. What is said twice is refused, so `without` goes first.
    fn claims(&self, without: &str, more: &str) -> String {
        let issuer = self.identity.url();
        let all = [
            ("iss", format!("\"{issuer}\"")),
            ("aud", "\"orders\"".to_owned()),
            ("exp", (now() + 600).to_string()),
            ("sub", "\"ada\"".to_owned()),
            ("scope", "\"orders:read orders:write\"".to_owned()),
        ];
        let kept = all.iter().filter(|(name, _)| *name != without);
        let members: Vec<String> = kept.map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}{more}}}", members.join(","))
    }

    fn good(&self) -> String {
        self.claims("", "")
    }
}

#[tokio::test]
async fn every_way_to_sign_is_known() {
    let world = world();
    let signers = [
        ("RS256", &world.rsa),
        ("RS384", &world.rsa),
        ("RS512", &world.rsa),
        ("PS256", &world.rsa),
        ("PS384", &world.rsa),
        ("PS512", &world.rsa),
        ("ES256", &world.p256),
        ("ES384", &world.p384),
        ("EdDSA", &world.ed25519),
        ("Ed25519", &world.ed25519),
    ];
    for (algorithm, signer) in signers {
        let told = world.service.shown(&signer.token(algorithm, &world.good())).await;
        assert_eq!(told.body, r#"ada ["orders:read", "orders:write"] 5"#, "{algorithm}");
    }
}

#[tokio::test]
async fn what_tokens_may_say() {
    let world = world();
    let (late, soon) = (now() - 20, now() + 20);
    for (without, more) in [
        ("aud", r#","aud":["elsewhere","shop"]"#.to_owned()),
        ("exp", format!(",\"exp\":{late}")),
        ("exp", format!(",\"exp\":{}.5", now() + 5)),
        ("", format!(",\"nbf\":{soon},\"iat\":{soon}")),
        ("", ",\"jti\":\"1\",\"tenant\":{\"id\":7}".to_owned()),
    ] {
        let told = world.service.shown(&world.rsa.token("RS256", &world.claims(without, &more))).await;
        assert_eq!(told.status, 200, "{more}");
    }
    for (claim, scopes) in [("[\"a b\",\"c\"]", r#"["a b", "c"]"#), ("\"\"", "[]"), ("null", "[]")] {
        let claims = world.claims("scope", &format!(",\"scope\":{claim}"));
        let told = world.service.shown(&world.rsa.token("RS256", &claims)).await;
        assert_eq!(told.body, format!("ada {scopes} 5"), "{claim}");
    }
    // Without the name of a key, those are tried that it could be.
    for kind in ["JWT", "at+jwt", "application/at+jwt"] {
        let head = format!(r#"{{"alg":"PS256","typ":"{kind}"}}"#);
        let told = world.service.shown(&world.rsa.token_of("PS256", &head, &world.good())).await;
        assert_eq!(told.status, 200, "{kind}");
    }
}

/// RFC 8725, and S036 of the list of bad things.
#[tokio::test]
async fn forgeries_are_refused_and_not_told_why() {
    let world = world();
    for (what, token) in
        by_their_heads(&world).into_iter().chain(by_their_claims(&world)).chain(by_form(&world))
    {
        assert_eq!(world.service.shown(&token).await, refused(), "{what}");
    }
    assert_eq!(world.identity.asked(), ["/keys"], "none of them has the issuer asked for keys");
}

fn refused() -> Told {
    let body = r#"{"type":"about:blank","title":"Unauthorized","status":401}"#.to_owned();
    Told { status: 401, challenges: vec!["Bearer error=\"invalid_token\"".to_owned()], body }
}

fn by_their_heads(world: &World) -> Vec<(&'static str, String)> {
    let good = world.good();
    let signed = |algorithm: &str, head: &str| world.rsa.token_of(algorithm, head, &good);
    let unsigned = |head: &str| format!("{}.{}.", text(head.as_bytes()), text(good.as_bytes()));
    let public = world.rsa.public("");
    vec![
        ("no signature", unsigned(r#"{"alg":"none"}"#)),
        ("no signature, spelt otherwise", unsigned(r#"{"alg":"None","kid":"rsa"}"#)),
        ("none, with a signature", signed("RS256", r#"{"alg":"none","kid":"rsa"}"#)),
        ("no algorithm", signed("RS256", r#"{"kid":"rsa"}"#)),
        ("the public key as a secret", world.rsa.confused(public.as_bytes(), &good)),
        ("an algorithm of another kind of key", signed("RS256", r#"{"alg":"ES256","kid":"rsa"}"#)),
        ("another algorithm than the one it is signed by", signed("RS256", r#"{"alg":"RS512","kid":"rsa"}"#)),
        ("PSS taken for PKCS #1", signed("PS256", r#"{"alg":"RS256","kid":"rsa"}"#)),
        (
            "another algorithm than the only one of its key",
            signed("RS256", r#"{"alg":"RS256","kid":"bound"}"#),
        ),
        ("a key for secrets", signed("RS256", r#"{"alg":"RS256","kid":"enc"}"#)),
        ("a shared key", signed("RS256", r#"{"alg":"HS256","kid":"oct"}"#)),
        ("the key of somebody else", world.other.token_of("RS256", r#"{"alg":"RS256","kid":"rsa"}"#, &good)),
        ("a key that the issuer does not have", world.other.token("RS256", &good)),
        (
            "its own key",
            world.other.token_of(
                "RS256",
                &format!(r#"{{"alg":"RS256","kid":"rsa","jwk":{}}}"#, world.other.public("")),
                &good,
            ),
        ),
        (
            "its own address of keys",
            world.other.token_of(
                "RS256",
                r#"{"alg":"RS256","kid":"rsa","jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/"}"#,
                &good,
            ),
        ),
        ("something critical", signed("RS256", r#"{"alg":"RS256","kid":"rsa","crit":["exp"],"exp":1}"#)),
        ("a token of a log-out", signed("RS256", r#"{"alg":"RS256","kid":"rsa","typ":"logout+jwt"}"#)),
        ("a head with a member twice", signed("RS256", r#"{"alg":"RS256","alg":"RS256","kid":"rsa"}"#)),
        ("a kid that is a path", signed("RS256", r#"{"alg":"RS256","kid":"../../dev/null"}"#)),
        ("a kid that is no text", signed("RS256", r#"{"alg":"RS256","kid":1}"#)),
    ]
}

fn by_their_claims(world: &World) -> Vec<(&'static str, String)> {
    let issuer = world.identity.url();
    let cases = [
        ("another issuer", "iss", format!(",\"iss\":\"{issuer}/other\"")),
        ("a slash too many", "iss", format!(",\"iss\":\"{issuer}/\"")),
        ("no issuer", "iss", String::new()),
        ("several issuers", "iss", format!(",\"iss\":[\"{issuer}\"]")),
        ("another audience", "aud", ",\"aud\":\"orders2\"".to_owned()),
        ("other audiences", "aud", ",\"aud\":[\"orders2\",\"Orders\"]".to_owned()),
        ("audiences that are no texts", "aud", ",\"aud\":[\"orders\",1]".to_owned()),
        ("no audience", "aud", String::new()),
        ("no audiences", "aud", ",\"aud\":[]".to_owned()),
        ("run out", "exp", format!(",\"exp\":{}", now() - 31)),
        ("never runs out", "exp", String::new()),
        ("an end that is no number", "exp", format!(",\"exp\":\"{}\"", now() + 600)),
        ("an end beyond all numbers", "exp", ",\"exp\":1e999".to_owned()),
        ("not yet", "", format!(",\"nbf\":{}", now() + 60)),
        ("of the future", "", format!(",\"iat\":{}", now() + 3_600)),
        ("nobody's", "sub", String::new()),
        ("of one without a name", "sub", ",\"sub\":\"\"".to_owned()),
        ("of a number", "sub", ",\"sub\":7".to_owned()),
        ("of a name with signs that are none", "sub", ",\"sub\":\"\\u0000Orders\"".to_owned()),
        ("scopes that are none", "scope", ",\"scope\":{\"a\":true}".to_owned()),
        ("a member twice", "", ",\"sub\":\"eve\"".to_owned()),
    ];
    let signed = |without: &str, more: &str| world.rsa.token("RS256", &world.claims(without, more));
    cases.iter().map(|(what, without, more)| (*what, signed(without, more))).collect()
}

fn by_form(world: &World) -> Vec<(&'static str, String)> {
    let good = world.rsa.token("RS256", &world.good());
    let (front, signature) = good.rsplit_once('.').expect("three parts");
    let (head, claims) = front.split_once('.').expect("three parts");
    let changed = world.claims("sub", ",\"sub\":\"eve\"");
    let large = world.claims("", &format!(",\"x\":\"{}\"", "a".repeat(9_000)));
    let deep = world.claims("", &format!(",\"x\":{}{}", "[".repeat(500), "]".repeat(500)));
    let short: String = signature.chars().take(signature.len() - 4).collect();
    vec![
        ("nothing", String::new()),
        ("no token", "abc".to_owned()),
        ("two parts", front.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("five parts", format!("{good}.{signature}.{signature}")),
        ("dots", "..".to_owned()),
        ("other claims", format!("{head}.{}.{signature}", text(changed.as_bytes()))),
        ("padding", format!("{good}=")),
        ("signs of plain base64", format!("{head}.{claims}.+{signature}")),
        ("a space in it", format!("{head}. {claims}.{signature}")),
        ("a signature that is cut off", format!("{front}.{short}")),
        ("no signature", format!("{front}.")),
        ("a head that is no object", world.rsa.token_of("RS256", "[]", &world.good())),
        ("claims that are no object", world.rsa.token("RS256", "[]")),
        ("claims that are no JSON", world.rsa.token("RS256", "{")),
        ("too large", world.rsa.token("RS256", &large)),
        ("too deep", world.rsa.token("RS256", &deep)),
        ("a token of a service", "flow1.e30.AAAA".to_owned()),
    ]
}

#[tokio::test]
async fn a_signature_on_a_curve_is_no_other_one() {
    let world = world();
    let good = world.good();
    let token = world.p256.token("ES256", &good);
    let (front, _) = token.rsplit_once('.').expect("three parts");
    let zeros = format!("{front}.{}", text(&[0; 64])); // CVE-2022-21449
    let other_curve = world.p384.token_of("ES384", r#"{"alg":"ES256","kid":"p256"}"#, &good);
    for token in [zeros, other_curve] {
        assert_eq!(world.service.shown(&token).await, refused());
    }
}

#[tokio::test]
async fn who_shows_nothing_is_told_what_to_show() {
    let world = world();
    let told = world.service.asked(&[]).await;
    assert_eq!((told.status, told.challenges), (401, vec!["Bearer".to_owned()]));
    let good = format!("Bearer {}", world.rsa.token("RS256", &world.good()));
    let twice = world.service.asked(&[("authorization", &good), ("authorization", &good)]).await;
    assert_eq!(twice, refused());
}

#[tokio::test]
async fn only_what_the_settings_name_is_accepted() {
    let world = world();
    let few = vec![flow_std::auth::JwtAlgorithm::Es256];
    let settings = flow_std::auth::JwtSettings { algorithms: few, ..settings(world.identity.url()) };
    let service = Service::new(settings);
    assert_eq!(service.shown(&world.rsa.token("RS256", &world.good())).await, refused());
    assert_eq!(service.shown(&world.p256.token("ES256", &world.good())).await.status, 200);
}
