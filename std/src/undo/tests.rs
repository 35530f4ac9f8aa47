//! Runs over the store in memory: how they are undone, what is left of them when the process dies at any moment, and who
//! goes on with it. A process that dies is a runtime that is dropped, and a lease that is taken out.

#[cfg(feature = "simulation")]
mod troubled;

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::record::State;
use super::{Desk, Left, Refusal, Undoing, Undos, attend, undos_stuck};
use crate::codec::{Decode, Encode, Reader, Writer};
use crate::failure::{Answer, CallFailure, Failure};
use crate::http::{Context, Environment, Limits, Operator, Shell, arrived, router};
use crate::policy::paused;
use crate::runs::Runs;
use crate::store::{Change, Store};
use crate::value::Caller;

/// An undo that is its own name.
#[derive(Clone, Debug, PartialEq)]
struct Undo(String);

impl Encode for Undo {
    fn encode(&self, to: &mut Writer) {
        to.string(&self.0);
    }
}

impl Decode for Undo {
    fn decode(from: &mut Reader<'_>) -> Option<Undo> {
        from.string().map(Undo)
    }
}

/// The systems of others: what they were asked to undo, and how they fail at it, in turn.
#[derive(Clone, Default)]
struct World {
    undone: Arc<Mutex<Vec<String>>>,
    failures: Arc<Mutex<VecDeque<CallFailure>>>,
}

impl World {
    fn failing(failures: impl IntoIterator<Item = CallFailure>) -> World {
        World { failures: Arc::new(Mutex::new(failures.into_iter().collect())), ..World::default() }
    }

    fn undoing(&self) -> Undoing {
        self.undoing_of("Orders.place")
    }

    fn undoing_of(&self, operation: &'static str) -> Undoing {
        let world = self.clone();
        Undoing::new(operation, move |Undo(name): Undo, cx: Context| {
            let failure = world.failures.lock().expect("no test panics with it").pop_front();
            world.undone.lock().expect("no test panics with it").push(name);
            assert!(!cx.remaining().is_zero(), "an undo has time");
            async move { failure.map_or(Ok(()), Err) }
        })
    }

    fn undone(&self) -> Vec<String> {
        std::mem::take(&mut *self.undone.lock().expect("no test panics with it"))
    }
}

/// One start of the service over a store that outlives it.
struct Process {
    runs: Runs,
    world: World,
}

impl Process {
    fn start(store: &Store, world: &World) -> Process {
        Process { runs: Runs::new(store.clone()), world: world.clone() }
    }

    fn begin(&self) -> Undos {
        Undos::new(&self.runs, self.world.undoing(), &context(Duration::from_secs(10)))
    }

    /// Its lease ends, as it does when nobody renews it.
    async fn die(self) {
        let lease = format!("instances/{}", self.runs.instance());
        let ended = self.runs.store().commit(Change::new().delete(lease)).await;
        assert_eq!(ended, Ok(true));
    }

    fn desk(&self) -> Desk {
        Desk::new(self.runs.clone(), vec![self.world.undoing()])
    }

    /// Looks after what was left, for some time.
    async fn attend(&self, time: Duration) {
        let _ = timeout(time, attend(self.runs.clone(), vec![self.world.undoing()])).await;
    }

    /// What its operator reads at `/metrics`.
    async fn metrics(&self) -> String {
        let operator = Operator::read(&mut Environment::new(|_| None), "Orders", "1");
        let shell = Shell::new("", Limits::default());
        let shell = shell.with_operator(operator.alone().with_desk(Some(self.desk())));
        let request = ::http::Request::get("/metrics").body(Body::empty()).expect("it is well formed");
        let answer = router(Vec::new(), shell).call(request).await;
        let body = answer.expect("it never fails").into_body().collect().await.expect("it is whole");
        String::from_utf8_lossy(&body.to_bytes()).into_owned()
    }

    async fn left(&self) -> Vec<Left> {
        self.desk().list().await.expect("the store is there")
    }

    async fn states(&self) -> Vec<(String, State)> {
        self.left().await.into_iter().map(|left| (left.write, left.state)).collect()
    }
}

