//! What is tried, what is printed, and which bounds hold on any machine.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::load::{Ask, Caller, get};
use super::shop::{self, Build, Process};
use super::systems::{self, Behaviour};

pub struct Plan {
    pub build: Build,
    pub screens: usize,
    pub outage: Duration,
    pub overload: Duration,
    pub soak: Duration,
}

const SCREEN: Ask = get("/v1/home/C000001");
const CUSTOMER: Ask = get("/v1/customers/C000001");
/// A hundred customers, each with ten addresses: it takes the processor much longer than those who ask for it.
const PAGE: Ask = get("/v1/customers?limit=100");
const ACCOUNT: Ask = get("/v1/account/C000001");
const ORDER: Ask = Ask {
    method: "POST",
    target: "/v1/orders",
    body: r#"{"customerId":"C000001","items":[{"sku":"A1","quantity":2}],"payment":{"kind":"card","token":"tok_1"}}"#,
};

/// Each can be asked for alone.
const SCENES: &[&str] = &["latency", "outage", "overload", "soak"];

struct Stage {
    behaviour: Arc<Behaviour>,
    systems: Vec<(String, String)>,
    folder: PathBuf,
}

pub async fn all(plan: &Plan, folder: PathBuf) -> Result<(), String> {
    let behaviour = Arc::new(Behaviour::default());
    let systems = systems::start(&behaviour).await?;
    let stage = Stage { behaviour, systems, folder };
    println!("load average before: {}", load_average());
    if is_wanted("latency") {
        latency(&stage, plan).await?;
    }
    if is_wanted("outage") {
        amplification(&stage, plan).await?;
    }
    if is_wanted("overload") {
        overload(&stage, plan).await?;
    }
    if is_wanted("soak") {
        soak(&stage, plan).await?;
    }
    println!("load average after: {}", load_average());
    Ok(())
}

/// Whether a scene is one of those that the command line names. They are all, if it names none.
pub fn is_wanted(scene: &str) -> bool {
    let mut asked = std::env::args().filter(|word| SCENES.contains(&word.as_str())).peekable();
    asked.peek().is_none() || asked.any(|word| word == scene)
}

fn load_average() -> String {
    std::fs::read_to_string(Path::new("/proc/loadavg")).unwrap_or_default().trim().to_owned()
}

fn must(holds: bool, broken: String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(broken) }
}

/// Each system takes 20 ms: three reads that do not need each other take that once, an order three times.
async fn latency(stage: &Stage, plan: &Plan) -> Result<(), String> {
    const EACH: Duration = Duration::from_millis(20);
    let shop = shop::bundle(&stage.folder, &stage.systems).await?;
    let caller = Caller::of(shop.address);
    for ask in [&SCREEN, &ORDER] {
        caller.in_turn(ask, 5).await;
    }
    stage.behaviour.delay(EACH);
    for (what, ask, path) in [("mobile screen, three reads", &SCREEN, 1.0), ("an order", &ORDER, 3.0)] {
        let outcomes = caller.in_turn(ask, plan.screens).await;
        must(outcomes.share_good() == 1.0, format!("{what}: {}", outcomes.statuses()))?;
        let ratio = |part| outcomes.percentile(part) / (EACH.as_secs_f64() * 1000.0);
        println!(
            "{what}: {:.2} of one system's time (p10 {:.2}, p90 {:.2})",
            ratio(0.5),
            ratio(0.1),
            ratio(0.9)
        );
        // One more system in the path would be a whole one more; half of one is left to the machine.
        must(ratio(0.1) < path + 0.5, format!("{what} takes {:.2} systems' time, not {path}", ratio(0.1)))?;
    }
    stage.behaviour.delay(Duration::ZERO);
    Ok(())
}

/// How many requests a second there are while systems fail.
const RATE: f64 = 100.0;

