//! The parameters of a query. They are taken apart once, and each is marked when something reads it, so that what nobody
//! knows is found.

use crate::codec::percent::decode_form;
use crate::codec::query::{self, Pair};
use crate::codec::{ParamValue, Style};

/// A query with more parameters is not looked at.
const MOST_PAIRS: usize = 256;

/// The parameters of a query.
#[derive(Default)]
pub struct Query {
    pairs: Vec<Known>,
}

struct Known {
    name: String,
    /// As it came: a comma in it separates, while one that is escaped does not.
    raw: String,
    is_known: bool,
}

impl Query {
    /// Takes a query apart; what is wrong with it, if it cannot be.
    pub fn parse(text: &str) -> Result<Query, String> {
        let parts = text.split('&').filter(|part| !part.is_empty());
        if parts.clone().nth(MOST_PAIRS).is_some() {
            return Err(format!("must have at most {MOST_PAIRS} parameters"));
        }
        let pair = |part: &str| {
            let (name, raw) = part.split_once('=').unwrap_or((part, ""));
            decode_form(raw)?;
            Ok(Known { name: decode_form(name)?, raw: raw.to_owned(), is_known: false })
        };
        Ok(Query { pairs: parts.map(pair).collect::<Result<_, String>>()? })
    }

    /// The values of a name, still escaped.
    pub fn values(&mut self, name: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for pair in self.pairs.iter_mut().filter(|pair| pair.name == name) {
            pair.is_known = true;
            values.push(pair.raw.as_str());
        }
        values
    }

    /// The fields of a record.
    pub fn fields(&mut self, style: Style, name: &str, known: &[&str]) -> Result<Option<ParamValue>, String> {
        let pairs = self.pairs.iter().map(|pair| Pair { name: pair.name.clone(), raw: &pair.raw });
        let taken = query::fields(style, name, known, &pairs.collect::<Vec<_>>())?;
        for index in &taken.indexes {
            if let Some(pair) = self.pairs.get_mut(*index) {
                pair.is_known = true;
            }
        }
        Ok(Some(ParamValue::Fields(taken.fields)).filter(|_| !taken.indexes.is_empty()))
    }

    /// The names that nothing has asked for.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(|pair| !pair.is_known).map(|pair| pair.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_is_unknown() {
        let mut query = Query::parse("a=1&b%5Bx%5D=2&c&a=%2C3&&d[y]=4").unwrap_or_default();
        assert_eq!(query.values("a"), ["1", "%2C3"]);
        let fields = query.fields(Style::DeepObject, "b", &["x"]);
        assert_eq!(fields, Ok(Some(ParamValue::Fields(vec![("x".to_owned(), "2".to_owned())]))));
        assert_eq!(query.unknown().collect::<Vec<_>>(), ["c", "d[y]"]);
        assert_eq!(query.values("c"), [""]);
    }

    #[test]
    fn a_query_is_bounded_and_well_formed() {
        assert!(Query::parse(&"a=1&".repeat(MOST_PAIRS)).is_ok());
        assert!(Query::parse(&"a=1&".repeat(MOST_PAIRS + 1)).is_err());
        assert!(Query::parse("a=%zz").is_err() && Query::parse("%ff=a").is_err());
    }
}
