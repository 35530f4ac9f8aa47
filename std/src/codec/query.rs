//! The styles of parameters: reading them. What separates is looked for before escapes are undone, so that an escaped comma
//! is part of a value.

use super::Style;
use super::percent::{decode, decode_form};
use super::style::unmarked;

/// How many parameters a query or a form may have.
const PAIRS: usize = 1000;

/// One parameter of a query. The value is still escaped, because a style may have to split it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    pub name: String,
    pub raw: &'a str,
}

impl Pair<'_> {
    /// The value as one text.
    ///
    /// # Errors
    /// Its escapes are wrong.
    pub fn text(&self) -> Result<String, String> {
        decode_form(self.raw)
    }
}

/// The parameters of a query, in order.
///
/// # Errors
/// There are too many, or the escapes in a name are wrong.
pub fn pairs(query: &str) -> Result<Vec<Pair<'_>>, String> {
    let parts = || query.split('&').filter(|part| !part.is_empty());
    if parts().nth(PAIRS).is_some() {
        return Err(format!("must have at most {PAIRS} parameters"));
    }
    let pair = |part| {
        let (name, raw) = str::split_once(part, '=').unwrap_or((part, ""));
        Ok(Pair { name: decode_form(name)?, raw })
    };
    parts().map(pair).collect()
}

/// The elements of a list, from all the values that a query has under its name.
///
/// # Errors
/// What is wrong with them.
pub fn list(style: Style, raws: &[&str]) -> Result<Vec<String>, String> {
    if style.is_exploded() {
        return raws.iter().map(|raw| decode_form(raw)).collect();
    }
    match raws {
        [] => Ok(Vec::new()),
        [""] => Ok(Vec::new()),
        [raw] => split(style, raw),
        _ => Err("is there more than once".to_string()),
    }
}

/// The parts of one raw value. Commas separate before escapes are undone; the others are escaped themselves.
fn split(style: Style, raw: &str) -> Result<Vec<String>, String> {
    let by = |separator: char| Ok(decode_form(raw)?.split(separator).map(str::to_string).collect());
    match style {
        Style::SpaceDelimited => by(' '),
        Style::PipeDelimited => by('|'),
        Style::TabDelimited => by('\t'),
        Style::Json => Ok(vec![decode_form(raw)?]),
        Style::Simple
        | Style::SimpleExploded
        | Style::Label
        | Style::LabelExploded
        | Style::Matrix
        | Style::MatrixExploded
        | Style::Form
        | Style::FormExploded
        | Style::DeepObject => raw.split(',').map(decode_form).collect(),
    }
}

/// The fields of an object, out of all parameters of a query: by `filter[a]=b`, by one value `filter=a,b`, or, exploded, by
/// the names that the object knows. Which of the parameters they were is told too.
///
/// # Errors
/// What is wrong with them.
pub fn fields(style: Style, name: &str, known: &[&str], pairs: &[Pair<'_>]) -> Result<Taken, String> {
    let mut taken = Taken::default();
    for (index, pair) in pairs.iter().enumerate() {
        let key = match style {
            Style::DeepObject => deep_key(name, &pair.name),
            _ if style.is_exploded() => known.contains(&&*pair.name).then_some(&*pair.name),
            _ => None,
        };
        if let Some(key) = key {
            taken.indexes.push(index);
            taken.fields.push((key.to_string(), pair.text()?));
        } else if !style.is_exploded() && pair.name == name {
            if !taken.indexes.is_empty() {
                return Err("is there more than once".to_string());
            }
            taken.indexes.push(index);
            taken.fields = alternating(list(style, &[pair.raw])?)?;
        }
    }
    Ok(taken)
}

/// What `fields` found, and at which places of the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub fields: Vec<(String, String)>,
    pub indexes: Vec<usize>,
}

/// `a` of `filter[a]`.
fn deep_key<'a>(name: &str, full: &'a str) -> Option<&'a str> {
    let key = full.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    (!key.is_empty() && !key.contains(['[', ']'])).then_some(key)
}

