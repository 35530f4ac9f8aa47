//! The backend of the random flows: what it answers is a function of the world's seed, the call, and, for reads, of what
//! has been written before, so that a read which crosses a write is seen in what it gives. The strict run asks this file
//! directly; the harness around the emitted services is built with a copy of it, so it stands alone.

/// What comes back from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Thing(Thing),
    /// 204
    Done,
    Status(u16),
    /// Nothing, until the caller has had enough.
    Never,
    HangUp,
    Malformed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub value: i64,
    pub hint: Option<i64>,
    pub more: Vec<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
    Undo,
}

/// Random numbers from a seed: splitmix64.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice { state: seed }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to `bound`, which it never is.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    pub fn small(&mut self, bound: u64) -> i64 {
        i64::try_from(self.below(bound)).unwrap_or(0)
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// The kind of a call such as `make0?a=1&b=2`.
pub fn kind(call: &str) -> Kind {
    match () {
        () if call.starts_with("make") || call.starts_with("note") => Kind::Write,
        () if call.starts_with("undo") => Kind::Undo,
        () => Kind::Read,
    }
}

/// What a call is to the sum of all that was written: the order of the writes does not matter to it.
pub fn weight(call: &str) -> u64 {
    let folded = call.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    Dice::new(folded).next()
}

/// What a call is answered. `written`: the sum of the weights of all writes and undos before. `tries`: how often the
/// same undo was asked for before.
pub fn outcome(world: u64, call: &str, written: u64, tries: u32) -> Outcome {
    let kind = kind(call);
    let seen = if kind == Kind::Read { written } else { 0 };
    let mut dice = Dice::new(world ^ weight(call) ^ seen.rotate_left(17));
    if kind == Kind::Undo {
        return match dice.below(10) {
            0 => Outcome::Status(404),
            1 if tries == 0 => Outcome::Status(503),
            _ => Outcome::Done,
        };
    }
    match failure(world, &mut dice) {
        // There is no text that could be malformed where none is expected.
        Some(Outcome::Malformed) if call.starts_with("note") => return Outcome::Status(500),
        Some(failure) => return failure,
        None => {}
    }
    if call.starts_with("note") {
        return Outcome::Done;
    }
    let value = dice.small(100);
    let hint = dice.once_in(2).then(|| dice.small(50));
    let more = (0..dice.below(5)).map(|_| dice.small(20)).collect();
    Outcome::Thing(Thing { value, hint, more })
}

/// A world has no failures, some, or many.
fn failure(world: u64, dice: &mut Dice) -> Option<Outcome> {
    let per_cent = [0, 6, 12, 30][usize::try_from(world % 4).unwrap_or(0)];
    if dice.below(100) >= per_cent {
        return None;
    }
    let failures = [
        Outcome::Status(404),
        Outcome::Status(409),
        Outcome::Status(500),
        Outcome::Status(503),
        Outcome::Never,
        Outcome::HangUp,
        Outcome::Malformed,
    ];
    let count = u64::try_from(failures.len()).unwrap_or(1);
    failures.into_iter().nth(usize::try_from(dice.below(count)).unwrap_or(0))
}

/// After how many milliseconds the answer comes: all the same in some worlds, none like the other in most.
pub fn latency(world: u64, call: &str) -> u64 {
    match (world / 4) % 4 {
        0 => 5,
        _ => 1 + Dice::new(world.rotate_left(32) ^ weight(call)).below(90),
    }
}
