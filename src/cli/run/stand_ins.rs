//! Systems that nobody has said the address of have a stand-in in this process, which answers from the system's contract
//! and remembers what it was told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::contracts;
use super::super::files::Root;
use crate::contract;
use crate::emit::names;
use crate::ir::{Backend, ConfigId, ConfigKind, Expr, ExprKind, Literal, OutboundAuth, Program, Tls, visit};
use crate::mock::{self, Credentials, Settings, StandIn};
use crate::source::Sources;

/// A backend that has a stand-in, and where that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandsIn {
    pub backend: String,
    pub url: String,
}

/// A backend that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub backend: String,
    pub url: String,
}

/// Those that run, by the file of the contract and what it says: an edit of a flow leaves them and what they remember as
/// they are.
#[derive(Default)]
pub struct StandIns {
    running: BTreeMap<(PathBuf, String), StandIn>,
    /// Backends that are to have one although their address is known; `all` is every one of them.
    asked: Vec<String>,
}

impl StandIns {
    pub fn asked(asked: &[String]) -> StandIns {
        StandIns { asked: asked.to_vec(), ..StandIns::default() }
    }

    /// Sees to it that each backend without an address has one. `made`: gets the variables that would have said it.
    pub async fn stand_in(
        &mut self,
        program: &Program,
        roots: &[Root],
        made: &mut BTreeMap<String, String>,
    ) -> Result<Vec<StandsIn>, String> {
        let is_unknown =
            |name: &&String| *name != "all" && program.backends.iter().all(|backend| backend.name != **name);
        if let Some(unknown) = self.asked.iter().find(is_unknown) {
            return Err(format!("there is no backend `{unknown}` to stand in for"));
        }
        let mut all = Vec::new();
        for backend in program.backends.iter().filter(|backend| !backend.operations.is_empty()) {
            let is_unset = is_variable(backend) && !unset(program, &backend.url).is_empty();
            if !is_asked(&self.asked, backend) && !is_unset {
                continue;
            }
            let url = self.of(backend, roots).await?;
            for other in words_of(program, backend) {
                made.entry(other).or_insert_with(|| crate::interp::callers::DEVELOPMENT.to_owned());
            }
            if let ExprKind::Config(id) = backend.url.kind {
                made.insert(variable(program, id), url.clone());
            }
            all.push(StandsIn { backend: backend.name.clone(), url });
        }
        Ok(all)
    }

    /// The address of the stand-in of a backend, which is started if it is not there.
    async fn of(&mut self, backend: &Backend, roots: &[Root]) -> Result<String, String> {
        let trouble =
            |why: &str| format!("`{}` cannot stand in for {}: {why}", backend.contract, backend.name);
        let path = contracts::normal(&backend.contract);
        // The project itself, or one that it depends on.
        let has_it = |root: &&Root| contracts::read_file(root, &path).is_ok();
        let root = roots.iter().find(has_it).ok_or_else(|| trouble("it is not there"))?;
        let mut text = String::new();
        let mut read = |path: &str| {
            let bytes = contracts::read_file(root, path).map_err(contracts::read_fault)?;
            text.push_str(&String::from_utf8_lossy(&bytes));
            Ok(bytes)
        };
        let loaded = contract::load(&mut Sources::default(), &path, &mut read);
        let contract = loaded.map_err(|_| trouble("it cannot be read"))?;
        let key = (root.folder.join(&path), text);
        if let Some(running) = self.running.get(&key) {
            return Ok(running.url.clone());
        }
        let settings = Settings { credentials: Credentials::Ignored, ..Settings::default() };
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = mock::start(mock::mock(contract, settings), at, Arc::new(|_| {})).await;
        let started = started.map_err(|error| trouble(&error.to_string()))?;
        let url = started.url.clone();
        self.running.insert(key, started);
        Ok(url)
    }
}

fn is_asked(asked: &[String], backend: &Backend) -> bool {
    asked.iter().any(|name| name == "all" || *name == backend.name)
}

fn is_variable(backend: &Backend) -> bool {
    matches!(backend.url.kind, ExprKind::Config(_))
}

/// The backends that have none.
pub fn others(addresses: &[(String, String)], stand_ins: &[StandsIn]) -> Vec<Calls> {
    let is_other = |(name, _): &&(String, String)| stand_ins.iter().all(|one| one.backend != *name);
    let others = addresses.iter().filter(is_other).cloned();
    others.map(|(backend, url)| Calls { backend, url }).collect()
}

/// Backends that have a stand-in are called where that answers. Stand-ins speak without TLS, want neither tokens nor
/// certificates, and nobody stands in for the server that gives tokens out.
pub fn put_in(program: &mut Program, stand_ins: &[StandsIn]) {
    for backend in &mut program.backends {
        let Some(one) = stand_ins.iter().find(|one| one.backend == backend.name) else { continue };
        if !is_variable(backend) {
            backend.url.kind = ExprKind::Literal(Literal::Text(one.url.clone()));
        }
        backend.tls = Tls::default();
        match &backend.auth {
            OutboundAuth::OAuth2(_) | OutboundAuth::Mtls { .. } => backend.auth = OutboundAuth::None,
            OutboundAuth::None
            | OutboundAuth::Bearer { .. }
            | OutboundAuth::Basic { .. }
            | OutboundAuth::ApiKey { .. }
            | OutboundAuth::Forward => {}
        }
    }
}

/// The variables without a value that an expression reads.
fn unset(program: &Program, expr: &Expr) -> Vec<ConfigId> {
    let mut found = Vec::new();
    visit::every(expr, &mut |inner| {
        if let ExprKind::Config(id) = inner.kind
            && program.config.get(id.0).is_some_and(|item| item.default.is_none())
            && !super::environment::is_set(&variable(program, id))
        {
            found.push(id);
        }
    });
    found
}

fn variable(program: &Program, id: ConfigId) -> String {
    program.config.get(id.0).map(|item| names::variable(&item.name)).unwrap_or_default()
}

/// What a backend's settings say beside its address, such as the name of a user: a stand-in takes any.
fn words_of(program: &Program, backend: &Backend) -> Vec<String> {
    let mut exprs: Vec<&Expr> = backend.headers.iter().map(|(_, value)| value).collect();
    exprs.extend(backend.auth.values());
    let is_text = |id: &ConfigId| {
        program
            .config
            .get(id.0)
            .is_some_and(|item| matches!(item.kind, ConfigKind::Value(crate::ir::Type::Text(_))))
    };
    let unset = exprs.into_iter().flat_map(|expr| unset(program, expr));
    unset.filter(is_text).map(|id| variable(program, id)).collect()
}