/// Names and values that follow each other.
fn alternating(parts: Vec<String>) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::with_capacity(parts.len() / 2);
    let mut parts = parts.into_iter();
    while let Some(name) = parts.next() {
        match parts.next() {
            Some(text) => fields.push((name, text)),
            None => return Err("must be names and values by turns".to_string()),
        }
    }
    Ok(fields)
}

/// The elements of a list in a path, from the raw text of its segment.
///
/// # Errors
/// What is wrong with it.
pub fn path_list(style: Style, name: &str, raw: &str) -> Result<Vec<String>, String> {
    let text = unmarked(style, name, raw)?;
    if text.is_empty() { Ok(Vec::new()) } else { text.split(',').map(decode).collect() }
}

/// The one text of a parameter in a path, from the raw text of its segment.
///
/// # Errors
/// What is wrong with it.
pub fn path_text(style: Style, name: &str, raw: &str) -> Result<String, String> {
    decode(&unmarked(style, name, raw)?)
}

/// The fields of an object in a path, from the raw text of its segment.
///
/// # Errors
/// What is wrong with it.
pub fn path_fields(style: Style, name: &str, raw: &str) -> Result<Vec<(String, String)>, String> {
    let text = unmarked(style, name, raw)?;
    if !style.is_exploded() {
        return alternating(path_list(Style::Simple, name, &text)?);
    }
    text.split(',')
        .map(|part| assigned(part).and_then(|(name, text)| Ok((decode(name)?, decode(text)?))))
        .collect()
}

fn assigned(part: &str) -> Result<(&str, &str), String> {
    part.split_once('=').ok_or_else(|| "must be written as `name=value`".to_string())
}

/// The elements of a list in a header.
pub fn header_list(text: &str) -> Vec<String> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',').map(|part| part.trim().to_string()).collect()
}

/// The fields of an object in a header.
///
/// # Errors
/// What is wrong with it.
pub fn header_fields(style: Style, text: &str) -> Result<Vec<(String, String)>, String> {
    let parts = header_list(text);
    if !style.is_exploded() {
        return alternating(parts);
    }
    parts.iter().map(|part| assigned(part).map(|(name, text)| (name.to_string(), text.to_string()))).collect()
}

/// The cookies of a `Cookie` header, in order. A value whose escapes are wrong has none: it stands as it is.
pub fn cookies(header: &str) -> Vec<(String, String)> {
    each_cookie(header).map(|(name, raw)| (name.to_string(), cookie_text(raw))).collect()
}

/// The elements of a list in a cookie, as often as there is one of this name: commas separate before escapes are undone.
pub fn cookie_lists(header: &str, name: &str) -> Vec<Vec<String>> {
    let list = |raw: &str| match raw {
        "" => Vec::new(),
        raw => raw.split(',').map(cookie_text).collect(),
    };
    each_cookie(header).filter(|(known, _)| *known == name).map(|(_, raw)| list(raw)).collect()
}

fn each_cookie(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(';').take(PAIRS).filter_map(|part| {
        let (name, raw) = part.split_once('=')?;
        let raw = raw.trim();
        Some((name.trim(), raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw)))
    })
}

