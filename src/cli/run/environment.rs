//! What a program that is run in process is told from outside: the variables of this process, and where those say nothing,
//! what is good enough for a machine of a developer. Each such value is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use flow_std::HashAlgorithm;
use flow_std::http::Environment;
use flow_std::store::Store;
use flow_std::text;

use crate::emit::names;
use crate::ir::{ExprKind, InboundAuth, Program};

/// The token of services, and the key of callers.
const TOKEN: &str = "development";

/// What stands in for variables that nobody has set, by their names.
pub fn stand_ins(program: &Program) -> BTreeMap<String, String> {
    let mut made = BTreeMap::from([("FLOW_SERVICE_TOKEN".to_owned(), TOKEN.to_owned())]);
    for item in program.config.iter().filter(|item| item.secret) {
        made.insert(names::variable(&item.name), TOKEN.to_owned());
    }
    let keys = format!("{TOKEN} {}", text::hash(TOKEN, HashAlgorithm::Sha256));
    let operations = program.services.iter().flat_map(|service| &service.operations);
    for way in operations.flat_map(|operation| &operation.settings.auth) {
        if let InboundAuth::ApiKey { keys: of, .. } = way
            && let ExprKind::Config(id) = of.kind
            && let Some(item) = program.config.get(id.0)
        {
            made.insert(names::variable(&item.name), keys.clone());
        }
    }
    made.retain(|name, _| {
        std::env::var_os(name).is_none() && std::env::var_os(format!("{name}_FILE")).is_none()
    });
    made
}

/// Where to answer, when the command line does not say it. What is served so is for this machine, unless somebody says more.
pub fn listen() -> Result<SocketAddr, String> {
    let is_told = ["LISTEN", "PORT"].iter().any(|name| std::env::var_os(name).is_some());
    let mut env = Environment::of_process();
    match is_told {
        true => {
            let at = env.listen();
            env.finish()?;
            at.ok_or_else(|| "`LISTEN` cannot be used".to_owned())
        }
        false => Ok(SocketAddr::from(([127, 0, 0, 1], 8080))),
    }
}

/// Which keys stand in, as the page is told.
pub fn development(made: &BTreeMap<String, String>) -> serde_json::Value {
    let has_keys = made.values().any(|keys| keys.starts_with(&format!("{TOKEN} ")));
    serde_json::json!({
        "apiKey": has_keys.then_some(TOKEN),
        "serviceToken": made.contains_key("FLOW_SERVICE_TOKEN").then_some(TOKEN),
    })
}

/// What operations store: in memory, unless somebody names a place.
pub fn store(project: &str) -> Result<Store, String> {
    match std::env::var("FLOW_STORE") {
        Ok(url) => Store::open(Some(&url), project).map_err(|error| format!("FLOW_STORE {error}")),
        Err(_) => Ok(Store::memory()),
    }
}

pub fn environment(made: BTreeMap<String, String>) -> Environment {
    Environment::new(move |name| std::env::var(name).ok().or_else(|| made.get(name).cloned()))
}
