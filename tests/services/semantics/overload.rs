//! More to do than the processors can. What runs beside this would be turned away as well, so `.ci/run` runs it alone.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use super::super::backend::{Backend, empty};
use super::super::get;
use super::super::process::{PATIENCE, Process};
use super::super::run::client;
use super::start;

const TOKEN: &str = "token-of-the-operator";

/// Takes the processor a while to read and to write.
fn heavy() -> String {
    let mut body = r#"{"name":"abc","counts":{"#.to_owned();
    for number in 0..50_000 {
        let _ = write!(body, r#""k{number}":1,"#); // a text takes all
    }
    body + r#""last":1}}"#
}

fn is_turned_away(lab: &Process) -> bool {
    let answer = get(lab.address, "/v1/product?a=2&b=3");
    assert!([200, 503].contains(&answer.status), "{}", answer.body);
    if answer.status == 503 {
        assert!(answer.body.contains("too much is going on"), "{}", answer.body);
        assert!(answer.header("retry-after").is_some(), "{:?}", answer.headers);
    }
    answer.status == 503
}

/// Whether it comes before one has to take it for a fault.
fn comes(what: impl Fn() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    std::iter::repeat_with(what).take_while(|_| Instant::now() < end).any(|is_so| is_so)
}

/// S042
#[test]
#[ignore = "it takes all processors"]
fn some_are_turned_away_until_it_is_over_but_never_who_has_to_see_to_it() {
    let back = Backend::start(|_| empty(500));
    let lab = start("lab", &back, &[("FLOW_OPERATOR_TOKEN", TOKEN), ("FLOW_SHED_MS", "100")]);
    let (heavy, is_over) = (heavy(), AtomicBool::new(false));
    let operator = [("Authorization", &*format!("Bearer {TOKEN}"))];
    let (some, let_in) = thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let headers = [("Content-Type", "application/json")];
                while !is_over.load(Ordering::SeqCst) {
                    // Who is turned away may not even get rid of its body.
                    let _ = client::ask(lab.address, "POST", "/v1/echo", &headers, &heavy);
                }
            });
        }
        let some = comes(|| is_turned_away(&lab));
        let ask = |target, headers| client::ask(lab.address, "GET", target, headers, "");
        let is_good = |target, headers| ask(target, headers).is_ok_and(|answer| answer.status == 200);
        let let_in = (0..20).all(|_| is_good("/livez", &[]) && is_good("/undos", &operator[..]));
        is_over.store(true, Ordering::SeqCst);
        (some, let_in)
    });
    assert!(some, "nobody is turned away");
    assert!(let_in, "a probe or the operator is turned away");
    assert!(comes(|| !(0..50).any(|_| is_turned_away(&lab))), "it is never over");
}
