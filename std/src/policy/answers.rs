//! Answers that are used again. However many ask for the same at the same time, one goes and fetches it, and the others
//! wait, each no longer than it may; when the one that fetches is given up, the next one takes over.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::settings::Cache;
use super::shelf::{Digest, Shelf};
use crate::failure::CallFailure;
use crate::http::Context;
use crate::metrics;

/// How long a stale answer is used after a new one could not be had, before the next one is asked for.
const PAUSE: Duration = Duration::from_secs(1);

/// What tells answers apart, and whose space they share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    shelf: &'static str,
    digest: Digest,
}

impl Key {
    /// `parts`: all that an answer depends on. `shelf`: the answers with this name are counted together.
    pub fn new<'a>(shelf: &'static str, parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
        let mut digest = Sha256::new();
        for part in parts {
            // With its length, so that no two lists of parts can look the same.
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        Key { shelf, digest: digest.finalize().into() }
    }
}

/// What a kept value counts for where its size cannot be seen; the number of those is bounded.
pub const ANY_SIZE: usize = 1_024;

type Outcome<V> = Option<Result<V, CallFailure>>;

/// The answers of one backend.
pub struct Answers<V> {
    /// How many bytes a value takes; nothing if it must not be kept.
    weight: fn(&V, &Cache) -> Option<usize>,
    state: Mutex<State<V>>,
}

struct State<V> {
    shelves: HashMap<&'static str, Shelf<V>>,
    /// What is being fetched.
    flights: HashMap<Key, watch::Receiver<Outcome<V>>>,
}

/// What there is when somebody asks.
enum Found<V> {
    Kept(V, metrics::Found),
    /// It may still be used, and whoever has found it fetches a new one.
    Stale(V, Flight<V>),
    InFlight(watch::Receiver<Outcome<V>>),
    Nothing(Flight<V>),
}

/// An answer, and whether it was there already.
pub struct Got<V> {
    pub value: V,
    pub was_kept: bool,
}

impl<V: Clone + Send + Sync + 'static> Answers<V> {
    pub fn new(weight: fn(&V, &Cache) -> Option<usize>) -> Answers<V> {
        Answers { weight, state: Mutex::new(State { shelves: HashMap::new(), flights: HashMap::new() }) }
    }

    /// The answer of this key: a kept one, or what `fetch` gets. Failures are shared with those who wait, and not kept.
    ///
    /// # Errors
    /// None is kept, and none could be fetched.
    pub async fn get<F>(
        self: &Arc<Self>,
        cx: &Context,
        key: Key,
        settings: &Cache,
        fetch: impl FnOnce(Context) -> F,
    ) -> Result<Got<V>, CallFailure>
    where
        F: Future<Output = Result<V, CallFailure>> + Send + 'static,
    {
        loop {
            let mut in_flight = match self.find(key, settings) {
                Found::Kept(value, found) => {
                    metrics::cache(key.shelf, found);
                    return Ok(Got { value, was_kept: true });
                }
                Found::Stale(value, flight) => {
                    metrics::cache(key.shelf, metrics::Found::Stale);
                    let cx = cx.detached();
                    tokio::spawn(flight.run(cx.deadline(), Box::pin(fetch(cx))));
                    return Ok(Got { value, was_kept: true });
                }
                Found::Nothing(flight) => {
                    metrics::cache(key.shelf, metrics::Found::Miss);
                    // In a box, or it would make everything larger that may use a kept answer.
                    let value = flight.run(cx.deadline(), Box::pin(fetch(cx.clone()))).await?;
                    return Ok(Got { value, was_kept: false });
                }
                Found::InFlight(in_flight) => in_flight,
            };
            let landed = timeout_at(cx.deadline(), in_flight.wait_for(Option::is_some)).await;
            // One that was given up ends without an outcome: then this one may be the next to fetch.
            if let Some(outcome) =
                landed.map_err(|_| CallFailure::Timeout)?.ok().and_then(|told| told.clone())
            {
                metrics::cache(key.shelf, metrics::Found::Hit);
                return outcome.map(|value| Got { value, was_kept: true });
            }
        }
    }

    /// Forgets an answer that has turned out to be of no use.
    pub fn forget(&self, key: &Key) {
        if let Some(shelf) = self.state().shelves.get_mut(key.shelf) {
            shelf.remove(&key.digest);
        }
    }

    fn find(self: &Arc<Self>, key: Key, settings: &Cache) -> Found<V> {
        let mut state = self.state();
        let now = Instant::now();
        let kept = state.shelves.get_mut(key.shelf).and_then(|shelf| shelf.get(&key.digest));
        let stale = match kept.map(|kept| (kept.value.clone(), now - kept.at, kept.ask)) {
            Some((value, age, _)) if age < settings.keep => return Found::Kept(value, metrics::Found::Hit),
            Some((value, age, ask)) if age < settings.keep + settings.stale.unwrap_or_default() => {
                if now < ask || state.flights.contains_key(&key) {
                    return Found::Kept(value, metrics::Found::Stale);
                }
                Some(value)
            }
            Some(_) | None => None,
        };
        if let Some(in_flight) = state.flights.get(&key) {
            return Found::InFlight(in_flight.clone());
        }
        let (told, in_flight) = watch::channel(None);
        state.flights.insert(key, in_flight);
        let flight = Flight { answers: Arc::clone(self), key, settings: *settings, told };
        match stale {
            Some(value) => Found::Stale(value, flight),
            None => Found::Nothing(flight),
        }
    }
}

