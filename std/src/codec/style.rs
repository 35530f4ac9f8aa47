//! The styles in which OpenAPI puts parameters together: writing them. `a=1,2`, `a=1&a=2`, `;a=1,2`, `a[b]=1` and so on.
//!
//! Where the editions of OpenAPI differ (`label` without `explode`), RFC 6570 decides, as it does in the newer ones.

use std::borrow::Cow;

use super::percent::{encode, encode_into};
use super::{Encode, ParamValue};

/// A style, with `explode` or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Simple,
    SimpleExploded,
    Label,
    LabelExploded,
    Matrix,
    MatrixExploded,
    Form,
    FormExploded,
    SpaceDelimited,
    PipeDelimited,
    TabDelimited,
    DeepObject,
    /// The parameter has a content of JSON: it is one text.
    Json,
}

impl Style {
    /// Whether each element of a list, and each field of an object, stands for itself.
    pub fn is_exploded(self) -> bool {
        match self {
            Style::SimpleExploded
            | Style::LabelExploded
            | Style::MatrixExploded
            | Style::FormExploded
            | Style::DeepObject => true,
            Style::Simple
            | Style::Label
            | Style::Matrix
            | Style::Form
            | Style::SpaceDelimited
            | Style::PipeDelimited
            | Style::TabDelimited
            | Style::Json => false,
        }
    }
}

/// A parameter as it stands in its place in a path.
///
/// # Errors
/// It would be another path: what is empty, `.` or `..` names no segment.
pub fn path(style: Style, name: &str, value: &ParamValue) -> Result<String, String> {
    let text = match style {
        Style::Label => format!(".{}", joined(value, ",", ",", encode)),
        Style::LabelExploded => format!(".{}", joined(value, ".", "=", encode)),
        Style::Matrix => matrix(name, &joined(value, ",", ",", encode)),
        Style::MatrixExploded => matrix_exploded(name, value),
        Style::SimpleExploded => joined(value, ",", "=", encode),
        Style::Simple
        | Style::Form
        | Style::FormExploded
        | Style::SpaceDelimited
        | Style::PipeDelimited
        | Style::TabDelimited
        | Style::DeepObject
        | Style::Json => joined(value, ",", ",", encode),
    };
    match text.as_str() {
        "" => Err("must not be empty".to_string()),
        _ if leads_up(&text) => Err("must not be `.` or `..`, nor have it between slashes".to_string()),
        _ => Ok(text),
    }
}

/// Whether somebody who takes a slash that is written as a number for one would find another path than is meant.
fn leads_up(text: &str) -> bool {
    text.contains('.')
        && text.split("%2F").flat_map(|part| part.split("%5C")).any(|part| part == "." || part == "..")
}

fn matrix(name: &str, text: &str) -> String {
    let equals = if text.is_empty() { "" } else { "=" };
    format!(";{}{equals}{text}", encode(name))
}

fn matrix_exploded(name: &str, value: &ParamValue) -> String {
    match value {
        ParamValue::Text(text) => matrix(name, &encode(text)),
        ParamValue::List(items) => items.iter().map(|item| matrix(name, &encode(item))).collect(),
        ParamValue::Fields(fields) => fields.iter().map(|(name, text)| matrix(name, &encode(text))).collect(),
    }
}

/// A parameter of a path as people are told it: with nothing escaped.
pub fn param_text(style: Style, value: &dyn Encode) -> String {
    let value = match style {
        Style::Json => Some(ParamValue::json(value)),
        _ => ParamValue::of(value),
    };
    value.map_or_else(String::new, |value| joined(&value, ",", ",", str::to_string))
}

/// All parts in one text: `between` them, and `inside` between a name and its value.
fn joined(value: &ParamValue, between: &str, inside: &str, part: fn(&str) -> String) -> String {
    let parts: Vec<String> = match value {
        ParamValue::Text(text) => return part(text),
        ParamValue::List(items) => items.iter().map(|item| part(item)).collect(),
        ParamValue::Fields(fields) => {
            fields.iter().map(|(name, text)| format!("{}{inside}{}", part(name), part(text))).collect()
        }
    };
    parts.join(between)
}

