//! What a seed decides before anything runs: how the services are put together, how slow the network is, what becomes of
//! it and of the hosts and when, how the systems behave, and who asks for what.

use std::time::Duration;

use flow_std::store::TroubleKind;

use crate::ledger::Fault;
use crate::random::Random;
use crate::wishes::Wish;

/// The systems of others.
pub const SYSTEMS: &[&str] = &["erp", "lager", "zahl", "pruef", "crm", "brief"];
/// The host of the bundle.
pub const BUNDLE: &str = "shop";
/// A second process of the same, on a host of its own and over the same store.
const SECONDS: &[(&str, &str)] =
    &[(BUNDLE, "shop-2"), ("orders", "orders-2"), ("onboarding", "onboarding-2")];

#[derive(Clone, Debug)]
pub struct Scenario {
    pub form: Form,
    /// The hosts that services run on.
    pub hosts: Vec<&'static str>,
    /// How long a host runs before messages are delivered again.
    pub tick: Duration,
    /// The longest way of a message.
    pub latency: Duration,
    pub weather: Vec<Weather>,
    pub storms: Vec<Storm>,
    pub crashes: Vec<Crash>,
    /// When the stores are in trouble, and how.
    pub troubles: Vec<(Duration, Duration, TroubleKind)>,
    pub requests: Vec<Request>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All services in one process.
    Bundle,
    /// Each on a host of its own.
    Split,
}

/// How a system behaves.
#[derive(Clone, Debug)]
pub struct Weather {
    pub system: &'static str,
    /// Of a hundred calls, so many go wrong.
    pub rough: u64,
    /// From when until when nearly all do, and how.
    pub outage: Option<(Duration, Duration, Fault)>,
}

/// For a while, messages between two hosts get lost or are held back.
#[derive(Clone, Debug)]
pub struct Storm {
    pub from: Duration,
    pub until: Duration,
    pub hosts: (&'static str, &'static str),
    pub kind: StormKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StormKind {
    Lost,
    LostOneWay,
    Held,
}

/// A host dies, and comes back.
#[derive(Clone, Debug)]
pub struct Crash {
    pub at: Duration,
    pub until: Duration,
    pub host: &'static str,
}

/// Something that somebody asks for. The place in the list is its number, and all that it is about has the number in its
/// name.
#[derive(Clone, Debug)]
pub struct Request {
    pub wish: Wish,
    pub at: Duration,
    pub items: u64,
    pub quantity: u64,
    /// When the caller hangs up.
    pub patience: Option<Duration>,
    /// How long the caller gives it.
    pub deadline: Duration,
    /// How often the caller asks, until there is an answer that counts.
    pub tries: u32,
}

impl Scenario {
    pub fn of_seed(seed: u64) -> Scenario {
        let mut random = Random::new(seed, 1);
        let form = random.one_of(&[Form::Bundle, Form::Split]);
        let tick = Duration::from_millis(random.one_of(&[5, 10, 20, 20, 20, 40, 40, 40]));
        let latency = Duration::from_millis(random.one_of(&[1, 5, 20, 40]));
        let weather = SYSTEMS.iter().map(|system| weather(system, &mut random)).collect();
        let wishes = random.one_of(WISHES);
        let count = random.within(2..9);
        let requests: Vec<Request> = (0..count).map(|_| request(wishes, &mut random)).collect();
        let mut hosts = hosts(form, &requests);
        if random.percent(25) {
            let seconds = SECONDS.iter().filter(|(first, _)| hosts.contains(first));
            hosts = hosts.iter().copied().chain(seconds.map(|(_, second)| *second)).collect();
        }
        let storms = if random.percent(40) { storms(&hosts, &mut random) } else { Vec::new() };
        let crashes = if random.percent(40) { crashes(&hosts, &mut random) } else { Vec::new() };
        let troubles = if random.percent(20) { vec![trouble(&mut random)] } else { Vec::new() };
        Scenario { form, hosts, tick, latency, weather, storms, crashes, troubles, requests }
    }

    /// The host that is asked for something, for the time that is `turn`: where there are two, they take turns.
    pub fn entrance(&self, wish: Wish, turn: usize) -> &'static str {
        let first = match self.form {
            Form::Bundle => BUNDLE,
            Form::Split => wish.services().first().copied().unwrap_or_default(),
        };
        second_of(first).filter(|second| turn % 2 == 1 && self.hosts.contains(second)).unwrap_or(first)
    }

    /// Whether the network or a host failed at some time between these two.
    pub fn is_disturbed(&self, from: Duration, until: Duration) -> bool {
        let storms = self.storms.iter().map(|storm| (storm.from, storm.until));
        let crashes = self.crashes.iter().map(|crash| (crash.at, crash.until));
        storms.chain(crashes).any(|(begin, end)| begin <= until && from <= end)
    }

    /// Whether a store failed at some time between these two.
    pub fn is_troubled(&self, from: Duration, until: Duration) -> bool {
        self.troubles.iter().any(|(begin, end, _)| *begin <= until && from <= *end)
    }

    /// The longest that a message is held back.
    pub fn longest_held(&self) -> Duration {
        let held = self.storms.iter().filter(|storm| storm.kind == StormKind::Held);
        held.map(|storm| storm.until - storm.from).max().unwrap_or_default()
    }

    /// The longest that a message and what it makes its receiver do can take.
    pub fn hop(&self) -> Duration {
        self.latency + self.tick * 2
    }

