//! Answers of an operation of our own that are used again: by all who ask for the same, or by the same caller only.
//! Whoever asks has been let in, and `allow` has been asked, before a kept answer is looked for.

use std::sync::Arc;

use tokio::time::Instant;

use super::Context;
use crate::failure::Failure;
use crate::policy::{ANY_SIZE, Answers, Cache};

/// The answers of one operation.
pub struct Kept<T> {
    operation: &'static str,
    settings: Cache,
    answers: Arc<Answers<Outcome<T>>>,
}

/// How the steps have ended, and what they did without. Those who wait for them share it, whatever it is.
#[derive(Clone)]
struct Outcome<T> {
    ended: Result<T, Failure>,
    fallbacks: Vec<&'static str>,
    at: Instant,
}

impl<T: Clone + Send + Sync + 'static> Kept<T> {
    /// `operation`: its name, such as `Customers.get`.
    pub fn new(operation: &'static str, settings: Cache) -> Kept<T> {
        Kept { operation, settings, answers: Arc::new(Answers::new(weight)) }
    }

    /// The answer of this key, or what the steps make. A failure is not kept, and neither is an answer for which
    /// something was done without: the next one may be whole.
    ///
    /// # Errors
    /// How the steps have failed, or a 504 where they take longer than this request may wait.
    pub async fn get<F>(
        &self,
        cx: &Context,
        key: &str,
        steps: impl FnOnce(Context) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        // An answer for a caller that nobody knows is for nobody else.
        let Some(key) = self.settings.key(self.operation, cx, &[key.as_bytes()]) else {
            return steps(cx.clone()).await;
        };
        let fetch = |cx: Context| {
            let steps = steps(cx.clone());
            async move {
                let ended = steps.await;
                Ok(Outcome { ended, fallbacks: cx.fallbacks(), at: Instant::now() })
            }
        };
        let got = self.answers.get(cx, key, &self.settings, fetch).await?;
        got.value.fallbacks.iter().for_each(|name| cx.degraded(name));
        if weight(&got.value, &self.settings).is_some() {
            cx.is_fresh_for(self.settings.keep.saturating_sub(got.value.at.elapsed()));
        }
        got.value.ended
    }
}

/// Nothing, where the answer must not be kept.
fn weight<T>(outcome: &Outcome<T>, _: &Cache) -> Option<usize> {
    (outcome.ended.is_ok() && outcome.fallbacks.is_empty()).then_some(ANY_SIZE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::time::{advance, sleep};

    use super::*;
    use crate::http::arrived;
    use crate::policy::{CacheBy, paused};
    use crate::value::Caller;

    const KEEP: Duration = Duration::from_secs(10);

    fn kept(by: CacheBy, stale: Option<Duration>) -> Kept<u32> {
        Kept::new("Lab.get", Cache { keep: KEEP, stale, by, entries: 10 })
    }

    fn context(subject: &str) -> Context {
        let caller = Caller { subject: subject.to_owned(), ..Caller::default() };
        Context::new("Lab.get", caller, arrived("r-1", ""), Duration::from_secs(5))
    }

    /// Steps that say how often they were done.
    struct Steps(Arc<AtomicU32>);

    impl Steps {
        fn new() -> Steps {
            Steps(Arc::default())
        }

        fn once(
            &self,
            end: impl FnOnce(u32) -> Result<u32, Failure> + Send + 'static,
        ) -> impl Future<Output = Result<u32, Failure>> + Send + 'static {
            let count = Arc::clone(&self.0);
            async move {
                sleep(Duration::from_millis(100)).await;
                end(count.fetch_add(1, Ordering::Relaxed) + 1)
            }
        }
    }

    #[test]
    fn an_answer_is_used_for_as_long_as_it_may_be() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::All, None), Steps::new());
            for (key, wait, wanted) in [("a", 0, 1), ("a", 9, 1), ("b", 0, 2), ("a", 2, 3)] {
                advance(Duration::from_secs(wait)).await;
                let answer = kept.get(&context(""), key, |_| steps.once(Ok)).await;
                assert_eq!(answer.ok(), Some(wanted), "{key} after {wait}");
            }
        });
    }

    #[test]
    fn those_who_ask_at_the_same_time_share_one_run() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::All, None), Steps::new());
            let (first, second) = (context(""), context(""));
            let both = futures_util::future::join(
                kept.get(&first, "a", |_| steps.once(Ok)),
                kept.get(&second, "a", |_| steps.once(Ok)),
            );
            let (one, other) = both.await;
            assert_eq!((one.ok(), other.ok()), (Some(1), Some(1)));
        });
    }

    #[test]
    fn nobody_gets_what_was_made_for_another_caller() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::Caller, None), Steps::new());
            for (subject, wanted) in [("ada", 1), ("bob", 2), ("ada", 1), ("", 3), ("", 4)] {
                let answer = kept.get(&context(subject), "a", |_| steps.once(Ok)).await;
                assert_eq!(answer.ok(), Some(wanted), "{subject}");
            }
        });
    }

    #[test]
    fn failures_and_answers_with_fallbacks_are_not_kept() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::All, None), Steps::new());
            let failed = kept.get(&context(""), "a", |_| steps.once(|_| Err(Failure::forbidden()))).await;
            assert_eq!(failed.err().map(|failure| failure.status()), Some(403));
            let first = context("");
            let less = kept.get(&first, "a", |cx| {
                let answer = steps.once(Ok);
                async move {
                    cx.degraded("Erp.get");
                    answer.await
                }
            });
            assert_eq!(less.await.ok(), Some(2));
            assert_eq!(first.fallbacks(), ["Erp.get"]);
            let whole = context("");
            assert_eq!(kept.get(&whole, "a", |_| steps.once(Ok)).await.ok(), Some(3));
            assert!(whole.fallbacks().is_empty());
        });
    }

    #[test]
    fn a_stale_answer_is_used_while_a_new_one_is_made_or_cannot_be_had() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::All, Some(KEEP)), Steps::new());
            assert_eq!(kept.get(&context(""), "a", |_| steps.once(Ok)).await.ok(), Some(1));
            advance(KEEP + Duration::from_secs(1)).await;
            let failing = |_| steps.once(|_| Err(Failure::unavailable("")));
            assert_eq!(kept.get(&context(""), "a", failing).await.ok(), Some(1));
            sleep(Duration::from_secs(1)).await;
            assert_eq!(kept.get(&context(""), "a", |_| steps.once(Ok)).await.ok(), Some(1));
            sleep(Duration::from_secs(1)).await;
            assert_eq!(kept.get(&context(""), "a", |_| steps.once(Ok)).await.ok(), Some(3));
            advance(KEEP * 2).await;
            assert_eq!(kept.get(&context(""), "a", |_| steps.once(Ok)).await.ok(), Some(4));
        });
    }

    #[test]
    fn one_who_hangs_up_leaves_the_work_to_the_next() {
        paused(async {
            let (kept, steps) = (kept(CacheBy::All, None), Steps::new());
            let (first, second) = (context(""), context(""));
            let short = Duration::from_millis(50);
            let hung_up = tokio::time::timeout(short, kept.get(&first, "a", |_| steps.once(Ok)));
            let (gone, answer) = futures_util::future::join(hung_up, async {
                sleep(Duration::from_millis(10)).await;
                kept.get(&second, "a", |_| steps.once(Ok)).await
            })
            .await;
            assert!(gone.is_err());
            assert_eq!(answer.ok(), Some(1));
        });
    }
}
