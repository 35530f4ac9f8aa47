//! That a caller took nothing of an answer for too long. It is found out where bytes go out (`patient.rs` for a connection,
//! `stream.rs` for one request of it), and told by the line of the request, which is written elsewhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Clone, Debug, Default)]
pub struct Slow {
    is: Arc<AtomicBool>,
}

impl Slow {
    pub fn note(&self) {
        self.is.store(true, Ordering::Relaxed);
    }

    pub fn is_noted(&self) -> bool {
        self.is.load(Ordering::Relaxed)
    }
}
