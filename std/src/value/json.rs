//! Any JSON value. Numbers stay as they are written and compare by value, so that nothing is lost on the way through.

use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Dict;
use super::number::Spelt;
use crate::fault::Fault;

mod parse;

#[derive(Debug, Clone, Default)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    /// As it is written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Dict<Json>),
}

impl Json {
    /// Strict (RFC 8259): a key twice, half a surrogate pair, a NUL, and more than 128 levels are faults.
    pub fn parse(text: &str) -> Result<Json, Fault> {
        parse::strict(text).ok_or_else(|| Fault::new("not a text in JSON"))
    }

    /// A text that the writer of this crate made: null only if it did not.
    pub(crate) fn own(text: &[u8]) -> Json {
        std::str::from_utf8(text).ok().and_then(parse::own).unwrap_or_default()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Null, Json::Null) => true,
            (Json::Bool(one), Json::Bool(other)) => one == other,
            (Json::Number(one), Json::Number(other)) => one == other || number(one) == number(other),
            (Json::Text(one), Json::Text(other)) => one == other,
            (Json::List(one), Json::List(other)) => one == other,
            (Json::Object(one), Json::Object(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Json {}

/// What numbers are compared by; one that is beyond everything equals only what is spelt the same.
fn number(text: &str) -> Result<(bool, String, i64), &str> {
    Spelt::of(text).and_then(|spelt| spelt.canonical()).ok_or(text)
}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Json::Null => {}
            Json::Bool(truth) => truth.hash(state),
            Json::Number(text) => number(text).hash(state),
            Json::Text(text) => text.hash(state),
            Json::List(items) => items.hash(state),
            Json::Object(fields) => hash_fields(fields, state),
        }
    }
}

/// Objects with the same entries are equal in whatever order, so the order must not count here either.
fn hash_fields<H: Hasher>(fields: &Dict<Json>, state: &mut H) {
    fields.len().hash(state);
    let each = fields.iter().map(|entry| {
        let mut hasher = DefaultHasher::new();
        entry.hash(&mut hasher);
        hasher.finish()
    });
    each.fold(0, u64::wrapping_add).hash(state);
}

/// JSON without white space.
impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(truth) => write!(out, "{truth}"),
            Json::Number(text) => out.write_str(text),
            Json::Text(text) => write_text(out, text),
            Json::List(items) => {
                out.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(out, "{comma}{item}")?;
                }
                out.write_char(']')
            }
            Json::Object(fields) => {
                out.write_char('{')?;
                for (at, (key, value)) in fields.iter().enumerate() {
                    out.write_str(if at == 0 { "" } else { "," })?;
                    write_text(out, key)?;
                    write!(out, ":{value}")?;
                }
                out.write_char('}')
            }
        }
    }
}

fn write_text(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            '\0'..='\x1f' => write!(out, "\\u{:04x}", u32::from(letter))?,
            _ => out.write_char(letter)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(json: &Json) -> u64 {
        let mut hasher = DefaultHasher::new();
        json.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn texts_go_both_ways() {
        let both = ["null", "true", "-1.50e3", "\"a\\n\\\"\\u0001é\"", "[1,[],{}]", "{\"b\":1,\"a\":[null]}"];
        for text in both {
            assert_eq!(Json::parse(text).map(|json| json.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Json::parse(" [ 1 ,\t2 ]\n").map(|json| json.to_string()).as_deref(), Ok("[1,2]"));
        assert_eq!(Json::parse(r#""\ud83d\ude00\/\b""#), Ok(Json::Text("😀/\u{8}".to_string())));
    }

    #[test]
    fn what_is_no_json() {
        let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
        let bad = [
            "",
            " ",
            "nul",
            "nullx",
            "[1,]",
            "[,1]",
            "[1",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "NaN",
            "\"",
            "\"\n\"",
            r#""\ud800""#,
            r#""\ud800\u0041""#,
            r#""\udc00""#,
            r#""\u0000""#,
            r#""\x""#,
            r#""\u12""#,
            "1 2",
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            "\u{feff}1",
            "[\u{a0}1]",
            &deep,
        ];
        for text in bad {
            assert!(Json::parse(text).is_err(), "{text}");
        }
        assert!(Json::parse(&format!("{}{}", "[".repeat(128), "]".repeat(128))).is_ok());
        assert!(Json::parse(&"[".repeat(1_000_000)).is_err());
    }

    #[test]
    fn equality_is_that_of_the_values() {
        let equal = |one: &str, other: &str| {
            let (one, other) = (Json::parse(one).expect("JSON"), Json::parse(other).expect("JSON"));
            assert!(one != other || hash(&one) == hash(&other));
            one == other
        };
        assert!(equal("1.0", "1"));
        assert!(equal("100", "1e2"));
        assert!(equal("-0", "0"));
        assert!(equal(r#"{"a":1,"b":2}"#, r#"{"b":2.0,"a":1}"#));
        assert!(equal("1e99999999999999999999", "1e99999999999999999999"));
        assert!(!equal("1e99999999999999999999", "1e99999999999999999998"));
        assert!(!equal("[1,2]", "[2,1]"));
        assert!(!equal("\"1\"", "1"));
    }
}
