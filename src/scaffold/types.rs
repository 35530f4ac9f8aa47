//! What to write for the type of a parameter, body or answer. A schema that has a name is called by it; a plain
//! one is spelled out; everything else is named through its operation, `Erp.findPets.Response`.

use crate::check::pattern_of_contract;
use crate::contract::Contract;
use crate::contract::model::{Bound, EnumValue, Format, NumberBounds, Schema, SchemaId, Shape, StringRule};

use super::texts;

/// Which way a value goes. What is sent has to keep every rule of the contract; of what is received only the kind
/// matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Sent,
    Received,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// The type says itself that the value may be absent.
    pub optional: bool,
    /// Alternatives, behind which no `?` can stand.
    alternatives: bool,
}

impl Written {
    fn plain(text: impl Into<String>) -> Written {
        Written { text: text.into(), optional: false, alternatives: false }
    }

    /// With `?` behind it; none where that cannot be written.
    pub fn or_absent(self) -> Option<String> {
        match (self.optional, self.alternatives) {
            (true, _) => Some(self.text),
            (false, true) => None,
            (false, false) => Some(self.text + "?"),
        }
    }
}

/// Types that lie deeper are named through their operation.
const DEEPEST: usize = 4;

/// None where the type has to be named through its operation.
pub fn written(contract: &mut Contract, backend: &str, id: SchemaId, way: Way) -> Option<Written> {
    at_depth(contract, backend, id, way, 0)
}

fn at_depth(contract: &mut Contract, backend: &str, id: SchemaId, way: Way, depth: usize) -> Option<Written> {
    let schema = contract.schema(id);
    if let Some(name) = name_of(contract, id, &schema) {
        return Some(Written { optional: schema.nullable, ..Written::plain(format!("{backend}.{name}")) });
    }
    if depth > DEEPEST {
        return None;
    }
    let written = match &schema.shape {
        Shape::Any { .. } => Written::plain("json"),
        Shape::Bool => Written::plain("bool"),
        Shape::Int { bounds } => Written::plain(int(bounds, way)?),
        Shape::Number { binary, bounds } => {
            Written::plain(number(if *binary { "float" } else { "decimal" }, bounds, way)?)
        }
        Shape::String { format, rule } => Written::plain(string(*format, rule, way)?),
        Shape::Enum { values } => alternatives(values, way)?,
        Shape::List { items, min, max } => {
            let item = at_depth(contract, backend, *items, way, depth + 1)?;
            let item = if item.optional { item.or_absent()? } else { item.text };
            Written::plain(format!("[{item}]{}", sizes(*min, *max, way)))
        }
        Shape::Dict { values } => {
            let values = at_depth(contract, backend, *values, way, depth + 1)?;
            let values = if values.optional { values.or_absent()? } else { values.text };
            Written::plain(format!("{{string: {values}}}"))
        }
        Shape::Null | Shape::Literals { .. } | Shape::Object { .. } | Shape::Union { .. } => return None,
    };
    if !schema.nullable {
        return Some(written);
    }
    Some(Written { optional: true, ..Written::plain(written.or_absent()?) })
}

/// The name of a schema, where a flow means this schema by it.
pub fn name_of(contract: &mut Contract, id: SchemaId, schema: &Schema) -> Option<String> {
    let name = schema.name.as_ref()?;
    if matches!(schema.shape, Shape::Null) || contract.schema_named(name) != Some(id) {
        return None;
    }
    Some(texts::name(name))
}

fn int(bounds: &NumberBounds, way: Way) -> Option<String> {
    if way == Way::Received {
        return Some("int".to_owned());
    }
    let whole = |bound: &Bound| bound.value.parse::<i64>().ok();
    let low = bounds.min.as_ref().map(|bound| whole(bound)?.checked_add(i64::from(bound.exclusive)));
    let high = bounds.max.as_ref().map(|bound| whole(bound)?.checked_sub(i64::from(bound.exclusive)));
    let (low, high) = (transposed(low)?, transposed(high)?);
    if bounds.format.as_deref() == Some("int32") {
        let small = |value: Option<i64>| value.is_some_and(|value| i32::try_from(value).is_ok());
        if !(small(low) && small(high)) {
            return None;
        }
    }
    let shown = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    range("int", &shown(low), &shown(high))
}

/// A bound that is there has to have a value.
fn transposed(bound: Option<Option<i64>>) -> Option<Option<i64>> {
    match bound {
        None => Some(None),
        Some(None) => None,
        Some(known) => Some(known),
    }
}

fn number(name: &str, bounds: &NumberBounds, way: Way) -> Option<String> {
    if way == Way::Received {
        return Some(name.to_owned());
    }
    let is_simple = |text: &str| {
        text.len() <= 20
            && text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let shown = |bound: &Option<Bound>| match bound {
        None => Some(String::new()),
        Some(bound) => (!bound.exclusive && is_simple(&bound.value)).then(|| bound.value.to_string()),
    };
    let range = range(name, &shown(&bounds.min)?, &shown(&bounds.max)?)?;
    Some(match bounds.places().filter(|_| name == "decimal") {
        Some(places) => format!("{range} scale {places}"),
        None => range,
    })
}

fn range(name: &str, low: &str, high: &str) -> Option<String> {
    match (low, high) {
        ("", "") => Some(name.to_owned()),
        _ => Some(format!("{name} in {low}..{high}")),
    }
}

/// Longer patterns, and those that match a part of the text, are named through their operation.
const LONGEST_PATTERN: usize = 40;

fn string(format: Format, rule: &StringRule, way: Way) -> Option<String> {
    let name = match format {
        Format::Plain => "string",
        Format::Date => "date",
        Format::Time => "time",
        Format::DateTime => "datetime",
        Format::Duration => "duration",
        Format::Uuid => "uuid",
        Format::Email => "email",
        Format::Uri => "uri",
        Format::Bytes | Format::Binary => "bytes",
        Format::Decimal => "decimal",
    };
    if format != Format::Plain || way == Way::Received {
        return Some(name.to_owned());
    }
    let pattern = match rule.pattern.as_deref().and_then(pattern_of_contract) {
        None => String::new(),
        Some(pattern) if pattern.len() > LONGEST_PATTERN || pattern.contains("(?s:") => return None,
        Some(pattern) => format!(" matching {}", texts::pattern(&pattern)),
    };
    Some(format!("{name}{pattern}{}", sizes(rule.min, rule.max, way)))
}

fn sizes(min: Option<u64>, max: Option<u64>, way: Way) -> String {
    let min = min.filter(|min| *min > 0);
    if way == Way::Received || (min, max) == (None, None) {
        return String::new();
    }
    let shown = |bound: Option<u64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
    format!(" of {}..{}", shown(min), shown(max))
}

/// More values than fit on a line are named through their operation.
const LONGEST_LIST: usize = 60;

/// What a backend answers may be a value that nobody knows yet, so only what is sent is spelled out.
fn alternatives(values: &[EnumValue], way: Way) -> Option<Written> {
    let shown: Vec<String> = values.iter().map(|value| texts::literal(&value.value)).collect();
    let text = shown.join(" | ");
    if way == Way::Received || text.len() > LONGEST_LIST {
        return None;
    }
    Some(Written { alternatives: values.len() > 1, ..Written::plain(text) })
}
