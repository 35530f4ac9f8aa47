//! Requests that come again: at the same time, later, with another body, and after a crash; over the engine in memory.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::*;
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::failure::{CallFailure, ProblemType};
use crate::http::{Repeat, arrived};
use crate::runs::AnswerState;
use crate::store::{Change, Store};
use crate::undo::{Undoing, Undos};
use crate::value::Caller;

static OUT_OF_STOCK: ProblemType =
    ProblemType { name: "OutOfStock", status: 409, title: "Not enough stock", uri: "urn:out-of-stock" };

fn context(caller: &str) -> Context {
    let caller = Caller { subject: caller.to_owned(), ..Caller::default() };
    Context::new("Orders.place", caller, arrived("r-1", ""), Duration::from_secs(5))
}

fn want(key: &str, fingerprint: &str) -> Want {
    Want { key: key.to_owned(), fingerprint: fingerprint.to_owned(), keep: Duration::from_secs(60) }
}

/// What was answered: status, body, and whether it was given before.
async fn answered(
    runs: &Runs,
    want: Want,
    work: impl AsyncFnOnce(Context) -> Result<Response, Failure>,
) -> (u16, String, bool) {
    match runs.once(&context("ada"), want, |cx| work(cx)).await {
        Ok(response) => {
            let kept = response.to_kept().expect("it is whole");
            let body = String::from_utf8_lossy(&kept.body).into_owned();
            (kept.status, body, kept.headers.iter().any(|(name, _)| name == REPLAYED))
        }
        Err(failure) => (failure.status(), String::from_utf8_lossy(&failure.body()).into_owned(), false),
    }
}

fn good(text: &str) -> Result<Response, Failure> {
    Ok(Response::text(201, text.to_owned()))
}

async fn never(_: Context) -> Result<Response, Failure> {
    panic!("it was done again")
}

async fn written(cx: Context, ended: Result<Response, Failure>) -> Result<Response, Failure> {
    cx.writes(Repeat::Unsafe).await.map_err(Failure::from)?;
    ended
}

fn over(store: &Store) -> Runs {
    Runs::new(store.clone())
}

/// An instance that has died: its lease is gone.
async fn dead(runs: &Runs, store: &Store) {
    let key = format!("instances/{}", runs.instance());
    assert_eq!(store.commit(Change::new().delete(key)).await, Ok(true));
}