fn context(budget: Duration) -> Context {
    Context::new("Orders.place", Caller::default(), arrived("r-1", ""), budget)
}

fn status(status: u16) -> CallFailure {
    Answer::new(status, "", "").fail()
}

async fn write(undos: &Undos, name: &'static str) {
    let write = undos.begin(name).await.expect("the store is there");
    write.watch(async { Ok(()) }).await.expect("it is done");
    write.done(&Undo(format!("undo {name}"))).await.expect("the store is there");
}

async fn fail(undos: &Undos, name: &'static str, failure: CallFailure) {
    let write = undos.begin(name).await.expect("the store is there");
    assert_eq!(write.watch(async { Err::<(), _>(failure.clone()) }).await, Err(failure));
    assert!(!write.is_done());
}

async fn keys(store: &Store) -> Vec<String> {
    let all = store.scan("runs/", None, 100).await.expect("the store is there");
    all.into_iter().map(|(key, _)| key).collect()
}

const NO_FAILURE: Result<(), Failure> = Ok(());

fn failed() -> Result<(), Failure> {
    Err(Failure::forbidden())
}

#[test]
fn a_run_that_went_well_leaves_nothing() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let undos = Process::start(&store, &world).begin();
        write(&undos, "a").await;
        write(&undos, "b").await;
        assert_eq!(keys(&store).await.len(), 3);
        assert!(undos.end(NO_FAILURE).await.is_ok());
        assert_eq!((keys(&store).await, world.undone()), (vec![], vec![]));
    });
}

#[test]
fn the_last_is_undone_first_and_the_failure_stays_the_first() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let undos = Process::start(&store, &world).begin();
        write(&undos, "a").await;
        write(&undos, "b").await;
        sleep(Duration::from_secs(11)).await; // beyond the deadline
        let ended = undos.end(failed()).await;
        assert_eq!(ended.map_err(|failure| failure.status()), Err(403));
        assert_eq!(world.undone(), ["undo b", "undo a"]);
        assert_eq!(keys(&store).await, Vec::<String>::new());
    });
}

#[test]
fn one_that_fails_does_not_keep_the_others_and_is_tried_until_it_is_done() {
    paused(async {
        let world = World::failing([status(503), CallFailure::Timeout, status(500), status(503)]);
        let store = Store::memory();
        let process = Process::start(&store, &world);
        let undos = process.begin();
        write(&undos, "a").await;
        write(&undos, "b").await;
        let before = undos_stuck();
        assert!(undos.end(failed()).await.is_err());
        assert!(undos_stuck() > before);
        assert_eq!(world.undone(), ["undo b", "undo b", "undo b", "undo a", "undo a"]);
        assert_eq!(process.states().await, [("b".to_owned(), State::Waiting)]);
        process.attend(Duration::from_secs(60)).await;
        assert_eq!((world.undone(), process.left().await), (vec!["undo b".to_owned()], vec![]));
        assert_eq!(keys(&store).await, Vec::<String>::new());
    });
}

#[test]
fn what_is_refused_is_kept_for_an_operator() {
    paused(async {
        let (store, world) = (Store::memory(), World::failing([status(409), status(409)]));
        let process = Process::start(&store, &world);
        let undos = process.begin();
        write(&undos, "a").await;
        assert!(undos.end(failed()).await.is_err());
        process.attend(Duration::from_secs(600)).await;
        assert_eq!(world.undone(), ["undo a"], "nobody tries it again");
        let left = process.left().await;
        let [one] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!((one.state, one.tries, one.reason.as_str()), (State::Refused, 1, "status 409"));
        assert_eq!((one.write.as_str(), one.request.as_str()), ("a", "r-1"));
        assert!(process.metrics().await.contains("\nflow_undos_left 1\n"));
        let again = process.desk().run(&one.run).await.expect("it is his to try");
        assert_eq!((again.len(), world.undone().len()), (1, 1));
        assert_eq!(process.desk().run(&one.run).await, Ok(vec![]));
        assert!(process.metrics().await.contains("\nflow_undos_left 0\n"));
        assert_eq!(process.desk().run(&one.run).await, Err(Refusal::NotFound));
    });
}