impl<V> Answers<V> {
    fn state(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that fetches an answer for all. When it is dropped, another one may.
struct Flight<V> {
    answers: Arc<Answers<V>>,
    key: Key,
    settings: Cache,
    told: watch::Sender<Outcome<V>>,
}

impl<V: Clone> Flight<V> {
    async fn run(
        self,
        deadline: Instant,
        fetch: impl Future<Output = Result<V, CallFailure>>,
    ) -> Result<V, CallFailure> {
        let outcome = fetch.await;
        match &outcome {
            Ok(value) => self.keep(value),
            Err(_) => self.put_off(),
        }
        // That the time of this caller was over says nothing to those who have more.
        let is_own = outcome.as_ref().is_err_and(CallFailure::is_timeout) && Instant::now() >= deadline;
        if !is_own {
            self.answers.state().flights.remove(&self.key);
            self.told.send_replace(Some(outcome.clone()));
        }
        outcome
    }

    fn keep(&self, value: &V) {
        if let Some(weight) = (self.answers.weight)(value, &self.settings) {
            let mut state = self.answers.state();
            let shelf = state.shelves.entry(self.key.shelf).or_insert_with(Shelf::new);
            shelf.put(self.key.digest, value.clone(), weight, self.settings.entries);
        }
    }

    fn put_off(&self) {
        let mut state = self.answers.state();
        if let Some(kept) =
            state.shelves.get_mut(self.key.shelf).and_then(|shelf| shelf.get(&self.key.digest))
        {
            kept.ask = Instant::now() + PAUSE;
        }
    }
}

impl<V> Drop for Flight<V> {
    fn drop(&mut self) {
        let mut state = self.answers.state();
        // Another flight of the same key may have begun since this one has landed.
        if state.flights.get(&self.key).is_some_and(|flight| flight.same_channel(&self.told.subscribe())) {
            state.flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::super::paused;
    use super::super::settings::CacheBy;
    use super::*;
    use crate::failure::Answer;
    use crate::http::arrived;
    use crate::value::Caller;

    const KEEP: Duration = Duration::from_secs(60);
    const STALE: Duration = Duration::from_secs(600);

    fn context(budget: u64) -> Context {
        Context::new("Shop.get", Caller::default(), arrived("r", ""), Duration::from_secs(budget))
    }

    fn key(of: &str) -> Key {
        Key::new("Erp", [of.as_bytes()])
    }

    fn settings(stale: Option<Duration>) -> Cache {
        Cache { keep: KEEP, stale, by: CacheBy::All, entries: 10 }
    }

    /// A system that takes a second for each answer, which is the number of times that it was asked.
    #[derive(Clone, Default)]
    struct System {
        asked: Arc<AtomicUsize>,
        /// How often it fails before it answers.
        failures: usize,
    }

    impl System {
        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        async fn ask(self) -> Result<usize, CallFailure> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
            sleep(Duration::from_secs(1)).await;
            if number > self.failures { Ok(number) } else { Err(Answer::new(500, "", "").fail()) }
        }

        async fn get(
            &self,
            answers: &Arc<Answers<usize>>,
            cx: &Context,
            stale: Option<Duration>,
        ) -> Result<usize, CallFailure> {
            let system = self.clone();
            let fetch = |cx: Context| async move {
                let deadline = cx.deadline();
                timeout_at(deadline, system.ask()).await.unwrap_or(Err(CallFailure::Timeout))
            };
            answers.get(cx, key("a"), &settings(stale), fetch).await.map(|got| got.value)
        }
    }

    fn answers() -> Arc<Answers<usize>> {
        Arc::new(Answers::new(|_, _| Some(1)))
    }

    #[test]
    fn however_many_ask_one_goes() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            for round in 1..3 {
                let ends = join_all((0..1_000).map(|_| system.get(&answers, &cx, None))).await;
                assert!(ends.iter().all(|end| *end == Ok(round)));
                assert_eq!(system.asked(), round);
                advance(KEEP).await;
            }
        });
    }