/// S041
#[tokio::test(start_paused = true)]
async fn of_fifty_at_once_one_is_done_and_all_have_its_answer() {
    let store = Store::memory();
    let replicas = [over(&store), over(&store)];
    let count = Arc::new(AtomicU32::new(0));
    let all = (0..50).map(|at| {
        let (runs, count) = (replicas[at % 2].clone(), Arc::clone(&count));
        tokio::spawn(async move {
            answered(&runs, want("k", "f"), async |_| {
                sleep(Duration::from_secs(1)).await;
                count.fetch_add(1, Ordering::Relaxed);
                good("made")
            })
            .await
        })
    });
    let (mut first, mut later) = (0, 0);
    for one in all.collect::<Vec<_>>() {
        match one.await.expect("it ends well") {
            (201, body, is_replayed) if body == "made" => {
                first += u32::from(!is_replayed);
                later += u32::from(is_replayed);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((count.load(Ordering::Relaxed), first, later), (1, 1, 49));
}

#[tokio::test(start_paused = true)]
async fn who_waits_until_its_deadline_is_told_to_come_again() {
    let runs = over(&Store::memory());
    let first = tokio::spawn({
        let runs = runs.clone();
        async move {
            answered(&runs, want("k", "f"), async |_| {
                sleep(Duration::from_secs(60)).await;
                good("made")
            })
            .await
        }
    });
    tokio::task::yield_now().await;
    let twin = runs.once(&context("ada"), want("k", "f"), never).await.expect_err("it is under way");
    assert_eq!((twin.status(), twin.retry_after_seconds()), (409, Some(1)));
    assert_eq!(first.await.expect("it ends well").0, 201);
    assert_eq!(answered(&runs, want("k", "f"), never).await, (201, "made".to_owned(), true));
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_caller() {
    let runs = over(&Store::memory());
    assert_eq!(answered(&runs, want("k", "f"), async |_| good("a")).await.0, 201);
    assert_eq!(answered(&runs, want("k", "other"), never).await.0, 422);
    assert_eq!(answered(&runs, want("k2", "f"), async |_| good("b")).await.1, "b");
    let other = runs.once(&context("eve"), want("k", "f"), async |_| good("c")).await.expect("it is done");
    let kept = other.to_kept().expect("it is whole");
    assert_eq!(kept.body, "c", "nobody gets the answer of somebody else");
}

#[tokio::test]
async fn what_may_have_been_done_is_kept_and_what_was_not_may_come_again() {
    let runs = over(&Store::memory());
    let kept = [
        written(context("ada"), good("x")).await,
        Err(Failure::problem(&OUT_OF_STOCK).member("missing", &vec!["a".to_owned()])),
        Ok(Response::empty(204)),
    ];
    for (at, ended) in kept.into_iter().enumerate() {
        let key = format!("kept-{at}");
        let (status, body, _) = answered(&runs, want(&key, "f"), async |_| ended).await;
        assert_eq!(answered(&runs, want(&key, "f"), never).await, (status, body, true));
    }
    // A failure after a write is kept, whatever it is.
    for (at, failure) in
        [Failure::internal("x"), Failure::gateway_timeout("x"), Failure::forbidden()].into_iter().enumerate()
    {
        let (written_key, unwritten) = (format!("written-{at}"), format!("unwritten-{at}"));
        let status = failure.status();
        let first =
            answered(&runs, want(&written_key, "f"), async |cx| written(cx, Err(failure.clone())).await)
                .await;
        assert_eq!(first.0, status);
        assert_eq!(answered(&runs, want(&written_key, "f"), never).await, (status, first.1, true));
        assert_eq!(answered(&runs, want(&unwritten, "f"), async |_| Err(failure)).await.0, status);
        assert_eq!(
            answered(&runs, want(&unwritten, "f"), async |_| good("done")).await,
            (201, "done".to_owned(), false)
        );
    }
}

#[tokio::test]
async fn what_was_sent_and_surely_not_done_may_come_again() {
    let runs = over(&Store::memory());
    for (key, refused) in [("refused", true), ("lost", false)] {
        let failed = answered(&runs, want(key, "f"), async |cx| {
            cx.writes(Repeat::Unsafe).await.map_err(Failure::from)?;
            let failure = match refused {
                true => CallFailure::Unreachable("it is down".to_owned()),
                false => CallFailure::Timeout,
            };
            cx.tried(&failure);
            Err(Failure::internal(""))
        });
        assert_eq!(failed.await.0, 500);
        let again = answered(&runs, want(key, "f"), async |_| good("done")).await;
        assert_eq!((again.0, again.2), if refused { (201, false) } else { (500, true) });
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_undone_may_come_again_with_other_keys() {
    let runs = over(&Store::memory());
    let mut keys = Vec::new();
    for status in [500, 201] {
        let ended = answered(&runs, want("k", "f"), async |cx| {
            let undoing = Undoing::new("Orders.place", |_: Order, _| std::future::ready(Ok(())));
            let undos = Undos::new(&runs, undoing, &cx);
            let cx = undos.context();
            let write = undos.begin("A.a").await?;
            keys.extend([write.context().step_key("A.a"), cx.step_key("A.b")]);
            write.watch(async { Ok(()) }).await.map_err(Failure::from)?;
            write.done(&Order("1".to_owned())).await?;
            undos.end(if status == 500 { Err(Failure::internal("")) } else { good("done") }).await
        });
        let (answer, _, is_replayed) = ended.await;
        assert_eq!((answer, is_replayed), (status, false));
    }
    assert_ne!(keys[0], keys[2], "what was undone is not answered with what it was");
    assert_eq!(keys[1], keys[3], "what stays is not done twice");
    assert_eq!(answered(&runs, want("k", "f"), never).await.1, "done");
}

/// What an undo needs to know.
struct Order(String);

impl Encode for Order {
    fn encode(&self, to: &mut Writer) {
        to.string(&self.0);
    }
}

impl Decode for Order {
    fn decode(from: &mut Reader<'_>) -> Option<Order> {
        from.string().map(Order)
    }
}

#[tokio::test]
async fn a_panic_leaves_the_key_free_or_keeps_its_500() {
    let runs = over(&Store::memory());
    let panics = async |cx: Context, writes: bool| -> Result<Response, Failure> {
        if writes {
            cx.writes(Repeat::Unsafe).await.map_err(Failure::from)?;
        }
        panic!("a fault of ours")
    };
    for (key, writes) in [("a", false), ("b", true)] {
        let run = answered(&runs, want(key, "f"), |cx| panics(cx, writes));
        assert!(AssertUnwindSafe(run).catch_unwind().await.is_err());
    }
    assert_eq!(answered(&runs, want("a", "f"), async |_| good("done")).await.0, 201);
    let kept = answered(&runs, want("b", "f"), never).await;
    assert_eq!((kept.0, kept.2), (500, true));
}

/// Leaves a run behind as a process does that is killed in the middle of it.
async fn killed(runs: &Runs, want: Want, before: impl AsyncFnOnce(Context)) {
    match runs.claim(&context("ada"), &want).await {
        Ok(Claim::Ours(run)) => before(context("ada").with_run(run)).await,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_first_is_dead_the_next_one_begins_anew() {
    let store = Store::memory();
    let first = over(&store);
    let mut keys = Vec::new();
    killed(&first, want("k", "f"), async |cx| {
        cx.writes(Repeat::Safe).await.expect("it is only noted");
        keys.push(cx.step_key("Ledger.book"));
    })
    .await;
    let next = over(&store);
    // While the lease of the first is there, nobody knows that it is dead.
    assert_eq!(answered(&next, want("k", "f"), never).await.0, 409);
    dead(&first, &store).await;
    let (status, _, is_replayed) = answered(&next, want("k", "f"), async |cx| {
        keys.push(cx.step_key("Ledger.book"));
        good("done")
    })
    .await;
    assert_eq!((status, is_replayed), (201, false));
    assert_eq!(keys[0], keys[1], "what can be sent again is sent with the same key");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_cannot_be_repeated_is_never_repeated() {
    let store = Store::memory();
    let first = over(&store);
    killed(&first, want("k", "f"), async |cx| cx.writes(Repeat::Unsafe).await.expect("it is noted")).await;
    dead(&first, &store).await;
    let (status, body, _) = answered(&over(&store), want("k", "f"), never).await;
    assert!(status == 409 && body.contains("it is not known what it has done"), "{status} {body}");
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_run_has_to_undo_is_undone_before_the_next_one_begins() {
    let store = Store::memory();
    let first = over(&store);
    let (mut id, mut keys) = (String::new(), Vec::new());
    killed(&first, want("k", "f"), async |cx| {
        let run = cx.run().expect("it has one");
        run.note("0", "an undo that no version can read").await.expect("it is noted");
        cx.undoable().writes(Repeat::Unsafe).await.expect("it is noted already");
        keys.extend([cx.undoable().step_key("A.a"), cx.step_key("A.b")]);
        id = run.key().to_owned();
    })
    .await;
    dead(&first, &store).await;
    let next = over(&store);
    let begun = Instant::now();
    let (status, body, _) = answered(&next, want("k", "f"), never).await;
    assert!(status == 409 && body.contains("an operator has to see to what it has left"), "{status} {body}");
    assert_eq!(begun.elapsed(), Duration::ZERO, "there is nothing to wait for");
    // The operator undoes it.
    let entry = store.get(&id).await.expect("it can be read").expect("it is there");
    let change = next.settled(&id, &entry).await.expect("it can be read").delete(format!("{id}/0"));
    assert_eq!(store.commit(change).await, Ok(true));
    let ended = answered(&next, want("k", "f"), async |cx| {
        keys.extend([cx.undoable().step_key("A.a"), cx.step_key("A.b")]);
        good("done")
    })
    .await;
    assert_eq!(ended.0, 201);
    assert_ne!(keys[0], keys[2], "what was undone is not answered with what it was");
    assert_eq!(keys[1], keys[3], "what stays is not done twice");
}

#[tokio::test]
async fn a_run_that_was_thought_dead_does_nothing_further() {
    let store = Store::memory();
    let first = over(&store);
    killed(&first, want("k", "f"), async |cx| {
        dead(&first, &store).await;
        let next = answered(&over(&store), want("k", "f"), async |_| good("of the next")).await;
        assert_eq!(next.0, 201);
        assert!(cx.writes(Repeat::Unsafe).await.is_err());
        let run = cx.run().expect("it has one");
        assert!(run.note("0", "").await.is_err());
        assert_eq!(run.finish(Fate::Done, Some(kept_failure(&Failure::internal("")))).await, Ok(false));
    })
    .await;
    assert_eq!(answered(&over(&store), want("k", "f"), never).await.1, "of the next");
}

#[tokio::test]
async fn an_end_leaves_the_answer_and_nothing_else() {
    let store = Store::memory();
    let runs = over(&store);
    let ended = answered(&runs, want("k", "f"), async |cx| {
        let run = cx.run().expect("it has one");
        for name in ["0", "1"] {
            run.note(name, "").await.expect("it is noted");
        }
        good("done")
    });
    assert_eq!(ended.await.0, 201);
    let keys: Vec<_> =
        store.scan("", None, 99).await.expect("it can be read").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["answers/Orders/place/ada/k".to_owned(), format!("instances/{}", runs.instance())]);
    let answer = store.get(&keys[0]).await.expect("it can be read").expect("it is there");
    let answer = crate::runs::Answer::from_bytes(&answer.value).expect("it is ours");
    assert!(matches!(answer.state, AnswerState::Done(kept) if kept.status == 201));
}

#[tokio::test]
async fn an_undo_that_is_left_can_be_taken_out_after_the_answer() {
    let store = Store::memory();
    let runs = over(&store);
    let mut left = None;
    let ended = answered(&runs, want("k", "f"), async |cx| {
        cx.wrote();
        let run = cx.run().expect("it has one");
        run.note("0", "").await.expect("it is noted");
        left = Some(run.clone());
        Err(Failure::internal(""))
    });
    assert_eq!(ended.await.0, 500);
    let run = left.expect("it has run");
    assert!(store.get(&format!("{}/0", run.key())).await.is_ok_and(|note| note.is_some()));
    assert_eq!(run.forget("0").await, Ok(()));
    assert_eq!(run.finish(Fate::Failed, None).await, Ok(true));
    assert!(store.scan("runs/", None, 9).await.is_ok_and(|found| found.is_empty()));
    assert_eq!(answered(&runs, want("k", "f"), never).await.0, 500);
}

/// Half of what is asked of the store is done, and said to have failed.
#[cfg(feature = "simulation")]
#[tokio::test(start_paused = true)]
async fn a_key_that_was_taken_without_a_word_is_given_back() {
    use crate::outside::{seed, set_wall, wall};
    use crate::store::{MemoryStore, Trouble, TroubleKind, TroubledStore};
    let (from, until) = (wall() + Duration::from_secs(1_000), wall() + Duration::from_secs(2_000));
    let trouble = Trouble { from, until, part: 0.5, kind: TroubleKind::Unsure };
    let runs = over(&Store::Troubled(TroubledStore::new(MemoryStore::default(), vec![trouble])));
    for number in 0..50 {
        seed(number);
        let want = want(&format!("k{number}"), "f");
        set_wall(1_500);
        let (status, ..) = answered(&runs, want.clone(), async |_| good("made")).await;
        assert!([201, 503].contains(&status), "{status}");
        set_wall(0);
        assert_eq!(answered(&runs, want, async |_| good("made")).await.0, 201, "seed {number}");
    }
}

/// What cannot be noted is not sent, and its line in the audit log says what who called was told.
#[cfg(feature = "simulation")]
#[tokio::test(start_paused = true)]
async fn a_call_that_the_store_keeps_from_being_made_is_a_503_in_the_audit_log() {
    use crate::http::{Environment, open_audit, wanted_audit};
    use crate::local::{self, LocalEndpoint};
    use crate::outside::{set_wall, wall};
    use crate::store::{MemoryStore, Trouble, TroubleKind, TroubledStore};
    let path = std::env::temp_dir().join(format!("flow-unnoted-{}", std::process::id()));
    let named = path.display().to_string();
    let mut env = Environment::new(move |name| (name == "FLOW_AUDIT_FILE").then(|| named.clone()));
    open_audit(wanted_audit(&mut env).expect("it can be opened"));
    let (from, until) = (wall() + Duration::from_secs(1_000), wall() + Duration::from_secs(2_000));
    let trouble = Trouble { from, until, part: 1.0, kind: TroubleKind::Fails };
    let runs = over(&Store::Troubled(TroubledStore::new(MemoryStore::default(), vec![trouble])));
    let to = LocalEndpoint {
        operation: "Unnoted.reserve",
        writes: true,
        repeat: Repeat::Unsafe,
        deadline: Duration::from_secs(5),
        limit: None,
        limit_key: None,
        audit: Some(Vec::new()),
    };
    let ended = answered(&runs, want("k", "f"), async |cx| {
        set_wall(1_500);
        let called = local::call(&cx, &to, |_| async { panic!("it was sent") });
        let ended: Result<(), CallFailure> = called.await;
        set_wall(0);
        ended.map_err(Failure::from).and_then(|()| good("made"))
    });
    assert_eq!(ended.await.0, 503);
    let written = std::fs::read_to_string(&path).expect("it is there");
    let _ = std::fs::remove_file(&path);
    // Other tests of this process write there, too.
    let line = written.lines().find(|line| line.contains("Unnoted.reserve")).expect("it has a line");
    let outcome = r#""outcome":"ServiceUnavailable","status":503,"changed":"nothing","micros""#;
    assert!(line.contains(outcome), "{line}");
}

/// The end is in the store, and nobody could say so.
#[cfg(feature = "simulation")]
#[tokio::test(start_paused = true)]
async fn a_run_that_ended_without_a_word_is_still_our_own() {
    use crate::outside::{set_wall, wall};
    use crate::store::{MemoryStore, Trouble, TroubleKind, TroubledStore};
    let (from, until) = (wall() + Duration::from_secs(1_000), wall() + Duration::from_secs(2_000));
    let trouble = Trouble { from, until, part: 1.0, kind: TroubleKind::Unsure };
    let store = Store::Troubled(TroubledStore::new(MemoryStore::default(), vec![trouble]));
    let runs = over(&store);
    let mut left = None;
    let ended = answered(&runs, want("k", "f"), async |cx| {
        cx.wrote();
        let run = cx.run().expect("it has one");
        run.note("0", "").await.expect("it is noted");
        left = Some(run.clone());
        set_wall(1_500);
        Err(Failure::internal(""))
    });
    assert_eq!(ended.await.0, 500);
    set_wall(0);
    let run = left.expect("it has run");
    assert!(store.get(&format!("{}/0", run.key())).await.is_ok_and(|note| note.is_some()));
    assert_eq!(run.forget("0").await, Ok(()));
    assert!(!run.is_lost());
    assert!(store.scan("runs/", None, 9).await.is_ok_and(|found| found.is_empty()));
    assert_eq!(answered(&runs, want("k", "f"), never).await.0, 500);
    // What still tries to end it in the background finds nothing to do.
    sleep(Duration::from_secs(60)).await;
    assert_eq!(run.finish(Fate::Failed, None).await, Ok(true));
    assert_eq!(answered(&runs, want("k", "f"), never).await.0, 500);
}
