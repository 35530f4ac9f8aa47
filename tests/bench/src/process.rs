//! A running service, which is one process or several, and what it has used.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use crate::backend::wait;
use crate::cores::Cores;
use crate::load::Caller;

/// It is killed when this goes.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
}

impl Process {
    /// What it says goes nowhere, but it is written.
    pub fn start(cores: &Cores, mut command: Command) -> Result<Process, String> {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = address.map_err(|fault| fault.to_string())?;
        command.env("LISTEN", address.to_string()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = cores.for_service(|| command.spawn());
        let child = child.map_err(|fault| format!("{:?}: {fault}", command.get_program()))?;
        Ok(Process { address, child })
    }

    /// A connection, as soon as there is one to be had.
    pub async fn connection(&mut self) -> Result<Caller, String> {
        let began = Instant::now();
        loop {
            if let Some(caller) = Caller::connect(self.address).await {
                return Ok(caller);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended with {status}"));
            }
            if began.elapsed() > Duration::from_secs(30) {
                return Err("does not listen".to_owned());
            }
            wait(Instant::now() + Duration::from_micros(50)).await;
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time of all of its threads until now.
    pub fn processor(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let nanos = tasks.filter_map(|task| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }

    /// Resident memory in bytes: now, and at most until now.
    pub fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0)
                * 1024
        };
        Memory { now: bytes("VmRSS:"), peak: bytes("VmHWM:") }
    }
}

#[derive(Clone, Copy, Default)]
pub struct Memory {
    pub now: u64,
    pub peak: u64,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

/// One of the processes of a service.
pub struct Part {
    pub command: Command,
    /// The variable that tells the parts behind it where it is.
    pub told_as: Option<&'static str>,
}

/// The last process is the one that is asked.
pub struct Service {
    processes: Vec<Process>,
    pub address: SocketAddr,
}

impl Service {
    /// With a connection to it.
    pub async fn start(cores: &Cores, parts: Vec<Part>) -> Result<(Service, Caller), String> {
        let (mut processes, mut told, mut asked) = (Vec::new(), Vec::new(), None);
        for Part { mut command, told_as } in parts {
            command.envs(told.iter().cloned());
            let mut process = Process::start(cores, command)?;
            asked = Some((process.address, process.connection().await?));
            told.extend(told_as.map(|name| (name, format!("http://{}", process.address))));
            processes.push(process);
        }
        let (address, caller) = asked.ok_or("has no processes")?;
        Ok((Service { processes, address }, caller))
    }

    pub fn processor(&self) -> Duration {
        self.processes.iter().map(Process::processor).sum()
    }

    pub fn memory(&self) -> Memory {
        self.processes
            .iter()
            .map(Process::memory)
            .fold(Memory::default(), |all, one| Memory { now: all.now + one.now, peak: all.peak + one.peak })
    }
}