/// Appends a parameter to a query, or to a form. A list or an object with nothing in it leaves no trace.
pub fn query(into: &mut String, style: Style, name: &str, value: &ParamValue) {
    match style {
        Style::FormExploded => match value {
            ParamValue::Text(text) => push(into, name, &encode(text)),
            ParamValue::List(items) => items.iter().for_each(|item| push(into, name, &encode(item))),
            ParamValue::Fields(fields) => {
                fields.iter().for_each(|(name, text)| push(into, name, &encode(text)));
            }
        },
        Style::DeepObject => match value {
            ParamValue::Text(_) | ParamValue::List(_) => query(into, Style::FormExploded, name, value),
            ParamValue::Fields(fields) => {
                fields.iter().for_each(|(key, text)| push(into, &format!("{name}[{key}]"), &encode(text)));
            }
        },
        Style::SpaceDelimited => delimited(into, name, value, "%20"),
        Style::PipeDelimited => delimited(into, name, value, "%7C"),
        Style::TabDelimited => delimited(into, name, value, "%09"),
        Style::Form
        | Style::Simple
        | Style::SimpleExploded
        | Style::Label
        | Style::LabelExploded
        | Style::Matrix
        | Style::MatrixExploded
        | Style::Json => delimited(into, name, value, ","),
    }
}

fn delimited(into: &mut String, name: &str, value: &ParamValue, between: &str) {
    let nothing = match value {
        ParamValue::Text(_) => false,
        ParamValue::List(items) => items.is_empty(),
        ParamValue::Fields(fields) => fields.is_empty(),
    };
    if !nothing {
        push(into, name, &joined(value, between, between, encode));
    }
}

fn push(into: &mut String, name: &str, encoded: &str) {
    if !into.is_empty() {
        into.push('&');
    }
    encode_into(into, name);
    into.push('=');
    into.push_str(encoded);
}

/// A parameter as the value of a header.
///
/// # Errors
/// It has characters that cannot stand there.
pub fn header(style: Style, value: &ParamValue) -> Result<String, String> {
    let inside = if style.is_exploded() { "=" } else { "," };
    let text = joined(value, ",", inside, str::to_string);
    let fits = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if fits { Ok(text) } else { Err("has characters that cannot stand in a header".to_string()) }
}

/// A parameter as it stands in the header of all cookies: `a=1`, or `a=1; a=2`.
pub fn cookie(style: Style, name: &str, value: &ParamValue) -> String {
    let mut pairs = String::new();
    query(&mut pairs, style, name, value);
    pairs.replace('&', "; ")
}

/// The texts that a raw value in a path stands for: the style's own marks are taken off. Each is still escaped.
pub(super) fn unmarked<'a>(style: Style, name: &str, raw: &'a str) -> Result<Cow<'a, str>, String> {
    let wrong = || format!("must be written as `{}`", example(style, name));
    match style {
        Style::Label | Style::LabelExploded => {
            let rest = raw.strip_prefix('.').ok_or_else(wrong)?;
            Ok(if style.is_exploded() { rest.replace('.', ",").into() } else { rest.into() })
        }
        Style::Matrix => {
            let rest =
                raw.strip_prefix(';').and_then(|rest| rest.strip_prefix(&*encode(name))).ok_or_else(wrong)?;
            if rest.is_empty() {
                Ok(rest.into())
            } else {
                rest.strip_prefix('=').map(Cow::Borrowed).ok_or_else(wrong)
            }
        }
        Style::MatrixExploded => {
            let rest = raw.strip_prefix(';').ok_or_else(wrong)?;
            let own = format!("{}=", encode(name));
            Ok(rest
                .split(';')
                .map(|part| part.strip_prefix(&own).unwrap_or(part))
                .collect::<Vec<_>>()
                .join(",")
                .into())
        }
        Style::Simple
        | Style::SimpleExploded
        | Style::Form
        | Style::FormExploded
        | Style::SpaceDelimited
        | Style::PipeDelimited
        | Style::TabDelimited
        | Style::DeepObject
        | Style::Json => Ok(raw.into()),
    }
}

