//! Whether anything may have been done is told from service to service: an outage below leaves nothing to an operator
//! where the service that met it knows that nothing was done, and the order may be placed again with its key. What
//! nobody knows is kept. In a process of its own and in the bundle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ask;
use super::backend::{Backend, Reply, json};
use super::run::client::Answer;
use super::shop::{ORDER, SHOP, Shop, bundle, split};

const TOKEN: &str = "token-of-the-operator";
const CHARGED: &str = r#"{"id":"ch_81","amount":2500,"status":"succeeded"}"#;

fn place(shop: &Shop) -> Answer {
    let headers = [("X-Api-Key", SHOP), ("Content-Type", "application/json"), ("Idempotency-Key", "k")];
    ask(shop.address("Orders"), "POST", "/v1/orders", &headers, ORDER)
}

/// The writes that the operator of `Orders` is shown, and how they stand.
fn left(shop: &Shop) -> Vec<String> {
    let token = format!("Bearer {TOKEN}");
    let answer = ask(shop.address("Orders"), "GET", "/undos", &[("Authorization", &token)], "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let entries = answer.json().as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| format!("{} {}", entry["write"], entry["state"])).collect()
}

/// A shop whose payments fail in this way until they are mended.
struct Outage {
    shop: Shop,
    is_mended: Arc<AtomicBool>,
    _payments: Backend,
}

fn outage(run: fn(&[(&str, &str)]) -> Shop, failure: fn() -> Reply) -> Outage {
    let is_mended = Arc::new(AtomicBool::new(false));
    let mended = Arc::clone(&is_mended);
    let payments = Backend::start(move |_| match mended.load(Ordering::SeqCst) {
        true => json(200, CHARGED),
        false => failure(),
    });
    let shop = run(&[("ZAHL_URL", payments.url.as_str()), ("FLOW_OPERATOR_TOKEN", TOKEN)]);
    Outage { shop, is_mended, _payments: payments }
}

#[test]
fn what_was_surely_not_done_below_leaves_nothing_and_may_be_tried_again() {
    for run in [split, bundle] {
        let Outage { shop, is_mended, _payments } = outage(run, || json(503, "{}"));
        let answer = place(&shop);
        assert_eq!(answer.status, 502, "{}", answer.body);
        assert_eq!(answer.header("flow-outcome"), Some("nothing-done"));
        assert_eq!(left(&shop), Vec::<String>::new());
        is_mended.store(true, Ordering::SeqCst);
        let again = place(&shop);
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, None), "{}", again.body);
    }
}

#[test]
fn who_cannot_be_reached_has_done_nothing() {
    for run in [split, bundle] {
        let shop = run(&[("ZAHL_URL", "http://127.0.0.1:1"), ("FLOW_OPERATOR_TOKEN", TOKEN)]);
        let answer = place(&shop);
        assert!(answer.status >= 500, "{}", answer.body);
        assert_eq!(answer.header("flow-outcome"), Some("nothing-done"));
        assert_eq!(left(&shop), Vec::<String>::new());
    }
}

#[test]
fn what_nobody_knows_is_kept() {
    for run in [split, bundle] {
        for failure in [|| Reply::Never, || json(500, "{}")] {
            let Outage { shop, is_mended, _payments } = outage(run, failure);
            let answer = place(&shop);
            assert!(answer.status >= 500, "{}", answer.body);
            assert_eq!(answer.header("flow-outcome"), None);
            assert_eq!(left(&shop), ["\"Payments.charge\" \"uncertain\""]);
            is_mended.store(true, Ordering::SeqCst);
            let again = place(&shop);
            assert_eq!(again.said(), answer.said());
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
            assert_eq!(again.header("flow-outcome"), None);
        }
    }
}
