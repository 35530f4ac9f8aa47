//! How callers of a program that is run in process show who they are.

use std::sync::Arc;

use flow_std::auth::{Auth, Development, JwtAlgorithm, JwtSettings, ServiceKeys};
use flow_std::http::Environment;

use super::app::variable;
use super::config::Config;
use super::name::fixed_list;
use super::{Code, policy};
use crate::emit::names;
use crate::ir::{self, ExprKind, InboundAuth, Operation, scopes};

/// What stands in for what nobody has said, on a machine of a developer: the key of a caller, the name of an issuer, and the
/// token that whoever calls shows in place of one that was signed.
pub const DEVELOPMENT: &str = "development";
/// The same for the keys of services. It cannot be as short, and who has it needs no other.
pub const DEVELOPMENT_KEY: &str = "development: a key that everybody knows";

/// The ways of a program, each once, by what the program says of it.
pub struct Callers {
    ways: Vec<(String, Vec<Auth>)>,
}

impl Callers {
    /// For operations that nobody calls over the network.
    pub fn none() -> Callers {
        Callers { ways: Vec::new() }
    }

    /// Notes everything that is missing or malformed.
    pub fn read(
        code: &Arc<Code>,
        config: &Arc<Config>,
        keys: &ServiceKeys,
        env: &mut Environment,
    ) -> Option<Callers> {
        let key = names::SERVICE_KEY;
        let is_development = env.is_set(key) && env.text(key).as_deref() == Some(DEVELOPMENT_KEY);
        let operations = code.program.services.iter().flat_map(|service| &service.operations);
        let mut ways: Vec<(String, Option<Vec<Auth>>)> = Vec::new();
        for way in operations.flat_map(|operation| &operation.settings.auth) {
            let name = name(way);
            if ways.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let made = match way {
                InboundAuth::Public => continue,
                InboundAuth::Service => {
                    let usual = Auth::Development(Development::Service);
                    Some([Auth::service(keys)].into_iter().chain(is_development.then_some(usual)).collect())
                }
                InboundAuth::ApiKey { keys, place } => {
                    let variable = variable(code, keys);
                    let keys = policy::secret(code, config, keys);
                    let keys = Auth::api_key(&keys, policy::caller_key(place));
                    env.take(variable.as_deref().unwrap_or("the keys of callers"), keys).map(|way| vec![way])
                }
                InboundAuth::Mtls { ca } => {
                    let way = Auth::mtls(&policy::text(code, config, ca));
                    env.take("the roots of callers", way).map(|way| vec![way])
                }
                InboundAuth::Jwt(jwt) => {
                    let settings = settings(code, config, jwt);
                    let usual = Auth::Development(Development::Jwt { scopes: all_scopes(code, &name) });
                    match settings.issuer == DEVELOPMENT {
                        true => Some(vec![usual]),
                        false => env.take("`auth: jwt`", Auth::jwt(settings)).map(|way| {
                            // An issuer that somebody has set is the one that is meant.
                            let is_set = matches!(jwt.issuer.kind, ExprKind::Config(_));
                            let usual = (is_development && !is_set).then_some(usual);
                            [way].into_iter().chain(usual).collect()
                        }),
                    }
                }
            };
            ways.push((name, made));
        }
        let ways = ways.into_iter().map(|(name, made)| Some((name, made?)));
        Some(Callers { ways: ways.collect::<Option<_>>()? })
    }

    pub fn of(&self, code: &Code, operation: &Operation) -> Vec<Auth> {
        let wants = fixed_list(scopes::required(&code.program, operation));
        let made = |way: &InboundAuth| {
            if let InboundAuth::Public = way {
                return Some(vec![Auth::Public]);
            }
            let name = name(way);
            self.ways.iter().find(|(known, _)| *known == name).map(|(_, made)| made.clone())
        };
        operation.settings.auth.iter().filter_map(made).flatten().map(|way| way.wanting(wants)).collect()
    }
}

fn name(way: &InboundAuth) -> String {
    format!("{way:?}")
}

/// What a developer may do who says nothing of it: all that operations with this way ask for.
fn all_scopes(code: &Code, way: &str) -> Arc<[String]> {
    let operations = code.program.services.iter().flat_map(|service| &service.operations);
    let accepting = operations.filter(|operation| operation.settings.auth.iter().any(|one| name(one) == way));
    let mut all: Vec<String> =
        accepting.flat_map(|operation| scopes::named(&code.program, operation)).map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    all.into()
}

fn settings(code: &Code, config: &Config, jwt: &ir::Jwt) -> JwtSettings {
    let text = |expr| policy::text(code, config, expr);
    JwtSettings {
        issuer: text(&jwt.issuer),
        audiences: jwt.audiences.iter().map(text).collect(),
        keys: jwt.keys.as_ref().map(text),
        algorithms: jwt.algorithms.iter().map(|one| algorithm(*one)).collect(),
        scopes: jwt.scopes.clone(),
        leeway: config.duration(jwt.leeway_ms),
    }
}

fn algorithm(of: ir::JwtAlgorithm) -> JwtAlgorithm {
    match of {
        ir::JwtAlgorithm::Rs256 => JwtAlgorithm::Rs256,
        ir::JwtAlgorithm::Rs384 => JwtAlgorithm::Rs384,
        ir::JwtAlgorithm::Rs512 => JwtAlgorithm::Rs512,
        ir::JwtAlgorithm::Ps256 => JwtAlgorithm::Ps256,
        ir::JwtAlgorithm::Ps384 => JwtAlgorithm::Ps384,
        ir::JwtAlgorithm::Ps512 => JwtAlgorithm::Ps512,
        ir::JwtAlgorithm::Es256 => JwtAlgorithm::Es256,
        ir::JwtAlgorithm::Es384 => JwtAlgorithm::Es384,
        ir::JwtAlgorithm::Eddsa => JwtAlgorithm::Eddsa,
    }
}
