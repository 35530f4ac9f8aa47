//! A workload: starts the services, sees that they answer the same, and lets them take turns.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::backend;
use crate::builds::Places;
use crate::contestant::Contestant;
use crate::cores::Cores;
use crate::figures::{Comparison, Figures, Round, quantile};
use crate::instructions::{self, Counted};
use crate::load::{self, Ask};
use crate::process::{Part, Service};
use crate::same;
use crate::workload::Workload;

pub struct Bench {
    pub places: Places,
    pub cores: Cores,
    pub rounds: usize,
    pub seconds: f64,
}

/// A service that is there for the whole of a workload.
struct Running {
    service: Service,
    figures: Figures,
}

/// How often the start of a service is measured.
const STARTS: usize = 5;

impl Bench {
    /// What all of them did with a workload.
    pub async fn workload(
        &self,
        workload: &'static Workload,
        contestants: &[Contestant],
    ) -> Result<Comparison, String> {
        let systems = backend::start(workload.delay).await?;
        let ask = workload.ask();
        let mut running = self.all(workload, contestants, systems).await?;
        for one in &running {
            let span = one.figures.contestant.warming().max(self.half());
            load::closed(one.service.address, &ask, workload.callers, span).await?;
        }
        for _ in 0..self.rounds {
            for one in &mut running {
                let round = self.round(&one.service, workload, &ask).await;
                let named = |fault: String| format!("{}: {fault}", one.figures.contestant.name());
                one.figures.rounds.push(round.map_err(named)?);
            }
        }
        let figures =
            running.into_iter().map(|one| Figures { peak: one.service.memory().peak, ..one.figures });
        Ok(Comparison { workload, figures: figures.collect() })
    }

    /// Starts all, and sees that they answer the same.
    async fn all(
        &self,
        workload: &Workload,
        contestants: &[Contestant],
        systems: SocketAddr,
    ) -> Result<Vec<Running>, String> {
        let (mut running, mut expected) = (Vec::new(), None);
        for contestant in contestants.iter().filter(|contestant| contestant.takes_part_in(workload)) {
            let named = |fault: String| format!("{} with {}: {fault}", contestant.name(), workload.name);
            let (one, answer) = self.start(*contestant, workload, systems).await.map_err(named)?;
            let answer = same::read(&answer).map_err(named)?;
            let expected = expected.get_or_insert_with(|| answer.clone());
            same::check(expected, &answer).map_err(named)?;
            running.push(one);
        }
        Ok(running)
    }

    fn half(&self) -> Duration {
        Duration::from_secs_f64(self.seconds / 2.0)
    }

    /// Starts it several times; the last one stays.
    async fn start(
        &self,
        contestant: Contestant,
        workload: &Workload,
        systems: SocketAddr,
    ) -> Result<(Running, Vec<u8>), String> {
        let ask = workload.ask();
        let mut starts = Vec::new();
        loop {
            let began = Instant::now();
            let parts = self.parts(contestant, workload, systems);
            let (service, mut caller) = Service::start(&self.cores, parts).await?;
            let idle = service.memory().now;
            let answer = caller.body(&ask).await?;
            starts.push(began.elapsed().as_secs_f64() * 1e3);
            if starts.len() == STARTS {
                let executable = contestant.executable(&self.places, workload);
                let figures = Figures {
                    contestant,
                    rounds: Vec::new(),
                    starts,
                    idle,
                    peak: idle,
                    size: executable.as_deref().and_then(size),
                    counted: self.counted(contestant, workload, systems).await?,
                };
                return Ok((Running { service, figures }, answer));
            }
        }
    }

    fn parts(&self, contestant: Contestant, workload: &Workload, systems: SocketAddr) -> Vec<Part> {
        let mut parts = contestant.parts(&self.places, workload);
        parts.iter_mut().for_each(|part| tell(&mut part.command, systems));
        parts
    }

    async fn counted(
        &self,
        contestant: Contestant,
        workload: &Workload,
        systems: SocketAddr,
    ) -> Result<Option<Counted>, String> {
        if !contestant.is_countable() || workload.counted == 0 {
            return Ok(None);
        }
        let Some(part) = self.parts(contestant, workload, systems).pop() else { return Ok(None) };
        let profile = self.places.profile(contestant.name(), workload.name)?;
        instructions::count(&self.cores, &part.command, &profile, &workload.ask(), workload.counted).await
    }

    async fn round(&self, service: &Service, workload: &Workload, ask: &Ask) -> Result<Round, String> {
        // Who sends to somebody asleep pays for waking him, on this machine only: the others never sleep.
        let awake = tokio::task::spawn_local(stay_awake());
        let (before, began) = (service.processor(), Instant::now());
        let closed = load::closed(service.address, ask, workload.callers, self.half()).await;
        let (used, took) = (service.processor() - before, began.elapsed());
        awake.abort();
        let closed = closed?;
        let open = load::open(service.address, ask, workload.rate, self.half()).await?;
        let answered = closed.answered as f64;
        Ok(Round {
            processor: used.as_secs_f64() * 1e6 / answered,
            throughput: answered / took.as_secs_f64(),
            p50: quantile(&open.times, 50),
            p99: quantile(&open.times, 99),
            busy: used.as_secs_f64() / took.as_secs_f64(),
            failed: (closed.failed + open.failed) as f64 / (closed.answered + open.answered).max(1) as f64,
        })
    }
}

async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

/// Where the systems are: emitted services have a variable for each of them, the others one for all.
fn tell(command: &mut Command, systems: SocketAddr) {
    for system in ["BACKEND", "LEGACY", "PROFILES", "SALES", "ACTIVITIES", "ORDERS", "STOCK", "PAYMENTS"] {
        command.env(format!("{system}_URL"), format!("http://{systems}"));
    }
    command.env("FLOW_SERVICE_KEY", "a key of the services of the bench");
}

/// As it would be put on a machine: without symbols.
fn size(executable: &Path) -> Option<u64> {
    let stripped = executable.with_extension("stripped");
    let strip = Command::new("strip").arg("-o").arg(&stripped).arg(executable).stderr(Stdio::null()).status();
    let length = std::fs::metadata(&stripped).map(|meta| meta.len()).ok();
    let _ = std::fs::remove_file(&stripped); // it may not be there
    length.filter(|_| strip.is_ok_and(|status| status.success()))
}
