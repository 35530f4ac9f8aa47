//! `--native`: builds the services as they are emitted, with a program around them that does what a tester says, and
//! runs the tests in processes of that.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::build::compile::{Goal, compile};
use super::super::build::dist;
use super::super::output::Output;
use super::super::session::Session;
use super::super::stages;
use crate::diagnostic::{Diagnostic, project};
use crate::emit::{self, names};
use crate::interp::testing::{Failure, Fault, Link, Native, Outcome, Suite};
use crate::ir::{self, ConfigKind, ExprKind, IntRule, Program, SettingType, Type};

/// Below the folder of the project: cargo's own is called so, too, and nobody keeps what is in it.
const FOLDER: &str = "target/flow-native";

/// The services, ready to be asked.
pub struct Built {
    native: Native,
    executable: String,
    environment: Vec<(String, String)>,
    /// Processes that nobody asks at the moment.
    idle: Mutex<Vec<Process>>,
}

struct Process {
    link: Link,
    child: Child,
}

/// Why there is nothing to be asked.
pub enum Unbuilt {
    /// What the project needs cannot be built yet; the session has it.
    Findings,
    Refused(Diagnostic),
}

pub fn built(session: &mut Session, program: &Program, output: &mut Output) -> Result<Built, Unbuilt> {
    if let Err(findings) = stages::build(session) {
        session.diagnostics.extend(findings);
        return Err(Unbuilt::Findings);
    }
    let root = session.project().and_then(|unit| unit.root.as_ref());
    let Some(root) = root else { return Err(Unbuilt::Findings) };
    let (folder, shown) = (root.folder.join(FOLDER), format!("{}{FOLDER}", root.prefix));
    let of = ir::testable(program);
    let tested = emit::tested(&of.program).unwrap_or_else(|fault| std::panic::panic_any(fault));
    written(&folder, &tested.files)
        .map_err(|reason| Unbuilt::Refused(project::unwritable(&shown, &reason)))?;
    let executables =
        compile(&folder, &shown, Goal::Package(&tested.package), output).map_err(Unbuilt::Refused)?;
    let Some(executable) = executables.into_iter().next() else {
        return Err(Unbuilt::Refused(project::cargo("has built no executable")));
    };
    let environment = environment(&of.program, &tested.hosts);
    let native = Native::new(of, tested.hosts);
    Ok(Built { native, executable, environment, idle: Mutex::default() })
}

/// What is there and is not ours is left alone.
fn written(folder: &Path, files: &[emit::File]) -> Result<(), String> {
    let plan = dist::plan(folder, files)?;
    match plan.blocked.first() {
        Some((path, what)) => Err(format!("`{path}` {what}")),
        None => dist::write(folder, files, &plan),
    }
}

impl Built {
    pub fn run(&self, suite: &Suite, number: usize) -> Outcome {
        let taken = self.idle().pop();
        let mut process = match taken.map_or_else(|| self.start(), Ok) {
            Ok(process) => process,
            Err(why) => {
                let fault = Fault::new(format!("the services cannot be started: {why}"));
                return Outcome { failures: vec![Failure { step: 0, fault }], ..Outcome::default() };
            }
        };
        let outcome = suite.run_native(number, &self.native, &mut process.link);
        if process.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.idle().push(process);
        }
        outcome
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<Process, String> {
        let mut child = Command::new(&self.executable)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("they cannot be talked to".to_owned());
        };
        let link = Link::new(to, from, &self.environment).map_err(|error| error.to_string())?;
        Ok(Process { link, child })
    }
}

/// A process ends when nobody talks to it any more.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// ---- what the services are told from outside ----------------------------------------------------

/// What has a default keeps it. No test depends on the rest: addresses, and how often something is tried.
fn environment(program: &Program, hosts: &[String]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        [("FLOW_SERVICE_KEY", "the key of services that are tested"), ("FLOW_STORE", "memory:")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
    let addresses = names::names(program).addresses;
    let address = |(name, host): (String, &String)| (name, format!("http://{host}"));
    all.extend(addresses.into_iter().zip(hosts).map(address));
    let urls = addresses_of_backends(program);
    for (at, item) in
        program.config.iter().enumerate().filter(|(_, item)| item.default.is_none() && !item.is_optional())
    {
        let name = names::variable(&item.name);
        let value = match &item.kind {
            _ if urls.contains(&at) => "http://backend".to_owned(),
            ConfigKind::Value(ty) if !item.secret => value(ty),
            ConfigKind::Value(_) => "test".to_owned(),
            ConfigKind::Setting(ty) => setting(*ty),
        };
        all.push((name, value));
    }
    all
}

fn addresses_of_backends(program: &Program) -> Vec<usize> {
    let address = |backend: &ir::Backend| match backend.url.kind {
        ExprKind::Config(id) => Some(id.0),
        _ => None,
    };
    program.backends.iter().filter_map(address).collect()
}

fn value(ty: &Type) -> String {
    let text = match ty.present() {
        Type::Bool => "true",
        Type::Int(IntRule { min: Some(min), .. }) => return min.to_string(),
        Type::Int(_) | Type::Float(_) | Type::Decimal(_) => "1",
        Type::Uri => "http://test",
        Type::Email => "test@example.com",
        Type::Date => "2000-01-01",
        Type::DateTime => "2000-01-01T00:00:00Z",
        Type::Duration => "PT1S",
        _ => "test",
    };
    text.to_owned()
}

fn setting(ty: SettingType) -> String {
    match ty {
        SettingType::Duration => "10s".to_owned(),
        SettingType::Size => "1MB".to_owned(),
        SettingType::Rate => "1000/s".to_owned(),
        SettingType::Percent => "50%".to_owned(),
        SettingType::Count { min, .. } => min.to_string(),
    }
}