    pub fn last_event(&self) -> Duration {
        let storms = self.storms.iter().map(|storm| storm.until);
        let crashes = self.crashes.iter().map(|crash| crash.until);
        let outages = self.weather.iter().filter_map(|weather| Some(weather.outage?.1));
        let troubles = self.troubles.iter().map(|(_, until, _)| *until);
        storms.chain(crashes).chain(outages).chain(troubles).max().unwrap_or_default()
    }
}

fn second_of(first: &str) -> Option<&'static str> {
    SECONDS.iter().find(|(name, _)| *name == first).map(|(_, second)| *second)
}

/// What a host is one of: its own name, or that of the first.
pub fn first_of(host: &'static str) -> &'static str {
    SECONDS.iter().find(|(_, second)| *second == host).map_or(host, |(first, _)| first)
}

/// What is asked for in one simulation: mostly for orders, because they hold the money.
const WISHES: &[&[Wish]] = &[
    &[Wish::Order],
    &[Wish::Order],
    &[Wish::Order, Wish::Checkout, Wish::Quote],
    &[Wish::Home, Wish::Onboarding],
    &[Wish::Order, Wish::Checkout, Wish::Quote, Wish::Home, Wish::Onboarding],
];

/// Only those that are needed, as each takes its time.
fn hosts(form: Form, requests: &[Request]) -> Vec<&'static str> {
    if form == Form::Bundle {
        return vec![BUNDLE];
    }
    let mut hosts: Vec<&str> = requests.iter().flat_map(|one| one.wish.services()).copied().collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn weather(system: &'static str, random: &mut Random) -> Weather {
    let rough = random.one_of(&[0, 0, 0, 3, 10, 30]);
    let outage = random.percent(20).then(|| {
        let from = random.millis(0..4_000);
        let fault = random.one_of(&[
            Fault::Status(500),
            Fault::Status(503),
            Fault::HangUp,
            Fault::Never,
            Fault::Slow(Duration::from_millis(700)),
        ]);
        (from, from + random.millis(200..6_000), fault)
    });
    Weather { system, rough, outage }
}

/// Who calls whom.
const CALLS: &[(&str, &str)] = &[
    ("mobile-shop", "profiles"),
    ("mobile-shop", "orders"),
    ("web-shop", "orders"),
    ("profiles", "customers"),
    ("profiles", "contacts"),
    ("orders", "customers"),
    ("orders", "stock"),
    ("orders", "sales"),
    ("orders", "payments"),
    ("orders", "compliance"),
    ("onboarding", "compliance"),
    ("onboarding", "customers"),
    ("onboarding", "contacts"),
    ("onboarding", "mail"),
    ("customers", "erp"),
    ("sales", "erp"),
    ("stock", "lager"),
    ("payments", "zahl"),
    ("compliance", "pruef"),
    ("contacts", "crm"),
    ("mail", "brief"),
    (BUNDLE, "erp"),
    (BUNDLE, "lager"),
    (BUNDLE, "zahl"),
    (BUNDLE, "pruef"),
    (BUNDLE, "crm"),
    (BUNDLE, "brief"),
];

fn storms(hosts: &[&str], random: &mut Random) -> Vec<Storm> {
    let is_there = |name: &str| hosts.contains(&name) || SYSTEMS.contains(&name);
    let seconds = CALLS.iter().filter_map(|(one, other)| Some((second_of(one)?, *other)));
    let calls = CALLS.iter().copied().chain(seconds);
    let calls: Vec<_> = calls.filter(|(one, other)| is_there(one) && is_there(other)).collect();
    let count = random.within(1..4);
    (0..count).map(|_| storm(&calls, random)).collect()
}

/// Between one that calls and one that is called.
fn storm(calls: &[(&'static str, &'static str)], random: &mut Random) -> Storm {
    let (one, other) = random.one_of(calls);
    let hosts = if random.percent(50) { (one, other) } else { (other, one) };
    let kind = random.one_of(&[StormKind::Lost, StormKind::LostOneWay, StormKind::Held]);
    let from = random.millis(0..6_000);
    Storm { from, until: from + random.millis(50..4_000), hosts, kind }
}

fn crashes(hosts: &[&'static str], random: &mut Random) -> Vec<Crash> {
    let host = random.one_of(hosts);
    let at = random.millis(50..6_000);
    vec![Crash { at, until: at + random.millis(20..2_000), host }]
}

fn trouble(random: &mut Random) -> (Duration, Duration, TroubleKind) {
    let from = random.millis(0..5_000);
    let kinds = [TroubleKind::Fails, TroubleKind::Unsure, TroubleKind::Slow(Duration::from_millis(800))];
    // The longest of them are longer than a lease.
    let longest = random.one_of(&[300, 3_000, 3_000, 20_000]);
    (from, from + random.millis(50..longest), random.one_of(&kinds))
}

fn request(wishes: &[Wish], random: &mut Random) -> Request {
    let wish = random.one_of(wishes);
    let is_in_a_hurry = random.percent(45);
    let deadline = if is_in_a_hurry { random.millis(60..1_500) } else { wish.deadline() };
    let tries = random.one_of(&[1, 1, 2, 3]);
    Request {
        wish,
        at: random.millis(0..4_000),
        items: random.within(1..4),
        quantity: random.within(1..50),
        patience: random.percent(25).then(|| random.millis(20..3_000)),
        deadline,
        tries: if wish.is_repeatable() { tries } else { 1 },
    }
}
