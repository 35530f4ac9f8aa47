//! A workload: starts the services, sees that they answer the same, and lets them take turns.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::backend;
use crate::contestant::{Contestant, Places};
use crate::cores::Cores;
use crate::figures::{Figures, Round, quantile};
use crate::instructions;
use crate::load::{self, Ask};
use crate::process::Process;
use crate::same;
use crate::table;
use crate::workload::Workload;

pub struct Bench {
    pub places: Places,
    pub cores: Cores,
    pub rounds: usize,
    pub seconds: f64,
}

/// A service that is there for the whole of a workload.
struct Running {
    process: Process,
    figures: Figures,
}

/// How often the start of a service is measured.
const STARTS: usize = 5;

impl Bench {
    /// The table of a workload.
    pub async fn workload(&self, workload: &Workload, contestants: &[Contestant]) -> Result<String, String> {
        let systems = backend::start(workload.delay).await?;
        let ask = workload.ask();
        let (mut running, mut expected) = (Vec::new(), None);
        for contestant in contestants {
            let named = |fault: String| format!("{} with {}: {fault}", contestant.name(), workload.name);
            let (service, answer) = self.start(*contestant, workload, systems).await.map_err(named)?;
            let answer = same::read(&answer).map_err(named)?;
            let expected = expected.get_or_insert_with(|| answer.clone());
            same::check(expected, &answer).map_err(named)?;
            running.push(service);
        }
        for service in &running {
            load::closed(service.process.address, &ask, workload.callers, self.half()).await?;
        }
        for _ in 0..self.rounds {
            for service in &mut running {
                let round = self.round(&service.process, workload, &ask).await;
                service
                    .figures
                    .rounds
                    .push(round.map_err(|fault| format!("{}: {fault}", service.figures.service))?);
            }
        }
        let figures = running.into_iter().map(|mut service| {
            service.figures.peak = service.process.memory().peak;
            service.figures
        });
        Ok(table::of(workload, &figures.collect::<Vec<_>>()))
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
        let command = || told(contestant.command(&self.places, workload), systems);
        let counted = match contestant.is_countable() && workload.counted > 0 {
            true => instructions::count(&self.cores, command(), &ask, workload.counted).await?,
            false => None,
        };
        let mut starts = Vec::new();
        loop {
            let began = Instant::now();
            let mut process = Process::start(&self.cores, command())?;
            let answer = process.first_answer(&ask).await?;
            starts.push(began.elapsed().as_secs_f64() * 1e3);
            if starts.len() == STARTS {
                let (service, idle) = (contestant.name(), process.memory().now);
                let size = size(&contestant.executable(&self.places, workload));
                let figures =
                    Figures { service, rounds: Vec::new(), starts, idle, peak: idle, size, counted };
                return Ok((Running { process, figures }, answer));
            }
        }
    }

    async fn round(&self, process: &Process, workload: &Workload, ask: &Ask) -> Result<Round, String> {
        let (before, began) = (process.processor(), Instant::now());
        let closed = load::closed(process.address, ask, workload.callers, self.half()).await?;
        let (used, took) = (process.processor() - before, began.elapsed());
        let open = load::open(process.address, ask, workload.rate, self.half()).await?;
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

/// Where the systems are: emitted services have a variable for each of them, the others one for all.
fn told(mut command: Command, systems: SocketAddr) -> Command {
    for system in ["BACKEND", "LEGACY", "PROFILES", "SALES", "ACTIVITIES", "ORDERS", "STOCK", "PAYMENTS"] {
        command.env(format!("{system}_URL"), format!("http://{systems}"));
    }
    command.env("FLOW_SERVICE_TOKEN", "token-of-the-services-of-the-bench");
    command
}

/// As it would be put on a machine: without symbols.
fn size(executable: &Path) -> Option<u64> {
    let stripped = executable.with_extension("stripped");
    let strip = Command::new("strip").arg("-o").arg(&stripped).arg(executable).stderr(Stdio::null()).status();
    let length = std::fs::metadata(&stripped).map(|meta| meta.len()).ok();
    let _ = std::fs::remove_file(&stripped); // it may not be there
    length.filter(|_| strip.is_ok_and(|status| status.success()))
}