/// All calls fail: through one service, and through three. Before that, only some of them do.
async fn amplification(stage: &Stage, plan: &Plan) -> Result<(), String> {
    let services = shop::split(&stage.folder, &stage.systems).await?;
    let at = |name: usize| services.get(name).map(|process| process.address);
    let (Some(web), Some(customers)) = (at(0), at(services.len() - 1)) else {
        return Err("no services".into());
    };
    some_fail(stage, plan, &Caller::of(customers)).await?;
    for (what, address, ask, most) in
        [("one layer", customers, &CUSTOMER, 1.1), ("three layers", web, &ACCOUNT, 1.33)]
    {
        let caller = Caller::of(address);
        caller.in_turn(ask, 5).await;
        let each = calls_of_one(stage, &caller, ask).await;
        stage.behaviour.down(true);
        stage.behaviour.take_times();
        let outcomes = caller.at_rate(ask, RATE, plan.outage).await;
        let calls = stage.behaviour.take_times();
        stage.behaviour.down(false);
        let up = Instant::now();
        let after = caller.at_rate(ask, RATE, Duration::from_secs(8)).await;
        let tries = outcomes.amplification(&calls) / each;
        println!(
            "outage, {what}: {tries:.3} tries for each call in the worst ten seconds, {}",
            outcomes.statuses()
        );
        let recovery = after.recovery(up);
        println!("  good again after {}", shown(recovery));
        must(tries <= most, format!("{tries:.3} tries for each call through {what}"))?;
        must(recovery.is_some_and(|time| time <= Duration::from_secs(5)), format!("{what}: no recovery"))?;
    }
    Ok(())
}

/// One call in four fails, for which no breaker opens: nothing but the budget keeps each of them from being tried again.
async fn some_fail(stage: &Stage, plan: &Plan, caller: &Caller) -> Result<(), String> {
    caller.in_turn(&CUSTOMER, 5).await;
    let each = calls_of_one(stage, caller, &CUSTOMER).await;
    stage.behaviour.trouble(2);
    stage.behaviour.take_times();
    let outcomes = caller.at_rate(&CUSTOMER, RATE, plan.outage).await;
    let calls = stage.behaviour.take_times();
    stage.behaviour.trouble(0);
    let tries = calls.len() as f64 / (outcomes.count() as f64 * each);
    println!("one call in four fails: {tries:.3} tries for each call, {}", outcomes.statuses());
    // The three that there may always be are beyond it.
    must(tries <= 1.105, format!("{tries:.3} tries for each call, of which one in four fails"))
}

/// How many calls of systems one request makes when all goes well.
async fn calls_of_one(stage: &Stage, caller: &Caller, ask: &Ask) -> f64 {
    stage.behaviour.take_times();
    caller.in_turn(ask, 1).await;
    stage.behaviour.take_times().len() as f64
}

fn shown(time: Option<Duration>) -> String {
    time.map_or_else(|| "never".to_owned(), |time| format!("{:.1} s", time.as_secs_f64()))
}

/// How many good answers a second there are at most.
async fn peak(caller: &Caller, ask: &Ask) -> f64 {
    const SPAN: Duration = Duration::from_secs(3);
    caller.at_once(ask, 32, SPAN / 3).await;
    caller.at_once(ask, 32, SPAN).await.good() as f64 / SPAN.as_secs_f64()
}

/// Three times too much, and then half of what can be done: with what a backend takes as the bound, and without it, so
/// that the processor is. Of the latter a development build says nothing, since it needs all of its processor to turn
/// requests away.
async fn overload(stage: &Stage, plan: &Plan) -> Result<(), String> {
    let mut unlimited = stage.systems.clone();
    unlimited.push(("ERP_RATE".to_owned(), "1000000/s".to_owned()));
    let bounds = [("a backend's limit", &stage.systems, &SCREEN, 1), ("the processor", &unlimited, &PAGE, 5)];
    let tried = if plan.build == Build::Release { 2 } else { 1 };
    for (bound, systems, ask, rounds) in bounds.into_iter().take(tried) {
        println!("overload, bound by {bound}:");
        let shop = shop::bundle(&stage.folder, systems).await?;
        let caller = Caller::of(shop.address);
        let mut shares = Vec::new();
        let mut before = peak(&caller, ask).await;
        for _ in 0..rounds {
            let goodput = too_much(&caller, ask, before, plan.overload).await?;
            // What a machine can do changes while it is measured, so it is compared with what it could do before and after.
            let after = peak(&caller, ask).await;
            shares.push(2.0 * goodput / (before + after));
            before = after;
        }
        shares.sort_by(f64::total_cmp);
        let (least, middle, most) = (shares[0], shares[rounds / 2], shares[rounds - 1]);
        println!("  {middle:.2} of the peak ({least:.2} to {most:.2})");
        // What turning away costs has to be little, and is not nothing.
        must(middle >= 0.8, format!("{middle:.2} of the peak is good"))?;
    }
    Ok(())
}