/// Each way in which an undo can go.
#[test]
fn undos_are_counted_by_how_they_went() {
    paused(async {
        let world = World::failing([status(409)]);
        let runs = Runs::new(Store::memory());
        let begin = || {
            let undoing = world.undoing_of("Orders.counted");
            Undos::new(&runs, undoing, &context(Duration::from_secs(10)))
        };
        let undos = begin();
        write(&undos, "a").await;
        write(&undos, "b").await;
        fail(&undos, "c", CallFailure::Timeout).await;
        assert!(undos.end(failed()).await.is_err());
        world.failures.lock().expect("no test panics with it").extend([(); 50].map(|()| status(503)));
        let undos = begin();
        write(&undos, "d").await;
        assert!(undos.end(failed()).await.is_err());
        for outcome in crate::metrics::names::UNDO_OUTCOMES {
            let series = format!("flow_undo_total{{operation=\"Orders.counted\",outcome=\"{outcome}\"}}");
            assert_eq!(crate::metrics::number(&series), Some(1.0), "{outcome}");
        }
    });
}

#[test]
fn an_operator_drops_what_he_has_seen_to() {
    paused(async {
        let (store, world) = (Store::memory(), World::failing([status(409)]));
        let process = Process::start(&store, &world);
        let undos = process.begin();
        write(&undos, "a").await;
        let under_way = process.runs.begin(&context(Duration::ZERO)).id().to_owned();
        assert_eq!(process.desk().drop_run(&under_way, "x").await, Err(Refusal::NotFound));
        let all = super::kept::all(&process.runs, "Orders").await.expect("the store is there");
        let own = all.first().map(|kept| kept.key.id.clone()).unwrap_or_default();
        assert_eq!(process.desk().drop_run(&own, "x").await, Err(Refusal::UnderWay));
        assert!(undos.end(failed()).await.is_err());
        assert_eq!(process.desk().drop_run(&own, "by hand").await, Ok(()));
        assert_eq!(keys(&store).await, Vec::<String>::new());
    });
}

#[test]
fn what_was_not_done_is_not_undone_and_what_nobody_knows_is_kept() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let process = Process::start(&store, &world);
        let undos = process.begin();
        write(&undos, "a").await;
        fail(&undos, "b", status(402)).await;
        assert!(undos.end(failed()).await.is_err());
        assert_eq!(keys(&store).await, Vec::<String>::new());
        let undos = process.begin();
        write(&undos, "a").await;
        fail(&undos, "b", CallFailure::Timeout).await;
        assert!(undos.end(failed()).await.is_err());
        assert_eq!(world.undone(), ["undo a", "undo a"]);
        let left = process.left().await;
        let [one] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!((one.write.as_str(), one.state, one.reason.as_str()), ("b", State::Uncertain, "timeout"));
    });
}

#[test]
fn a_refusal_after_a_try_without_an_answer_leaves_it_in_doubt() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let process = Process::start(&store, &world);
        let undos = process.begin();
        let begun = undos.begin("a").await.expect("the store is there");
        let tries = async {
            begun.context().wrote();
            begun.context().tried(&CallFailure::Timeout);
            Err::<(), _>(CallFailure::Unreachable("it is down".into()))
        };
        assert!(begun.watch(tries).await.is_err());
        // The doubt is that of one write.
        fail(&undos, "b", status(402)).await;
        assert!(undos.end(failed()).await.is_err());
        assert_eq!(process.states().await, [("a".to_owned(), State::Uncertain)]);
    });
}

/// Whether anything may have been done, when a run has failed.
async fn leaves_something(failures: &[CallFailure], steps: impl AsyncFnOnce(&Undos)) -> bool {
    let process = Process::start(&Store::memory(), &World::failing(failures.iter().cloned()));
    let undos = process.begin();
    let cx = undos.context();
    steps(&undos).await;
    assert!(undos.end(failed()).await.is_err());
    cx.may_have_done()
}