fn cookie_text(raw: &str) -> String {
    decode(raw).unwrap_or_else(|_| raw.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::{ParamValue, style};
    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|text| (*text).to_string()).collect()
    }

    fn named(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect()
    }

    #[test]
    fn parameters_of_a_query() {
        let all = pairs("a=1&b+c=%26&&d&e==").expect("they are well-formed");
        let shown: Vec<_> = all.iter().map(|pair| (pair.name.as_str(), pair.text())).collect();
        let ok = |text: &str| Ok(text.to_string());
        assert_eq!(shown, [("a", ok("1")), ("b c", ok("&")), ("d", ok("")), ("e", ok("="))]);
        assert!(pairs("%zz=1").is_err() && pairs(&"a=1&".repeat(1001)).is_err());
        assert!(pairs(&"a=1&".repeat(1000)).is_ok() && pairs(&"&".repeat(100_000)).is_ok());
    }

    #[test]
    fn lists() {
        assert_eq!(list(Style::Form, &["a%2Cb,c+d"]), Ok(texts(&["a,b", "c d"])));
        assert_eq!(list(Style::Form, &[""]), Ok(Vec::new()));
        assert!(list(Style::Form, &["a", "b"]).is_err() && list(Style::Form, &["%f"]).is_err());
        assert_eq!(list(Style::FormExploded, &["a,b", "c"]), Ok(texts(&["a,b", "c"])));
        assert_eq!(list(Style::PipeDelimited, &["a|b%7Cc"]), Ok(texts(&["a", "b", "c"])));
        assert_eq!(list(Style::SpaceDelimited, &["a+b%20c"]), Ok(texts(&["a", "b", "c"])));
    }

    #[test]
    fn objects() {
        let all =
            pairs("filter[a]=1&x=2&filter%5Bb%5D=3&filter[a][b]=4&filter[]=5").expect("they are well-formed");
        let taken = fields(Style::DeepObject, "filter", &[], &all).expect("they fit");
        assert_eq!((taken.fields, taken.indexes), (named(&[("a", "1"), ("b", "3")]), vec![0, 2]));
        let taken = fields(Style::FormExploded, "filter", &["x", "y"], &all).expect("they fit");
        assert_eq!((taken.fields, taken.indexes), (named(&[("x", "2")]), vec![1]));
        let all = pairs("f=a,1,b,2&g=a,1,b&h=1&h=2").expect("they are well-formed");
        assert_eq!(
            fields(Style::Form, "f", &[], &all).map(|taken| taken.fields),
            Ok(named(&[("a", "1"), ("b", "2")]))
        );
        assert!(fields(Style::Form, "g", &[], &all).is_err() && fields(Style::Form, "h", &[], &all).is_err());
    }

    #[test]
    fn what_is_written_in_a_path_is_read_again() {
        let items = texts(&["a,b", "c;d=e", "f"]);
        let entries = named(&[("a", "1,2"), ("b c", "=")]);
        let styles = [
            Style::Simple,
            Style::SimpleExploded,
            Style::Label,
            Style::LabelExploded,
            Style::Matrix,
            Style::MatrixExploded,
        ];
        for kind in styles {
            let written = style::path(kind, "p", &ParamValue::List(items.clone())).expect("it is a path");
            assert_eq!(path_list(kind, "p", &written), Ok(items.clone()), "{written}");
            let written = style::path(kind, "p", &ParamValue::Fields(entries.clone())).expect("it is a path");
            assert_eq!(path_fields(kind, "p", &written), Ok(entries.clone()), "{written}");
            let written = style::path(kind, "p", &ParamValue::Text("x/y".to_string())).expect("it is a path");
            assert_eq!(path_text(kind, "p", &written), Ok("x/y".to_string()), "{written}");
        }
        assert!(path_text(Style::Label, "p", "x").is_err() && path_text(Style::Matrix, "p", ";q=1").is_err());
    }

    #[test]
    fn what_is_written_in_a_query_is_read_again() {
        let items = texts(&["a,b", "c&d", "é"]);
        for kind in [
            Style::Form,
            Style::FormExploded,
            Style::PipeDelimited,
            Style::SpaceDelimited,
            Style::TabDelimited,
        ] {
            let mut written = String::new();
            style::query(&mut written, kind, "p", &ParamValue::List(items.clone()));
            let all = pairs(&written).expect("they are well-formed");
            let raws: Vec<&str> = all.iter().map(|pair| pair.raw).collect();
            assert_eq!(list(kind, &raws), Ok(items.clone()), "{written}");
        }
    }

    #[test]
    fn headers_and_cookies() {
        assert_eq!(header_list(" a, b,c "), texts(&["a", "b", "c"]));
        assert_eq!(header_fields(Style::SimpleExploded, "a=1, b=2"), Ok(named(&[("a", "1"), ("b", "2")])));
        assert_eq!(header_fields(Style::Simple, "a,1"), Ok(named(&[("a", "1")])));
        assert_eq!(
            cookies("a=1; b=\"x%20y\";c=50%;d; e="),
            named(&[("a", "1"), ("b", "x y"), ("c", "50%"), ("e", "")])
        );
        let lists = cookie_lists("a=1,2; b=x; a=\"p%2Cq,50%\"; a=", "a");
        assert_eq!(lists, [texts(&["1", "2"]), texts(&["p,q", "50%"]), Vec::new()]);
    }
}
