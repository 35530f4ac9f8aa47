//! What an operator reads of backends: each number is fed by what the service really does.

use crate::lab::{Lab, Listener, answer};

const LEFT: &str = "flow_token_seconds{backend=\"Bank\"}";
const OPEN: &str = "flow_breaker_open{backend=\"Bank\"}";

#[test]
fn a_token_says_how_long_it_is_still_good() {
    let tokens = Listener::start(|_| {
        answer(200, r#"{"access_token":"token-1","token_type":"Bearer","expires_in":3600}"#)
    });
    let back = Listener::start(|_| answer(200, "\"x\""));
    let lab = Lab::start(&back.url, &[("TOKEN_URL", &tokens.url)]);
    assert_eq!(lab.number(LEFT), None, "nobody wants one");
    assert!(lab.ask("GET", "/bank/a", "", "").contains("\"x\""));
    let left = lab.number(LEFT).expect("it is told");
    assert!((3_000.0..3_600.0).contains(&left), "{left}");
    assert!(!lab.metrics().contains("flow_token_seconds{backend=\"Back\"}"), "that one has none");
}

#[test]
fn that_no_token_can_be_had_is_told() {
    let lab = Lab::start("http://127.0.0.1:1", &[]);
    lab.ask("GET", "/bank/a", "", "");
    assert_eq!(lab.number(LEFT), Some(0.0));
}

#[test]
fn a_breaker_that_is_open_is_told() {
    let tokens = Listener::start(|_| answer(200, r#"{"access_token":"token-1","token_type":"Bearer"}"#));
    let back = Listener::start(|_| answer(500, "{}"));
    let lab = Lab::start(&back.url, &[("TOKEN_URL", &tokens.url)]);
    assert_eq!(lab.number(OPEN), Some(0.0));
    for _ in 0..3 {
        lab.ask("GET", "/bank/a", "", "");
    }
    assert_eq!(lab.number(OPEN), Some(1.0));
}