#[test]
fn what_is_undone_as_a_whole_is_as_good_as_not_done() {
    paused(async {
        let both = async |undos: &Undos| {
            write(undos, "a").await;
            write(undos, "b").await;
        };
        assert!(!leaves_something(&[], async |_| ()).await);
        assert!(!leaves_something(&[], both).await);
        assert!(!leaves_something(&[status(503)], both).await, "it is done with the second try");
        assert!(leaves_something(&[status(409)], both).await, "one is refused");
        let again = [status(500), status(500), status(500)];
        assert!(leaves_something(&again, both).await, "one is left for later");
        let refused = async |undos: &Undos| fail(undos, "a", status(402)).await;
        assert!(!leaves_something(&[], refused).await);
        let lost = async |undos: &Undos| fail(undos, "a", CallFailure::Timeout).await;
        assert!(leaves_something(&[], lost).await);
        let stays = async |undos: &Undos| {
            write(undos, "a").await;
            undos.context().wrote();
        };
        assert!(leaves_something(&[], stays).await, "one has no undo");
    });
}

#[test]
fn a_fallback_that_ends_well_needs_no_undo() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let undos = Process::start(&store, &world).begin();
        fail(&undos, "a", CallFailure::Timeout).await;
        assert!(undos.end(NO_FAILURE).await.is_ok());
        assert_eq!((keys(&store).await, world.undone()), (vec![], vec![]));
    });
}

#[test]
fn an_undo_that_could_not_be_worked_out_is_kept() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let process = Process::start(&store, &world);
        let undos = process.begin();
        let begun = undos.begin("a").await.expect("the store is there");
        assert_eq!(begun.watch(async { Ok(1) }).await, Ok(1));
        assert!(undos.end(failed()).await.is_err());
        assert_eq!(process.states().await, [("a".to_owned(), State::Uncertain)]);
        assert!(process.left().await[0].reason.contains("could not be worked out"));
    });
}

#[test]
fn a_panic_is_a_failure_of_the_later_step() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let undos = Process::start(&store, &world).begin();
        write(&undos, "a").await;
        let panicked = tokio::spawn(async move {
            let _undos = undos;
            panic!("a fault of ours");
        });
        assert!(panicked.await.is_err());
        sleep(Duration::from_secs(1)).await;
        assert_eq!((world.undone(), keys(&store).await), (vec!["undo a".to_owned()], vec![]));
    });
}

/// Where the process dies, after a write that is done.
enum Death {
    BeforeTheWrite,
    InTheWrite,
    AfterTheWrite,
    AfterItsNote,
}

/// Does one write, begins another, and stops there.
async fn until(undos: Undos, death: Death) {
    write(&undos, "a").await;
    if let Death::BeforeTheWrite = death {
        return std::mem::forget(undos);
    }
    {
        let begun = undos.begin("b").await.expect("the store is there");
        if let Death::InTheWrite = death {
            let stuck = begun.watch(pending::<Result<(), CallFailure>>());
            assert!(timeout(Duration::from_secs(1), stuck).await.is_err());
        } else {
            begun.watch(async { Ok(()) }).await.expect("it is done");
        }
        if let Death::AfterItsNote = death {
            begun.done(&Undo("undo b".into())).await.expect("the store is there");
        }
    }
    std::mem::forget(undos); // no code of the process runs when it dies
}

#[test]
fn what_a_dead_process_left_is_undone_by_the_next_one() {
    let cases = [
        (Death::BeforeTheWrite, &["undo a"][..], &[][..]),
        (Death::InTheWrite, &["undo a"], &["b"]),
        (Death::AfterTheWrite, &["undo a"], &["b"]),
        (Death::AfterItsNote, &["undo b", "undo a"], &[]),
    ];
    for (death, undone, uncertain) in cases {
        paused(async {
            let (store, world) = (Store::memory(), World::default());
            let process = Process::start(&store, &world);
            until(process.begin(), death).await;
            process.die().await;
            let next = Process::start(&store, &world);
            next.attend(Duration::from_secs(1)).await;
            assert_eq!(world.undone(), undone);
            let wanted: Vec<_> =
                uncertain.iter().map(|write| ((*write).to_owned(), State::Uncertain)).collect();
            assert_eq!(next.states().await, wanted);
            if wanted.is_empty() {
                assert_eq!(keys(&store).await, Vec::<String>::new());
            }
            // And the one after that finds nothing to do.
            next.die().await;
            Process::start(&store, &world).attend(Duration::from_secs(60)).await;
            assert_eq!(world.undone(), Vec::<String>::new());
        });
    }
}

