//! The emitted services, each as a process of its own.
//!
//! A service is told everything by its environment: `LISTEN` is the address to answer at, `<SERVICE>_URL` (such as
//! `MOBILE_SHOP_URL`) where each other service is, `FLOW_SERVICE_KEY` what they show each other, and what
//! `src/backends.flow` and the `auth` of the services ask for with `env` and `secret`. All get the same; each reads
//! what it needs.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::client;
use super::parts::{SERVICES, kebab, shared, url_variable};
use super::standins::Standins;

/// How long a service may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(20);

struct Service {
    name: &'static str,
    address: SocketAddr,
    process: Child,
    log: PathBuf,
}

/// All of them, running; they end when this goes.
pub struct Services(Vec<Service>);

impl Services {
    pub fn address(&self, name: &str) -> Result<SocketAddr, String> {
        let found = self.0.iter().find(|service| service.name == name);
        found.map(|service| service.address).ok_or_else(|| format!("there is no service {name}"))
    }

    /// Until one of them ends, which none should.
    pub fn wait(mut self) -> Result<(), String> {
        loop {
            for service in &mut self.0 {
                service.must_be_alive()?;
            }
            thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        for service in &mut self.0 {
            let _ = service.process.kill(); // it may have ended by itself
            let _ = service.process.wait();
        }
    }
}

/// Starts all services, and waits until each says that it is ready.
pub fn start(target: &Path, standins: &Standins) -> Result<Services, String> {
    let logs = target.join("logs");
    fs::create_dir_all(&logs).map_err(|fault| format!("{}: {fault}", logs.display()))?;
    let addresses = addresses()?;
    let mut environment = shared(&standins.environment);
    // What a real one keeps in a file.
    environment.push(("FLOW_STORE".into(), "memory:".into()));
    for (name, address) in &addresses {
        environment.push((url_variable(name), format!("http://{address}")));
    }
    let mut services = Services(Vec::new());
    for (name, address) in addresses {
        services.0.push(spawn(target, &logs, name, address, &environment)?);
    }
    for service in &mut services.0 {
        service.must_become_ready()?;
        eprintln!("{:>12} is ready at http://{}", kebab(service.name), service.address);
    }
    eprintln!("The services write their logs to {}", logs.display());
    Ok(services)
}

/// A free port for each. They are held until all are found, so that no two are the same.
fn addresses() -> Result<Vec<(&'static str, SocketAddr)>, String> {
    let listeners: Result<Vec<TcpListener>, _> =
        SERVICES.iter().map(|_| TcpListener::bind("127.0.0.1:0")).collect();
    let listeners = listeners.map_err(|fault| format!("no ports: {fault}"))?;
    let address = |(name, listener): (&&'static str, &TcpListener)| Ok((*name, listener.local_addr()?));
    let addresses: std::io::Result<Vec<_>> = SERVICES.iter().zip(&listeners).map(address).collect();
    addresses.map_err(|fault| fault.to_string())
}

fn spawn(
    target: &Path,
    logs: &Path,
    name: &'static str,
    address: SocketAddr,
    environment: &[(String, String)],
) -> Result<Service, String> {
    let executable = target.join("target/debug").join(kebab(name) + std::env::consts::EXE_SUFFIX);
    let log = logs.join(kebab(name) + ".log");
    let output = File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
    let (output, errors) = output.map_err(|fault| format!("{}: {fault}", log.display()))?;
    let process = Command::new(&executable)
        .env("LISTEN", address.to_string())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(|fault| format!("{} cannot be started: {fault}", executable.display()))?;
    Ok(Service { name, address, process, log })
}

impl Service {
    fn must_be_alive(&mut self) -> Result<(), String> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.told(&format!("has ended ({status})"))),
            Err(fault) => Err(self.told(&fault.to_string())),
        }
    }

    fn must_become_ready(&mut self) -> Result<(), String> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            self.must_be_alive()?;
            let answer = client::ask(self.address, "GET", "/readyz", &[], "");
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(self.told("does not get ready"))
    }

    /// With the end of its log.
    fn told(&self, what: &str) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let end = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n");
        format!("{} {what}\n{end}", kebab(self.name))
    }
}
