//! A running service, and what it has used.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cores::Cores;
use crate::load::{Ask, Caller};

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

    /// Its first answer, as soon as there is one.
    pub async fn first_answer(&mut self, ask: &Ask) -> Result<Vec<u8>, String> {
        let began = Instant::now();
        loop {
            if let Some(mut caller) = Caller::connect(self.address).await {
                return caller.body(ask).await;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended with {status}"));
            }
            if began.elapsed() > Duration::from_secs(30) {
                return Err("does not listen".to_owned());
            }
            tokio::time::sleep(Duration::from_micros(100)).await;
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

#[derive(Clone, Copy)]
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