#[test]
fn a_process_that_dies_while_it_undoes_is_followed_by_one_that_goes_on() {
    paused(async {
        let (store, world) = (Store::memory(), World::failing([status(503), status(404)]));
        let process = Process::start(&store, &world);
        let undos = process.begin();
        write(&undos, "a").await;
        write(&undos, "b").await;
        // It dies in the pause before the second try.
        assert!(timeout(Duration::from_nanos(1), undos.end(failed())).await.is_err());
        process.die().await;
        let next = Process::start(&store, &world);
        next.attend(Duration::from_secs(1)).await;
        assert_eq!(world.undone(), ["undo b", "undo b", "undo a"]);
        assert_eq!((next.left().await, keys(&store).await), (vec![], vec![]), "what is gone is done");
    });
}

#[test]
fn the_runs_of_an_instance_that_lives_are_left_alone() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let (process, other) = (Process::start(&store, &world), Process::start(&store, &world));
        let undos = process.begin();
        write(&undos, "a").await;
        other.attend(Duration::from_secs(30)).await;
        assert_eq!((world.undone(), other.left().await), (vec![], vec![]));
        assert!(undos.end(NO_FAILURE).await.is_ok());
    });
}

#[test]
fn who_was_taken_for_dead_does_nothing_more_and_undoes_only_what_nobody_knows_of() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let (process, other) = (Process::start(&store, &world), Process::start(&store, &world));
        let undos = process.begin();
        write(&undos, "a").await;
        let late = undos.begin("b").await.expect("the store is there");
        late.watch(async { Ok(()) }).await.expect("it is done");
        let lease = format!("instances/{}", process.runs.instance());
        assert_eq!(store.commit(Change::new().delete(lease)).await, Ok(true));
        other.attend(Duration::from_secs(1)).await;
        assert_eq!(world.undone(), ["undo a"]);
        assert!(late.done(&Undo("undo b".into())).await.is_err());
        assert!(undos.begin("c").await.is_err());
        assert!(undos.end(NO_FAILURE).await.is_err(), "it must not be told as done");
        assert_eq!(world.undone(), ["undo b"]);
    });
}

#[test]
fn an_operation_that_is_gone_leaves_its_undos_to_an_operator() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let process = Process::start(&store, &world);
        until(process.begin(), Death::BeforeTheWrite).await;
        process.die().await;
        let next = Process::start(&store, &world);
        let other = Undoing::new("Orders.other", |_: Undo, _| async { Ok(()) });
        let _ = timeout(Duration::from_secs(1), attend(next.runs.clone(), vec![other])).await;
        assert_eq!(next.states().await, [("a".to_owned(), State::Refused)]);
    });
}

#[test]
fn who_undoes_and_is_taken_for_dead_changes_nothing_any_more() {
    paused(async {
        let (store, world) = (Store::memory(), World::default());
        let process = Process::start(&store, &world);
        until(process.begin(), Death::BeforeTheWrite).await;
        process.die().await;
        let slow = Process::start(&store, &world);
        let hung = Arc::new(Notify::new());
        let is_answered = Arc::clone(&hung);
        let undoing = Undoing::new("Orders.place", move |_: Undo, _| {
            let is_answered = Arc::clone(&is_answered);
            async move {
                is_answered.notified().await;
                Err(CallFailure::Timeout)
            }
        });
        let attending = tokio::spawn(attend(slow.runs.clone(), vec![undoing]));
        sleep(Duration::from_secs(1)).await;
        let lease = format!("instances/{}", slow.runs.instance());
        assert_eq!(store.commit(Change::new().delete(lease)).await, Ok(true));
        let other = Process::start(&store, &world);
        other.attend(Duration::from_secs(1)).await;
        assert_eq!((world.undone(), keys(&store).await), (vec!["undo a".to_owned()], vec![]));
        hung.notify_one();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(keys(&store).await, Vec::<String>::new(), "nothing of it comes back");
        attending.abort();
    });
}