/// Three times the peak, and then half of it. How many good answers a second there were of the former.
async fn too_much(caller: &Caller, ask: &Ask, peak: f64, span: Duration) -> Result<f64, String> {
    let outcomes = caller.at_rate(ask, peak * 3.0, span).await;
    let goodput = outcomes.good() as f64 / span.as_secs_f64();
    let over = Instant::now();
    let after = caller.at_rate(ask, peak / 2.0, Duration::from_secs(8)).await;
    println!(
        "  {:.0}/s asked, {goodput:.0}/s good, peak before it {peak:.0}/s; p50 {:.0} ms, p99 {:.0} ms; {}",
        peak * 3.0,
        outcomes.percentile(0.5),
        outcomes.percentile(0.99),
        outcomes.statuses()
    );
    println!(
        "  good again after {}; half of it was asked {:.1} ms late or more",
        shown(after.recovery(over)),
        outcomes.lateness(0.5)
    );
    must(outcomes.percentile(0.99) <= 4_000.0, "answers come after the deadline".to_owned())?;
    must(after.recovery(over).is_some_and(|time| time <= Duration::from_secs(5)), "no recovery".to_owned())?;
    Ok(goodput)
}

/// At the knee, with one call in ten failing or slow, and a whole outage in the middle.
async fn soak(stage: &Stage, plan: &Plan) -> Result<(), String> {
    let shop = shop::bundle(&stage.folder, &stage.systems).await?;
    let caller = Caller::of(shop.address);
    let rate = peak(&caller, &SCREEN).await * 0.6;
    stage.behaviour.delay(Duration::from_millis(2));
    stage.behaviour.trouble(10);
    let before = phase(stage, &caller, &shop, rate, plan.soak / 2, "one in ten").await;
    stage.behaviour.down(true);
    phase(stage, &caller, &shop, rate, Duration::from_secs(5), "all down").await;
    stage.behaviour.down(false);
    let up = Instant::now();
    let outcomes = caller.at_rate(&SCREEN, rate, Duration::from_secs(8)).await;
    println!("  as before after {}", shown(outcomes.recovery_to(up, 0.9)));
    let after = phase(stage, &caller, &shop, rate, plan.soak / 2, "one in ten").await;
    // What the outage has made it take, the process may keep; from then on it takes no more.
    let end = phase(stage, &caller, &shop, rate, plan.soak / 2, "one in ten").await;
    println!("  memory {before} kB before the outage, {after} kB after it, {end} kB at the end");
    stage.behaviour.trouble(0);
    stage.behaviour.delay(Duration::ZERO);
    must(end < after + after / 10 + 2_048, format!("memory grows: {after} kB, then {end} kB"))
}

/// The memory at its end.
async fn phase(stage: &Stage, caller: &Caller, shop: &Process, rate: f64, span: Duration, what: &str) -> u64 {
    stage.behaviour.take_times();
    let outcomes = caller.at_rate(&SCREEN, rate, span).await;
    let calls = stage.behaviour.take_times().len() as f64;
    println!(
        "soak, {what}: {:.0}/s good of {rate:.0}/s, p99 {:.0} ms, {:.3} calls for each request, {} kB; {}",
        outcomes.good() as f64 / span.as_secs_f64(),
        outcomes.percentile(0.99),
        calls / outcomes.count().max(1) as f64,
        shop.memory(),
        outcomes.statuses()
    );
    shop.memory()
}
