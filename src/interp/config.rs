//! What a program is told from outside: variables of the environment, read and checked once, at start.

use std::collections::BTreeSet;
use std::time::Duration;

use flow_std::http::{Environment, Rate, Secret, quantity};

use super::codec::decode;
use super::name::fixed;
use super::{Code, Value};
use crate::emit::names;
use crate::ir::{ConfigId, ConfigItem, ConfigKind, Known, Rate as Written, SettingType, Type};

/// By the numbers of the variables.
#[derive(Debug, Default)]
pub struct Config {
    pub values: Vec<Told>,
    quantities: Vec<Option<Quantity>>,
}

/// What a variable says.
#[derive(Debug)]
pub enum Told {
    Value(Value),
    /// It may change.
    Secret(Secret),
}

impl Told {
    /// As it is now.
    pub fn value(&self) -> Value {
        match self {
            Told::Value(value) => value.clone(),
            Told::Secret(secret) => Value::text(secret.reveal()),
        }
    }
}

const NOTHING: Told = Told::Value(Value::None);

/// What a variable of a setting says.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    Duration(Duration),
    Size(usize),
    Rate(Rate),
    Part(f64),
    Count(u32),
}

impl Config {
    /// Notes everything that is missing or malformed, so that one message can list it all; what could not be read is given
    /// beside the rest.
    pub fn read(code: &Code, env: &mut Environment) -> (Config, BTreeSet<ConfigId>) {
        let mut unread = BTreeSet::new();
        let items = code.program.config.iter().enumerate();
        let read = items.map(|(at, item)| {
            let id = ConfigId(at);
            // What nobody reads need not be there.
            let read = code.slice.config.contains(&id).then(|| read(code, item, env));
            if let Some(None) = read {
                unread.insert(id);
            }
            read.flatten().unwrap_or((NOTHING, None))
        });
        let (values, quantities) = read.unzip();
        (Config { values, quantities }, unread)
    }

    /// What is written in the program, where nobody says anything else; what has no default is not there.
    pub fn written(code: &Code) -> Config {
        let read = code.program.config.iter().map(|item| {
            let mut env = Environment::new(|_| None);
            let is_known = item.default.is_some() && !item.secret;
            is_known.then(|| read(code, item, &mut env)).flatten().unwrap_or((NOTHING, None))
        });
        let (values, quantities) = read.unzip();
        Config { values, quantities }
    }

    pub fn duration(&self, of: Known<u64>) -> Duration {
        match (of, self.quantity(of)) {
            (Known::Written(millis), _) => Duration::from_millis(millis),
            (Known::Config(_), Some(Quantity::Duration(time))) => time,
            (Known::Config(_), _) => Duration::from_secs(1),
        }
    }

    pub fn size(&self, of: Known<u64>) -> usize {
        match (of, self.quantity(of)) {
            (Known::Written(bytes), _) => usize::try_from(bytes).unwrap_or(usize::MAX),
            (Known::Config(_), Some(Quantity::Size(bytes))) => bytes,
            (Known::Config(_), _) => 1_000_000,
        }
    }

    pub fn count(&self, of: Known<u32>) -> u32 {
        match (of, self.quantity(of)) {
            (Known::Written(count), _) => count,
            (Known::Config(_), Some(Quantity::Count(count))) => count,
            (Known::Config(_), _) => 1,
        }
    }

    pub fn part(&self, of: Known<f64>) -> f64 {
        match (of, self.quantity(of)) {
            (Known::Written(part), _) => part,
            (Known::Config(_), Some(Quantity::Part(part))) => part,
            (Known::Config(_), _) => 0.1,
        }
    }

    pub fn rate(&self, of: Known<Written>) -> Rate {
        match (of, self.quantity(of)) {
            (Known::Written(rate), _) => Rate {
                count: u32::try_from(rate.count).unwrap_or(u32::MAX),
                per: Duration::from_secs(rate.per_seconds),
            },
            (Known::Config(_), Some(Quantity::Rate(rate))) => rate,
            (Known::Config(_), _) => Rate { count: 1, per: Duration::from_secs(1) },
        }
    }

    fn quantity<T>(&self, of: Known<T>) -> Option<Quantity> {
        let id: ConfigId = of.config()?;
        self.quantities.get(id.0).copied().flatten()
    }
}

fn read(code: &Code, item: &ConfigItem, env: &mut Environment) -> Option<(Told, Option<Quantity>)> {
    let variable = fixed(&names::variable(&item.name));
    if item.secret {
        return env.secret(variable).map(|secret| (Told::Secret(secret), None));
    }
    let default = item.default_text();
    match &item.kind {
        ConfigKind::Value(ty) => {
            value(code, ty, variable, default.as_deref(), env).map(|value| (Told::Value(value), None))
        }
        ConfigKind::Setting(ty) => {
            let read = |text: &str| quantity_of(*ty, text);
            let read = match default {
                Some(default) => env.quantity_or(variable, &default, read),
                None => env.quantity(variable, read),
            };
            read.map(|quantity| (NOTHING, Some(quantity)))
        }
    }
}

fn value(
    code: &Code,
    ty: &Type,
    variable: &'static str,
    default: Option<&str>,
    env: &mut Environment,
) -> Option<Value> {
    match (ty, default) {
        (Type::Text(rule), None) if rule.is_free() => env.text(variable).map(Value::text),
        (Type::Text(rule), Some(default)) if rule.is_free() => {
            env.text_or(variable, default).map(Value::text)
        }
        (ty, Some(default)) => env.value_or(variable, default, |from| decode(&code.types, ty, from)),
        (ty, None) => env.value(variable, |from| decode(&code.types, ty, from)),
    }
}

fn quantity_of(ty: SettingType, text: &str) -> Result<Quantity, String> {
    match ty {
        SettingType::Duration => quantity::duration(text).map(Quantity::Duration),
        SettingType::Size => quantity::size(text).map(Quantity::Size),
        SettingType::Rate => quantity::rate(text).map(Quantity::Rate),
        SettingType::Percent => quantity::part(text).map(Quantity::Part),
        SettingType::Count { min, max } => quantity::count(min..=max)(text).map(Quantity::Count),
    }
}
