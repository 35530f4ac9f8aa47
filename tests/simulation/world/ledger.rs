//! What really happened, as only the simulation knows it: each call that reached a system, each effect that it had
//! there, and what each caller was told. All of it in the order in which it happened, which is the trace.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::random::Random;

/// Shared by all hosts of one simulation, which run on one thread.
pub type Shared = Rc<RefCell<Ledger>>;

pub struct Ledger {
    /// What the systems draw from.
    pub random: Random,
    pub calls: Vec<Call>,
    pub gone: Vec<Gone>,
    pub effects: Vec<Effect>,
    /// What callers were told.
    pub answers: Vec<Told>,
    /// Services that have ended, and how many tasks were left when they had.
    pub ended: Vec<(String, usize)>,
    /// Hosts that have died, as often as they have.
    deaths: Vec<&'static str>,
    pub last_change: Duration,
    hash: u64,
    lines: Option<Vec<String>>,
}

/// The subject of a call that is about what is no request's own.
pub const NOBODY: usize = usize::MAX;

/// A call that reached a system.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: Duration,
    pub from: Process,
    pub system: &'static str,
    pub operation: &'static str,
    /// The request that it was made for, and what it was about.
    pub subject: usize,
    pub about: String,
    pub fault: Fault,
}

impl Call {
    /// What is asked.
    pub fn what(&self) -> (usize, &'static str, &str) {
        (self.subject, self.operation, &self.about)
    }
}

/// A process of ours: the host that it runs on, and how often that one had died before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    pub host: String,
    pub deaths: usize,
}

/// A caller that did not wait for the answer of a call.
#[derive(Clone, Debug)]
pub struct Gone {
    pub at: Duration,
    pub operation: &'static str,
    pub subject: usize,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The answer takes so long.
    Slow(Duration),
    Status(u16),
    HangUp,
    Never,
    /// What comes is no answer of the contract.
    Garbage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Order,
    Hold,
    Charge,
    Customer,
    Contact,
    /// It cannot be undone.
    Letter,
}

impl Kind {
    /// The write of our own that does it.
    pub fn write(self) -> &'static str {
        match self {
            Kind::Order => "Sales.create",
            Kind::Hold => "Stock.reserve",
            Kind::Charge => "Payments.charge",
            Kind::Customer => "Customers.createCustomer",
            Kind::Contact => "Contacts.create",
            Kind::Letter => "Mail.send",
        }
    }
}

/// Something that a system has done and that lasts until it is undone.
#[derive(Clone, Debug)]
pub struct Effect {
    pub kind: Kind,
    pub id: String,
    pub subject: usize,
    pub about: String,
    pub key: Option<String>,
    pub cents: u64,
    pub at: Duration,
    /// Whether nothing was wrong with the call that did it.
    pub is_clean: bool,
    pub undone: Vec<Undone>,
}

/// A call that undid something, or tried to do so again.
#[derive(Clone, Copy, Debug)]
pub struct Undone {
    pub asked: Duration,
    pub is_clean: bool,
}

/// How one try of a caller ended.
#[derive(Clone, Debug)]
pub struct Told {
    pub subject: usize,
    pub sent: Duration,
    pub at: Duration,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answer {
        status: u16,
        /// Whether it says that something is missing in it.
        is_degraded: bool,
        body: String,
    },
    /// The caller did not wait.
    HungUp,
    /// The connection broke, or there was none.
    Lost,
}

impl Outcome {
    /// Whether it may be another one when the caller asks again: that the first request is still under way says nothing.
    pub fn is_open(&self) -> bool {
        match self {
            Outcome::Answer { status: 409, body, .. } => body.contains("about:blank"),
            Outcome::Answer { status, .. } => *status >= 500,
            Outcome::HungUp | Outcome::Lost => true,
        }
    }
}

/// The time of the simulation.
pub fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}

impl Ledger {
    pub fn new(random: Random, is_told: bool) -> Shared {
        Rc::new(RefCell::new(Ledger {
            random,
            calls: Vec::new(),
            gone: Vec::new(),
            effects: Vec::new(),
            answers: Vec::new(),
            ended: Vec::new(),
            deaths: Vec::new(),
            last_change: Duration::ZERO,
            hash: 0xcbf2_9ce4_8422_2325,
            lines: is_told.then(Vec::new),
        }))
    }

    pub fn call(&mut self, call: Call) {
        self.note(&format!("{call:?}"));
        self.calls.push(call);
    }

    pub fn gone(&mut self, gone: Gone) {
        self.note(&format!("{gone:?}"));
        self.gone.push(gone);
    }

    pub fn effect(&mut self, effect: Effect) {
        self.note(&format!("{effect:?}"));
        self.effects.push(effect);
    }

    /// The id is that of an effect of this kind; `false` when there is none.
    pub fn undo(&mut self, kind: Kind, id: &str, undone: Undone) -> bool {
        self.note(&format!("{kind:?} {id} {undone:?}"));
        let found = self.effects.iter_mut().find(|effect| effect.kind == kind && effect.id == id);
        found.is_some_and(|effect| {
            effect.undone.push(undone);
            true
        })
    }

    pub fn told(&mut self, told: Told) {
        self.note(&format!("{told:?}"));
        self.answers.push(told);
    }

    pub fn dies(&mut self, at: Duration, host: &'static str) {
        self.note_at(at, &format!("{host} dies"));
        self.deaths.push(host);
    }

    /// The one that runs on a host.
    pub fn process(&self, host: String) -> Process {
        let deaths = self.deaths.iter().filter(|one| **one == host).count();
        Process { host, deaths }
    }

    /// A line of the trace.
    pub fn note(&mut self, line: &str) {
        self.note_at(now(), line);
    }

    /// A line of what no host does.
    pub fn note_at(&mut self, at: Duration, line: &str) {
        self.last_change = self.last_change.max(at);
        let line = format!("{:>9.3} {line}", at.as_secs_f64());
        for byte in line.bytes() {
            // FNV-1a.
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    /// The same for two runs exactly if the same happened in both.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

impl Effect {
    pub fn stands(&self) -> bool {
        self.undone.is_empty()
    }
}