fn example(style: Style, name: &str) -> String {
    match style {
        Style::Label | Style::LabelExploded => ".value".to_string(),
        Style::Matrix | Style::MatrixExploded => format!(";{name}=value"),
        Style::Simple
        | Style::SimpleExploded
        | Style::Form
        | Style::FormExploded
        | Style::SpaceDelimited
        | Style::PipeDelimited
        | Style::TabDelimited
        | Style::DeepObject
        | Style::Json => "value".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> ParamValue {
        ParamValue::Text(text.to_string())
    }

    fn list() -> ParamValue {
        ParamValue::List(["blue", "b k", "a,b"].map(str::to_string).to_vec())
    }

    fn fields() -> ParamValue {
        ParamValue::Fields([("R", "100"), ("G", "2&0")].map(|(a, b)| (a.to_string(), b.to_string())).to_vec())
    }

    #[test]
    fn paths() {
        let all = |style| {
            [text("blue"), list(), fields()].map(|value| path(style, "c", &value).unwrap_or_default())
        };
        assert_eq!(all(Style::Simple), ["blue", "blue,b%20k,a%2Cb", "R,100,G,2%260"]);
        assert_eq!(all(Style::SimpleExploded), ["blue", "blue,b%20k,a%2Cb", "R=100,G=2%260"]);
        assert_eq!(all(Style::Label), [".blue", ".blue,b%20k,a%2Cb", ".R,100,G,2%260"]);
        assert_eq!(all(Style::LabelExploded), [".blue", ".blue.b%20k.a%2Cb", ".R=100.G=2%260"]);
        assert_eq!(all(Style::Matrix), [";c=blue", ";c=blue,b%20k,a%2Cb", ";c=R,100,G,2%260"]);
        assert_eq!(all(Style::MatrixExploded), [";c=blue", ";c=blue;c=b%20k;c=a%2Cb", ";R=100;G=2%260"]);
        assert_eq!(path(Style::Matrix, "c", &text("")), Ok(";c".to_string()));
    }

    #[test]
    fn a_parameter_never_makes_another_path() {
        for value in ["", ".", "..", "../a", "a/..", "a/./b", "a\\..", "../.."] {
            assert!(path(Style::Simple, "c", &text(value)).is_err(), "{value}");
        }
        assert!(path(Style::Label, "c", &text("")).is_err() && path(Style::Label, "c", &text(".")).is_err());
        assert_eq!(path(Style::Simple, "c", &text("..a/b?b#c\\")), Ok("..a%2Fb%3Fb%23c%5C".to_string()));
    }

    #[test]
    fn queries() {
        let all = |style| {
            [text("blue"), list(), fields(), ParamValue::List(Vec::new())].map(|value| {
                let mut out = "z=1".to_string();
                query(&mut out, style, "c d", &value);
                out.trim_start_matches("z=1").to_string()
            })
        };
        assert_eq!(all(Style::Form), ["&c%20d=blue", "&c%20d=blue,b%20k,a%2Cb", "&c%20d=R,100,G,2%260", ""]);
        assert_eq!(
            all(Style::FormExploded),
            ["&c%20d=blue", "&c%20d=blue&c%20d=b%20k&c%20d=a%2Cb", "&R=100&G=2%260", ""]
        );
        assert_eq!(all(Style::PipeDelimited).get(1).map(String::as_str), Some("&c%20d=blue%7Cb%20k%7Ca%2Cb"));
        assert_eq!(all(Style::SpaceDelimited).get(2).map(String::as_str), Some("&c%20d=R%20100%20G%202%260"));
        assert_eq!(all(Style::TabDelimited).get(1).map(String::as_str), Some("&c%20d=blue%09b%20k%09a%2Cb"));
        assert_eq!(
            all(Style::DeepObject).get(2).map(String::as_str),
            Some("&c%20d%5BR%5D=100&c%20d%5BG%5D=2%260")
        );
    }

    #[test]
    fn people_are_told_what_is_meant() {
        let texts = vec!["a,b".to_owned(), "é".to_owned()];
        assert_eq!(param_text(Style::Simple, &texts), "a,b,é");
        assert_eq!(param_text(Style::Json, &texts), r#"["a,b","é"]"#);
    }

    #[test]
    fn headers_and_cookies() {
        assert_eq!(header(Style::Simple, &fields()), Ok("R,100,G,2&0".to_string()));
        assert_eq!(header(Style::SimpleExploded, &fields()), Ok("R=100,G=2&0".to_string()));
        for value in ["a\r\nb", "é", "\0", "\t"] {
            assert!(header(Style::Simple, &text(value)).is_err());
        }
        assert_eq!(cookie(Style::FormExploded, "c", &text("a; b")), "c=a%3B%20b");
        assert_eq!(cookie(Style::Form, "c", &list()), "c=blue,b%20k,a%2Cb");
        assert_eq!(cookie(Style::FormExploded, "c", &list()), "c=blue; c=b%20k; c=a%2Cb");
    }
}
