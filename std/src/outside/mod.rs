//! The one place where the runtime touches the world outside of the process: the wall clock, randomness, and the
//! network. Everything else of it asks here, so that a simulation can put its own in their place and run a service as
//! it is. Time that passes is tokio's (`tokio::time`), whose clock a simulation drives by itself.

#[cfg(all(feature = "server", not(feature = "simulation")))]
mod network;
#[cfg(feature = "simulation")]
mod simulated;

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(all(feature = "server", not(feature = "simulation")))]
pub use network::{TcpListener, TcpStream, look_up};
#[cfg(feature = "simulation")]
pub use simulated::{Names, TcpListener, TcpStream, look_up, seed, set_names, set_wall};

/// The wall clock: the time since the start of 1970, in UTC. One that stands before that is taken to stand at it.
pub fn wall() -> Duration {
    #[cfg(feature = "given")]
    if let Some(given) = crate::given::wall() {
        return given;
    }
    #[cfg(feature = "simulation")]
    if let Some(simulated) = simulated::wall() {
        return simulated;
    }
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A moment by the clock of the processors, which goes on while something is computed.
pub type Moment = std::time::Instant;

/// Where that clock stands.
pub fn moment() -> Moment {
    Moment::now()
}

/// A moment of tokio's clock by that one.
#[cfg(feature = "server")]
pub fn moment_of(time: tokio::time::Instant) -> Moment {
    // How long a simulated world is computed has nothing to do with its clock.
    #[cfg(feature = "simulation")]
    if turmoil::in_simulation() {
        return moment() + Duration::from_secs(3_600);
    }
    time.into_std()
}

/// Fills with random bytes that nobody can guess. If the system has none, they come from the keys that Rust's hash maps
/// got from it when the process began.
pub fn random(bytes: &mut [u8]) {
    #[cfg(feature = "simulation")]
    if simulated::random(bytes) {
        return;
    }
    if getrandom::fill(bytes).is_err() {
        let state = RandomState::new();
        for (place, chunk) in bytes.chunks_mut(8).enumerate() {
            chunk.copy_from_slice(
                state.hash_one((wall(), place)).to_le_bytes().get(..chunk.len()).unwrap_or_default(),
            );
        }
    }
}

/// A random number.
pub fn random_number() -> u64 {
    let mut bytes = [0; 8];
    random(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A random part of a whole: from 0 up to 1, each as likely.
pub fn random_part() -> f64 {
    // The 53 bits that a float can hold.
    (random_number() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes() {
        assert!(wall() > Duration::from_secs(1_600_000_000));
    }

    #[test]
    fn random_bytes_differ_and_fill_all_places() {
        let (mut one, mut other) = ([0; 37], [0; 37]);
        random(&mut one);
        random(&mut other);
        assert_ne!(one, other);
        assert!(one.get(30..).is_some_and(|end| end.iter().any(|byte| *byte != 0)));
    }

    #[test]
    fn parts_are_spread_between_zero_and_one() {
        let parts: Vec<f64> = (0..1_000).map(|_| random_part()).collect();
        assert!(parts.iter().all(|part| (0.0..1.0).contains(part)));
        assert!(parts.iter().any(|part| *part < 0.1) && parts.iter().any(|part| *part > 0.9));
    }
}