    #[test]
    fn a_failure_is_shared_and_not_kept() {
        paused(async {
            let (answers, system, cx) =
                (answers(), System { failures: 1, ..System::default() }, context(100_000));
            let ends = join_all((0..100).map(|_| system.get(&answers, &cx, None))).await;
            assert!(ends.iter().all(|end| end.as_ref().is_err_and(|failure| failure.is_status(500))));
            assert_eq!(system.asked(), 1);
            assert_eq!(system.get(&answers, &cx, None).await, Ok(2));
        });
    }

    #[test]
    fn a_stale_answer_is_used_while_a_new_one_is_fetched() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            assert_eq!(system.get(&answers, &cx, Some(STALE)).await, Ok(1));
            advance(KEEP).await;
            for _ in 0..1_000 {
                assert_eq!(system.get(&answers, &cx, Some(STALE)).now_or_never(), Some(Ok(1)));
            }
            sleep(Duration::from_secs(2)).await;
            assert_eq!(system.get(&answers, &cx, Some(STALE)).now_or_never(), Some(Ok(2)));
            assert_eq!(system.asked(), 2);
            advance(KEEP + STALE).await;
            assert_eq!(system.get(&answers, &context(100_000), Some(STALE)).await, Ok(3));
        });
    }

    #[test]
    fn a_stale_answer_is_used_when_none_can_be_had_and_only_if_that_was_said() {
        paused(async {
            for stale in [None, Some(STALE)] {
                let (answers, system) = (answers(), System::default());
                assert_eq!(system.get(&answers, &context(100_000), stale).await, Ok(1));
                let broken = System { failures: usize::MAX, ..system };
                advance(KEEP).await;
                for _ in 0..10 {
                    let end = broken.get(&answers, &context(100_000), stale).await;
                    assert_eq!(end.is_ok(), stale.is_some());
                    sleep(Duration::from_secs(5)).await;
                }
                advance(STALE).await;
                assert!(broken.get(&answers, &context(100_000), stale).await.is_err(), "its time is over");
            }
        });
    }

    #[test]
    fn a_system_that_fails_is_not_asked_all_the_time_for_a_stale_answer() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            assert_eq!(system.get(&answers, &cx, Some(STALE)).await, Ok(1));
            let broken = System { failures: usize::MAX, ..system };
            advance(KEEP).await;
            for _ in 0..1_000 {
                assert_eq!(broken.get(&answers, &cx, Some(STALE)).await, Ok(1));
                sleep(Duration::from_millis(10)).await;
            }
            // In ten seconds: one for each second that it takes and each second of pause.
            assert!((2..=7).contains(&broken.asked()), "{}", broken.asked());
        });
    }

    #[test]
    fn nobody_waits_longer_than_it_may() {
        paused(async {
            let (answers, system) = (answers(), System::default());
            let (patient, hasty) = (context(100_000), context(0));
            let patient = system.get(&answers, &patient, None);
            let hasty = system.get(&answers, &hasty, None);
            let (first, second) = futures_util::future::join(patient, hasty).await;
            assert_eq!((first, second), (Ok(1), Err(CallFailure::Timeout)));
        });
    }

    #[test]
    fn when_the_one_that_fetches_has_no_time_left_another_one_goes() {
        paused(async {
            let (answers, system) = (answers(), System::default());
            let brief = Context::new("A.b", Caller::default(), arrived("r", ""), Duration::from_millis(10));
            let patient = context(100_000);
            let ends = futures_util::future::join(
                system.get(&answers, &brief, None),
                system.get(&answers, &patient, None),
            );
            assert_eq!(ends.await, (Err(CallFailure::Timeout), Ok(2)));
        });
    }

    #[test]
    fn when_the_one_that_fetches_is_given_up_another_one_goes() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            let mut first = Box::pin(system.get(&answers, &cx, None));
            assert!((&mut first).now_or_never().is_none());
            let others = join_all((0..100).map(|_| system.get(&answers, &cx, None)));
            let mut others = Box::pin(others);
            assert!((&mut others).now_or_never().is_none());
            drop(first);
            let ends = others.await;
            assert!(ends.iter().all(|end| *end == Ok(2)), "{ends:?}");
            assert_eq!((system.asked(), answers.state().flights.len()), (2, 0));
        });
    }

    #[test]
    fn keys_tell_all_parts_apart() {
        let of = |parts: &[&str]| Key::new("Erp", parts.iter().map(|part| part.as_bytes()));
        assert!(of(&["ab", "c"]) != of(&["a", "bc"]) && of(&["a", ""]) != of(&["a"]));
        assert!(of(&["a"]) == of(&["a"]));
    }

    #[test]
    fn what_is_found_is_counted() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            let settings = settings(Some(STALE));
            let get = || {
                let system = system.clone();
                answers.get(&cx, Key::new("Counted", []), &settings, |_| system.ask())
            };
            let counted = || {
                ["hit", "stale", "miss"].map(|outcome| {
                    let series = format!("flow_cache_total{{cache=\"Counted\",outcome=\"{outcome}\"}}");
                    metrics::number(&series).unwrap_or_default()
                })
            };
            // One fetches it, and two wait for that.
            join_all([get(), get(), get()]).await;
            assert_eq!(counted(), [2.0, 0.0, 1.0]);
            assert!(get().await.is_ok());
            assert_eq!(counted(), [3.0, 0.0, 1.0]);
            advance(KEEP).await;
            // One has it fetched anew, and the other knows that.
            assert!(get().await.is_ok() && get().await.is_ok());
            assert_eq!(counted(), [3.0, 2.0, 1.0]);
        });
    }

    #[test]
    fn what_was_forgotten_is_fetched_anew() {
        paused(async {
            let (answers, system, cx) = (answers(), System::default(), context(100_000));
            assert_eq!(system.get(&answers, &cx, None).await, Ok(1));
            answers.forget(&key("a"));
            assert_eq!(system.get(&answers, &cx, None).await, Ok(2));
        });
    }
}
