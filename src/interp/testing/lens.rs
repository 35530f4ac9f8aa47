//! What of a program is looked for, or is not as it is written, while one test runs. Who changes a program to see whether its
//! tests notice it changes one place at a time: so the program stays as it is, in memory and for all other tests, and whoever
//! comes to that place gets something else there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use flow_std::Fault;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::interp::Stop;
use crate::ir::{Arm, Call, Expr, Fail, Operation, Step};

/// A part of a program, most of them by where they stand in memory: a program that runs does not move. The kind counts because
/// a part may begin where the one around it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Expr(usize),
    Step(usize),
    /// What is made of the failure of a call.
    Arm(usize),
    Fail(usize),
    /// A call that takes another one back.
    Undo(usize),
    /// Who may call an operation of a service, or all of them that say nothing else. Where it is left out, those get in
    /// whom it turns away.
    Auth(usize, Option<usize>),
}

/// Parts that somebody looks for, with the numbers that he gives them.
pub type Places = FxHashMap<Part, usize>;

/// What is different in a program: another expression stands at a part, or the part is not there.
#[derive(Debug)]
pub struct Change {
    pub part: Part,
    pub instead: Option<Expr>,
}

#[derive(Debug, Default)]
pub enum Lens {
    /// The program is as it is.
    #[default]
    None,
    Looking {
        wanted: Arc<Places>,
        found: Mutex<FxHashSet<usize>>,
        computed: AtomicU64,
    },
    /// A program that was changed may compute very much more than before. Then it is stopped.
    Changed {
        change: Box<Change>,
        left: AtomicU64,
    },
}

impl Part {
    pub fn expr(expr: &Expr) -> Part {
        Part::Expr(std::ptr::from_ref(expr) as usize)
    }

    pub fn step(step: &Step) -> Part {
        Part::Step(std::ptr::from_ref(step) as usize)
    }

    pub fn arm(arm: &Arm) -> Part {
        Part::Arm(std::ptr::from_ref(arm) as usize)
    }

    pub fn fail(fail: &Fail) -> Part {
        Part::Fail(std::ptr::from_ref(fail) as usize)
    }

    pub fn auth((service, at): (usize, usize), of: &Operation) -> Part {
        Part::Auth(service, of.settings.auth_place.own.then_some(at))
    }

    pub fn undo(undo: &Call) -> Part {
        Part::Undo(std::ptr::from_ref(undo) as usize)
    }
}

impl Lens {
    pub fn looking(wanted: Arc<Places>) -> Lens {
        Lens::Looking { wanted, found: Mutex::default(), computed: AtomicU64::new(0) }
    }

    /// `most`: as many expressions are computed at most.
    pub fn changed(change: Change, most: u64) -> Lens {
        Lens::Changed { change: Box::new(change), left: AtomicU64::new(most) }
    }

    /// What stands where this expression is written.
    ///
    /// # Errors
    /// Too much has been computed.
    pub fn expr<'e>(&'e self, expr: &'e Expr) -> Result<&'e Expr, Stop> {
        match self {
            Lens::None => Ok(expr),
            Lens::Looking { computed, .. } => {
                computed.fetch_add(1, Ordering::Relaxed);
                self.see(Part::expr(expr));
                Ok(expr)
            }
            Lens::Changed { change, left } => {
                let enough = |left: u64| left.checked_sub(1);
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough).map_err(|_| too_much())?;
                match &change.instead {
                    Some(instead) if change.part == Part::expr(expr) => Ok(instead),
                    Some(_) | None => Ok(expr),
                }
            }
        }
    }

    /// Whether a part is to be passed over.
    pub fn leaves_out(&self, part: Part) -> bool {
        self.see(part);
        match self {
            Lens::None | Lens::Looking { .. } => false,
            Lens::Changed { change, .. } => change.part == part && change.instead.is_none(),
        }
    }

    /// Notes that the program has come to a part.
    pub fn see(&self, part: Part) {
        if let Lens::Looking { wanted, found, .. } = self
            && let Some(number) = wanted.get(&part)
        {
            found.lock().unwrap_or_else(PoisonError::into_inner).insert(*number);
        }
    }

    /// Whether the program was stopped.
    pub fn is_used_up(&self) -> bool {
        match self {
            Lens::None | Lens::Looking { .. } => false,
            Lens::Changed { left, .. } => left.load(Ordering::Relaxed) == 0,
        }
    }

    /// The wanted parts that the program has come to, and how many expressions were computed.
    pub fn seen(&self) -> (Vec<usize>, u64) {
        match self {
            Lens::None | Lens::Changed { .. } => (Vec::new(), 0),
            Lens::Looking { found, computed, .. } => {
                let found = found.lock().unwrap_or_else(PoisonError::into_inner);
                (found.iter().copied().collect(), computed.load(Ordering::Relaxed))
            }
        }
    }
}

/// Nothing in the language goes on for ever: lists are finite, and functions call themselves on parts of what they were
/// given. But twice as much at each of many levels is as good as for ever.
fn too_much() -> Stop {
    Stop::Fault { fault: Fault::new("it takes too long"), from_answer: false }
}
