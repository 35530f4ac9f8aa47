//! When the issuer is asked, by a clock that is the test's own.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::auth::base64url;

/// An issuer that answers so, and at the end the same again and again, each time after so long.
struct Script {
    issuer: Issuer,
    asked: Arc<AtomicUsize>,
}

fn script(answers: &[Result<&str, &str>], takes: Duration) -> Script {
    let answers: VecDeque<Result<String, String>> =
        answers.iter().map(|answer| answer.map(set).map_err(str::to_owned)).collect();
    let (answers, asked) = (Arc::new(Mutex::new(answers)), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let fetch: Fetch = Box::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let answer = {
            let mut answers = answers.lock().expect("no test panics with it");
            let next = answers.front().cloned().expect("there is an answer");
            if answers.len() > 1 {
                answers.pop_front();
            }
            next
        };
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            answer.and_then(|text| Keys::parse(&text))
        })
    });
    let issuer = Issuer::new(fetch);
    issuer.begin();
    Script { issuer, asked }
}

impl Script {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether the key of this name is known; none where there are no keys at all.
    async fn has(&self, id: &str) -> Option<bool> {
        let text = token(id);
        let token = Token::parse(&text).expect("it is well formed");
        self.issuer.keys_for(&token).await.map(|keys| keys.fit(&token))
    }
}

/// A set with keys of these names.
fn set(ids: &str) -> String {
    let key = |id: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{}"}}"#, "A".repeat(43));
    let keys: Vec<String> = ids.split(' ').map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

fn token(id: &str) -> String {
    let head = base64url::encode(format!(r#"{{"alg":"EdDSA","kid":"{id}"}}"#).as_bytes());
    format!("{head}.{}.AAAA", base64url::encode(b"{}"))
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

const SOON: Duration = Duration::from_millis(100);

#[tokio::test(start_paused = true)]
async fn the_first_request_waits_for_the_first_keys() {
    let script = script(&[Ok("a")], SOON);
    assert_eq!(script.has("a").await, Some(true));
    assert_eq!(script.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_unknown_keys_does_not_reach_the_issuer() {
    let script = script(&[Ok("a")], SOON);
    assert_eq!(script.has("a").await, Some(true));
    let begin = Instant::now();
    for number in 0..1_000 {
        assert_eq!(script.has(&format!("unknown-{number}")).await, Some(false));
    }
    assert_eq!((script.asked(), begin.elapsed()), (1, Duration::ZERO), "nobody has waited");
    pass(31).await;
    for number in 0..1_000 {
        assert_eq!(script.has(&format!("unknown-{number}")).await, Some(false));
    }
    assert_eq!(script.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_when_it_is_first_seen() {
    let script = script(&[Ok("a"), Ok("a b")], SOON);
    assert_eq!(script.has("a").await, Some(true));
    pass(60).await;
    let begin = Instant::now();
    assert_eq!(script.has("a").await, Some(true));
    assert_eq!(begin.elapsed(), Duration::ZERO, "who has a known key does not wait");
    assert_eq!((script.has("b").await, script.asked()), (Some(true), 2));
    assert!(begin.elapsed() >= SOON);
}

#[tokio::test(start_paused = true)]
async fn keys_are_renewed_while_nobody_waits() {
    let script = script(&[Ok("a"), Ok("b")], Duration::from_secs(3));
    pass(4).await;
    pass(300).await;
    let begin = Instant::now();
    assert_eq!((script.has("a").await, script.asked()), (Some(true), 2), "it is being asked");
    assert_eq!(begin.elapsed(), Duration::ZERO);
    pass(4).await;
    assert_eq!(
        (script.has("b").await, script.has("a").await),
        (Some(true), Some(false)),
        "the old one is gone"
    );
}

#[tokio::test(start_paused = true)]
async fn keys_are_used_while_the_issuer_does_not_answer() {
    let script = script(&[Ok("a"), Err("down")], SOON);
    pass(3_600).await;
    let before = script.asked();
    assert_eq!((script.has("a").await, script.has("b").await), (Some(true), Some(false)));
    pass(60).await;
    assert!(script.asked() - before <= 3, "not asked more than twice a minute");
    pass(24 * 60 * 60).await;
    assert_eq!(script.has("a").await, None, "they may be called back by now");
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_comes_late_is_found() {
    let script = script(&[Err("down"), Err("down"), Ok("a")], SOON);
    pass(1).await;
    assert_eq!(script.has("a").await, None);
    pass(4).await;
    assert_eq!((script.has("a").await, script.asked()), (Some(true), 3));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_two_seconds() {
    let script = script(&[Ok("a")], Duration::from_secs(5));
    let begin = Instant::now();
    assert_eq!(script.has("a").await, None);
    assert_eq!(begin.elapsed(), WAIT);
}
