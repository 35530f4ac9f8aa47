//! Values that no service should run with, and texts that were made to hurt.

use super::super::cli::{MANIFEST, folder, run};
use super::{SHOP, check};

/// The shop with other settings on one of its backends.
fn with_setting(setting: &str) -> Vec<&'static str> {
    check(&SHOP.replace("  accepts:  [personal]\n", &format!("  accepts:  [personal]\n  {setting}\n"))).ids()
}

#[test]
fn settings_are_within_reason() {
    assert_eq!(with_setting("timeout: 900ms"), Vec::<&str>::new());
    for setting in [
        "timeout: 999999999999h",
        "timeout: -1s",
        "timeout: 0s",
        "limit: { rate: 0/s }",
        "limit: { rate: 1e999/s }",
        "limit: { rate: 1_0__0/s }",
        "retry: { times: 0 }",
        "retry: { times: 1000000000 }",
        "max_body: 0B",
    ] {
        assert!(!with_setting(setting).is_empty(), "{setting}");
    }
}

const SECRETS: [&str; 4] = [
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "AKIAIOSFODNN7EXAMPLE",
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "-----BEGIN RSA PRIVATE KEY-----",
];

/// Wherever they stand: in a setting, a value, or a test.
#[test]
fn secrets_do_not_stand_in_the_source() {
    for secret in SECRETS {
        let quoted = format!("\"{secret}\"");
        for (from, to) in [
            ("secret.PAYMENTS_TOKEN", quoted.clone()),
            ("\"it is there\"", quoted.clone()),
            ("\"order placed\"", quoted.clone()),
            ("token: \"t\"", format!("token: {quoted}")),
            ("token: \"t\"", format!("token: '{secret}'")),
        ] {
            let ids = check(&SHOP.replace(from, &to)).ids();
            assert_eq!(ids.contains(&"F0906"), SHOP.contains(from), "{from} {secret} {ids:?}");
            assert!(ids.iter().filter(|id| **id == "F0906").count() <= 1, "once: {ids:?}");
        }
    }
    let ids = check(&SHOP.replace("secret.PAYMENTS_TOKEN", "\"x\"")).ids();
    assert_eq!(ids, ["F0906"], "whatever it looks like, where a secret belongs");
}

#[test]
fn no_format_shows_a_secret() {
    let flow =
        format!("fn a() -> string = \"{}\" + nobody\nfn b() -> string = '{}'\n", SECRETS[0], SECRETS[1]);
    let project = folder(&[MANIFEST, ("src/main.flow", &flow)]);
    for format in ["human", "short", "json", "sarif", "github", "gitlab", "junit"] {
        let ran = run(project.path(), &["check", "--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("F0906"), "{format}: {}", ran.out);
        let shown = |secret: &&str| ran.out.contains(*secret) || ran.err.contains(*secret);
        assert!(!SECRETS.iter().any(shown), "{format}: {}", ran.out);
    }
    let human = run(project.path(), &["check"]).out;
    assert!(human.contains("••••"), "{human}");
}

/// Rows of one size and of twice that size: what is found is the same, so nothing is cut off by its length.
#[test]
fn long_texts_are_read_to_their_end() {
    let sum = |terms: usize| format!("fn sum() -> int = {}\n", vec!["1"; terms].join(" + "));
    assert_eq!(check(&sum(20_000)).ids(), Vec::<&str>::new());
    let nested = |depth: usize| format!("fn deep() -> int = {}1{}\n", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(check(&nested(100)).ids(), Vec::<&str>::new());
    assert_eq!(check(&nested(10_000)).ids(), ["F0106"]);
}
