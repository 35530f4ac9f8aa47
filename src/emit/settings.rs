//! `.env.example`: every variable of every service, with its default or a place to fill in.

use std::collections::BTreeMap;

use super::purpose::purposes;
use super::text::shell;
use super::unit::{Source, TlsFile, Unit, Variable, host_of, scheme};
use crate::ir::{ConfigId, ConfigKind, Literal, Program, SettingType, Type};

/// One file for all services on one machine.
pub fn example(program: &Program, units: &[Unit<'_>]) -> String {
    let mut text = String::from(
        "# What the services are told. Copy this file to `.env` and fill it in; a secret can also stand in a file that\n\
         # the variable with `_FILE` behind its name names, and is read again when it changes.\n",
    );
    let purposes = purposes(program);
    for (variable, users) in by_name(units) {
        let what = what(program, &variable, &purposes).said(str::to_owned);
        text.push('\n');
        text.push_str(&shell::comment(&format!("{what}; for {}", users.join(", "))));
        let value = value(program, units, &variable);
        let has_value = value.is_some() || is_needed(program, &variable);
        // What has no form here is left to the default that the service has anyway.
        let written = shell::value(&value.unwrap_or_default());
        let mark = if has_value && written.is_some() { "" } else { "# " };
        text.push_str(&format!("\n{mark}{}={}\n", variable.name, written.unwrap_or_default()));
    }
    text
}

/// Each variable once, with the units that read it.
pub fn by_name<'u>(units: &'u [Unit<'_>]) -> Vec<(Variable, Vec<&'u str>)> {
    let mut all: BTreeMap<&str, (Variable, Vec<&str>)> = BTreeMap::new();
    for unit in units {
        for variable in &unit.variables {
            let entry = all.entry(&variable.name).or_insert_with(|| (variable.clone(), Vec::new()));
            entry.1.push(&unit.name);
        }
    }
    all.into_values().collect()
}

/// What it is when nobody says anything else.
pub fn value(program: &Program, units: &[Unit<'_>], variable: &Variable) -> Option<String> {
    match variable.source {
        Source::Config(at) => default(program, at),
        Source::Address(service) => {
            host_of(units, service).map(|host| format!("{}://127.0.0.1:{}", scheme(host), host.port))
        }
        Source::ServiceKey | Source::Store | Source::OperatorListen | Source::Wish(_) | Source::Tls(_) => {
            None
        }
    }
}

pub fn default(program: &Program, at: usize) -> Option<String> {
    let item = program.config.get(at)?;
    Some(match item.default.as_ref()? {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(text) | Literal::Decimal(text) | Literal::Text(text) | Literal::Of(text) => {
            text.clone()
        }
        Literal::Duration(millis) => super::openapi::duration(*millis),
        Literal::Value(_) => return None,
    })
}

fn is_needed(program: &Program, variable: &Variable) -> bool {
    match variable.source {
        Source::Config(at) => program.config.get(at).is_some_and(|item| !item.is_optional()),
        Source::Address(_) | Source::ServiceKey | Source::Tls(_) => true,
        Source::Store | Source::OperatorListen | Source::Wish(_) => false,
    }
}

/// How a variable is written, and what it is for.
pub struct What {
    /// In our words, with backticks.
    kind: &'static str,
    /// With names of the program.
    purposes: Vec<String>,
}

impl What {
    /// `shown`: how the names of a program are shown where this goes. Most variables are texts, and what they are for says
    /// more.
    pub fn said(&self, shown: impl Fn(&str) -> String) -> String {
        let purposes: Vec<String> = self.purposes.iter().take(MOST_PURPOSES).map(|one| shown(one)).collect();
        let rest = if self.purposes.len() > MOST_PURPOSES { ", …" } else { "" };
        match (self.kind, purposes.as_slice()) {
            (kind, []) => kind.to_owned(),
            ("text" | "address", _) => purposes.join(", ") + rest,
            (kind, _) => format!("{kind}: {}{rest}", purposes.join(", ")),
        }
    }
}

/// A variable that is read all over a program is not told with all of it.
const MOST_PURPOSES: usize = 3;

pub fn what(program: &Program, variable: &Variable, purposes: &BTreeMap<ConfigId, Vec<String>>) -> What {
    let said = match variable.source {
        Source::Config(at) => purposes.get(&ConfigId(at)).cloned(),
        Source::Address(service) => {
            program.services.get(service).map(|service| vec![format!("address of {}", service.name)])
        }
        Source::ServiceKey | Source::OperatorListen | Source::Store | Source::Wish(_) | Source::Tls(_) => {
            None
        }
    };
    What { kind: kind(program, variable), purposes: said.unwrap_or_default() }
}

fn kind(program: &Program, variable: &Variable) -> &'static str {
    let at = match variable.source {
        Source::Wish(wish) => return wish.what,
        Source::ServiceKey => {
            return "keys of the services, a secret of at least 32 bytes in each line, the first of which signs";
        }
        Source::OperatorListen => {
            return "address for operators alone, such as `127.0.0.1:9090`: `/metrics` and `/undos` are only there then";
        }
        _ if variable.is_secret => return "secret",
        Source::Config(at) => at,
        Source::Address(_) => return "address",
        Source::Tls(TlsFile::Certificate) => return "file with the certificate that callers see, PEM",
        Source::Tls(TlsFile::Key) => return "file with its key, PEM",
        Source::Store => {
            return "where the store is: `file:PATH`, `postgres://…` or `redis://…`; without it, the folder \
                    `flow-store`";
        }
    };
    match program.config.get(at).map(|item| &item.kind) {
        Some(ConfigKind::Value(ty)) => kind_of_value(ty.present()),
        Some(ConfigKind::Setting(ty)) => match ty {
            SettingType::Duration => "duration such as `500ms` or `3s`",
            SettingType::Size => "size such as `64kB` or `2MB`",
            SettingType::Rate => "rate such as `200/s`",
            SettingType::Percent => "percentage such as `50%`",
            SettingType::Count { .. } => "whole number",
        },
        None => "text",
    }
}

fn kind_of_value(ty: &Type) -> &'static str {
    match ty {
        Type::Int(_) => "whole number",
        Type::Bool => "true or false",
        Type::Decimal(_) | Type::Float(_) => "number",
        Type::Duration => "duration",
        Type::Uri => "address",
        _ => "text",
    }
}
