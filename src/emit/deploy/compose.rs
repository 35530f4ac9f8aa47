//! All services on one machine.

use serde_json::{Map, Value, json};

use super::{OPERATOR_PORT, PORT, STORE, TLS, address, tls_path};
use crate::emit::settings;
use crate::emit::text::yaml;
use crate::emit::unit::{Source, Unit, Variable, keeps, scheme};
use crate::ir::Program;

pub fn compose(program: &Program, units: &[Unit<'_>]) -> String {
    let deployed = units.iter().filter(|unit| unit.is_deployed);
    let services: Map<String, Value> =
        deployed.map(|unit| (unit.name.clone(), service(program, units, unit))).collect();
    let keeping = units.iter().filter(|unit| unit.is_deployed && keeps(unit));
    let volumes: Map<String, Value> = keeping.map(|unit| (volume(unit), json!({}))).collect();
    let mut all = json!({ "name": crate::emit::name::kebab(&program.project), "services": services });
    if let Some(fields) = all.as_object_mut().filter(|_| !volumes.is_empty()) {
        fields.insert("volumes".to_owned(), volumes.into());
    }
    yaml::document(&all)
}

/// Each has a file of its own, and so a volume of its own.
fn volume(unit: &Unit<'_>) -> String {
    format!("{}-store", unit.name)
}

fn service(program: &Program, units: &[Unit<'_>], unit: &Unit<'_>) -> Value {
    let environment: Map<String, Value> = unit
        .variables
        .iter()
        .map(|variable| (variable.name.clone(), Value::from(given(program, units, variable))))
        .collect();
    let mut service = json!({
        "build": { "context": "..", "dockerfile": format!("{}/Dockerfile", unit.folder) },
        "ports": [format!("127.0.0.1:{}:{PORT}", unit.port)],
        "read_only": true,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
    });
    if !environment.is_empty()
        && let Some(fields) = service.as_object_mut()
    {
        fields.insert("environment".to_owned(), environment.into());
    }
    let store = keeps(unit).then(|| format!("{}:{STORE}", volume(unit)));
    let tls = (scheme(unit) == "https").then(|| format!("./tls/{}:{TLS}:ro", unit.name));
    let volumes: Vec<String> = store.into_iter().chain(tls).collect();
    if !volumes.is_empty()
        && let Some(fields) = service.as_object_mut()
    {
        fields.insert("volumes".to_owned(), volumes.into());
    }
    service
}

/// What stands in the environment, or in `.env`; what has no default has to be there.
fn given(program: &Program, units: &[Unit<'_>], variable: &Variable) -> String {
    let name = &variable.name;
    match variable.source {
        Source::Address(service) => address(units, service),
        Source::Store => format!("${{{name}:-file:{STORE}/}}"),
        Source::ServiceKey => format!("${{{name}:?}}"),
        Source::OperatorListen => format!("${{{name}:-0.0.0.0:{OPERATOR_PORT}}}"),
        Source::Wish(_) => format!("${{{name}:-}}"),
        Source::Tls(file) => tls_path(file),
        Source::Config(at) => {
            let is_optional = program.config.get(at).is_some_and(|item| item.is_optional());
            match settings::default(program, at) {
                // A `}` would end it early.
                Some(text) if !text.contains(['$', '{', '}', '\n']) => format!("${{{name}:-{text}}}"),
                Some(_) => format!("${{{name}:-}}"),
                None if is_optional => format!("${{{name}:-}}"),
                None => format!("${{{name}:?}}"),
            }
        }
    }
}
