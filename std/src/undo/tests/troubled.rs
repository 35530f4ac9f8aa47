//! Runs over a store that cannot be used for a while. It is in trouble by the wall clock, which each test sets.

use std::pin::pin;

use super::*;
use crate::outside::{seed, set_wall, wall};
use crate::store::{MemoryStore, Trouble, TroubleKind, TroubledStore};

const UNSURE: i64 = 1_500;
const FAILS: i64 = 2_500;
const SLOW: i64 = 3_500;

/// The store as it is seen, and as it is.
fn stores() -> (Store, Store) {
    let trouble = |at: i64, kind| {
        let at = wall() + Duration::from_secs(at.unsigned_abs());
        let around = Duration::from_secs(500);
        Trouble { from: at - around, until: at + around, part: 1.0, kind }
    };
    let troubles = vec![
        trouble(UNSURE, TroubleKind::Unsure),
        trouble(FAILS, TroubleKind::Fails),
        trouble(SLOW, TroubleKind::Slow(Duration::from_secs(2))),
    ];
    let memory = MemoryStore::default();
    (Store::Troubled(TroubledStore::new(memory.clone(), troubles)), Store::Memory(memory))
}

#[test]
fn what_is_done_or_was_never_sent_is_forgotten_when_the_store_is_back() {
    paused(async {
        let (seen, store) = stores();
        let world = World::default();
        let undos = Process::start(&seen, &world).begin();
        write(&undos, "a").await;
        set_wall(UNSURE);
        assert!(undos.begin("b").await.is_err());
        set_wall(FAILS);
        assert!(undos.end(failed()).await.is_err());
        set_wall(0);
        assert_eq!((keys(&store).await.len(), world.undone()), (3, vec!["undo a".to_owned()]));
        sleep(Duration::from_secs(60)).await;
        assert_eq!((keys(&store).await, world.undone()), (vec![], vec![]));
    });
}

#[test]
fn who_stops_waiting_for_the_store_does_not_know_what_it_has_done() {
    paused(async {
        seed(1);
        let (seen, store) = stores();
        let world = World::default();
        let undos = Process::start(&seen, &world).begin();
        set_wall(SLOW);
        {
            let mut begun = pin!(undos.begin("a"));
            while keys(&store).await.is_empty() {
                assert!(timeout(Duration::from_millis(10), &mut begun).await.is_err());
            }
        }
        set_wall(0);
        assert!(undos.end(failed()).await.is_err());
        assert_eq!((keys(&store).await, world.undone()), (vec![], vec![]));
    });
}

/// Half of what is asked fails, until the version of what was just put has not been read.
#[test]
fn a_note_whose_version_is_not_known_is_still_our_own() {
    paused(async {
        let (memory, world) = (MemoryStore::default(), World::default());
        let trouble = Trouble {
            from: wall() + Duration::from_secs(1_000),
            until: wall() + Duration::from_secs(2_000),
            part: 0.5,
            kind: TroubleKind::Fails,
        };
        let seen = Store::Troubled(TroubledStore::new(memory.clone(), vec![trouble]));
        let store = Store::Memory(memory);
        let process = Process::start(&seen, &world);
        let mut seen_in_vain = 0;
        for number in 0..50 {
            seed(number);
            let undos = process.begin();
            set_wall(UNSURE);
            let begun = undos.begin("a").await.is_ok();
            set_wall(0);
            seen_in_vain += usize::from(!begun && !keys(&store).await.is_empty());
            assert!(undos.end(failed()).await.is_err());
            assert_eq!(keys(&store).await, Vec::<String>::new(), "seed {number}");
        }
        assert!(seen_in_vain > 3, "{seen_in_vain}");
    });
}
